//! The start socket's listening side: who is called by the name of an agent asks here that it be started (spec/02,
//! zedbox agent start). A peer that misbehaves costs its own connection only.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pillar_core::bus::files::Layout;
use pillar_types::device::ServiceInitStatus;
use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::net::sockopt::socket_peercred;
use rustix::net::{
    AddressFamily, RecvFlags, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, connect, listen,
    recv, socket_with,
};
use rustix::process::getuid;
use smol::{Async, Timer, future};

use crate::start::{self, MAX_REQUEST};

/// How many may wait for their turn.
const BACKLOG: i32 = 64;

/// How long a connection may stay: whoever asks sends at once and leaves.
const PATIENCE: Duration = Duration::from_secs(1);

/// The socket, and the connection whose turn it is.
pub struct Requests {
    path: PathBuf,
    listener: Async<OwnedFd>,
    open: Option<(Async<OwnedFd>, Instant)>,
}

impl Requests {
    /// Listens. An error if somebody else does; a socket that nobody listens on is replaced.
    pub fn listen(layout: &Layout) -> io::Result<Self> {
        let path = start::socket_path(layout);
        if let Some(dir) = path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        }
        let address = SocketAddrUnix::new(&path)?;
        if connect(socket()?, &address).is_ok() {
            return Err(Errno::ADDRINUSE.into());
        }
        remove(&path)?;
        let listener = socket()?;
        bind(&listener, &address)?;
        rustix::fs::chmod(&path, Mode::from_raw_mode(0o600))?;
        listen(&listener, BACKLOG)?;
        Ok(Requests { path, listener: Async::new_nonblocking(listener)?, open: None })
    }

    /// The next request. Nothing is lost if the wait is given up.
    pub async fn next(&mut self) -> ServiceInitStatus {
        loop {
            if let Some((connection, until)) = &self.open {
                match future::or(time_over(*until), datagram(connection)).await {
                    Some(request) => match start::read(&request) {
                        Ok(request) => return request,
                        Err(why) => log::error!("a request to start an agent makes no sense: {why}"),
                    },
                    None => self.open = None,
                }
            } else {
                self.accept().await;
            }
        }
    }

    async fn accept(&mut self) {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let accepted = self.listener.read_with(|listener| Ok(accept_with(listener, flags)?)).await;
        match accepted.and_then(|socket| Ok((is_trusted(&socket)?, Async::new_nonblocking(socket)?))) {
            Ok((true, connection)) => self.open = Some((connection, Instant::now() + PATIENCE)),
            Ok((false, _)) => log::error!("another user asked to start an agent, and was not heard"),
            Err(why) => {
                log::error!("no connection on the start socket: {why}");
                // Out of descriptors, mostly: it does not get better by asking at once.
                Timer::after(PATIENCE).await;
            }
        }
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        // Whoever asks then hears at once that nobody is there.
        let _ = remove(&self.path);
    }
}

fn socket() -> Result<OwnedFd, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
}

fn remove(path: &Path) -> Result<(), Errno> {
    match rustix::fs::unlink(path) {
        Err(Errno::NOENT) => Ok(()),
        done => done,
    }
}

/// Root, and the user we are: the directory lets nobody else in either.
fn is_trusted(socket: &OwnedFd) -> Result<bool, Errno> {
    let peer = socket_peercred(socket.as_fd())?.uid;
    Ok(peer.is_root() || peer == getuid())
}

/// The next datagram; `None` when the peer has left.
async fn datagram(connection: &Async<OwnedFd>) -> Option<Vec<u8>> {
    let mut request = vec![0; MAX_REQUEST];
    let read = |socket: &OwnedFd| Ok(recv(socket, &mut request[..], RecvFlags::empty())?);
    match connection.read_with(read).await {
        Ok((0, _)) | Err(_) => None,
        Ok((length, _)) => {
            request.truncate(length);
            Some(request)
        }
    }
}

async fn time_over(until: Instant) -> Option<Vec<u8>> {
    Timer::at(until).await;
    None
}
