//! Which ports to use, and in which order (`spec/03`, DeviceNetworkStatus).
//!
//! Called by whoever sends something out of the device.

use std::net::IpAddr;

use crate::device_network::{DeviceNetworkStatus, NetworkPortStatus};

/// Which ports come into question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortChoice {
    /// Only those for management.
    pub mgmt_only: bool,
    /// Only those with addresses.
    pub l3_only: bool,
    /// Only those whose last test did not fail.
    pub without_errors: bool,
    /// How many of the first ports of one cost are moved behind the others of that cost.
    pub rotation: usize,
}

impl PortChoice {
    /// The ports from the cheapest on; within one cost in the order of the configuration, rotated.
    pub fn ports<'a>(&self, status: &'a DeviceNetworkStatus) -> Vec<&'a NetworkPortStatus> {
        let mut ports: Vec<_> = status.ports.iter().filter(|port| self.admits(status, port)).collect();
        ports.sort_by_key(|port| port.cost);
        for group in ports.chunk_by_mut(|left, right| left.cost == right.cost) {
            group.rotate_left(self.rotation % group.len());
        }
        ports
    }

    fn admits(&self, status: &DeviceNetworkStatus, port: &NetworkPortStatus) -> bool {
        let managed = !self.mgmt_only || status.is_mgmt(port);
        let addressed = !self.l3_only || port.is_l3_port;
        managed && addressed && !(self.without_errors && port.test_results.has_error())
    }
}

impl NetworkPortStatus {
    /// The address to send from at attempt number `pick`: attempts go through usable addresses in turn.
    pub fn local_addr(&self, pick: usize) -> Option<IpAddr> {
        let addrs: Vec<_> = self.usable_addrs().collect();
        addrs.get(pick.checked_rem(addrs.len())?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;
    use crate::device_network::AddrInfo;

    fn port(if_name: &str, cost: u8, is_mgmt: bool) -> NetworkPortStatus {
        NetworkPortStatus { if_name: if_name.into(), cost, is_mgmt, is_l3_port: true, ..Default::default() }
    }

    fn names(choice: PortChoice, status: &DeviceNetworkStatus) -> Vec<&str> {
        choice.ports(status).iter().map(|port| &*port.if_name).collect()
    }

    #[test]
    fn cheap_ports_come_first_and_take_turns() {
        let ports = [port("d", 5, true), port("a", 0, true), port("b", 0, false), port("c", 0, true)];
        let mut status = DeviceNetworkStatus { version: 1, ports: ports.into(), ..Default::default() };
        let mgmt = PortChoice { mgmt_only: true, ..Default::default() };

        assert_eq!(names(PortChoice::default(), &status), ["a", "b", "c", "d"]);
        assert_eq!(names(mgmt, &status), ["a", "c", "d"]);
        assert_eq!(names(PortChoice { rotation: 3, ..mgmt }, &status), ["c", "a", "d"]);

        status.ports[1].test_results.last_failed = Time::from_unix(1, 0);
        status.ports[3].is_l3_port = false;
        assert_eq!(names(PortChoice { without_errors: true, ..mgmt }, &status), ["c", "d"]);
        assert_eq!(names(PortChoice { l3_only: true, ..mgmt }, &status), ["a", "d"]);

        status.version = 0;
        assert_eq!(names(mgmt, &status), ["a", "b", "c", "d"]);
    }

    #[test]
    fn attempts_go_through_addresses_but_not_link_local_ones() {
        let info = |text: &str| AddrInfo { addr: text.parse().expect("an address"), ..Default::default() };
        let mut port = port("eth0", 0, true);
        assert_eq!(port.local_addr(0), None);

        port.addr_info_list = ["169.254.1.1", "10.0.0.1", "fe80::1", "2001:db8::1"].map(info).into();
        let picks: Vec<_> = (0..3).filter_map(|pick| port.local_addr(pick)).collect();
        assert_eq!(
            picks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["10.0.0.1", "2001:db8::1", "10.0.0.1"]
        );
        assert!(!port.has_ip_and_dns());
        port.default_routers = [[10, 0, 0, 254].into()].into();
        port.dns_servers = [[10, 0, 0, 1].into()].into();
        assert!(port.has_ip_and_dns());
    }
}
