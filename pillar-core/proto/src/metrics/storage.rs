//! Storage pools and volumes.

use prost::Message;

use crate::common::DiskDescription;
use crate::google::Timestamp;

/// A device of a pool (ZFS).
#[derive(Clone, PartialEq, Message)]
pub struct StorageVDevMetrics {
    /// UUID of the volume, when it is one.
    #[prost(string, tag = "1")]
    pub volume_uuid: String,
    /// Bytes in use.
    #[prost(uint64, tag = "2")]
    pub alloc: u64,
    /// Bytes in all.
    #[prost(uint64, tag = "3")]
    pub total: u64,
    /// Bytes usable.
    #[prost(uint64, tag = "4")]
    pub deflated_space: u64,
    /// Smallest size in bytes of a replacement.
    #[prost(uint64, tag = "5")]
    pub replaceable_size: u64,
    /// Bytes that the pool could grow by.
    #[prost(uint64, tag = "6")]
    pub expandable_size: u64,
    /// Errors while reading.
    #[prost(uint64, tag = "7")]
    pub read_errors: u64,
    /// Errors while writing.
    #[prost(uint64, tag = "8")]
    pub write_errors: u64,
    /// Wrong checksums.
    #[prost(uint64, tag = "9")]
    pub checksum_errors: u64,
    /// Bytes read.
    #[prost(uint64, tag = "10")]
    pub bytes_read: u64,
    /// Bytes written.
    #[prost(uint64, tag = "11")]
    pub bytes_write: u64,
    /// Reads.
    #[prost(uint64, tag = "12")]
    pub ops_count_read: u64,
    /// Writes.
    #[prost(uint64, tag = "13")]
    pub ops_count_write: u64,
    /// Operations under way.
    #[prost(uint64, tag = "14")]
    pub ios_in_progress: u64,
    /// Milliseconds spent on reads.
    #[prost(uint64, tag = "15")]
    pub read_ticks: u64,
    /// Milliseconds spent on writes.
    #[prost(uint64, tag = "16")]
    pub write_ticks: u64,
    /// Milliseconds with an operation under way.
    #[prost(uint64, tag = "17")]
    pub ios_total_ticks: u64,
    /// Milliseconds, weighted by operations under way.
    #[prost(uint64, tag = "18")]
    pub weighted_io_ticks: u64,
}

/// A disk of a pool.
#[derive(Clone, PartialEq, Message)]
pub struct StorageDiskMetric {
    /// The disk.
    #[prost(message, optional, tag = "1")]
    pub disk_name: Option<DiskDescription>,
    /// Its values.
    #[prost(message, optional, tag = "2")]
    pub metrics: Option<StorageVDevMetrics>,
}

/// A group of disks in a pool; groups nest.
#[derive(Clone, PartialEq, Message)]
pub struct StorageChildrenMetric {
    /// Number that ZFS gave.
    #[prost(uint64, tag = "1")]
    pub guid: u64,
    /// Disks of this group.
    #[prost(message, repeated, tag = "2")]
    pub disks: Vec<StorageDiskMetric>,
    /// Groups inside.
    #[prost(message, repeated, tag = "3")]
    pub children: Vec<StorageChildrenMetric>,
    /// Values of the group.
    #[prost(message, optional, tag = "4")]
    pub metrics: Option<StorageVDevMetrics>,
}

/// A storage pool.
#[derive(Clone, PartialEq, Message)]
pub struct StorageMetric {
    /// Name of the pool.
    #[prost(string, tag = "1")]
    pub pool_name: String,
    /// When it was measured.
    #[prost(message, optional, tag = "5")]
    pub collection_time: Option<Timestamp>,
    /// Values of the pool.
    #[prost(message, optional, tag = "6")]
    pub zpool_metrics: Option<StorageVDevMetrics>,
    /// Groups of disks.
    #[prost(message, repeated, tag = "7")]
    pub children_datasets: Vec<StorageChildrenMetric>,
    /// Disks outside of groups.
    #[prost(message, repeated, tag = "8")]
    pub disks: Vec<StorageDiskMetric>,
    /// Volumes of the pool.
    #[prost(message, repeated, tag = "9")]
    pub zvols: Vec<StorageVDevMetrics>,
}

/// A volume.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricVolume {
    /// UUID.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// Name for people.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// Bytes read.
    #[prost(uint64, tag = "3")]
    pub read_bytes: u64,
    /// Bytes written.
    #[prost(uint64, tag = "4")]
    pub write_bytes: u64,
    /// Reads.
    #[prost(uint64, tag = "5")]
    pub read_count: u64,
    /// Writes.
    #[prost(uint64, tag = "6")]
    pub write_count: u64,
    /// Bytes in all.
    #[prost(uint64, tag = "7")]
    pub total_bytes: u64,
    /// Bytes in use.
    #[prost(uint64, tag = "8")]
    pub used_bytes: u64,
    /// Bytes free.
    #[prost(uint64, tag = "9")]
    pub free_bytes: u64,
}
