//! The protocol between device and controller (EVE API v2, spec/01), as far as it is not an agent's own: called by the
//! jobs of client, zedagent and whoever else speaks with the controller.

pub mod envelope;
pub mod pem;
