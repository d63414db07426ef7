//! Wire bytes to JSON. Follows the rules by which a parser merges records: the last scalar wins, messages
//! merge, a later member of a choice replaces an earlier one, repeated numbers may be packed or not.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::records::{Key, Record, Records, entry, ranges};
use super::writer::Writer;
use super::{MAX_DEPTH, MAX_JSON_BYTES, MAX_MESSAGE_BYTES, UNKNOWN, base64, timestamp};
use crate::table::wire::{Reader, Value};
use crate::table::{EnumId, Field, Kind, Label, Message, MessageId, Scalar, Table};

/// Why and where a message cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Bytes from the begin of the message.
    pub offset: usize,
    /// What is wrong there.
    pub problem: DecodeProblem,
}

/// What is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeProblem {
    /// It is longer than [`MAX_MESSAGE_BYTES`].
    TooLong,
    /// It ends within a record.
    Truncated,
    /// A number takes more than 64 bits.
    Varint,
    /// A field number is 0 or takes more than 29 bits.
    FieldNumber,
    /// A record is of a group or of no known kind.
    WireType,
    /// A record is of another kind than its field.
    FieldType {
        /// Name of the field.
        field: &'static str,
    },
    /// A text is not UTF-8.
    Utf8,
    /// A timestamp lies outside of the years 1 to 9999.
    Timestamp,
    /// Messages nest deeper than [`MAX_DEPTH`].
    TooDeep,
    /// The JSON text grows longer than [`MAX_JSON_BYTES`].
    JsonTooLong,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {}: ", self.offset)?;
        match &self.problem {
            DecodeProblem::TooLong => write!(f, "message longer than {MAX_MESSAGE_BYTES} bytes"),
            DecodeProblem::Truncated => f.write_str("message ends here, within a record"),
            DecodeProblem::Varint => f.write_str("number of more than 64 bits"),
            DecodeProblem::FieldNumber => f.write_str("impossible field number"),
            DecodeProblem::WireType => f.write_str("unknown kind of record"),
            DecodeProblem::FieldType { field } => write!(f, "wrong kind of record for field {field}"),
            DecodeProblem::Utf8 => f.write_str("text is not UTF-8"),
            DecodeProblem::Timestamp => f.write_str("timestamp outside of the years 1 to 9999"),
            DecodeProblem::TooDeep => write!(f, "messages nest deeper than {MAX_DEPTH} levels"),
            DecodeProblem::JsonTooLong => write!(f, "JSON longer than {MAX_JSON_BYTES} bytes"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl DecodeError {
    pub(crate) fn at(offset: usize, problem: DecodeProblem) -> Self {
        Self { offset, problem }
    }
}

/// The JSON text of a message in wire form.
pub fn decode(table: &Table, message: MessageId, bytes: &[u8]) -> Result<String, DecodeError> {
    if bytes.len() > MAX_MESSAGE_BYTES {
        return Err(DecodeError::at(MAX_MESSAGE_BYTES, DecodeProblem::TooLong));
    }
    let mut decoder = Decoder { table, bytes, writer: Writer::default() };
    decoder.message(&table[message], std::slice::from_ref(&(0..bytes.len())), 1)?;
    decoder.writer.finish().ok_or(DecodeError::at(bytes.len(), DecodeProblem::JsonTooLong))
}

struct Decoder<'a> {
    table: &'a Table,
    bytes: &'a [u8],
    writer: Writer,
}

impl Decoder<'_> {
    /// Writes a message whose records lie in `parts`, to be merged in order.
    fn message(
        &mut self,
        message: &Message,
        parts: &[Range<usize>],
        depth: usize,
    ) -> Result<(), DecodeError> {
        if depth > MAX_DEPTH {
            return Err(DecodeError::at(parts.first().map_or(0, |part| part.start), DecodeProblem::TooDeep));
        }
        let records = Records::collect(self.bytes, message, parts)?;
        if message.is_timestamp() {
            return self.timestamp(&records, parts);
        }
        self.writer.open('{');
        for (number, records) in &records.known {
            let field = message.field(*number).expect("only known fields are collected");
            self.field(field, records, depth)?;
        }
        if !records.unknown.is_empty() {
            self.unknown(&records.unknown);
        }
        self.writer.close('}');
        Ok(())
    }

    fn field(&mut self, field: &Field, records: &[Record], depth: usize) -> Result<(), DecodeError> {
        let last = records.last().expect("a field is collected with its first record");
        let is_absent = match (&field.kind, field.label) {
            (Kind::Scalar(Scalar::String | Scalar::Bytes) | Kind::Message(_), Label::Repeated) => false,
            (_, Label::Repeated) => records.iter().all(Record::is_empty_list),
            (Kind::Map(..), _) => false,
            _ => !field.has_presence() && last.is_default(&field.kind),
        };
        if is_absent {
            return Ok(());
        }
        self.writer.key(field.name);
        match (&field.kind, field.label) {
            (Kind::Map(key, value), _) => self.map(*key, value, records, depth),
            (kind, Label::Repeated) => self.list(kind, records, depth),
            (Kind::Message(id), _) => self.message(&self.table[*id], &ranges(records), depth + 1),
            (kind, _) => self.value(kind, last, depth),
        }
    }

    fn list(&mut self, kind: &Kind, records: &[Record], depth: usize) -> Result<(), DecodeError> {
        self.writer.open('[');
        for record in records {
            match (kind, &record.value) {
                (Kind::Scalar(scalar), Value::Bytes(part)) if scalar.is_packable() => {
                    self.packed(kind, *scalar, part)?;
                }
                (Kind::Enum(_), Value::Bytes(part)) => self.packed(kind, Scalar::Int32, part)?,
                _ => self.element(kind, record, depth)?,
            }
        }
        self.writer.close(']');
        Ok(())
    }

    fn packed(&mut self, kind: &Kind, scalar: Scalar, part: &Range<usize>) -> Result<(), DecodeError> {
        let mut reader = Reader::new(self.bytes, part);
        while !reader.is_at_end() {
            let offset = reader.offset();
            let value = match scalar {
                Scalar::Float => Value::Fixed32(reader.fixed32()?),
                Scalar::Double => Value::Fixed64(reader.fixed64()?),
                _ => Value::Varint(reader.varint()?),
            };
            self.element(kind, &Record { offset, value }, 0)?;
        }
        Ok(())
    }

    fn element(&mut self, kind: &Kind, record: &Record, depth: usize) -> Result<(), DecodeError> {
        self.writer.next();
        self.value(kind, record, depth)
    }

    /// One value that stands for itself: a message is not merged with others.
    fn value(&mut self, kind: &Kind, record: &Record, depth: usize) -> Result<(), DecodeError> {
        match (kind, &record.value) {
            (Kind::Message(id), Value::Bytes(part)) => {
                self.message(&self.table[*id], std::slice::from_ref(part), depth + 1)
            }
            (Kind::Scalar(scalar), value) => self.scalar(*scalar, value),
            (Kind::Enum(id), Value::Varint(value)) => {
                self.enum_value(*id, *value as i32);
                Ok(())
            }
            _ => unreachable!("records are checked when they are collected"),
        }
    }

    fn scalar(&mut self, scalar: Scalar, value: &Value) -> Result<(), DecodeError> {
        match (scalar, value) {
            (Scalar::String, Value::Bytes(part)) => {
                let bytes = &self.bytes[part.clone()];
                let text = str::from_utf8(bytes).map_err(|fault| {
                    DecodeError::at(part.start + fault.valid_up_to(), DecodeProblem::Utf8)
                })?;
                self.writer.text(text);
            }
            (Scalar::Bytes, Value::Bytes(part)) => {
                self.writer.quoted(base64::encode(&self.bytes[part.clone()]));
            }
            (Scalar::Bool, Value::Varint(value)) => self.writer.plain(*value != 0),
            (Scalar::Int32, Value::Varint(value)) => self.writer.plain(*value as i32),
            (Scalar::Sint32, Value::Varint(value)) => self.writer.plain(unzigzag(*value as u32)),
            (Scalar::Uint32, Value::Varint(value)) => self.writer.plain(*value as u32),
            (Scalar::Int64, Value::Varint(value)) => self.writer.quoted(value.cast_signed()),
            (Scalar::Uint64, Value::Varint(value)) => self.writer.quoted(value),
            (Scalar::Float, Value::Fixed32(bits)) => self.float(f32::from_bits(*bits)),
            (Scalar::Double, Value::Fixed64(bits)) => self.float(f64::from_bits(*bits)),
            _ => unreachable!("records are checked when they are collected"),
        }
        Ok(())
    }

    /// Shortest digits that give the same number of the same width.
    fn float<F: Copy + Into<f64> + fmt::Debug>(&mut self, value: F) {
        let wide: f64 = value.into();
        match wide {
            _ if wide.is_nan() => self.writer.quoted("NaN"),
            f64::INFINITY => self.writer.quoted("Infinity"),
            f64::NEG_INFINITY => self.writer.quoted("-Infinity"),
            _ => self.writer.plain(format_args!("{value:?}")),
        }
    }

    fn enum_value(&mut self, id: EnumId, number: i32) {
        match self.table[id].name_of(number) {
            Some(name) => self.writer.quoted(name),
            None => self.writer.plain(number),
        }
    }

    fn map(&mut self, key: Scalar, kind: &Kind, records: &[Record], depth: usize) -> Result<(), DecodeError> {
        let mut entries = BTreeMap::new();
        for part in ranges(records) {
            let (entry_key, values) = entry(self.bytes, key, kind, &part)?;
            entries.insert(entry_key, values);
        }
        self.writer.open('{');
        for (entry_key, values) in entries {
            self.writer.next();
            match entry_key {
                Key::Number(number) => self.writer.quoted(number),
                Key::Text(part) => self.writer.text(part),
            }
            self.writer.plain(": ");
            match (kind, values.last()) {
                (Kind::Message(id), _) => self.message(&self.table[*id], &ranges(&values), depth + 1)?,
                (_, Some(value)) => self.value(kind, value, depth)?,
                (_, None) => self.value(kind, &Record::zero(kind), depth)?,
            }
        }
        self.writer.close('}');
        Ok(())
    }

    fn timestamp(&mut self, records: &Records, parts: &[Range<usize>]) -> Result<(), DecodeError> {
        let number = |field| match records.known.get(&field).and_then(|records| records.last()) {
            Some(Record { value: Value::Varint(value), .. }) => value.cast_signed(),
            _ => 0,
        };
        let text = timestamp::format(number(1), number(2) as i32);
        let offset = parts.first().map_or(0, |part| part.start);
        self.writer.quoted(text.ok_or(DecodeError::at(offset, DecodeProblem::Timestamp))?);
        Ok(())
    }

    fn unknown(&mut self, records: &[(u32, Value)]) {
        self.writer.key(UNKNOWN);
        self.writer.open('[');
        for (number, value) in records {
            self.writer.next();
            self.writer.open('{');
            self.writer.key("number");
            self.writer.plain(number);
            match value {
                Value::Varint(value) => {
                    self.writer.key("varint");
                    self.writer.quoted(value);
                }
                Value::Fixed64(value) => {
                    self.writer.key("fixed64");
                    self.writer.quoted(value);
                }
                Value::Bytes(part) => {
                    self.writer.key("bytes");
                    self.writer.quoted(base64::encode(&self.bytes[part.clone()]));
                }
                Value::Fixed32(value) => {
                    self.writer.key("fixed32");
                    self.writer.plain(value);
                }
            }
            self.writer.close('}');
        }
        self.writer.close(']');
    }
}

fn unzigzag(value: u32) -> i32 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}
