//! A netlink socket to netfilter, in the network namespace of the calling thread.

use std::os::fd::OwnedFd;
use std::time::Duration;

use pillar_core::hal::Scope;
use rustix::io::Errno;
use rustix::net::netlink::{NETFILTER, SocketAddrNetlink};
use rustix::net::sockopt::{
    Timeout, set_socket_recv_buffer_size_force, set_socket_send_buffer_size_force, set_socket_timeout,
};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with,
};

use super::super::netlink::{ACK, DONE, DUMP, DUMP_INTERRUPTED, ERROR, Message, Received, messages, u32_at};

/// What is received with one call at most.
const BUFFER: usize = 64 * 1024;

/// What a transaction may have in bytes: the kernel takes one only whole.
const MAX_BATCH: usize = 64 * 1024 * 1024;

/// The kernel counts buffers with an overhead for each message.
const OVERHEAD: usize = 2;

/// Room for the complaints about one transaction.
const COMPLAINTS: usize = 1024 * 1024;

/// How often a wait for the kernel looks for a cancel, and how often it does so before it gives up.
const LOOK: Duration = Duration::from_millis(500);
const MAX_LOOKS: u32 = 40;

/// How often a list that a change disturbs is begun anew; what comes then is taken as it is.
const MAX_DUMPS: u32 = 5;

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
    /// This message of a transaction was refused, the first of them.
    Message(usize, Errno),
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Failure::Refused(errno)
    }
}

impl Socket {
    pub(super) fn new() -> Result<Self, Errno> {
        let flags = SocketFlags::CLOEXEC;
        let fd = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(NETFILTER))?;
        bind(&fd, &SocketAddrNetlink::new(0, 0))?;
        set_socket_timeout(&fd, Timeout::Recv, Some(LOOK))?;
        Ok(Socket { fd, buffer: vec![0; BUFFER], sequence: 0 })
    }

    /// Everything of a kind: `take` gets each message.
    pub(super) fn dump<R>(
        &mut self,
        scope: &Scope,
        request: &Message,
        take: impl Fn(Received<'_>) -> Option<R>,
    ) -> Result<Vec<R>, Failure> {
        for left in (0..MAX_DUMPS).rev() {
            let mut all = Vec::new();
            self.sequence += 1;
            let bytes = request.clone().flags(DUMP).finish(self.sequence);
            send(&self.fd, &bytes, SendFlags::empty())?;
            let disturbed = self.receive(scope, |message| all.extend(take(message)))?;
            if !disturbed || left == 0 {
                return Ok(all);
            }
        }
        Ok(Vec::new())
    }

    /// Takes messages up to the end of a list; says whether it was disturbed.
    fn receive(&mut self, scope: &Scope, mut take: impl FnMut(Received<'_>)) -> Result<bool, Failure> {
        let mut disturbed = false;
        for _ in 0..MAX_LOOKS {
            if scope.cancelled() {
                return Err(Failure::Cancelled);
            }
            let length = match recv(&self.fd, &mut *self.buffer, RecvFlags::empty()) {
                Err(Errno::AGAIN | Errno::INTR) => continue,
                received => received?.0,
            };
            for message in messages(&self.buffer[..length]) {
                if message.sequence != self.sequence {
                    continue;
                }
                disturbed |= message.flags & DUMP_INTERRUPTED != 0;
                match (message.kind, u32_at(message.payload, 0).unwrap_or_default().cast_signed()) {
                    (DONE, 0..) | (ERROR, 0) => return Ok(disturbed),
                    (DONE | ERROR, errno) => {
                        return Err(Errno::from_raw_os_error(errno.saturating_neg()).into());
                    }
                    _ => take(message),
                }
            }
        }
        Err(Errno::TIMEDOUT.into())
    }

    /// Has the kernel do all of these, or none.
    pub(super) fn transaction(&mut self, requests: Vec<Message>) -> Result<(), Failure> {
        let first = self.sequence + 1;
        // The answer to the first says that the whole was looked at; others answer only if they are refused.
        let numbered = requests.into_iter().enumerate().map(|(number, request)| {
            request.flags(if number == 1 { ACK } else { 0 }).finish(first + number as u32)
        });
        let mut bytes: Vec<u8> = Vec::new();
        let mut count = 0;
        for request in numbered {
            bytes.extend(request);
            count += 1;
        }
        self.sequence += count;
        if bytes.len() > MAX_BATCH {
            return Err(Errno::MSGSIZE.into());
        }
        set_socket_send_buffer_size_force(&self.fd, bytes.len() * OVERHEAD + BUFFER)?;
        set_socket_recv_buffer_size_force(&self.fd, COMPLAINTS)?;
        send(&self.fd, &bytes, SendFlags::empty())?;
        // The kernel has answered when the call returns.
        let mut answered = false;
        let mut refused = None;
        loop {
            let length = match recv(&self.fd, &mut *self.buffer, RecvFlags::DONTWAIT) {
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => break,
                received => received?.0,
            };
            for message in messages(&self.buffer[..length]).filter(|message| message.kind == ERROR) {
                let errno = u32_at(message.payload, 0).unwrap_or_default().cast_signed();
                answered = true;
                if errno != 0 && refused.is_none() {
                    let errno = Errno::from_raw_os_error(errno.saturating_neg());
                    refused = Some(Failure::Message(message.sequence.wrapping_sub(first) as usize, errno));
                }
            }
        }
        match refused {
            Some(failure) => Err(failure),
            None if answered => Ok(()),
            None => Err(Errno::IO.into()),
        }
    }
}
