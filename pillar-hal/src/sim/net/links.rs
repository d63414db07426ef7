//! A machine's view of the simulated links, behind the gate.

use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{Cidr, Link, LinkError, LinkSettings, Links, NewLink, Route, Scope, is_link_name};
use rustix::io::Errno;

use super::Network;
use crate::sim::gate::{Gate, Op, pass};

/// The links of a simulated device.
pub struct SimLinks {
    network: Arc<Mutex<Network>>,
    gate: Arc<dyn Gate>,
}

impl SimLinks {
    /// The network, behind a gate.
    pub fn new(network: Arc<Mutex<Network>>, gate: Arc<dyn Gate>) -> Self {
        SimLinks { network, gate }
    }

    fn pass<R>(
        &self,
        scope: &Scope,
        op: Op<'_>,
        call: &'static str,
        act: impl FnOnce(&mut Network) -> Result<R, LinkError>,
    ) -> Result<R, LinkError> {
        if scope.cancelled() {
            return Err(LinkError::Cancelled);
        }
        let act = || act(&mut self.network.lock().unwrap_or_else(PoisonError::into_inner));
        pass(&*self.gate, op, act).map_err(|fault| io(op.detail, call, fault.errno()))?
    }

    /// A call about a link whose name can be one.
    fn pass_for<R>(
        &self,
        scope: &Scope,
        name: &'static str,
        link: &str,
        call: &'static str,
        act: impl FnOnce(&mut Network) -> Result<R, LinkError>,
    ) -> Result<R, LinkError> {
        if !is_link_name(link) {
            return Err(LinkError::BadName(link.into()));
        }
        self.pass(scope, Op { name, detail: link }, call, act)
    }
}

impl Links for SimLinks {
    fn list(&self, scope: &Scope) -> Result<Vec<Link>, LinkError> {
        let op = Op { name: "links.list", detail: "" };
        self.pass(scope, op, "RTM_GETLINK", |network| Ok(network.list()))
    }

    fn add(&self, scope: &Scope, name: &str, link: &NewLink) -> Result<(), LinkError> {
        self.pass_for(scope, "links.add", name, "RTM_NEWLINK", |network| {
            network.add(name, link).map_err(|errno| match errno {
                Errno::EXIST => LinkError::Exists(name.into()),
                errno => io(name, "RTM_NEWLINK", errno),
            })
        })
    }

    fn set(&self, scope: &Scope, name: &str, settings: &LinkSettings) -> Result<(), LinkError> {
        self.pass_for(scope, "links.set", name, "RTM_NEWLINK", |network| {
            existing(network, name)?;
            if let Some(Some(master)) = &settings.master {
                existing(network, master)?;
                if !network.is_bridge(master) {
                    return Err(io(name, "RTM_NEWLINK", Errno::OPNOTSUPP));
                }
            }
            if let Some(other) = settings.name.as_ref().filter(|other| *other != name) {
                if !is_link_name(other) {
                    return Err(LinkError::BadName(other.clone()));
                }
                if network.link(other).is_some() {
                    return Err(LinkError::Exists(other.clone()));
                }
            }
            network.set(name, settings).map_err(|errno| io(name, "RTM_NEWLINK", errno))
        })
    }

    fn remove(&self, scope: &Scope, name: &str) -> Result<(), LinkError> {
        self.pass_for(scope, "links.remove", name, "RTM_DELLINK", |network| {
            if network.link(name).is_some() {
                if !network.is_made(name) {
                    return Err(io(name, "RTM_DELLINK", Errno::OPNOTSUPP));
                }
                network.remove(name);
            }
            Ok(())
        })
    }

    fn set_addresses(&self, scope: &Scope, name: &str, addresses: &[Cidr]) -> Result<(), LinkError> {
        self.pass_for(scope, "links.set_addresses", name, "RTM_NEWADDR", |network| {
            existing(network, name)?;
            network.set_addresses(name, addresses).map_err(|errno| io(name, "RTM_NEWADDR", errno))
        })
    }

    fn routes(&self, scope: &Scope, table: u32) -> Result<Vec<Route>, LinkError> {
        let op = Op { name: "links.routes", detail: "" };
        self.pass(scope, op, "RTM_GETROUTE", |network| Ok(network.routes(table)))
    }

    fn set_routes(&self, scope: &Scope, table: u32, link: &str, routes: &[Route]) -> Result<(), LinkError> {
        self.pass_for(scope, "links.set_routes", link, "RTM_NEWROUTE", |network| {
            existing(network, link)?;
            network.set_routes(table, link, routes).map_err(|errno| io(link, "RTM_NEWROUTE", errno))
        })
    }

    fn forwards(&self, scope: &Scope) -> Result<bool, LinkError> {
        let op = Op { name: "links.forwards", detail: "" };
        self.pass(scope, op, "read", |network| Ok(network.forwards))
    }

    fn set_forwarding(&self, scope: &Scope, on: bool) -> Result<(), LinkError> {
        let op = Op { name: "links.set_forwarding", detail: if on { "1" } else { "0" } };
        self.pass(scope, op, "write", |network| {
            network.forwards = on;
            Ok(())
        })
    }
}

fn existing(network: &Network, name: &str) -> Result<(), LinkError> {
    network.link(name).map(drop).ok_or_else(|| LinkError::NotFound(name.into()))
}

fn io(what: &str, call: &'static str, errno: Errno) -> LinkError {
    LinkError::Io { what: what.into(), call, errno: errno.raw_os_error() }
}
