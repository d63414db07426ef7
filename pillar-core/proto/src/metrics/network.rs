//! Interfaces, modems, port authentication and bonds.

use prost::Message;

/// Traffic of an interface.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkMetric {
    /// Logical label, or name as configured.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Alias as configured.
    #[prost(string, tag = "20")]
    pub alias: String,
    /// Bytes sent.
    #[prost(uint64, tag = "2")]
    pub tx_bytes: u64,
    /// Bytes received.
    #[prost(uint64, tag = "3")]
    pub rx_bytes: u64,
    /// Packets not sent.
    #[prost(uint64, tag = "4")]
    pub tx_drops: u64,
    /// Packets received and dropped.
    #[prost(uint64, tag = "5")]
    pub rx_drops: u64,
    /// Packets sent.
    #[prost(uint64, tag = "8")]
    pub tx_pkts: u64,
    /// Packets received.
    #[prost(uint64, tag = "9")]
    pub rx_pkts: u64,
    /// Errors while sending.
    #[prost(uint64, tag = "10")]
    pub tx_errors: u64,
    /// Errors while receiving.
    #[prost(uint64, tag = "11")]
    pub rx_errors: u64,
    /// Packets to it that access rules dropped.
    #[prost(uint64, tag = "12")]
    pub tx_acl_drops: u64,
    /// Packets from it that access rules dropped.
    #[prost(uint64, tag = "13")]
    pub rx_acl_drops: u64,
    /// Packets to it above a rate limit.
    #[prost(uint64, tag = "14")]
    pub tx_acl_rate_limit_drops: u64,
    /// Packets from it above a rate limit.
    #[prost(uint64, tag = "15")]
    pub rx_acl_rate_limit_drops: u64,
    /// Interface name in Linux.
    #[prost(string, tag = "16")]
    pub local_name: String,
}

/// A modem.
#[derive(Clone, PartialEq, Message)]
pub struct CellularMetric {
    /// Logical label.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// Signal.
    #[prost(message, optional, tag = "2")]
    pub signal_strength: Option<CellularSignalStrength>,
    /// Traffic.
    #[prost(message, optional, tag = "3")]
    pub packet_stats: Option<CellularPacketStats>,
}

/// Signal of a modem; `i32::MAX` where unknown.
#[derive(Clone, PartialEq, Message)]
pub struct CellularSignalStrength {
    /// dBm.
    #[prost(int32, tag = "1")]
    pub rssi: i32,
    /// dB.
    #[prost(int32, tag = "2")]
    pub rsrq: i32,
    /// dBm.
    #[prost(int32, tag = "3")]
    pub rsrp: i32,
    /// dB.
    #[prost(int32, tag = "4")]
    pub snr: i32,
}

/// Traffic as the modem counts it.
#[derive(Clone, PartialEq, Message)]
pub struct CellularPacketStats {
    /// Received.
    #[prost(message, optional, tag = "1")]
    pub rx: Option<NetworkStats>,
    /// Sent.
    #[prost(message, optional, tag = "2")]
    pub tx: Option<NetworkStats>,
}

/// Traffic in one direction.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkStats {
    /// Packets.
    #[prost(uint64, tag = "1")]
    pub total_packets: u64,
    /// Errors.
    #[prost(uint64, tag = "2")]
    pub errors: u64,
    /// Packets dropped.
    #[prost(uint64, tag = "3")]
    pub drops: u64,
    /// Bytes.
    #[prost(uint64, tag = "4")]
    pub total_bytes: u64,
}

/// Port authentication: EAPOL frames (IEEE 802.1X).
#[derive(Clone, PartialEq, Message)]
pub struct PnacMetrics {
    /// Logical label of the port.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// All received.
    #[prost(uint64, tag = "2")]
    pub eapol_frames_rx: u64,
    /// All sent.
    #[prost(uint64, tag = "3")]
    pub eapol_frames_tx: u64,
    /// Start frames sent.
    #[prost(uint64, tag = "4")]
    pub eapol_start_frames_tx: u64,
    /// Logoff frames sent.
    #[prost(uint64, tag = "5")]
    pub eapol_logoff_frames_tx: u64,
    /// Responses sent.
    #[prost(uint64, tag = "6")]
    pub eapol_resp_frames_tx: u64,
    /// Identity requests received.
    #[prost(uint64, tag = "7")]
    pub eapol_req_id_frames_rx: u64,
    /// Other requests received.
    #[prost(uint64, tag = "8")]
    pub eapol_req_frames_rx: u64,
    /// Received and not valid.
    #[prost(uint64, tag = "9")]
    pub invalid_eapol_frames_rx: u64,
    /// Received with a wrong length.
    #[prost(uint64, tag = "10")]
    pub eap_length_error_frames_rx: u64,
}

/// A bond.
#[derive(Clone, PartialEq, Message)]
pub struct BondMetrics {
    /// Logical label.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// Its members.
    #[prost(message, repeated, tag = "2")]
    pub members: Vec<BondMemberMetrics>,
}

/// A member of a bond.
#[derive(Clone, PartialEq, Message)]
pub struct BondMemberMetrics {
    /// Logical label.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// Failures of its link.
    #[prost(uint64, tag = "2")]
    pub link_failure_count: u64,
    /// With LACP only.
    #[prost(message, optional, tag = "3")]
    pub lacp: Option<BondMemberLacpMetrics>,
}

/// LACP of a member.
#[derive(Clone, PartialEq, Message)]
pub struct BondMemberLacpMetrics {
    /// Churns on the own side.
    #[prost(uint64, tag = "1")]
    pub actor_churned_count: u64,
    /// Churns on the partner's side.
    #[prost(uint64, tag = "2")]
    pub partner_churned_count: u64,
}
