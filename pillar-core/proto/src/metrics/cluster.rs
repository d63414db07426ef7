//! The Kubernetes cluster.

use prost::Message;

/// Resources of a node.
#[derive(Clone, PartialEq, Message)]
pub struct KubeNodeMetrics {
    /// Name of the node.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Thousandths of a core.
    #[prost(uint32, tag = "2")]
    pub cpu_cores: u32,
    /// Percent.
    #[prost(float, tag = "3")]
    pub cpu_usage: f32,
    /// Bytes.
    #[prost(uint32, tag = "4")]
    pub memory_usage: u32,
    /// Percent.
    #[prost(float, tag = "5")]
    pub memory_usage_percentage: f32,
}

/// Resources of an application.
#[derive(Clone, PartialEq, Message)]
pub struct KubeAppMetrics {
    /// Name of the application.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Thousandths of a core.
    #[prost(uint32, tag = "2")]
    pub cpu_cores: u32,
    /// Bytes.
    #[prost(uint32, tag = "3")]
    pub memory_usage: u32,
}

/// Resources of the cluster.
#[derive(Clone, PartialEq, Message)]
pub struct KubeClusterMetrics {
    /// UUID of the cluster.
    #[prost(string, tag = "1")]
    pub cluster_id: String,
    /// Its nodes.
    #[prost(message, repeated, tag = "2")]
    pub nodes: Vec<KubeNodeMetrics>,
    /// Applications that are pods.
    #[prost(message, repeated, tag = "3")]
    pub eve_pod_apps: Vec<KubeAppMetrics>,
    /// Applications that are virtual machines.
    #[prost(message, repeated, tag = "4")]
    pub eve_vmi_apps: Vec<KubeAppMetrics>,
}
