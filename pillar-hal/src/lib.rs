//! Implementations of the hardware abstraction layer.

pub mod files;
pub mod linux;
pub mod sim;
