//! One port configuration (DPC): made whole when it comes in, and what it is good for (spec/03, Sanitising a received
//! DPC and Verification loop). Pure.

use pillar_types::base::Time;
use pillar_types::link::L2LinkType;
use pillar_types::port::{DevicePortConfig, DhcpType, NetworkPortConfig, PortConfigOrigin};
use pillar_types::wireless::WirelessType;

/// The key of what a person at the monitor asks for.
pub const MANUAL: &str = "manual";
/// The key of what the controller asks for.
pub const CONTROLLER: &str = "zedagent";
/// The key of what the device falls back to.
pub const LAST_RESORT: &str = "lastresort";
/// The key of what the local profile server asks for.
pub const LPS: &str = "lps";

/// Shared labels that nim gives, whatever the configuration says of them.
const ALL: &str = "all";
const UPLINK: &str = "uplink";
const FREE_UPLINK: &str = "freeuplink";

/// 1980-01-01T00:00:00Z, in seconds: the priority of a file that names none.
const FILE_PRIORITY: i64 = 315_532_800;

/// Fills in what a configuration left out. `key` is that of its table; `is_file` says whether a file of the
/// directories of overrides has that name.
pub fn sanitise(dpc: &mut DevicePortConfig, key: &str, is_file: impl Fn(&str) -> bool) {
    if dpc.key.is_empty() {
        key.clone_into(&mut dpc.key);
    }
    if dpc.time_priority.is_zero() {
        let seconds = if is_file(&dpc.key) { FILE_PRIORITY } else { 0 };
        dpc.time_priority = Time::from_unix(seconds, 0);
    }
    let no_l3 = dpc.ports.iter().all(|port| !port.is_l3_port);
    let version = dpc.version;
    for port in dpc.ports.vec() {
        for label in [&mut port.phylabel, &mut port.logicallabel] {
            if label.is_empty() {
                label.clone_from(&port.if_name);
            }
        }
        port.is_l3_port |= no_l3;
        port.shared_labels.retain(|label| ![ALL, UPLINK, FREE_UPLINK].contains(&&**label));
        port.shared_labels.push(ALL.to_owned());
        if version == 0 || port.is_mgmt {
            port.shared_labels.push(UPLINK.to_owned());
            if port.cost == 0 {
                port.shared_labels.push(FREE_UPLINK.to_owned());
            }
        }
    }
}

/// Makes all ports say that a person at the monitor asked for them, when the configuration says.
pub fn mark_manual(dpc: &mut DevicePortConfig) {
    for port in dpc.ports.vec() {
        port.config_source.origin = PortConfigOrigin::Tui;
        port.config_source.submitted_at = dpc.time_priority;
    }
}

/// Whether the controller may be reached through a port.
pub fn is_mgmt(dpc: &DevicePortConfig, port: &NetworkPortConfig) -> bool {
    dpc.version == 0 || port.is_mgmt
}

/// Whether it has a port that the controller can be reached through.
pub fn is_usable(dpc: &DevicePortConfig) -> bool {
    dpc.ports
        .iter()
        .any(|port| is_mgmt(dpc, port) && port.dhcp.dhcp != DhcpType::None && refusal(port).is_none())
}

/// Why a port is left alone, if it is: its configuration makes no sense, or asks for what nim cannot do.
pub fn refusal(port: &NetworkPortConfig) -> Option<&'static str> {
    match port.wireless.w_type {
        _ if port.invalid_config => return Some("invalid configuration"),
        WirelessType::None => {}
        WirelessType::Cellular => return Some("cellular modems are not supported yet"),
        WirelessType::Wifi => return Some("Wi-Fi is not supported yet"),
        WirelessType::Unknown(_) => return Some("unknown kind of radio"),
    }
    match port.l2_link.l2_type {
        L2LinkType::None => {}
        L2LinkType::Vlan => return Some("VLANs are not supported yet"),
        L2LinkType::Bond => return Some("bonds are not supported yet"),
        L2LinkType::Unknown(_) => return Some("unknown kind of link"),
    }
    if port.pnac.enabled {
        return Some("802.1X is not supported yet");
    }
    port.if_name.is_empty().then_some("ports without interface name are not supported yet")
}

/// Whether a certificate of a proxy cannot be read.
pub fn has_bad_certificate(dpc: &DevicePortConfig) -> bool {
    let is_pem = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        text.contains("-----BEGIN CERTIFICATE-----") && text.contains("-----END CERTIFICATE-----")
    };
    dpc.ports.iter().flat_map(|port| &port.proxy.proxy_cert_pem).any(|pem| !is_pem(pem))
}

/// Whether it is what another is, priority and results aside.
pub fn same_content(left: &DevicePortConfig, right: &DevicePortConfig) -> bool {
    left.version == right.version && left.mostly_equal(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dpc(ports: &[NetworkPortConfig]) -> DevicePortConfig {
        DevicePortConfig { version: 1, ports: ports.to_vec().into(), ..Default::default() }
    }

    fn eth(name: &str) -> NetworkPortConfig {
        let mut port = NetworkPortConfig { if_name: name.into(), is_mgmt: true, ..Default::default() };
        port.dhcp.dhcp = DhcpType::Client;
        port
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        let mut dpc = dpc(&[eth("eth0"), NetworkPortConfig { cost: 3, ..eth("eth1") }]);
        dpc.ports[1].is_mgmt = false;
        dpc.ports[1].phylabel = "front".into();
        dpc.ports[1].shared_labels = ["mine".to_owned(), "uplink".to_owned()].into();
        sanitise(&mut dpc, "usb", |_| false);
        assert_eq!(dpc.key, "usb");
        let [first, second] = &dpc.ports[..] else { panic!("two ports") };
        assert_eq!([&*first.phylabel, &*first.logicallabel], ["eth0", "eth0"]);
        assert_eq!([&*second.phylabel, &*second.logicallabel], ["front", "eth1"]);
        assert!(first.is_l3_port && second.is_l3_port, "none said");
        assert_eq!(first.shared_labels[..], ["all", "uplink", "freeuplink"]);
        assert_eq!(second.shared_labels[..], ["mine", "all"]);
        let again = dpc.clone();
        sanitise(&mut dpc, "other", |_| true);
        assert_eq!(dpc, again, "nothing is left to fill in");
    }

    #[test]
    fn ac03_23_a_file_without_priority_is_of_1980_and_anything_else_of_1970() {
        for (is_file, priority) in [(true, "1980-01-01T00:00:00Z"), (false, "1970-01-01T00:00:00Z")] {
            let mut override_file = dpc(&[eth("eth0")]);
            sanitise(&mut override_file, "override", |name| is_file && name == "override");
            assert_eq!(override_file.time_priority, priority.parse().unwrap());
        }
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        type Change = fn(&mut NetworkPortConfig);
        assert_eq!(refusal(&eth("eth0")), None);
        let changes: [(Change, &str); 6] = [
            (|port| port.wireless.w_type = WirelessType::Wifi, "Wi-Fi is not supported yet"),
            (|port| port.wireless.w_type = WirelessType::Cellular, "cellular modems are not supported yet"),
            (|port| port.l2_link.l2_type = L2LinkType::Vlan, "VLANs are not supported yet"),
            (|port| port.l2_link.l2_type = L2LinkType::Bond, "bonds are not supported yet"),
            (|port| port.pnac.enabled = true, "802.1X is not supported yet"),
            (|port| port.invalid_config = true, "invalid configuration"),
        ];
        for (change, why) in changes {
            let mut port = eth("eth0");
            change(&mut port);
            assert_eq!(refusal(&port), Some(why));
            assert!(!is_usable(&dpc(std::slice::from_ref(&port))), "{why}");
            assert!(is_usable(&dpc(&[port, eth("eth1")])), "the other port is");
        }
    }

    #[test]
    fn a_configuration_without_a_port_for_management_is_of_no_use() {
        let mut shared = dpc(&[eth("eth0")]);
        shared.ports[0].is_mgmt = false;
        assert!(!is_usable(&shared));
        shared.version = 0;
        assert!(is_usable(&shared), "every port counts");
        shared.ports[0].dhcp.dhcp = DhcpType::None;
        assert!(!is_usable(&shared));
    }
}
