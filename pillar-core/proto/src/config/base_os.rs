//! The base operating system.

use prost::Message;

use super::{DeviceOpsCmd, Drive, UuidAndVersion};

/// Obsolete form; see [`BaseOs`].
#[derive(Clone, PartialEq, Message)]
pub struct BaseOsConfig {
    /// Identity and version.
    #[prost(message, optional, tag = "1")]
    pub uuid_and_version: Option<UuidAndVersion>,
    /// Image.
    #[prost(message, repeated, tag = "3")]
    pub drives: Vec<Drive>,
    /// Run it after the next boot.
    #[prost(bool, tag = "4")]
    pub activate: bool,
    /// Version in the image.
    #[prost(string, tag = "10")]
    pub base_os_version: String,
    /// UUID of the volume that holds the image.
    #[prost(string, tag = "12")]
    pub volume_id: String,
}

/// Base operating system wanted.
#[derive(Clone, PartialEq, Message)]
pub struct BaseOs {
    /// UUID of the content tree that holds the image.
    #[prost(string, tag = "1")]
    pub content_tree_uuid: String,
    /// A higher counter tries a failed update again.
    #[prost(message, optional, tag = "2")]
    pub retry_update: Option<DeviceOpsCmd>,
    /// Boot into it once it is installed.
    #[prost(bool, tag = "3")]
    pub activate: bool,
    /// Version in the image.
    #[prost(string, tag = "4")]
    pub base_os_version: String,
}
