//! Notices of the kernel about devices, as a source of [`DeviceNotice`].
//!
//! The descriptor is readable when there are notices. Those of network devices belong to the network namespace of the
//! thread that made it; all others are the device's. When the kernel had no room for a notice, the drain says so.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use pillar_core::hal::source::{Drained, Source};
use pillar_core::hal::{DeviceNotice, is_subsystem};
use rustix::net::SocketFlags;

use super::netlink::notices::drain;
use super::netlink::socket::{BUFFER, UEVENT, open};

/// The group in which the kernel itself speaks; udev has another.
const KERNEL: u32 = 1;

/// The kernel's notices.
pub struct LinuxUevents {
    fd: OwnedFd,
    buffer: Vec<u8>,
    serial: u64,
}

impl LinuxUevents {
    /// Begins to listen.
    pub fn new() -> std::io::Result<Self> {
        let fd = open(UEVENT, KERNEL, SocketFlags::NONBLOCK)?;
        Ok(LinuxUevents { fd, buffer: vec![0; BUFFER], serial: 0 })
    }
}

impl AsFd for LinuxUevents {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Source<DeviceNotice> for LinuxUevents {
    fn drain(&mut self, notice: &mut dyn FnMut(&str, DeviceNotice)) -> Drained {
        let LinuxUevents { fd, buffer, serial } = self;
        drain(fd, buffer, |datagram| {
            if let Some(subsystem) = datagram.and_then(subsystem) {
                *serial += 1;
                notice(subsystem, DeviceNotice { serial: *serial });
            }
        })
    }
}

/// The subsystem of a notice: `add@/devices/…`, then `NAME=value`, each ended by NUL.
fn subsystem(datagram: &[u8]) -> Option<&str> {
    let mut parts = datagram.split(|byte| *byte == 0);
    // udev's begin otherwise.
    parts.next().filter(|head| head.contains(&b'@'))?;
    let name = parts.find_map(|part| part.strip_prefix(b"SUBSYSTEM="))?;
    std::str::from_utf8(name).ok().filter(|name| is_subsystem(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_notice_has_its_subsystem() {
        let usb =
            b"add@/devices/pci0000:00/usb1/1-1\0ACTION=add\0DEVPATH=/devices/x\0SUBSYSTEM=usb\0SEQNUM=7\0";
        assert_eq!(subsystem(usb), Some("usb"));
        assert_eq!(subsystem(b"change@/x\0SUBSYSTEM=scsi_host"), Some("scsi_host"));
        for none in [
            b"libudev\0\xfe\xed\xca\xfeSUBSYSTEM=usb\0".as_slice(),
            b"add@/x\0ACTION=add\0",
            b"add@/x\0SUBSYSTEM=\0",
            b"add@/x\0SUBSYSTEM=../etc\0",
            b"add@/x\0SUBSYSTEM=an-awfully-long-name-of-a-subsystem\0",
            b"add@/x\0SUBSYSTEM=\xff\0",
            b"",
        ] {
            assert_eq!(subsystem(none), None, "{none:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_good_name_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let with_head = [b"add@/x\0SUBSYSTEM=".as_slice(), &bytes].concat();
            for datagram in [&bytes, &with_head] {
                prop_assert!(subsystem(datagram).is_none_or(is_subsystem));
            }
        }
    }
}
