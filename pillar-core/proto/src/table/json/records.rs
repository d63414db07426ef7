//! The records of one message, grouped by field. A member of a choice drops the other members that came
//! before it. Every record has the form that its field can have.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{DecodeError, DecodeProblem};
use crate::table::wire::{Reader, Value};
use crate::table::{Field, Kind, Label, Message, Scalar};

/// A record of a field: where it begins, and its value.
pub(super) struct Record {
    pub(super) offset: usize,
    pub(super) value: Value,
}

/// The records of a message by field number, and those that the table does not know.
#[derive(Default)]
pub(super) struct Records {
    pub(super) known: BTreeMap<u32, Vec<Record>>,
    pub(super) unknown: Vec<(u32, Value)>,
}

/// Key of a map entry, in the order that entries are shown.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Number(u32),
    Text(&'a str),
}

impl Records {
    /// Reads the records that lie in `parts`, in order.
    pub(super) fn collect(
        bytes: &[u8],
        message: &Message,
        parts: &[Range<usize>],
    ) -> Result<Self, DecodeError> {
        let mut records = Self::default();
        for part in parts {
            let mut reader = Reader::new(bytes, part);
            while !reader.is_at_end() {
                let offset = reader.offset();
                let (number, value) = reader.record()?;
                match message.field(number) {
                    Some(field) => records.add(message, field, Record { offset, value })?,
                    None => records.unknown.push((number, value)),
                }
            }
        }
        Ok(records)
    }

    fn add(&mut self, message: &Message, field: &Field, record: Record) -> Result<(), DecodeError> {
        if !accepts(field, &record.value) {
            return Err(DecodeError::at(record.offset, DecodeProblem::FieldType { field: field.name }));
        }
        if field.oneof.is_some() {
            let others = message.fields().iter().filter(|other| other.oneof == field.oneof);
            for other in others.filter(|other| other.number != field.number) {
                self.known.remove(&other.number);
            }
        }
        self.known.entry(field.number).or_default().push(record);
        Ok(())
    }
}

impl Record {
    /// What stands for a missing value of a map entry.
    pub(super) fn zero(kind: &Kind) -> Self {
        Self { offset: 0, value: zero(kind) }
    }

    /// A packed list without elements.
    pub(super) fn is_empty_list(&self) -> bool {
        matches!(&self.value, Value::Bytes(part) if part.is_empty())
    }

    /// Zero or empty, in the width of its field.
    pub(super) fn is_default(&self, kind: &Kind) -> bool {
        match (&self.value, kind) {
            (Value::Varint(value), Kind::Scalar(Scalar::Bool | Scalar::Int64 | Scalar::Uint64)) => {
                *value == 0
            }
            (Value::Varint(value), _) => *value as u32 == 0,
            (Value::Fixed64(value), _) => *value == 0,
            (Value::Fixed32(value), _) => *value == 0,
            (Value::Bytes(part), _) => part.is_empty(),
        }
    }
}

/// Key and values of a map entry; of several values the last one counts, messages merge.
pub(super) fn entry<'a>(
    bytes: &'a [u8],
    key: Scalar,
    kind: &Kind,
    part: &Range<usize>,
) -> Result<(Key<'a>, Vec<Record>), DecodeError> {
    let key_kind = Kind::Scalar(key);
    let mut entry_key = Key::of(bytes, &zero(&key_kind))?;
    let mut values = Vec::new();
    let mut reader = Reader::new(bytes, part);
    while !reader.is_at_end() {
        let offset = reader.offset();
        let (number, value) = reader.record()?;
        let (kind, field) = match number {
            1 => (&key_kind, "key"),
            2 => (kind, "value"),
            _ => continue,
        };
        if !fits(kind, &value) {
            return Err(DecodeError::at(offset, DecodeProblem::FieldType { field }));
        }
        match number {
            1 => entry_key = Key::of(bytes, &value)?,
            _ => values.push(Record { offset, value }),
        }
    }
    Ok((entry_key, values))
}

impl<'a> Key<'a> {
    fn of(bytes: &'a [u8], value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::Bytes(part) => {
                let text = str::from_utf8(&bytes[part.clone()]);
                text.map(Self::Text).map_err(|_| DecodeError::at(part.start, DecodeProblem::Utf8))
            }
            Value::Varint(value) => Ok(Self::Number(*value as u32)),
            Value::Fixed32(_) | Value::Fixed64(_) => unreachable!("keys of the table are string or uint32"),
        }
    }
}

/// Where the contents of length-delimited records lie.
pub(super) fn ranges(records: &[Record]) -> Vec<Range<usize>> {
    let bytes = records.iter().filter_map(|record| match &record.value {
        Value::Bytes(part) => Some(part.clone()),
        _ => None,
    });
    bytes.collect()
}

/// The value of a field may have this form, single, repeated or packed.
fn accepts(field: &Field, value: &Value) -> bool {
    let packed = field.label == Label::Repeated && matches!(value, Value::Bytes(_));
    packed || fits(&field.kind, value)
}

fn fits(kind: &Kind, value: &Value) -> bool {
    matches!(
        (zero(kind), value),
        (Value::Varint(_), Value::Varint(_))
            | (Value::Fixed64(_), Value::Fixed64(_))
            | (Value::Bytes(_), Value::Bytes(_))
            | (Value::Fixed32(_), Value::Fixed32(_))
    )
}

fn zero(kind: &Kind) -> Value {
    match kind {
        Kind::Message(_) | Kind::Map(..) | Kind::Scalar(Scalar::String | Scalar::Bytes) => Value::Bytes(0..0),
        Kind::Scalar(Scalar::Float) => Value::Fixed32(0),
        Kind::Scalar(Scalar::Double) => Value::Fixed64(0),
        Kind::Scalar(_) | Kind::Enum(_) => Value::Varint(0),
    }
}
