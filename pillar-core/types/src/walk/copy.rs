//! Copying into a value in place, and going back to zero.

use crate::base::{IpAddr, Time, Uuid};
use crate::value::{Data, Entries, Fields, Items, Slot, View};

/// Makes `to`, which must be a zero value of the same type, equal to `from`.
pub fn copy(from: &dyn Data, to: &mut dyn Data) {
    match (from.view(), to.slot()) {
        (View::Bool(from), Slot::Bool(to)) => *to = from,
        (View::Unsigned(from, _), Slot::Number(to)) => _ = to.set(from.into()),
        (View::Signed(from, _), Slot::Number(to)) => _ = to.set(from.into()),
        (View::Float32(from), Slot::Float32(to)) => *to = from,
        (View::Float64(from), Slot::Float64(to)) => *to = from,
        (View::Text(from), Slot::Text(to)) => to.set(from),
        (View::Uuid(from), Slot::Uuid(to)) => *to = from,
        (View::Time(from), Slot::Time(to)) => *to = from,
        (View::Ip(from), Slot::Ip(to)) => *to = from,
        (View::Bytes(from), Slot::Bytes(to)) => *to = from.map(<[u8]>::to_vec),
        (View::Object(table, from), Slot::Object(_, to)) => copy_fields(from, to, table.len()),
        (View::List(Some(from)), Slot::List(to)) => copy_items(from, to),
        (View::Map(Some(from)), Slot::Map(to)) => copy_entries(from, to),
        (View::Pointer(Some(from)), Slot::Pointer(to)) => {
            if let Some(to) = to.set(true) {
                copy(from, to);
            }
        }
        (View::Unknown(from), Slot::Unknown(to)) => from.clone_into(to),
        (View::Secret(from), _) => copy(from, to),
        _ => {} // null, which `to` is already
    }
}

fn copy_fields(from: &dyn Fields, to: &mut dyn Fields, count: usize) {
    for index in 0..count {
        if let Some(from) = from.field(index)
            && let Some(to) = to.field_mut(index)
        {
            copy(from, to);
        }
    }
}

fn copy_items(from: &dyn Items, to: &mut dyn Items) {
    to.reset(true);
    for index in 0..from.count() {
        if let (Some(from), Some(to)) = (from.item(index), to.item_mut(index)) {
            copy(from, to);
        }
    }
}

fn copy_entries(from: &dyn Entries, to: &mut dyn Entries) {
    to.reset(true);
    for index in 0..from.count() {
        if let Some((key, value)) = from.entry(index) {
            let (to_key, to_value) = to.push();
            copy(key, to_key);
            copy(value, to_value);
        }
    }
}

/// Makes it a zero value again. An embedded pointer that was filled in stays so, with zeros behind it.
pub fn reset(value: &mut dyn Data) {
    match value.slot() {
        Slot::Bool(flag) => *flag = false,
        Slot::Number(number) => _ = number.set(0),
        Slot::Float32(number) => *number = 0.0,
        Slot::Float64(number) => *number = 0.0,
        Slot::Text(text) => text.set(""),
        Slot::Uuid(id) => *id = Uuid::NIL,
        Slot::Time(time) => *time = Time::ZERO,
        Slot::Ip(address) => *address = IpAddr::NONE,
        Slot::Bytes(bytes) => *bytes = None,
        Slot::Object(table, fields) => {
            for index in 0..table.len() {
                if fields.field(index).is_some()
                    && let Some(field) = fields.field_mut(index)
                {
                    reset(field);
                }
            }
        }
        Slot::List(items) => items.reset(false),
        Slot::Map(entries) => entries.reset(false),
        Slot::Pointer(pointer) => _ = pointer.set(false),
        Slot::Unknown(unknown) => unknown.clear(),
    }
}
