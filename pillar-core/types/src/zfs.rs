//! ZFS pools (`spec/06`, Metrics and disks).

use crate::base::{List, Time};
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// How disks are joined.
    pub enum StorageRaidType: i32 {
        /// Not said.
        Unspecified = 0,
        /// Striped.
        Raid0 = 1,
        /// Mirrored.
        Raid1 = 2,
        /// One disk of parity.
        Raid5 = 3,
        /// Two disks of parity.
        Raid6 = 4,
        /// Three disks of parity.
        Raid7 = 5,
        /// Not at all.
        NoRaid = 6,
    }
}

codes! {
    /// How well a disk or pool is.
    pub enum StorageStatus: i32 {
        /// Not said.
        Unspecified = 0,
        /// Well.
        Online = 1,
        /// Works with something missing.
        Degraded = 2,
        /// Broken.
        Faulted = 3,
        /// Switched off.
        Offline = 4,
        /// Cannot be opened.
        Unavail = 5,
        /// Taken out.
        Removed = 6,
        /// Waits for a disk to come back.
        Suspended = 7,
    }
}

object! {
    /// What names a disk.
    pub struct DiskDescription {
        /// Its device.
        pub name: String = "Name",
        /// Its logical name.
        pub logical_name: String = "LogicalName",
        /// Its serial number.
        pub serial: String = "Serial",
    }
}

object! {
    /// A disk of a pool.
    pub struct StorageDiskState {
        /// The disk.
        pub disk_name: Option<Box<DiskDescription>> = "DiskName",
        /// How well it is.
        pub status: StorageStatus = "Status",
        /// Why, as libzfs numbers reasons, plus one.
        pub aux_state: i64 = "AuxState",
        /// Why, in words.
        pub aux_state_str: String = "AuxStateStr",
    }
}

object! {
    /// A part of a pool that is made of disks or of such parts.
    pub struct StorageChildren {
        /// Its name.
        pub display_name: String = "DisplayName",
        /// How its parts are joined.
        pub current_raid: StorageRaidType = "CurrentRaid",
        /// Its identity in ZFS.
        pub guid: u64 = "GUID",
        /// Its disks.
        pub disks: List<Option<Box<StorageDiskState>>> = "Disks",
        /// Its parts.
        pub children: List<Option<Box<StorageChildren>>> = "Children",
    }
}

object! {
    /// When a pool's free blocks were last given back.
    pub struct TrimStatus {
        /// When that began.
        pub last_start_time: Time = "LastStartTime",
    }
}

object! {
    /// A pool. zfsmanager, key: its name.
    pub struct ZfsPoolStatus as "ZFSPoolStatus" topic "ZFSPoolStatus" {
        /// Its name.
        pub pool_name: String = "PoolName",
        /// The version of ZFS.
        pub zfs_version: String = "ZfsVersion",
        /// How its disks are joined.
        pub current_raid: StorageRaidType = "CurrentRaid",
        /// How well it compresses.
        pub compression_ratio: f64 = "CompressionRatio",
        /// Its size in bytes.
        pub zpool_size: u64 = "ZpoolSize",
        /// How many volumes it has.
        pub count_zvols: u32 = "CountZvols",
        /// How well it is.
        pub storage_state: StorageStatus = "StorageState",
        /// Its disks.
        pub disks: List<Option<Box<StorageDiskState>>> = "Disks",
        /// What went wrong while this was collected.
        pub collector_errors: String = "CollectorErrors",
        /// Its parts.
        pub children: List<Option<Box<StorageChildren>>> = "Children",
        /// What ZFS says about it, as libzfs numbers messages, plus one.
        pub pool_status_msg: i64 = "PoolStatusMsg",
        /// What ZFS says about it, in words.
        pub pool_status_msg_str: String = "PoolStatusMsgStr",
        /// When free blocks were last given back.
        pub trim_status: TrimStatus = "TrimStatus",
    }
}

impl ZfsPoolStatus {
    /// `<pool name>`.
    pub fn key(&self) -> String {
        self.pool_name.clone()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic ZfsPoolStatus];
