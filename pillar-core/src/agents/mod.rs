//! The agents of the device, one module each, and the names by which they know each other.

pub mod client;
pub mod domainmgr;
pub mod downloader;
pub mod faultinjection;
pub mod ledmanager;
pub mod nim;
pub mod nodeagent;
pub mod vaultmgr;
pub mod verifier;
pub mod volumemgr;
pub mod waitforaddr;
pub mod zedagent;
pub mod zedmanager;
pub mod zedrouter;

use crate::node::AgentName;

/// Runs domains.
pub const DOMAINMGR: AgentName = AgentName("domainmgr");
/// Shows the device to whoever stands before it, and takes what they say.
pub const MONITOR: AgentName = AgentName("monitor");
/// Fetches content.
pub const DOWNLOADER: AgentName = AgentName("downloader");
/// Keeps the device connected.
pub const NIM: AgentName = AgentName("nim");
/// Watches over the health of the device.
pub const NODEAGENT: AgentName = AgentName("nodeagent");
/// Opens vaults.
pub const VAULTMGR: AgentName = AgentName("vaultmgr");
/// Verifies content.
pub const VERIFIER: AgentName = AgentName("verifier");
/// Makes volumes.
pub const VOLUMEMGR: AgentName = AgentName("volumemgr");
/// Speaks with the controller.
pub const ZEDAGENT: AgentName = AgentName("zedagent");
/// Runs applications.
pub const ZEDMANAGER: AgentName = AgentName("zedmanager");
/// Connects applications.
pub const ZEDROUTER: AgentName = AgentName("zedrouter");
/// Makes the device known to the controller.
pub const ZEDCLIENT: AgentName = AgentName("zedclient");
