//! What the number of flashes says (spec/03, LED source and LED blinking). Called by ledmanager, and by whoever
//! says in words what the LED says in flashes.

use std::borrow::Cow;

use pillar_types::device_network::DeviceNetworkStatus;

/// Nothing is known yet.
pub const UNDEFINED: u8 = 0;
/// No management port has an address.
pub const WAITING_FOR_ADDRESS: u8 = 1;
/// There is an address, and no controller yet.
pub const CONNECTING: u8 = 2;
/// The controller answers and does not know the device.
pub const CONNECTED: u8 = 3;
/// The controller answers and knows the device.
pub const ONBOARDED: u8 = 4;
/// Radios are off, and are to be.
pub const RADIO_SILENCE: u8 = 5;

/// The code to show, from the state of the ports and the code that others have set.
pub fn shown(network: Option<&DeviceNetworkStatus>, set: u8) -> u8 {
    let Some(network) = network else { return WAITING_FOR_ADDRESS };
    if network.radio_silence.imposed {
        return RADIO_SILENCE;
    }
    let mut management = network.ports.iter().filter(|port| network.is_mgmt(port));
    if !management.any(|port| port.usable_addrs().next().is_some()) {
        return WAITING_FOR_ADDRESS;
    }
    set.max(CONNECTING)
}

/// A code in words.
pub fn text(code: u8) -> Cow<'static, str> {
    let text = match code {
        UNDEFINED => "Undefined LED counter",
        WAITING_FOR_ADDRESS => "Waiting for DHCP IP address(es)",
        CONNECTING => "Trying to connect to EV Controller",
        CONNECTED => "Connected to EV Controller but not onboarded",
        ONBOARDED => "Connected to EV Controller and onboarded",
        RADIO_SILENCE => "Radio silence is imposed",
        10 => "Onboarding failure - generic",
        12 => "Response without TLS - ignored",
        13 => "Response without OSCP or bad OSCP - ignored",
        14 => "Failed to fetch or verify EV Controller certificate",
        15 => "Response has invalid controller signature",
        16 => "Invalid Bootstrap configuration",
        17 => "Onboarding failure due to conflict with another device",
        18 => "Onboarding failure due to not being found in the controller",
        other => return format!("Unsupported LED counter ({other})").into(),
    };
    text.into()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use pillar_types::device_network::{AddrInfo, NetworkPortStatus};

    use super::*;

    fn port(is_mgmt: bool, addrs: &[&str]) -> NetworkPortStatus {
        let addr = |text: &&str| text.parse::<IpAddr>().expect("an address").into();
        let infos = addrs.iter().map(|text| AddrInfo { addr: addr(text), ..AddrInfo::default() });
        let addr_info_list = infos.collect::<Vec<_>>().into();
        NetworkPortStatus { is_mgmt, addr_info_list, ..NetworkPortStatus::default() }
    }

    fn network(ports: Vec<NetworkPortStatus>) -> DeviceNetworkStatus {
        DeviceNetworkStatus { version: 1, ports: ports.into(), ..DeviceNetworkStatus::default() }
    }

    #[test]
    fn the_shown_code_follows_radios_addresses_and_what_was_set() {
        let reached = || network(vec![port(true, &["169.254.1.1", "192.0.2.7"])]);
        let mut silent = reached();
        silent.radio_silence.imposed = true;
        let mut old = network(vec![port(false, &["192.0.2.7"])]);
        old.version = 0;
        for (network, set, code) in [
            (None, 0, 1),
            (None, 4, 1),
            (Some(network(vec![])), 4, 1),
            (Some(network(vec![port(true, &[])])), 4, 1),
            (Some(network(vec![port(true, &["169.254.1.1", "fe80::1"])])), 4, 1),
            (Some(network(vec![port(false, &["192.0.2.7"])])), 4, 1),
            (Some(reached()), 0, 2),
            (Some(reached()), 1, 2),
            (Some(reached()), 2, 2),
            (Some(reached()), 4, 4),
            (Some(reached()), 18, 18),
            (Some(reached()), 255, 255),
            (Some(network(vec![port(true, &["2001:db8::1"])])), 4, 4),
            (Some(old), 4, 4),
            (Some(silent.clone()), 4, 5),
            (Some(silent), 0, 5),
        ] {
            assert_eq!(shown(network.as_ref(), set), code, "{network:?} {set}");
        }
    }

    #[test]
    fn every_code_has_a_text() {
        assert_eq!(text(4), "Connected to EV Controller and onboarded");
        assert_eq!(text(7), "Unsupported LED counter (7)");
        let unused = [6, 7, 8, 9, 11];
        for code in 0..=18 {
            assert_eq!(text(code).starts_with("Unsupported"), unused.contains(&code), "{code}");
        }
    }
}
