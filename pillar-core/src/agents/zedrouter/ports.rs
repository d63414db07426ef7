//! Which ports of the device a network instance uses, and what follows from that (spec/04, Port selection, IP
//! conflict and MTU). Pure.

use std::net::{IpAddr, Ipv4Addr};

use pillar_types::IpNet;
use pillar_types::device_network::{DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::network_instance::NetworkInstanceConfig;
use pillar_types::port::DhcpType;

use super::filter::OutPort;
use super::subnet::overlap;

/// The packet size where nothing says another.
const DEFAULT_MTU: u16 = 1500;

/// Ports, and what is wrong with those that cannot be used.
#[derive(Debug, Default)]
pub struct Chosen<'a> {
    /// Those that are used.
    pub ports: Vec<&'a NetworkPortStatus>,
    /// What is wrong, a line each.
    pub errors: Vec<String>,
}

/// The ports of a local network instance.
pub fn choose<'a>(config: &NetworkInstanceConfig, device: &'a DeviceNetworkStatus) -> Chosen<'a> {
    let label = &config.port_label;
    let mut chosen = Chosen::default();
    if label.is_empty() {
        return chosen;
    }
    let candidates = device.by_label(label);
    if candidates.is_empty() {
        chosen.errors.push(format!("no port is matching label '{label}'"));
    }
    for port in candidates {
        let name = &port.logicallabel;
        if port.invalid_config {
            chosen.errors.push(format!("port {name} has invalid config"));
        } else if port.if_name.is_empty() {
            chosen.errors.push(format!("port {name} has no interface name"));
        } else if !matches!(port.dhcp, DhcpType::Static | DhcpType::Client) {
            let error = format!("L2-only port {name} cannot be used in Local Network Instance");
            chosen.errors.push(error);
        } else {
            chosen.ports.push(port);
        }
    }
    chosen
}

/// The packet size of a network instance, and what is wrong with the one that it asks for.
pub fn mtu(asked: u16, ports: &[&NetworkPortStatus]) -> (u16, Option<String>) {
    let lowest = ports.iter().map(|port| port.mtu).filter(|mtu| *mtu != 0).min();
    match (asked, lowest) {
        (0, lowest) => (lowest.unwrap_or(DEFAULT_MTU), None),
        (asked, Some(lowest)) if asked > lowest => {
            let error =
                format!("MTU {asked} of the network instance exceeds the lowest MTU {lowest} of its ports");
            (lowest, Some(error))
        }
        (asked, _) => (asked, None),
    }
}

/// What else has addresses of this subnet: a port, or another network instance.
pub fn conflict<'a>(
    subnet: &IpNet,
    device: &DeviceNetworkStatus,
    mut others: impl Iterator<Item = (&'a str, &'a IpNet)>,
) -> Option<String> {
    let port =
        device.ports.iter().find(|port| port.ipv4_subnet.as_ref().is_some_and(|own| overlap(own, subnet)));
    if let Some(port) = port {
        return Some(format!("subnet conflicts with port {}", port.logicallabel));
    }
    let (name, _) = others.find(|(_, other)| overlap(other, subnet))?;
    Some(format!("subnet conflicts with network instance {name}"))
}

/// What the packet filter has to know of a port.
pub fn out_port(port: &NetworkPortStatus) -> OutPort {
    let labels = [&port.logicallabel].into_iter().chain(&*port.shared_labels).cloned().collect();
    OutPort { link: port.if_name.clone(), labels, addresses: addresses(port) }
}

/// The IPv4 addresses of a port that others can reach. Those from DHCP are not used if its configuration says so.
pub fn addresses(port: &NetworkPortStatus) -> Vec<Ipv4Addr> {
    let v4 = |address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    };
    let configured = port.configured_ip.get();
    let used = |address: &IpAddr| !port.ignored_dhcp_ips || Some(*address) == configured;
    port.usable_addrs().filter(used).filter_map(v4).collect()
}
