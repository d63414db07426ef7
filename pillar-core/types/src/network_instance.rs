//! Virtual networks as they should be (`spec/04`, NetworkInstanceConfig).

use crate::address::{AddressType, DnsNameToIp, IpRange};
use crate::base::{IpAddr, IpNet, List};
use crate::errors::ErrorAndTime;
use crate::identity::UuidAndVersion;
use crate::registry::{TypeInfo, types};
use crate::wireless::ConnectivityProbe;
use crate::{codes, object};

codes! {
    /// The kind of a network instance, with the same numbers in the controller's API. Only
    /// [`Switch`](Self::Switch) and [`Local`](Self::Local) are supported.
    pub enum NetworkInstanceType: i32 {
        /// Before the first one.
        First = 0,
        /// A bridge, with ports or without.
        Switch = 1,
        /// A subnet with DHCP, DNS and address translation.
        Local = 2,
        /// A VPN.
        Cloud = 3,
        /// An overlay.
        Mesh = 4,
        /// A trap.
        HoneyPot = 5,
        /// A filter.
        Transparent = 6,
        /// Past the last one.
        Last = 255,
    }
}

object! {
    /// How the ports of a route are probed.
    pub struct NiPortProbe as "NIPortProbe" {
        /// Whether the gateway is asked for echoes.
        pub enabled_gw_ping: bool = "EnabledGwPing",
        /// Only of ports that cost at most this.
        pub gw_ping_max_cost: u8 = "GwPingMaxCost",
        /// What the user wants to be probed.
        pub user_defined_probe: ConnectivityProbe = "UserDefinedProbe",
    }
}

object! {
    /// A route of a network instance.
    pub struct IpRouteConfig as "IPRouteConfig" {
        /// To which network; never null.
        pub dst_network: Option<IpNet> = "DstNetwork",
        /// Through which gateway: an application's address, or one outside; none: the port's.
        pub gateway: IpAddr = "Gateway",
        /// Through which port: a logical or a shared label.
        pub output_port_label: String = "OutputPortLabel",
        /// How one of several ports is chosen.
        pub port_probe: NiPortProbe = "PortProbe",
        /// Of ports that work, take one that costs less.
        pub prefer_lower_cost: bool = "PreferLowerCost",
        /// Of ports that work, take the modem with the better signal.
        pub prefer_stronger_wwan_signal: bool = "PreferStrongerWwanSignal",
    }
}

object! {
    /// Spanning tree.
    pub struct StpConfig as "STPConfig" {
        /// Ports on which no other bridge may take part: a logical or a shared label.
        pub ports_with_bpdu_guard: String = "PortsWithBpduGuard",
    }
}

object! {
    /// Ports that belong to a VLAN.
    pub struct VlanAccessPort {
        /// The VLAN.
        pub vlan_id: u16 = "VlanID",
        /// The ports: a logical or a shared label.
        pub port_label: String = "PortLabel",
    }
}

object! {
    /// A virtual network. zedagent to zedrouter, nim; key: [`NetworkInstanceConfig::key`].
    pub struct NetworkInstanceConfig topic "NetworkInstanceConfig" {
        /// The network instance.
        pub uuid_and_version: UuidAndVersion = embed,
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// Its kind.
        pub instance_type: NetworkInstanceType = "Type",
        /// Whether it is to exist.
        pub activate: bool = "Activate",
        /// Its ports: a logical or a shared label; empty: none.
        pub port_label: String = "PortLabel",
        /// The version of IP in it; none, for a switch.
        pub ip_type: AddressType = "IpType",
        /// Its subnet.
        pub subnet: Option<IpNet> = "Subnet",
        /// Its gateway, which is the bridge.
        pub gateway: IpAddr = "Gateway",
        /// The domain that DHCP gives.
        pub domain_name: String = "DomainName",
        /// NTP servers that DHCP gives, by name or address.
        pub ntp_servers: List<String> = "NtpServers",
        /// DNS servers that DHCP gives; empty: its own.
        pub dns_servers: List<IpAddr> = "DnsServers",
        /// Addresses that DHCP gives.
        pub dhcp_range: IpRange = "DhcpRange",
        /// Names that its DNS server knows.
        pub dns_name_to_ip_list: List<DnsNameToIp> = "DnsNameToIPList",
        /// The largest packet in bytes; 0: that of the ports.
        pub mtu: u16 = "MTU",
        /// Whether DHCP gives routes to the ports' subnets.
        pub propagate_conn_routes: bool = "PropagateConnRoutes",
        /// Routes.
        pub static_routes: List<IpRouteConfig> = "StaticRoutes",
        /// Whether flows are logged.
        pub enable_flowlog: bool = "EnableFlowlog",
        /// Spanning tree, of a switch with several ports.
        pub stp_config: StpConfig = "STPConfig",
        /// Which ports belong to which VLAN, of a switch.
        pub vlan_access_ports: List<VlanAccessPort> = "VlanAccessPorts",
        /// Whether a switch lets LLDP pass.
        pub forward_lldp: bool = "ForwardLLDP",
        /// What is wrong with its configuration.
        pub error: ErrorAndTime = embed,
    }
}

impl NetworkInstanceConfig {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic NetworkInstanceConfig];
