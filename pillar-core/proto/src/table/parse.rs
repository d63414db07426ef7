//! Reads `eve-api.txt`, the embedded form of the table. Called once for each [`Table`].
//!
//! A line `M name` begins a message, `E name` an enum. Lines of a message are `number name type` and the
//! choice, if any; lines of an enum are `number name`. A type is a letter for a scalar, else a name, with
//! its package left out when that is the message's; `*` before it means repeated, `?` optional, and
//! `<key>value` is a map. The text is part of the program: a line that does not fit is a bug.

use super::{EnumId, Enumeration, Field, Kind, Label, Message, MessageId, Scalar, Table};

pub(super) fn parse(text: &'static str) -> Table {
    let mut table = declared(text);
    let mut current = None;
    for line in text.lines() {
        let (first, rest) = line.split_once(' ').expect("two words");
        match (first, current) {
            ("M", _) => current = table.message(rest).map(Section::Message),
            ("E", _) => current = table.enumeration(rest).map(Section::Enum),
            (number, Some(Section::Message(id))) => {
                let field = field(&table, table[id].name, number, rest);
                table.messages[id.0].fields.push(field);
            }
            (number, Some(Section::Enum(id))) => {
                table.enums[id.0].values.push((number.parse().expect("number"), rest));
            }
            (_, None) => unreachable!("the text begins with a heading"),
        }
    }
    for message in &mut table.messages {
        message.fields.sort_by_key(|field| field.number);
    }
    table
}

#[derive(Clone, Copy)]
enum Section {
    Message(MessageId),
    Enum(EnumId),
}

/// The table with names only, so that fields can refer to types further down.
fn declared(text: &'static str) -> Table {
    let mut table = Table {
        messages: Vec::new(),
        enums: Vec::new(),
        message_ids: std::collections::BTreeMap::new(),
        enum_ids: std::collections::BTreeMap::new(),
    };
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("M ") {
            table.message_ids.insert(name, MessageId(table.messages.len()));
            table.messages.push(Message { name, fields: Vec::new() });
        } else if let Some(name) = line.strip_prefix("E ") {
            table.enum_ids.insert(name, EnumId(table.enums.len()));
            table.enums.push(Enumeration { name, values: Vec::new() });
        }
    }
    table
}

fn field(table: &Table, message: &str, number: &str, rest: &'static str) -> Field {
    let mut words = rest.split(' ');
    let name = words.next().expect("name");
    let kind = words.next().expect("type");
    let (label, kind) = match kind.as_bytes() {
        [b'*', ..] => (Label::Repeated, &kind[1..]),
        [b'?', ..] => (Label::Optional, &kind[1..]),
        _ => (Label::Singular, kind),
    };
    let package = message.split_once('.').expect("package").0;
    Field {
        number: number.parse().expect("number"),
        name,
        label,
        kind: kind_of(table, package, kind),
        oneof: words.next(),
    }
}

fn kind_of(table: &Table, package: &str, text: &str) -> Kind {
    if let Some((key, value)) = text.strip_prefix('<').and_then(|map| map.split_once('>')) {
        let key = scalar(key).expect("scalar key");
        return Kind::Map(key, Box::new(kind_of(table, package, value)));
    }
    if let Some(scalar) = scalar(text) {
        return Kind::Scalar(scalar);
    }
    let name = if text.starts_with('.') { format!("{package}{text}") } else { text.to_owned() };
    let message = table.message(&name).map(Kind::Message);
    message.or_else(|| table.enumeration(&name).map(Kind::Enum)).expect("known type")
}

fn scalar(text: &str) -> Option<Scalar> {
    Some(match text {
        "s" => Scalar::String,
        "y" => Scalar::Bytes,
        "b" => Scalar::Bool,
        "i" => Scalar::Int32,
        "z" => Scalar::Sint32,
        "u" => Scalar::Uint32,
        "I" => Scalar::Int64,
        "U" => Scalar::Uint64,
        "f" => Scalar::Float,
        "d" => Scalar::Double,
        _ => return None,
    })
}
