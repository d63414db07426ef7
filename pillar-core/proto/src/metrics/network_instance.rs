//! Network instances, their probes and VLANs.

use std::collections::BTreeMap;

use prost::{Message, Oneof};

use super::{NetworkMetric, NetworkStats};

/// Packets and bytes.
#[derive(Clone, PartialEq, Message)]
pub struct PktStat {
    /// Packets.
    #[prost(uint64, tag = "1")]
    pub packets: u64,
    /// Bytes.
    #[prost(uint64, tag = "2")]
    pub bytes: u64,
}

/// Traffic of one kind in a VPN; obsolete, as all VPN values.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricConn {
    /// Received.
    #[prost(message, optional, tag = "1")]
    pub in_pkts: Option<PktStat>,
    /// Sent.
    #[prost(message, optional, tag = "2")]
    pub out_pkts: Option<PktStat>,
    /// Errors.
    #[prost(message, optional, tag = "3")]
    pub err_pkts: Option<PktStat>,
    /// Carrier errors.
    #[prost(message, optional, tag = "4")]
    pub carrier_err_pkts: Option<PktStat>,
}

/// VPN of a network instance.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricVpn {
    /// Connections.
    #[prost(message, optional, tag = "1")]
    pub conn_stat: Option<ZMetricConn>,
    /// IKE.
    #[prost(message, optional, tag = "2")]
    pub ike_stat: Option<ZMetricConn>,
    /// NAT traversal.
    #[prost(message, optional, tag = "3")]
    pub nat_t_stat: Option<ZMetricConn>,
    /// ESP.
    #[prost(message, optional, tag = "4")]
    pub esp_stat: Option<ZMetricConn>,
}

/// No special values.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricNone {}

/// A link of a VPN end.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricFlowLink {
    /// Subnet behind it.
    #[prost(string, optional, tag = "1")]
    pub subnet: Option<String>,
    /// Security parameter index.
    #[prost(string, tag = "3")]
    pub spi_id: String,
}

/// One end of a VPN flow.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricFlowEndPoint {
    /// Its address.
    #[prost(string, optional, tag = "1")]
    pub ip_addr: Option<String>,
    /// Its links.
    #[prost(message, repeated, tag = "5")]
    pub links: Vec<ZMetricFlowLink>,
    /// Traffic.
    #[prost(message, optional, tag = "10")]
    pub stats: Option<PktStat>,
}

/// A VPN flow.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricFlow {
    /// Id of the connection.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Name of the tunnel.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Kind.
    #[prost(uint32, tag = "3")]
    pub kind: u32,
    /// Age in seconds.
    #[prost(uint64, tag = "5")]
    pub est_time: u64,
    /// Local end.
    #[prost(message, optional, tag = "10")]
    pub local: Option<ZMetricFlowEndPoint>,
    /// Remote ends.
    #[prost(message, repeated, tag = "11")]
    pub remote: Vec<ZMetricFlowEndPoint>,
}

/// Traffic of a bridge.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricNetworkStats {
    /// Received.
    #[prost(message, optional, tag = "1")]
    pub rx: Option<NetworkStats>,
    /// Sent.
    #[prost(message, optional, tag = "2")]
    pub tx: Option<NetworkStats>,
}

/// Probing of the ports of one route.
#[derive(Clone, PartialEq, Message)]
pub struct ZProbeNiMetrics {
    /// Interface in use.
    #[prost(string, tag = "1")]
    pub current_intf: String,
    /// Remote end that is probed.
    #[prost(string, tag = "2")]
    pub remote_endpoint: String,
    /// Seconds between two pings of the router.
    #[prost(uint32, tag = "3")]
    pub ping_intv: u32,
    /// Seconds between two probes of the remote end.
    #[prost(uint32, tag = "4")]
    pub remote_ping_intv: u32,
    /// Ports to choose from.
    #[prost(uint32, tag = "5")]
    pub uplink_cnt: u32,
    /// Each port.
    #[prost(message, repeated, tag = "10")]
    pub intf_metric: Vec<ZProbeIntfMetric>,
    /// Destination of the route.
    #[prost(string, tag = "20")]
    pub dst_network: String,
    /// Logical label of the port in use.
    #[prost(string, tag = "21")]
    pub current_port: String,
}

/// Probing of one port.
#[derive(Clone, PartialEq, Message)]
pub struct ZProbeIntfMetric {
    /// Interface name.
    #[prost(string, tag = "11")]
    pub intf_name: String,
    /// Address of its router.
    #[prost(string, tag = "12")]
    pub gateway_next_hop: String,
    /// The router answers.
    #[prost(bool, tag = "13")]
    pub gateway_up: bool,
    /// The remote end answers.
    #[prost(bool, tag = "14")]
    pub remote_host_up: bool,
    /// Pings answered.
    #[prost(uint32, tag = "15")]
    pub nexthop_up_count: u32,
    /// Pings not answered.
    #[prost(uint32, tag = "16")]
    pub nexthop_down_count: u32,
    /// Probes answered.
    #[prost(uint32, tag = "17")]
    pub remote_up_count: u32,
    /// Probes not answered.
    #[prost(uint32, tag = "18")]
    pub remote_down_count: u32,
    /// Milliseconds.
    #[prost(uint32, tag = "19")]
    pub remote_probe_latency: u32,
}

/// A network instance.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricNetworkInstance {
    /// UUID.
    #[prost(string, tag = "2")]
    pub network_id: String,
    /// Version of its configuration.
    #[prost(string, tag = "3")]
    pub network_version: String,
    /// A [`ZNetworkInstType`](crate::config::ZNetworkInstType).
    #[prost(uint32, tag = "5")]
    pub inst_type: u32,
    /// Name for people.
    #[prost(string, tag = "6")]
    pub display_name: String,
    /// It forwards.
    #[prost(bool, tag = "7")]
    pub activated: bool,
    /// Traffic of its bridge.
    #[prost(message, repeated, tag = "10")]
    pub network: Vec<NetworkMetric>,
    /// Obsolete; see `probe_metrics`.
    #[prost(message, optional, tag = "12")]
    pub probe_metric: Option<ZProbeNiMetrics>,
    /// Probing, by route.
    #[prost(message, repeated, tag = "13")]
    pub probe_metrics: Vec<ZProbeNiMetrics>,
    /// Values of special kinds.
    #[prost(oneof = "InstanceContent", tags = "20, 22")]
    pub content: Option<InstanceContent>,
    /// VPN flows; obsolete.
    #[prost(message, repeated, tag = "30")]
    pub flow_stats: Vec<ZMetricFlow>,
    /// Traffic of its bridge.
    #[prost(message, optional, tag = "40")]
    pub network_stats: Option<ZMetricNetworkStats>,
    /// VLANs.
    #[prost(message, optional, tag = "41")]
    pub vlan_info: Option<VlanInfo>,
}

/// Values of special kinds of network instances.
#[derive(Clone, PartialEq, Oneof)]
pub enum InstanceContent {
    /// VPN; obsolete.
    #[prost(message, boxed, tag = "20")]
    Vpn(Box<ZMetricVpn>),
    /// Nothing.
    #[prost(message, tag = "22")]
    None(ZMetricNone),
}

/// VLANs of a switch.
#[derive(Clone, PartialEq, Message)]
pub struct VlanInfo {
    /// Interfaces that are trunks.
    #[prost(uint32, tag = "1")]
    pub num_trunk_ports: u32,
    /// Interfaces by VLAN.
    #[prost(btree_map = "uint32, uint32", tag = "2")]
    pub vlan_counts: BTreeMap<u32, u32>,
}
