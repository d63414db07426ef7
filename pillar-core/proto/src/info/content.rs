//! Volumes, content trees and blobs.

use prost::Message;

use super::{ErrorInfo, ZSwState};
use crate::google::Timestamp;

/// Use of an object.
#[derive(Clone, PartialEq, Message)]
pub struct UsageInfo {
    /// When it was made.
    #[prost(message, optional, tag = "1")]
    pub create_time: Option<Timestamp>,
    /// Users.
    #[prost(uint32, tag = "2")]
    pub ref_count: u32,
    /// When `ref_count` changed last.
    #[prost(message, optional, tag = "3")]
    pub last_refcount_change_time: Option<Timestamp>,
}

/// Space of a volume.
#[derive(Clone, PartialEq, Message)]
pub struct VolumeResources {
    /// As configured.
    #[prost(uint64, tag = "1")]
    pub max_size_bytes: u64,
    /// In use now.
    #[prost(uint64, tag = "2")]
    pub cur_size_bytes: u64,
}

/// A volume.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoVolume {
    /// UUID.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// Name for people.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// Its use.
    #[prost(message, optional, tag = "3")]
    pub usage: Option<UsageInfo>,
    /// Its space.
    #[prost(message, optional, tag = "4")]
    pub resources: Option<VolumeResources>,
    /// A [`ZSwState`].
    #[prost(enumeration = "ZSwState", tag = "5")]
    pub state: i32,
    /// Percent of what `state` says.
    #[prost(uint32, tag = "6")]
    pub progress_percentage: u32,
    /// What is wrong.
    #[prost(message, optional, tag = "7")]
    pub volume_err: Option<ErrorInfo>,
    /// Generation as configured.
    #[prost(int64, tag = "8")]
    pub generation_count: i64,
}

/// Space of content.
#[derive(Clone, PartialEq, Message)]
pub struct ContentResources {
    /// In use now.
    #[prost(uint64, tag = "1")]
    pub cur_size_bytes: u64,
}

/// A content tree.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoContentTree {
    /// UUID.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// Name for people.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// SHA-256 of the top blob, hex.
    #[prost(string, tag = "3")]
    pub sha256: String,
    /// Its space.
    #[prost(message, optional, tag = "4")]
    pub resources: Option<ContentResources>,
    /// Its use.
    #[prost(message, optional, tag = "5")]
    pub usage: Option<UsageInfo>,
    /// A [`ZSwState`].
    #[prost(enumeration = "ZSwState", tag = "6")]
    pub state: i32,
    /// Percent of what `state` says.
    #[prost(uint32, tag = "7")]
    pub progress_percentage: u32,
    /// What is wrong.
    #[prost(message, optional, tag = "8")]
    pub err: Option<ErrorInfo>,
    /// SHA-256 of each blob, hex.
    #[prost(string, repeated, tag = "9")]
    pub component_sha_list: Vec<String>,
    /// Generation as configured.
    #[prost(int64, tag = "10")]
    pub generation_count: i64,
}

/// A blob.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoBlob {
    /// SHA-256, hex.
    #[prost(string, tag = "1")]
    pub sha256: String,
    /// Its space.
    #[prost(message, optional, tag = "2")]
    pub resources: Option<ContentResources>,
    /// Its use.
    #[prost(message, optional, tag = "3")]
    pub usage: Option<UsageInfo>,
    /// A [`ZSwState`].
    #[prost(enumeration = "ZSwState", tag = "4")]
    pub state: i32,
    /// Percent of what `state` says.
    #[prost(uint32, tag = "5")]
    pub progress_percentage: u32,
    /// What is wrong.
    #[prost(message, optional, tag = "6")]
    pub err: Option<ErrorInfo>,
}

/// Blobs.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoBlobList {
    /// One entry each.
    #[prost(message, repeated, tag = "1")]
    pub blobs: Vec<ZInfoBlob>,
}
