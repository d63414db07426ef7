//! Standard output for subcommands that print much: written as lines come, quiet when the reader has left.

use std::io::{self, StdoutLock, Write};

/// Standard output, line by line. After the first failure, such as a pager that was closed, nothing is written
/// any more.
pub struct Output {
    stdout: StdoutLock<'static>,
    broken: bool,
}

impl Output {
    /// Takes standard output for as long as this lives.
    pub fn new() -> Self {
        Output { stdout: io::stdout().lock(), broken: false }
    }

    /// Whether nobody reads any more.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Writes a line.
    pub fn line(&mut self, text: &str) {
        self.broken = self.broken || writeln!(self.stdout, "{text}").is_err();
    }
}

/// Writes a text that ends its last line itself.
pub fn print(text: &str) {
    // Nobody is there to be told of a failure.
    let _ = io::stdout().lock().write_all(text.as_bytes());
}
