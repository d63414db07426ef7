//! How full disks and memory are (`spec/02`, watcher agent; `spec/06`, Metrics and disks).

use crate::base::List;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// How near to full something is.
    pub enum UsageZone: i64 {
        /// Less than half.
        Green = 0,
        /// Half or more.
        Yellow = 1,
        /// 80 % or more.
        Orange = 2,
        /// 90 % or more.
        Red = 3,
    }
}

object! {
    /// How much a path, a folder or a device takes. volumemgr to watcher and zedagent, key:
    /// [`DiskMetric::key`].
    pub struct DiskMetric topic "DiskMetric" {
        /// The path, the device, or `dataset` and the name of a ZFS dataset.
        pub disk_path: String = "DiskPath",
        /// Bytes read.
        pub read_bytes: u64 = "ReadBytes",
        /// Bytes written.
        pub write_bytes: u64 = "WriteBytes",
        /// Reads.
        pub read_count: u64 = "ReadCount",
        /// Writes.
        pub write_count: u64 = "WriteCount",
        /// Its size in bytes.
        pub total_bytes: u64 = "TotalBytes",
        /// Bytes in use.
        pub used_bytes: u64 = "UsedBytes",
        /// Bytes left.
        pub free_bytes: u64 = "FreeBytes",
        /// Whether it is a folder and not a file system.
        pub is_dir: bool = "IsDir",
        /// The partition's name in the GPT.
        pub partition_label: String = "PartitionLabel",
        /// The partition's type in the GPT.
        pub partition_type: String = "PartitionType",
        /// The partition's identity in the GPT.
        pub partition_uuid: String = "PartitionUUID",
    }
}

object! {
    /// How full the memory is. watcher, for the log; key: [`MemoryNotification::KEY`].
    pub struct MemoryNotification topic "MemoryNotification" {
        /// Bytes that there are.
        pub total: u64 = "Total",
        /// Bytes in use.
        pub used: u64 = "Used",
        /// How near to full.
        pub zone: UsageZone = "Zone",
        /// Percent in use before this.
        pub prev_usage: u64 = "PrevUsage",
        /// Percent in use the last five times, newest first.
        pub last_five: List<u64> = "LastFive",
        /// Tens of percent in use.
        pub usage_slab: u64 = "UsageSlab",
        /// Tens of percent in use before this.
        pub prev_slab: u64 = "PrevSlab",
    }
}

object! {
    /// How full `/persist` is. watcher, for the log; key: [`DiskNotification::KEY`].
    pub struct DiskNotification topic "DiskNotification" {
        /// Bytes that there are.
        pub total: u64 = "Total",
        /// Bytes in use.
        pub used: u64 = "Used",
        /// How near to full.
        pub zone: UsageZone = "Zone",
        /// Percent in use before this.
        pub prev_usage: u64 = "PrevUsage",
        /// Percent in use the last five times, newest first.
        pub last_five: List<u64> = "LastFive",
        /// Tens of percent in use.
        pub usage_slab: u64 = "UsageSlab",
        /// Tens of percent in use before this.
        pub prev_slab: u64 = "PrevSlab",
    }
}

impl UsageZone {
    /// The zone of so many percent in use.
    pub const fn of_percent(percent: u64) -> Self {
        match percent {
            0..50 => Self::Green,
            50..80 => Self::Yellow,
            80..90 => Self::Orange,
            90.. => Self::Red,
        }
    }
}

impl DiskMetric {
    /// The path without its first slash, with `-` for the others.
    pub fn key(&self) -> String {
        disk_path_key(&self.disk_path)
    }
}

impl MemoryNotification {
    /// The only key.
    pub const KEY: &str = "global";
}

impl DiskNotification {
    /// The only key.
    pub const KEY: &str = "persist";
}

/// The key under which disk metrics stand: the path without its first slash, with `-` for the others.
pub fn disk_path_key(path: &str) -> String {
    path.strip_prefix('/').unwrap_or(path).replace('/', "-")
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic DiskMetric, topic MemoryNotification, topic DiskNotification
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_keys() {
        for (path, key) in [("/", ""), ("/persist/vault", "persist-vault"), ("sda", "sda"), ("a/b/", "a-b-")]
        {
            assert_eq!(disk_path_key(path), key);
        }
    }

    #[test]
    fn zones_begin_at_their_percent() {
        let zones = [0, 49, 50, 79, 80, 89, 90, 200].map(|percent| UsageZone::of_percent(percent).number());

        assert_eq!(zones, [0, 0, 1, 1, 2, 2, 3, 3]);
    }
}
