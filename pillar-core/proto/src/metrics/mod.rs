//! What a device measures: [`ZMetricMsg`], everything at once, every minute or so.

mod app;
mod cluster;
mod device;
mod log;
mod network;
mod network_instance;
mod process;
mod storage;

pub use app::*;
pub use cluster::*;
pub use device::*;
pub use log::*;
pub use network::*;
pub use network_instance::*;
pub use process::*;
pub use storage::*;

use prost::Message;

use crate::google::Timestamp;

/// Body of `metrics`. Counters only grow, so a lost message costs nothing.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricMsg {
    /// UUID of the device.
    #[prost(string, tag = "1")]
    pub dev_id: String,
    /// When it was made.
    #[prost(message, optional, tag = "3")]
    pub at_time_stamp: Option<Timestamp>,
    /// The device.
    #[prost(message, optional, tag = "4")]
    pub device: Option<DeviceMetric>,
    /// Application instances.
    #[prost(message, repeated, tag = "5")]
    pub apps: Vec<AppMetric>,
    /// Network instances.
    #[prost(message, repeated, tag = "7")]
    pub network_instances: Vec<ZMetricNetworkInstance>,
    /// Volumes.
    #[prost(message, repeated, tag = "8")]
    pub volumes: Vec<ZMetricVolume>,
    /// Processes.
    #[prost(message, repeated, tag = "9")]
    pub processes: Vec<ZMetricProcess>,
    /// The cluster, from the node that leads.
    #[prost(message, optional, tag = "10")]
    pub cluster: Option<KubeClusterMetrics>,
    /// Disks of runtimes for nested applications.
    #[prost(message, repeated, tag = "11")]
    pub nested_apps: Vec<NestedAppRuntimeDiskMetric>,
}
