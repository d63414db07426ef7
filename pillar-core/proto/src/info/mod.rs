//! What a device reports when something changed: [`ZInfoMsg`], one object a message.

mod app;
mod base_os;
mod bond;
mod cellular;
mod cert;
mod cluster;
mod cluster_storage;
mod content;
mod device;
mod edgeview;
mod error;
mod hardware;
mod location;
mod network_instance;
mod ntp;
mod patch_envelope;
mod pnac;
mod port;
mod security;
mod storage;

pub use app::*;
pub use base_os::*;
pub use bond::*;
pub use cellular::*;
pub use cert::*;
pub use cluster::*;
pub use cluster_storage::*;
pub use content::*;
pub use device::*;
pub use edgeview::*;
pub use error::*;
pub use hardware::*;
pub use location::*;
pub use network_instance::*;
pub use ntp::*;
pub use patch_envelope::*;
pub use pnac::*;
pub use port::*;
pub use security::*;
pub use storage::*;

use prost::{Enumeration, Message, Oneof};

use crate::google::Timestamp;

/// What a report is about. Numbers 2, 4, 5 and 15 were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZInfoTypes {
    /// `ZiNop`.
    Nop = 0,
    /// `ZiDevice`.
    Device = 1,
    /// `ZiApp`.
    App = 3,
    /// `ZiNetworkInstance`.
    NetworkInstance = 6,
    /// `ZiVolume`.
    Volume = 7,
    /// `ZiContentTree`.
    ContentTree = 8,
    /// `ZiBlobList`.
    BlobList = 9,
    /// `ZiAppInstMetaData`.
    AppInstMetaData = 10,
    /// `ZiHardware`.
    Hardware = 11,
    /// `ZiEdgeview`.
    Edgeview = 12,
    /// `ZiLocation`.
    Location = 13,
    /// `ZiPatchEnvelope`.
    PatchEnvelope = 14,
    /// `ZiNTPSources`.
    NtpSources = 16,
    /// `ZiKubeCluster`.
    KubeCluster = 17,
    /// `ZiKubeClusterUpdateStatus`.
    KubeClusterUpdateStatus = 18,
}

/// Body of `info`. A later report of an object replaces an unsent earlier one.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoMsg {
    /// What it is about; a [`ZInfoTypes`].
    #[prost(enumeration = "ZInfoTypes", tag = "1")]
    pub info_type: i32,
    /// UUID of the device.
    #[prost(string, tag = "2")]
    pub dev_id: String,
    /// What changed.
    #[prost(oneof = "InfoContent", tags = "3, 5, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 25")]
    pub content: Option<InfoContent>,
    /// When it was made.
    #[prost(message, optional, tag = "6")]
    pub at_time_stamp: Option<Timestamp>,
}

/// What a report is about, with its state.
#[derive(Clone, PartialEq, Oneof)]
pub enum InfoContent {
    /// The device.
    #[prost(message, boxed, tag = "3")]
    Device(Box<ZInfoDevice>),
    /// An application instance; with the id alone it is gone.
    #[prost(message, boxed, tag = "5")]
    App(Box<ZInfoApp>),
    /// A network instance; with an empty name it is gone.
    #[prost(message, boxed, tag = "12")]
    NetworkInstance(Box<ZInfoNetworkInstance>),
    /// A volume.
    #[prost(message, boxed, tag = "13")]
    Volume(Box<ZInfoVolume>),
    /// A content tree.
    #[prost(message, boxed, tag = "14")]
    ContentTree(Box<ZInfoContentTree>),
    /// Blobs.
    #[prost(message, boxed, tag = "15")]
    BlobList(Box<ZInfoBlobList>),
    /// Data that an application published.
    #[prost(message, boxed, tag = "16")]
    AppInstMetaData(Box<ZInfoAppInstMetaData>),
    /// Edge-view, while it runs.
    #[prost(message, boxed, tag = "17")]
    Edgeview(Box<ZInfoEdgeview>),
    /// Hardware inventory.
    #[prost(message, boxed, tag = "18")]
    Hardware(Box<ZInfoHardware>),
    /// Position of the device.
    #[prost(message, boxed, tag = "19")]
    Location(Box<ZInfoLocation>),
    /// A patch envelope.
    #[prost(message, boxed, tag = "20")]
    PatchEnvelope(Box<ZInfoPatchEnvelope>),
    /// State of this node in its cluster.
    #[prost(message, boxed, tag = "22")]
    ClusterNode(Box<ZInfoClusterNode>),
    /// Time sources.
    #[prost(message, boxed, tag = "23")]
    NtpSources(Box<ZInfoNtpSources>),
    /// State of the cluster.
    #[prost(message, boxed, tag = "24")]
    KubeCluster(Box<ZInfoKubeCluster>),
    /// Progress of a cluster update.
    #[prost(message, boxed, tag = "25")]
    KubeClusterUpdateStatus(Box<ZInfoKubeClusterUpdateStatus>),
}
