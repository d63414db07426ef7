//! Networks as the controller describes them (`spec/01`, NetworkXObjectConfig).

use crate::address::{DnsNameToIp, IpRange};
use crate::base::{IpAddr, IpNet, List, Uuid};
use crate::errors::ErrorAndTime;
use crate::object;
use crate::port::{DhcpType, NetworkType, ProxyConfig};
use crate::registry::{TypeInfo, types};
use crate::wireless::WirelessConfig;

object! {
    /// A network that ports belong to. zedagent, which makes port configurations of it; read by nobody else.
    /// Key: [`NetworkXObjectConfig::key`].
    pub struct NetworkXObjectConfig topic "NetworkXObjectConfig" {
        /// The network.
        pub uuid: Uuid = "UUID",
        /// Which versions of IP.
        pub network_type: NetworkType = "Type" [omitempty],
        /// Where addresses come from.
        pub dhcp: DhcpType = "Dhcp" [omitempty],
        /// Its subnet.
        pub subnet: Option<IpNet> = "Subnet" [omitempty],
        /// Addresses that DHCP gives.
        pub dhcp_range: IpRange = "DhcpRange",
        /// Use the addresses of the configuration instead of DHCP's.
        pub ignore_dhcp_ip_addresses: bool = "IgnoreDhcpIPAddresses" [omitempty],
        /// The gateway.
        pub gateway: IpAddr = "Gateway" [omitempty],
        /// Use the gateway given here instead of DHCP's.
        pub ignore_dhcp_gateways: bool = "IgnoreDhcpGateways" [omitempty],
        /// The DNS domain.
        pub domain_name: String = "DomainName" [omitempty],
        /// DNS servers.
        pub dns_servers: List<IpAddr> = "DNSServers" [omitempty],
        /// Names with addresses of their own.
        pub dns_name_to_ip_list: List<DnsNameToIp> = "DNSNameToIPList" [omitempty],
        /// Use the DNS servers given here instead of DHCP's.
        pub ignore_dhcp_dns_config: bool = "IgnoreDhcpDNSConfig" [omitempty],
        /// NTP servers, by name or address.
        pub ntp_servers: List<String> = "NTPServers" [omitempty],
        /// Use the NTP servers given here instead of DHCP's.
        pub ignore_dhcp_ntp_servers: bool = "IgnoreDhcpNtpServers" [omitempty],
        /// Proxies.
        pub proxy: Option<Box<ProxyConfig>> = "Proxy" [omitempty],
        /// The radio.
        pub wireless_cfg: WirelessConfig = "WirelessCfg",
        /// The largest packet in bytes; 0: 1500.
        pub mtu: u16 = "MTU" [omitempty],
        /// What is wrong with it.
        pub error: ErrorAndTime = embed,
    }
}

impl NetworkXObjectConfig {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid.to_string()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic NetworkXObjectConfig];
