//! A machine's view of the file by which it resolves names.

use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{Resolver, ResolverError, Scope};

use super::Network;
use crate::sim::gate::{Gate, Op, pass};

/// The resolver's file of a simulated device.
pub struct SimResolver {
    network: Arc<Mutex<Network>>,
    gate: Arc<dyn Gate>,
}

impl SimResolver {
    /// That of a network, behind a gate.
    pub fn new(network: Arc<Mutex<Network>>, gate: Arc<dyn Gate>) -> Self {
        SimResolver { network, gate }
    }
}

impl Resolver for SimResolver {
    fn write(&self, scope: &Scope, content: &str) -> Result<(), ResolverError> {
        if scope.cancelled() {
            return Err(ResolverError::Cancelled);
        }
        let act = || {
            let mut network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
            content.clone_into(&mut network.resolv_conf);
        };
        pass(&*self.gate, Op { name: "resolver.write", detail: "" }, act)
            .map_err(|fault| ResolverError::Io { call: "write", errno: fault.errno().raw_os_error() })
    }
}
