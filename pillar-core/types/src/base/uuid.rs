//! UUIDs.

use std::fmt;
use std::str::FromStr;

use crate::value::{Data, Slot, View};

/// A UUID: `"8-4-4-4-12"` in lower-case hexadecimal in JSON, all zeros by default.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(pub [u8; 16]);

/// A text is not a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUuid;

impl Uuid {
    /// All zeros: no object.
    pub const NIL: Self = Self([0; 16]);

    /// Whether it is all zeros.
    pub fn is_nil(&self) -> bool {
        *self == Self::NIL
    }

    /// From the bytes of the binary form: none for all zeros.
    pub(crate) fn unpack(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() { Some(Self::NIL) } else { Some(Self(bytes.try_into().ok()?)) }
    }

    /// The bytes of the binary form.
    pub(crate) fn pack(&self) -> &[u8] {
        if self.is_nil() { &[] } else { &self.0 }
    }
}

/// Dashes stand before these bytes.
const GROUPS: [usize; 4] = [4, 6, 8, 10];

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (index, byte) in self.0.iter().enumerate() {
            at += usize::from(GROUPS.contains(&index));
            for nibble in [byte >> 4, byte & 15] {
                text[at] = b"0123456789abcdef"[usize::from(nibble)];
                at += 1;
            }
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Takes what Go's library takes: with dashes, without any, in braces, after `urn:uuid:`; either case.
impl Uuid {
    /// Reads the UUID that a key begins with, and what comes after it.
    pub fn split_off(key: &str) -> Option<(Self, &str)> {
        Some((key.get(..36)?.parse().ok()?, key.get(36..)?))
    }
}

impl FromStr for Uuid {
    type Err = NotUuid;

    fn from_str(text: &str) -> Result<Self, NotUuid> {
        let braced = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let text = braced.or_else(|| text.strip_prefix("urn:uuid:")).unwrap_or(text).as_bytes();
        let dashes = match text.len() {
            32 => 0,
            36 => 1,
            _ => return Err(NotUuid),
        };
        let mut bytes = [0; 16];
        let mut at = 0;
        for (index, byte) in bytes.iter_mut().enumerate() {
            if dashes == 1 && GROUPS.contains(&index) {
                if text[at] != b'-' {
                    return Err(NotUuid);
                }
                at += 1;
            }
            *byte = digit(text[at])? << 4 | digit(text[at + 1])?;
            at += 2;
        }
        Ok(Self(bytes))
    }
}

fn digit(byte: u8) -> Result<u8, NotUuid> {
    char::from(byte).to_digit(16).map(|digit| digit as u8).ok_or(NotUuid)
}

impl fmt::Display for NotUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a UUID")
    }
}

impl std::error::Error for NotUuid {}

impl Data for Uuid {
    fn view(&self) -> View<'_> {
        View::Uuid(*self)
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Uuid(self)
    }
}
