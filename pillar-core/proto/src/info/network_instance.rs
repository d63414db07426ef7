//! Network instances.

use prost::{Enumeration, Message};

use super::{ErrorInfo, ZInfoSw, ZioBundle};
use crate::google::Timestamp;

/// Addresses of an interface.
#[derive(Clone, PartialEq, Message)]
pub struct ZmetIpAssignmentEntry {
    /// MAC address of the interface.
    #[prost(string, tag = "1")]
    pub mac_address: String,
    /// Its addresses.
    #[prost(string, repeated, tag = "2")]
    pub ip_address: Vec<String>,
}

/// An interface attached to a network instance.
#[derive(Clone, PartialEq, Message)]
pub struct ZmetVifInfo {
    /// Name on the device.
    #[prost(string, tag = "1")]
    pub vif_name: String,
    /// MAC address.
    #[prost(string, tag = "2")]
    pub mac_address: String,
    /// UUID of the application.
    #[prost(string, tag = "3")]
    pub app_id: String,
}

/// One end of a VPN link; obsolete, as all VPN values.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoVpnLinkInfo {
    /// Security parameter index.
    #[prost(string, tag = "1")]
    pub spi_id: String,
    /// Subnet behind it.
    #[prost(string, tag = "2")]
    pub subnet: String,
    /// False for the local end.
    #[prost(bool, tag = "3")]
    pub direction: bool,
}

/// A VPN link.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoVpnLink {
    /// Id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Name of the connection.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Id of the request.
    #[prost(string, tag = "3")]
    pub req_id: String,
    /// Age in seconds.
    #[prost(uint64, tag = "4")]
    pub inst_time: u64,
    /// ESP proposal.
    #[prost(string, tag = "5")]
    pub esp_info: String,
    /// A [`ZInfoVpnState`].
    #[prost(enumeration = "ZInfoVpnState", tag = "6")]
    pub state: i32,
    /// Local end.
    #[prost(message, optional, tag = "10")]
    pub local: Option<ZInfoVpnLinkInfo>,
    /// Remote end.
    #[prost(message, optional, tag = "11")]
    pub remote: Option<ZInfoVpnLinkInfo>,
}

/// One end of a VPN connection.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoVpnEndPoint {
    /// Id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Address.
    #[prost(string, tag = "2")]
    pub ip_addr: String,
    /// UDP port.
    #[prost(uint32, tag = "3")]
    pub port: u32,
}

/// A VPN connection.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoVpnConn {
    /// Id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Name of the connection.
    #[prost(string, tag = "2")]
    pub name: String,
    /// IKE version.
    #[prost(string, tag = "3")]
    pub version: String,
    /// Age in seconds.
    #[prost(uint64, tag = "4")]
    pub est_time: u64,
    /// IKE proposal.
    #[prost(string, tag = "5")]
    pub ikes: String,
    /// A [`ZInfoVpnState`].
    #[prost(enumeration = "ZInfoVpnState", tag = "6")]
    pub state: i32,
    /// Local end.
    #[prost(message, optional, tag = "7")]
    pub local: Option<ZInfoVpnEndPoint>,
    /// Remote end.
    #[prost(message, optional, tag = "8")]
    pub remote: Option<ZInfoVpnEndPoint>,
    /// Its links.
    #[prost(message, repeated, tag = "10")]
    pub links: Vec<ZInfoVpnLink>,
}

/// VPN of a network instance.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoVpn {
    /// Seconds.
    #[prost(uint64, tag = "1")]
    pub up_time: u64,
    /// Policy based, not route based.
    #[prost(bool, tag = "2")]
    pub policy_based: bool,
    /// Addresses it listens on.
    #[prost(string, repeated, tag = "3")]
    pub listening_ip_addrs: Vec<String>,
    /// Its connections.
    #[prost(message, repeated, tag = "10")]
    pub connections: Vec<ZInfoVpnConn>,
}

/// A network instance. With an empty `displayname` it is gone.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoNetworkInstance {
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
    /// Since when.
    #[prost(message, optional, tag = "8")]
    pub up_time_stamp: Option<Timestamp>,
    /// Obsolete.
    #[prost(message, optional, tag = "9")]
    pub software_list: Option<ZInfoSw>,
    /// Obsolete; see `ports`.
    #[prost(string, tag = "10")]
    pub current_uplink_intf: String,
    /// Obsolete; see `ports`.
    #[prost(string, tag = "11")]
    pub current_uplink_alias: String,
    /// Logical labels of its ports.
    #[prost(string, repeated, tag = "12")]
    pub ports: Vec<String>,
    /// Number of its bridge.
    #[prost(uint32, tag = "20")]
    pub bridge_num: u32,
    /// Name of its bridge.
    #[prost(string, tag = "21")]
    pub bridge_name: String,
    /// Address of its bridge.
    #[prost(string, tag = "22")]
    pub bridge_ip_addr: String,
    /// Addresses handed out.
    #[prost(message, repeated, tag = "23")]
    pub ip_assignments: Vec<ZmetIpAssignmentEntry>,
    /// Interfaces attached.
    #[prost(message, repeated, tag = "25")]
    pub vifs: Vec<ZmetVifInfo>,
    /// Obsolete.
    #[prost(bool, tag = "26")]
    pub ipv4_eid: bool,
    /// Adapters of its ports.
    #[prost(message, repeated, tag = "30")]
    pub assigned_adapters: Vec<ZioBundle>,
    /// VPN; obsolete.
    #[prost(message, optional, tag = "31")]
    pub vinfo: Option<ZInfoVpn>,
    /// What is wrong.
    #[prost(message, repeated, tag = "40")]
    pub network_err: Vec<ErrorInfo>,
    /// A [`ZNetworkInstanceState`].
    #[prost(enumeration = "ZNetworkInstanceState", tag = "41")]
    pub state: i32,
    /// Bytes.
    #[prost(uint32, tag = "42")]
    pub mtu: u32,
    /// Routes in force.
    #[prost(message, repeated, tag = "43")]
    pub ip_routes: Vec<IpRoute>,
}

/// A route in force.
#[derive(Clone, PartialEq, Message)]
pub struct IpRoute {
    /// Destination in CIDR form.
    #[prost(string, tag = "1")]
    pub destination_network: String,
    /// Next hop; empty for a connected network.
    #[prost(string, tag = "2")]
    pub gateway: String,
    /// Logical label of the port; empty when the next hop is an application.
    #[prost(string, tag = "3")]
    pub port: String,
    /// UUID of the application that is the next hop.
    #[prost(string, tag = "4")]
    pub gateway_app: String,
}

/// State of a VPN connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZInfoVpnState {
    /// `VPN_INVALID`.
    Invalid = 0,
    /// `VPN_INITIAL`.
    Initial = 1,
    /// `VPN_CONNECTING`.
    Connecting = 2,
    /// `VPN_ESTABLISHED`.
    Established = 3,
    /// `VPN_INSTALLED`.
    Installed = 4,
    /// `VPN_REKEYED`.
    Rekeyed = 5,
    /// `VPN_DELETED`.
    Deleted = 10,
}

/// State of a network instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZNetworkInstanceState {
    /// `ZNETINST_STATE_UNSPECIFIED`.
    Unspecified = 0,
    /// `ZNETINST_STATE_INIT`.
    Init = 1,
    /// `ZNETINST_STATE_ONLINE`.
    Online = 2,
    /// `ZNETINST_STATE_ERROR`.
    Error = 3,
}
