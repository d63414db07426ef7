//! What applications use and say of themselves (`spec/04`, Metrics and flows; `spec/06`, Metrics and disks).

use crate::base::{Bytes, List, Map, Secret, Time, Uuid};
use crate::identity::UuidAndVersion;
use crate::registry::{TypeInfo, types};
use crate::usage::disk_path_key;
use crate::{codes, object};

object! {
    /// What a container uses, as the container engine inside an application says.
    pub struct AppContainerStats {
        /// The container.
        pub container_name: String = "ContainerName",
        /// Whether it runs, in the engine's words.
        pub status: String = "Status",
        /// How many processes it has.
        pub pids: u32 = "Pids",
        /// When it was started: nanoseconds since 1970.
        pub uptime: i64 = "Uptime",
        /// CPU that it used, in nanoseconds.
        pub cpu_total: u64 = "CPUTotal",
        /// CPU that the whole application used, in nanoseconds.
        pub system_cpu_total: u64 = "SystemCPUTotal",
        /// Memory used, in MB.
        pub used_mem: u32 = "UsedMem",
        /// Memory that it may use, in MB.
        pub allocated_mem: u32 = "AllocatedMem",
        /// Bytes sent.
        pub tx_bytes: u64 = "TxBytes",
        /// Bytes received.
        pub rx_bytes: u64 = "RxBytes",
        /// Read from disks, in MB.
        pub read_bytes: u64 = "ReadBytes",
        /// Written to disks, in MB.
        pub write_bytes: u64 = "WriteBytes",
    }
}

object! {
    /// What the containers inside an application use. zedrouter to zedagent; key:
    /// [`AppContainerMetrics::key`].
    pub struct AppContainerMetrics topic "AppContainerMetrics" {
        /// The application.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// When they were asked.
        pub collect_time: Time = "CollectTime",
        /// One by one.
        pub stats_list: List<AppContainerStats> = "StatsList",
    }
}

object! {
    /// How full a volume is. volumemgr to zedagent; key: [`AppDiskMetric::key`].
    pub struct AppDiskMetric topic "AppDiskMetric" {
        /// Where its data is.
        pub disk_path: String = "DiskPath",
        /// Bytes that it may grow to.
        pub provisioned_bytes: u64 = "ProvisionedBytes",
        /// Bytes that it takes.
        pub used_bytes: u64 = "UsedBytes",
        /// Its format.
        pub disk_type: String = "DiskType",
        /// Whether it was not closed properly.
        pub dirty: bool = "Dirty",
    }
}

object! {
    /// An application inside an application, for its logs. zedrouter to newlogd; key:
    /// [`NestedAppDomainStatus::key`].
    pub struct NestedAppDomainStatus topic "NestedAppDomainStatus" {
        /// The nested application.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// Whether it is not logged.
        pub disable_logs: bool = "DisableLogs",
        /// The application that it runs in.
        pub parent_app_uuid: Uuid = "ParentAppUUID",
    }
}

object! {
    /// Space of a file system.
    pub struct FsUsedMetric {
        /// Used, in MB.
        pub used_mb: f64 = "UsedMb",
        /// Set aside, in MB.
        pub allocated_mb: f64 = "AllocatedMb",
    }
}

object! {
    /// How full the file system is that nested applications share. zedrouter to zedagent; key:
    /// [`NestedAppRuntimeDiskMetric::key`].
    pub struct NestedAppRuntimeDiskMetric topic "NestedAppRuntimeDiskMetric" {
        /// The application that they run in.
        pub uuid: String = "UUID",
        /// Its size, in MB.
        pub total_mb: f64 = "TotalMb",
        /// Used, in MB.
        pub used_mb: f64 = "UsedMb",
        /// Set aside, in MB.
        pub allocated_mb: f64 = "AllocatedMb",
        /// The share of each nested application, by UUID.
        pub dependent_space_mb: Map<String, FsUsedMetric> = "DependentSpaceMb",
    }
}

codes! {
    /// What an application sent to the metadata server.
    pub enum AppInstMetaDataType: u8 {
        /// Nothing.
        None = 0,
        /// How its Kubernetes is reached.
        KubeConfig = 1,
        /// Whatever it likes.
        CustomStatus = 2,
    }
}

object! {
    /// What an application sent to the metadata server, for the controller. msrv to zedagent; key:
    /// [`AppInstMetaData::key`].
    pub struct AppInstMetaData topic "AppInstMetaData" persistent {
        /// The application.
        pub app_inst_uuid: Uuid = "AppInstUUID",
        /// What it sent, at most 32 KiB; credentials, in a KubeConfig.
        pub data: Secret<Bytes> = "Data",
        /// What that is.
        pub data_type: AppInstMetaDataType = "Type",
    }
}

impl AppContainerMetrics {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }
}

impl AppDiskMetric {
    /// The path, with `-` for `/`, without the first one.
    pub fn key(&self) -> String {
        disk_path_key(&self.disk_path)
    }
}

impl NestedAppDomainStatus {
    /// `<uuid>` of the nested application.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }
}

impl NestedAppRuntimeDiskMetric {
    /// `<uuid>` of the application.
    pub fn key(&self) -> String {
        self.uuid.clone()
    }
}

impl AppInstMetaData {
    /// `<app>-<number of the type>`.
    pub fn key(&self) -> String {
        format!("{}-{}", self.app_inst_uuid, self.data_type.number())
    }

    /// Application and type of a key.
    pub fn parse_key(key: &str) -> Option<(Uuid, AppInstMetaDataType)> {
        let (app, rest) = Uuid::split_off(key)?;
        let number: u8 = rest.strip_prefix('-')?.parse().ok()?;
        Some((app, number.into()))
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic AppContainerMetrics,
    topic AppDiskMetric,
    topic NestedAppDomainStatus,
    topic NestedAppRuntimeDiskMetric,
    topic AppInstMetaData,
];
