//! What the DHCP and DNS server of a local network instance serves (spec/04, dnsmasq). Pure.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use pillar_types::device_network::NetworkPortStatus;
use pillar_types::network_instance::NetworkInstanceConfig;

use super::acl::HostSet;
use super::filter::table_name;
use super::subnet::Subnet;
use crate::hal::{Cidr, DnsOffer, Host, ServerConfig, WatchedName, is_host_name};

/// How long an address is given for (spec/04, `dhcp-range`).
const LEASE: Duration = Duration::from_hours(1);

/// The name of the bridge.
const ROUTER: &str = "router";

/// A port, and whether the controller may be reached through it.
#[derive(Clone, Copy, Debug)]
pub struct Port<'a> {
    /// The port.
    pub status: &'a NetworkPortStatus,
    /// Whether it is for management.
    pub mgmt: bool,
}

/// A guest, as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// What the lease is for.
    pub host: Host,
    /// What people call the application.
    pub name: String,
    /// Hosts that the packet filter lets it talk with.
    pub watched: Vec<HostSet>,
}

/// What is served on a bridge.
pub fn config(
    bridge: &str,
    subnet: Subnet,
    network: &NetworkInstanceConfig,
    mtu: u16,
    ports: &[Port<'_>],
    guests: &[Served],
) -> ServerConfig {
    let dns_servers: Vec<IpAddr> = network.dns_servers.iter().filter_map(|server| server.get()).collect();
    let default_route = ports.iter().any(|port| port.mgmt || !port.status.default_routers.is_empty());
    let ntp = ntp_servers(network, ports);
    let dns = match (dns_servers.is_empty(), default_route) {
        (false, _) => DnsOffer::These(dns_servers.clone()),
        (true, true) => DnsOffer::Own,
        (true, false) => DnsOffer::Nothing,
    };
    let watched: BTreeSet<&HostSet> = guests.iter().flat_map(|guest| &guest.watched).collect();
    let watched = watched.into_iter().map(|host| WatchedName {
        name: host.host.clone(),
        table: table_name(bridge),
        set: host.set.clone(),
    });
    ServerConfig {
        bridge: bridge.into(),
        listen: subnet.gateway,
        prefix: subnet.prefix,
        range: subnet.range,
        lease: LEASE,
        mtu: (mtu != 0).then_some(mtu),
        domain: Some(network.domain_name.clone()).filter(|domain| is_host_name(domain)),
        default_route,
        dns,
        routes: routes(subnet, network, ports, &ntp, &dns_servers, default_route),
        ntp,
        forwarders: forwarders(ports),
        hosts: guests.iter().map(|guest| guest.host.clone()).collect(),
        names: own_names(subnet, network, guests),
        watched: watched.collect(),
    }
}

/// NTP servers of the network instance and of its ports, each once. Names are left out: nobody may wait for them
/// here.
fn ntp_servers(network: &NetworkInstanceConfig, ports: &[Port<'_>]) -> Vec<Ipv4Addr> {
    let all = network.ntp_servers.iter().chain(ports.iter().flat_map(|port| &*port.status.ntp_servers));
    let mut servers = Vec::new();
    for server in all.filter_map(|server| server.parse().ok()) {
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    servers
}

/// DNS servers of the ports, by way of the port that told them.
fn forwarders(ports: &[Port<'_>]) -> Vec<(IpAddr, String)> {
    let of_port = |port: &Port<'_>| {
        let link = port.status.if_name.clone();
        let servers: Vec<IpAddr> = port.status.dns_servers.iter().filter_map(|server| server.get()).collect();
        servers.into_iter().filter(IpAddr::is_ipv4).map(move |server| (server, link.clone()))
    };
    ports.iter().flat_map(of_port).collect()
}

/// Option 121, in its order.
fn routes(
    subnet: Subnet,
    network: &NetworkInstanceConfig,
    ports: &[Port<'_>],
    ntp: &[Ipv4Addr],
    dns: &[IpAddr],
    default_route: bool,
) -> Vec<(Cidr, Ipv4Addr)> {
    let by_bridge = |network: Cidr| (network, subnet.gateway);
    let host = |address: Ipv4Addr| Cidr { address: address.into(), prefix: 32 };
    let mut routes = vec![(subnet.cidr(), Ipv4Addr::UNSPECIFIED)];
    if ports.is_empty() {
        return routes;
    }
    let dns = dns.iter().filter_map(|address| match address {
        IpAddr::V4(address) if *address != subnet.gateway => Some(*address),
        _ => None,
    });
    for address in ntp.iter().copied().chain(dns) {
        if !subnet.contains(address) {
            routes.push(by_bridge(host(address)));
        }
    }
    if network.propagate_conn_routes {
        let subnets = ports.iter().filter_map(|port| port.status.ipv4_subnet.as_ref());
        let cidr = |net: &pillar_types::IpNet| {
            Some(Cidr { address: net.ip.get()?, prefix: net.prefix()? }.network())
        };
        routes.extend(subnets.filter_map(cidr).map(by_bridge));
    }
    if default_route {
        routes.push(by_bridge(Cidr { address: Ipv4Addr::UNSPECIFIED.into(), prefix: 0 }));
    }
    let mut seen = BTreeSet::new();
    routes.retain(|(network, _)| seen.insert(*network));
    routes
}

/// Names that the server knows. What cannot be a name in DNS is none.
fn own_names(
    subnet: Subnet,
    network: &NetworkInstanceConfig,
    guests: &[Served],
) -> Vec<(String, Vec<IpAddr>)> {
    let listed = network.dns_name_to_ip_list.iter().map(|entry| {
        let addresses: Vec<IpAddr> = entry.ips.iter().filter_map(|address| address.get()).collect();
        (entry.host_name.clone(), addresses)
    });
    let router = [(ROUTER.to_owned(), vec![subnet.gateway.into()])];
    let apps = guests.iter().map(|guest| (guest.name.clone(), vec![guest.host.address.into()]));
    let mut names: Vec<(String, Vec<IpAddr>)> = Vec::new();
    for (name, addresses) in listed.chain(router).chain(apps).filter(|(name, _)| is_host_name(name)) {
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => known.extend(addresses),
            None => names.push((name, addresses)),
        }
    }
    names
}
