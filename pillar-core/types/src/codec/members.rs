//! The reading half of the bridge, for objects: finding the field of a name, and keeping what has none.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::decode::{Fill, Step, Walk};
use super::{Found, Limits, Problem};
use crate::base::Unknown;
use crate::table::{HIDDEN, OPTIONAL, Rows, Table, UNKNOWN};
use crate::value::{Fields, Slot};
use crate::walk::reset;

/// An object with names.
pub fn read_members<'de, A: MapAccess<'de>>(
    table: Table,
    fields: &mut dyn Fields,
    mut from: A,
    walk: &mut Walk,
) -> Result<(), A::Error> {
    let mut names = Names::of(table);
    let mut seen = 0;
    while let Some(member) = from.next_key_seed(&mut names)? {
        let (index, name) = match member {
            Member::Field(index, name) => (index, name),
            Member::Other(name) => {
                match unknown(table, fields) {
                    Some(unknown) => keep(unknown, &name, from.next_value()?, walk)?,
                    None => _ = from.next_value::<IgnoredAny>()?,
                }
                continue;
            }
        };
        let Some(value) = fields.field_mut(index) else { continue };
        if index < seen {
            reset(value); // perhaps it came before: the last one wins
        }
        seen = seen.max(index + 1);
        walk.enter();
        let read = from.next_value_seed(Fill { value, walk: &mut *walk });
        walk.leave();
        read.map_err(|error| walk.at(Step::Field(name), error))?;
    }
    Ok(())
}

/// An object without names.
pub fn read_positions<'de, A: SeqAccess<'de>>(
    table: Table,
    fields: &mut dyn Fields,
    mut from: A,
    walk: &mut Walk,
) -> Result<(), A::Error> {
    let mut keeps_unknown = false;
    for (index, field) in table.fields().enumerate().filter(|(_, field)| field.is_on_wire()) {
        keeps_unknown |= field.is(UNKNOWN);
        walk.enter();
        let place = Place { fields: &mut *fields, index, optional: field.is(OPTIONAL), walk: &mut *walk };
        let read = match from.next_element_seed(place) {
            Ok(None) => walk.expected("more fields", Found::Null),
            read => read.map(|_| ()),
        };
        walk.leave();
        read.map_err(|error| walk.at(Step::Field(field.name), error))?;
    }
    if keeps_unknown && let Some(unknown) = unknown(table, fields) {
        unknown.retain(|name| Names::of(table).find(name).is_none());
    }
    Ok(())
}

/// Unknown members in a binary form: names and texts in turn.
pub fn read_pairs<'de, A: SeqAccess<'de>>(
    unknown: &mut Unknown,
    mut from: A,
    walk: &mut Walk,
) -> Result<(), A::Error> {
    unknown.clear();
    while let Some(name) = from.next_element::<Box<str>>()? {
        let Some(value) = from.next_element()? else { return walk.expected("a value", Found::Null) };
        let Ok(value) = RawValue::from_string(value) else { return walk.expected("JSON", Found::Text) };
        keep(unknown, &name, value, walk)?;
    }
    Ok(())
}

fn keep<E: Error>(unknown: &mut Unknown, name: &str, value: Box<RawValue>, walk: &mut Walk) -> Result<(), E> {
    if unknown.iter().count() >= Limits::UNKNOWN {
        return walk.fail(Problem::TooMuch { limit: Limits::UNKNOWN });
    }
    unknown.insert(name, value);
    Ok(())
}

/// Where the object keeps members that it does not declare, if it does.
fn unknown(table: Table, fields: &mut dyn Fields) -> Option<&mut Unknown> {
    let index = table.fields().position(|field| field.is(UNKNOWN) && !field.is(HIDDEN))?;
    match fields.field_mut(index)?.slot() {
        Slot::Unknown(unknown) => Some(unknown),
        _ => None,
    }
}

/// The names of an object, with a finger on the one that is likely to come next.
struct Names {
    table: Table,
    next: Rows,
    index: usize,
}

enum Member {
    Field(usize, &'static str),
    Other(Box<str>),
}

impl Names {
    fn of(table: Table) -> Self {
        Self { table, next: table.fields(), index: 0 }
    }

    /// The field of exactly this name, or else the first one of this name in any case.
    fn find(&mut self, name: &str) -> Option<(usize, &'static str)> {
        let (mut rows, mut index) = (self.next.clone(), self.index);
        while let Some(field) = rows.next() {
            index += 1;
            if field.name == name && field.is_named() {
                (self.next, self.index) = (rows, index);
                return Some((index - 1, field.name));
            }
        }
        let named = || self.table.fields().enumerate().filter(|(_, field)| field.is_named());
        let exact = named().find(|(_, field)| field.name == name);
        let (index, field) = exact.or_else(|| named().find(|(_, field)| folds_to(name, field.name)))?;
        (self.next, self.index) = (self.table.fields(), 0);
        Some((index, field.name))
    }
}

/// Whether two names differ in case only. Two letters beyond ASCII count as ASCII ones, as in Go.
fn folds_to(name: &str, field: &str) -> bool {
    let fold = |letter: char| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    };
    name.chars().map(fold).eq(field.chars().map(fold))
}

impl<'de> DeserializeSeed<'de> for &mut Names {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Member, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for &mut Names {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Member, E> {
        Ok(match self.find(name) {
            Some((index, name)) => Member::Field(index, name),
            None => Member::Other(name.into()),
        })
    }
}

/// A field by position.
struct Place<'v, 'w> {
    fields: &'v mut dyn Fields,
    index: usize,
    /// Of an embedded pointer, so a mark says whether it is there.
    optional: bool,
    walk: &'w mut Walk,
}

impl<'de> DeserializeSeed<'de> for Place<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        if self.optional { from.deserialize_option(self) } else { self.visit_some(from) }
    }
}

impl<'de> Visitor<'de> for Place<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        match self.fields.field_mut(self.index) {
            Some(value) => self.walk.fill(value, from),
            None => self.walk.expected("another field", Found::Null),
        }
    }
}
