//! A netlink socket for requests to the kernel's routing part, in the network namespace of the calling thread.

use std::os::fd::OwnedFd;
use std::time::Duration;

use pillar_core::hal::Scope;
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with,
};

use super::super::netlink::{ACK, DONE, DUMP, DUMP_INTERRUPTED, ERROR, Message, Received, messages, u32_at};

/// What is received with one call at most. The kernel's dumps are made of parts of up to 32 KiB.
const BUFFER: usize = 64 * 1024;

/// How often a wait for the kernel looks for a cancel, and how often it does so before it gives up: answers are
/// immediate, unless another process holds the kernel's one lock for all network settings.
const LOOK: Duration = Duration::from_millis(500);
const MAX_LOOKS: u32 = 40;

/// How often a dump that a change disturbs is begun anew; what comes then is taken as it is.
const MAX_DUMPS: u32 = 5;

/// The most requests in one [`Socket::apply`] at once, so that their answers fit the socket's buffer.
const BATCH: usize = 64;

pub(super) struct Socket {
    fd: OwnedFd,
    buffer: Vec<u8>,
    sequence: u32,
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Cancelled,
    Refused(Errno),
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Failure::Refused(errno)
    }
}

/// A socket that gets notices of these groups (a bit each), or answers only.
pub(super) fn open(groups: u32, flags: SocketFlags) -> Result<OwnedFd, Errno> {
    // `None` is NETLINK_ROUTE, whose number is 0.
    let fd = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC | flags, None)?;
    bind(&fd, &SocketAddrNetlink::new(0, groups))?;
    Ok(fd)
}

impl Socket {
    pub(super) fn new() -> Result<Self, Errno> {
        let fd = open(0, SocketFlags::empty())?;
        set_socket_timeout(&fd, Timeout::Recv, Some(LOOK))?;
        Ok(Socket { fd, buffer: vec![0; BUFFER], sequence: 0 })
    }

    /// Everything of a kind: `take` gets each message.
    pub(super) fn dump<R>(
        &mut self,
        scope: &Scope,
        request: &Message,
        mut take: impl FnMut(Received<'_>) -> Option<R>,
    ) -> Result<Vec<R>, Failure> {
        for left in (0..MAX_DUMPS).rev() {
            let mut all = Vec::new();
            let mut disturbed = false;
            self.send([request.clone().flags(DUMP)])?;
            self.receive(scope, |message| {
                disturbed |= message.flags & DUMP_INTERRUPTED != 0;
                all.extend(take(message));
            })?;
            if !disturbed || left == 0 {
                return Ok(all);
            }
        }
        Ok(Vec::new())
    }

    /// The one message that answers a request.
    pub(super) fn get<R>(
        &mut self,
        scope: &Scope,
        request: Message,
        mut take: impl FnMut(Received<'_>) -> Option<R>,
    ) -> Result<Option<R>, Failure> {
        let mut found = None;
        self.send([request.flags(ACK)])?;
        self.receive(scope, |message| found = found.take().or_else(|| take(message)))?;
        Ok(found)
    }

    /// Has the kernel do all of these, in this order, handed over in as few calls as may be. One that fails does
    /// not keep the rest from being done. Gives what `tolerate` does not excuse, with the request's number.
    pub(super) fn apply(
        &mut self,
        scope: &Scope,
        requests: Vec<Message>,
        tolerate: &[Errno],
    ) -> Result<Vec<(usize, Errno)>, Failure> {
        let mut failed = Vec::new();
        let mut requests = requests.into_iter().peekable();
        let mut number = 0;
        while requests.peek().is_some() {
            let batch: Vec<Message> =
                requests.by_ref().take(BATCH).map(|request| request.flags(ACK)).collect();
            let count = batch.len();
            self.send(batch)?;
            for _ in 0..count {
                match self.receive(scope, |_| ()) {
                    Ok(()) => {}
                    Err(Failure::Refused(errno)) if tolerate.contains(&errno) => {}
                    Err(Failure::Refused(errno)) => failed.push((number, errno)),
                    Err(Failure::Cancelled) => return Err(Failure::Cancelled),
                }
                number += 1;
            }
        }
        Ok(failed)
    }

    /// Requests of one call have one number: the kernel answers in their order, each in a datagram of its own.
    fn send(&mut self, requests: impl IntoIterator<Item = Message>) -> Result<(), Errno> {
        self.sequence = self.sequence.wrapping_add(1);
        let bytes: Vec<u8> = requests.into_iter().flat_map(|request| request.finish(self.sequence)).collect();
        send(&self.fd, &bytes, SendFlags::empty()).map(drop)
    }

    /// Takes messages up to the end of an answer.
    fn receive(&mut self, scope: &Scope, mut take: impl FnMut(Received<'_>)) -> Result<(), Failure> {
        loop {
            let length = self.wait(scope)?;
            for message in messages(&self.buffer[..length]) {
                if message.sequence != self.sequence {
                    continue;
                }
                match message.kind {
                    DONE | ERROR => return end(message.payload),
                    _ => take(message),
                }
            }
        }
    }

    fn wait(&mut self, scope: &Scope) -> Result<usize, Failure> {
        for _ in 0..MAX_LOOKS {
            if scope.cancelled() {
                return Err(Failure::Cancelled);
            }
            match recv(&self.fd, &mut *self.buffer, RecvFlags::empty()) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                received => return Ok(received?.0),
            }
        }
        Err(Failure::Refused(Errno::TIMEDOUT))
    }
}

/// What the last message of an answer says: 0, or a negative error number.
fn end(payload: &[u8]) -> Result<(), Failure> {
    match u32_at(payload, 0).unwrap_or_default().cast_signed() {
        0.. => Ok(()),
        error => Err(Failure::Refused(Errno::from_raw_os_error(error.saturating_neg()))),
    }
}
