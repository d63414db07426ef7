//! What an attempt to verify a configuration comes to (spec/03, One verification attempt). Pure: the first row whose
//! condition holds decides. T is `timer.port.testduration`; time counts from when the configuration was chosen.
//!
//! | Condition | State |
//! |---|---|
//! | a port is with an application | `FAIL` |
//! | operations under way, less than 2T | `ASYNC_WAIT` |
//! | the controller answers | `SUCCESS` |
//! | it answers, and is not well | `REMOTE_WAIT` |
//! | a port is set aside for applications, less than 2T | `PCI_WAIT` |
//! | interfaces for management are missing, less than 2T | `INTF_WAIT` |
//! | no interface for management is there | `FAIL` |
//! | no address or DNS server for management | `IPDNS_WAIT` for 5T, then `FAIL` |
//! | ports are not ready | `IPDNS_WAIT` for 5T, then `FAIL_WITH_IPANDDNS` |
//! | else | `FAIL_WITH_IPANDDNS` |
//!
//! A modem that the configuration needs (`WWAN_WAIT`) is refused before any of this.

use std::time::Duration;

use pillar_types::adapters::AssignableAdapters;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::port::{DevicePortConfig, DpcState};

use super::conn_test::Verdict;
use super::dpc;
use super::facts::{Facts, Pciback, pciback};

/// Limits, in T.
const ASYNC_LIMIT: u32 = 2;
const PCI_LIMIT: u32 = 2;
const INTERFACE_LIMIT: u32 = 2;
const ADDRESS_LIMIT: u32 = 5;

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The state.
    pub state: DpcState,
    /// Why it is no success, or what is not right though it is; empty if all is well.
    pub text: String,
}

/// What a configuration's ports lack before anything is tested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacks {
    /// A port is with an application: the error.
    pub used: Option<String>,
    /// A port is set aside for applications.
    pub set_aside: Option<String>,
    /// Interfaces for management that are not there.
    pub missing: Vec<String>,
    /// None of them is there.
    pub all_missing: bool,
}

/// What a configuration's ports lack.
pub fn lacks(dpc: &DevicePortConfig, facts: &Facts, adapters: Option<&AssignableAdapters>) -> Lacks {
    let mut lacks = Lacks::default();
    let mut present = false;
    for port in dpc.ports.iter().filter(|port| dpc::refusal(port).is_none()) {
        match pciback(adapters, port) {
            Pciback::Used(by) => {
                lacks.used = Some(format!("port {} in PCIBack is used by {by}", port.logicallabel));
            }
            Pciback::Unassigned => {
                lacks.set_aside = Some(format!("port {} is in PCIBack", port.logicallabel));
            }
            Pciback::No if !dpc::is_mgmt(dpc, port) => {}
            Pciback::No if facts.links.contains_key(&port.if_name) => present = true,
            Pciback::No => lacks.missing.push(port.if_name.clone()),
        }
    }
    lacks.all_missing = !present;
    lacks
}

/// How long operations may hold an attempt up.
pub fn async_limit(t: Duration) -> Duration {
    t * ASYNC_LIMIT
}

/// What an attempt came to, given what its test found.
pub fn judge(
    lacks: &Lacks,
    status: &DeviceNetworkStatus,
    verdict: &Verdict,
    elapsed: Duration,
    t: Duration,
) -> Judgement {
    let (state, text) = match verdict {
        _ if lacks.used.is_some() => (DpcState::Fail, lacks.used.clone().unwrap_or_default()),
        Verdict::Passed => (DpcState::Success, String::new()),
        Verdict::Remote(why) => (DpcState::RemoteWait, why.clone()),
        Verdict::NotReady(why) | Verdict::Failed(why) => {
            let missing = || format!("missing interface {}", lacks.missing.join(", "));
            let addressed = status.ports.iter().filter(|port| status.is_mgmt(port));
            let addressed = addressed
                .clone()
                .any(|port| port.usable_addrs().next().is_some() && !port.dns_servers.is_empty());
            match () {
                () if elapsed < t * PCI_LIMIT && lacks.set_aside.is_some() => {
                    (DpcState::PciWait, lacks.set_aside.clone().unwrap_or_default())
                }
                () if elapsed < t * INTERFACE_LIMIT && !lacks.missing.is_empty() => {
                    (DpcState::IntfWait, missing())
                }
                () if lacks.all_missing => {
                    (DpcState::Fail, if lacks.missing.is_empty() { why.clone() } else { missing() })
                }
                () if !addressed && elapsed < t * ADDRESS_LIMIT => (DpcState::IpDnsWait, why.clone()),
                () if !addressed => (DpcState::Fail, why.clone()),
                () if matches!(verdict, Verdict::NotReady(_)) && elapsed < t * ADDRESS_LIMIT => {
                    (DpcState::IpDnsWait, why.clone())
                }
                () => (DpcState::FailWithIpAndDns, why.clone()),
            }
        }
    };
    Judgement { state, text }
}

/// Whether an attempt in this state is to be repeated.
pub fn waits(state: DpcState) -> bool {
    matches!(
        state,
        DpcState::AsyncWait
            | DpcState::PciWait
            | DpcState::WwanWait
            | DpcState::IntfWait
            | DpcState::IpDnsWait
    )
}
