//! The agents of the device, one module each, and the names by which they know each other.

pub mod domainmgr;
pub mod ledmanager;

use crate::node::AgentName;

/// Runs domains.
pub const DOMAINMGR: AgentName = AgentName("domainmgr");
/// Keeps the device connected.
pub const NIM: AgentName = AgentName("nim");
/// Speaks with the controller.
pub const ZEDAGENT: AgentName = AgentName("zedagent");
/// Runs applications.
pub const ZEDMANAGER: AgentName = AgentName("zedmanager");
