//! Edge-view: remote troubleshooting.

use prost::Message;

/// An edge-view session.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct EdgeViewConfig {
    /// JWT with dispatcher, device and expiry.
    #[prost(string, tag = "1")]
    pub token: String,
    /// Certificates of the dispatcher, PEM; empty for well-known roots.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub disp_cert_pem: Vec<Vec<u8>>,
    /// Access to the device.
    #[prost(message, optional, tag = "3")]
    pub dev_policy: Option<DevDebugAccessPolicy>,
    /// Access to applications.
    #[prost(message, optional, tag = "4")]
    pub app_policy: Option<AppDebugAccessPolicy>,
    /// Access to hosts in reach of the device.
    #[prost(message, optional, tag = "5")]
    pub ext_policy: Option<ExternalEndPointPolicy>,
    /// A change restarts edge-view.
    #[prost(uint32, tag = "6")]
    pub generation_id: u32,
}

/// Access to the device.
#[derive(Clone, PartialEq, Message)]
pub struct DevDebugAccessPolicy {
    /// Allowed.
    #[prost(bool, tag = "1")]
    pub allow_dev: bool,
}

/// Access to applications.
#[derive(Clone, PartialEq, Message)]
pub struct AppDebugAccessPolicy {
    /// Allowed.
    #[prost(bool, tag = "1")]
    pub allow_app: bool,
}

/// Access to hosts that are neither device nor application.
#[derive(Clone, PartialEq, Message)]
pub struct ExternalEndPointPolicy {
    /// Allowed.
    #[prost(bool, tag = "1")]
    pub allow_ext: bool,
}

crate::debug_without_content!(EdgeViewConfig);
