//! How bonds fare (`spec/03`, DeviceNetworkStatus).

use crate::base::{IpAddr, List, Mac};
use crate::link::{BondMode, LacpRate};
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// Whether a side of LACP keeps changing its mind.
    pub enum LacpChurnState: u8 {
        /// It does not.
        None = 0,
        /// It is being watched.
        Monitoring = 1,
        /// It does.
        Churned = 2,
    }
}

object! {
    /// Watching a bond's links by their carrier.
    pub struct BondMiiMonitorStatus as "BondMIIMonitorStatus" {
        /// Whether it is on.
        pub enabled: bool = "Enabled",
        /// Milliseconds between looks.
        pub polling_interval: u32 = "PollingInterval",
        /// Milliseconds before a link that came up is used.
        pub up_delay: u32 = "UpDelay",
        /// Milliseconds before a link that went down is given up.
        pub down_delay: u32 = "DownDelay",
    }
}

object! {
    /// Watching a bond's links by asking for addresses.
    pub struct BondArpMonitorStatus as "BondARPMonitorStatus" {
        /// Whether it is on.
        pub enabled: bool = "Enabled",
        /// Milliseconds between requests.
        pub polling_interval: u32 = "PollingInterval",
        /// Whom it asks for.
        pub ip_targets: List<IpAddr> = "IPTargets",
        /// How many requests may stay without answer.
        pub missed_max: u32 = "MissedMax",
    }
}

object! {
    /// LACP on a bond.
    pub struct BondLacpStatus as "BondLACPStatus" {
        /// Whether it is on.
        pub enabled: bool = "Enabled",
        /// How often it speaks.
        pub lacp_rate: LacpRate = "LACPRate",
        /// The aggregator in use.
        pub active_aggregator_id: u16 = "ActiveAggregatorID",
        /// The other side's MAC address.
        pub partner_mac: Mac = "PartnerMAC",
        /// Our key.
        pub actor_key: u16 = "ActorKey",
        /// The other side's key.
        pub partner_key: u16 = "PartnerKey",
    }
}

object! {
    /// LACP on a link of a bond.
    pub struct BondMemberLacpStatus as "BondMemberLACPStatus" {
        /// The aggregator that it belongs to.
        pub aggregator_id: u16 = "AggregatorID",
        /// Whether we keep changing our mind.
        pub actor_churn_state: LacpChurnState = "ActorChurnState",
        /// Whether the other side does.
        pub partner_churn_state: LacpChurnState = "PartnerChurnState",
    }
}

object! {
    /// A link of a bond.
    pub struct BondMemberStatus {
        /// The port below.
        pub logicallabel: String = "Logicallabel",
        /// Whether it has a carrier.
        pub mii_up: bool = "MIIUp",
        /// LACP on it, where the bond has it.
        pub lacp: Option<BondMemberLacpStatus> = "LACP",
    }
}

object! {
    /// A bond.
    pub struct BondStatus {
        /// How it spreads packets.
        pub mode: BondMode = "Mode",
        /// The port in use, where it is one at a time.
        pub active_member: String = "ActiveMember",
        /// Watching its links by their carrier.
        pub mii_monitor: BondMiiMonitorStatus = "MIIMonitor",
        /// Watching its links by asking for addresses.
        pub arp_monitor: BondArpMonitorStatus = "ARPMonitor",
        /// LACP.
        pub lacp: BondLacpStatus = "LACP",
        /// Link by link.
        pub members: List<BondMemberStatus> = "Members",
    }
}

object! {
    /// How often sides of LACP changed their mind.
    pub struct BondMemberLacpMetrics as "BondMemberLACPMetrics" {
        /// We.
        pub actor_churned_count: u64 = "ActorChurnedCount",
        /// The other side.
        pub partner_churned_count: u64 = "PartnerChurnedCount",
    }
}

object! {
    /// Counters of a link of a bond.
    pub struct BondMemberMetrics {
        /// The port below.
        pub logical_label: String = "LogicalLabel",
        /// The port's interface.
        pub if_name: String = "IfName",
        /// How often the link failed.
        pub link_failure_count: u64 = "LinkFailureCount",
        /// LACP on it, where the bond has it.
        pub lacp: Option<BondMemberLacpMetrics> = "LACP",
    }
}

object! {
    /// Counters of a bond.
    pub struct BondMetrics {
        /// The bond.
        pub logical_label: String = "LogicalLabel",
        /// Link by link.
        pub members: List<BondMemberMetrics> = "Members",
    }
}

object! {
    /// Counters of bonds. nim to zedagent; key `global`.
    pub struct BondMetricsList topic "BondMetricsList" {
        /// Bond by bond.
        pub bonds: List<BondMetrics> = "Bonds",
    }
}

impl BondMetricsList {
    /// The only key.
    pub const KEY: &str = "global";
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic BondMetricsList];
