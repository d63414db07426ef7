//! Messages in wire form, built from the table alone.

use pillar_proto::table::{Field, Kind, Label, Message, Scalar, Table};

/// Depth at which messages have scalars only.
const DEPTH: usize = 3;

/// A message with every field, of a choice the member with the lowest number, which prost writes in its place.
pub fn full(table: &Table, message: &Message) -> Vec<u8> {
    filled(table, message, DEPTH)
}

/// One record with a telling value; a repeated field gets a record of one element.
pub fn record(table: &Table, field: &Field) -> Vec<u8> {
    field_record(table, field, DEPTH)
}

/// A record with a varint.
pub fn varint_record(number: u32, value: u64) -> Vec<u8> {
    [varint(u64::from(number) << 3), varint(value)].concat()
}

/// A record with length and content.
pub fn bytes_record(number: u32, content: &[u8]) -> Vec<u8> {
    [&varint(u64::from(number) << 3 | 2), &varint(content.len() as u64), content].concat()
}

pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn filled(table: &Table, message: &Message, depth: usize) -> Vec<u8> {
    let fields = message.fields();
    let is_used = |field: &&Field| {
        if depth == 0 && !matches!(field.kind, Kind::Scalar(_) | Kind::Enum(_)) {
            return false;
        }
        let mut before = fields.iter().filter(|other| other.number < field.number);
        field.oneof.is_none() || !before.any(|other| other.oneof == field.oneof)
    };
    fields.iter().filter(is_used).flat_map(|field| field_record(table, field, depth)).collect()
}

fn field_record(table: &Table, field: &Field, depth: usize) -> Vec<u8> {
    match (&field.kind, field.label) {
        (Kind::Map(key, value), _) => {
            let entry =
                [value_record(table, 1, &Kind::Scalar(*key), depth), value_record(table, 2, value, depth)];
            bytes_record(field.number, &entry.concat())
        }
        (Kind::Enum(_), Label::Repeated) => bytes_record(field.number, &varint(77)),
        (Kind::Scalar(scalar), Label::Repeated) if scalar.is_packable() => {
            bytes_record(field.number, &scalar_value(*scalar))
        }
        (kind, _) => value_record(table, field.number, kind, depth),
    }
}

fn value_record(table: &Table, number: u32, kind: &Kind, depth: usize) -> Vec<u8> {
    let tag = |wire_type| varint(u64::from(number) << 3 | wire_type);
    match kind {
        Kind::Message(id) => bytes_record(number, &filled(table, &table[*id], depth - 1)),
        Kind::Enum(_) => varint_record(number, 77),
        Kind::Scalar(scalar @ (Scalar::String | Scalar::Bytes)) => {
            bytes_record(number, &scalar_value(*scalar))
        }
        Kind::Scalar(Scalar::Float) => [tag(5), scalar_value(Scalar::Float)].concat(),
        Kind::Scalar(Scalar::Double) => [tag(1), scalar_value(Scalar::Double)].concat(),
        Kind::Scalar(scalar) => [tag(0), scalar_value(*scalar)].concat(),
        Kind::Map(..) => unreachable!("a map is no element"),
    }
}

/// A value that types of another width or sign encode differently, where the wire can tell.
fn scalar_value(scalar: Scalar) -> Vec<u8> {
    match scalar {
        Scalar::String => "text ü".into(),
        Scalar::Bytes => vec![0xff, 0x00, 0x80],
        Scalar::Bool => varint(1),
        Scalar::Int32 | Scalar::Int64 => varint((-2_i64).cast_unsigned()),
        Scalar::Sint32 | Scalar::Uint32 => varint(u32::MAX.into()),
        Scalar::Uint64 => varint(u64::MAX),
        Scalar::Float => 1.5_f32.to_le_bytes().into(),
        Scalar::Double => (-2.5_f64).to_le_bytes().into(),
    }
}
