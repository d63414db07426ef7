//! Ports: configurations known to the device, and the state of the one in use.

use prost::{Enumeration, Message};

use super::{BondStatus, ErrorInfo, PnacStatus, ZCellularStatus};
use crate::common::{PhyIoMemberUsage, PortConfigSource};
use crate::google::Timestamp;

/// A network interface of an application; for the device obsolete.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoNetwork {
    /// MAC address.
    #[prost(string, tag = "3")]
    pub mac_addr: String,
    /// Name as configured.
    #[prost(string, tag = "4")]
    pub dev_name: String,
    /// Alias as configured.
    #[prost(string, tag = "40")]
    pub alias: String,
    /// Addresses with prefix length.
    #[prost(string, repeated, tag = "5")]
    pub ip_addrs: Vec<String>,
    /// Routers.
    #[prost(string, repeated, tag = "6")]
    pub default_routers: Vec<String>,
    /// DNS settings.
    #[prost(message, optional, tag = "7")]
    pub dns: Option<ZInfoDns>,
    /// It is up.
    #[prost(bool, tag = "8")]
    pub ipv4_up: bool,
    /// Where its public address is.
    #[prost(message, optional, tag = "9")]
    pub location: Option<GeoLoc>,
    /// Port for management.
    #[prost(bool, tag = "10")]
    pub uplink: bool,
    /// What is wrong.
    #[prost(message, optional, tag = "11")]
    pub network_err: Option<ErrorInfo>,
    /// Name on the device.
    #[prost(string, tag = "12")]
    pub local_name: String,
    /// Proxies.
    #[prost(message, optional, tag = "13")]
    pub proxy: Option<ProxyStatus>,
    /// The guest uses another address than it was given.
    #[prost(bool, tag = "14")]
    pub ip_addr_mis_match: bool,
    /// NTP servers in use.
    #[prost(string, repeated, tag = "15")]
    pub ntp_servers: Vec<String>,
}

/// Where a public address is, as a geolocation service says.
#[derive(Clone, PartialEq, Message)]
pub struct GeoLoc {
    /// The public address.
    #[prost(string, tag = "1")]
    pub underlay_ip: String,
    /// Its name.
    #[prost(string, tag = "2")]
    pub hostname: String,
    /// City.
    #[prost(string, tag = "3")]
    pub city: String,
    /// Region.
    #[prost(string, tag = "4")]
    pub region: String,
    /// Country code.
    #[prost(string, tag = "5")]
    pub country: String,
    /// Latitude and longitude, separated by a comma.
    #[prost(string, tag = "6")]
    pub location: String,
    /// Owner of the address.
    #[prost(string, tag = "7")]
    pub org: String,
    /// Postal code.
    #[prost(string, tag = "8")]
    pub postal: String,
}

/// DNS settings.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoDns {
    /// Addresses of servers.
    #[prost(string, repeated, tag = "1")]
    pub dns_servers: Vec<String>,
    /// Domain.
    #[prost(string, tag = "2")]
    pub dns_domain: String,
    /// Domains to search.
    #[prost(string, repeated, tag = "3")]
    pub dns_search: Vec<String>,
}

/// Port configurations, best first.
#[derive(Clone, PartialEq, Message)]
pub struct SystemAdapterInfo {
    /// Which one is in use; 4,294,967,295 for none.
    #[prost(uint32, tag = "1")]
    pub current_index: u32,
    /// The configurations.
    #[prost(message, repeated, tag = "2")]
    pub status: Vec<DevicePortStatus>,
}

/// One port configuration.
#[derive(Clone, PartialEq, Message)]
pub struct DevicePortStatus {
    /// Version of the format.
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// Where it comes from, for example `zedagent`.
    #[prost(string, tag = "2")]
    pub key: String,
    /// Newer is preferred.
    #[prost(message, optional, tag = "3")]
    pub time_priority: Option<Timestamp>,
    /// Last failed test.
    #[prost(message, optional, tag = "4")]
    pub last_failed: Option<Timestamp>,
    /// Last successful test.
    #[prost(message, optional, tag = "5")]
    pub last_succeeded: Option<Timestamp>,
    /// Its ports.
    #[prost(message, repeated, tag = "6")]
    pub ports: Vec<DevicePort>,
    /// Error of the last test.
    #[prost(string, tag = "7")]
    pub last_error: String,
}

/// A port in a configuration.
#[derive(Clone, PartialEq, Message)]
pub struct DevicePort {
    /// Interface name in Linux.
    #[prost(string, tag = "1")]
    pub ifname: String,
    /// Logical label.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Port for management.
    #[prost(bool, tag = "3")]
    pub is_mgmt: bool,
    /// Obsolete; see `cost`.
    #[prost(bool, tag = "4")]
    pub free: bool,
    /// A [`DhcpType`](crate::common::DhcpType) as configured.
    #[prost(uint32, tag = "11")]
    pub dhcp_type: u32,
    /// Subnet in CIDR form.
    #[prost(string, tag = "12")]
    pub subnet: String,
    /// Obsolete; see `default_routers`.
    #[prost(string, tag = "13")]
    pub gateway: String,
    /// Obsolete; see `dns`.
    #[prost(string, tag = "14")]
    pub domain_name: String,
    /// First NTP server.
    #[prost(string, tag = "15")]
    pub ntp_server: String,
    /// Further NTP servers.
    #[prost(string, repeated, tag = "35")]
    pub more_ntp_servers: Vec<String>,
    /// Obsolete; see `dns`.
    #[prost(string, repeated, tag = "16")]
    pub dns_servers: Vec<String>,
    /// First address to hand out.
    #[prost(string, tag = "17")]
    pub dhcp_range_low: String,
    /// Last address to hand out.
    #[prost(string, tag = "18")]
    pub dhcp_range_high: String,
    /// Proxies.
    #[prost(message, optional, tag = "21")]
    pub proxy: Option<ProxyStatus>,
    /// MAC address.
    #[prost(string, tag = "22")]
    pub mac_addr: String,
    /// Addresses with prefix length.
    #[prost(string, repeated, tag = "23")]
    pub ip_addrs: Vec<String>,
    /// Routers.
    #[prost(string, repeated, tag = "24")]
    pub default_routers: Vec<String>,
    /// DNS settings in force.
    #[prost(message, optional, tag = "25")]
    pub dns: Option<ZInfoDns>,
    /// The link is up.
    #[prost(bool, tag = "26")]
    pub up: bool,
    /// Where its public address is.
    #[prost(message, optional, boxed, tag = "27")]
    pub location: Option<Box<GeoLoc>>,
    /// What is wrong.
    #[prost(message, optional, tag = "29")]
    pub err: Option<ErrorInfo>,
    /// A [`PhyIoMemberUsage`].
    #[prost(enumeration = "PhyIoMemberUsage", tag = "30")]
    pub usage: i32,
    /// UUID of the network.
    #[prost(string, tag = "31")]
    pub network_uuid: String,
    /// 0 (free) to 255.
    #[prost(uint32, tag = "32")]
    pub cost: u32,
    /// State of a wireless port.
    #[prost(message, optional, boxed, tag = "33")]
    pub wireless_status: Option<Box<WirelessStatus>>,
    /// Bytes.
    #[prost(uint32, tag = "34")]
    pub mtu: u32,
    /// Where its settings come from.
    #[prost(message, optional, tag = "40")]
    pub config_source: Option<PortConfigSource>,
    /// Port authentication.
    #[prost(message, optional, boxed, tag = "50")]
    pub pnac_status: Option<Box<PnacStatus>>,
    /// State of a bond.
    #[prost(message, optional, boxed, tag = "60")]
    pub bond_status: Option<Box<BondStatus>>,
}

/// Proxies in force.
#[derive(Clone, PartialEq, Message)]
pub struct ProxyStatus {
    /// By protocol.
    #[prost(message, repeated, tag = "1")]
    pub proxies: Vec<ProxyEntry>,
    /// Hosts reached directly, separated by commas.
    #[prost(string, tag = "2")]
    pub exceptions: String,
    /// Base64 of the PAC file.
    #[prost(string, tag = "3")]
    pub pacfile: String,
    /// Found by WPAD.
    #[prost(bool, tag = "4")]
    pub network_proxy_enable: bool,
    /// Where `wpad.dat` was to be found.
    #[prost(string, tag = "5")]
    pub network_proxy_url: String,
    /// Where it was found.
    #[prost(string, tag = "6")]
    pub wpad_url: String,
}

/// Proxy for one protocol.
#[derive(Clone, PartialEq, Message)]
pub struct ProxyEntry {
    /// A [`ProxyProto`](crate::common::ProxyProto).
    #[prost(uint32, tag = "1")]
    pub kind: u32,
    /// Host.
    #[prost(string, tag = "2")]
    pub server: String,
    /// TCP port.
    #[prost(uint32, tag = "3")]
    pub port: u32,
}

/// State of a wireless port.
#[derive(Clone, PartialEq, Message)]
pub struct WirelessStatus {
    /// A [`WirelessType`].
    #[prost(enumeration = "WirelessType", tag = "1")]
    pub kind: i32,
    /// State of a cellular port.
    #[prost(message, optional, tag = "2")]
    pub cellular: Option<ZCellularStatus>,
}

/// Kinds of wireless ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum WirelessType {
    /// `WIRELESS_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `WIRELESS_TYPE_WIFI`.
    Wifi = 1,
    /// `WIRELESS_TYPE_CELLULAR`.
    Cellular = 2,
}
