//! Standard base64 with padding (RFC 4648, section 4): bytes in JSON, keys and values on EVE's wire.

use std::fmt;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Shows bytes as base64 without allocating.
pub struct Display<'a>(pub &'a [u8]);

/// A text is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotBase64;

/// Encodes.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    append(&mut out, bytes);
    String::from_utf8(out).unwrap_or_default() // all are ASCII
}

/// Encodes at the end of `out`.
pub fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(encoded_len(bytes.len()));
    for chunk in bytes.chunks(3) {
        out.extend_from_slice(&quad(chunk));
    }
}

/// How many characters so many bytes become.
pub const fn encoded_len(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

/// Decodes. Line ends are skipped, as Go does; anything else must be in its place.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, NotBase64> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut digits = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n'));
    while let Some(first) = digits.next() {
        let mut next = || digits.next().ok_or(NotBase64);
        let quad = [first, next()?, next()?, next()?];
        let padding = quad.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 {
            return Err(NotBase64);
        }
        let mut bits = 0;
        for byte in &quad[..4 - padding] {
            bits = bits << 6 | digit(*byte)?;
        }
        bits <<= 6 * padding;
        out.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
        if padding > 0 {
            return if digits.next().is_none() { Ok(out) } else { Err(NotBase64) };
        }
    }
    Ok(out)
}

fn digit(byte: u8) -> Result<u32, NotBase64> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return Err(NotBase64),
    };
    Ok(value.into())
}

/// One to three bytes as four characters.
fn quad(chunk: &[u8]) -> [u8; 4] {
    let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
    let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    let digit = |shift: u32| DIGITS[(bits >> shift & 63) as usize];
    let mut quad = [digit(18), digit(12), digit(6), digit(0)];
    for padding in &mut quad[chunk.len() + 1..] {
        *padding = b'=';
    }
    quad
}

impl fmt::Display for Display<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.chunks(96) {
            f.write_str(&encode(chunk))?;
        }
        Ok(())
    }
}

impl fmt::Display for NotBase64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not base64")
    }
}

impl std::error::Error for NotBase64 {}
