//! Traffic by interface (`spec/04`, Metrics and flows).

use crate::base::List;
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
    /// Traffic of all interfaces. zedrouter, key `global`.
    pub struct NetworkMetrics topic "NetworkMetrics" {
        /// One for each interface.
        pub metric_list: List<NetworkMetric> = "MetricList",
        /// How many rules the packet filter has.
        pub total_rule_count: u64 = "TotalRuleCount",
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic NetworkMetrics];
