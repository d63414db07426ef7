//! Simulated DHCP: servers on segments, and the clients of a device's links.
//!
//! A lease comes at once when link, segment and server are there, and goes with the carrier, as with dhcpcd. Time
//! plays no part: a lease ends when the server is taken away.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{
    AddressFrom, Cidr, Dhcp, DhcpConfig, DhcpError, DhcpLease, GatewayFrom, IpVersions, LinkError,
    MAIN_TABLE, Route, Scope, is_link_name,
};

use super::Network;
use super::table::link_local;
use crate::sim::gate::{Fault, Gate, Op, pass};

/// What a DHCP server of a segment hands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhcpServer {
    /// Its IPv4 network; hosts get addresses from the fiftieth on.
    pub network: Cidr,
    /// The gateway.
    pub gateway: Option<IpAddr>,
    /// An IPv6 network that a router advertises.
    pub network_v6: Option<Cidr>,
    /// DNS servers.
    pub dns_servers: Vec<IpAddr>,
    /// NTP servers.
    pub ntp_servers: Vec<String>,
    /// The DNS domain.
    pub domain_name: String,
}

/// The first host of a network that a server gives an address to.
const FIRST_HOST: u32 = 50;

/// The link-local address of the router that advertises an IPv6 network.
const ROUTER_V6: [u16; 8] = [0xfe80, 0, 0, 0, 0, 0, 0, 1];

/// Servers, clients and leases.
#[derive(Clone, Debug, Default)]
pub(super) struct DhcpTable {
    servers: BTreeMap<String, DhcpServer>,
    /// Addresses that servers gave, by segment and hardware address: the same one the next time.
    given: BTreeMap<(String, [u8; 6]), IpAddr>,
    clients: BTreeMap<String, Client>,
    /// How many clients were started.
    starts: u32,
}

/// The client of a link.
#[derive(Clone, Debug)]
struct Client {
    config: DhcpConfig,
    alive: bool,
    got: Option<Got>,
}

/// What a client has put on its link.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Got {
    lease: DhcpLease,
    addresses: Vec<Cidr>,
    routes: Vec<Route>,
}

impl DhcpTable {
    pub(super) fn power_cut(&mut self) {
        self.clients.clear();
    }
}

/// What scenarios and tests do.
impl Network {
    /// A server begins on a segment, or hands out something else from now on.
    pub fn serve_dhcp(&mut self, segment: &str, server: DhcpServer) {
        self.dhcp.servers.insert(segment.into(), server);
        self.settle();
    }

    /// The server goes, and its leases run out.
    pub fn stop_dhcp(&mut self, segment: &str) {
        self.dhcp.servers.remove(segment);
        self.settle();
    }

    /// A link's client dies; what it had put on the link stays.
    pub fn kill_dhcp_client(&mut self, link: &str) {
        if let Some(client) = self.dhcp.clients.get_mut(link) {
            client.alive = false;
        }
    }

    /// What a link's client does, if one lives.
    pub fn dhcp_client(&self, link: &str) -> Option<&DhcpConfig> {
        self.dhcp.clients.get(link).filter(|client| client.alive).map(|client| &client.config)
    }

    /// How many clients were started so far.
    pub fn dhcp_starts(&self) -> u32 {
        self.dhcp.starts
    }
}

impl Network {
    fn keep(&mut self, link: &str, config: &DhcpConfig) {
        if self.dhcp_client(link) == Some(config) {
            return;
        }
        let got = self.dhcp.clients.remove(link).and_then(|client| client.got);
        self.dhcp.starts += 1;
        self.dhcp.clients.insert(link.into(), Client { config: config.clone(), alive: true, got });
        self.settle();
    }

    fn release(&mut self, link: &str) {
        if let Some(Client { got: Some(got), .. }) = self.dhcp.clients.remove(link) {
            self.take_back(link, &got);
        }
    }

    /// Clients see to what they have, after a change of anything.
    pub(super) fn follow_dhcp(&mut self) {
        let links: Vec<String> = self.dhcp.clients.keys().cloned().collect();
        for link in links {
            let Some(client) = self.dhcp.clients.get(&link).filter(|client| client.alive).cloned() else {
                continue;
            };
            let gets = self.gets(&link, &client.config);
            let there = client.got.as_ref().is_none_or(|got| self.has(&link, got));
            if gets == client.got && there {
                continue;
            }
            if let Some(got) = client.got.filter(|got| gets.as_ref() != Some(got)) {
                self.take_back(&link, &got);
            }
            if let Some(got) = &gets {
                self.put(&link, got);
            }
            if let Some(client) = self.dhcp.clients.get_mut(&link) {
                client.got = gets;
            }
        }
    }

    /// What a client of a link can have now.
    fn gets(&mut self, link: &str, config: &DhcpConfig) -> Option<Got> {
        let segment = self.segment(link)?.to_owned();
        let mac = self.link(link)?.mac;
        let server = self.dhcp.servers.get(&segment).cloned();
        let mut lease = DhcpLease::default();
        let mut gateway = None;
        match &config.address {
            AddressFrom::Fixed { address, domain_name, dns_servers, ntp_servers } => {
                lease.address_v4 = Some(*address);
                lease.domain_names[0].clone_from(domain_name);
                lease.dns_servers.clone_from(dns_servers);
                lease.ntp_servers.clone_from(ntp_servers);
            }
            AddressFrom::Server { .. } => {
                let server = server?;
                if config.versions != IpVersions::V6 {
                    lease.address_v4 = Some(self.give(&segment, mac, server.network));
                    gateway = server.gateway;
                }
                if config.versions != IpVersions::V4 {
                    lease.networks_v6.extend(server.network_v6);
                }
                lease.domain_names[0] = server.domain_name;
                lease.dns_servers = server.dns_servers;
                lease.ntp_servers = server.ntp_servers;
            }
        }
        match config.gateway {
            GatewayFrom::Server => {}
            GatewayFrom::Fixed(fixed) => gateway = Some(fixed),
            GatewayFrom::Nowhere => gateway = None,
        }
        let mut addresses: Vec<Cidr> = lease.address_v4.into_iter().collect();
        addresses.extend(lease.networks_v6.iter().map(|network| stateless(*network, mac)));
        let route = |destination: Cidr, gateway| Route {
            destination,
            gateway,
            link: link.into(),
            source: lease.address_v4.map(|cidr| cidr.address).filter(|_| destination.address.is_ipv4()),
            metric: config.metric,
        };
        let mut routes: Vec<Route> = addresses.iter().map(|cidr| route(cidr.network(), None)).collect();
        let reached = |gateway: &IpAddr| addresses.iter().any(|cidr| cidr.contains(*gateway));
        if let Some(gateway) = gateway.filter(reached) {
            routes.push(route(Cidr { address: [0; 4].into(), prefix: 0 }, Some(gateway)));
        }
        if !lease.networks_v6.is_empty() {
            routes.push(route(Cidr { address: [0; 16].into(), prefix: 0 }, Some(ROUTER_V6.into())));
        }
        (!addresses.is_empty()).then_some(Got { lease, addresses, routes })
    }

    /// The address of an interface in a network: the one it had, or the next that is free.
    fn give(&mut self, segment: &str, mac: [u8; 6], network: Cidr) -> Cidr {
        let key = (segment.to_owned(), mac);
        let before = self.dhcp.given.get(&key).copied().filter(|address| network.contains(*address));
        let address = before.unwrap_or_else(|| {
            let IpAddr::V4(base) = network.network().address else { return network.address };
            let taken = |address: &IpAddr| self.dhcp.given.values().any(|other| other == address);
            let mut hosts = (FIRST_HOST..).map(|host| IpAddr::from((base.to_bits() + host).to_be_bytes()));
            hosts.find(|address| !taken(address)).unwrap_or(network.address)
        });
        self.dhcp.given.insert(key, address);
        Cidr { address, prefix: network.prefix }
    }

    fn has(&self, link: &str, got: &Got) -> bool {
        let routes = self.routes.get(&MAIN_TABLE);
        let has_route = |route: &Route| routes.is_some_and(|routes| routes.contains(route));
        let link = self.link(link);
        link.is_some_and(|link| got.addresses.iter().all(|cidr| link.addresses.contains(cidr)))
            && got.routes.iter().all(has_route)
    }

    fn put(&mut self, link: &str, got: &Got) {
        if let Some(link) = self.links.get_mut(link) {
            for cidr in &got.addresses {
                if !link.addresses.contains(cidr) {
                    link.addresses.push(*cidr);
                }
            }
        }
        let routes = self.routes.entry(MAIN_TABLE).or_default();
        routes.extend(got.routes.iter().cloned());
        routes.sort();
        routes.dedup();
        self.touch(link);
    }

    fn take_back(&mut self, link: &str, got: &Got) {
        if let Some(link) = self.links.get_mut(link) {
            link.addresses.retain(|cidr| !got.addresses.contains(cidr));
        }
        if let Some(routes) = self.routes.get_mut(&MAIN_TABLE) {
            routes.retain(|route| !got.routes.contains(route));
        }
        self.drop_routes_without_source();
        self.touch(link);
    }
}

/// The address that an interface takes in an advertised network.
fn stateless(network: Cidr, mac: [u8; 6]) -> Cidr {
    let host = u128::from(link_local(mac).to_bits() as u64);
    let address = match network.network().address {
        IpAddr::V6(base) => (base.to_bits() | host).to_be_bytes().into(),
        v4 @ IpAddr::V4(_) => v4,
    };
    Cidr { address, prefix: network.prefix }
}

/// A machine's view of its DHCP clients.
pub struct SimDhcp {
    network: Arc<Mutex<Network>>,
    gate: Arc<dyn Gate>,
}

impl SimDhcp {
    /// Clients on the network, behind a gate.
    pub fn new(network: Arc<Mutex<Network>>, gate: Arc<dyn Gate>) -> Self {
        SimDhcp { network, gate }
    }

    fn pass<R>(
        &self,
        scope: &Scope,
        name: &'static str,
        link: &str,
        act: impl FnOnce(&mut Network) -> Result<R, DhcpError>,
    ) -> Result<R, DhcpError> {
        if scope.cancelled() {
            return Err(DhcpError::Cancelled);
        }
        if !is_link_name(link) {
            return Err(DhcpError::Link(LinkError::BadName(link.into())));
        }
        let act = || act(&mut self.network.lock().unwrap_or_else(PoisonError::into_inner));
        pass(&*self.gate, Op { name, detail: link }, act).map_err(|fault| error(link, fault))?
    }
}

fn error(link: &str, _: Fault) -> DhcpError {
    DhcpError::NotStarted { link: link.into() }
}

impl Dhcp for SimDhcp {
    fn keep(&self, scope: &Scope, link: &str, config: &DhcpConfig) -> Result<(), DhcpError> {
        self.pass(scope, "dhcp.keep", link, |network| {
            if network.link(link).is_none() {
                return Err(DhcpError::Link(LinkError::NotFound(link.into())));
            }
            network.keep(link, config);
            Ok(())
        })
    }

    fn lease(&self, scope: &Scope, link: &str) -> Result<Option<DhcpLease>, DhcpError> {
        self.pass(scope, "dhcp.lease", link, |network| {
            let client = network.dhcp.clients.get(link).filter(|client| client.alive);
            Ok(client.and_then(|client| client.got.as_ref()).map(|got| got.lease.clone()))
        })
    }

    fn release(&self, scope: &Scope, link: &str) -> Result<(), DhcpError> {
        self.pass(scope, "dhcp.release", link, |network| {
            network.release(link);
            Ok(())
        })
    }
}
