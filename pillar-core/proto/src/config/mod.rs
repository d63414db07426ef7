//! What the controller wants of the device: [`EdgeDevConfig`] and everything in it.

mod acl;
mod app;
mod base_os;
mod cluster;
mod compound;
mod device;
mod edgeview;
mod model;
mod network;
mod network_instance;
mod patch_envelope;
mod scep;
mod storage;
mod vm;

pub use acl::*;
pub use app::*;
pub use base_os::*;
pub use cluster::*;
pub use compound::*;
pub use device::*;
pub use edgeview::*;
pub use model::*;
pub use network::*;
pub use network_instance::*;
pub use patch_envelope::*;
pub use scep::*;
pub use storage::*;
pub use vm::*;
