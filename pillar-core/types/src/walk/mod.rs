//! What can be done with any value without knowing its type, short of encoding it.

mod compare;
mod copy;
mod debug;

use std::borrow::Cow;
use std::cmp::Ordering;

pub use compare::{changed, diff, equal};
pub use copy::{copy, reset};
pub use debug::debug;

use crate::value::{Data, Entries, Slot, View};

/// Whether `omitempty` leaves it out: false, 0, empty or null; structs, UUIDs and times never are.
pub fn is_empty(value: &dyn Data) -> bool {
    match value.view() {
        View::Bool(flag) => !flag,
        View::Unsigned(number, _) => number == 0,
        View::Signed(number, _) => number == 0,
        View::Float32(number) => number == 0.0,
        View::Float64(number) => number == 0.0,
        View::Text(text) => text.is_empty(),
        View::Ip(address) => address.is_none(),
        View::Bytes(bytes) => bytes.is_none_or(<[u8]>::is_empty),
        View::List(items) => items.is_none_or(|items| items.count() == 0),
        View::Map(entries) => entries.is_none_or(|entries| entries.count() == 0),
        View::Pointer(target) => target.is_none(),
        View::Secret(value) => is_empty(value),
        View::Uuid(_) | View::Time(_) | View::Object(..) | View::Unknown(_) => false,
    }
}

/// The text of a map's key.
pub fn key_text(key: &dyn Data) -> Cow<'_, str> {
    match key.view() {
        View::Text(text) => text.into(),
        View::Unsigned(number, _) => number.to_string().into(),
        View::Signed(number, _) => number.to_string().into(),
        View::Uuid(id) => id.to_string().into(),
        View::Ip(address) => address.to_string().into(),
        View::Time(time) => time.to_string().into(),
        _ => "".into(), // nothing else may be a key
    }
}

/// Fills a map's key from its text, or says what it should be.
pub fn parse_key(key: &mut dyn Data, text: &str) -> Result<(), &'static str> {
    let parsed = match key.slot() {
        Slot::Text(key) => {
            key.set(text);
            true
        }
        Slot::Number(key) => text.parse().is_ok_and(|number| key.set(number)),
        Slot::Uuid(key) => text.parse().map(|id| *key = id).is_ok(),
        Slot::Ip(key) => text.parse().map(|address| *key = address).is_ok(),
        Slot::Time(key) => text.parse().map(|time| *key = time).is_ok(),
        _ => false,
    };
    if parsed { Ok(()) } else { Err("a key of the map's kind") }
}

/// Restores the order of keys after entries were pushed. Of several entries with one key, the last one wins.
pub fn settle(entries: &mut dyn Entries) {
    let count = entries.count();
    if (1..count).all(|index| entries.compare(index - 1, index) == Ordering::Less) {
        return;
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|left, right| entries.compare(*left, *right).then(right.cmp(left)));
    order.dedup_by(|next, kept| entries.compare(*next, *kept) == Ordering::Equal);
    entries.arrange(&order);
}
