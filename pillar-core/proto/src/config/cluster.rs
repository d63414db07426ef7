//! Cluster membership.

use prost::{Enumeration, Message};

use crate::common::CipherBlock;

/// Addresses of load-balanced services on one interface.
#[derive(Clone, PartialEq, Message)]
pub struct LoadBalancerInterface {
    /// Name of the interface.
    #[prost(string, tag = "1")]
    pub interface_name: String,
    /// Addresses in CIDR form.
    #[prost(string, repeated, tag = "2")]
    pub address_cidrs: Vec<String>,
}

/// Load balancer of a cluster.
#[derive(Clone, PartialEq, Message)]
pub struct LoadBalancerService {
    /// Where it serves.
    #[prost(message, repeated, tag = "1")]
    pub interfaces: Vec<LoadBalancerInterface>,
}

/// The cluster that the device belongs to.
#[derive(Clone, PartialEq, Message)]
pub struct EdgeNodeCluster {
    /// Name of the cluster.
    #[prost(string, tag = "1")]
    pub cluster_name: String,
    /// UUID of the cluster.
    #[prost(string, tag = "2")]
    pub cluster_id: String,
    /// Logical label of the adapter between nodes.
    #[prost(string, tag = "3")]
    pub cluster_interface: String,
    /// Address of this node on it, in CIDR form.
    #[prost(string, tag = "4")]
    pub cluster_ip_prefix: String,
    /// The node runs no control plane.
    #[prost(bool, tag = "5")]
    pub is_worker_node: bool,
    /// Node to join at; the own address means that this node starts the cluster.
    #[prost(string, tag = "6")]
    pub join_server_ip: String,
    /// Secret for joining.
    #[prost(message, optional, tag = "7")]
    pub encrypted_cluster_token: Option<CipherBlock>,
    /// A [`ClusterType`].
    #[prost(enumeration = "ClusterType", tag = "8")]
    pub cluster_type: i32,
    /// Node that only votes and runs nothing.
    #[prost(string, tag = "9")]
    pub tie_breaker_node_id: String,
    /// An [`HaScheme`].
    #[prost(enumeration = "HaScheme", tag = "11")]
    pub ha_scheme: i32,
    /// Load balancer; absent for none.
    #[prost(message, optional, tag = "12")]
    pub load_balancer_service: Option<LoadBalancerService>,
}

/// Who schedules what in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ClusterType {
    /// `CLUSTER_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `CLUSTER_TYPE_K3S_BASE`: applications by Kubernetes' own means.
    K3sBase = 1,
    /// `CLUSTER_TYPE_REPLICATED_STORAGE`: applications by this configuration.
    ReplicatedStorage = 2,
    /// `CLUSTER_TYPE_HA`: obsolete.
    Ha = 3,
}

/// How the control plane stays available.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum HaScheme {
    /// `HA_SCHEME_UNSPECIFIED`.
    Unspecified = 0,
    /// `HA_SCHEME_K3S_EMBEDDED`.
    K3sEmbedded = 1,
}
