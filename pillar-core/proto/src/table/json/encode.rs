//! JSON to wire bytes: fields by number, repeated numbers packed, defaults left out.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::{MAX_DEPTH, MAX_JSON_BYTES, UNKNOWN, base64, timestamp};
use crate::table::wire::Wire;
use crate::table::{EnumId, Field, Kind, Label, Message, MessageId, Scalar, Table};

/// Why and where a JSON text is not a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError {
    /// Members from the top, for example `apps[2].displayname`; empty for the message itself.
    pub path: String,
    /// What is wrong there.
    pub problem: EncodeProblem,
}

/// What is wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodeProblem {
    /// It is longer than [`MAX_JSON_BYTES`].
    TooLong,
    /// It is not JSON.
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The message has no such field.
    UnknownField,
    /// The field is given twice, in two spellings.
    Twice,
    /// Another member of the same choice is given as well.
    SecondChoice,
    /// The value is of another form.
    Expected(&'static str),
    /// The number does not fit the field's type.
    OutOfRange,
    /// The enum has no such value.
    UnknownValue,
    /// Messages nest deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        match &self.problem {
            EncodeProblem::TooLong => write!(f, "longer than {MAX_JSON_BYTES} bytes"),
            EncodeProblem::Json { line, column } => write!(f, "not JSON at line {line}, column {column}"),
            EncodeProblem::UnknownField => f.write_str("no such field"),
            EncodeProblem::Twice => f.write_str("given twice"),
            EncodeProblem::SecondChoice => f.write_str("excludes another field that is given"),
            EncodeProblem::Expected(form) => write!(f, "expected {form}"),
            EncodeProblem::OutOfRange => f.write_str("number out of range"),
            EncodeProblem::UnknownValue => f.write_str("no such enum value"),
            EncodeProblem::TooDeep => write!(f, "messages nest deeper than {MAX_DEPTH} levels"),
        }
    }
}

impl std::error::Error for EncodeError {}

/// The wire form of a message given as JSON. `null` counts as absent; of equal keys the last one counts.
pub fn encode(table: &Table, message: MessageId, json: &str) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder { table, path: String::new() };
    if json.len() > MAX_JSON_BYTES {
        return Err(encoder.error(EncodeProblem::TooLong));
    }
    let value = serde_json::from_str(json)
        .map_err(|fault| encoder.error(EncodeProblem::Json { line: fault.line(), column: fault.column() }))?;
    encoder.message(message, &value, 1)
}

struct Encoder<'t> {
    table: &'t Table,
    path: String,
}

/// A step down from a message or list.
enum Step<'a> {
    Member(&'a str),
    Element(usize),
}

impl Encoder<'_> {
    fn message(&mut self, id: MessageId, value: &Value, depth: usize) -> Result<Vec<u8>, EncodeError> {
        if depth > MAX_DEPTH {
            return Err(self.error(EncodeProblem::TooDeep));
        }
        let table = self.table;
        let message = &table[id];
        if message.is_timestamp() {
            return self.timestamp(value);
        }
        let mut bytes = Vec::new();
        for (field, value) in self.members(message, value)?.into_values() {
            self.within(Step::Member(field.name), |encoder| encoder.field(field, value, depth, &mut bytes))?;
        }
        if let Some(unknown) = value.get(UNKNOWN) {
            self.within(Step::Member(UNKNOWN), |encoder| encoder.unknown(unknown, &mut bytes))?;
        }
        Ok(bytes)
    }

    /// The fields that an object gives, by number.
    fn members<'f, 'v>(
        &mut self,
        message: &'f Message,
        value: &'v Value,
    ) -> Result<BTreeMap<u32, (&'f Field, &'v Value)>, EncodeError> {
        let object = value.as_object().ok_or_else(|| self.error(EncodeProblem::Expected("an object")))?;
        let mut members = BTreeMap::new();
        let mut choices = Vec::new();
        for (key, value) in object {
            if key == UNKNOWN || value.is_null() {
                continue;
            }
            let problem = match message.field_named(key) {
                None => Some(EncodeProblem::UnknownField),
                Some(field) if members.insert(field.number, (field, value)).is_some() => {
                    Some(EncodeProblem::Twice)
                }
                Some(Field { oneof: Some(choice), .. }) if choices.contains(choice) => {
                    Some(EncodeProblem::SecondChoice)
                }
                Some(field) => {
                    choices.extend(field.oneof);
                    None
                }
            };
            if let Some(problem) = problem {
                return self.within(Step::Member(key), |encoder| Err(encoder.error(problem)));
            }
        }
        Ok(members)
    }

    fn field(
        &mut self,
        field: &Field,
        value: &Value,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        match (&field.kind, field.label) {
            (Kind::Map(key, kind), _) => self.map(field.number, *key, kind, value, depth, out),
            (kind, Label::Repeated) => self.list(field.number, kind, value, depth, out),
            (kind, _) => {
                let wire = self.value(kind, value, depth)?;
                if field.has_presence() || !wire.is_default() {
                    wire.put_record(field.number, out);
                }
                Ok(())
            }
        }
    }

    fn list(
        &mut self,
        number: u32,
        kind: &Kind,
        value: &Value,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let list = value.as_array().ok_or_else(|| self.error(EncodeProblem::Expected("a list")))?;
        let is_packed = match kind {
            Kind::Scalar(scalar) => scalar.is_packable(),
            Kind::Enum(_) => true,
            Kind::Message(_) | Kind::Map(..) => false,
        };
        let mut packed = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let wire = self.within(Step::Element(index), |encoder| encoder.value(kind, value, depth))?;
            if is_packed {
                wire.put(&mut packed);
            } else {
                wire.put_record(number, out);
            }
        }
        if !packed.is_empty() {
            Wire::Bytes(packed).put_record(number, out);
        }
        Ok(())
    }

    fn map(
        &mut self,
        number: u32,
        key: Scalar,
        kind: &Kind,
        value: &Value,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let object = value.as_object().ok_or_else(|| self.error(EncodeProblem::Expected("an object")))?;
        for (name, value) in object {
            let entry = self.within(Step::Member(name), |encoder| {
                let mut entry = Vec::new();
                encoder.scalar(key, &Value::String(name.clone()))?.put_record(1, &mut entry);
                encoder.value(kind, value, depth)?.put_record(2, &mut entry);
                Ok(entry)
            })?;
            Wire::Bytes(entry).put_record(number, out);
        }
        Ok(())
    }

    fn value(&mut self, kind: &Kind, value: &Value, depth: usize) -> Result<Wire, EncodeError> {
        match kind {
            Kind::Scalar(scalar) => self.scalar(*scalar, value),
            Kind::Enum(id) => self.enum_value(*id, value),
            Kind::Message(id) => self.message(*id, value, depth + 1).map(Wire::Bytes),
            Kind::Map(..) => unreachable!("a map is no element"),
        }
    }

    fn scalar(&self, scalar: Scalar, value: &Value) -> Result<Wire, EncodeError> {
        Ok(match scalar {
            Scalar::String => Wire::Bytes(self.text(value)?.as_bytes().to_vec()),
            Scalar::Bytes => {
                let bytes = base64::decode(self.text(value)?);
                Wire::Bytes(bytes.ok_or_else(|| self.error(EncodeProblem::Expected("base64")))?)
            }
            Scalar::Bool => match value {
                Value::Bool(value) => Wire::Varint((*value).into()),
                _ => return Err(self.error(EncodeProblem::Expected("true or false"))),
            },
            Scalar::Int32 => Wire::Varint(i64::from(self.integer::<i32>(value)?).cast_unsigned()),
            Scalar::Sint32 => Wire::Varint(zigzag(self.integer(value)?).into()),
            Scalar::Uint32 => Wire::Varint(self.integer::<u32>(value)?.into()),
            Scalar::Int64 => Wire::Varint(self.integer::<i64>(value)?.cast_unsigned()),
            Scalar::Uint64 => Wire::Varint(self.integer(value)?),
            Scalar::Float => {
                let wide = self.float(value)?;
                let narrow = wide as f32;
                if narrow.is_infinite() && wide.is_finite() {
                    return Err(self.error(EncodeProblem::OutOfRange));
                }
                Wire::Fixed32(narrow.to_bits())
            }
            Scalar::Double => Wire::Fixed64(self.float(value)?.to_bits()),
        })
    }

    fn text<'v>(&self, value: &'v Value) -> Result<&'v str, EncodeError> {
        value.as_str().ok_or_else(|| self.error(EncodeProblem::Expected("a string")))
    }

    /// A whole number, as number or in quotes.
    fn integer<T: TryFrom<i128>>(&self, value: &Value) -> Result<T, EncodeError> {
        let number = match value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => {
                number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)).or_else(|| {
                    number.as_f64().filter(|value| value.fract() == 0.0).map(|value| value as i128)
                })
            }
            _ => None,
        };
        let number = number.ok_or_else(|| self.error(EncodeProblem::Expected("a whole number")))?;
        T::try_from(number).map_err(|_| self.error(EncodeProblem::OutOfRange))
    }

    fn float(&self, value: &Value) -> Result<f64, EncodeError> {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => match text.as_str() {
                "NaN" => Some(f64::NAN),
                "Infinity" => Some(f64::INFINITY),
                "-Infinity" => Some(f64::NEG_INFINITY),
                _ => text.parse().ok().filter(|value: &f64| value.is_finite()),
            },
            _ => None,
        };
        number.ok_or_else(|| self.error(EncodeProblem::Expected("a number")))
    }

    fn enum_value(&self, id: EnumId, value: &Value) -> Result<Wire, EncodeError> {
        let number = match value {
            Value::String(name) => self.table[id].number_of(name),
            _ => Some(self.integer(value)?),
        };
        let number: i32 = number.ok_or_else(|| self.error(EncodeProblem::UnknownValue))?;
        Ok(Wire::Varint(i64::from(number).cast_unsigned()))
    }

    fn timestamp(&self, value: &Value) -> Result<Vec<u8>, EncodeError> {
        let parsed = timestamp::parse(self.text(value)?);
        let (seconds, nanos) =
            parsed.ok_or_else(|| self.error(EncodeProblem::Expected("a time as in RFC 3339")))?;
        let mut bytes = Vec::new();
        for (number, value) in [(1, seconds), (2, i64::from(nanos))] {
            if value != 0 {
                Wire::Varint(value.cast_unsigned()).put_record(number, &mut bytes);
            }
        }
        Ok(bytes)
    }

    /// Records as `decode` lists them.
    fn unknown(&mut self, value: &Value, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let list = value.as_array().ok_or_else(|| self.error(EncodeProblem::Expected("a list")))?;
        for (index, record) in list.iter().enumerate() {
            self.within(Step::Element(index), |encoder| encoder.unknown_record(record, out))?;
        }
        Ok(())
    }

    fn unknown_record(&self, record: &Value, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let number: u32 = self.integer(&record["number"])?;
        if !(1..1 << 29).contains(&number) {
            return Err(self.error(EncodeProblem::OutOfRange));
        }
        let wire = if let Some(value) = record.get("varint") {
            Wire::Varint(self.integer(value)?)
        } else if let Some(value) = record.get("fixed64") {
            Wire::Fixed64(self.integer(value)?)
        } else if let Some(value) = record.get("bytes") {
            self.scalar(Scalar::Bytes, value)?
        } else if let Some(value) = record.get("fixed32") {
            Wire::Fixed32(self.integer(value)?)
        } else {
            return Err(self.error(EncodeProblem::Expected("varint, fixed64, bytes or fixed32")));
        };
        wire.put_record(number, out);
        Ok(())
    }

    /// Runs `inner` with the path of a member or element.
    fn within<T>(
        &mut self,
        step: Step<'_>,
        inner: impl FnOnce(&mut Self) -> Result<T, EncodeError>,
    ) -> Result<T, EncodeError> {
        let length = self.path.len();
        match step {
            Step::Member(name) if length == 0 => self.path.push_str(name),
            Step::Member(name) => {
                self.path.push('.');
                self.path.push_str(name);
            }
            Step::Element(index) => {
                self.path.push('[');
                self.path.push_str(&index.to_string());
                self.path.push(']');
            }
        }
        let result = inner(self);
        self.path.truncate(length);
        result
    }

    fn error(&self, problem: EncodeProblem) -> EncodeError {
        EncodeError { path: self.path.clone(), problem }
    }
}

fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)).cast_unsigned()
}
