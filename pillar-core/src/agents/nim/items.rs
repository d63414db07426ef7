//! What a port configuration asks of the device, as items of the reconciler, and how each is put there (spec/03, Items
//! and dhcpcd). The first half is pure; [`carry_out`] runs in jobs.
//!
//! | Item | Needs |
//! |---|---|
//! | `Network-IO` (observed): the interface is in the kernel and belongs to no application | – |
//! | `Adapter`: the interface is on, with its MTU | `Network-IO` |
//! | `DHCP-Client`: its addresses are kept | `Adapter` |
//! | `Resolv-Conf`: the servers that the device resolves names by | – |
//!
//! Not done: bridges in front of wired ports (`keth0`), tables of routes for single ports, VLANs, bonds, radios,
//! 802.1X, the rules of the packet filter. Each is a further kind of item here.

use std::fmt;
use std::net::IpAddr;

use pillar_types::port::{DevicePortConfig, DhcpType, NetworkPortConfig, NetworkType};

use super::dpc;
use crate::hal::{
    AddressFrom, DhcpConfig, DhcpError, GatewayFrom, Hal, IpVersions, LinkError, LinkSettings, ResolverError,
    Scope, is_link_name,
};
use crate::reconcile::{Act, Item, Key, Need, Update};
use crate::resolv_conf;

/// The packet size of a port that names none, and the sizes that it may name, in bytes.
pub const DEFAULT_MTU: u16 = 1500;
const LEAST_MTU: u16 = 1280;

/// Metrics of routes: of the first port for management, and of the first for applications.
const MGMT_METRIC: u32 = 5000;
const SHARED_METRIC: u32 = 10_000;

/// The longest name of a domain or server, in bytes (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 253;

/// A piece of the device's network.
#[derive(Clone, Debug, PartialEq)]
pub enum NetItem {
    /// An interface of the kernel, free to be used.
    NetworkIo {
        /// Its name.
        link: String,
    },
    /// An interface that is on.
    Adapter {
        /// Its name.
        link: String,
        /// Its largest packet, in bytes.
        mtu: u16,
    },
    /// What keeps its addresses.
    Client {
        /// The interface.
        link: String,
        /// How.
        config: DhcpConfig,
    },
    /// What the device resolves names by.
    Resolver {
        /// The content of resolv.conf(5).
        content: String,
    },
}

/// Why an item is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetError {
    /// The interface.
    Link(LinkError),
    /// Its addresses.
    Dhcp(DhcpError),
    /// The device's own resolving.
    Resolver(ResolverError),
    /// The job did not come to its end.
    Unfinished,
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetError::Link(why) => why.fmt(f),
            NetError::Dhcp(why) => why.fmt(f),
            NetError::Resolver(why) => why.fmt(f),
            NetError::Unfinished => f.write_str("not finished"),
        }
    }
}

impl Item for NetItem {
    type Must = ();
    type Error = NetError;

    fn key(&self) -> Key {
        match self {
            NetItem::NetworkIo { link } => Key::new("Network-IO", &**link),
            NetItem::Adapter { link, .. } => Key::new("Adapter", &**link),
            NetItem::Client { link, .. } => Key::new("DHCP-Client", &**link),
            NetItem::Resolver { .. } => Key::new("Resolv-Conf", "device"),
        }
    }

    fn needs(&self) -> Vec<Need<()>> {
        match self {
            NetItem::NetworkIo { .. } | NetItem::Resolver { .. } => vec![],
            NetItem::Adapter { link, .. } => vec![Need::of(Key::new("Network-IO", &**link)).gone_with()],
            NetItem::Client { link, .. } => vec![Need::of(Key::new("Adapter", &**link))],
        }
    }

    fn meets(&self, (): &()) -> bool {
        true
    }

    fn update_to(&self, _: &Self) -> Update {
        Update::InPlace
    }
}

/// A port whose configuration makes sense, with what it asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct PortPlan {
    /// The interface.
    pub link: String,
    /// Its largest packet, in bytes.
    pub mtu: u16,
    /// How its addresses are kept; `None`: it has none of its own.
    pub client: Option<DhcpConfig>,
}

/// What each port of a configuration asks for, in its order, or why it is left alone.
pub fn plan(dpc: &DevicePortConfig, vendor_class: bool) -> Vec<Result<PortPlan, String>> {
    let metrics = metrics(dpc);
    let plan = |(port, metric)| plan_port(port, metric, vendor_class);
    dpc.ports.iter().zip(metrics).map(plan).collect()
}

/// The metric of each port: by rank among those of its use, in the order of cost and then of the list.
pub fn metrics(dpc: &DevicePortConfig) -> Vec<u32> {
    let mgmt: Vec<bool> = dpc.ports.iter().map(|port| dpc::is_mgmt(dpc, port)).collect();
    let rank = |index: usize| {
        let before = |other: usize| {
            mgmt[other] == mgmt[index] && (dpc.ports[other].cost, other) < (dpc.ports[index].cost, index)
        };
        (0..mgmt.len()).filter(|other| before(*other)).count() as u32
    };
    (0..mgmt.len()).map(|index| rank(index) + if mgmt[index] { MGMT_METRIC } else { SHARED_METRIC }).collect()
}

fn plan_port(port: &NetworkPortConfig, metric: u32, vendor_class: bool) -> Result<PortPlan, String> {
    if let Some(why) = dpc::refusal(port) {
        // The configuration's own error says more.
        let own = &port.test_results.last_error;
        return Err(if port.invalid_config && !own.is_empty() { own.clone() } else { why.to_owned() });
    }
    if !is_link_name(&port.if_name) {
        return Err(format!("{:?} cannot be the name of an interface", port.if_name));
    }
    let mtu = if port.mtu == 0 { DEFAULT_MTU } else { port.mtu };
    if mtu < LEAST_MTU {
        return Err(format!("MTU {mtu} is less than {LEAST_MTU}"));
    }
    let client = match port.dhcp.dhcp {
        DhcpType::Client => Some(client(port, metric, vendor_class)?),
        DhcpType::Static => Some(fixed(port, metric)?),
        DhcpType::None => None,
        DhcpType::Undefined | DhcpType::Deprecated | DhcpType::Unknown(_) => {
            return Err("it is not said where its addresses come from".into());
        }
    };
    Ok(PortPlan { link: port.if_name.clone(), mtu, client })
}

fn client(port: &NetworkPortConfig, metric: u32, vendor_class: bool) -> Result<DhcpConfig, String> {
    if !port.dhcp.addr_subnet.is_empty() || port.ignore_dhcp_ip_addresses {
        return Err("a fixed address besides DHCP is not supported yet".into());
    }
    let gateway = match port.dhcp.gateway.get() {
        Some(gateway) if gateway.is_unspecified() => GatewayFrom::Nowhere,
        Some(gateway) => GatewayFrom::Fixed(gateway),
        None if port.ignore_dhcp_gateways => GatewayFrom::Nowhere,
        None => GatewayFrom::Server,
    };
    let address = AddressFrom::Server { vendor_class };
    Ok(DhcpConfig { address, gateway, metric, versions: versions(port.dhcp.network_type) })
}

fn fixed(port: &NetworkPortConfig, metric: u32) -> Result<DhcpConfig, String> {
    let address = port.dhcp.addr_subnet.parse();
    let address = address.map_err(|_| format!("{:?} is no address with prefix", port.dhcp.addr_subnet))?;
    let gateway = match port.dhcp.gateway.get() {
        Some(gateway) if !gateway.is_unspecified() => GatewayFrom::Fixed(gateway),
        _ => GatewayFrom::Nowhere,
    };
    let names =
        port.dhcp.ntp_servers.iter().chain(Some(&port.dhcp.domain_name).filter(|name| !name.is_empty()));
    if let Some(bad) = names.into_iter().find(|name| !is_name(name)) {
        return Err(format!("{bad:?} is no name"));
    }
    let address = AddressFrom::Fixed {
        address,
        domain_name: port.dhcp.domain_name.clone(),
        dns_servers: port.dhcp.dns_servers.iter().filter_map(|server| server.get()).collect(),
        ntp_servers: port.dhcp.ntp_servers.to_vec(),
    };
    Ok(DhcpConfig { address, gateway, metric, versions: versions(port.dhcp.network_type) })
}

fn versions(network: NetworkType) -> IpVersions {
    match network {
        NetworkType::Ipv4Only => IpVersions::V4,
        NetworkType::Ipv6Only => IpVersions::V6,
        _ => IpVersions::Both,
    }
}

/// Whether a text can be a name or an address, and nothing that a program could take for something else.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=MAX_NAME).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(plain)
}

/// The items of these plans; of two ports with one interface the first counts.
pub fn items(plans: &[Result<PortPlan, String>]) -> Vec<NetItem> {
    let mut items: Vec<NetItem> = Vec::new();
    for plan in plans.iter().flatten() {
        let adapter = NetItem::Adapter { link: plan.link.clone(), mtu: plan.mtu };
        if items.iter().any(|item| item.key() == adapter.key()) {
            continue;
        }
        items.push(adapter);
        let client = plan.client.clone();
        items.extend(client.map(|config| NetItem::Client { link: plan.link.clone(), config }));
    }
    items
}

/// What the device resolves names by.
pub fn resolver(servers: &[IpAddr], search: &[String]) -> NetItem {
    NetItem::Resolver { content: resolv_conf::write(servers, search) }
}

/// Carries an operation out.
pub fn carry_out(hal: &Hal, scope: &Scope, act: &Act<NetItem>) -> Result<(), NetError> {
    let (item, remove) = match act {
        Act::Create(item) | Act::Modify { to: item, .. } => (item, false),
        Act::Delete(item) => (item, true),
    };
    match (&**item, remove) {
        (NetItem::NetworkIo { .. }, _) | (NetItem::Resolver { .. }, true) => Ok(()),
        (NetItem::Adapter { link, mtu }, false) => {
            let settings =
                LinkSettings { up: Some(true), mtu: Some((*mtu).into()), ..LinkSettings::default() };
            hal.links.set(scope, link, &settings).map_err(NetError::Link)
        }
        (NetItem::Adapter { link, .. }, true) => {
            let settings = LinkSettings { mtu: Some(DEFAULT_MTU.into()), ..LinkSettings::default() };
            match hal.links.set(scope, link, &settings) {
                Ok(()) | Err(LinkError::NotFound(_)) => Ok(()),
                Err(why) => Err(NetError::Link(why)),
            }
        }
        (NetItem::Client { link, config }, false) => {
            hal.dhcp.keep(scope, link, config).map_err(NetError::Dhcp)
        }
        (NetItem::Client { link, .. }, true) => hal.dhcp.release(scope, link).map_err(NetError::Dhcp),
        (NetItem::Resolver { content }, false) => {
            hal.resolver.write(scope, content).map_err(NetError::Resolver)
        }
    }
}
