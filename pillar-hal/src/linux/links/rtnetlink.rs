//! What rtnetlink's messages mean (kernel, netlink/specs/rt_link, rt_addr and rt_route; linux/rtnetlink.h,
//! if_link.h, if_addr.h): from bytes to links, addresses and routes, and back. Pure.

use std::net::IpAddr;

use pillar_core::hal::{Cidr, LinkCounters, LinkKind};

use super::super::netlink::{APPEND, CREATE, EXCL, Message, Received, attrs, text, u16_at, u32_at, u64_at};

/// Kinds of messages.
pub(in crate::linux) const NEW_LINK: u16 = 16;
pub(in crate::linux) const DEL_LINK: u16 = 17;
pub(in crate::linux) const GET_LINK: u16 = 18;
pub(super) const NEW_ADDRESS: u16 = 20;
pub(super) const DEL_ADDRESS: u16 = 21;
pub(super) const GET_ADDRESS: u16 = 22;
pub(super) const NEW_ROUTE: u16 = 24;
pub(super) const DEL_ROUTE: u16 = 25;
pub(super) const GET_ROUTE: u16 = 26;

/// Groups of notices, a bit each (`RTMGRP_…`): links, addresses and routes of both families.
pub(super) const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;

/// Lengths of the fixed parts: `struct ifinfomsg`, `ifaddrmsg`, `rtmsg`, `rtnexthop`.
pub(in crate::linux) const LINK_FIXED: usize = 16;
const ADDRESS_FIXED: usize = 8;
const ROUTE_FIXED: usize = 12;
const NEXT_HOP_FIXED: usize = 8;

const IFF_UP: u32 = 0x1;
const IFF_LOWER_UP: u32 = 0x1_0000;

const ARPHRD_ETHER: u16 = 1;
const ARPHRD_LOOPBACK: u16 = 772;

const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_MTU: u16 = 4;
const IFLA_MASTER: u16 = 10;
pub(in crate::linux) const IFLA_LINKINFO: u16 = 18;
const IFLA_STATS64: u16 = 23;
pub(in crate::linux) const IFLA_INFO_KIND: u16 = 1;

const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_FLAGS: u16 = 8;

/// The address is still checked for duplicates, or is one.
const IFA_F_TENTATIVE: u32 = 0x40;
const IFA_F_DADFAILED: u32 = 0x08;

const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_PRIORITY: u16 = 6;
const RTA_PREFSRC: u16 = 7;
const RTA_MULTIPATH: u16 = 9;
const RTA_TABLE: u16 = 15;
const RTA_VIA: u16 = 18;

const RTPROT_KERNEL: u8 = 2;
const RTPROT_STATIC: u8 = 4;
const RTN_UNICAST: u8 = 1;
const RT_SCOPE_UNIVERSE: u8 = 0;
const RT_SCOPE_LINK: u8 = 253;
/// In a request to delete: any.
const RT_SCOPE_NOWHERE: u8 = 255;
/// The route is a cached one.
const RTM_F_CLONED: u32 = 0x200;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// A link as the kernel describes it: with numbers of other links instead of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::linux) struct RawLink {
    pub(in crate::linux) index: u32,
    pub(in crate::linux) name: String,
    pub(in crate::linux) kind: LinkKind,
    pub(in crate::linux) mac: [u8; 6],
    pub(in crate::linux) mtu: u32,
    pub(in crate::linux) admin_up: bool,
    pub(in crate::linux) lower_up: bool,
    pub(in crate::linux) master: Option<u32>,
    pub(in crate::linux) counters: LinkCounters,
}

/// A route, or one next hop of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawRoute {
    pub(super) table: u32,
    pub(super) destination: Cidr,
    pub(super) gateway: Option<IpAddr>,
    pub(super) link: u32,
    pub(super) source: Option<IpAddr>,
    pub(super) metric: u32,
    /// Made by the kernel itself, for an address.
    pub(super) by_kernel: bool,
}

/// A link out of a message that has one.
pub(in crate::linux) fn link(message: Received<'_>) -> Option<RawLink> {
    let fixed = message.payload;
    let flags = u32_at(fixed, 8)?;
    let mut link = RawLink {
        index: u32_at(fixed, 4)?,
        name: String::new(),
        kind: kind(u16_at(fixed, 2)?, None),
        mac: [0; 6],
        mtu: 0,
        admin_up: flags & IFF_UP != 0,
        lower_up: flags & IFF_LOWER_UP != 0,
        master: None,
        counters: LinkCounters::default(),
    };
    for (number, value) in attrs(fixed, LINK_FIXED) {
        match number {
            IFLA_IFNAME => text(value)?.clone_into(&mut link.name),
            IFLA_ADDRESS => link.mac = value.try_into().unwrap_or_default(),
            IFLA_MTU => link.mtu = u32_at(value, 0)?,
            IFLA_MASTER => link.master = u32_at(value, 0).filter(|index| *index != 0),
            IFLA_STATS64 => link.counters = counters(value)?,
            IFLA_LINKINFO => {
                let name = attrs(value, 0).find(|(inner, _)| *inner == IFLA_INFO_KIND);
                link.kind = kind(u16_at(fixed, 2)?, name.and_then(|(_, value)| text(value)));
            }
            _ => {}
        }
    }
    (!link.name.is_empty()).then_some(link)
}

fn kind(hardware: u16, name: Option<&str>) -> LinkKind {
    match (hardware, name) {
        (ARPHRD_LOOPBACK, _) => LinkKind::Loopback,
        (ARPHRD_ETHER, None) => LinkKind::Ethernet,
        (ARPHRD_ETHER, Some("bridge")) => LinkKind::Bridge,
        // The driver of taps is called so; a tun has no hardware address.
        (ARPHRD_ETHER, Some("tun")) => LinkKind::Tap,
        (ARPHRD_ETHER, Some("veth")) => LinkKind::Veth,
        (ARPHRD_ETHER, Some("dummy")) => LinkKind::Dummy,
        _ => LinkKind::Other,
    }
}

/// `struct rtnl_link_stats64`.
fn counters(stats: &[u8]) -> Option<LinkCounters> {
    Some(LinkCounters {
        rx_packets: u64_at(stats, 0)?,
        tx_packets: u64_at(stats, 8)?,
        rx_bytes: u64_at(stats, 16)?,
        tx_bytes: u64_at(stats, 24)?,
        rx_errors: u64_at(stats, 32)?,
        tx_errors: u64_at(stats, 40)?,
        rx_drops: u64_at(stats, 48)?,
        tx_drops: u64_at(stats, 56)?,
    })
}

/// The number of the link and the address out of a message that has one, and whether it is in use.
pub(super) fn address(message: Received<'_>) -> Option<(u32, Cidr, bool)> {
    let fixed = message.payload;
    let mut flags = u32::from(*fixed.get(2)?);
    let (mut local, mut other) = (None, None);
    for (number, value) in attrs(fixed, ADDRESS_FIXED) {
        match number {
            IFA_LOCAL => local = ip(value),
            IFA_ADDRESS => other = ip(value),
            IFA_FLAGS => flags = u32_at(value, 0)?,
            _ => {}
        }
    }
    let address = Cidr { address: local.or(other)?, prefix: *fixed.get(1)? };
    Some((u32_at(fixed, 4)?, address, flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED) == 0))
}

/// The routes out of a message, one for each next hop; none if it is not one to somewhere through a link.
pub(super) fn routes(message: Received<'_>) -> Vec<RawRoute> {
    read_routes(message.payload).unwrap_or_default()
}

fn read_routes(fixed: &[u8]) -> Option<Vec<RawRoute>> {
    let family = *fixed.first()?;
    let unspecified: IpAddr = if family == AF_INET { [0; 4].into() } else { [0; 16].into() };
    let mut route = RawRoute {
        table: u32::from(*fixed.get(4)?),
        destination: Cidr { address: unspecified, prefix: *fixed.get(1)? },
        gateway: None,
        link: 0,
        source: None,
        metric: 0,
        by_kernel: *fixed.get(5)? == RTPROT_KERNEL,
    };
    if *fixed.get(7)? != RTN_UNICAST || u32_at(fixed, 8)? & RTM_F_CLONED != 0 {
        return None;
    }
    let mut hops = None;
    for (number, value) in attrs(fixed, ROUTE_FIXED) {
        match number {
            RTA_DST => route.destination.address = ip(value)?,
            RTA_TABLE => route.table = u32_at(value, 0)?,
            RTA_PRIORITY => route.metric = u32_at(value, 0)?,
            RTA_PREFSRC => route.source = ip(value),
            RTA_MULTIPATH => hops = Some(value),
            _ => put_hop(&mut route, number, value),
        }
    }
    match hops {
        Some(hops) => Some(next_hops(hops, &route)),
        None => Some(vec![route]).filter(|routes| routes[0].link != 0),
    }
}

/// What a route and a next hop have alike.
fn put_hop(route: &mut RawRoute, number: u16, value: &[u8]) {
    match number {
        RTA_OIF => route.link = u32_at(value, 0).unwrap_or_default(),
        RTA_GATEWAY => route.gateway = ip(value),
        // Family, then the address: a gateway of the other family.
        RTA_VIA => route.gateway = value.get(2..).and_then(ip),
        _ => {}
    }
}

fn next_hops(mut rest: &[u8], route: &RawRoute) -> Vec<RawRoute> {
    let hops = std::iter::from_fn(|| {
        let length = usize::from(u16_at(rest, 0)?);
        let hop = rest.get(..length).filter(|hop| hop.len() >= NEXT_HOP_FIXED)?;
        let mut one = RawRoute { link: u32_at(hop, 4)?, ..route.clone() };
        attrs(hop, NEXT_HOP_FIXED).for_each(|(number, value)| put_hop(&mut one, number, value));
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(one)
    });
    hops.collect()
}

/// A request about a link: by number, or, with 0, by what attributes say.
pub(in crate::linux) fn link_request(kind: u16, index: u32) -> Message {
    link_message(kind, index, 0, 0)
}

fn link_message(kind: u16, index: u32, flags: u32, change: u32) -> Message {
    let mut fixed = [0; LINK_FIXED];
    fixed[4..8].copy_from_slice(&index.to_ne_bytes());
    fixed[8..12].copy_from_slice(&flags.to_ne_bytes());
    fixed[12..].copy_from_slice(&change.to_ne_bytes());
    Message::new(kind, 0, &fixed)
}

/// The request for the link of this name.
pub(in crate::linux) fn get_link(name: &str) -> Message {
    link_request(GET_LINK, 0).text(IFLA_IFNAME, name)
}

/// The request for a new link, with the kernel's name of its kind.
pub(in crate::linux) fn new_link(name: &str, kind: &str) -> Message {
    let message = link_request(NEW_LINK, 0).flags(CREATE | EXCL).text(IFLA_IFNAME, name);
    message.nested_text(IFLA_LINKINFO, IFLA_INFO_KIND, kind)
}

/// The request to switch a link on or off.
pub(in crate::linux) fn switch(index: u32, up: bool) -> Message {
    link_message(NEW_LINK, index, if up { IFF_UP } else { 0 }, IFF_UP)
}

/// Requests to change a link.
pub(super) fn set_mac(message: Message, mac: [u8; 6]) -> Message {
    message.attr(IFLA_ADDRESS, &mac)
}

pub(super) fn set_mtu(index: u32, mtu: u32) -> Message {
    link_request(NEW_LINK, index).attr(IFLA_MTU, &mtu.to_ne_bytes())
}

pub(super) fn set_master(index: u32, master: u32) -> Message {
    link_request(NEW_LINK, index).attr(IFLA_MASTER, &master.to_ne_bytes())
}

pub(in crate::linux) fn set_name(index: u32, name: &str) -> Message {
    link_request(NEW_LINK, index).text(IFLA_IFNAME, name)
}

/// The request for all addresses.
pub(super) fn get_addresses() -> Message {
    Message::new(GET_ADDRESS, 0, &[0; ADDRESS_FIXED])
}

/// The request to give a link an address, or take it.
pub(super) fn address_request(kind: u16, index: u32, cidr: Cidr) -> Message {
    let mut fixed = [family(cidr.address), cidr.prefix, 0, 0, 0, 0, 0, 0];
    fixed[4..].copy_from_slice(&index.to_ne_bytes());
    let flags = if kind == NEW_ADDRESS { CREATE | EXCL } else { 0 };
    let address = octets(cidr.address);
    Message::new(kind, flags, &fixed).attr(IFA_LOCAL, &address).attr(IFA_ADDRESS, &address)
}

/// The request for all routes of both families.
pub(super) fn get_routes() -> Message {
    Message::new(GET_ROUTE, 0, &[0; ROUTE_FIXED])
}

/// The request to make a route, or remove it.
pub(super) fn route_request(kind: u16, route: &RawRoute) -> Message {
    let new = kind == NEW_ROUTE;
    let scope = match (new, route.gateway) {
        (false, _) => RT_SCOPE_NOWHERE,
        (true, None) => RT_SCOPE_LINK,
        (true, Some(_)) => RT_SCOPE_UNIVERSE,
    };
    // Tables above 255 are named by their attribute; so are the others, then.
    let protocol = if new { RTPROT_STATIC } else { 0 };
    let destination = route.destination;
    let family = family(destination.address);
    let fixed = [family, destination.prefix, 0, 0, 0, protocol, scope, RTN_UNICAST, 0, 0, 0, 0];
    // Others may have a route to there with the same metric, through another link.
    let flags = if new { CREATE | APPEND } else { 0 };
    let mut message = Message::new(kind, flags, &fixed)
        .attr(RTA_TABLE, &route.table.to_ne_bytes())
        .attr(RTA_OIF, &route.link.to_ne_bytes())
        .attr(RTA_DST, &octets(destination.address));
    if route.metric != 0 {
        message = message.attr(RTA_PRIORITY, &route.metric.to_ne_bytes());
    }
    if let Some(source) = route.source {
        message = message.attr(RTA_PREFSRC, &octets(source));
    }
    match route.gateway {
        None => message,
        Some(gateway) if gateway.is_ipv4() == destination.address.is_ipv4() => {
            message.attr(RTA_GATEWAY, &octets(gateway))
        }
        Some(gateway) => {
            let via = [u16::from(self::family(gateway)).to_ne_bytes().to_vec(), octets(gateway)].concat();
            message.attr(RTA_VIA, &via)
        }
    }
}

fn family(address: IpAddr) -> u8 {
    if address.is_ipv4() { AF_INET } else { AF_INET6 }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn ip(value: &[u8]) -> Option<IpAddr> {
    match value.len() {
        4 => Some(<[u8; 4]>::try_from(value).ok()?.into()),
        16 => Some(<[u8; 16]>::try_from(value).ok()?.into()),
        _ => None,
    }
}
