//! Access rules of an application's network interface.

use prost::{Enumeration, Message};

/// One condition of a rule; all must hold.
#[derive(Clone, PartialEq, Message)]
pub struct AceMatch {
    /// `ip`, `host`, `eidset`, `protocol`, `lport`, `fport` or `adapter`.
    #[prost(string, tag = "1")]
    pub kind: String,
    /// What to compare with.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// What a rule does.
#[derive(Clone, PartialEq, Message)]
pub struct AceAction {
    /// Drop the packet.
    #[prost(bool, tag = "1")]
    pub drop: bool,
    /// Let only so many packets through.
    #[prost(bool, tag = "2")]
    pub limit: bool,
    /// Packets in each unit of time.
    #[prost(uint32, tag = "3")]
    pub limit_rate: u32,
    /// `s`, `m` or `h`, or the word.
    #[prost(string, tag = "4")]
    pub limit_unit: String,
    /// Packets let through at once.
    #[prost(uint32, tag = "5")]
    pub limit_burst: u32,
    /// Forward a port of the device to the application.
    #[prost(bool, tag = "6")]
    pub port_map: bool,
    /// Port of the application.
    #[prost(uint32, tag = "7")]
    pub app_port: u32,
}

/// One access rule.
#[derive(Clone, PartialEq, Message)]
pub struct Ace {
    /// Conditions.
    #[prost(message, repeated, tag = "1")]
    pub matches: Vec<AceMatch>,
    /// What to do; only the first counts. Empty means accept.
    #[prost(message, repeated, tag = "2")]
    pub actions: Vec<AceAction>,
    /// Name for people.
    #[prost(string, tag = "3")]
    pub name: String,
    /// Number of the rule; in flow records.
    #[prost(int32, tag = "4")]
    pub id: i32,
    /// An [`AceDirection`]; devices apply every rule in both.
    #[prost(enumeration = "AceDirection", tag = "5")]
    pub dir: i32,
}

/// Direction that a rule applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AceDirection {
    /// `BOTH`.
    Both = 0,
    /// `INGRESS`.
    Ingress = 1,
    /// `EGRESS`.
    Egress = 2,
}
