//! The real device: the traits of [`pillar_core::hal`] on the Linux kernel.

mod clock;
mod fs;
mod leds;
mod links;
mod process;
pub mod qemu;
mod random;
mod wait;
mod watchdog;

pub use clock::LinuxClock;
pub use fs::LinuxFs;
pub use leds::LinuxLeds;
pub use links::{LinuxLinkNotices, LinuxLinks};
pub use process::LinuxProcess;
pub use random::LinuxRandom;
pub use watchdog::LinuxWatchdog;

use crate::files::Files;

/// The file systems of the device.
pub type LinuxStorage = Files<LinuxFs>;
