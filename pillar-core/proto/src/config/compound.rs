//! What a local operator console answers: configuration, commands and radio state at once.

use prost::Message;

use super::ConfigRequest;
use crate::auth::AuthContainer;
use crate::profile::{LocalAppCmdList, LocalDevCmd, RadioConfig};

/// Body of `compound-config`.
#[derive(Clone, PartialEq, Message)]
pub struct CompoundEdgeDevConfigRequest {
    /// Timestamp of the last command that was carried out.
    #[prost(uint64, tag = "1")]
    pub last_cmd_timestamp: u64,
    /// The ordinary request.
    #[prost(message, optional, tag = "2")]
    pub cfg_req: Option<ConfigRequest>,
}

/// Answer of `compound-config`.
#[derive(Clone, PartialEq, Message)]
pub struct CompoundEdgeDevConfig {
    /// Names this set of commands.
    #[prost(uint64, tag = "1")]
    pub timestamp: u64,
    /// Envelope with the ordinary answer, as the controller signed it.
    #[prost(message, optional, tag = "2")]
    pub protected_config: Option<AuthContainer>,
    /// Command to the device.
    #[prost(message, optional, tag = "3")]
    pub dev_cmd: Option<LocalDevCmd>,
    /// Commands to applications.
    #[prost(message, optional, tag = "4")]
    pub app_cmd_list: Option<LocalAppCmdList>,
    /// Radio silence.
    #[prost(message, optional, tag = "5")]
    pub radio_config: Option<RadioConfig>,
}
