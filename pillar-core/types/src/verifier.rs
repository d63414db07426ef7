//! Verification of downloaded blobs (`spec/06`, Download, resolve, verify).

use crate::errors::ErrorAndTime;
use crate::object;
use crate::registry::{TypeInfo, types};
use crate::state::SwState;

object! {
    /// A blob to be verified. volumemgr to verifier, key: its SHA-256.
    pub struct VerifyImageConfig topic "VerifyImageConfig" {
        /// The SHA-256 that it must have, in hexadecimal.
        pub image_sha256: String = "ImageSha256",
        /// What people call it.
        pub name: String = "Name",
        /// Its media type.
        pub media_type: String = "MediaType",
        /// The file that was downloaded.
        pub file_location: String = "FileLocation",
        /// Its size in bytes.
        pub size: i64 = "Size",
        /// How many want it; none: remove it when it expires.
        pub ref_count: u64 = "RefCount",
        /// Nobody has wanted it for long: remove it.
        pub expired: bool = "Expired",
    }
}

object! {
    /// How far a blob's verification is. verifier to volumemgr, key: its SHA-256.
    pub struct VerifyImageStatus topic "VerifyImageStatus" {
        /// The SHA-256 that it must have, in hexadecimal.
        pub image_sha256: String = "ImageSha256",
        /// What people call it.
        pub name: String = "Name",
        /// The file that was verified.
        pub file_location: String = "FileLocation",
        /// Its size in bytes.
        pub size: i64 = "Size",
        /// Its media type.
        pub media_type: String = "MediaType",
        /// Being added.
        pub pending_add: bool = "PendingAdd",
        /// Being changed.
        pub pending_modify: bool = "PendingModify",
        /// Being removed.
        pub pending_delete: bool = "PendingDelete",
        /// Where it is.
        pub state: SwState = "State",
        /// Why it was refused.
        pub error: ErrorAndTime = embed,
        /// How many want it.
        pub ref_count: u64 = "RefCount",
        /// It may be removed.
        pub expired: bool = "Expired",
    }
}

impl VerifyImageConfig {
    /// `<sha256>`.
    pub fn key(&self) -> String {
        self.image_sha256.clone()
    }
}

impl VerifyImageStatus {
    /// `<sha256>`.
    pub fn key(&self) -> String {
        self.image_sha256.clone()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic VerifyImageConfig, topic VerifyImageStatus];
