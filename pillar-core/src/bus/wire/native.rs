//! The wire between our own processes: entries of a byte stream, many to a datagram, values in postcard.
//!
//! A subscriber opens it with [`request`] on the publisher's ordinary socket. A publisher that does not know
//! that request closes the connection, one that has another idea of the type answers in EVE's words; both times
//! EVE's wire takes over. An entry is one byte for what it is, then its fields with lengths and numbers as
//! postcard writes them. An entry may be longer than a datagram and then continues in the next.

use std::fmt;

/// What a publisher's first byte is: no word of EVE's begins so.
pub const FIRST_BYTE: u8 = HELLO;

/// A publisher sends a datagram when it has so many bytes or nothing more to say.
pub const DATAGRAM: usize = 32 << 10;

/// The longest datagram: one more than [`DATAGRAM`] holds is cut at this length.
pub const MAX_DATAGRAM: usize = 64 << 10;

/// The longest entry. A value may take as much as the codec reads.
pub const MAX_ENTRY: usize = 16 << 20;

/// The longest key; EVE's wire takes no longer one.
pub const MAX_KEY: usize = 64 << 10;

/// The version of this wire, in the request.
const VERSION: &str = "1";

const HELLO: u8 = 1;
const UPDATE: u8 = 2;
const DELETE: u8 = 3;
const SYNCED: u8 = 4;
const RESTARTED: u8 = 5;

/// What a publisher says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'e> {
    /// The first entry.
    Hello {
        /// Whether the table outlives a reboot.
        persistent: bool,
    },
    /// A key's value.
    Update {
        /// The key.
        key: &'e str,
        /// Its postcard form.
        value: &'e [u8],
    },
    /// A key is gone.
    Delete {
        /// The key.
        key: &'e str,
    },
    /// All that was there has been told.
    Synced,
    /// The publisher has caught up for the n-th time; 0 when it takes that back.
    Restarted {
        /// How often.
        count: u32,
    },
}

/// Why bytes are no entries. The connection is of no use after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadEntry {
    /// It begins with a byte that is none of ours.
    UnknownKind(u8),
    /// It would be longer than [`MAX_ENTRY`], or its key than [`MAX_KEY`].
    TooLong,
    /// A number is longer than 32 bits.
    BadNumber,
    /// A key is no UTF-8.
    NotText,
    /// A value's postcard is damaged.
    BadValue,
}

impl fmt::Display for BadEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadEntry::UnknownKind(kind) => write!(f, "an entry begins with {kind}"),
            BadEntry::TooLong => f.write_str("an entry or a key is too long"),
            BadEntry::BadNumber => f.write_str("a number is too large"),
            BadEntry::NotText => f.write_str("a key is not UTF-8"),
            BadEntry::BadValue => f.write_str("a value is damaged"),
        }
    }
}

impl std::error::Error for BadEntry {}

/// What a subscriber sends first, and once.
pub fn request(topic: &str, schema: u64) -> Vec<u8> {
    format!("native {VERSION} {topic} {schema:016x}").into_bytes()
}

/// The topic and the schema hash that a subscriber asks for; `None` if it is no such request.
pub fn parse_request(datagram: &[u8]) -> Option<(&str, u64)> {
    if datagram.len() > super::eve::MAX_REQUEST {
        return None;
    }
    let rest = std::str::from_utf8(datagram).ok()?.strip_prefix("native ")?.strip_prefix(VERSION)?;
    let (topic, schema) = rest.strip_prefix(' ')?.split_once(' ')?;
    let digits = schema.len() == 16 && schema.bytes().all(|byte| byte.is_ascii_hexdigit());
    let schema = u64::from_str_radix(schema, 16).ok().filter(|_| digits)?;
    (!topic.is_empty()).then_some((topic, schema))
}

/// Appends an entry. A value that its reader would refuse for its length is refused with that length.
pub fn write(out: &mut Vec<u8>, entry: Entry<'_>) -> Result<(), usize> {
    match entry {
        Entry::Hello { persistent } => out.extend_from_slice(&[HELLO, persistent.into()]),
        Entry::Update { key, value } => {
            let length = 1 + 2 * MAX_NUMBER + key.len() + value.len();
            if length > MAX_ENTRY || key.len() > MAX_KEY {
                return Err(length);
            }
            out.push(UPDATE);
            bytes(out, key.as_bytes());
            bytes(out, value);
        }
        Entry::Delete { key } => {
            out.push(DELETE);
            bytes(out, key.as_bytes());
        }
        Entry::Synced => out.push(SYNCED),
        Entry::Restarted { count } => {
            out.push(RESTARTED);
            number(out, count);
        }
    }
    Ok(())
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, u32::try_from(bytes.len()).expect("no key is that long, and values were measured"));
    out.extend_from_slice(bytes);
}

/// The most bytes of a number of 32 bits, seven bits a byte.
const MAX_NUMBER: usize = 5;

fn number(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Takes the first entry off `input`; `None` if it is not complete yet.
pub fn read<'e>(input: &mut &'e [u8]) -> Result<Option<Entry<'e>>, BadEntry> {
    let mut reader = Reader { left: input };
    match reader.entry() {
        Ok(entry) => {
            *input = reader.left;
            Ok(Some(entry))
        }
        Err(Stop::Incomplete) if input.len() > MAX_ENTRY => Err(BadEntry::TooLong),
        Err(Stop::Incomplete) => Ok(None),
        Err(Stop::Bad(why)) => Err(why),
    }
}

enum Stop {
    Incomplete,
    Bad(BadEntry),
}

struct Reader<'e> {
    left: &'e [u8],
}

impl<'e> Reader<'e> {
    fn entry(&mut self) -> Result<Entry<'e>, Stop> {
        Ok(match self.byte()? {
            HELLO => Entry::Hello { persistent: self.byte()? != 0 },
            UPDATE => Entry::Update { key: self.text()?, value: self.bytes(MAX_ENTRY)? },
            DELETE => Entry::Delete { key: self.text()? },
            SYNCED => Entry::Synced,
            RESTARTED => Entry::Restarted { count: self.number()? },
            kind => return Err(Stop::Bad(BadEntry::UnknownKind(kind))),
        })
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        let (first, left) = self.left.split_first().ok_or(Stop::Incomplete)?;
        self.left = left;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u32, Stop> {
        let mut number = 0u64;
        for shift in (0..MAX_NUMBER).map(|byte| 7 * byte) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(number).map_err(|_| Stop::Bad(BadEntry::BadNumber));
            }
        }
        Err(Stop::Bad(BadEntry::BadNumber))
    }

    fn bytes(&mut self, longest: usize) -> Result<&'e [u8], Stop> {
        let length = self.number()? as usize;
        if length > longest {
            return Err(Stop::Bad(BadEntry::TooLong));
        }
        let (bytes, left) = self.left.split_at_checked(length).ok_or(Stop::Incomplete)?;
        self.left = left;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<&'e str, Stop> {
        std::str::from_utf8(self.bytes(MAX_KEY)?).map_err(|_| Stop::Bad(BadEntry::NotText))
    }
}
