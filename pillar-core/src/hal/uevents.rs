//! Notices of the kernel about devices that appeared, went or changed (kernel, kobject uevents). Followed by whoever
//! keeps a list of devices: domainmgr, usbmanager, ledmanager.
//!
//! They are keyed by subsystem, such as `usb`: there are few of those whatever is plugged in, and who follows looks at
//! all devices of the subsystem anyway.

use pillar_types::object;

/// The longest name of a subsystem, in bytes; notices of others are dropped.
pub const MAX_SUBSYSTEM: usize = 32;

object! {
    /// Devices of a subsystem may have changed. hal to agents that list devices; key: the subsystem.
    pub struct DeviceNotice topic "DeviceNotice" {
        /// Grows with every notice, so that two in a row differ.
        pub serial: u64 = "Serial",
    }
}

/// Whether a text can be the name of a subsystem: short, and of letters, digits and what the kernel puts between.
pub fn is_subsystem(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=MAX_SUBSYSTEM).contains(&name.len()) && name.bytes().all(plain)
}
