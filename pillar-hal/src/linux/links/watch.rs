//! Notices of the kernel about links, addresses and routes, as a source of [`LinkNotice`].
//!
//! The descriptor is readable when there are notices. It belongs to the network namespace of the thread that made
//! it. When the kernel had no room for a notice, the drain says so and goes on.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use pillar_core::hal::source::{Drained, Source};
use pillar_core::hal::{LinkNotice, Scope};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SocketFlags, recv};

use super::super::netlink::socket::{BUFFER, Failure, ROUTE, Socket, open};
use super::super::netlink::{Received, messages};
use super::rtnetlink::{self, DEL_ADDRESS, DEL_LINK, DEL_ROUTE, GET_LINK, NEW_ADDRESS, NEW_LINK, NEW_ROUTE};

/// How many datagrams one drain takes at most, so that a flood of notices does not hold the host up. What is left
/// keeps the descriptor readable.
const MAX_DATAGRAMS: usize = 256;

/// The kernel's notices.
pub struct LinuxLinkNotices {
    fd: OwnedFd,
    buffer: Vec<u8>,
    /// Names by the kernel's numbers: notices about addresses and routes have only those.
    names: BTreeMap<u32, String>,
    serial: u64,
}

impl LinuxLinkNotices {
    /// Begins to listen.
    pub fn new() -> std::io::Result<Self> {
        let fd = open(ROUTE, rtnetlink::GROUPS, SocketFlags::NONBLOCK)?;
        let mut notices = LinuxLinkNotices { fd, buffer: vec![0; BUFFER], names: BTreeMap::new(), serial: 0 };
        notices.learn_names()?;
        Ok(notices)
    }

    fn learn_names(&mut self) -> Result<(), Errno> {
        let request = rtnetlink::link_request(GET_LINK, 0);
        let links = Socket::new(ROUTE)?.dump(&Scope::unbounded(), &request, rtnetlink::link);
        let links = links.map_err(|failure| match failure {
            Failure::Refused(errno) => errno,
            Failure::Cancelled => Errno::CANCELED,
        })?;
        self.names = links.into_iter().map(|link| (link.index, link.name)).collect();
        Ok(())
    }
}

impl AsFd for LinuxLinkNotices {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Source<LinkNotice> for LinuxLinkNotices {
    fn drain(&mut self, notice: &mut dyn FnMut(&str, LinkNotice)) -> Drained {
        let mut drained = Drained::All;
        for _ in 0..MAX_DATAGRAMS {
            let length = match recv(&self.fd, &mut *self.buffer, RecvFlags::empty()) {
                Ok((length, _)) => length,
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => return drained,
                Err(Errno::NOBUFS) => {
                    drained = Drained::Overrun;
                    // Without them some later notices are without a name; the resync covers those too.
                    let _ = self.learn_names();
                    continue;
                }
                Err(_) => return Drained::Ended,
            };
            for message in messages(&self.buffer[..length]) {
                for name in touched(&mut self.names, message) {
                    self.serial += 1;
                    notice(&name, LinkNotice { serial: self.serial });
                }
            }
        }
        drained
    }
}

/// The names of the links that a notice is about: two after a change of name.
fn touched(names: &mut BTreeMap<u32, String>, message: Received<'_>) -> Vec<String> {
    let known = |index: u32| names.get(&index).cloned().into_iter().collect();
    match message.kind {
        NEW_LINK | DEL_LINK => {
            let Some(link) = rtnetlink::link(message) else { return Vec::new() };
            let before = match message.kind {
                NEW_LINK => names.insert(link.index, link.name.clone()),
                _ => names.remove(&link.index),
            };
            before.into_iter().filter(|before| *before != link.name).chain([link.name.clone()]).collect()
        }
        NEW_ADDRESS | DEL_ADDRESS => {
            rtnetlink::address(message).map(|(index, _, _)| known(index)).unwrap_or_default()
        }
        NEW_ROUTE | DEL_ROUTE => {
            rtnetlink::routes(message).into_iter().flat_map(|route| known(route.link)).collect()
        }
        _ => Vec::new(),
    }
}
