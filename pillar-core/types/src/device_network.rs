//! The ports of the device as they are (`spec/03`, DeviceNetworkStatus).

use std::net;

use crate::base::{Bytes, IpAddr, IpNet, List, Mac, Time};
use crate::bond::BondStatus;
use crate::link::L2LinkConfig;
use crate::object;
use crate::pnac::PnacStatus;
use crate::port::{DhcpType, DpcState, NetworkType, PortConfigSource, ProxyConfig, TestResults};
use crate::registry::{TypeInfo, types};
use crate::wireless::{WirelessConfig, WirelessType};
use crate::wwan::WwanNetworkStatus;

object! {
    /// Whether radios are to be off, and are.
    pub struct RadioSilence {
        /// They are to be, or are, off.
        pub imposed: bool = "Imposed",
        /// They are being switched.
        pub change_in_progress: bool = "ChangeInProgress",
        /// When somebody last asked for it.
        pub change_requested_at: Time = "ChangeRequestedAt",
        /// Why it could not be done.
        pub config_error: String = "ConfigError",
    }
}

object! {
    /// Where in the world an address is.
    pub struct IpInfo as "IPInfo" {
        /// The address, as seen from outside.
        pub ip: String = "ip",
        /// Its name.
        pub hostname: String = "hostname",
        /// The city.
        pub city: String = "city",
        /// The region.
        pub region: String = "region",
        /// The country, in two letters.
        pub country: String = "country",
        /// Latitude and longitude, separated by a comma.
        pub loc: String = "loc",
        /// Whose address it is.
        pub org: String = "org",
        /// The postal code.
        pub postal: String = "postal",
    }
}

object! {
    /// An address of a port.
    pub struct AddrInfo {
        /// The address.
        pub addr: IpAddr = "Addr",
        /// The mask of its network.
        pub mask: Bytes = "Mask",
        /// Where in the world it is.
        pub geo: IpInfo = "Geo",
        /// When that was last asked.
        pub last_geo_timestamp: Time = "LastGeoTimestamp",
    }
}

object! {
    /// How a port's radio fares.
    pub struct WirelessStatus {
        /// The kind of radio.
        pub w_type: WirelessType = "WType",
        /// The modem.
        pub cellular: WwanNetworkStatus = "Cellular",
    }
}

object! {
    /// A port.
    pub struct NetworkPortStatus {
        /// The kernel's name of the interface.
        pub if_name: String = "IfName",
        /// What is written beside the socket.
        pub phylabel: String = "Phylabel",
        /// The name by which the configuration means it.
        pub logicallabel: String = "Logicallabel",
        /// Its PCI address.
        pub pci_long: String = "PciLong",
        /// Names that several ports have.
        pub shared_labels: List<String> = "SharedLabels",
        /// Another name.
        pub alias: String = "Alias",
        /// Whether the controller may be reached through it, see [`DeviceNetworkStatus::is_mgmt`].
        pub is_mgmt: bool = "IsMgmt",
        /// Whether it has addresses.
        pub is_l3_port: bool = "IsL3Port",
        /// Its configuration makes no sense, and it is left alone.
        pub invalid_config: bool = "InvalidConfig",
        /// From 0, which is free.
        pub cost: u8 = "Cost",
        /// Where its addresses come from.
        pub dhcp: DhcpType = "Dhcp",
        /// Which versions of IP it uses.
        pub network_type: NetworkType = "Type",
        /// The subnet of its configuration.
        pub configured_subnet: Option<IpNet> = "ConfiguredSubnet",
        /// The address of its configuration.
        pub configured_ip: IpAddr = "ConfiguredIP",
        /// Whether addresses from DHCP are not used.
        pub ignored_dhcp_ips: bool = "IgnoredDhcpIPs",
        /// Its IPv4 subnet.
        pub ipv4_subnet: Option<IpNet> = "IPv4Subnet",
        /// Its IPv6 subnets.
        pub ipv6_subnets: List<Option<IpNet>> = "IPv6Subnets",
        /// Its DNS domain.
        pub domain_name: String = "DomainName",
        /// DNS servers.
        pub dns_servers: List<IpAddr> = "DNSServers",
        /// NTP servers, by name or address.
        pub ntp_servers: List<String> = "NtpServers",
        /// Addresses, that of the cluster left out.
        pub addr_info_list: List<AddrInfo> = "AddrInfoList",
        /// Its address in the cluster.
        pub cluster_ip_addr: IpAddr = "ClusterIPAddr",
        /// Gateways of its default routes.
        pub default_routers: List<IpAddr> = "DefaultRouters",
        /// Whether it has a carrier.
        pub up: bool = "Up",
        /// Its MAC address.
        pub mac_addr: Mac = "MacAddr",
        /// The largest packet in bytes.
        pub mtu: u16 = "MTU",
        /// What its radio should be like.
        pub wireless_cfg: WirelessConfig = "WirelessCfg",
        /// How its radio fares.
        pub wireless_status: WirelessStatus = "WirelessStatus",
        /// How 802.1X fares.
        pub pnac: PnacStatus = "PNAC",
        /// How the bond fares.
        pub bond_status: BondStatus = "BondStatus",
        /// Where its configuration comes from.
        pub config_source: PortConfigSource = "ConfigSource",
        /// Proxies.
        pub proxy: ProxyConfig = embed,
        /// VLAN or bond.
        pub l2_link: L2LinkConfig = embed,
        /// How its last test went.
        pub test_results: TestResults = embed,
        /// Why the change that the local profile server asks for is not made.
        pub lps_config_error: String = "LpsConfigError",
    }
}

object! {
    /// The ports. nim to nearly all agents; key `global`.
    pub struct DeviceNetworkStatus topic "DeviceNetworkStatus" {
        /// The port configuration in force.
        pub dpc_key: String = "DPCKey",
        /// 0: every port is for management; 1: `is_mgmt` says.
        pub version: u32 = "Version",
        /// Whether the configuration is being verified.
        pub testing: bool = "Testing",
        /// How far its verification is.
        pub state: DpcState = "State",
        /// Its place among all configurations, -1 for none.
        pub current_index: i64 = "CurrentIndex",
        /// Whether radios are to be off, and are.
        pub radio_silence: RadioSilence = "RadioSilence",
        /// Port by port.
        pub ports: List<NetworkPortStatus> = "Ports",
    }
}

impl NetworkPortStatus {
    /// Addresses that others can reach: link-local ones do not count.
    pub fn usable_addrs(&self) -> impl Iterator<Item = net::IpAddr> {
        let addrs = self.addr_info_list.iter().filter_map(|info| info.addr.get());
        addrs.filter(|addr| match addr {
            net::IpAddr::V4(addr) => !addr.is_link_local(),
            net::IpAddr::V6(addr) => !addr.is_unicast_link_local(),
        })
    }

    /// Whether it has a usable address, a gateway and a DNS server.
    pub fn has_ip_and_dns(&self) -> bool {
        let reachable = self.usable_addrs().next().is_some();
        reachable && !self.default_routers.is_empty() && !self.dns_servers.is_empty()
    }

    /// Whether `label` means it: its logical label or a shared one.
    pub fn has_label(&self, label: &str) -> bool {
        self.logicallabel == label || self.shared_labels.iter().any(|shared| shared == label)
    }
}

impl DeviceNetworkStatus {
    /// The only key.
    pub const KEY: &str = "global";

    /// Whether the controller may be reached through this port.
    pub fn is_mgmt(&self, port: &NetworkPortStatus) -> bool {
        self.version == 0 || port.is_mgmt
    }

    /// The port with this interface.
    pub fn by_if_name(&self, if_name: &str) -> Option<&NetworkPortStatus> {
        self.ports.iter().find(|port| port.if_name == if_name)
    }

    /// The port with this logical label.
    pub fn by_logicallabel(&self, label: &str) -> Option<&NetworkPortStatus> {
        self.ports.iter().find(|port| port.logicallabel == label)
    }

    /// The ports that a logical or shared label means.
    pub fn by_label(&self, label: &str) -> Vec<&NetworkPortStatus> {
        self.ports.iter().filter(|port| port.has_label(label)).collect()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic DeviceNetworkStatus, object RadioSilence];
