//! The state of the simulated network, and how it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};

use pillar_core::hal::{Cidr, Link, LinkCounters, LinkKind, LinkSettings, NewLink, Route};
use rustix::io::Errno;

use super::dhcp::DhcpTable;

/// What the kernel gives a new link.
const DEFAULT_MTU: u32 = 1500;
const LOOPBACK_MTU: u32 = 65_536;

/// The packet sizes that an interface can be set to.
const MTU_RANGE: std::ops::RangeInclusive<u32> = 68..=65_535;

/// The name of the loopback interface.
const LOOPBACK: &str = "lo";

/// Interfaces, routes and segments.
#[derive(Clone, Debug)]
pub struct Network {
    /// Hardware: names and addresses as the kernel finds them at boot.
    nics: BTreeMap<String, [u8; 6]>,
    /// The segments that hardware is plugged into, by hardware address.
    plugs: BTreeMap<[u8; 6], String>,
    pub(super) links: BTreeMap<String, Link>,
    /// By kernel number: the hardware address that the hardware itself has.
    hardware: BTreeMap<u32, [u8; 6]>,
    /// Taps that a guest holds.
    held: BTreeSet<String>,
    pub(super) routes: BTreeMap<u32, Vec<Route>>,
    pub(super) dhcp: DhcpTable,
    pub(super) resolv_conf: String,
    /// Whether it passes packets on from one link to another.
    pub(super) forwards: bool,
    last_index: u32,
    /// Links that changed since the last notices.
    pub(super) changed: BTreeSet<String>,
    /// The number of the last notice.
    pub(super) serial: u64,
}

impl Default for Network {
    /// A device without hardware interfaces.
    fn default() -> Self {
        let mut network = Network {
            nics: BTreeMap::new(),
            plugs: BTreeMap::new(),
            links: BTreeMap::new(),
            hardware: BTreeMap::new(),
            held: BTreeSet::new(),
            routes: BTreeMap::new(),
            dhcp: DhcpTable::default(),
            resolv_conf: String::new(),
            forwards: false,
            last_index: 0,
            changed: BTreeSet::new(),
            serial: 0,
        };
        network.boot();
        network
    }
}

/// What scenarios and tests do.
impl Network {
    /// A hardware interface appears, not plugged in.
    pub fn add_nic(&mut self, name: &str, mac: [u8; 6]) {
        self.nics.insert(name.into(), mac);
        self.appear(name, mac);
    }

    /// A hardware interface goes. It has the name that it was added with, whatever the software calls it.
    pub fn remove_nic(&mut self, name: &str) {
        let Some(mac) = self.nics.remove(name) else { return };
        if let Some(link) = self.name_of(mac) {
            self.remove(&link);
        }
    }

    /// Plugs a hardware interface into a segment.
    pub fn plug(&mut self, name: &str, segment: &str) {
        if let Some(mac) = self.nics.get(name) {
            self.plugs.insert(*mac, segment.into());
        }
        self.settle();
    }

    /// Pulls the plug.
    pub fn unplug(&mut self, name: &str) {
        if let Some(mac) = self.nics.get(name) {
            self.plugs.remove(mac);
        }
        self.settle();
    }

    /// A guest takes hold of a tap, or lets go of it.
    pub fn hold_tap(&mut self, name: &str, held: bool) {
        if held {
            self.held.insert(name.into())
        } else {
            self.held.remove(name)
        };
        self.settle();
    }

    /// Whether packets that are for somebody else are passed on.
    pub fn forwards(&self) -> bool {
        self.forwards
    }

    /// A link as it is.
    pub fn link(&self, name: &str) -> Option<&Link> {
        self.links.get(name)
    }

    /// All links, by name.
    pub fn all(&self) -> impl Iterator<Item = &Link> {
        self.links.values()
    }

    /// The routes of a table.
    pub fn routes(&self, table: u32) -> Vec<Route> {
        let mut routes = self.routes.get(&table).cloned().unwrap_or_default();
        routes.sort();
        routes
    }

    /// The segment that a link leads to, if it has a carrier: that of its plug, or of a link that belongs to it.
    pub fn segment(&self, name: &str) -> Option<&str> {
        let link = self.links.get(name).filter(|link| link.lower_up)?;
        let own = self.hardware.get(&link.index).and_then(|mac| self.plugs.get(mac));
        let below = || self.members(name).find_map(|member| self.segment(&member.name));
        own.map(String::as_str).or_else(below)
    }

    /// What the device resolves names by: the content of resolv.conf(5).
    pub fn resolv_conf(&self) -> &str {
        &self.resolv_conf
    }

    /// The power goes: hardware stays, and stays plugged in.
    pub fn power_cut(&mut self) {
        self.boot();
    }
}

/// What the kernel does.
impl Network {
    /// What is there when the kernel has started.
    fn boot(&mut self) {
        self.links.clear();
        self.hardware.clear();
        self.held.clear();
        self.routes.clear();
        self.dhcp.power_cut();
        self.forwards = false;
        self.last_index = 0;
        self.insert(LOOPBACK, LinkKind::Loopback, [0; 6], LOOPBACK_MTU);
        for (name, mac) in self.nics.clone() {
            self.appear(&name, mac);
        }
        // Whoever begins to look sees what is there.
        self.changed.clear();
    }

    fn appear(&mut self, name: &str, mac: [u8; 6]) {
        self.insert(name, LinkKind::Ethernet, mac, DEFAULT_MTU);
        self.hardware.insert(self.last_index, mac);
    }

    fn insert(&mut self, name: &str, kind: LinkKind, mac: [u8; 6], mtu: u32) {
        self.last_index += 1;
        let link = Link {
            name: name.into(),
            index: self.last_index,
            kind,
            mac,
            mtu,
            admin_up: false,
            lower_up: false,
            master: None,
            addresses: Vec::new(),
            counters: LinkCounters::default(),
        };
        self.links.insert(name.into(), link);
        self.touch(name);
    }

    pub(super) fn list(&self) -> Vec<Link> {
        self.links.values().map(visible).collect()
    }

    pub(in crate::sim) fn add(&mut self, name: &str, link: &NewLink) -> Result<(), Errno> {
        let (kind, mac) = match link {
            NewLink::Bridge { mac } => (LinkKind::Bridge, *mac),
            NewLink::Tap => (LinkKind::Tap, made_mac(self.last_index + 1)),
            NewLink::Dummy => (LinkKind::Dummy, made_mac(self.last_index + 1)),
        };
        match self.links.get(name) {
            None => self.insert(name, kind, checked_mac(mac)?, DEFAULT_MTU),
            Some(there) if there.kind != kind => return Err(Errno::EXIST),
            Some(_) if kind == LinkKind::Bridge => {
                return self.set(name, &LinkSettings { mac: Some(mac), ..LinkSettings::default() });
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Changes a link that is there; a new master is there too.
    pub(super) fn set(&mut self, name: &str, settings: &LinkSettings) -> Result<(), Errno> {
        let Some(link) = self.links.get_mut(name) else { return Err(Errno::NODEV) };
        let before = link.clone();
        if settings.up == Some(false) {
            link.admin_up = false;
        }
        if settings.name.as_ref().is_some_and(|other| *other != name && link.admin_up) {
            return Err(Errno::BUSY);
        }
        link.mac = settings.mac.map_or(Ok(link.mac), checked_mac)?;
        link.mtu = settings.mtu.unwrap_or(link.mtu);
        if !MTU_RANGE.contains(&link.mtu) && link.kind != LinkKind::Loopback {
            link.mtu = before.mtu;
            return Err(Errno::INVAL);
        }
        if let Some(master) = &settings.master {
            link.master.clone_from(master);
        }
        link.admin_up = settings.up.unwrap_or(link.admin_up);
        if *link != before {
            self.touch(name);
        }
        if let Some(other) = settings.name.as_ref().filter(|other| *other != name) {
            self.rename(name, other);
        }
        self.settle();
        Ok(())
    }

    fn rename(&mut self, name: &str, to: &str) {
        let Some(mut link) = self.links.remove(name) else { return };
        link.name = to.into();
        self.links.insert(to.into(), link);
        for member in self.links.values_mut().filter(|link| link.master.as_deref() == Some(name)) {
            member.master = Some(to.into());
        }
        self.touch(name);
        self.touch(to);
    }

    pub(in crate::sim) fn remove(&mut self, name: &str) {
        if let Some(link) = self.links.remove(name) {
            self.hardware.remove(&link.index);
        }
        self.held.remove(name);
        for link in self.links.values_mut().filter(|link| link.master.as_deref() == Some(name)) {
            link.master = None;
        }
        self.routes.values_mut().for_each(|routes| routes.retain(|route| route.link != name));
        self.touch(name);
        self.settle();
    }

    /// Whether a link is one that software made.
    pub(super) fn is_made(&self, name: &str) -> bool {
        let made = |link: &Link| !matches!(link.kind, LinkKind::Ethernet | LinkKind::Loopback);
        self.links.get(name).is_some_and(made)
    }

    pub(super) fn is_bridge(&self, name: &str) -> bool {
        self.links.get(name).is_some_and(|link| link.kind == LinkKind::Bridge)
    }

    pub(super) fn set_addresses(&mut self, name: &str, addresses: &[Cidr]) -> Result<(), Errno> {
        let Some(link) = self.links.get_mut(name) else { return Err(Errno::NODEV) };
        let before = link.addresses.clone();
        link.addresses.retain(|cidr| is_link_local_v6(cidr.address) || addresses.contains(cidr));
        for cidr in addresses {
            if !link.addresses.contains(cidr) {
                link.addresses.push(*cidr);
            }
        }
        if link.addresses != before {
            self.touch(name);
            self.drop_routes_without_source();
        }
        Ok(())
    }

    pub(super) fn set_routes(&mut self, table: u32, link: &str, routes: &[Route]) -> Result<(), Errno> {
        let before: Vec<Route> = self.routes(table);
        let all = self.routes.entry(table).or_default();
        all.retain(|route| route.link != link);
        // On the link first: gateways are reached through those.
        let (gateways, direct): (Vec<_>, Vec<_>) = routes.iter().partition(|route| route.gateway.is_some());
        let mut refused = Ok(());
        for route in direct.into_iter().chain(gateways) {
            let mut route = Route { link: link.into(), ..route.clone() };
            route.destination = route.destination.network();
            if route.metric == 0 && route.destination.address.is_ipv6() {
                route.metric = 1024;
            }
            match self.acceptable(table, &route) {
                Ok(()) => self.routes.entry(table).or_default().push(route),
                Err(errno) => refused = refused.and(Err(errno)),
            }
        }
        if let Some(all) = self.routes.get_mut(&table) {
            all.sort();
            all.dedup();
        }
        if self.routes(table) != before {
            self.touch(link);
        }
        refused
    }

    fn acceptable(&self, table: u32, route: &Route) -> Result<(), Errno> {
        let link = self.links.get(&route.link).ok_or(Errno::NODEV)?;
        if !link.admin_up {
            return Err(Errno::NETDOWN);
        }
        if let Some(gateway) = route.gateway {
            let mut networks = link.addresses.iter().copied().chain(
                self.routes
                    .get(&table)
                    .into_iter()
                    .flatten()
                    .filter(|other| other.gateway.is_none() && other.link == route.link)
                    .map(|other| other.destination),
            );
            if !is_link_local_v6(gateway) && !networks.any(|network| network.contains(gateway)) {
                return Err(Errno::NETUNREACH);
            }
        }
        match route.source {
            Some(source) if !self.has_address(source) => Err(Errno::INVAL),
            _ => Ok(()),
        }
    }

    fn has_address(&self, address: IpAddr) -> bool {
        self.links.values().flat_map(|link| &link.addresses).any(|cidr| cidr.address == address)
    }

    pub(super) fn drop_routes_without_source(&mut self) {
        let mut routes = std::mem::take(&mut self.routes);
        for routes in routes.values_mut() {
            routes.retain(|route| route.source.is_none_or(|source| self.has_address(source)));
        }
        self.routes = routes;
    }

    /// What follows from a change: carriers, and what goes and comes with them.
    pub(super) fn settle(&mut self) {
        self.settle_carriers();
        self.follow_dhcp();
    }

    fn settle_carriers(&mut self) {
        loop {
            let carriers: BTreeMap<String, bool> =
                self.links.values().map(|link| (link.name.clone(), self.carrier(link))).collect();
            let mut changed = Vec::new();
            for link in self.links.values_mut() {
                let lower_up = carriers.get(&link.name).copied().unwrap_or_default();
                if link.lower_up != lower_up {
                    link.lower_up = lower_up;
                    changed.push(link.name.clone());
                }
                follow_carrier(link);
            }
            if changed.is_empty() {
                break;
            }
            self.changed.extend(changed);
        }
        let links = &self.links;
        let up = |route: &Route| links.get(&route.link).is_some_and(|link| link.admin_up);
        self.routes.values_mut().for_each(|routes| routes.retain(up));
        self.drop_routes_without_source();
    }

    fn carrier(&self, link: &Link) -> bool {
        let below = match link.kind {
            LinkKind::Loopback | LinkKind::Dummy => true,
            LinkKind::Tap => self.held.contains(&link.name),
            LinkKind::Bridge => self.members(&link.name).any(|member| member.lower_up),
            _ => self.hardware.get(&link.index).is_some_and(|mac| self.plugs.contains_key(mac)),
        };
        link.admin_up && below
    }

    fn members(&self, master: &str) -> impl Iterator<Item = &Link> {
        self.links.values().filter(move |link| link.master.as_deref() == Some(master))
    }

    fn name_of(&self, mac: [u8; 6]) -> Option<String> {
        let index = self.hardware.iter().find(|(_, other)| **other == mac)?.0;
        self.links.values().find(|link| link.index == *index).map(|link| link.name.clone())
    }

    pub(super) fn touch(&mut self, name: &str) {
        self.changed.insert(name.into());
    }
}

/// A link without the addresses that the kernel still checks: those of IPv6, until there is a carrier.
fn visible(link: &Link) -> Link {
    let mut link = link.clone();
    link.addresses.retain(|cidr| cidr.address.is_ipv4() || link.lower_up);
    link
}

/// The kernel's addresses: a link-local one of IPv6 with the carrier; none of IPv6 once switched off.
fn follow_carrier(link: &mut Link) {
    if !link.admin_up {
        link.addresses.retain(|cidr| cidr.address.is_ipv4());
    }
    let own = match link.kind {
        LinkKind::Loopback => {
            vec![
                Cidr { address: [127, 0, 0, 1].into(), prefix: 8 },
                Cidr { address: Ipv6Addr::LOCALHOST.into(), prefix: 128 },
            ]
        }
        _ => vec![Cidr { address: link_local(link.mac).into(), prefix: 64 }],
    };
    if link.lower_up && link.master.is_none() {
        for cidr in own {
            if !link.addresses.contains(&cidr) {
                link.addresses.push(cidr);
            }
        }
    }
}

/// RFC 4291, appendix A.
pub(super) fn link_local(mac: [u8; 6]) -> Ipv6Addr {
    let id = u64::from_be_bytes([mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]]);
    Ipv6Addr::from_bits(0xfe80 << 112 | u128::from(id))
}

fn is_link_local_v6(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// What the kernel draws at random.
fn made_mac(index: u32) -> [u8; 6] {
    let [a, b, c, d] = index.to_be_bytes();
    [0x02, 0xee, a, b, c, d]
}

/// An address of one interface: not that of a group, and not zeros.
fn checked_mac(mac: [u8; 6]) -> Result<[u8; 6], Errno> {
    if mac[0] & 1 == 1 || mac == [0; 6] { Err(Errno::ADDRNOTAVAIL) } else { Ok(mac) }
}
