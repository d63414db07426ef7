//! Equality, and what differs.

use std::fmt::Write;

use crate::table::VOLATILE;
use crate::value::{Data, Entries, Fields, Items, View};
use crate::walk::key_text;

/// Whether two values of one type are equal: field by field, times as instants, null and empty different.
pub fn equal(left: &dyn Data, right: &dyn Data) -> bool {
    same(left, right, 0)
}

/// Whether two values of one type differ in anything but fields marked `volatile`.
pub fn changed(left: &dyn Data, right: &dyn Data) -> bool {
    !same(left, right, VOLATILE)
}

fn same(left: &dyn Data, right: &dyn Data, ignored: u8) -> bool {
    match (left.view(), right.view()) {
        (View::Bool(left), View::Bool(right)) => left == right,
        (View::Unsigned(left, _), View::Unsigned(right, _)) => left == right,
        (View::Signed(left, _), View::Signed(right, _)) => left == right,
        // By bits, so that NaN does not differ from itself for ever.
        (View::Float32(left), View::Float32(right)) => left.to_bits() == right.to_bits(),
        (View::Float64(left), View::Float64(right)) => left.to_bits() == right.to_bits(),
        (View::Text(left), View::Text(right)) => left == right,
        (View::Uuid(left), View::Uuid(right)) => left == right,
        (View::Time(left), View::Time(right)) => left == right,
        (View::Ip(left), View::Ip(right)) => left == right,
        (View::Bytes(left), View::Bytes(right)) => left == right,
        (View::Object(table, left), View::Object(_, right)) => {
            let counted = table.fields().enumerate().filter(|(_, field)| ignored == 0 || !field.is(ignored));
            counted
                .into_iter()
                .all(|(index, _)| same_optional(left.field(index), right.field(index), ignored))
        }
        (View::List(left), View::List(right)) => match (left, right) {
            (Some(left), Some(right)) => same_items(left, right, ignored),
            (left, right) => left.is_none() && right.is_none(),
        },
        (View::Map(left), View::Map(right)) => match (left, right) {
            (Some(left), Some(right)) => same_entries(left, right, ignored),
            (left, right) => left.is_none() && right.is_none(),
        },
        (View::Pointer(left), View::Pointer(right)) => same_optional(left, right, ignored),
        (View::Secret(left), View::Secret(right)) => same(left, right, ignored),
        (View::Unknown(left), View::Unknown(right)) => left == right,
        _ => false,
    }
}

fn same_optional(left: Option<&dyn Data>, right: Option<&dyn Data>, ignored: u8) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => same(left, right, ignored),
        (left, right) => left.is_none() && right.is_none(),
    }
}

fn same_items(left: &dyn Items, right: &dyn Items, ignored: u8) -> bool {
    left.count() == right.count()
        && (0..left.count()).all(|index| same_optional(left.item(index), right.item(index), ignored))
}

fn same_entries(left: &dyn Entries, right: &dyn Entries, ignored: u8) -> bool {
    let same_entry = |index| match (left.entry(index), right.entry(index)) {
        (Some((key, left)), Some((other, right))) => same(key, other, 0) && same(left, right, ignored),
        _ => false,
    };
    left.count() == right.count() && (0..left.count()).all(same_entry)
}

/// The paths of the fields in which two values of one type differ, such as `Ports[3].Proxies[0].port`. A
/// list or map of another length is named as a whole.
pub fn diff(left: &dyn Data, right: &dyn Data) -> Vec<String> {
    let mut found = Vec::new();
    collect(left, right, &mut String::new(), &mut found);
    found
}

fn collect(left: &dyn Data, right: &dyn Data, path: &mut String, found: &mut Vec<String>) {
    if equal(left, right) {
        return;
    }
    let before = found.len();
    match (left.view(), right.view()) {
        (View::Object(table, left), View::Object(_, right)) => {
            for (index, field) in table.fields().enumerate().filter(|(_, field)| field.is_named()) {
                let dot = if path.is_empty() { "" } else { "." };
                step(left.field(index), right.field(index), path, &format!("{dot}{}", field.name), found);
            }
            unknown_members(left, right, table.len(), path, found);
        }
        (View::List(Some(left)), View::List(Some(right))) if left.count() == right.count() => {
            for index in 0..left.count() {
                step(left.item(index), right.item(index), path, &format!("[{index}]"), found);
            }
        }
        (View::Map(Some(left)), View::Map(Some(right))) if left.count() == right.count() => {
            for index in 0..left.count() {
                let (Some((key, left)), Some((other, right))) = (left.entry(index), right.entry(index))
                else {
                    continue;
                };
                if equal(key, other) {
                    step(Some(left), Some(right), path, &format!("[{}]", key_text(key)), found);
                }
            }
        }
        (View::Pointer(Some(left)), View::Pointer(Some(right))) => collect(left, right, path, found),
        _ => {}
    }
    if found.len() == before {
        found.push(path.clone());
    }
}

fn step(
    left: Option<&dyn Data>,
    right: Option<&dyn Data>,
    path: &mut String,
    name: &str,
    found: &mut Vec<String>,
) {
    let length = path.len();
    path.push_str(name);
    match (left, right) {
        (Some(left), Some(right)) => collect(left, right, path, found),
        (None, None) => {}
        _ => found.push(path.clone()),
    }
    path.truncate(length);
}

fn unknown_members(
    left: &dyn Fields,
    right: &dyn Fields,
    count: usize,
    path: &mut String,
    found: &mut Vec<String>,
) {
    let Some(last) = count.checked_sub(1) else { return };
    let (Some(left), Some(right)) = (left.field(last), right.field(last)) else { return };
    let (View::Unknown(left), View::Unknown(right)) = (left.view(), right.view()) else { return };
    let names = left.iter().chain(right.iter()).map(|(name, _)| name);
    for (at, name) in names.enumerate() {
        let seen_already = left.iter().take(at).any(|(other, _)| other == name);
        if left.get(name) != right.get(name) && !seen_already {
            let dot = if path.is_empty() { "" } else { "." };
            let length = path.len();
            let _ = write!(path, "{dot}{name}"); // writing to a String cannot fail
            found.push(path.clone());
            path.truncate(length);
        }
    }
}
