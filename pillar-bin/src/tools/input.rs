//! What a tool reads: a file or standard input, whole, with a bound.

use std::fs::File;
use std::io::{self, Read};

/// How standard input is called.
const STDIN: &str = "-";

/// An input and how to call it.
pub struct Input {
    /// For messages.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Input {
    /// Reads a file, or standard input for `-`. More than `limit` bytes are an error.
    pub fn read(file: &str, limit: usize) -> Result<Self, String> {
        let mut input = Input { name: file.to_owned(), bytes: Vec::new() };
        let read = if file == STDIN {
            "standard input".clone_into(&mut input.name);
            fill(io::stdin().lock(), limit, &mut input.bytes)
        } else {
            File::open(file).and_then(|file| fill(file, limit, &mut input.bytes))
        };
        read.map_err(|error| input.fault(error))?;
        if input.bytes.len() > limit {
            return Err(input.fault(format_args!("longer than {limit} bytes")));
        }
        Ok(input)
    }

    /// Says what is wrong with it.
    pub fn fault(&self, what: impl std::fmt::Display) -> String {
        format!("{}: {what}", self.name)
    }
}

/// One byte more than the limit tells that there is more.
fn fill(from: impl Read, limit: usize, bytes: &mut Vec<u8>) -> io::Result<usize> {
    from.take(limit as u64 + 1).read_to_end(bytes)
}
