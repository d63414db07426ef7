//! Bonded interfaces.

use prost::{Enumeration, Message};

use crate::common::{BondMode, LacpRate};

/// State of a bond.
#[derive(Clone, PartialEq, Message)]
pub struct BondStatus {
    /// A [`BondMode`].
    #[prost(enumeration = "BondMode", tag = "1")]
    pub mode: i32,
    /// Logical label of the active member, in modes that have one.
    #[prost(string, tag = "2")]
    pub active_member: String,
    /// Monitoring by link state.
    #[prost(message, optional, tag = "3")]
    pub mii_monitor: Option<BondMiiMonitorStatus>,
    /// Monitoring by ARP requests.
    #[prost(message, optional, tag = "4")]
    pub arp_monitor: Option<BondArpMonitorStatus>,
    /// LACP.
    #[prost(message, optional, tag = "5")]
    pub lacp: Option<BondLacpStatus>,
    /// Its members.
    #[prost(message, repeated, tag = "6")]
    pub members: Vec<BondMemberStatus>,
}

/// A member of a bond.
#[derive(Clone, PartialEq, Message)]
pub struct BondMemberStatus {
    /// Logical label.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// Its link is up.
    #[prost(bool, tag = "2")]
    pub mii_up: bool,
    /// LACP.
    #[prost(message, optional, tag = "3")]
    pub lacp: Option<BondMemberLacpStatus>,
}

/// Monitoring by link state in force.
#[derive(Clone, PartialEq, Message)]
pub struct BondMiiMonitorStatus {
    /// It is in use.
    #[prost(bool, tag = "1")]
    pub enabled: bool,
    /// Milliseconds.
    #[prost(uint32, tag = "2")]
    pub polling_interval: u32,
    /// Milliseconds.
    #[prost(uint32, tag = "3")]
    pub updelay: u32,
    /// Milliseconds.
    #[prost(uint32, tag = "4")]
    pub downdelay: u32,
}

/// Monitoring by ARP requests in force.
#[derive(Clone, PartialEq, Message)]
pub struct BondArpMonitorStatus {
    /// It is in use.
    #[prost(bool, tag = "1")]
    pub enabled: bool,
    /// Milliseconds.
    #[prost(uint32, tag = "2")]
    pub polling_interval: u32,
    /// IPv4 addresses asked for.
    #[prost(string, repeated, tag = "3")]
    pub ip_targets: Vec<String>,
    /// Answers that may be missing before a member is down.
    #[prost(uint32, tag = "4")]
    pub missed_max: u32,
}

/// LACP of a bond.
#[derive(Clone, PartialEq, Message)]
pub struct BondLacpStatus {
    /// A [`LacpRate`].
    #[prost(enumeration = "LacpRate", tag = "1")]
    pub lacp_rate: i32,
    /// Aggregator in use.
    #[prost(uint32, tag = "2")]
    pub active_aggregator_id: u32,
    /// MAC address of the partner.
    #[prost(string, tag = "3")]
    pub partner_mac: String,
    /// Own key.
    #[prost(uint32, tag = "4")]
    pub actor_key: u32,
    /// The partner's key.
    #[prost(uint32, tag = "5")]
    pub partner_key: u32,
}

/// LACP of a member.
#[derive(Clone, PartialEq, Message)]
pub struct BondMemberLacpStatus {
    /// Its aggregator; all members of a working bond share one.
    #[prost(uint32, tag = "1")]
    pub aggregator_id: u32,
    /// Own side; a [`BondLacpChurnState`].
    #[prost(enumeration = "BondLacpChurnState", tag = "2")]
    pub actor_churn_state: i32,
    /// The partner's side; a [`BondLacpChurnState`].
    #[prost(enumeration = "BondLacpChurnState", tag = "3")]
    pub partner_churn_state: i32,
}

/// Whether LACP has settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum BondLacpChurnState {
    /// `BOND_LACP_CHURN_STATE_UNSPECIFIED`.
    Unspecified = 0,
    /// `BOND_LACP_CHURN_STATE_NONE`.
    None = 1,
    /// `BOND_LACP_CHURN_STATE_MONITORING`.
    Monitoring = 2,
    /// `BOND_LACP_CHURN_STATE_CHURNED`.
    Churned = 3,
}
