//! The writing half of the bridge to serde: any value, by its tables.
//!
//! A text format gets names, text forms and null; a binary one gets fields by position, bytes, and a mark
//! before whatever may be null.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeTuple, Serializer};

use crate::base::Unknown;
use crate::base64;
use crate::table::{OMITEMPTY, OPTIONAL, Table};
use crate::value::{Data, Entries, Fields, Items, View};
use crate::walk::{is_empty, key_text};

/// A value to be written.
#[derive(Clone, Copy)]
pub struct Encode<'a> {
    pub value: &'a dyn Data,
    /// Write `***` for secrets. For text formats.
    pub redact: bool,
}

impl Encode<'_> {
    fn of<'a>(&self, value: &'a dyn Data) -> Encode<'a> {
        Encode { value, redact: self.redact }
    }
}

impl Serialize for Encode<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let text = out.is_human_readable();
        match self.value.view() {
            View::Bool(flag) => out.serialize_bool(flag),
            View::Unsigned(number, _) => out.serialize_u64(number),
            View::Signed(number, _) => out.serialize_i64(number),
            View::Float32(number) => out.serialize_f32(number),
            View::Float64(number) => out.serialize_f64(number),
            View::Text(value) => out.serialize_str(value),
            View::Uuid(id) if text => out.collect_str(&id),
            View::Uuid(id) => out.serialize_bytes(id.pack()),
            View::Time(time) if text => out.collect_str(&time),
            View::Time(time) => time.pack(|bytes| out.serialize_bytes(bytes)),
            View::Ip(address) if text => out.collect_str(&address),
            View::Ip(address) => address.pack(|bytes| out.serialize_bytes(bytes)),
            View::Bytes(Some(bytes)) if text => out.collect_str(&base64::Display(bytes)),
            View::Object(table, fields) if text => members(*self, table, fields, out),
            View::Object(table, fields) => positions(*self, table, fields, out),
            View::Secret(_) if self.redact => out.serialize_str("***"),
            View::Secret(value) => self.of(value).serialize(out),
            View::Unknown(unknown) => pairs(unknown, out),
            view @ (View::Bytes(_) | View::List(_) | View::Map(_) | View::Pointer(_)) => {
                let present = Present { view, redact: self.redact };
                match view {
                    View::Bytes(None) | View::List(None) | View::Map(None) | View::Pointer(None) => {
                        out.serialize_none()
                    }
                    _ if text => present.serialize(out),
                    _ => out.serialize_some(&present),
                }
            }
        }
    }
}

/// What may be null but is not.
struct Present<'a> {
    view: View<'a>,
    redact: bool,
}

impl Serialize for Present<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let of = |value| Encode { value, redact: self.redact };
        match self.view {
            View::Bytes(Some(bytes)) => out.serialize_bytes(bytes),
            View::List(Some(items)) => list(&of, items, out),
            View::Map(Some(entries)) => map(&of, entries, out),
            View::Pointer(Some(target)) => of(target).serialize(out),
            _ => out.serialize_none(),
        }
    }
}

fn list<'a, S: Serializer>(
    of: &dyn Fn(&'a dyn Data) -> Encode<'a>,
    items: &'a dyn Items,
    out: S,
) -> Result<S::Ok, S::Error> {
    let mut out = out.serialize_seq(Some(items.count()))?;
    for index in 0..items.count() {
        if let Some(item) = items.item(index) {
            out.serialize_element(&of(item))?;
        }
    }
    out.end()
}

/// In the order of the keys' texts, as Go sorts them: 10 before 9.
fn map<'a, S: Serializer>(
    of: &dyn Fn(&'a dyn Data) -> Encode<'a>,
    entries: &'a dyn Entries,
    out: S,
) -> Result<S::Ok, S::Error> {
    let entries = (0..entries.count()).filter_map(|index| entries.entry(index));
    let mut sorted: Vec<_> = entries.map(|(key, value)| (key_text(key), value)).collect();
    sorted.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut out = out.serialize_map(Some(sorted.len()))?;
    for (key, value) in sorted {
        out.serialize_entry(&*key, &of(value))?;
    }
    out.end()
}

/// A struct with names.
fn members<S: Serializer>(
    encode: Encode<'_>,
    table: Table,
    fields: &dyn Fields,
    out: S,
) -> Result<S::Ok, S::Error> {
    let mut out = out.serialize_map(None)?;
    let mut unknown = None;
    for (index, field) in table.fields().enumerate() {
        let Some(value) = fields.field(index) else { continue };
        if let View::Unknown(found) = value.view() {
            unknown = Some(found);
        } else if field.is_named() && !(field.is(OMITEMPTY) && is_empty(value)) {
            out.serialize_entry(field.name, &encode.of(value))?;
        }
    }
    for (name, value) in unknown.iter().flat_map(|unknown| unknown.raw()) {
        if encode.redact {
            out.serialize_entry(name, "***")?;
        } else {
            out.serialize_entry(name, value)?;
        }
    }
    out.end()
}

/// A struct without names.
fn positions<S: Serializer>(
    encode: Encode<'_>,
    table: Table,
    fields: &dyn Fields,
    out: S,
) -> Result<S::Ok, S::Error> {
    let mut out = out.serialize_tuple(table.len())?;
    for (index, field) in table.fields().enumerate() {
        if !field.is_on_wire() {
            continue;
        }
        let value = fields.field(index).map(|value| encode.of(value));
        if field.is(OPTIONAL) {
            out.serialize_element(&value)?;
        } else if let Some(value) = value {
            out.serialize_element(&value)?;
        }
    }
    out.end()
}

/// Unknown members in a binary form: names and texts in turn.
fn pairs<S: Serializer>(unknown: &Unknown, out: S) -> Result<S::Ok, S::Error> {
    let mut out = out.serialize_seq(Some(unknown.iter().count() * 2))?;
    for (name, value) in unknown.iter() {
        out.serialize_element(name)?;
        out.serialize_element(value)?;
    }
    out.end()
}
