//! Addresses, proxies, probes, cellular and bonding words shared by configuration and status.

use prost::{Enumeration, Message};

use crate::google::Timestamp;

/// Addresses from `start` to `end`, both included.
#[derive(Clone, PartialEq, Message)]
pub struct IpRange {
    /// First address.
    #[prost(string, tag = "1")]
    pub start: String,
    /// Last address.
    #[prost(string, tag = "2")]
    pub end: String,
}

/// Proxy for one protocol.
#[derive(Clone, PartialEq, Message)]
pub struct ProxyServer {
    /// Protocol that it serves; a [`ProxyProto`].
    #[prost(enumeration = "ProxyProto", tag = "1")]
    pub proto: i32,
    /// Host name, address, or URL.
    #[prost(string, tag = "2")]
    pub server: String,
    /// TCP port.
    #[prost(uint32, tag = "3")]
    pub port: u32,
}

/// How a network reaches the internet.
#[derive(Clone, PartialEq, Message)]
pub struct ProxyConfig {
    /// Find a proxy by WPAD.
    #[prost(bool, tag = "1")]
    pub network_proxy_enable: bool,
    /// Proxies by protocol.
    #[prost(message, repeated, tag = "2")]
    pub proxies: Vec<ProxyServer>,
    /// Hosts to reach directly, separated by commas.
    #[prost(string, tag = "3")]
    pub exceptions: String,
    /// Base64 of a PAC file; used instead of `proxies`.
    #[prost(string, tag = "4")]
    pub pacfile: String,
    /// Where to get `wpad.dat`, when it is not to be searched.
    #[prost(string, tag = "5")]
    pub network_proxy_url: String,
    /// Certificates of intercepting proxies, PEM.
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub proxy_cert_pem: Vec<Vec<u8>>,
}

/// A host name that the device resolves by itself.
#[derive(Clone, PartialEq, Message)]
pub struct ZnetStaticDnsEntry {
    /// The name.
    #[prost(string, tag = "1")]
    pub host_name: String,
    /// Its addresses.
    #[prost(string, repeated, tag = "2")]
    pub address: Vec<String>,
}

/// IP settings of a network, one address family or both.
#[derive(Clone, PartialEq, Message)]
pub struct IpSpec {
    /// Where addresses come from; a [`DhcpType`].
    #[prost(enumeration = "DhcpType", tag = "2")]
    pub dhcp: i32,
    /// Subnet in CIDR form.
    #[prost(string, tag = "3")]
    pub subnet: String,
    /// Address of the router.
    #[prost(string, tag = "5")]
    pub gateway: String,
    /// DNS domain.
    #[prost(string, tag = "6")]
    pub domain: String,
    /// First NTP server, address or name.
    #[prost(string, tag = "7")]
    pub ntp: String,
    /// Further NTP servers.
    #[prost(string, repeated, tag = "10")]
    pub more_ntp: Vec<String>,
    /// Addresses of DNS servers.
    #[prost(string, repeated, tag = "8")]
    pub dns: Vec<String>,
    /// Addresses to hand out.
    #[prost(message, optional, tag = "9")]
    pub dhcp_range: Option<IpRange>,
    /// What of DHCP's answer not to use.
    #[prost(message, optional, tag = "11")]
    pub dhcp_options_ignore: Option<DhcpOptionsIgnore>,
}

/// For each group: use only what is configured, not what DHCP offers.
#[derive(Clone, PartialEq, Message)]
pub struct DhcpOptionsIgnore {
    /// NTP servers.
    #[prost(bool, tag = "1")]
    pub ntp_server_exclusively: bool,
    /// Addresses of the interface.
    #[prost(bool, tag = "2")]
    pub ip_addresses_exclusively: bool,
    /// DNS servers and domains.
    #[prost(bool, tag = "3")]
    pub dns_config_exclusively: bool,
    /// Routers.
    #[prost(bool, tag = "4")]
    pub gateways_exclusively: bool,
}

/// Target of a probe.
#[derive(Clone, PartialEq, Message)]
pub struct ProbeEndpoint {
    /// Address or name.
    #[prost(string, tag = "1")]
    pub host: String,
    /// TCP port; unused with ICMP.
    #[prost(uint32, tag = "2")]
    pub port: u32,
}

/// How to find out whether a network works.
#[derive(Clone, PartialEq, Message)]
pub struct ConnectivityProbe {
    /// A [`ConnectivityProbeMethod`].
    #[prost(enumeration = "ConnectivityProbeMethod", tag = "1")]
    pub probe_method: i32,
    /// Target.
    #[prost(message, optional, tag = "2")]
    pub probe_endpoint: Option<ProbeEndpoint>,
}

/// Where the settings of a port come from.
#[derive(Clone, PartialEq, Message)]
pub struct PortConfigSource {
    /// A [`NetworkConfigOrigin`].
    #[prost(enumeration = "NetworkConfigOrigin", tag = "1")]
    pub origin: i32,
    /// When they came into being there.
    #[prost(message, optional, tag = "2")]
    pub submitted_at: Option<Timestamp>,
}

/// Protocols that a proxy serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ProxyProto {
    /// `PROXY_HTTP`.
    Http = 0,
    /// `PROXY_HTTPS`.
    Https = 1,
    /// `PROXY_SOCKS`.
    Socks = 2,
    /// `PROXY_FTP`.
    Ftp = 3,
    /// `PROXY_OTHER`.
    Other = 255,
}

/// Where addresses of a network come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum DhcpType {
    /// `DHCPNoop`.
    Noop = 0,
    /// `Static`: from the configuration.
    Static = 1,
    /// `DHCPNone`: nowhere; layer 2 only.
    None = 2,
    /// `Client`: from a DHCP server in the network.
    Client = 4,
}

/// Address families of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum NetworkType {
    /// `NETWORKTYPENOOP`.
    Noop = 0,
    /// `V4`: read as dual stack.
    V4 = 4,
    /// `V6`: read as dual stack.
    V6 = 6,
    /// `CryptoV4`.
    CryptoV4 = 24,
    /// `CryptoV6`.
    CryptoV6 = 26,
    /// `CryptoEID`.
    CryptoEid = 14,
    /// `V4Only`.
    V4Only = 7,
    /// `V6Only`.
    V6Only = 8,
    /// `DualV4V6`.
    DualV4V6 = 9,
}

/// Kinds of wireless networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum WirelessType {
    /// `TypeNOOP`.
    Noop = 0,
    /// `WiFi`.
    Wifi = 1,
    /// `Cellular`.
    Cellular = 2,
}

/// Key management of Wi-Fi.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum WifiKeyScheme {
    /// `SchemeNOOP`.
    Noop = 0,
    /// `WPAPSK`.
    WpaPsk = 1,
    /// `WPAEAP`.
    WpaEap = 2,
}

/// Ways to probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ConnectivityProbeMethod {
    /// `CONNECTIVITY_PROBE_METHOD_UNSPECIFIED`.
    Unspecified = 0,
    /// `CONNECTIVITY_PROBE_METHOD_ICMP`: echo request.
    Icmp = 1,
    /// `CONNECTIVITY_PROBE_METHOD_TCP`: opening a connection.
    Tcp = 2,
}

/// Generations of cellular networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum RadioAccessTechnology {
    /// `RADIO_ACCESS_TECHNOLOGY_UNSPECIFIED`.
    Unspecified = 0,
    /// `RADIO_ACCESS_TECHNOLOGY_GSM`.
    Gsm = 1,
    /// `RADIO_ACCESS_TECHNOLOGY_UMTS`.
    Umts = 2,
    /// `RADIO_ACCESS_TECHNOLOGY_LTE`.
    Lte = 3,
    /// `RADIO_ACCESS_TECHNOLOGY_5GNR`.
    Nr5g = 4,
}

/// Address families of a bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum CellularIpType {
    /// `CELLULAR_IP_TYPE_UNSPECIFIED`: as the modem's profile says.
    Unspecified = 0,
    /// `CELLULAR_IP_TYPE_IPV4`.
    Ipv4 = 1,
    /// `CELLULAR_IP_TYPE_IPV4_AND_IPV6`.
    Ipv4AndIpv6 = 2,
    /// `CELLULAR_IP_TYPE_IPV6`.
    Ipv6 = 3,
}

/// Purpose of a cellular bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum BearerType {
    /// `BEARER_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `BEARER_TYPE_ATTACH`.
    Attach = 1,
    /// `BEARER_TYPE_DEFAULT`.
    Default = 2,
    /// `BEARER_TYPE_DEDICATED`.
    Dedicated = 3,
}

/// Authentication towards a cellular network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum CellularAuthProtocol {
    /// `CELLULAR_AUTH_PROTOCOL_NONE`.
    None = 0,
    /// `CELLULAR_AUTH_PROTOCOL_PAP`.
    Pap = 1,
    /// `CELLULAR_AUTH_PROTOCOL_CHAP`.
    Chap = 2,
    /// `CELLULAR_AUTH_PROTOCOL_PAP_AND_CHAP`.
    PapAndChap = 3,
}

/// How a bond spreads traffic (Linux bonding driver).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum BondMode {
    /// `BOND_MODE_UNSPECIFIED`: read as round robin.
    Unspecified = 0,
    /// `BOND_MODE_BALANCE_RR`.
    BalanceRr = 1,
    /// `BOND_MODE_ACTIVE_BACKUP`.
    ActiveBackup = 2,
    /// `BOND_MODE_BALANCE_XOR`.
    BalanceXor = 3,
    /// `BOND_MODE_BROADCAST`.
    Broadcast = 4,
    /// `BOND_MODE_802_3AD`: LACP.
    Ieee8023ad = 5,
    /// `BOND_MODE_BALANCE_TLB`.
    BalanceTlb = 6,
    /// `BOND_MODE_BALANCE_ALB`.
    BalanceAlb = 7,
}

/// How often the partner is asked to send LACP frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum LacpRate {
    /// `LACP_RATE_UNSPECIFIED`.
    Unspecified = 0,
    /// `LACP_RATE_SLOW`: every 30 s.
    Slow = 1,
    /// `LACP_RATE_FAST`: every second.
    Fast = 2,
}

/// Who made the settings of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum NetworkConfigOrigin {
    /// `NETWORK_CONFIG_ORIGIN_UNSPECIFIED`.
    Unspecified = 0,
    /// `NETWORK_CONFIG_ORIGIN_CONTROLLER`.
    Controller = 1,
    /// `NETWORK_CONFIG_ORIGIN_BOOTSTRAP`.
    Bootstrap = 2,
    /// `NETWORK_CONFIG_ORIGIN_OVERRIDE`: a file put into the installer by hand.
    Override = 3,
    /// `NETWORK_CONFIG_ORIGIN_LASTRESORT`: the device: DHCP on every Ethernet port.
    LastResort = 4,
    /// `NETWORK_CONFIG_ORIGIN_TUI`: a person at the screen.
    Tui = 5,
    /// `NETWORK_CONFIG_ORIGIN_LOC`: local operator console.
    Loc = 6,
    /// `NETWORK_CONFIG_ORIGIN_LPS`: local profile server.
    Lps = 7,
}
