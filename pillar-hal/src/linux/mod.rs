//! The real device: the traits of [`pillar_core::hal`] on the Linux kernel.

mod fs;

pub use fs::LinuxFs;

use crate::files::Files;

/// The file systems of the device.
pub type LinuxStorage = Files<LinuxFs>;
