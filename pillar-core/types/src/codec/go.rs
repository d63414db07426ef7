//! JSON's letters as Go's encoding/json chooses them, and Go's tolerance for broken text.

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::ser::Formatter;

/// Writes what Go would write, on one line or, for people, indented.
pub struct GoFormatter {
    indent: Option<usize>,
    has_value: bool,
}

impl GoFormatter {
    pub fn compact() -> Self {
        Self { indent: None, has_value: false }
    }

    pub fn pretty() -> Self {
        Self { indent: Some(0), has_value: false }
    }

    fn begin<W: Write + ?Sized>(&mut self, out: &mut W, bracket: u8) -> io::Result<()> {
        self.indent = self.indent.map(|depth| depth + 1);
        self.has_value = false;
        out.write_all(&[bracket])
    }

    fn end<W: Write + ?Sized>(&mut self, out: &mut W, bracket: u8) -> io::Result<()> {
        self.indent = self.indent.map(|depth| depth - 1);
        if self.has_value {
            self.line(out)?;
        }
        self.has_value = true;
        out.write_all(&[bracket])
    }

    fn next<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        self.line(out)
    }

    fn line<W: Write + ?Sized>(&self, out: &mut W) -> io::Result<()> {
        let Some(depth) = self.indent else { return Ok(()) };
        out.write_all(b"\n")?;
        (0..depth).try_for_each(|_| out.write_all(b"  "))
    }
}

impl Formatter for GoFormatter {
    fn write_f32<W: Write + ?Sized>(&mut self, out: &mut W, number: f32) -> io::Result<()> {
        let size = number.abs();
        if size != 0.0 && !(1e-6..1e21).contains(&size) {
            return exponent(out, &format!("{number:e}"));
        }
        write!(out, "{number}")
    }

    fn write_f64<W: Write + ?Sized>(&mut self, out: &mut W, number: f64) -> io::Result<()> {
        let size = number.abs();
        if size != 0.0 && !(1e-6..1e21).contains(&size) {
            return exponent(out, &format!("{number:e}"));
        }
        write!(out, "{number}")
    }

    /// Escapes what could end a script element or a line in a web page.
    fn write_string_fragment<W: Write + ?Sized>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text.as_bytes();
        while let Some((at, length, escape)) = next_escape(rest) {
            out.write_all(&rest[..at])?;
            out.write_all(escape)?;
            rest = &rest[at + length..];
        }
        out.write_all(rest)
    }

    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b'[')
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b']')
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, _out: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b'{')
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b'}')
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(if self.indent.is_some() { b": " } else { b":" })
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _out: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

/// Go writes the plus sign of an exponent.
fn exponent<W: Write + ?Sized>(out: &mut W, number: &str) -> io::Result<()> {
    match number.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => write!(out, "{digits}e+{exponent}"),
        _ => out.write_all(number.as_bytes()),
    }
}

/// Where the next letter to escape stands, how many bytes it takes, and its escape.
fn next_escape(text: &[u8]) -> Option<(usize, usize, &'static [u8])> {
    text.iter().enumerate().find_map(|(at, byte)| {
        let (length, escape) = escape(*byte, &text[at..])?;
        Some((at, length, escape.as_bytes()))
    })
}

fn escape(byte: u8, text: &[u8]) -> Option<(usize, &'static str)> {
    match byte {
        b'<' => Some((1, "\\u003c")),
        b'>' => Some((1, "\\u003e")),
        b'&' => Some((1, "\\u0026")),
        0xe2 if text.starts_with("\u{2028}".as_bytes()) => Some((3, "\\u2028")),
        0xe2 if text.starts_with("\u{2029}".as_bytes()) => Some((3, "\\u2029")),
        _ => None,
    }
}

/// The input as text: what is not UTF-8, and escapes of half a surrogate pair, become U+FFFD, as in Go. Keeps
/// the length of escapes, so that positions in valid text stay true.
pub fn repair(input: &[u8]) -> Cow<'_, str> {
    let text = match str::from_utf8(input) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => replace_invalid(input).into(),
    };
    let escaped = text.as_bytes().contains(&b'\\'); // fast, and rarely true
    if escaped && (text.contains("\\ud") || text.contains("\\uD")) {
        return replace_surrogates(&text).into();
    }
    text
}

/// One U+FFFD for each byte that is part of no character.
fn replace_invalid(input: &[u8]) -> String {
    let mut out = String::with_capacity(input.len());
    for chunk in input.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    out
}

fn replace_surrogates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let length = match unit(escape) {
            Some(0xd800..0xdc00) if matches!(escape.get(6..).and_then(unit), Some(0xdc00..0xe000)) => 12,
            Some(0xd800..0xe000) => {
                out.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            _ => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&escape[..length]);
        rest = &escape[length..];
    }
    out.push_str(rest);
    out
}

/// The code unit of an escape `\uXXXX`.
fn unit(escape: &str) -> Option<u32> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}
