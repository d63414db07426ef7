//! Application instances.

use prost::{Enumeration, Message};

use super::{Adapter, Drive, NetworkAdapter, UuidAndVersion, VmConfig};
use crate::common::CipherBlock;

/// Restart or purge, carried out once for each new counter.
#[derive(Clone, PartialEq, Message)]
pub struct InstanceOpsCmd {
    /// Number of the command.
    #[prost(uint32, tag = "2")]
    pub counter: u32,
    /// Not used.
    #[prost(string, tag = "4")]
    pub ops_time: String,
}

/// A snapshot that is to exist.
#[derive(Clone, PartialEq, Message)]
pub struct SnapshotDesc {
    /// UUID of the snapshot.
    #[prost(string, tag = "1")]
    pub id: String,
    /// What triggers its creation; a [`SnapshotType`].
    #[prost(enumeration = "SnapshotType", tag = "2")]
    pub kind: i32,
}

/// Snapshots of an application instance.
#[derive(Clone, PartialEq, Message)]
pub struct SnapshotConfig {
    /// Snapshot to run from; empty for none.
    #[prost(string, tag = "1")]
    pub active_snapshot: String,
    /// A higher counter rolls back to `active_snapshot`.
    #[prost(message, optional, tag = "2")]
    pub rollback_cmd: Option<InstanceOpsCmd>,
    /// Keep at most so many; the oldest goes first.
    #[prost(uint32, tag = "3")]
    pub max_snapshots: u32,
    /// Snapshots wanted; one that is not listed is deleted.
    #[prost(message, repeated, tag = "4")]
    pub snapshots: Vec<SnapshotDesc>,
}

/// One application instance: a virtual machine or a container.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct AppInstanceConfig {
    /// Identity and version.
    #[prost(message, optional, tag = "1")]
    pub uuid_and_version: Option<UuidAndVersion>,
    /// Name for people.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// The machine that it runs in.
    #[prost(message, optional, tag = "3")]
    pub fixed_resources: Option<VmConfig>,
    /// Obsolete; see `volume_ref_list`.
    #[prost(message, repeated, tag = "4")]
    pub drives: Vec<Drive>,
    /// It is to run.
    #[prost(bool, tag = "5")]
    pub activate: bool,
    /// Virtual network interfaces, in the order that the guest sees.
    #[prost(message, repeated, tag = "6")]
    pub interfaces: Vec<NetworkAdapter>,
    /// Physical adapters given to it.
    #[prost(message, repeated, tag = "7")]
    pub adapters: Vec<Adapter>,
    /// A higher counter restarts it.
    #[prost(message, optional, tag = "9")]
    pub restart: Option<InstanceOpsCmd>,
    /// A higher counter restarts it with its volumes made anew.
    #[prost(message, optional, tag = "10")]
    pub purge: Option<InstanceOpsCmd>,
    /// Clear user data for cloud-init or environment; `cipher_data` is preferred.
    #[prost(string, tag = "11")]
    pub user_data: String,
    /// Its console may be reached remotely.
    #[prost(bool, tag = "12")]
    pub remote_console: bool,
    /// Encrypted user data.
    #[prost(message, optional, tag = "13")]
    pub cipher_data: Option<CipherBlock>,
    /// Address inside that serves container statistics; empty for none.
    #[prost(string, tag = "15")]
    pub collect_stats_ip_addr: String,
    /// Volumes, in the order that the guest sees; the first is the root.
    #[prost(message, repeated, tag = "16")]
    pub volume_ref_list: Vec<VolumeRef>,
    /// How user data reaches the guest; a [`MetaDataType`].
    #[prost(enumeration = "MetaDataType", tag = "17")]
    pub meta_data_type: i32,
    /// Profiles that it belongs to; empty for all.
    #[prost(string, repeated, tag = "18")]
    pub profile_list: Vec<String>,
    /// Seconds to wait before its first start after boot.
    #[prost(uint32, tag = "19")]
    pub start_delay_in_seconds: u32,
    /// A container that runs beside the system, without virtualisation.
    #[prost(bool, tag = "20")]
    pub service: bool,
    /// A change makes cloud-init run again in the guest.
    #[prost(uint32, tag = "21")]
    pub cloud_init_version: u32,
    /// Snapshots.
    #[prost(message, optional, tag = "22")]
    pub snapshot: Option<SnapshotConfig>,
    /// Patch envelope for it.
    #[prost(message, optional, tag = "23")]
    pub patch_ref: Option<PatchEnvelopeRef>,
    /// In a cluster: the node that it belongs on.
    #[prost(string, tag = "26")]
    pub designated_node_id: String,
    /// Screen size of a machine in FML mode.
    #[prost(string, tag = "27")]
    pub vm_resolution: String,
    /// Runtime for nested applications; an [`AppRuntimeType`].
    #[prost(enumeration = "AppRuntimeType", tag = "28")]
    pub runtime_type: i32,
    /// How binding `designated_node_id` is; an [`AffinityType`].
    #[prost(enumeration = "AffinityType", tag = "29")]
    pub affinity: i32,
}

/// Names a patch envelope.
#[derive(Clone, PartialEq, Message)]
pub struct PatchEnvelopeRef {
    /// By name; wins over `id`.
    #[prost(string, tag = "23")]
    pub name: String,
    /// By UUID.
    #[prost(string, tag = "24")]
    pub id: String,
}

/// Use of a volume by an application instance.
#[derive(Clone, PartialEq, Message)]
pub struct VolumeRef {
    /// UUID of the volume.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// Generation of the volume that is meant.
    #[prost(int64, tag = "2")]
    pub generation_count: i64,
    /// Mount point in a container; empty for `/mnt`.
    #[prost(string, tag = "3")]
    pub mount_dir: String,
}

/// How user data reaches the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum MetaDataType {
    /// `MetaDataDrive`: a CD-ROM image for cloud-init.
    Drive = 0,
    /// `MetaDataNone`: not at all.
    None = 1,
    /// `MetaDataOpenStack`: the metadata service, in OpenStack's form.
    OpenStack = 2,
    /// `MetaDataDriveMultipart`: a CD-ROM image, multipart MIME taken apart.
    DriveMultipart = 3,
}

/// What triggers a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum SnapshotType {
    /// `SNAPSHOT_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `SNAPSHOT_TYPE_APP_UPDATE`: the next update of the application.
    AppUpdate = 1,
    /// `SNAPSHOT_TYPE_IMMEDIATE`: at once.
    Immediate = 2,
}

/// How binding a designated node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AffinityType {
    /// `AFFINITY_TYPE_PREFERRED`: another node may take over.
    Preferred = 0,
    /// `AFFINITY_TYPE_REQUIRED`: no other node.
    Required = 1,
}

/// Runtimes for nested applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AppRuntimeType {
    /// `APP_RUNTIME_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `APP_RUNTIME_TYPE_DOCKER`.
    Docker = 1,
}

crate::debug_without_content!(AppInstanceConfig);
