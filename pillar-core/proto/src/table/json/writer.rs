//! Writes indented JSON piece by piece; the caller sees to it that pieces make sense together. What would
//! make the text longer than [`MAX_JSON_BYTES`] is dropped, and [`Writer::finish`] gives nothing.

use std::fmt::{self, Display, Write};

use super::MAX_JSON_BYTES;

#[derive(Default)]
pub(super) struct Writer {
    out: String,
    is_full: bool,
    depth: usize,
    is_empty: bool,
}

impl Writer {
    /// Begins an object or list.
    pub(super) fn open(&mut self, bracket: char) {
        self.put_char(bracket);
        self.depth += 1;
        self.is_empty = true;
    }

    /// Begins the next member or element.
    pub(super) fn next(&mut self) {
        if !self.is_empty {
            self.put(",");
        }
        self.is_empty = false;
        self.line();
    }

    /// Begins the next member.
    pub(super) fn key(&mut self, key: &str) {
        self.next();
        self.text(key);
        self.put(": ");
    }

    /// Ends an object or list.
    pub(super) fn close(&mut self, bracket: char) {
        self.depth -= 1;
        if !self.is_empty {
            self.line();
        }
        self.is_empty = false;
        self.put_char(bracket);
    }

    /// A number, `true` or `false`.
    pub(super) fn plain(&mut self, value: impl Display) {
        write!(self, "{value}").expect("writing to a string cannot fail");
    }

    /// A value in quotes that needs no escapes.
    pub(super) fn quoted(&mut self, value: impl Display) {
        write!(self, "\"{value}\"").expect("writing to a string cannot fail");
    }

    /// Any text, in quotes.
    pub(super) fn text(&mut self, text: &str) {
        self.put("\"");
        for letter in text.chars() {
            match letter {
                '"' => self.put("\\\""),
                '\\' => self.put("\\\\"),
                '\n' => self.put("\\n"),
                '\r' => self.put("\\r"),
                '\t' => self.put("\\t"),
                _ if letter.is_control() => self.plain(format_args!("\\u{:04x}", u32::from(letter))),
                _ => self.put_char(letter),
            }
        }
        self.put("\"");
    }

    /// The text, unless it grew too long.
    pub(super) fn finish(self) -> Option<String> {
        (!self.is_full).then_some(self.out)
    }

    fn put(&mut self, text: &str) {
        self.is_full |= self.out.len() + text.len() > MAX_JSON_BYTES;
        if !self.is_full {
            self.out.push_str(text);
        }
    }

    fn put_char(&mut self, letter: char) {
        self.put(letter.encode_utf8(&mut [0; 4]));
    }

    fn line(&mut self) {
        self.put("\n");
        for _ in 0..self.depth {
            self.put("  ");
        }
    }
}

impl Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text);
        Ok(())
    }
}
