//! Traffic by interface, and how ports of network instances fare (`spec/04`, Metrics and flows).

use crate::base::{IpAddr, List, Map};
use crate::identity::UuidAndVersion;
use crate::network_instance::NetworkInstanceType;
use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// Traffic of one interface, seen from the interface.
    pub struct NetworkMetric {
        /// The interface.
        pub if_name: String = "IfName",
        /// Bytes sent.
        pub tx_bytes: u64 = "TxBytes",
        /// Bytes received.
        pub rx_bytes: u64 = "RxBytes",
        /// Packets lost when sending.
        pub tx_drops: u64 = "TxDrops",
        /// Packets lost when receiving.
        pub rx_drops: u64 = "RxDrops",
        /// Packets sent.
        pub tx_pkts: u64 = "TxPkts",
        /// Packets received.
        pub rx_pkts: u64 = "RxPkts",
        /// Errors when sending.
        pub tx_errors: u64 = "TxErrors",
        /// Errors when receiving.
        pub rx_errors: u64 = "RxErrors",
        /// Packets not sent because of an access rule.
        pub tx_acl_drops: u64 = "TxAclDrops",
        /// Packets not received because of an access rule.
        pub rx_acl_drops: u64 = "RxAclDrops",
        /// Packets not sent because of a rate limit.
        pub tx_acl_rate_limit_drops: u64 = "TxAclRateLimitDrops",
        /// Packets not received because of a rate limit.
        pub rx_acl_rate_limit_drops: u64 = "RxAclRateLimitDrops",
    }
}

object! {
    /// Traffic of all interfaces. zedrouter to zedagent, msrv; key `global`.
    pub struct NetworkMetrics topic "NetworkMetrics" {
        /// One for each interface.
        pub metric_list: List<NetworkMetric> = "MetricList",
        /// How many rules the packet filter has.
        pub total_rule_count: u64 = "TotalRuleCount",
    }
}

object! {
    /// How the probing of a port fares.
    pub struct ProbeIntfMetrics {
        /// The port's interface.
        pub intf_name: String = "IntfName",
        /// Gateways that are asked for echoes.
        pub nexthop_ips: List<IpAddr> = "NexthopIPs",
        /// Whether the gateway answers.
        pub nexthop_up: bool = "NexthopUP",
        /// Whether the other end answers.
        pub remote_up: bool = "RemoteUP",
        /// How often the gateway answered.
        pub nexthop_up_cnt: u32 = "NexthopUPCnt",
        /// How often the gateway did not answer.
        pub nexthop_down_cnt: u32 = "NexthopDownCnt",
        /// How often the other end answered.
        pub remote_up_cnt: u32 = "RemoteUPCnt",
        /// How often the other end did not answer.
        pub remote_down_cnt: u32 = "RemoteDownCnt",
        /// How long the other end took, in milliseconds.
        pub latency_to_remote: u32 = "LatencyToRemote",
    }
}

object! {
    /// How the probing for a route fares.
    pub struct ProbeMetrics {
        /// The route's network.
        pub dst_network: String = "DstNetwork",
        /// The port in use, by logical label.
        pub selected_port: String = "SelectedPort",
        /// The port's interface.
        pub selected_port_if_name: String = "SelectedPortIfName",
        /// Other ends: `tcp://<host>:<port>` or `icmp://<host>`.
        pub remote_endpoints: List<String> = "RemoteEndpoints",
        /// Seconds between probes of gateways.
        pub local_ping_intvl: u32 = "LocalPingIntvl",
        /// Seconds between probes of other ends.
        pub remote_ping_intvl: u32 = "RemotePingIntvl",
        /// How many ports there are to choose from.
        pub port_count: u32 = "PortCount",
        /// Port by port.
        pub intf_probe_stats: List<ProbeIntfMetrics> = "IntfProbeStats",
    }
}

object! {
    /// How interfaces of applications are spread over VLANs.
    pub struct VlanMetrics {
        /// How many belong to none.
        pub num_trunk_ports: u32 = "NumTrunkPorts",
        /// How many belong to which.
        pub vlan_counts: Map<u32, u32> = "VlanCounts",
    }
}

object! {
    /// Traffic of a network instance. zedrouter to zedagent; key: [`NetworkInstanceMetrics::key`].
    pub struct NetworkInstanceMetrics topic "NetworkInstanceMetrics" {
        /// The network instance.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// Its kind.
        pub instance_type: NetworkInstanceType = "Type",
        /// Its bridge.
        pub bridge_name: String = "BridgeName",
        /// Traffic of the bridge and of applications' interfaces on it.
        pub network_metrics: NetworkMetrics = "NetworkMetrics",
        /// How the probing of its ports fares.
        pub probe_metrics: List<ProbeMetrics> = "ProbeMetrics",
        /// How its interfaces are spread over VLANs.
        pub vlan_metrics: VlanMetrics = "VlanMetrics",
    }
}

impl NetworkMetrics {
    /// The only key.
    pub const KEY: &str = "global";
}

impl NetworkInstanceMetrics {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic NetworkMetrics, topic NetworkInstanceMetrics];
