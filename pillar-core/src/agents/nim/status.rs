//! `DeviceNetworkStatus`, built from a configuration and what was seen (spec/03, DeviceNetworkStatus). Pure.

use std::net::IpAddr;

use pillar_types::adapters::AssignableAdapters;
use pillar_types::base::{IpAddr as GoIp, IpNet, List, Time};
use pillar_types::device_network::{AddrInfo, DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::port::{DevicePortConfig, NetworkPortConfig, NetworkType};

use super::facts::{Facts, Pciback, bundle, pciback};
use super::items::DEFAULT_MTU;
use crate::hal::{Cidr, DhcpLease};

/// What a status is built from.
pub struct Inputs<'a> {
    /// The configuration, with its results.
    pub dpc: &'a DevicePortConfig,
    /// Why ports are left alone, port by port.
    pub refused: &'a [Option<String>],
    /// What was seen.
    pub facts: &'a Facts,
    /// Devices that can be given to applications.
    pub adapters: Option<&'a AssignableAdapters>,
    /// The configuration's place.
    pub index: i64,
    /// Whether it is being verified.
    pub testing: bool,
    /// What was said before, whose stamps stay with errors that stay.
    pub before: Option<&'a DeviceNetworkStatus>,
    /// The stamp of what is new.
    pub now: Time,
}

/// The status.
pub fn build(inputs: &Inputs<'_>) -> DeviceNetworkStatus {
    let dpc = inputs.dpc;
    let ports = dpc
        .ports
        .iter()
        .zip(inputs.refused)
        .map(|(port, refused)| build_port(inputs, port, refused.as_ref()));
    DeviceNetworkStatus {
        dpc_key: dpc.key.clone(),
        version: dpc.version,
        testing: inputs.testing,
        state: dpc.state,
        current_index: inputs.index,
        ports: ports.collect(),
        ..DeviceNetworkStatus::default()
    }
}

fn build_port(inputs: &Inputs<'_>, port: &NetworkPortConfig, refused: Option<&String>) -> NetworkPortStatus {
    let facts = inputs.facts;
    let link = facts.links.get(&port.if_name);
    let lease = facts.leases.get(&port.if_name);
    let mut status = configured(port);
    let set_aside = pciback(inputs.adapters, port);
    let error = match (&set_aside, link) {
        _ if refused.is_some() => refused.cloned().unwrap_or_default(),
        (Pciback::Unassigned | Pciback::Used(_), _) => format!("port {} is in PCIBack", port.logicallabel),
        _ if port.if_name.is_empty() => format!("port {} is missing interface name", port.logicallabel),
        (Pciback::No, None) => format!("interface {} is missing", port.if_name),
        (Pciback::No, Some(_)) => String::new(),
    };
    if !error.is_empty() && !status.test_results.has_error() {
        let before = inputs.before.and_then(|before| before.by_logicallabel(&port.logicallabel));
        let before = before.map(|before| &before.test_results).filter(|before| before.last_error == error);
        let since = before.map_or(inputs.now, |before| before.last_failed);
        status.test_results.record_failure(&error, since);
    }
    if let Some(bundle) = bundle(inputs.adapters, &port.if_name, &port.logicallabel)
        && !bundle.pci_long.is_empty()
    {
        status.pci_long.clone_from(&bundle.pci_long);
    }
    let Some(link) = link.filter(|_| refused.is_none()) else { return status };
    status.up = link.lower_up;
    status.mac_addr = link.mac.into();
    status.mtu = u16::try_from(link.mtu).unwrap_or(u16::MAX);
    if port.is_l3_port {
        status.addr_info_list = link.addresses.iter().filter_map(addr_info).collect();
        status.default_routers = facts.default_routers(&port.if_name).into_iter().map(GoIp::from).collect();
        learned(&mut status, port, lease);
    }
    status
}

/// What the configuration says.
fn configured(port: &NetworkPortConfig) -> NetworkPortStatus {
    let subnet: Option<Cidr> = port.dhcp.addr_subnet.parse().ok();
    NetworkPortStatus {
        if_name: port.if_name.clone(),
        phylabel: port.phylabel.clone(),
        logicallabel: port.logicallabel.clone(),
        pci_long: port.pci_addr.clone(),
        shared_labels: port.shared_labels.clone(),
        alias: port.alias.clone(),
        is_mgmt: port.is_mgmt,
        is_l3_port: port.is_l3_port,
        invalid_config: port.invalid_config,
        cost: port.cost,
        dhcp: port.dhcp.dhcp,
        network_type: port.dhcp.network_type,
        configured_subnet: subnet.and_then(|cidr| ip_net(cidr.network())),
        configured_ip: subnet.map_or(GoIp::NONE, |cidr| cidr.address.into()),
        ignored_dhcp_ips: port.ignore_dhcp_ip_addresses,
        domain_name: port.dhcp.domain_name.clone(),
        dns_servers: port.dhcp.dns_servers.clone(),
        ntp_servers: port.dhcp.ntp_servers.clone(),
        mtu: if port.mtu == 0 { DEFAULT_MTU } else { port.mtu },
        wireless_cfg: port.wireless.clone(),
        config_source: port.config_source.clone(),
        proxy: port.proxy.clone(),
        l2_link: port.l2_link.clone(),
        test_results: port.test_results.clone(),
        ..NetworkPortStatus::default()
    }
}

/// What DHCP says, besides or in place of what the configuration says.
fn learned(status: &mut NetworkPortStatus, port: &NetworkPortConfig, lease: Option<&DhcpLease>) {
    let Some(lease) = lease else { return };
    status.ipv4_subnet = lease.address_v4.and_then(|cidr| ip_net(cidr.network()));
    status.ipv6_subnets = lease.networks_v6.iter().map(|cidr| ip_net(*cidr)).collect();
    if !port.ignore_dhcp_ntp_servers {
        add(&mut status.ntp_servers, lease.ntp_servers.iter().cloned());
    }
    if port.ignore_dhcp_dns_config {
        return;
    }
    add(&mut status.dns_servers, lease.dns_servers.iter().map(|server| GoIp::from(*server)));
    if status.domain_name.is_empty() {
        let [v4, v6] = &lease.domain_names;
        let v6_first = matches!(port.dhcp.network_type, NetworkType::Ipv6 | NetworkType::Ipv6Only);
        let (first, second) = if v6_first { (v6, v4) } else { (v4, v6) };
        status.domain_name.clone_from(if first.is_empty() { second } else { first });
    }
}

fn add<T: PartialEq>(list: &mut List<T>, more: impl Iterator<Item = T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

fn addr_info(cidr: &Cidr) -> Option<AddrInfo> {
    let net = ip_net(*cidr)?;
    Some(AddrInfo { addr: net.ip, mask: net.mask, ..AddrInfo::default() })
}

fn ip_net(cidr: Cidr) -> Option<IpNet> {
    IpNet::new(cidr.address, cidr.prefix)
}

/// The servers that the device itself resolves by, in the order of their ports' cost, and the domains to search.
pub fn resolvers(status: &DeviceNetworkStatus) -> (Vec<IpAddr>, Vec<String>) {
    let mut ports: Vec<&NetworkPortStatus> =
        status.ports.iter().filter(|port| status.is_mgmt(port)).collect();
    ports.sort_by_key(|port| port.cost);
    let (mut servers, mut search) = (Vec::new(), Vec::new());
    for port in ports {
        for server in port.dns_servers.iter().filter_map(|server| server.get()) {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        if !port.domain_name.is_empty() && !search.contains(&port.domain_name) {
            search.push(port.domain_name.clone());
        }
    }
    (servers, search)
}
