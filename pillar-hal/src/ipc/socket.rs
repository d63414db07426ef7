//! Unix sockets that keep datagrams apart, never block, and know who is at the other end.

use std::fs::DirBuilder;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use pillar_core::bus::wire::WireTrouble;
use rustix::fs::{Mode, fchmod, unlink};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, connect,
    listen, recv, send, socket_with,
};
use rustix::process::{Uid, geteuid};

/// How many subscribers may wait to be accepted.
const BACKLOG: i32 = 64;

/// Who serves a table already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse(pub PathBuf);

/// Why there is no socket.
#[derive(Debug)]
pub enum NoSocket {
    /// A live process serves it.
    InUse(InUse),
    /// The peer runs as somebody who has no business here.
    Stranger {
        /// Its user id.
        uid: u32,
    },
    /// The system refused.
    Io {
        /// The call.
        call: &'static str,
        /// Why.
        errno: Errno,
    },
}

impl NoSocket {
    fn io(call: &'static str) -> impl Fn(Errno) -> NoSocket {
        move |errno| NoSocket::Io { call, errno }
    }
}

/// What the system refused, as the node reports it.
pub fn trouble(call: &'static str, errno: Errno) -> WireTrouble {
    WireTrouble::Io { call, errno: errno.raw_os_error() }
}

/// A connection.
#[derive(Debug)]
pub struct Seqpacket(OwnedFd);

/// What a connection had for us.
#[derive(Debug, PartialEq, Eq)]
pub enum Got<'b> {
    /// A datagram; as long as the buffer if it was cut off.
    Datagram(&'b [u8]),
    /// Nothing now.
    Nothing,
    /// It has ended. An empty datagram looks the same and means as little.
    End,
}

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is on its way.
    Yes,
    /// There is no room now.
    NoRoom,
    /// The connection has ended.
    End,
}

impl Seqpacket {
    /// Connects to a socket of root's or of our own user's.
    pub fn connect(path: &Path) -> Result<Seqpacket, NoSocket> {
        let address = SocketAddrUnix::new(path).map_err(NoSocket::io("address"))?;
        let fd = new_socket()?;
        connect(&fd, &address).map_err(NoSocket::io("connect"))?;
        check_peer(&fd)?;
        Ok(Seqpacket(fd))
    }

    /// Sends a datagram.
    pub fn send(&self, datagram: &[u8]) -> Sent {
        loop {
            return match send(&self.0, datagram, SendFlags::NOSIGNAL) {
                Ok(_) => Sent::Yes,
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN | Errno::NOBUFS | Errno::NOMEM) => Sent::NoRoom,
                Err(_) => Sent::End,
            };
        }
    }

    /// Receives a datagram into a buffer that is longer than any may be.
    pub fn recv<'b>(&self, buffer: &'b mut [u8]) -> Got<'b> {
        loop {
            return match recv(&self.0, &mut *buffer, RecvFlags::empty()) {
                Ok((_, 0)) => Got::End,
                Ok((_, length)) => Got::Datagram(&buffer[..length]),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Got::Nothing,
                Err(_) => Got::End,
            };
        }
    }
}

impl AsFd for Seqpacket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A socket that others connect to. Its file goes with it.
#[derive(Debug)]
pub struct Listener {
    fd: OwnedFd,
    path: PathBuf,
}

impl Listener {
    /// Listens at `path`; makes the directories above it. A socket that nobody answers at is taken over.
    pub fn new(path: PathBuf) -> Result<Listener, NoSocket> {
        let address = SocketAddrUnix::new(&path).map_err(NoSocket::io("address"))?;
        let fd = new_socket()?;
        make_parent(&path).map_err(NoSocket::io("mkdir"))?;
        // The file gets the mode that the socket has before it has a name.
        fchmod(&fd, Mode::from_raw_mode(0o600)).map_err(NoSocket::io("chmod"))?;
        match bind(&fd, &address) {
            Err(Errno::ADDRINUSE) => {
                take_over(&path, &address)?;
                bind(&fd, &address).map_err(NoSocket::io("bind"))?;
            }
            bound => bound.map_err(NoSocket::io("bind"))?,
        }
        listen(&fd, BACKLOG).map_err(NoSocket::io("listen"))?;
        Ok(Listener { fd, path })
    }

    /// The next connection, if there is one.
    pub fn accept(&self) -> Result<Option<Seqpacket>, NoSocket> {
        loop {
            match accept_with(&self.fd, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) {
                Ok(fd) => {
                    check_peer(&fd)?;
                    return Ok(Some(Seqpacket(fd)));
                }
                Err(Errno::AGAIN) => return Ok(None),
                Err(Errno::INTR | Errno::CONNABORTED) => {}
                Err(errno) => return Err(NoSocket::Io { call: "accept", errno }),
            }
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = unlink(&self.path);
    }
}

/// Removes the socket of a process that is gone.
fn take_over(path: &Path, address: &SocketAddrUnix) -> Result<(), NoSocket> {
    match connect(new_socket()?, address) {
        Err(Errno::CONNREFUSED | Errno::NOENT) => {}
        Ok(()) | Err(_) => return Err(NoSocket::InUse(InUse(path.into()))),
    }
    match unlink(path) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(NoSocket::Io { call: "unlink", errno }),
    }
}

fn new_socket() -> Result<OwnedFd, NoSocket> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).map_err(NoSocket::io("socket"))
}

fn make_parent(path: &Path) -> Result<(), Errno> {
    let Some(parent) = path.parent() else { return Ok(()) };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(parent);
    made.map_err(|why: io::Error| Errno::from_io_error(&why).unwrap_or(Errno::IO))
}

/// Root and our own user may speak with us.
fn check_peer(fd: &OwnedFd) -> Result<(), NoSocket> {
    let uid = peer_user(fd).map_err(NoSocket::io("peer"))?;
    if uid.is_root() || uid == geteuid() {
        return Ok(());
    }
    Err(NoSocket::Stranger { uid: uid.as_raw() })
}

/// Who the peer runs as. Not by rustix: its credentials have a process number that is never 0, which the kernel
/// says of processes in other pid namespaces (unix(7)).
fn peer_user(fd: &OwnedFd) -> Result<Uid, Errno> {
    let mut peer = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut length = size_of_val(&peer) as libc::socklen_t;
    // SAFETY: the descriptor is open, and `peer` has room for the `length` bytes that the call may write.
    let status = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut peer).cast(),
            &raw mut length,
        )
    };
    if status != 0 {
        let why = io::Error::last_os_error();
        return Err(Errno::from_io_error(&why).unwrap_or(Errno::IO));
    }
    Ok(Uid::from_raw(peer.uid))
}
