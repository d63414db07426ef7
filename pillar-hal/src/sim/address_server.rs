//! Simulated DHCP and DNS servers: the world's guests ask them for addresses and names.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pillar_core::hal::{AddressServer, Lease, Scope, ServerConfig, ServerError, is_link_name};

use super::gate::{Gate, Op, pass};

/// All servers, by bridge.
#[derive(Clone, Debug, Default)]
pub struct Servers {
    servers: BTreeMap<String, Server>,
}

/// The server of one bridge.
#[derive(Clone, Debug)]
struct Server {
    config: ServerConfig,
    runs: bool,
    leases: Vec<Lease>,
}

impl Servers {
    /// What the server of a bridge serves, if it runs.
    pub fn served(&self, bridge: &str) -> Option<&ServerConfig> {
        self.servers.get(bridge).filter(|server| server.runs).map(|server| &server.config)
    }

    /// A guest asks for an address, at a time in seconds since 1970: its own, or the first free one.
    pub fn request(&mut self, bridge: &str, mac: [u8; 6], now: u64) -> Option<Ipv4Addr> {
        let server = self.servers.get_mut(bridge).filter(|server| server.runs)?;
        let config = &server.config;
        let host = config.hosts.iter().find(|host| host.mac == mac);
        let held = server.leases.iter().find(|lease| lease.mac == mac).map(|lease| lease.address);
        let (start, end) = (config.range.0.to_bits(), config.range.1.to_bits());
        let taken = |address: &Ipv4Addr| {
            server.leases.iter().any(|lease| lease.address == *address && lease.mac != mac)
                || config.hosts.iter().any(|host| host.address == *address && host.mac != mac)
        };
        let own = host.map(|host| host.address);
        let address = own
            .or(held)
            .or_else(|| (start..=end).map(Ipv4Addr::from_bits).find(|address| !taken(address)))?;
        if server.leases.iter().any(|lease| lease.address == address && lease.mac != mac) {
            return None; // somebody else holds it until the lease ends
        }
        let name = host.map_or_else(|| "*".to_owned(), |host| host.name.clone());
        server.leases.retain(|lease| lease.mac != mac);
        server.leases.push(Lease { ends: now + config.lease.as_secs(), mac, address, name });
        Some(address)
    }

    /// The addresses of a name that the server of a bridge knows itself.
    pub fn resolve(&self, bridge: &str, name: &str) -> Vec<IpAddr> {
        let names = self.served(bridge).map(|config| &config.names);
        let known = names.and_then(|names| names.iter().find(|(known, _)| known == name));
        known.map(|(_, addresses)| addresses.clone()).unwrap_or_default()
    }

    /// The server of a bridge ends by itself.
    pub fn kill(&mut self, bridge: &str) {
        if let Some(server) = self.servers.get_mut(bridge) {
            server.runs = false;
        }
    }

    /// Power is gone: leases are kept on a tmpfs.
    pub fn power_cut(&mut self) {
        self.servers.clear();
    }

    fn serve(&mut self, config: &ServerConfig) {
        let mut leases = self.servers.remove(&config.bridge).map(|server| server.leases).unwrap_or_default();
        let stale = |lease: &Lease| {
            config.hosts.iter().any(|host| (host.mac == lease.mac) != (host.address == lease.address))
        };
        leases.retain(|lease| !stale(lease));
        self.servers.insert(config.bridge.clone(), Server { config: config.clone(), runs: true, leases });
    }
}

/// The DHCP and DNS servers of a simulated device.
pub struct SimAddressServer {
    servers: Arc<Mutex<Servers>>,
    gate: Arc<dyn Gate>,
}

impl SimAddressServer {
    /// The servers, behind a gate.
    pub fn new(servers: Arc<Mutex<Servers>>, gate: Arc<dyn Gate>) -> Self {
        SimAddressServer { servers, gate }
    }

    fn servers(&self) -> MutexGuard<'_, Servers> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass<R>(
        &self,
        scope: &Scope,
        op: Op<'_>,
        act: impl FnOnce(&mut Servers) -> R,
    ) -> Result<R, ServerError> {
        if scope.cancelled() {
            return Err(ServerError::Cancelled);
        }
        pass(&*self.gate, op, || act(&mut self.servers())).map_err(|fault| ServerError::Io {
            what: op.detail.into(),
            call: op.name,
            errno: fault.errno().raw_os_error(),
        })
    }
}

impl AddressServer for SimAddressServer {
    fn serve(&self, scope: &Scope, config: &ServerConfig) -> Result<(), ServerError> {
        config.check()?;
        let op = Op { name: "server.serve", detail: &config.bridge };
        self.pass(scope, op, |servers| servers.serve(config))
    }

    fn stop(&self, scope: &Scope, bridge: &str) -> Result<(), ServerError> {
        check(bridge)?;
        self.pass(scope, Op { name: "server.stop", detail: bridge }, |servers| {
            drop(servers.servers.remove(bridge));
        })
    }

    fn runs(&self, bridge: &str) -> bool {
        self.servers().served(bridge).is_some()
    }

    fn leases(&self, scope: &Scope, bridge: &str) -> Result<Vec<Lease>, ServerError> {
        check(bridge)?;
        self.pass(scope, Op { name: "server.leases", detail: bridge }, |servers| {
            servers.servers.get(bridge).map(|server| server.leases.clone()).unwrap_or_default()
        })
    }
}

fn check(bridge: &str) -> Result<(), ServerError> {
    if is_link_name(bridge) { Ok(()) } else { Err(ServerError::BadName(bridge.into())) }
}
