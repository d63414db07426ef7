//! The ways to the controller: which ports, in which order, from which addresses (spec/01, A5). Pure.

use std::net::IpAddr;

use pillar_types::device_network::{DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::port::ProxyConfig;

use super::proxy;
use crate::hal::{Trust, Via};

/// One address of a port.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The interface.
    pub interface: String,
    /// What it costs; less is better.
    pub cost: u8,
    /// The address that requests come from.
    pub source: IpAddr,
    /// Who resolves names.
    pub dns_servers: Vec<IpAddr>,
    /// Its proxies.
    pub proxy: ProxyConfig,
}

impl Way {
    /// How a request for this URL leaves the device.
    pub fn via(&self, url: &str) -> Via {
        Via {
            interface: Some(self.interface.clone()),
            source: Some(self.source),
            dns_servers: self.dns_servers.clone(),
            proxy: proxy::choose(&self.proxy, url),
        }
    }
}

/// The ways, best first: ports that passed their last test by cost, or all if none did. Among those of one cost
/// `iteration` decides who is first.
pub fn ways(status: &DeviceNetworkStatus, iteration: usize) -> Vec<Way> {
    let managing = || status.ports.iter().filter(|port| status.is_mgmt(port));
    let mut ports: Vec<&NetworkPortStatus> =
        managing().filter(|port| !port.test_results.has_error()).collect();
    if ports.is_empty() {
        ports = managing().collect();
    }
    ports.sort_by_key(|port| port.cost);
    let rotated = ports.chunk_by(|one, other| one.cost == other.cost).flat_map(|same| {
        let first = iteration % same.len();
        [&same[first..], &same[..first]].concat()
    });
    rotated.flat_map(ways_of).collect()
}

/// The ways of one port.
pub fn ways_of(port: &NetworkPortStatus) -> impl Iterator<Item = Way> {
    port.usable_addrs().map(|source| Way {
        interface: port.if_name.clone(),
        cost: port.cost,
        source,
        dns_servers: port.dns_servers.iter().filter_map(|server| server.get()).collect(),
        proxy: port.proxy.clone(),
    })
}

/// Whom the device believes: the system's roots, its own, and those of proxies (spec/01, A1).
pub fn trust(status: &DeviceNetworkStatus, root: &str) -> Trust {
    let managing = status.ports.iter().filter(|port| status.is_mgmt(port));
    let of_proxies = managing.flat_map(|port| port.proxy.proxy_cert_pem.iter());
    let texts = of_proxies.filter_map(|pem| String::from_utf8(pem.to_vec()).ok());
    let mut roots: Vec<String> = Some(root.to_owned()).into_iter().filter(|root| !root.is_empty()).collect();
    roots.extend(texts);
    Trust { system: true, roots }
}

#[cfg(test)]
mod tests {
    use pillar_types::Time;
    use pillar_types::device_network::AddrInfo;

    use super::*;

    fn port(name: &str, cost: u8, addresses: &[&str]) -> NetworkPortStatus {
        let info =
            |text: &&str| AddrInfo { addr: text.parse::<IpAddr>().unwrap().into(), ..AddrInfo::default() };
        NetworkPortStatus {
            if_name: name.into(),
            is_mgmt: true,
            cost,
            addr_info_list: addresses.iter().map(info).collect(),
            ..NetworkPortStatus::default()
        }
    }

    fn order(ports: Vec<NetworkPortStatus>, iteration: usize) -> Vec<String> {
        let status =
            DeviceNetworkStatus { version: 1, ports: ports.into(), ..DeviceNetworkStatus::default() };
        ways(&status, iteration).iter().map(|way| format!("{} {}", way.interface, way.source)).collect()
    }

    #[test]
    fn ports_come_by_cost_and_take_turns_within_one() {
        let ports = || {
            vec![
                port("wwan0", 10, &["10.3.0.1"]),
                port("eth0", 0, &["10.1.0.1", "169.254.1.1", "2001:db8::1"]),
                port("eth1", 0, &["10.2.0.1", "fe80::1"]),
                NetworkPortStatus { is_mgmt: false, ..port("eth2", 0, &["10.4.0.1"]) },
                port("eth3", 0, &[]),
            ]
        };
        let (eth0, eth1) = (["eth0 10.1.0.1", "eth0 2001:db8::1"], "eth1 10.2.0.1");
        assert_eq!(order(ports(), 0), [eth0[0], eth0[1], eth1, "wwan0 10.3.0.1"]);
        assert_eq!(order(ports(), 1), [eth1, eth0[0], eth0[1], "wwan0 10.3.0.1"]);
        assert_eq!(order(ports(), 3), order(ports(), 0));
    }

    #[test]
    fn a_port_that_failed_is_tried_only_if_all_did() {
        let failed = |mut port: NetworkPortStatus| {
            port.test_results.last_failed = Time::from_unix(1, 0);
            port
        };
        let (a, b) = (port("eth0", 0, &["10.1.0.1"]), port("eth1", 1, &["10.2.0.1"]));
        assert_eq!(order(vec![failed(a.clone()), b.clone()], 0), ["eth1 10.2.0.1"]);
        assert_eq!(order(vec![failed(a), failed(b)], 0), ["eth0 10.1.0.1", "eth1 10.2.0.1"]);
        assert_eq!(order(Vec::new(), 5), Vec::<String>::new());
    }

    #[test]
    fn proxies_are_believed_beside_the_root() {
        let mut behind = port("eth0", 0, &["10.1.0.1"]);
        behind.proxy.proxy_cert_pem = vec![b"proxy".to_vec().into(), vec![0xff].into()].into();
        let status = DeviceNetworkStatus { ports: vec![behind].into(), ..DeviceNetworkStatus::default() };
        let trusted =
            |roots: &[&str]| Trust { system: true, roots: roots.iter().map(ToString::to_string).collect() };
        assert_eq!(trust(&status, "root"), trusted(&["root", "proxy"]));
        assert_eq!(trust(&status, ""), trusted(&["proxy"]));
    }
}
