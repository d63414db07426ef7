//! Port authentication (802.1X).

use prost::{Enumeration, Message};

use super::ErrorInfo;
use crate::google::Timestamp;

/// State of port authentication.
#[derive(Clone, PartialEq, Message)]
pub struct PnacStatus {
    /// It is configured.
    #[prost(bool, tag = "1")]
    pub enabled: bool,
    /// A [`SupplicantState`].
    #[prost(enumeration = "SupplicantState", tag = "2")]
    pub state: i32,
    /// Last success.
    #[prost(message, optional, tag = "3")]
    pub last_auth_timestamp: Option<Timestamp>,
    /// What is wrong.
    #[prost(message, optional, tag = "4")]
    pub err: Option<ErrorInfo>,
}

/// State of the supplicant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum SupplicantState {
    /// `SUPPLICANT_STATE_UNSPECIFIED`.
    Unspecified = 0,
    /// `SUPPLICANT_STATE_DISCONNECTED`.
    Disconnected = 1,
    /// `SUPPLICANT_STATE_CONNECTING`.
    Connecting = 2,
    /// `SUPPLICANT_STATE_AUTHENTICATING`.
    Authenticating = 3,
    /// `SUPPLICANT_STATE_AUTHENTICATED`.
    Authenticated = 4,
    /// `SUPPLICANT_STATE_FAILED`.
    Failed = 5,
    /// `SUPPLICANT_STATE_HELD`: waits after failures.
    Held = 6,
}
