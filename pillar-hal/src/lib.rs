//! Implementations of the hardware abstraction layer.

pub mod abort;
pub mod conformance;
pub mod files;
pub mod ipc;
pub mod keys;
pub mod linux;
pub mod panic;
pub mod signals;
pub mod sim;
pub mod transfer;
pub mod x509;
