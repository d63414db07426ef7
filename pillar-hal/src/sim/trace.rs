//! The trace of a run: one line for each thing that happens, the same bytes for the same seed and inputs. Written
//! by the gate, the machine and the node's own trace; without a sink nothing is even formatted.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a trace in memory holds at most, in bytes; what comes after is counted in the hash only.
pub const MAX_MEMORY: usize = 64 << 20;

/// Where the lines of a trace go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TraceTo {
    /// Nowhere; there is no hash either.
    #[default]
    Nothing,
    /// Only into the hash.
    Hash,
    /// Into memory, at most [`MAX_MEMORY`] bytes.
    Memory,
    /// Appended to a file.
    File(PathBuf),
}

/// The trace of one run.
pub struct Trace {
    on: bool,
    state: Mutex<State>,
}

struct State {
    sink: Sink,
    hash: u64,
    line: String,
    error: Option<io::Error>,
}

enum Sink {
    Hash,
    Memory(String),
    File(BufWriter<File>),
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo): enough to tell traces apart.
const HASH_START: u64 = 0xcbf2_9ce4_8422_2325;
const HASH_PRIME: u64 = 0x0000_0100_0000_01b3;

impl Trace {
    /// A trace without lines.
    pub fn new(to: &TraceTo) -> io::Result<Self> {
        let sink = match to {
            TraceTo::Nothing | TraceTo::Hash => Sink::Hash,
            TraceTo::Memory => Sink::Memory(String::new()),
            TraceTo::File(path) => {
                Sink::File(BufWriter::new(File::options().create(true).append(true).open(path)?))
            }
        };
        let state = State { sink, hash: HASH_START, line: String::new(), error: None };
        Ok(Trace { on: *to != TraceTo::Nothing, state: Mutex::new(state) })
    }

    /// Whether lines go anywhere.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Adds a line.
    pub fn line(&self, line: fmt::Arguments<'_>) {
        if self.on {
            self.state().add(line);
        }
    }

    /// The hash of all lines so far; `None` without a sink.
    pub fn hash(&self) -> Option<u64> {
        self.on.then(|| self.state().hash)
    }

    /// The lines in memory.
    pub fn text(&self) -> String {
        match &self.state().sink {
            Sink::Memory(text) => text.clone(),
            Sink::Hash | Sink::File(_) => String::new(),
        }
    }

    /// Writes out what is buffered; says what went wrong with the file, if anything did.
    pub fn flush(&self) -> io::Result<()> {
        let mut state = self.state();
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        match &mut state.sink {
            Sink::File(file) => file.flush(),
            Sink::Hash | Sink::Memory(_) => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, line: fmt::Arguments<'_>) {
        self.line.clear();
        // Writing to a string fails only if a Display does; what it wrote so far is the line then.
        let _ = self.line.write_fmt(line);
        self.line.push('\n');
        for byte in self.line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(HASH_PRIME);
        }
        match &mut self.sink {
            Sink::Hash => {}
            Sink::Memory(text) if text.len() + self.line.len() > MAX_MEMORY => {}
            Sink::Memory(text) => text.push_str(&self.line),
            Sink::File(file) => {
                if let Err(error) = file.write_all(self.line.as_bytes()) {
                    self.error.get_or_insert(error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sink_but_none_has_the_same_hash() {
        let path = std::env::temp_dir().join(format!("pillar-trace-{}", std::process::id()));
        let traces = [TraceTo::Hash, TraceTo::Memory, TraceTo::File(path.clone())];
        let mut hashes = traces.iter().map(|to| {
            let trace = Trace::new(to).unwrap();
            trace.line(format_args!("0.000000 step {}", 1));
            trace.flush().unwrap();
            trace.hash().unwrap()
        });
        let first = hashes.next().unwrap();
        assert!(hashes.all(|hash| hash == first));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "0.000000 step 1\n");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn without_a_sink_there_is_nothing() {
        let trace = Trace::new(&TraceTo::Nothing).unwrap();
        trace.line(format_args!("a"));
        assert_eq!((trace.hash(), trace.text().as_str()), (None, ""));
    }
}
