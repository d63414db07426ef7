//! One output of a program: read as it comes, so that the program never waits for us, and kept up to a limit.

use std::os::fd::OwnedFd;

use rustix::io::{Errno, ioctl_fionbio};

/// Bytes read with one call.
const CHUNK: usize = 16 * 1024;

/// The most that is read after the program's end: more than a pipe holds, unless someone goes on writing.
const MAX_REST: usize = 1024 * 1024;

pub(super) struct Capture {
    /// The pipe, until its end.
    pipe: Option<OwnedFd>,
    pub(super) kept: Vec<u8>,
    limit: usize,
    /// Whether there was more than is kept.
    pub(super) truncated: bool,
}

impl Capture {
    pub(super) fn new(pipe: Option<OwnedFd>, limit: usize) -> Self {
        let pipe = pipe.filter(|pipe| ioctl_fionbio(pipe, true).is_ok());
        Capture { pipe, kept: Vec::new(), limit, truncated: false }
    }

    /// The pipe, if there may be more.
    pub(super) fn open(&self) -> Option<&OwnedFd> {
        self.pipe.as_ref()
    }

    /// Reads once, without waiting; says whether there was something.
    pub(super) fn read_some(&mut self) -> bool {
        let Some(pipe) = &self.pipe else { return false };
        let mut chunk = [0; CHUNK];
        match rustix::io::read(pipe, &mut chunk) {
            Ok(0) => self.pipe = None,
            Ok(count) => {
                let room = (self.limit - self.kept.len()).min(count);
                self.kept.extend_from_slice(&chunk[..room]);
                self.truncated |= room < count;
                return true;
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.pipe = None,
        }
        false
    }

    /// Reads what is in the pipe. Its end may never come: a process left behind may hold it.
    pub(super) fn read_rest(&mut self) {
        for _ in 0..MAX_REST / CHUNK {
            if !self.read_some() {
                return;
            }
        }
    }
}
