//! How a short-lived process asks zedbox to start an agent: EVE's start socket (spec/02, Reverse variant). One
//! datagram of JSON goes there, and nothing comes back.

use std::fmt;
use std::path::{Path, PathBuf};

use pillar_core::bus::files::Layout;
use pillar_types::codec::{Limits, json};
use pillar_types::device::ServiceInitStatus;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, send, socket_with,
};

use crate::agents::{Given, Hosted};
use crate::args::{FAILED, OK};
use crate::run;

/// The longest request, in bytes: what EVE's receiver takes.
pub const MAX_REQUEST: usize = 65_536;

/// Where zedbox listens.
pub fn socket_path(layout: &Layout) -> PathBuf {
    layout.run.join("zedbox/ServiceInitStatus.sock")
}

/// Reads a request.
pub fn read(datagram: &[u8]) -> Result<ServiceInitStatus, String> {
    json::decode_new(datagram, &Limits::JSON).map_err(|why| why.to_string())
}

/// Asks zedbox to run an agent; gives the exit status of the process that asks.
pub fn ask(agent: &Hosted, given: &Given, args: &[String]) -> i32 {
    let request = ServiceInitStatus {
        service_name: agent.name.to_owned(),
        cmd_args: without_root(args).cloned().collect::<Vec<_>>().into(),
    };
    let path = socket_path(&run::layout(&given.root));
    match tell(&path, &json::encode(&request)) {
        Ok(()) => OK,
        Err(why) => {
            eprintln!("{}: zedbox was not asked: {why}", agent.name);
            FAILED
        }
    }
}

/// `--root` says where zedbox is, and is not for the agent.
fn without_root(args: &[String]) -> impl Iterator<Item = &String> {
    let mut is_value = false;
    args.iter().filter(move |arg| {
        let skipped = std::mem::replace(&mut is_value, false);
        let name = arg.trim_start_matches('-');
        let is_root = arg.starts_with('-') && (name == "root" || name.starts_with("root="));
        is_value = is_root && name == "root";
        !skipped && !is_root
    })
}

/// Why zedbox does not know.
struct Unheard<'p> {
    call: &'static str,
    path: &'p Path,
    errno: Errno,
}

impl fmt::Display for Unheard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unheard { call, path, errno } = self;
        match *errno {
            Errno::NOENT | Errno::CONNREFUSED => write!(f, "it does not run ({}: {errno})", path.display()),
            errno => write!(f, "{call} {}: {errno}", path.display()),
        }
    }
}

fn tell<'p>(path: &'p Path, request: &[u8]) -> Result<(), Unheard<'p>> {
    let failed = |call| move |errno| Unheard { call, path, errno };
    let address = SocketAddrUnix::new(path).map_err(failed("address"))?;
    let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None);
    let socket = socket.map_err(failed("socket"))?;
    connect(&socket, &address).map_err(failed("connect"))?;
    send(&socket, request, SendFlags::NOSIGNAL).map(drop).map_err(failed("send"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_not_for_the_agent() {
        for (args, rest) in [
            (["-d", "--root", "/x", "word"].as_slice(), ["-d", "word"].as_slice()),
            (&["--root=/x", "-F"], &["-F"]),
            (&["-root", "-d"], &[]),
            (&["root", "-o", "/x"], &["root", "-o", "/x"]),
        ] {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            assert_eq!(without_root(&args).collect::<Vec<_>>(), rest, "{args:?}");
        }
    }

    #[test]
    fn requests_are_eves() {
        let request = read(br#"{"ServiceName":"nim","CmdArgs":["-d"]}"#).unwrap();
        assert_eq!((request.service_name.as_str(), request.cmd_args.len()), ("nim", 1));
        assert!(read(b"").is_err());
        assert!(read(b"{").is_err());
    }
}
