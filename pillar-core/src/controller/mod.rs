//! The protocol between device and controller (EVE API v2, spec/01), as far as it is not an agent's own: called by the
//! jobs of client, zedagent and whoever else speaks with the controller.

pub mod answer;
pub mod certs;
pub mod counters;
pub mod deferred;
pub mod envelope;
pub mod exchange;
pub mod facts;
pub mod pem;
pub mod places;
pub mod proxy;
pub mod status;
pub mod urls;
pub mod ways;
