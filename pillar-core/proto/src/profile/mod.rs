//! The dialogue with a local profile server: an application or host on site that may steer the device.

mod local_profile;
mod network;
mod signal;

pub use local_profile::*;
pub use network::*;
pub use signal::*;
