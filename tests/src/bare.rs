//! The least that takes a datagram from one process to another: what benches of the bus compare with.

use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::net::{RecvFlags, SendFlags, recv, send};

/// One end of a connection.
pub struct Bare {
    socket: OwnedFd,
    /// What a process waits at that has more than one descriptor; without it, it waits in `recv`.
    events: Option<OwnedFd>,
    found: Vec<epoll::Event>,
    buffer: [u8; 1024],
}

impl Bare {
    /// An end that waits for its events as a host does, or blocks in `recv`, which no host can.
    pub fn new(socket: OwnedFd, as_host: bool) -> Bare {
        let events = as_host.then(|| {
            let events = epoll::create(epoll::CreateFlags::CLOEXEC).expect("a descriptor");
            let data = epoll::EventData::new_u64(0);
            epoll::add(&events, &socket, data, epoll::EventFlags::IN).expect("a socket");
            events
        });
        Bare { socket, events, found: Vec::with_capacity(64), buffer: [0; 1024] }
    }

    /// Sends; `false` if there is nobody any more.
    pub fn send(&self, datagram: &[u8]) -> bool {
        send(&self.socket, datagram, SendFlags::NOSIGNAL).is_ok()
    }

    /// Waits for the next datagram and sends it back; `false` if there is nobody any more.
    pub fn echo(&mut self) -> bool {
        let length = self.recv();
        length > 0 && self.send(&self.buffer[..length])
    }

    /// Waits for the next datagram, and tells its length: zero if there is nobody any more.
    pub fn recv(&mut self) -> usize {
        if let Some(events) = &self.events {
            self.found.clear();
            epoll::wait(events, spare_capacity(&mut self.found), None).expect("a descriptor");
        }
        let (_, length) = recv(&self.socket, &mut self.buffer[..], RecvFlags::empty()).unwrap_or_default();
        length
    }
}
