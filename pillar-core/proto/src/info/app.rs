//! Application instances and the adapters they use.

use prost::{Enumeration, Message};

use super::{ErrorInfo, ZInfoNetwork};
use crate::common::{PhyIoMemberUsage, PhyIoType};
use crate::google::Timestamp;

/// Adapters that go to an application together.
#[derive(Clone, PartialEq, Message)]
pub struct ZioBundle {
    /// A [`PhyIoType`].
    #[prost(enumeration = "PhyIoType", tag = "1")]
    pub kind: i32,
    /// Assignment group.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Logical labels of the adapters.
    #[prost(string, repeated, tag = "3")]
    pub members: Vec<String>,
    /// Application that has them.
    #[prost(string, tag = "4")]
    pub used_by_app_uuid: String,
    /// The device itself uses them.
    #[prost(bool, tag = "5")]
    pub used_by_base_os: bool,
    /// Addresses, one for each member.
    #[prost(message, repeated, tag = "6")]
    pub io_address_list: Vec<IoAddresses>,
    /// A [`PhyIoMemberUsage`].
    #[prost(enumeration = "PhyIoMemberUsage", tag = "7")]
    pub usage: i32,
    /// What is wrong.
    #[prost(message, optional, tag = "8")]
    pub err: Option<ErrorInfo>,
}

/// Addresses of an adapter.
#[derive(Clone, PartialEq, Message)]
pub struct IoAddresses {
    /// MAC address.
    #[prost(string, tag = "1")]
    pub mac_address: String,
    /// When it is a virtual function.
    #[prost(message, optional, tag = "2")]
    pub vf_info: Option<VfPublishedInfo>,
}

/// An SR-IOV virtual function.
#[derive(Clone, PartialEq, Message)]
pub struct VfPublishedInfo {
    /// Number of the function.
    #[prost(uint32, tag = "1")]
    pub index: u32,
    /// Its VLAN.
    #[prost(uint32, tag = "2")]
    pub vlan_id: u32,
}

/// Software of an object; obsolete.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoSw {
    /// Version.
    #[prost(string, tag = "2")]
    pub sw_version: String,
    /// SHA-256, hex.
    #[prost(string, tag = "3")]
    pub sw_hash: String,
    /// A [`ZSwState`].
    #[prost(enumeration = "ZSwState", tag = "4")]
    pub state: i32,
    /// What it is for, for example `disk`.
    #[prost(string, tag = "6")]
    pub target: String,
    /// Device that the guest sees.
    #[prost(string, tag = "7")]
    pub vdev: String,
    /// Percent.
    #[prost(uint32, tag = "8")]
    pub download_progress: u32,
    /// Name of the image.
    #[prost(string, tag = "9")]
    pub image_name: String,
}

/// A snapshot of an application instance.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoSnapshot {
    /// UUID of the snapshot.
    #[prost(string, tag = "1")]
    pub id: String,
    /// UUID of the configuration it was made under, when the device triggered it.
    #[prost(string, tag = "2")]
    pub config_id: String,
    /// Version of that configuration.
    #[prost(string, tag = "3")]
    pub config_version: String,
    /// When it was made.
    #[prost(message, optional, tag = "4")]
    pub create_time: Option<Timestamp>,
    /// A [`SnapshotType`].
    #[prost(enumeration = "SnapshotType", tag = "5")]
    pub kind: i32,
    /// What went wrong.
    #[prost(message, optional, tag = "6")]
    pub snap_err: Option<ErrorInfo>,
}

/// An application instance. With `app_id` alone it is gone.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoApp {
    /// UUID.
    #[prost(string, tag = "1")]
    pub app_id: String,
    /// Version of its configuration.
    #[prost(string, tag = "2")]
    pub app_version: String,
    /// Not used.
    #[prost(bool, tag = "6")]
    pub system_app: bool,
    /// Display name.
    #[prost(string, tag = "7")]
    pub app_name: String,
    /// Obsolete; see `volume_refs`.
    #[prost(message, repeated, tag = "8")]
    pub software_list: Vec<ZInfoSw>,
    /// When it started.
    #[prost(message, optional, tag = "12")]
    pub boot_time: Option<Timestamp>,
    /// Adapters it has.
    #[prost(message, repeated, tag = "13")]
    pub assigned_adapters: Vec<ZioBundle>,
    /// What is wrong.
    #[prost(message, repeated, tag = "14")]
    pub app_err: Vec<ErrorInfo>,
    /// A [`ZSwState`].
    #[prost(enumeration = "ZSwState", tag = "15")]
    pub state: i32,
    /// Its network interfaces.
    #[prost(message, repeated, tag = "16")]
    pub network: Vec<ZInfoNetwork>,
    /// UUIDs of its volumes.
    #[prost(string, repeated, tag = "17")]
    pub volume_refs: Vec<String>,
    /// Its snapshots.
    #[prost(message, repeated, tag = "18")]
    pub snapshots: Vec<ZInfoSnapshot>,
    /// In a cluster: it runs on this node.
    #[prost(bool, tag = "20")]
    pub cluster_app_running: bool,
}

/// Data that an application published, at most 32 KiB.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct ZInfoAppInstMetaData {
    /// UUID of the application instance.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// An [`AppInstMetaDataType`].
    #[prost(enumeration = "AppInstMetaDataType", tag = "2")]
    pub kind: i32,
    /// The data.
    #[prost(bytes = "vec", tag = "3")]
    pub data: Vec<u8>,
}

/// Where an object is on its way; used for applications, volumes, content trees and blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZSwState {
    /// `INVALID`.
    Invalid = 0,
    /// `INITIAL`.
    Initial = 1,
    /// `DOWNLOAD_STARTED`.
    DownloadStarted = 2,
    /// `DOWNLOADED`.
    Downloaded = 3,
    /// `DELIVERED`.
    Delivered = 4,
    /// `INSTALLED`.
    Installed = 5,
    /// `BOOTING`.
    Booting = 6,
    /// `RUNNING`.
    Running = 7,
    /// `HALTING`.
    Halting = 8,
    /// `HALTED`.
    Halted = 9,
    /// `RESTARTING`.
    Restarting = 10,
    /// `PURGING`.
    Purging = 11,
    /// `RESOLVING_TAG`.
    ResolvingTag = 12,
    /// `RESOLVED_TAG`.
    ResolvedTag = 13,
    /// `CREATING_VOLUME`.
    CreatingVolume = 14,
    /// `CREATED_VOLUME`: end state of volumes.
    CreatedVolume = 15,
    /// `VERIFYING`.
    Verifying = 16,
    /// `VERIFIED`.
    Verified = 17,
    /// `LOADING`.
    Loading = 18,
    /// `LOADED`: end state of blobs and content trees.
    Loaded = 19,
    /// `AWAITNETWORKINSTANCE`: its network is not there yet.
    AwaitNetworkInstance = 20,
    /// `ERROR`.
    Error = 21,
    /// `START_DELAYED`.
    StartDelayed = 22,
    /// `PENDING`.
    Pending = 23,
    /// `SCHEDULING`.
    Scheduling = 24,
}

/// What triggered a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum SnapshotType {
    /// `SNAPSHOT_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `SNAPSHOT_TYPE_APP_UPDATE`.
    AppUpdate = 1,
    /// `SNAPSHOT_TYPE_IMMEDIATE`.
    Immediate = 2,
}

/// What an application published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AppInstMetaDataType {
    /// `APP_INST_META_DATA_TYPE_NONE`.
    None = 0,
    /// `APP_INST_META_DATA_TYPE_KUBE_CONFIG`: access to its Kubernetes.
    KubeConfig = 1,
    /// `APP_INST_META_DATA_TYPE_CUSTOM_STATUS`.
    CustomStatus = 2,
}

crate::debug_without_content!(ZInfoAppInstMetaData);
