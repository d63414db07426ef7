//! Notices of the simulated kernel about links.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pillar_core::hal::LinkNotice;
use pillar_core::hal::source::{Drained, Source};

use super::Network;

/// The notices of a simulated network.
pub struct SimLinkNotices(Arc<Mutex<Network>>);

impl SimLinkNotices {
    /// Those of this network.
    pub fn new(network: Arc<Mutex<Network>>) -> Self {
        SimLinkNotices(network)
    }

    /// Whether there are some.
    pub fn pending(&self) -> bool {
        !self.network().changed.is_empty()
    }

    fn network(&self) -> MutexGuard<'_, Network> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source<LinkNotice> for SimLinkNotices {
    fn drain(&mut self, notice: &mut dyn FnMut(&str, LinkNotice)) -> Drained {
        let (names, mut serial) = {
            let mut network = self.network();
            let names = std::mem::take(&mut network.changed);
            let before = network.serial;
            network.serial += names.len() as u64;
            (names, before)
        };
        for name in names {
            serial += 1;
            notice(&name, LinkNotice { serial });
        }
        Drained::All
    }
}
