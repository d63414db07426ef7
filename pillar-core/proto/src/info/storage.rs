//! Disks, pools and partitions.

use prost::{Enumeration, Message};

use crate::common::DiskDescription;

/// One S.M.A.R.T. attribute.
#[derive(Clone, PartialEq, Message)]
pub struct SmartAttr {
    /// Number of the attribute.
    #[prost(uint32, tag = "1")]
    pub id: u32,
    /// Normalised value.
    #[prost(uint64, tag = "2")]
    pub value: u64,
    /// Worst value so far.
    #[prost(uint64, tag = "3")]
    pub worst: u64,
    /// Value at which the attribute is critical.
    #[prost(uint64, tag = "4")]
    pub thresh: u64,
    /// When it was critical; empty for never.
    #[prost(string, tag = "5")]
    pub when_failed: String,
    /// Vendor's value.
    #[prost(uint64, tag = "6")]
    pub raw_value: u64,
    /// `Pre-fail` or `Old_age`.
    #[prost(string, tag = "7")]
    pub kind: String,
    /// Name of the attribute.
    #[prost(string, tag = "8")]
    pub attribute_name: String,
}

/// S.M.A.R.T. values of a disk.
#[derive(Clone, PartialEq, Message)]
pub struct StorageDiskInfo {
    /// Name of the disk.
    #[prost(string, tag = "1")]
    pub disk_name: String,
    /// World wide name.
    #[prost(string, tag = "4")]
    pub wwn: String,
    /// Serial number.
    #[prost(string, tag = "5")]
    pub serial_number: String,
    /// Model.
    #[prost(string, tag = "6")]
    pub model: String,
    /// Why values are missing.
    #[prost(string, tag = "7")]
    pub collector_errors: String,
    /// The values.
    #[prost(message, repeated, tag = "8")]
    pub smart_attrs: Vec<SmartAttr>,
}

/// A disk in a pool.
#[derive(Clone, PartialEq, Message)]
pub struct StorageDiskState {
    /// The disk.
    #[prost(message, optional, tag = "1")]
    pub disk_name: Option<DiskDescription>,
    /// A [`StorageStatus`].
    #[prost(enumeration = "StorageStatus", tag = "2")]
    pub status: i32,
    /// State as ZFS says.
    #[prost(string, tag = "3")]
    pub state: String,
    /// State as the disk says.
    #[prost(string, tag = "4")]
    pub smart_status: String,
}

/// A group of disks in a pool; groups nest.
#[derive(Clone, PartialEq, Message)]
pub struct StorageChildren {
    /// How disks are joined; a [`StorageRaidType`].
    #[prost(enumeration = "StorageRaidType", tag = "1")]
    pub current_raid: i32,
    /// Disks of this group.
    #[prost(message, repeated, tag = "2")]
    pub disks: Vec<StorageDiskState>,
    /// Groups inside.
    #[prost(message, repeated, tag = "3")]
    pub children: Vec<StorageChildren>,
    /// Name for people.
    #[prost(string, tag = "4")]
    pub display_name: String,
    /// Number that ZFS gave.
    #[prost(uint64, tag = "5")]
    pub guid: u64,
}

/// A storage pool.
#[derive(Clone, PartialEq, Message)]
pub struct StorageInfo {
    /// Name of the pool.
    #[prost(string, tag = "1")]
    pub pool_name: String,
    /// A [`StorageTypeInfo`].
    #[prost(enumeration = "StorageTypeInfo", tag = "2")]
    pub storage_type: i32,
    /// Version of ZFS.
    #[prost(string, tag = "3")]
    pub zfs_version: String,
    /// How disks are joined; a [`StorageRaidType`].
    #[prost(enumeration = "StorageRaidType", tag = "4")]
    pub current_raid: i32,
    /// Ratio that ZFS reports.
    #[prost(double, tag = "5")]
    pub compression_ratio: f64,
    /// Size in bytes.
    #[prost(uint64, tag = "6")]
    pub zpool_size: u64,
    /// Volumes in the pool.
    #[prost(uint32, tag = "7")]
    pub count_zvols: u32,
    /// A [`StorageStatus`].
    #[prost(enumeration = "StorageStatus", tag = "8")]
    pub storage_state: i32,
    /// Disks outside of groups.
    #[prost(message, repeated, tag = "9")]
    pub disks: Vec<StorageDiskState>,
    /// Why values are missing.
    #[prost(string, tag = "10")]
    pub collector_errors: String,
    /// Groups of disks.
    #[prost(message, repeated, tag = "11")]
    pub children: Vec<StorageChildren>,
    /// Advice of `zpool status`.
    #[prost(string, tag = "12")]
    pub pool_status_msg: String,
}

/// A partition or disk.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoStorage {
    /// Name of the device, for example `sda3`.
    #[prost(string, tag = "1")]
    pub device: String,
    /// Where it is mounted.
    #[prost(string, tag = "2")]
    pub mount_path: String,
    /// MiB.
    #[prost(uint64, tag = "3")]
    pub total: u64,
    /// It holds application data.
    #[prost(bool, tag = "4")]
    pub storage_location: bool,
}

/// State of a pool or disk (ZFS).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum StorageStatus {
    /// `STORAGE_STATUS_UNSPECIFIED`.
    Unspecified = 0,
    /// `STORAGE_STATUS_ONLINE`.
    Online = 1,
    /// `STORAGE_STATUS_DEGRADED`.
    Degraded = 2,
    /// `STORAGE_STATUS_FAULTED`.
    Faulted = 3,
    /// `STORAGE_STATUS_OFFLINE`.
    Offline = 4,
    /// `STORAGE_STATUS_UNAVAIL`.
    Unavail = 5,
    /// `STORAGE_STATUS_REMOVED`.
    Removed = 6,
    /// `STORAGE_STATUS_SUSPENDED`.
    Suspended = 7,
}

/// How disks are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum StorageRaidType {
    /// `STORAGE_RAID_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `STORAGE_RAID_TYPE_RAID0`.
    Raid0 = 1,
    /// `STORAGE_RAID_TYPE_RAID1`.
    Raid1 = 2,
    /// `STORAGE_RAID_TYPE_RAID5`.
    Raid5 = 3,
    /// `STORAGE_RAID_TYPE_RAID6`.
    Raid6 = 4,
    /// `STORAGE_RAID_TYPE_RAID7`.
    Raid7 = 5,
    /// `STORAGE_RAID_TYPE_NORAID`.
    NoRaid = 6,
}

/// File system for persistent data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum StorageTypeInfo {
    /// `STORAGE_TYPE_INFO_UNSPECIFIED`.
    Unspecified = 0,
    /// `STORAGE_TYPE_INFO_EXT4`.
    Ext4 = 1,
    /// `STORAGE_TYPE_INFO_ZFS`.
    Zfs = 2,
}
