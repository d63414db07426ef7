//! Network flows and DNS look-ups of applications, when flow logging is on.

use prost::{Enumeration, Message};

use crate::google::Timestamp;

/// The five values that identify a flow.
#[derive(Clone, PartialEq, Message)]
pub struct IpFlow {
    /// Source address.
    #[prost(string, tag = "1")]
    pub src: String,
    /// Source port.
    #[prost(int32, tag = "2")]
    pub src_port: i32,
    /// Destination address.
    #[prost(string, tag = "3")]
    pub dest: String,
    /// Destination port.
    #[prost(int32, tag = "4")]
    pub dest_port: i32,
    /// IP protocol number.
    #[prost(int32, tag = "5")]
    pub protocol: i32,
}

/// Whose flows a message holds.
#[derive(Clone, PartialEq, Message)]
pub struct ScopeInfo {
    /// UUID of the application instance, or of the device.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// Name of the application's interface as configured.
    #[prost(string, tag = "2")]
    pub intf: String,
    /// Name of the interface on the device.
    #[prost(string, tag = "3")]
    pub local_intf: String,
    /// UUID of the network instance.
    #[prost(string, tag = "4")]
    pub net_inst_uuid: String,
}

/// One flow and what it carried.
#[derive(Clone, PartialEq, Message)]
pub struct FlowRecord {
    /// Addresses, ports, protocol.
    #[prost(message, optional, tag = "1")]
    pub flow: Option<IpFlow>,
    /// The connection was opened from outside.
    #[prost(bool, tag = "2")]
    pub inbound: bool,
    /// Access rule that decided.
    #[prost(int32, tag = "3")]
    pub acl_id: i32,
    /// Its name.
    #[prost(string, tag = "4")]
    pub acl_name: String,
    /// First packet.
    #[prost(message, optional, tag = "6")]
    pub start_time: Option<Timestamp>,
    /// Last packet; absent while the flow lives.
    #[prost(message, optional, tag = "7")]
    pub end_time: Option<Timestamp>,
    /// Bytes sent by the application.
    #[prost(int64, tag = "8")]
    pub tx_bytes: i64,
    /// Packets sent by the application.
    #[prost(int64, tag = "9")]
    pub tx_pkts: i64,
    /// Bytes received by the application.
    #[prost(int64, tag = "10")]
    pub rx_bytes: i64,
    /// Packets received by the application.
    #[prost(int64, tag = "11")]
    pub rx_pkts: i64,
    /// What the rule did; an [`AclAction`].
    #[prost(enumeration = "AclAction", tag = "12")]
    pub action: i32,
}

/// One name that an application looked up.
#[derive(Clone, PartialEq, Message)]
pub struct DnsRequest {
    /// The name.
    #[prost(string, tag = "1")]
    pub host_name: String,
    /// Addresses in the answer.
    #[prost(string, repeated, tag = "2")]
    pub addrs: Vec<String>,
    /// When it was asked.
    #[prost(message, optional, tag = "3")]
    pub request_time: Option<Timestamp>,
    /// Access rule that let the request pass.
    #[prost(int32, tag = "4")]
    pub acl_num: i32,
}

/// Body of `flowlog`: records of one scope.
#[derive(Clone, PartialEq, Message)]
pub struct FlowMessage {
    /// UUID of the device.
    #[prost(string, tag = "1")]
    pub dev_id: String,
    /// Whose records these are.
    #[prost(message, optional, tag = "2")]
    pub scope: Option<ScopeInfo>,
    /// Flows that ended or still live.
    #[prost(message, repeated, tag = "3")]
    pub flows: Vec<FlowRecord>,
    /// Names looked up.
    #[prost(message, repeated, tag = "4")]
    pub dns_reqs: Vec<DnsRequest>,
}

/// What an access rule did with a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AclAction {
    /// `ActionUnknown`.
    Unknown = 0,
    /// `ActionDrop`.
    Drop = 1,
    /// `ActionAccept`.
    Accept = 2,
}
