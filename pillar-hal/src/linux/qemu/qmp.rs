//! QEMU's machine protocol: one JSON object a line over a Unix socket. What QEMU says is bounded and checked: a
//! guest that breaks out of it must not get further.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use pillar_core::hal::{HypervisorError, Scope};
use serde_json::{Value, json};

use super::super::clock::mono;
use super::super::wait::{Waiter, Woken};

/// How long QEMU may take for an answer.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(10);

/// The longest line that is read, in bytes.
const MAX_LINE: usize = 1 << 20;

/// A connection, ready for commands.
pub(super) struct Qmp {
    name: String,
    socket: UnixStream,
    lines: Lines,
}

impl Qmp {
    /// Connects and agrees on the protocol.
    pub fn connect(scope: &Scope, name: &str, path: &Path) -> Result<Self, HypervisorError> {
        let socket = UnixStream::connect(path).map_err(|error| failed_io(path, &error))?;
        socket.set_nonblocking(true).map_err(|error| failed_io(path, &error))?;
        let mut qmp = Qmp { name: name.into(), socket, lines: Lines::default() };
        qmp.read(scope, "greeting", |line| line.get("QMP").is_some().then_some(()))?;
        qmp.execute(scope, "qmp_capabilities", Value::Null)?;
        Ok(qmp)
    }

    /// Runs a command; what it returns.
    pub fn execute(
        &mut self,
        scope: &Scope,
        command: &'static str,
        arguments: Value,
    ) -> Result<Value, HypervisorError> {
        let mut line = json!({ "execute": command });
        if !arguments.is_null() {
            line["arguments"] = arguments;
        }
        let line = format!("{line}\n");
        self.socket.write_all(line.as_bytes()).map_err(|_| self.silent(command))?;
        let answer = |line: Value| match (line.get("return"), line.pointer("/error/desc")) {
            (Some(value), _) => Some(Ok(value.clone())),
            (_, Some(why)) => Some(Err(why.as_str().unwrap_or_default().to_owned())),
            _ => None, // an event
        };
        let answer = self.read(scope, command, answer)?;
        answer.map_err(|why| HypervisorError::Failed {
            name: self.name.clone(),
            what: format!("{command}: {}", shortened(&why)),
        })
    }

    /// Reads lines until `take` takes one.
    fn read<T>(
        &mut self,
        scope: &Scope,
        what: &'static str,
        mut take: impl FnMut(Value) -> Option<T>,
    ) -> Result<T, HypervisorError> {
        let fd = OwnedFd::from(self.socket.try_clone().map_err(|_| self.silent(what))?);
        let waiter = Waiter::new(scope).map_err(|_| self.silent(what))?;
        let until = mono() + ANSWER_TIME;
        loop {
            while let Some(line) = self.lines.next() {
                if let Some(taken) = take(line) {
                    return Ok(taken);
                }
            }
            match waiter.wait(&[&fd], Some(until)) {
                Ok(Woken::Ready) => {}
                Ok(Woken::Cancelled) => return Err(HypervisorError::Cancelled),
                Ok(Woken::TimeOver) | Err(_) => return Err(self.silent(what)),
            }
            if self.lines.fill(&mut self.socket) == Filled::Ended {
                return Err(self.silent(what));
            }
        }
    }

    /// The socket without the protocol's agreement on answers: for a connection that only listens.
    pub fn into_parts(self) -> (UnixStream, Lines) {
        (self.socket, self.lines)
    }

    fn silent(&self, what: &'static str) -> HypervisorError {
        HypervisorError::Silent { name: self.name.clone(), what }
    }
}

/// Whether a socket has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// There may be more later.
    Open,
    /// There is no more, or what comes is no line.
    Ended,
}

/// Takes bytes, gives lines.
#[derive(Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
}

impl Lines {
    /// Reads what is there without waiting.
    pub fn fill(&mut self, from: &mut impl Read) -> Filled {
        let mut buffer = [0; 4096];
        loop {
            if self.bytes.len() > MAX_LINE {
                return Filled::Ended;
            }
            match from.read(&mut buffer) {
                Ok(0) => return Filled::Ended,
                Ok(count) => self.bytes.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Filled::Open,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Filled::Ended,
            }
        }
    }

    /// The next whole line that is JSON.
    pub fn next(&mut self) -> Option<Value> {
        while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            if let Ok(value) = serde_json::from_slice(&line) {
                return Some(value);
            }
        }
        None
    }
}

pub(super) fn failed_io(path: &Path, error: &io::Error) -> HypervisorError {
    HypervisorError::Io { what: path.display().to_string(), errno: error.raw_os_error().unwrap_or(0) }
}

/// The first line of what a program says, no longer than an error text should be.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 400;
    text.trim().lines().last().unwrap_or_default().chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_and_what_is_no_json_is_dropped() {
        let mut lines = Lines::default();
        assert_eq!(lines.fill(&mut &b"{\"a\":1}\nnonsense\n{\"b\""[..]), Filled::Ended);
        assert_eq!(lines.next(), Some(json!({"a": 1})));
        assert_eq!(lines.next(), None);
        lines.fill(&mut &b":2}\r\n"[..]);
        assert_eq!(lines.next(), Some(json!({"b": 2})));
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut lines = Lines::default();
        let mut flood = io::repeat(b'x');
        assert_eq!(lines.fill(&mut flood), Filled::Ended);
        assert!(lines.bytes.len() <= MAX_LINE + 4096);
    }
}
