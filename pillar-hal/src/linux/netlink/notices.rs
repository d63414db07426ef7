//! What the kernel tells by netlink without being asked, as it lies in the socket. Shared by all sources of notices.

use std::os::fd::AsFd;

use pillar_core::hal::source::Drained;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

/// How many datagrams one drain takes at most, so that a flood of notices does not hold the host up. What is left
/// keeps the descriptor readable.
const MAX_DATAGRAMS: usize = 256;

/// Hands on the datagrams that have come; `None` where the kernel had no room for some.
pub(in crate::linux) fn drain(
    fd: impl AsFd,
    buffer: &mut [u8],
    mut heard: impl FnMut(Option<&[u8]>),
) -> Drained {
    let mut drained = Drained::All;
    for _ in 0..MAX_DATAGRAMS {
        match recv(&fd, &mut *buffer, RecvFlags::empty()) {
            Ok((length, _)) => heard(Some(&buffer[..length])),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return drained,
            Err(Errno::NOBUFS) => {
                drained = Drained::Overrun;
                heard(None);
            }
            Err(_) => return Drained::Ended,
        }
    }
    drained
}
