//! Network instances: virtual networks for applications.

use prost::{Enumeration, Message};

use super::{Adapter, UuidAndVersion};
use crate::common::{ConnectivityProbe, IpSpec, ZnetStaticDnsEntry};

/// Settings of obsolete kinds.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkInstanceOpaqueConfig {
    /// VPN settings, JSON.
    #[prost(string, tag = "1")]
    pub opaque_config: String,
    /// Overlay settings.
    #[prost(message, optional, tag = "2")]
    pub lisp_config: Option<NetworkInstanceLispConfig>,
    /// Which of both; a [`ZNetworkOpaqueConfigType`].
    #[prost(enumeration = "ZNetworkOpaqueConfigType", tag = "3")]
    pub kind: i32,
}

/// A service of the obsolete overlay.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct ZcServicePoint {
    /// A [`ZcServiceType`].
    #[prost(enumeration = "ZcServiceType", tag = "3")]
    pub service_type: i32,
    /// Where it is.
    #[prost(string, tag = "1")]
    pub name_or_ip: String,
    /// Secret for it.
    #[prost(string, tag = "2")]
    pub credential: String,
}

/// Settings of the obsolete overlay.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkInstanceLispConfig {
    /// Map servers.
    #[prost(message, repeated, tag = "1")]
    pub lisp_map_servers: Vec<ZcServicePoint>,
    /// Number of the overlay.
    #[prost(uint32, tag = "2")]
    pub lisp_instance_id: u32,
    /// Allocate addresses.
    #[prost(bool, tag = "3")]
    pub allocate: bool,
    /// Export private addresses.
    #[prost(bool, tag = "4")]
    pub export_private: bool,
    /// Prefix to allocate from.
    #[prost(bytes = "vec", tag = "5")]
    pub allocation_prefix: Vec<u8>,
    /// Its length in bits.
    #[prost(uint32, tag = "6")]
    pub allocation_prefix_len: u32,
    /// Use the experimental data plane.
    #[prost(bool, tag = "20")]
    pub experimental: bool,
}

/// A static route.
#[derive(Clone, PartialEq, Message)]
pub struct IpRoute {
    /// Destination in CIDR form; all zeroes for the default route.
    #[prost(string, tag = "1")]
    pub destination_network: String,
    /// Next hop: a router or an application.
    #[prost(string, tag = "2")]
    pub gateway: String,
    /// Logical or shared label of the port to leave by.
    #[prost(string, tag = "3")]
    pub port: String,
    /// How to choose among several ports.
    #[prost(message, optional, tag = "4")]
    pub probe: Option<PortProbe>,
    /// Among working ports prefer the cheaper.
    #[prost(bool, tag = "5")]
    pub prefer_lower_cost: bool,
    /// Among working modems prefer the stronger signal.
    #[prost(bool, tag = "6")]
    pub prefer_stronger_wwan_signal: bool,
}

/// How the ports of a route are probed.
#[derive(Clone, PartialEq, Message)]
pub struct PortProbe {
    /// Ping the port's router.
    #[prost(bool, tag = "1")]
    pub enable_gw_ping: bool,
    /// Do not ping on ports that cost more.
    #[prost(uint32, tag = "2")]
    pub gw_ping_max_cost: u32,
    /// Probe something further away.
    #[prost(message, optional, tag = "3")]
    pub custom_probe: Option<ConnectivityProbe>,
}

/// Spanning tree of a switch with several ports.
#[derive(Clone, PartialEq, Message)]
pub struct SpanningTreeProtocol {
    /// Label of the ports that must not see BPDUs.
    #[prost(string, tag = "1")]
    pub ports_with_bpdu_guard: String,
}

/// A virtual network for applications.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkInstanceConfig {
    /// Identity and version.
    #[prost(message, optional, tag = "1")]
    pub uuid_and_version: Option<UuidAndVersion>,
    /// Name for people.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// A [`ZNetworkInstType`].
    #[prost(enumeration = "ZNetworkInstType", tag = "4")]
    pub inst_type: i32,
    /// It is to exist.
    #[prost(bool, tag = "5")]
    pub activate: bool,
    /// Port or ports to the outside; absent for none.
    #[prost(message, optional, tag = "20")]
    pub port: Option<Adapter>,
    /// Spanning tree, for a switch.
    #[prost(message, optional, tag = "21")]
    pub stp: Option<SpanningTreeProtocol>,
    /// Settings of obsolete kinds.
    #[prost(message, optional, tag = "30")]
    pub cfg: Option<NetworkInstanceOpaqueConfig>,
    /// An [`AddressType`].
    #[prost(enumeration = "AddressType", tag = "39")]
    pub ip_type: i32,
    /// IP settings.
    #[prost(message, optional, tag = "40")]
    pub ip: Option<IpSpec>,
    /// Names that its DNS server knows.
    #[prost(message, repeated, tag = "41")]
    pub dns: Vec<ZnetStaticDnsEntry>,
    /// Tell applications the routes to the ports' subnets.
    #[prost(bool, tag = "42")]
    pub propagate_connected_routes: bool,
    /// Static routes, told to applications as well.
    #[prost(message, repeated, tag = "43")]
    pub static_routes: Vec<IpRoute>,
    /// Bytes; 0 for the default, else at least 1280.
    #[prost(uint32, tag = "44")]
    pub mtu: u32,
    /// Do not record flows.
    #[prost(bool, tag = "50")]
    pub disable_flowlog: bool,
    /// VLAN access ports, for a switch.
    #[prost(message, repeated, tag = "51")]
    pub vlan_access_ports: Vec<VlanAccessPort>,
    /// Let LLDP frames pass.
    #[prost(bool, tag = "52")]
    pub forward_lldp: bool,
}

/// A port in one VLAN only.
#[derive(Clone, PartialEq, Message)]
pub struct VlanAccessPort {
    /// 1 to 4094.
    #[prost(uint32, tag = "1")]
    pub vlan_id: u32,
    /// Logical or shared label of the port.
    #[prost(string, tag = "2")]
    pub access_port: String,
}

/// Kinds of network instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZNetworkInstType {
    /// `ZNetInstFirst`.
    First = 0,
    /// `ZnetInstSwitch`: layer 2.
    Switch = 1,
    /// `ZnetInstLocal`: own subnet, address translation.
    Local = 2,
    /// `ZnetInstCloud`.
    Cloud = 3,
    /// `ZnetInstMesh`.
    Mesh = 4,
    /// `ZnetInstHoneyPot`.
    HoneyPot = 5,
    /// `ZnetInstTransparent`.
    Transparent = 6,
    /// `ZNetInstLast`.
    Last = 255,
}

/// Address families of a network instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AddressType {
    /// `First`.
    First = 0,
    /// `IPV4`.
    Ipv4 = 1,
    /// `IPV6`.
    Ipv6 = 2,
    /// `CryptoIPV4`.
    CryptoIpv4 = 3,
    /// `CryptoIPV6`.
    CryptoIpv6 = 4,
    /// `Last`.
    Last = 255,
}

/// Obsolete kinds of network instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZNetworkOpaqueConfigType {
    /// `ZNetOConfigVPN`.
    Vpn = 0,
    /// `ZNetOConfigLisp`.
    Lisp = 1,
}

/// Services of the obsolete overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZcServiceType {
    /// `zcloudInvalidSrv`.
    Invalid = 0,
    /// `mapServer`.
    MapServer = 1,
    /// `supportServer`.
    SupportServer = 2,
}

crate::debug_without_content!(ZcServicePoint);
