//! A netlink socket for requests to the kernel, in the network namespace of the thread that makes it. Each call of a
//! trait has one of its own, so that there is no state between calls and no lock.

use std::os::fd::OwnedFd;
use std::time::Duration;

use pillar_core::hal::Scope;
use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::sockopt::{
    Timeout, set_socket_recv_buffer_size_force, set_socket_send_buffer_size_force, set_socket_timeout,
};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with,
};

use super::{ACK, DONE, DUMP, DUMP_INTERRUPTED, ERROR, Message, Received, messages, u32_at};

/// What is received with one call at most. The kernel's dumps are made of parts of up to 32 KiB.
pub(in crate::linux) const BUFFER: usize = 64 * 1024;

/// How often a wait for the kernel looks for a cancel, and how often it does so before it gives up: answers are
/// immediate, unless another process holds the kernel's one lock for all network settings.
const LOOK: Duration = Duration::from_millis(500);
const MAX_LOOKS: u32 = 40;

/// How often a dump that a change disturbs is begun anew; what comes then is taken as it is.
const MAX_DUMPS: u32 = 5;

/// The most requests in one [`Socket::apply`] at once, so that their answers fit the socket's buffer.
const BATCH: usize = 64;

/// What a transaction may have in bytes: the kernel takes one only whole.
const MAX_TRANSACTION: usize = 64 * 1024 * 1024;

/// The kernel counts buffers with an overhead for each message.
const OVERHEAD: usize = 2;

/// Room for the complaints about one transaction, in bytes.
const COMPLAINTS: usize = 1024 * 1024;

/// `NETLINK_ROUTE`, whose number is 0.
pub(in crate::linux) const ROUTE: Option<Protocol> = None;
pub(in crate::linux) const NETFILTER: Option<Protocol> = Some(netlink::NETFILTER);
pub(in crate::linux) const UEVENT: Option<Protocol> = Some(netlink::KOBJECT_UEVENT);

pub(in crate::linux) struct Socket {
    fd: OwnedFd,
    buffer: Vec<u8>,
    sequence: u32,
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::linux) enum Failure {
    Cancelled,
    Refused(Errno),
}

/// Why a transaction failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::linux) struct Rejected {
    /// The number of the first request that was refused; `None` if it is the whole.
    pub(in crate::linux) request: Option<usize>,
    pub(in crate::linux) errno: Errno,
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Failure::Refused(errno)
    }
}

impl From<Errno> for Rejected {
    fn from(errno: Errno) -> Self {
        Rejected { request: None, errno }
    }
}

/// A descriptor that gets notices of these groups (a bit each), or answers only.
pub(in crate::linux) fn open(
    protocol: Option<Protocol>,
    groups: u32,
    flags: SocketFlags,
) -> Result<OwnedFd, Errno> {
    let fd = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC | flags, protocol)?;
    bind(&fd, &SocketAddrNetlink::new(0, groups))?;
    Ok(fd)
}

impl Socket {
    pub(in crate::linux) fn new(protocol: Option<Protocol>) -> Result<Self, Errno> {
        let fd = open(protocol, 0, SocketFlags::empty())?;
        set_socket_timeout(&fd, Timeout::Recv, Some(LOOK))?;
        Ok(Socket { fd, buffer: vec![0; BUFFER], sequence: 0 })
    }

    /// Everything of a kind: `take` gets each message.
    pub(in crate::linux) fn dump<R>(
        &mut self,
        scope: &Scope,
        request: &Message,
        mut take: impl FnMut(Received<'_>) -> Option<R>,
    ) -> Result<Vec<R>, Failure> {
        for left in (0..MAX_DUMPS).rev() {
            let mut all = Vec::new();
            self.send([request.clone().flags(DUMP)])?;
            let disturbed = self.receive(scope, |message| all.extend(take(message)))?;
            if !disturbed || left == 0 {
                return Ok(all);
            }
        }
        Ok(Vec::new())
    }

    /// The one message that answers a request.
    pub(in crate::linux) fn get<R>(
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
    pub(in crate::linux) fn apply(
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
                    Ok(_) => {}
                    Err(Failure::Refused(errno)) if tolerate.contains(&errno) => {}
                    Err(Failure::Refused(errno)) => failed.push((number, errno)),
                    Err(Failure::Cancelled) => return Err(Failure::Cancelled),
                }
                number += 1;
            }
        }
        Ok(failed)
    }

    /// Has the kernel do all of these, or none. The second of them must be one that is looked at with the whole:
    /// its answer says that the whole was.
    pub(in crate::linux) fn transaction(&mut self, requests: Vec<Message>) -> Result<(), Rejected> {
        let first = self.sequence.wrapping_add(1);
        self.sequence = self.sequence.wrapping_add(requests.len() as u32);
        let numbered = requests.into_iter().enumerate().map(|(number, request)| {
            // Others answer only if they are refused.
            request.flags(if number == 1 { ACK } else { 0 }).finish(first.wrapping_add(number as u32))
        });
        let bytes: Vec<u8> = numbered.flatten().collect();
        if bytes.len() > MAX_TRANSACTION {
            return Err(Errno::MSGSIZE.into());
        }
        set_socket_send_buffer_size_force(&self.fd, bytes.len() * OVERHEAD + BUFFER)?;
        set_socket_recv_buffer_size_force(&self.fd, COMPLAINTS)?;
        send(&self.fd, &bytes, SendFlags::empty())?;
        // The kernel has answered when the call returns.
        let (mut answered, mut rejected) = (false, None);
        loop {
            let length = match recv(&self.fd, &mut *self.buffer, RecvFlags::DONTWAIT) {
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => break,
                received => received?.0,
            };
            for message in messages(&self.buffer[..length]).filter(|message| message.kind == ERROR) {
                answered = true;
                if let (Err(errno), None) = (end(message.payload), rejected) {
                    let request = Some(message.sequence.wrapping_sub(first) as usize);
                    rejected = Some(Rejected { request, errno });
                }
            }
        }
        match rejected {
            Some(rejected) => Err(rejected),
            None if answered => Ok(()),
            None => Err(Errno::IO.into()),
        }
    }

    /// Requests of one call have one number: the kernel answers in their order, each in a datagram of its own.
    fn send(&mut self, requests: impl IntoIterator<Item = Message>) -> Result<(), Errno> {
        self.sequence = self.sequence.wrapping_add(1);
        let bytes: Vec<u8> = requests.into_iter().flat_map(|request| request.finish(self.sequence)).collect();
        send(&self.fd, &bytes, SendFlags::empty()).map(drop)
    }

    /// Takes messages up to the end of an answer; says whether a change disturbed it.
    fn receive(&mut self, scope: &Scope, mut take: impl FnMut(Received<'_>)) -> Result<bool, Failure> {
        let mut disturbed = false;
        loop {
            let length = self.wait(scope)?;
            for message in messages(&self.buffer[..length]) {
                if message.sequence != self.sequence {
                    continue;
                }
                disturbed |= message.flags & DUMP_INTERRUPTED != 0;
                match message.kind {
                    DONE | ERROR => return end(message.payload).map(|()| disturbed).map_err(Failure::from),
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
        Err(Errno::TIMEDOUT.into())
    }
}

/// What the last message of an answer says: 0, or a negative error number.
fn end(payload: &[u8]) -> Result<(), Errno> {
    match u32_at(payload, 0).unwrap_or_default().cast_signed() {
        0.. => Ok(()),
        error => Err(Errno::from_raw_os_error(error.saturating_neg())),
    }
}
