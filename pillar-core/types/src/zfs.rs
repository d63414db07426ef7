//! ZFS pools, and the disks that they should have (`spec/06`, Metrics and disks).

use crate::base::{List, Time, Uuid};
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
        pub aux_state: u64 = "AuxState",
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
    /// A pool. zfsmanager to domainmgr and zedagent, key: [`ZfsPoolStatus::key`].
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
        pub pool_status_msg: u32 = "PoolStatusMsg",
        /// What ZFS says about it, in words.
        pub pool_status_msg_str: String = "PoolStatusMsgStr",
        /// When free blocks were last given back.
        pub trim_status: TrimStatus = "TrimStatus",
    }
}

object! {
    /// What a pool or a part of it did since it was imported.
    pub struct ZfsVdevMetrics as "ZFSVDevMetrics" {
        /// Bytes in use.
        pub alloc: u64 = "Alloc",
        /// Bytes that there are.
        pub space: u64 = "Space",
        /// Bytes that there would be for data alone.
        pub dspace: u64 = "DSpace",
        /// Bytes that can be replaced.
        pub rsize: u64 = "RSize",
        /// Bytes by which it could grow.
        pub esize: u64 = "ESize",
        /// Reads that failed.
        pub read_errors: u64 = "ReadErrors",
        /// Writes that failed.
        pub write_errors: u64 = "WriteErrors",
        /// Blocks whose checksum was wrong.
        pub checksum_errors: u64 = "ChecksumErrors",
        /// Operations: null, read, write, free, claim, ioctl.
        pub ops: [u64; 6] = "Ops",
        /// Bytes of these operations.
        pub bytes: [u64; 6] = "Bytes",
        /// Operations that have not ended.
        pub ios_in_progress: u64 = "IOsInProgress",
        /// Milliseconds spent reading.
        pub read_ticks: u64 = "ReadTicks",
        /// Milliseconds spent writing.
        pub write_ticks: u64 = "WriteTicks",
        /// Milliseconds with anything to do.
        pub ios_total_ticks: u64 = "IOsTotalTicks",
        /// Milliseconds times operations under way.
        pub weighted_io_ticks: u64 = "WeightedIOTicks",
    }
}

object! {
    /// What a disk of a pool did.
    pub struct StorageDiskMetrics {
        /// The disk.
        pub disk_name: Option<Box<DiskDescription>> = "DiskName",
        /// What it did.
        pub metrics: Option<Box<ZfsVdevMetrics>> = "Metrics",
    }
}

object! {
    /// What a part of a pool did.
    pub struct StorageChildrenMetrics {
        /// Its name.
        pub display_name: String = "DisplayName",
        /// Its identity in ZFS.
        pub guid: u64 = "GUID",
        /// What it did.
        pub metrics: Option<Box<ZfsVdevMetrics>> = "Metrics",
        /// Its disks.
        pub disks: List<Option<Box<StorageDiskMetrics>>> = "Disks",
        /// Its parts.
        pub children: List<Option<Box<StorageChildrenMetrics>>> = "Children",
    }
}

object! {
    /// What a volume of a pool did.
    pub struct StorageZvolMetrics as "StorageZVolMetrics" {
        /// The volume.
        pub volume_id: Uuid = "VolumeID",
        /// What it did.
        pub metrics: Option<Box<ZfsVdevMetrics>> = "Metrics",
    }
}

object! {
    /// What a pool did. zfsmanager to zedagent, key: [`ZfsPoolMetrics::key`].
    pub struct ZfsPoolMetrics as "ZFSPoolMetrics" topic "ZFSPoolMetrics" {
        /// Its name.
        pub pool_name: String = "PoolName",
        /// When this was collected.
        pub collection_time: Time = "CollectionTime",
        /// What all of it did.
        pub metrics: Option<Box<ZfsVdevMetrics>> = "Metrics",
        /// Its parts.
        pub children_dataset: List<Option<Box<StorageChildrenMetrics>>> = "ChildrenDataset",
        /// Its disks.
        pub disks: List<Option<Box<StorageDiskMetrics>>> = "Disks",
        /// Its volumes.
        pub zvols: List<Option<Box<StorageZvolMetrics>>> = "ZVols",
    }
}

object! {
    /// The device of a zvol. zfsmanager to volumemgr, key: [`ZvolStatus::key`].
    pub struct ZvolStatus as "ZVolStatus" topic "ZVolStatus" {
        /// The zvol.
        pub dataset: String = "Dataset",
        /// Its device under `/dev`.
        pub device: String = "Device",
    }
}

codes! {
    /// What a disk is to be used for.
    pub enum EdgeNodeDiskConfigType: i32 {
        /// Not said.
        Unspecified = 0,
        /// EVE itself.
        EveOs = 1,
        /// `/persist`, without ZFS.
        Persist = 2,
        /// The pool.
        ZfsOnline = 3,
        /// The pool, but switched off there.
        ZfsOffline = 4,
        /// An application, which gets the whole disk.
        AppDirect = 5,
        /// Nothing.
        Unused = 6,
    }
}

codes! {
    /// How disks are to be joined.
    pub enum EdgeNodeDiskArrayType: i32 {
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
    }
}

object! {
    /// What becomes of a disk.
    pub struct EdgeNodeDiskConfig {
        /// The disk.
        pub disk: DiskDescription = "Disk",
        /// The disk whose place it takes.
        pub old_disk: Option<Box<DiskDescription>> = "OldDisk",
        /// What it is to be used for.
        pub config: EdgeNodeDiskConfigType = "Config",
    }
}

object! {
    /// The disks that the device should use, and how. zedagent to zfsmanager, key: [`EdgeNodeDisks::KEY`].
    pub struct EdgeNodeDisks topic "EdgeNodeDisks" {
        /// Single disks.
        pub disks: List<EdgeNodeDiskConfig> = "Disks",
        /// How these and the parts are joined.
        pub array_type: EdgeNodeDiskArrayType = "ArrayType",
        /// Parts made of disks or of such parts.
        pub children: List<EdgeNodeDisks> = "Children",
    }
}

impl ZfsPoolStatus {
    /// `<pool name>`.
    pub fn key(&self) -> String {
        self.pool_name.clone()
    }
}

impl ZfsPoolMetrics {
    /// `<pool name>`.
    pub fn key(&self) -> String {
        self.pool_name.clone()
    }
}

impl ZvolStatus {
    /// The dataset, with `_` for `/`.
    pub fn key(&self) -> String {
        self.dataset.replace('/', "_")
    }
}

impl EdgeNodeDisks {
    /// The only key.
    pub const KEY: &str = "global";
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic ZfsPoolStatus, topic ZfsPoolMetrics, topic ZvolStatus, topic EdgeNodeDisks
];
