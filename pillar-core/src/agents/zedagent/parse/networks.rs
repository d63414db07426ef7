//! Networks of ports: addresses, name servers, proxies, radios.

use pillar_proto::common::{
    CellularAuthProtocol, CellularIpType, ConnectivityProbeMethod as ProtoProbe, IpSpec,
    NetworkType as ProtoType, ProxyConfig as ProtoProxy, RadioAccessTechnology,
    WirelessType as ProtoWireless, ZnetStaticDnsEntry,
};
use pillar_proto::config::{
    CellularAccessPoint as ProtoAccessPoint, CellularConfig, EdgeDevConfig, NetworkConfig,
    WifiConfig as ProtoWifi, WirelessConfig as ProtoRadio,
};
use pillar_types::address::{DnsNameToIp, IpRange};
use pillar_types::network::NetworkXObjectConfig;
use pillar_types::port::{DhcpType, NetworkProxyType, NetworkType, ProxyConfig, ProxyEntry};
use pillar_types::wireless::{
    CellNetPortConfig, CellularAccessPoint, ConnectivityProbe, ConnectivityProbeMethod, WifiConfig,
    WifiKeyScheme, WirelessConfig, WirelessType, WwanAuthProtocol, WwanIpType, WwanProbe, WwanRat,
};
use pillar_types::{IpAddr, IpNet, List, Time, Uuid};

use super::cipher::set_error;
use super::{Contexts, identity};

/// Packets of ports are at most and at least so long, in bytes (spec/01, Parsing checks).
const MTU: std::ops::RangeInclusive<u32> = 1_280..=65_535;

/// Networks of ports.
pub fn networks(
    config: &EdgeDevConfig,
    contexts: &Contexts,
    now: Time,
) -> Vec<(String, NetworkXObjectConfig)> {
    let one = |network: &NetworkConfig| {
        let uuid = identity("the network", "", &network.id)?;
        Some((uuid.to_string(), parse(uuid, network, contexts, now)))
    };
    config.networks.iter().filter_map(one).collect()
}

/// One network.
pub(super) fn parse(
    uuid: Uuid,
    network: &NetworkConfig,
    contexts: &Contexts,
    now: Time,
) -> NetworkXObjectConfig {
    let mut parsed = NetworkXObjectConfig {
        uuid,
        network_type: kind(network.kind),
        proxy: network.ent_proxy.as_ref().map(|it| Box::new(proxy(it))),
        wireless_cfg: network
            .wireless
            .as_ref()
            .map_or_else(WirelessConfig::default, |it| radio(it, uuid, contexts, now)),
        ..NetworkXObjectConfig::default()
    };
    if let Err(why) = fill(&mut parsed, network) {
        set_error(&mut parsed.error, why, now);
    }
    parsed
}

fn fill(parsed: &mut NetworkXObjectConfig, network: &NetworkConfig) -> Result<(), String> {
    parsed.dns_name_to_ip_list = dns_entries(&network.dns)?;
    parsed.mtu = mtu(network.mtu)?;
    let Some(ip) = &network.ip else { return Ok(()) };
    parsed.dhcp = DhcpType::from(u8::try_from(ip.dhcp).unwrap_or(0));
    parsed.domain_name.clone_from(&ip.domain);
    parsed.subnet = subnet(&ip.subnet)?;
    parsed.gateway = address("gateway", &ip.gateway)?;
    parsed.dns_servers = dns_servers(ip)?;
    parsed.ntp_servers = ntp_servers(ip);
    parsed.dhcp_range = range(ip)?;
    let ignored = ip.dhcp_options_ignore.clone().unwrap_or_default();
    parsed.ignore_dhcp_ntp_servers = ignored.ntp_server_exclusively;
    parsed.ignore_dhcp_ip_addresses = ignored.ip_addresses_exclusively;
    parsed.ignore_dhcp_dns_config = ignored.dns_config_exclusively;
    parsed.ignore_dhcp_gateways = ignored.gateways_exclusively;
    Ok(())
}

/// The size of packets; 0 for that of the medium.
pub(super) fn mtu(mtu: u32) -> Result<u16, String> {
    match u16::try_from(mtu) {
        Ok(0) => Ok(0),
        Ok(small) if MTU.contains(&mtu) => Ok(small),
        _ => Err(format!("MTU {mtu} is not from {} to {}", MTU.start(), MTU.end())),
    }
}

/// An address, or none.
pub(super) fn address(what: &str, text: &str) -> Result<IpAddr, String> {
    text.trim().parse().map_err(|_| format!("bad {what} IP {text}"))
}

/// A subnet by the address of its network, or none.
pub(super) fn subnet(text: &str) -> Result<Option<IpNet>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = || format!("bad subnet {text}");
    let given: IpNet = text.parse().map_err(|_| bad())?;
    let masked = network_of(&given).ok_or_else(bad)?;
    Ok(Some(IpNet { ip: masked, ..given }))
}

fn network_of(net: &IpNet) -> Option<IpAddr> {
    let mask = &net.mask;
    match net.ip.get()? {
        std::net::IpAddr::V4(v4) => {
            let mask = u32::from_be_bytes(mask[..].try_into().ok()?);
            Some(std::net::Ipv4Addr::from(v4.to_bits() & mask).into())
        }
        std::net::IpAddr::V6(v6) => {
            let mask = u128::from_be_bytes(mask[..].try_into().ok()?);
            Some(std::net::IpAddr::from(std::net::Ipv6Addr::from(v6.to_bits() & mask)).into())
        }
    }
}

/// Name servers.
pub(super) fn dns_servers(ip: &IpSpec) -> Result<List<IpAddr>, String> {
    ip.dns.iter().filter(|text| !text.is_empty()).map(|text| address("DNS server", text)).collect()
}

/// Time servers, by name or address.
pub(super) fn ntp_servers(ip: &IpSpec) -> List<String> {
    let mut all: Vec<String> = Vec::new();
    for server in std::iter::once(&ip.ntp).chain(&ip.more_ntp) {
        if !server.is_empty() && !all.contains(server) {
            all.push(server.clone());
        }
    }
    all.into()
}

/// Addresses that DHCP gives; an end alone does not count.
pub(super) fn range(ip: &IpSpec) -> Result<IpRange, String> {
    match &ip.dhcp_range {
        Some(range) if !range.start.is_empty() => {
            Ok(IpRange { start: address("start", &range.start)?, end: address("end", &range.end)? })
        }
        _ => Ok(IpRange::default()),
    }
}

/// Names with addresses.
pub(super) fn dns_entries(entries: &[ZnetStaticDnsEntry]) -> Result<List<DnsNameToIp>, String> {
    let one = |entry: &ZnetStaticDnsEntry| {
        let ips: Result<List<IpAddr>, String> =
            entry.address.iter().map(|text| address(&entry.host_name, text)).collect();
        Ok(DnsNameToIp { host_name: entry.host_name.clone(), ips: ips? })
    };
    entries.iter().map(one).collect()
}

fn kind(number: i32) -> NetworkType {
    match ProtoType::try_from(number) {
        Ok(ProtoType::V4) => NetworkType::Ipv4,
        Ok(ProtoType::V6) => NetworkType::Ipv6,
        Ok(ProtoType::V4Only) => NetworkType::Ipv4Only,
        Ok(ProtoType::V6Only) => NetworkType::Ipv6Only,
        Ok(ProtoType::DualV4V6) => NetworkType::DualStack,
        _ => NetworkType::Undefined,
    }
}

fn proxy(proxy: &ProtoProxy) -> ProxyConfig {
    let entry = |server: &pillar_proto::common::ProxyServer| ProxyEntry {
        proxy_type: NetworkProxyType::from(u8::try_from(server.proto).unwrap_or(u8::MAX)),
        server: server.server.clone(),
        port: server.port,
        ..ProxyEntry::default()
    };
    ProxyConfig {
        proxies: proxy.proxies.iter().map(entry).collect(),
        exceptions: proxy.exceptions.clone(),
        pacfile: proxy.pacfile.clone(),
        network_proxy_enable: proxy.network_proxy_enable,
        network_proxy_url: proxy.network_proxy_url.clone(),
        proxy_cert_pem: proxy.proxy_cert_pem.iter().map(|pem| pem.clone().into()).collect(),
        ..ProxyConfig::default()
    }
}

fn radio(radio: &ProtoRadio, network: Uuid, contexts: &Contexts, now: Time) -> WirelessConfig {
    match ProtoWireless::try_from(radio.kind) {
        Ok(ProtoWireless::Wifi) => WirelessConfig {
            w_type: WirelessType::Wifi,
            wifi: radio.wifi_cfg.iter().map(|it| wifi(it, network, contexts, now)).collect(),
            ..WirelessConfig::default()
        },
        Ok(ProtoWireless::Cellular) => WirelessConfig {
            w_type: WirelessType::Cellular,
            cellular: cellular(radio.cellular_cfg.first(), network, contexts, now),
            ..WirelessConfig::default()
        },
        _ => WirelessConfig::default(),
    }
}

fn wifi(wifi: &ProtoWifi, network: Uuid, contexts: &Contexts, now: Time) -> WifiConfig {
    let key = format!("{network}-{}", wifi.wifi_ssid);
    let clear = wifi.crypto.clone().unwrap_or_default();
    let own = |block: &str, plain: &str| if block.is_empty() { plain.to_owned() } else { block.to_owned() };
    WifiConfig {
        ssid: wifi.wifi_ssid.clone(),
        key_scheme: WifiKeyScheme::from(u8::try_from(wifi.key_scheme).unwrap_or(0)),
        identity: own(&clear.identity, &wifi.identity),
        password: own(&clear.password, &wifi.password).into(),
        priority: wifi.priority,
        credentials: contexts.block(&key, wifi.cipher_data.as_ref(), now),
        ..WifiConfig::default()
    }
}

fn cellular(
    config: Option<&CellularConfig>,
    network: Uuid,
    contexts: &Contexts,
    now: Time,
) -> CellNetPortConfig {
    let Some(config) = config else { return CellNetPortConfig::default() };
    let mut points: Vec<CellularAccessPoint> = config
        .access_points
        .iter()
        .map(|point| access_point(point, config, network, contexts, now))
        .collect();
    if points.is_empty() && !config.apn.is_empty() {
        points.push(CellularAccessPoint {
            activated: true,
            apn: config.apn.clone(),
            ..CellularAccessPoint::default()
        });
    }
    let given = config.probe.clone().unwrap_or_default();
    let mut custom = given.custom_probe.as_ref().map_or_else(ConnectivityProbe::default, probe);
    if custom.method == ConnectivityProbeMethod::None && !given.probe_address.is_empty() {
        custom.method = ConnectivityProbeMethod::Icmp;
        custom.probe_host.clone_from(&given.probe_address);
    }
    CellNetPortConfig {
        access_points: points.into(),
        probe: WwanProbe { disable: given.disable, user_defined_probe: custom, ..WwanProbe::default() },
        location_tracking: config.location_tracking,
        ..CellNetPortConfig::default()
    }
}

/// How reachability is probed.
pub(super) fn probe(probe: &pillar_proto::common::ConnectivityProbe) -> ConnectivityProbe {
    let end = probe.probe_endpoint.clone().unwrap_or_default();
    ConnectivityProbe {
        method: match ProtoProbe::try_from(probe.probe_method) {
            Ok(ProtoProbe::Icmp) => ConnectivityProbeMethod::Icmp,
            Ok(ProtoProbe::Tcp) => ConnectivityProbeMethod::Tcp,
            _ => ConnectivityProbeMethod::None,
        },
        probe_host: end.host,
        probe_port: u16::try_from(end.port).unwrap_or(0),
        ..ConnectivityProbe::default()
    }
}

fn access_point(
    point: &ProtoAccessPoint,
    config: &CellularConfig,
    network: Uuid,
    contexts: &Contexts,
    now: Time,
) -> CellularAccessPoint {
    let key = format!("{network}-{}-{}", point.sim_slot, point.apn);
    CellularAccessPoint {
        sim_slot: u8::try_from(point.sim_slot).unwrap_or(0),
        activated: config.activated_sim_slot == 0 || config.activated_sim_slot == point.sim_slot,
        apn: point.apn.clone(),
        ip_type: ip_type(point.ip_type),
        auth_protocol: authentication(point.auth_protocol),
        encrypted_credentials: contexts.block(&key, point.cipher_data.as_ref(), now),
        preferred_plmns: point.preferred_plmns.iter().cloned().collect(),
        preferred_rats: point.preferred_rats.iter().map(|rat| generation(*rat)).collect(),
        forbid_roaming: point.forbid_roaming,
        attach_apn: point.attach_apn.clone(),
        attach_ip_type: ip_type(point.attach_ip_type),
        attach_auth_protocol: authentication(point.attach_auth_protocol),
        ..CellularAccessPoint::default()
    }
}

fn ip_type(number: i32) -> WwanIpType {
    match CellularIpType::try_from(number) {
        Ok(CellularIpType::Ipv4) => WwanIpType::Ipv4,
        Ok(CellularIpType::Ipv4AndIpv6) => WwanIpType::Ipv4And6,
        Ok(CellularIpType::Ipv6) => WwanIpType::Ipv6,
        _ => WwanIpType::Unspecified,
    }
}

fn authentication(number: i32) -> WwanAuthProtocol {
    match CellularAuthProtocol::try_from(number) {
        Ok(CellularAuthProtocol::Pap) => WwanAuthProtocol::Pap,
        Ok(CellularAuthProtocol::Chap) => WwanAuthProtocol::Chap,
        Ok(CellularAuthProtocol::PapAndChap) => WwanAuthProtocol::PapAndChap,
        _ => WwanAuthProtocol::None,
    }
}

fn generation(number: i32) -> WwanRat {
    match RadioAccessTechnology::try_from(number) {
        Ok(RadioAccessTechnology::Gsm) => WwanRat::Gsm,
        Ok(RadioAccessTechnology::Umts) => WwanRat::Umts,
        Ok(RadioAccessTechnology::Lte) => WwanRat::Lte,
        Ok(RadioAccessTechnology::Nr5g) => WwanRat::Nr5g,
        _ => WwanRat::Unspecified,
    }
}
