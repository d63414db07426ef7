//! The real device: the traits of [`pillar_core::hal`] on the Linux kernel.

mod can;
mod clock;
mod crypto;
mod dhcp;
mod dnsmasq;
mod fs;
mod http;
mod leds;
mod links;
mod netlink;
mod nftables;
mod power;
mod process;
pub mod qemu;
mod qemu_img;
mod random;
mod resolver;
mod system;
mod uevents;
mod wait;
mod watchdog;

pub use can::LinuxCanLinks;
pub use clock::LinuxClock;
pub use crypto::{KeyPair, P256, RingCrypto};
pub use dhcp::{DhcpcdPaths, LinuxDhcp, dhcpcd_arguments};
pub use dnsmasq::{Dnsmasq, config_text as dnsmasq_config, host_files as dnsmasq_hosts};
pub use fs::LinuxFs;
pub use http::LinuxHttp;
pub use leds::LinuxLeds;
pub use links::{LinuxLinkNotices, LinuxLinks};
pub use nftables::LinuxPacketFilter;
pub use power::Zboot;
pub use process::LinuxProcess;
pub use qemu_img::QemuImg;
pub use random::LinuxRandom;
pub use resolver::LinuxResolver;
pub use system::LinuxSystem;
pub use uevents::LinuxUevents;
pub use watchdog::LinuxWatchdog;

use crate::files::Files;
use crate::keys::FileKeys;
use crate::transfer::Transfers;

/// The file systems of the device.
pub type LinuxStorage = Files<LinuxFs>;

/// The keys of the device, in files.
pub type LinuxKeys = FileKeys<P256>;

/// Transfers of the device.
pub type LinuxTransfer = Transfers<LinuxHttp, LinuxFs>;
