//! Notices of the kernel about links, addresses and routes, as a source of [`LinkNotice`].
//!
//! The descriptor is readable when there are notices. It belongs to the network namespace of the thread that made
//! it. When the kernel had no room for a notice, the drain says so and goes on.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use pillar_core::hal::source::{Drained, Source};
use pillar_core::hal::{LinkNotice, Scope};
use rustix::io::Errno;
use rustix::net::SocketFlags;

use super::super::netlink::notices::drain;
use super::super::netlink::socket::{BUFFER, Failure, ROUTE, Socket, open};
use super::super::netlink::{Received, messages};
use super::rtnetlink::{self, DEL_ADDRESS, DEL_LINK, DEL_ROUTE, GET_LINK, NEW_ADDRESS, NEW_LINK, NEW_ROUTE};

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
        Ok(LinuxLinkNotices { fd, buffer: vec![0; BUFFER], names: learn_names()?, serial: 0 })
    }
}

/// The names of all links, by the kernel's numbers.
fn learn_names() -> Result<BTreeMap<u32, String>, Errno> {
    let request = rtnetlink::link_request(GET_LINK, 0);
    let links = Socket::new(ROUTE)?.dump(&Scope::unbounded(), &request, rtnetlink::link);
    let links = links.map_err(|failure| match failure {
        Failure::Refused(errno) => errno,
        Failure::Cancelled => Errno::CANCELED,
    })?;
    Ok(links.into_iter().map(|link| (link.index, link.name)).collect())
}

impl AsFd for LinuxLinkNotices {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Source<LinkNotice> for LinuxLinkNotices {
    fn drain(&mut self, notice: &mut dyn FnMut(&str, LinkNotice)) -> Drained {
        let LinuxLinkNotices { fd, buffer, names, serial } = self;
        drain(fd, buffer, |datagram| {
            let Some(datagram) = datagram else {
                // Without them some later notices are without a name; the resync covers those too.
                if let Ok(known) = learn_names() {
                    *names = known;
                }
                return;
            };
            for message in messages(datagram) {
                for name in touched(names, message) {
                    *serial += 1;
                    notice(&name, LinkNotice { serial: *serial });
                }
            }
        })
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
