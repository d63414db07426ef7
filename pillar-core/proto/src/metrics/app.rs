//! Application instances and nested applications.

use std::collections::BTreeMap;

use prost::Message;

use super::{AppCpuMetric, AppMemoryMetric, DiskMetric, MemoryMetric, NetworkMetric};

/// A disk of an application.
#[derive(Clone, PartialEq, Message)]
pub struct AppDiskMetric {
    /// Path of the file or volume.
    #[prost(string, tag = "1")]
    pub disk: String,
    /// MiB that the guest sees.
    #[prost(uint64, tag = "2")]
    pub provisioned: u64,
    /// MiB that it takes up.
    #[prost(uint64, tag = "3")]
    pub used: u64,
    /// Format, for example `qcow2`.
    #[prost(string, tag = "4")]
    pub disk_type: String,
    /// Marked dirty.
    #[prost(bool, tag = "5")]
    pub dirty: bool,
}

/// A container inside an application.
#[derive(Clone, PartialEq, Message)]
pub struct AppContainerMetric {
    /// Name of the container.
    #[prost(string, tag = "1")]
    pub app_container_name: String,
    /// State in words.
    #[prost(string, tag = "2")]
    pub status: String,
    /// Processes.
    #[prost(uint32, tag = "3")]
    pub pids: u32,
    /// CPU time.
    #[prost(message, optional, tag = "4")]
    pub cpu: Option<AppCpuMetric>,
    /// Obsolete; see `app_container_memory`.
    #[prost(message, optional, tag = "5")]
    pub memory: Option<MemoryMetric>,
    /// Traffic.
    #[prost(message, optional, tag = "6")]
    pub network: Option<NetworkMetric>,
    /// Block I/O.
    #[prost(message, optional, tag = "7")]
    pub disk: Option<DiskMetric>,
    /// Memory.
    #[prost(message, optional, tag = "8")]
    pub app_container_memory: Option<AppMemoryMetric>,
}

/// An application instance.
#[derive(Clone, PartialEq, Message)]
pub struct AppMetric {
    /// UUID.
    #[prost(string, tag = "1")]
    pub app_id: String,
    /// Version of its configuration.
    #[prost(string, tag = "10")]
    pub app_version: String,
    /// Display name.
    #[prost(string, tag = "2")]
    pub app_name: String,
    /// CPU time.
    #[prost(message, optional, tag = "3")]
    pub cpu: Option<AppCpuMetric>,
    /// Obsolete; see `app_memory`.
    #[prost(message, optional, tag = "4")]
    pub memory: Option<MemoryMetric>,
    /// Its interfaces.
    #[prost(message, repeated, tag = "5")]
    pub network: Vec<NetworkMetric>,
    /// Its disks.
    #[prost(message, repeated, tag = "6")]
    pub disk: Vec<AppDiskMetric>,
    /// Containers inside.
    #[prost(message, repeated, tag = "7")]
    pub container: Vec<AppContainerMetric>,
    /// Memory.
    #[prost(message, optional, tag = "8")]
    pub app_memory: Option<AppMemoryMetric>,
    /// Use of patch envelopes.
    #[prost(message, repeated, tag = "9")]
    pub patch_envelope: Vec<AppPatchEnvelopeMetric>,
}

/// Use of a patch envelope by an application.
#[derive(Clone, PartialEq, Message)]
pub struct AppPatchEnvelopeMetric {
    /// UUID of the envelope.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// Its version.
    #[prost(string, tag = "2")]
    pub version: String,
    /// Requests about it.
    #[prost(uint64, tag = "3")]
    pub patch_api_call_count: u64,
    /// Downloads of parts of it.
    #[prost(uint64, tag = "4")]
    pub download_count: u64,
}

/// Space in a file system.
#[derive(Clone, PartialEq, Message)]
pub struct FsUsedMetric {
    /// MiB in use.
    #[prost(double, tag = "1")]
    pub used_mb: f64,
    /// MiB promised.
    #[prost(double, tag = "2")]
    pub allocated_mb: f64,
}

/// Disk of a runtime for nested applications.
#[derive(Clone, PartialEq, Message)]
pub struct NestedAppRuntimeDiskMetric {
    /// UUID of the application that is the runtime.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// MiB in all.
    #[prost(double, tag = "2")]
    pub total_mb: f64,
    /// MiB in use.
    #[prost(double, tag = "3")]
    pub used_mb: f64,
    /// MiB promised.
    #[prost(double, tag = "4")]
    pub allocated_mb: f64,
    /// Space by nested application.
    #[prost(btree_map = "string, message", tag = "5")]
    pub dependent_space_mb: BTreeMap<String, FsUsedMetric>,
}
