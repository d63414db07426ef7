//! TCP sockets of one request: bound to an interface and a source address, never waiting longer than the request may.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use pillar_core::hal::{HttpError, MAX_LINK_NAME, Scope, Via};
use pillar_core::time::Mono;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use crate::linux::clock::mono;
use crate::linux::wait::{Waiter, Woken};

/// How long a request may wait, and for whom.
pub(super) struct Limits {
    waiter: Waiter,
    end: End,
}

/// When it has waited too long.
#[derive(Clone, Copy)]
enum End {
    /// At this time.
    At(Mono),
    /// When nothing came for so long.
    Silence(Duration),
}

impl Limits {
    /// For a request that may take so long in all.
    pub(super) fn new(scope: &Scope, time: Duration) -> Result<Self, HttpError> {
        Self::ending(scope, End::At(mono() + time))
    }

    /// For a transfer that may take any time, as long as something comes.
    pub(super) fn of_silence(scope: &Scope, time: Duration) -> Result<Self, HttpError> {
        Self::ending(scope, End::Silence(time))
    }

    fn ending(scope: &Scope, end: End) -> Result<Self, HttpError> {
        let waiter = Waiter::new(scope).map_err(broken)?;
        if scope.cancelled() {
            return Err(HttpError::Cancelled);
        }
        Ok(Limits { waiter, end })
    }

    /// Waits for a socket, at most until `until`; `false` if that comes first.
    pub(super) fn wait(&self, fd: &OwnedFd, flags: PollFlags, until: Mono) -> Result<bool, HttpError> {
        let end = match self.end {
            End::At(end) => end,
            End::Silence(time) => mono() + time,
        };
        match self.waiter.wait_for(&[(fd, flags)], Some(until.min(end))) {
            Ok(Woken::Ready) => Ok(true),
            Ok(Woken::Cancelled) => Err(HttpError::Cancelled),
            Ok(Woken::TimeOver) if until < end => Ok(false),
            Ok(Woken::TimeOver) => Err(HttpError::TimedOut),
            Err(errno) => Err(broken(errno)),
        }
    }
}

/// A socket on the way that was asked for, not connected; `None` if its address family cannot go that way.
pub(super) fn open(via: &Via, to: IpAddr, kind: SocketType) -> Result<Option<OwnedFd>, HttpError> {
    if via.source.is_some_and(|source| source.is_ipv4() != to.is_ipv4()) {
        return Ok(None);
    }
    let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let fd = match rustix::net::socket_with(family, kind, flags, None) {
        Err(Errno::AFNOSUPPORT) => return Ok(None),
        other => other.map_err(broken)?,
    };
    if let Some(interface) = &via.interface {
        bind_to_interface(&fd, interface)?;
    }
    // Also without a source: a name server must not be answered from a port that others share.
    let any = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let source = SocketAddr::new(via.source.unwrap_or(any), 0);
    match rustix::net::bind(&fd, &source) {
        Ok(()) => Ok(Some(fd)),
        Err(Errno::ADDRNOTAVAIL) => Err(HttpError::NoSuchWay),
        Err(errno) => Err(broken(errno)),
    }
}

fn bind_to_interface(fd: &OwnedFd, interface: &str) -> Result<(), HttpError> {
    if interface.is_empty() || interface.len() > MAX_LINK_NAME || interface.contains('\0') {
        return Err(HttpError::NoSuchWay);
    }
    let length = libc::socklen_t::try_from(interface.len()).map_err(|_| HttpError::NoSuchWay)?;
    // SAFETY: the descriptor is open, and the pointer is to `length` bytes that the kernel only reads.
    let done = unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_BINDTODEVICE,
            interface.as_ptr().cast(),
            length,
        )
    };
    match done {
        0 => Ok(()),
        _ => match io::Error::last_os_error().raw_os_error() {
            Some(libc::ENODEV) => Err(HttpError::NoSuchWay),
            other => Err(broken(Errno::from_raw_os_error(other.unwrap_or(libc::EIO)))),
        },
    }
}

/// A connected socket that reads and writes within the limits of its request.
pub(super) struct Socket {
    fd: OwnedFd,
    limits: Arc<Limits>,
}

impl Socket {
    /// Connects to the first of the addresses that answers.
    pub(super) fn connect(
        via: &Via,
        addresses: &[IpAddr],
        port: u16,
        time: Duration,
        limits: &Arc<Limits>,
    ) -> Result<Self, HttpError> {
        let mut failed = HttpError::Unreachable;
        for address in addresses {
            match Self::connect_to(via, SocketAddr::new(*address, port), time, limits) {
                Ok(socket) => return Ok(socket),
                Err(why @ (HttpError::Refused | HttpError::Unreachable)) => failed = why,
                Err(why) => return Err(why),
            }
        }
        Err(failed)
    }

    fn connect_to(
        via: &Via,
        to: SocketAddr,
        time: Duration,
        limits: &Arc<Limits>,
    ) -> Result<Self, HttpError> {
        let fd = open(via, to.ip(), SocketType::STREAM)?.ok_or(HttpError::Unreachable)?;
        let begun = rustix::net::connect(&fd, &to);
        let ended = match begun {
            Err(Errno::INPROGRESS) => {
                if !limits.wait(&fd, PollFlags::OUT, mono() + time)? {
                    return Err(HttpError::Unreachable);
                }
                rustix::net::sockopt::socket_error(&fd).map_err(broken)?
            }
            other => other,
        };
        match ended {
            Ok(()) => {
                // A request is one or two writes: nothing is gained by waiting for more.
                let _ = rustix::net::sockopt::set_tcp_nodelay(&fd, true);
                Ok(Socket { fd, limits: limits.clone() })
            }
            Err(Errno::CONNREFUSED) => Err(HttpError::Refused),
            Err(_) => Err(HttpError::Unreachable),
        }
    }

    fn wait(&self, flags: PollFlags) -> io::Result<()> {
        self.limits.wait(&self.fd, flags, Mono(u64::MAX)).map(drop).map_err(io::Error::other)
    }
}

impl Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match rustix::io::read(&self.fd, &mut *buf) {
                Err(Errno::AGAIN) => self.wait(PollFlags::IN)?,
                Err(Errno::INTR) => {}
                other => return Ok(other?),
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        loop {
            // Not write(2): a peer that is gone is an error here, not a signal.
            match rustix::net::send(&self.fd, buf, rustix::net::SendFlags::NOSIGNAL) {
                Err(Errno::AGAIN) => self.wait(PollFlags::OUT)?,
                Err(Errno::INTR) => {}
                other => return Ok(other?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn broken(errno: Errno) -> HttpError {
    HttpError::Broken(format!("error {}", errno.raw_os_error()))
}
