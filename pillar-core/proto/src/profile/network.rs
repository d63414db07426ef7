//! Port settings that may be changed on site.

use prost::{Enumeration, Message, Oneof};

use crate::common::{
    CellularAuthProtocol, CellularIpType, ConnectivityProbe, DhcpOptionsIgnore, PortConfigSource,
    ProxyConfig, WifiKeyScheme,
};
use crate::google::Timestamp;

/// Body of `network`.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkInfo {
    /// Ports as the controller wants them.
    #[prost(message, repeated, tag = "1")]
    pub latest_config: Vec<NetworkPortConfig>,
    /// How testing goes.
    #[prost(message, optional, tag = "2")]
    pub config_testing: Option<NetworkConfigTestingStatus>,
    /// An older configuration is in use.
    #[prost(bool, tag = "3")]
    pub is_using_fallback_config: bool,
    /// That configuration.
    #[prost(message, repeated, tag = "4")]
    pub fallback_config: Vec<NetworkPortConfig>,
    /// Ports as changed on site.
    #[prost(message, optional, tag = "5")]
    pub local_config: Option<LocalNetworkConfigInfo>,
    /// Ports as they are.
    #[prost(message, repeated, tag = "6")]
    pub port_status: Vec<NetworkPortStatus>,
}

/// Whether the controller can be reached.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkConfigTestingStatus {
    /// It can.
    #[prost(bool, tag = "1")]
    pub controller_reachable: bool,
    /// Why it cannot.
    #[prost(string, tag = "2")]
    pub connectivity_error: String,
    /// End of the last test.
    #[prost(message, optional, tag = "3")]
    pub last_test_time: Option<Timestamp>,
    /// A test is under way.
    #[prost(bool, tag = "4")]
    pub testing_in_progress: bool,
    /// What the test waits for, in words.
    #[prost(string, tag = "5")]
    pub testing_phase: String,
}

/// A port as it is.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkPortStatus {
    /// Logical label.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// Interface name in Linux.
    #[prost(string, tag = "2")]
    pub interface_name: String,
    /// The link is up.
    #[prost(bool, tag = "3")]
    pub link_up: bool,
    /// MAC address.
    #[prost(string, tag = "4")]
    pub mac_address: String,
    /// Addresses with prefix length.
    #[prost(string, repeated, tag = "5")]
    pub ip_addresses: Vec<String>,
    /// Routers.
    #[prost(string, repeated, tag = "6")]
    pub gateways: Vec<String>,
    /// DNS servers.
    #[prost(string, repeated, tag = "7")]
    pub dns_servers: Vec<String>,
    /// Domain to search.
    #[prost(string, tag = "8")]
    pub dns_domain: String,
    /// NTP servers.
    #[prost(string, repeated, tag = "9")]
    pub ntp_servers: Vec<String>,
    /// Bytes; 0 when unknown.
    #[prost(uint32, tag = "10")]
    pub mtu: u32,
}

/// What was changed on site.
#[derive(Clone, PartialEq, Message)]
pub struct LocalNetworkConfigInfo {
    /// Ports with local settings.
    #[prost(message, repeated, tag = "1")]
    pub ports: Vec<NetworkPortConfig>,
    /// Why the change as a whole was refused.
    #[prost(string, tag = "2")]
    pub error_message: String,
}

/// Answer of `network`; ports not listed keep the controller's settings.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct LocalNetworkConfig {
    /// Must equal the configured token.
    #[prost(string, tag = "1")]
    pub server_token: String,
    /// Ports with local settings.
    #[prost(message, repeated, tag = "2")]
    pub ports: Vec<NetworkPortConfig>,
}

/// How to find a port; for information only.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkPortAddresses {
    /// Interface name in Linux.
    #[prost(string, tag = "1")]
    pub interface_name: String,
    /// Long PCI address.
    #[prost(string, tag = "2")]
    pub pci_address: String,
    /// Bus and ports, for example `1:2.3`.
    #[prost(string, tag = "3")]
    pub usb_address: String,
}

/// Settings of a port.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkPortConfig {
    /// Logical label; identifies the port.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// How to find it; ignored in answers.
    #[prost(message, optional, tag = "2")]
    pub port_addresses: Option<NetworkPortAddresses>,
    /// These settings are in force; ignored in answers.
    #[prost(bool, tag = "3")]
    pub config_applied: bool,
    /// An [`IpVersion`].
    #[prost(enumeration = "IpVersion", tag = "4")]
    pub ip_version: i32,
    /// Run a DHCP client.
    #[prost(bool, tag = "5")]
    pub use_dhcp: bool,
    /// What of DHCP's answer not to use.
    #[prost(message, optional, tag = "6")]
    pub dhcp_options_ignore: Option<DhcpOptionsIgnore>,
    /// Static addresses with prefix length.
    #[prost(string, repeated, tag = "7")]
    pub ip_addresses: Vec<String>,
    /// Static routers.
    #[prost(string, repeated, tag = "8")]
    pub gateways: Vec<String>,
    /// Never use it for the default route.
    #[prost(bool, tag = "9")]
    pub without_default_route: bool,
    /// Static DNS servers.
    #[prost(string, repeated, tag = "10")]
    pub dns_servers: Vec<String>,
    /// Domain.
    #[prost(string, tag = "11")]
    pub dns_domain: String,
    /// Static NTP servers, addresses or names.
    #[prost(string, repeated, tag = "12")]
    pub ntp_servers: Vec<String>,
    /// Bytes, at most 65535; 0 for the default.
    #[prost(uint32, tag = "13")]
    pub mtu: u32,
    /// Proxies.
    #[prost(message, optional, tag = "14")]
    pub proxy_config: Option<ProxyConfig>,
    /// A [`WirelessType`].
    #[prost(enumeration = "WirelessType", tag = "15")]
    pub wireless_device_type: i32,
    /// Settings of a wireless adapter.
    #[prost(oneof = "WirelessConfig", tags = "16, 17")]
    pub wireless_config: Option<WirelessConfig>,
    /// Where the settings come from; ignored in answers.
    #[prost(message, optional, tag = "18")]
    pub config_source: Option<PortConfigSource>,
    /// What is wrong; ignored in answers.
    #[prost(string, tag = "19")]
    pub error_message: String,
    /// It may be changed on site; ignored in answers.
    #[prost(bool, tag = "20")]
    pub local_modifications_allowed: bool,
}

/// Settings of a wireless adapter.
#[derive(Clone, PartialEq, Oneof)]
pub enum WirelessConfig {
    /// A modem.
    #[prost(message, tag = "16")]
    Cellular(CellularConfig),
    /// A Wi-Fi adapter.
    #[prost(message, tag = "17")]
    Wifi(WifiConfig),
}

/// Settings of a modem.
#[derive(Clone, PartialEq, Message)]
pub struct CellularConfig {
    /// Access point of the default bearer.
    #[prost(string, tag = "1")]
    pub apn: String,
    /// Access point of the attach bearer; empty for the modem's own.
    #[prost(string, tag = "2")]
    pub attach_apn: String,
    /// Address families of the default bearer; a [`CellularIpType`].
    #[prost(enumeration = "CellularIpType", tag = "3")]
    pub ip_type: i32,
    /// Address families of the attach bearer; a [`CellularIpType`].
    #[prost(enumeration = "CellularIpType", tag = "4")]
    pub attach_ip_type: i32,
    /// Slot to use, from 1; 0 to leave it.
    #[prost(uint32, tag = "5")]
    pub activate_sim_slot: u32,
    /// Do not roam.
    #[prost(bool, tag = "6")]
    pub forbid_roaming: bool,
    /// Credentials of the default bearer.
    #[prost(message, optional, tag = "7")]
    pub default_bearer_auth: Option<CellularNetworkAuth>,
    /// Credentials of the attach bearer.
    #[prost(message, optional, tag = "8")]
    pub attach_bearer_auth: Option<CellularNetworkAuth>,
    /// Connectivity probe; on by default.
    #[prost(message, optional, tag = "9")]
    pub probe: Option<CellularConnectivityProbe>,
    /// Report the position of the modem's receiver.
    #[prost(bool, tag = "10")]
    pub location_tracking: bool,
}

/// Credentials of a bearer; never sent by a device.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct CellularNetworkAuth {
    /// A [`CellularAuthProtocol`].
    #[prost(enumeration = "CellularAuthProtocol", tag = "1")]
    pub auth_protocol: i32,
    /// User name.
    #[prost(string, tag = "2")]
    pub username: String,
    /// Password.
    #[prost(string, tag = "3")]
    pub password: String,
}

/// Probe that restarts a dead connection.
#[derive(Clone, PartialEq, Message)]
pub struct CellularConnectivityProbe {
    /// Do not probe.
    #[prost(bool, tag = "1")]
    pub disable: bool,
    /// What to probe; absent for the default.
    #[prost(message, optional, tag = "3")]
    pub custom_probe: Option<ConnectivityProbe>,
}

/// A Wi-Fi network.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct WifiConfig {
    /// Name of the network.
    #[prost(string, tag = "1")]
    pub ssid: String,
    /// A [`WifiKeyScheme`].
    #[prost(enumeration = "WifiKeyScheme", tag = "2")]
    pub key_scheme: i32,
    /// Identity for WPA Enterprise; never sent by a device.
    #[prost(string, tag = "3")]
    pub identity: String,
    /// Password or hashed key; never sent by a device.
    #[prost(string, tag = "4")]
    pub password: String,
}

/// Address families of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum IpVersion {
    /// `IP_VERSION_UNSPECIFIED`: read as dual stack.
    Unspecified = 0,
    /// `IP_VERSION_DUAL_STACK`.
    DualStack = 1,
    /// `IP_VERSION_IPV4_ONLY`.
    Ipv4Only = 2,
    /// `IP_VERSION_IPV6_ONLY`.
    Ipv6Only = 3,
}

/// Kinds of wireless adapters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum WirelessType {
    /// `WIRELESS_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `WIRELESS_TYPE_CELLULAR`.
    Cellular = 1,
    /// `WIRELESS_TYPE_WIFI`.
    Wifi = 2,
}

crate::debug_without_content!(LocalNetworkConfig, CellularNetworkAuth, WifiConfig);
