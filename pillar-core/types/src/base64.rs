//! Standard base64 with padding (RFC 4648, section 4): bytes in JSON, keys and values on EVE's wire.

use std::fmt;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What each digit stands for; [`NONE`] for what is none.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
};

const NONE: u8 = 0xff;

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
    let (whole, rest) = bytes.as_chunks::<3>();
    for chunk in whole {
        out.extend_from_slice(&quad(*chunk));
    }
    if !rest.is_empty() {
        let mut chunk = [0; 3];
        chunk[..rest.len()].copy_from_slice(rest);
        let mut quad = quad(chunk);
        quad[rest.len() + 1..].fill(b'=');
        out.extend_from_slice(&quad);
    }
}

/// How many characters so many bytes become.
pub const fn encoded_len(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

/// Decodes. Line ends are skipped, as Go does; anything else must be in its place.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, NotBase64> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    // Mostly that is all but the last four; one by one is slow.
    let mut text = text;
    while let Some((quad, rest)) = text.split_first_chunk::<4>() {
        let [a, b, c, d] = quad.map(|byte| VALUES[usize::from(byte)]);
        if (a | b | c | d) == NONE {
            break;
        }
        let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
        text = rest;
    }
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
    match VALUES[usize::from(byte)] {
        NONE => Err(NotBase64),
        value => Ok(value.into()),
    }
}

/// Three bytes as four characters.
fn quad(chunk: [u8; 3]) -> [u8; 4] {
    let bits = u32::from_be_bytes([0, chunk[0], chunk[1], chunk[2]]);
    [18, 12, 6, 0].map(|shift| DIGITS[(bits >> shift & 63) as usize])
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
