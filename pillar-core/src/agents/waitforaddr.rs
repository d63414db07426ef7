//! waitforaddr: holds the boot up until the device has an address, or for five minutes (spec/03, waitforaddr). EVE's
//! start script runs it in the foreground; it always ends well, since a device without a network boots, too.

use std::time::Duration;

use pillar_types::device_network::DeviceNetworkStatus;

use super::NIM;
use crate::node::{Agent, AgentName, Change, Context, Event};

/// How long the boot is held up at most (spec/03, waitforaddr).
const PATIENCE: Duration = Duration::from_mins(5);

/// The agent.
#[derive(Default)]
pub struct WaitForAddr;

impl Agent for WaitForAddr {
    const NAME: AgentName = AgentName("waitforaddr");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(NIM, Self::on_status);
        cx.after(PATIENCE, Duration::ZERO, |_, cx| {
            log::warn!("no address in five minutes: going on without");
            cx.finish(0);
        });
    }
}

impl WaitForAddr {
    fn on_status(&mut self, change: Change<'_, DeviceNetworkStatus>, cx: &mut Context<'_, Self>) {
        let (Event::Created(status) | Event::Modified { new: status, .. }) = change.event else { return };
        let has_address =
            status.ports.iter().any(|port| status.is_mgmt(port) && port.usable_addrs().next().is_some());
        if has_address {
            log::info!("the device has an address");
            cx.finish(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use pillar_types::device_network::{AddrInfo, NetworkPortStatus};

    use super::*;
    use crate::node::{Ending, TestNode};

    fn status(is_mgmt: bool, address: [u8; 4]) -> DeviceNetworkStatus {
        let info = AddrInfo { addr: address.into(), ..AddrInfo::default() };
        let port =
            NetworkPortStatus { is_mgmt, addr_info_list: vec![info].into(), ..NetworkPortStatus::default() };
        DeviceNetworkStatus { version: 1, ports: vec![port].into(), ..DeviceNetworkStatus::default() }
    }

    fn ended(test: &mut TestNode<WaitForAddr>) -> bool {
        let ended = test.node.take_ended();
        assert!(ended.iter().all(|(_, how)| *how == Ending::Finished(0)));
        !ended.is_empty()
    }

    #[test]
    fn ac03_49_the_boot_waits_for_a_usable_address_and_no_longer_than_five_minutes() {
        let mut test = TestNode::start(WaitForAddr::default);
        test.put(NIM, "global", status(true, [169, 254, 1, 1])).unwrap();
        test.put(NIM, "global", status(false, [192, 0, 2, 1])).unwrap();
        test.pass(Duration::from_secs(299));
        assert!(!ended(&mut test), "link-local, and then not for management");
        test.pass(Duration::from_secs(2));
        assert!(ended(&mut test));

        let mut test = TestNode::start(WaitForAddr::default);
        test.pass(Duration::from_secs(10));
        test.put(NIM, "global", status(true, [192, 0, 2, 1])).unwrap();
        assert!(ended(&mut test), "at once");
    }
}
