//! Patch envelopes.

use prost::{Enumeration, Message};

/// A patch envelope.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoPatchEnvelope {
    /// Name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// UUID.
    #[prost(string, tag = "2")]
    pub id: String,
    /// Version as configured.
    #[prost(string, tag = "3")]
    pub version: String,
    /// A [`PatchEnvelopeState`].
    #[prost(enumeration = "PatchEnvelopeState", tag = "4")]
    pub state: i32,
    /// Bytes.
    #[prost(uint64, tag = "5")]
    pub size: u64,
    /// What is wrong.
    #[prost(string, repeated, tag = "6")]
    pub errors: Vec<String>,
}

/// How far an envelope has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum PatchEnvelopeState {
    /// `PATCH_UNKOWN`.
    Unknown = 0,
    /// `PATCH_ERROR`.
    Error = 1,
    /// `PATCH_RECEIVED`.
    Received = 2,
    /// `PATCH_DOWNLOADING`.
    Downloading = 3,
    /// `PATCH_DOWNLOADED`.
    Downloaded = 4,
    /// `PATCH_READY`: complete, not offered.
    Ready = 5,
    /// `PATCH_ACTIVE`: applications may fetch it.
    Active = 6,
}
