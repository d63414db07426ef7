//! Networks of ports: IP, proxy, wireless, port authentication.

use prost::{Enumeration, Message};

use super::Ace;
use crate::common::{
    CellularAuthProtocol, CellularIpType, CipherBlock, ConnectivityProbe, IpSpec, NetworkType, ProxyConfig,
    RadioAccessTechnology, WifiKeyScheme, WirelessType, ZnetStaticDnsEntry,
};

/// A network that ports use.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkConfig {
    /// UUID of the network.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Address families; a [`NetworkType`].
    #[prost(enumeration = "NetworkType", tag = "5")]
    pub kind: i32,
    /// IP settings.
    #[prost(message, optional, tag = "6")]
    pub ip: Option<IpSpec>,
    /// Names that the device resolves by itself.
    #[prost(message, repeated, tag = "7")]
    pub dns: Vec<ZnetStaticDnsEntry>,
    /// Proxies.
    #[prost(message, optional, tag = "8")]
    pub ent_proxy: Option<ProxyConfig>,
    /// Wireless settings.
    #[prost(message, optional, tag = "10")]
    pub wireless: Option<WirelessConfig>,
    /// Bytes; 0 for the default, else at least 1280.
    #[prost(uint32, tag = "11")]
    pub mtu: u32,
}

/// A virtual network interface of an application.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct NetworkAdapter {
    /// Name in reports.
    #[prost(string, tag = "1")]
    pub name: String,
    /// UUID of the network instance.
    #[prost(string, tag = "3")]
    pub network_id: String,
    /// Static address.
    #[prost(string, tag = "4")]
    pub addr: String,
    /// Not used.
    #[prost(string, tag = "5")]
    pub hostname: String,
    /// Overlay address; not used.
    #[prost(string, tag = "10")]
    pub crypto_eid: String,
    /// Overlay signature; not used.
    #[prost(string, tag = "6")]
    pub lisp_signature: String,
    /// Overlay certificate; not used.
    #[prost(bytes = "vec", tag = "7")]
    pub pem_cert: Vec<u8>,
    /// Overlay key; not used.
    #[prost(bytes = "vec", tag = "8")]
    pub pem_private_key: Vec<u8>,
    /// MAC address that the guest sees; empty for a made one.
    #[prost(string, tag = "9")]
    pub mac_address: String,
    /// Access rules.
    #[prost(message, repeated, tag = "40")]
    pub acls: Vec<Ace>,
    /// VLAN of an access port, 2 to 4093; 0 for a trunk.
    #[prost(uint32, tag = "41")]
    pub access_vlan_id: u32,
    /// It may find other applications of its network instance.
    #[prost(bool, tag = "42")]
    pub allow_to_discover: bool,
    /// Place among all network interfaces of the application, when the order is enforced.
    #[prost(uint32, tag = "50")]
    pub interface_order: u32,
}

/// Wireless settings.
#[derive(Clone, PartialEq, Message)]
pub struct WirelessConfig {
    /// A [`WirelessType`].
    #[prost(enumeration = "WirelessType", tag = "1")]
    pub kind: i32,
    /// Cellular settings; the first one counts.
    #[prost(message, repeated, tag = "5")]
    pub cellular_cfg: Vec<CellularConfig>,
    /// Wi-Fi networks to choose from.
    #[prost(message, repeated, tag = "10")]
    pub wifi_cfg: Vec<WifiConfig>,
}

/// Settings of a modem.
#[derive(Clone, PartialEq, Message)]
pub struct CellularConfig {
    /// Obsolete; see `access_points`.
    #[prost(string, tag = "1")]
    pub apn: String,
    /// Connectivity probe; on by default.
    #[prost(message, optional, tag = "2")]
    pub probe: Option<CellularConnectivityProbe>,
    /// Report the position of the modem's receiver.
    #[prost(bool, tag = "3")]
    pub location_tracking: bool,
    /// Settings by SIM slot.
    #[prost(message, repeated, tag = "4")]
    pub access_points: Vec<CellularAccessPoint>,
    /// Slot to use, from 1; 0 to leave it.
    #[prost(uint32, tag = "5")]
    pub activated_sim_slot: u32,
}

/// Probe that restarts a dead connection.
#[derive(Clone, PartialEq, Message)]
pub struct CellularConnectivityProbe {
    /// Do not probe.
    #[prost(bool, tag = "1")]
    pub disable: bool,
    /// Obsolete; see `custom_probe`.
    #[prost(string, tag = "2")]
    pub probe_address: String,
    /// What to probe; absent for the default.
    #[prost(message, optional, tag = "3")]
    pub custom_probe: Option<ConnectivityProbe>,
}

/// How to connect with one SIM card.
#[derive(Clone, PartialEq, Message)]
pub struct CellularAccessPoint {
    /// Slot, from 1; 0 for the active one.
    #[prost(uint32, tag = "1")]
    pub sim_slot: u32,
    /// Access point of the default bearer.
    #[prost(string, tag = "2")]
    pub apn: String,
    /// Authentication of the default bearer; a [`CellularAuthProtocol`].
    #[prost(enumeration = "CellularAuthProtocol", tag = "3")]
    pub auth_protocol: i32,
    /// User names and passwords, encrypted.
    #[prost(message, optional, tag = "4")]
    pub cipher_data: Option<CipherBlock>,
    /// Operators to prefer, for example `310-260`.
    #[prost(string, repeated, tag = "5")]
    pub preferred_plmns: Vec<String>,
    /// Do not roam.
    #[prost(bool, tag = "6")]
    pub forbid_roaming: bool,
    /// Technologies to try, best first; [`RadioAccessTechnology`] values.
    #[prost(enumeration = "RadioAccessTechnology", repeated, tag = "7")]
    pub preferred_rats: Vec<i32>,
    /// Address families of the default bearer; a [`CellularIpType`].
    #[prost(enumeration = "CellularIpType", tag = "8")]
    pub ip_type: i32,
    /// Access point of the attach bearer; empty for the modem's own.
    #[prost(string, tag = "9")]
    pub attach_apn: String,
    /// Address families of the attach bearer; a [`CellularIpType`].
    #[prost(enumeration = "CellularIpType", tag = "10")]
    pub attach_ip_type: i32,
    /// Authentication of the attach bearer; a [`CellularAuthProtocol`].
    #[prost(enumeration = "CellularAuthProtocol", tag = "11")]
    pub attach_auth_protocol: i32,
}

/// One Wi-Fi network.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct WifiConfig {
    /// Name of the network.
    #[prost(string, tag = "1")]
    pub wifi_ssid: String,
    /// A [`WifiKeyScheme`].
    #[prost(enumeration = "WifiKeyScheme", tag = "2")]
    pub key_scheme: i32,
    /// Clear identity for WPA Enterprise; `cipher_data` is preferred.
    #[prost(string, tag = "5")]
    pub identity: String,
    /// Clear password or hashed key; `cipher_data` is preferred.
    #[prost(string, tag = "10")]
    pub password: String,
    /// Obsolete encryption; see `cipher_data`.
    #[prost(message, optional, tag = "20")]
    pub crypto: Option<WifiCryptoBlock>,
    /// Higher is preferred.
    #[prost(int32, tag = "25")]
    pub priority: i32,
    /// Identity and password, encrypted.
    #[prost(message, optional, tag = "30")]
    pub cipher_data: Option<CipherBlock>,
}

/// Obsolete encryption of Wi-Fi credentials.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct WifiCryptoBlock {
    /// Encrypted identity.
    #[prost(string, tag = "11")]
    pub identity: String,
    /// Encrypted password.
    #[prost(string, tag = "12")]
    pub password: String,
}

/// Port authentication (802.1X) of an Ethernet port.
#[derive(Clone, PartialEq, Message)]
pub struct Pnac {
    /// Logical label of the adapter.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// Identity to claim; empty for the name in the certificate.
    #[prost(string, tag = "2")]
    pub eap_identity: String,
    /// An [`EapMethod`].
    #[prost(enumeration = "EapMethod", tag = "3")]
    pub eap_method: i32,
    /// Enrolment profile that provides the certificate.
    #[prost(string, tag = "10")]
    pub cert_enrollment_profile_name: String,
}

/// Methods of port authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum EapMethod {
    /// `EAP_METHOD_UNSPECIFIED`.
    Unspecified = 0,
    /// `EAP_METHOD_TLS`.
    Tls = 1,
}

crate::debug_without_content!(NetworkAdapter, WifiConfig, WifiCryptoBlock);
