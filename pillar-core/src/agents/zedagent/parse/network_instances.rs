//! Virtual networks, with the defaults for what they leave open (spec/01, Parsing checks).

use std::net;

use pillar_proto::common::IpSpec;
use pillar_proto::config::{EdgeDevConfig, IpRoute, NetworkInstanceConfig as ProtoNetwork};
use pillar_types::address::{AddressType, IpRange};
use pillar_types::identity::UuidAndVersion;
use pillar_types::network_instance::{
    IpRouteConfig, NetworkInstanceConfig, NetworkInstanceType, NiPortProbe, StpConfig, VlanAccessPort,
};
use pillar_types::{IpAddr, IpNet, List, Time};

use super::cipher::set_error;
use super::{identity, networks};

/// A subnet has so many addresses at least; one of as many as this has half of them for DHCP by default.
const MIN_SUBNET: u128 = 8;
const LARGE_SUBNET: u128 = 16;

/// How many addresses DHCP gives at most.
const MAX_RANGE: u128 = 256;

/// VLANs that there can be.
const VLANS: std::ops::RangeInclusive<u32> = 1..=4_094;

/// Virtual networks.
pub fn network_instances(config: &EdgeDevConfig, now: Time) -> Vec<(String, NetworkInstanceConfig)> {
    let one = |network: &ProtoNetwork| {
        let id = network.uuid_and_version.clone().unwrap_or_default();
        let uuid = identity("the network instance", &network.display_name, &id.uuid)?;
        let named = UuidAndVersion { uuid, version: id.version, ..UuidAndVersion::default() };
        Some((uuid.to_string(), parse(named, network, now)))
    };
    config.network_instances.iter().filter_map(one).collect()
}

fn parse(id: UuidAndVersion, network: &ProtoNetwork, now: Time) -> NetworkInstanceConfig {
    let mut parsed = NetworkInstanceConfig {
        uuid_and_version: id,
        display_name: network.display_name.clone(),
        instance_type: NetworkInstanceType::from(network.inst_type),
        activate: network.activate,
        port_label: network.port.as_ref().map(|port| port.name.clone()).unwrap_or_default(),
        ip_type: AddressType::from(network.ip_type),
        propagate_conn_routes: network.propagate_connected_routes,
        enable_flowlog: !network.disable_flowlog,
        stp_config: StpConfig {
            ports_with_bpdu_guard: network
                .stp
                .as_ref()
                .map(|stp| stp.ports_with_bpdu_guard.clone())
                .unwrap_or_default(),
        },
        forward_lldp: network.forward_lldp,
        ..NetworkInstanceConfig::default()
    };
    if let Err(why) = fill(&mut parsed, network) {
        set_error(&mut parsed.error, why, now);
    }
    parsed
}

fn fill(parsed: &mut NetworkInstanceConfig, network: &ProtoNetwork) -> Result<(), String> {
    parsed.mtu = networks::mtu(network.mtu)?;
    parsed.vlan_access_ports = vlan_ports(network)?;
    parsed.dns_name_to_ip_list = networks::dns_entries(&network.dns)?;
    match parsed.instance_type {
        NetworkInstanceType::Switch => {
            // It has no addresses of its own, whatever the controller says.
            parsed.ip_type = AddressType::None;
            return Ok(());
        }
        NetworkInstanceType::Local => {}
        other => return Err(format!("the type {} is not supported", other.name())),
    }
    parsed.static_routes = network.static_routes.iter().map(route).collect::<Result<_, _>>()?;
    let ip = network.ip.clone().unwrap_or_default();
    parsed.domain_name.clone_from(&ip.domain);
    parsed.ntp_servers = networks::ntp_servers(&ip);
    parsed.dns_servers = networks::dns_servers(&ip)?;
    addresses(parsed, &ip)
}

/// Subnet, gateway and the range of DHCP.
fn addresses(parsed: &mut NetworkInstanceConfig, ip: &IpSpec) -> Result<(), String> {
    let Some(subnet) = networks::subnet(&ip.subnet)? else { return Err("it has no subnet".into()) };
    let net = Net::of(&subnet).ok_or_else(|| format!("bad subnet {}", ip.subnet))?;
    if net.size < MIN_SUBNET {
        return Err(format!("the subnet {subnet} is too small: it has {} addresses", net.size));
    }
    parsed.subnet = Some(subnet);
    let gateway = networks::address("gateway", &ip.gateway)?.get().unwrap_or(net.at(1));
    let given = networks::range(ip)?;
    let default_start = if net.size >= LARGE_SUBNET && given.end.is_none() { net.size / 2 } else { 2 };
    let mut start = given.start.get().unwrap_or(net.at(default_start));
    let mut end = given.end.get().unwrap_or(net.at(net.size - 2));
    // The network's own address, the gateway and the broadcast address are nobody's.
    if start == net.at(0) {
        start = net.at(1);
    }
    if start == gateway {
        start = next(gateway, 1);
    }
    if end == net.at(net.size - 1) {
        end = net.at(net.size - 2);
    }
    for (what, address) in [("gateway", gateway), ("start", start), ("end", end)] {
        if !net.has(address) {
            return Err(format!("the {what} {address} is not in the subnet"));
        }
    }
    let (first, last) = (number(start), number(end));
    if first > last {
        return Err(format!("the DHCP range from {start} to {end} is empty"));
    }
    if (first..=last).contains(&number(gateway)) {
        return Err(format!("gateway({gateway}) inside Dhcp Range"));
    }
    if last - first + 1 > MAX_RANGE {
        end = next(start, MAX_RANGE - 1);
    }
    parsed.gateway = gateway.into();
    parsed.dhcp_range = IpRange { start: start.into(), end: end.into() };
    Ok(())
}

/// A subnet to count in.
struct Net {
    base: net::IpAddr,
    size: u128,
}

impl Net {
    fn of(subnet: &IpNet) -> Option<Self> {
        let base = subnet.ip.get()?;
        let bits = if base.is_ipv4() { 32 } else { 128 };
        let host_bits = bits - u32::from(subnet.prefix()?);
        Some(Net { base, size: 1_u128.checked_shl(host_bits).unwrap_or(u128::MAX) })
    }

    fn at(&self, offset: u128) -> net::IpAddr {
        next(self.base, offset)
    }

    fn has(&self, address: net::IpAddr) -> bool {
        let same = address.is_ipv4() == self.base.is_ipv4();
        same && number(address).checked_sub(number(self.base)).is_some_and(|offset| offset < self.size)
    }
}

fn number(address: net::IpAddr) -> u128 {
    match address {
        net::IpAddr::V4(v4) => v4.to_bits().into(),
        net::IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The address so many places further.
fn next(address: net::IpAddr, places: u128) -> net::IpAddr {
    match address {
        net::IpAddr::V4(v4) => net::Ipv4Addr::from(v4.to_bits().wrapping_add(places as u32)).into(),
        net::IpAddr::V6(v6) => net::Ipv6Addr::from(v6.to_bits().wrapping_add(places)).into(),
    }
}

fn vlan_ports(network: &ProtoNetwork) -> Result<List<VlanAccessPort>, String> {
    let one = |port: &pillar_proto::config::VlanAccessPort| {
        if !VLANS.contains(&port.vlan_id) {
            return Err(format!("VLAN {} is not from {} to {}", port.vlan_id, VLANS.start(), VLANS.end()));
        }
        Ok(VlanAccessPort { vlan_id: port.vlan_id as u16, port_label: port.access_port.clone() })
    };
    network.vlan_access_ports.iter().map(one).collect()
}

fn route(route: &IpRoute) -> Result<IpRouteConfig, String> {
    let destination = networks::subnet(&route.destination_network)?;
    let gateway: IpAddr = networks::address("gateway", &route.gateway)?;
    if destination.is_none() {
        return Err("a route has no destination".into());
    }
    if gateway.is_none() && route.port.is_empty() {
        return Err(format!("the route to {} has neither gateway nor port", route.destination_network));
    }
    let given = route.probe.clone().unwrap_or_default();
    Ok(IpRouteConfig {
        dst_network: destination,
        gateway,
        output_port_label: route.port.clone(),
        port_probe: NiPortProbe {
            enabled_gw_ping: given.enable_gw_ping,
            gw_ping_max_cost: u8::try_from(given.gw_ping_max_cost).unwrap_or(u8::MAX),
            user_defined_probe: given.custom_probe.as_ref().map(networks::probe).unwrap_or_default(),
        },
        prefer_lower_cost: route.prefer_lower_cost,
        prefer_stronger_wwan_signal: route.prefer_stronger_wwan_signal,
    })
}
