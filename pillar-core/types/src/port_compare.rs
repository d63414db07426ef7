//! Whether ports differ in what matters (`spec/03`, List operations and DeviceNetworkStatus).
//!
//! What tests found and when does not matter, nor the order of lists that are sets.

use crate::codec::json;
use crate::device_network::{AddrInfo, DeviceNetworkStatus, NetworkPortStatus};
use crate::link::PnacConfig;
use crate::port::{DevicePortConfig, NetworkPortConfig};
use crate::value::Data;

impl DevicePortConfig {
    /// Whether both ask for the same of the same ports, in the same order, and come from the same source.
    pub fn mostly_equal(&self, other: &Self) -> bool {
        let ports = self.ports.len() == other.ports.len();
        self.key == other.key && ports && all_pairs(&self.ports, &other.ports, same_port_config)
    }
}

impl DeviceNetworkStatus {
    /// Whether the ports are in the same condition, in the same order, and so are the radios. The
    /// configuration behind them, its state and tests do not count.
    pub fn mostly_equal(&self, other: &Self) -> bool {
        let ports = self.ports.len() == other.ports.len();
        ports
            && self.radio_silence == other.radio_silence
            && all_pairs(&self.ports, &other.ports, same_port_status)
    }
}

fn same_port_config(left: &NetworkPortConfig, right: &NetworkPortConfig) -> bool {
    let numbers = |port: &NetworkPortConfig| (port.cost, port.mtu, port.config_source.origin);
    let flags = |port: &NetworkPortConfig| {
        [
            port.is_mgmt,
            port.allow_local_modifications,
            port.ignore_dhcp_ntp_servers,
            port.ignore_dhcp_ip_addresses,
            port.ignore_dhcp_gateways,
            port.ignore_dhcp_dns_config,
        ]
    };
    names_of_config(left) == names_of_config(right)
        && numbers(left) == numbers(right)
        && flags(left) == flags(right)
        && same_set(&left.shared_labels, &right.shared_labels)
        && same_text(&left.dhcp, &right.dhcp)
        && same_text(&left.proxy, &right.proxy)
        && same_text(&left.wireless, &right.wireless)
        && same_text(&left.l2_link, &right.l2_link)
        && same_pnac(&left.pnac, &right.pnac)
}

fn names_of_config(port: &NetworkPortConfig) -> [&str; 6] {
    let NetworkPortConfig { if_name, pci_addr, usb_addr, phylabel, logicallabel, alias, .. } = port;
    [if_name, pci_addr, usb_addr, phylabel, logicallabel, alias]
}

fn same_pnac(left: &PnacConfig, right: &PnacConfig) -> bool {
    left.enabled == right.enabled
        && left.eap_identity == right.eap_identity
        && left.eap_method == right.eap_method
        && left.cert_enrollment_profile_name == right.cert_enrollment_profile_name
        && same_set(&left.ca_cert_pem, &right.ca_cert_pem)
}

fn same_port_status(left: &NetworkPortStatus, right: &NetworkPortStatus) -> bool {
    let numbers = |port: &NetworkPortStatus| (port.cost, port.mtu, port.dhcp, port.config_source.origin);
    let flags = |port: &NetworkPortStatus| [port.is_mgmt, port.is_l3_port, port.invalid_config, port.up];
    names_of_status(left) == names_of_status(right)
        && numbers(left) == numbers(right)
        && flags(left) == flags(right)
        && left.mac_addr == right.mac_addr
        && same_set(&left.shared_labels, &right.shared_labels)
        && same_addresses(left, right)
        && (left.pnac.enabled, left.pnac.state) == (right.pnac.enabled, right.pnac.state)
        && same_text(&left.proxy, &right.proxy)
        && left.wireless_status == right.wireless_status
        && left.bond_status == right.bond_status
}

fn names_of_status(port: &NetworkPortStatus) -> [&str; 5] {
    let NetworkPortStatus { if_name, phylabel, logicallabel, alias, domain_name, .. } = port;
    [if_name, phylabel, logicallabel, alias, domain_name]
}

fn same_addresses(left: &NetworkPortStatus, right: &NetworkPortStatus) -> bool {
    let address = |info: &AddrInfo| (info.addr, info.mask.clone());
    let addresses = |port: &NetworkPortStatus| port.addr_info_list.iter().map(address).collect::<Vec<_>>();
    left.configured_subnet == right.configured_subnet
        && left.ipv4_subnet == right.ipv4_subnet
        && same_set(&left.ipv6_subnets, &right.ipv6_subnets)
        && same_set(&addresses(left), &addresses(right))
        && left.cluster_ip_addr == right.cluster_ip_addr
        && same_set(&left.default_routers, &right.default_routers)
        && same_set(&left.dns_servers, &right.dns_servers)
        && same_set(&left.ntp_servers, &right.ntp_servers)
}

fn all_pairs<T>(left: &[T], right: &[T], same: fn(&T, &T) -> bool) -> bool {
    left.iter().zip(right).all(|(left, right)| same(left, right))
}

fn same_set<T: PartialEq>(left: &[T], right: &[T]) -> bool {
    left.iter().all(|item| right.contains(item)) && right.iter().all(|item| left.contains(item))
}

/// Whether files would hold the same: there, null and empty are the same, as both are left out.
fn same_text(left: &dyn Data, right: &dyn Data) -> bool {
    json::encode(left) == json::encode(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{List, Time};
    use crate::port::{DpcState, TestResults};

    fn config() -> DevicePortConfig {
        let port = NetworkPortConfig {
            if_name: "eth0".into(),
            shared_labels: ["all".to_owned(), "uplink".to_owned()].into(),
            ..Default::default()
        };
        DevicePortConfig { key: "zedagent".into(), ports: [port].into(), ..Default::default() }
    }

    fn status() -> DeviceNetworkStatus {
        let port = NetworkPortStatus {
            if_name: "eth0".into(),
            dns_servers: [[10, 0, 0, 1].into(), [10, 0, 0, 2].into()].into(),
            addr_info_list: [AddrInfo { addr: [10, 0, 0, 9].into(), ..Default::default() }].into(),
            ..Default::default()
        };
        DeviceNetworkStatus { ports: [port].into(), ..Default::default() }
    }

    #[test]
    fn a_configuration_that_was_tested_is_mostly_the_same() {
        let mut tested = config();
        tested.state = DpcState::Success;
        tested.time_priority = Time::from_unix(1, 0);
        tested.test_results = TestResults { last_error: "no".into(), ..Default::default() };
        tested.ports[0].is_l3_port = true;
        tested.ports[0].invalid_config = true;
        tested.ports[0].shared_labels.reverse();
        tested.ports[0].dhcp.ntp_servers = List::new();

        assert!(config().mostly_equal(&tested));
    }

    #[test]
    fn a_configuration_that_asks_for_something_else_is_not() {
        let changes: [fn(&mut DevicePortConfig); 8] = [
            |dpc| dpc.key = "usb".into(),
            |dpc| dpc.ports.push(NetworkPortConfig::default()),
            |dpc| dpc.ports[0].alias = "a".into(),
            |dpc| dpc.ports[0].cost = 1,
            |dpc| dpc.ports[0].dhcp.domain_name = "x".into(),
            |dpc| dpc.ports[0].proxy.exceptions = "x".into(),
            |dpc| dpc.ports[0].pnac.ca_cert_pem = [b"x".as_slice().into()].into(),
            |dpc| dpc.ports[0].ignore_dhcp_gateways = true,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut other = config();
            change(&mut other);
            assert!(!config().mostly_equal(&other), "{index}");
            assert!(!other.mostly_equal(&config()), "{index}");
        }
    }

    #[test]
    fn a_status_that_was_tested_is_mostly_the_same() {
        let mut tested = status();
        tested.testing = true;
        tested.state = DpcState::Fail;
        tested.current_index = 1;
        tested.ports[0].test_results.last_error = "no".into();
        tested.ports[0].addr_info_list[0].last_geo_timestamp = Time::from_unix(1, 0);
        tested.ports[0].dns_servers.reverse();

        assert!(status().mostly_equal(&tested));
    }

    #[test]
    fn a_status_in_another_condition_is_not() {
        let changes: [fn(&mut DeviceNetworkStatus); 6] = [
            |status| status.radio_silence.imposed = true,
            |status| status.ports.clear(),
            |status| status.ports[0].up = true,
            |status| status.ports[0].dns_servers.vec().truncate(1),
            |status| status.ports[0].addr_info_list[0].addr = [10, 0, 0, 8].into(),
            |status| status.ports[0].wireless_status.cellular.connected_at = 1,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut other = status();
            change(&mut other);
            assert!(!status().mostly_equal(&other), "{index}");
            assert!(!other.mostly_equal(&status()), "{index}");
        }
    }
}
