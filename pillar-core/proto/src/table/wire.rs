//! The protobuf wire format: records of tag and value (protobuf.dev/programming-guides/encoding).
//! Reading checks every length; offsets count from the begin of the whole message.

use std::ops::Range;

use super::json::{DecodeError, DecodeProblem};

/// Value of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Varint(u64),
    Fixed64(u64),
    /// Where the content of a length-delimited record lies.
    Bytes(Range<usize>),
    Fixed32(u32),
}

/// Reads records from a part of a message.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], part: &Range<usize>) -> Self {
        Self { bytes: &bytes[..part.end], at: part.start }
    }

    /// Offset of what comes next.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The next record: field number and value.
    pub(super) fn record(&mut self) -> Result<(u32, Value), DecodeError> {
        let start = self.at;
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| (1..1 << 29).contains(number));
        let number = number.ok_or(DecodeError { offset: start, problem: DecodeProblem::FieldNumber })?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(self.fixed64()?),
            2 => Value::Bytes(self.delimited()?),
            5 => Value::Fixed32(self.fixed32()?),
            _ => return Err(DecodeError { offset: start, problem: DecodeProblem::WireType }),
        };
        Ok((number, value))
    }

    pub(super) fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        for (place, byte) in self.bytes[self.at..].iter().take(10).enumerate() {
            if place == 9 && *byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                self.at += place + 1;
                return Ok(value);
            }
        }
        let rest = self.bytes.len() - self.at;
        Err(self.error(if rest < 10 { DecodeProblem::Truncated } else { DecodeProblem::Varint }))
    }

    pub(super) fn fixed32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn fixed64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let array = self.bytes[self.at..].first_chunk().ok_or(self.error(DecodeProblem::Truncated))?;
        self.at += N;
        Ok(*array)
    }

    fn delimited(&mut self) -> Result<Range<usize>, DecodeError> {
        let length = self.varint()?;
        let rest = self.bytes.len() - self.at;
        let length = usize::try_from(length).ok().filter(|length| *length <= rest);
        let start = self.at;
        self.at += length.ok_or(self.error(DecodeProblem::Truncated))?;
        Ok(start..self.at)
    }

    fn error(&self, problem: DecodeProblem) -> DecodeError {
        DecodeError { offset: self.at, problem }
    }
}

/// Value of a record to be written.
pub(super) enum Wire {
    Varint(u64),
    Fixed64(u64),
    Bytes(Vec<u8>),
    Fixed32(u32),
}

impl Wire {
    /// Zero or empty.
    pub(super) fn is_default(&self) -> bool {
        match self {
            Self::Varint(value) | Self::Fixed64(value) => *value == 0,
            Self::Bytes(value) => value.is_empty(),
            Self::Fixed32(value) => *value == 0,
        }
    }

    /// The value alone, as in a packed list.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Varint(value) => put_varint(*value, out),
            Self::Fixed64(value) => out.extend_from_slice(&value.to_le_bytes()),
            Self::Bytes(value) => {
                put_varint(value.len() as u64, out);
                out.extend_from_slice(value);
            }
            Self::Fixed32(value) => out.extend_from_slice(&value.to_le_bytes()),
        }
    }

    /// Tag and value.
    pub(super) fn put_record(&self, number: u32, out: &mut Vec<u8>) {
        let kind = match self {
            Self::Varint(_) => 0,
            Self::Fixed64(_) => 1,
            Self::Bytes(_) => 2,
            Self::Fixed32(_) => 5,
        };
        put_varint(u64::from(number) << 3 | kind, out);
        self.put(out);
    }
}

fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
