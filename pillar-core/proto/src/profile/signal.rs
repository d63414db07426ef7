//! The stream by which a local profile server asks to be polled at once.

use prost::{Enumeration, Message};

/// One line of `signal`, as protobuf JSON.
#[derive(Clone, PartialEq, Message)]
pub struct Signal {
    /// Endpoints to ask now; [`ConfigEndpoint`] values.
    #[prost(enumeration = "ConfigEndpoint", repeated, tag = "1")]
    pub pending_changes: Vec<i32>,
}

/// Endpoints of a local profile server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ConfigEndpoint {
    /// `CONFIG_ENDPOINT_UNSPECIFIED`.
    Unspecified = 0,
    /// `CONFIG_ENDPOINT_LOCAL_PROFILE`.
    LocalProfile = 1,
    /// `CONFIG_ENDPOINT_RADIO`.
    Radio = 2,
    /// `CONFIG_ENDPOINT_APP_INFO`.
    AppInfo = 3,
    /// `CONFIG_ENDPOINT_APP_BOOT_INFO`.
    AppBootInfo = 4,
    /// `CONFIG_ENDPOINT_DEV_INFO`.
    DevInfo = 5,
    /// `CONFIG_ENDPOINT_NETWORK`.
    Network = 6,
}
