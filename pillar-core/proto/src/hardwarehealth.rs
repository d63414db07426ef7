//! Slow-changing health of memory and disks.

use prost::Message;

use crate::google::Timestamp;
use crate::info::StorageDiskInfo;

/// Body of `hardwarehealth`.
#[derive(Clone, PartialEq, Message)]
pub struct ZHardwareHealth {
    /// UUID of the device.
    #[prost(string, tag = "1")]
    pub dev_id: String,
    /// When it was collected.
    #[prost(message, optional, tag = "2")]
    pub at_time_stamp: Option<Timestamp>,
    /// Errors of ECC memory.
    #[prost(message, optional, tag = "3")]
    pub memory: Option<EccMemoryReport>,
    /// S.M.A.R.T. values of each disk.
    #[prost(message, repeated, tag = "4")]
    pub disks: Vec<StorageDiskInfo>,
}

/// Errors of one memory rank.
#[derive(Clone, PartialEq, Message)]
pub struct DimmRankInfo {
    /// Name in sysfs, for example `rank0`.
    #[prost(string, tag = "1")]
    pub rank_name: String,
    /// Errors corrected.
    #[prost(int64, tag = "2")]
    pub ce_count: i64,
    /// Errors that could not be corrected.
    #[prost(int64, tag = "3")]
    pub ue_count: i64,
}

/// Errors of one memory controller.
#[derive(Clone, PartialEq, Message)]
pub struct EccMemoryControllerInfo {
    /// Name in sysfs, for example `mc0`.
    #[prost(string, tag = "1")]
    pub controller_name: String,
    /// Errors corrected.
    #[prost(int64, tag = "2")]
    pub ce_count: i64,
    /// Errors that could not be corrected.
    #[prost(int64, tag = "3")]
    pub ue_count: i64,
    /// The same for each rank.
    #[prost(message, repeated, tag = "4")]
    pub ranks: Vec<DimmRankInfo>,
}

/// Errors of all ECC memory.
#[derive(Clone, PartialEq, Message)]
pub struct EccMemoryReport {
    /// One entry for each controller.
    #[prost(message, repeated, tag = "1")]
    pub memory_controllers: Vec<EccMemoryControllerInfo>,
}
