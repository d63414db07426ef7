//! Partitions of the base operating system.

use prost::{Enumeration, Message};

use super::{ErrorInfo, ZSwState};

/// One system partition.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoDevSw {
    /// It is the one to boot.
    #[prost(bool, tag = "2")]
    pub activated: bool,
    /// `IMGA` or `IMGB`.
    #[prost(string, tag = "3")]
    pub partition_label: String,
    /// Its block device.
    #[prost(string, tag = "4")]
    pub partition_device: String,
    /// `active`, `inprogress`, `updating` or `unused`.
    #[prost(string, tag = "5")]
    pub partition_state: String,
    /// State of the download; a [`ZSwState`].
    #[prost(enumeration = "ZSwState", tag = "6")]
    pub status: i32,
    /// Version of the image.
    #[prost(string, tag = "7")]
    pub short_version: String,
    /// The same, longer form.
    #[prost(string, tag = "8")]
    pub long_version: String,
    /// Why it failed.
    #[prost(message, optional, tag = "9")]
    pub sw_err: Option<ErrorInfo>,
    /// Percent.
    #[prost(uint32, tag = "10")]
    pub download_progress: u32,
    /// A [`BaseOsStatus`].
    #[prost(enumeration = "BaseOsStatus", tag = "11")]
    pub user_status: i32,
    /// The same in words.
    #[prost(string, tag = "12")]
    pub sub_status_str: String,
    /// A [`BaseOsSubStatus`].
    #[prost(enumeration = "BaseOsSubStatus", tag = "13")]
    pub sub_status: i32,
    /// Percent or seconds left, as `sub_status` says.
    #[prost(uint32, tag = "14")]
    pub sub_status_progress: u32,
}

/// Update of the base operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum BaseOsStatus {
    /// `NONE`.
    None = 0,
    /// `DOWNLOADING`.
    Downloading = 1,
    /// `DOWNLOAD_DONE`.
    DownloadDone = 2,
    /// `UPDATING`.
    Updating = 3,
    /// `UPDATED`: runs and is committed.
    Updated = 4,
    /// `FALLBACK`: the other partition, while an update is tested.
    Fallback = 5,
    /// `FAILED`.
    Failed = 6,
}

/// Step of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum BaseOsSubStatus {
    /// `NONE_SUBSTATUS`.
    None = 0,
    /// `DOWNLOAD_INPROGRESS`.
    DownloadInProgress = 1,
    /// `VERIFY_INPROGRESS`.
    VerifyInProgress = 2,
    /// `UPDATE_INITIALIZING`.
    UpdateInitializing = 3,
    /// `UPDATE_REBOOTING`.
    UpdateRebooting = 4,
    /// `UPDATE_TESTING`: runs, not yet committed.
    UpdateTesting = 5,
    /// `UPDATE_NEED_TEST_CONFIRM`.
    UpdateNeedTestConfirm = 6,
    /// `UPDATE_DEFERRED`.
    UpdateDeferred = 7,
}
