//! A number that tells whether two processes have the same idea of a type.

use crate::table::Table;
use crate::value::{Data, Slot};

/// A hash over names, kinds, flags and order of all that a type holds; equal on every build and machine.
/// `value` is used as scratch.
pub fn schema_hash(value: &mut dyn Data) -> u64 {
    let mut schema = Schema { hash: FNV_OFFSET, within: Vec::new() };
    schema.add(value);
    schema.hash
}

/// FNV-1a, 64 bits.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

struct Schema {
    hash: u64,
    /// The objects around this one: a tree's node holds more of its kind.
    within: Vec<Table>,
}

impl Schema {
    fn text(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
    }

    fn add(&mut self, value: &mut dyn Data) {
        match value.slot() {
            Slot::Bool(_) => self.text("bool"),
            Slot::Number(number) => self.text(&format!("{:?}", number.range())),
            Slot::Float32(_) => self.text("f32"),
            Slot::Float64(_) => self.text("f64"),
            Slot::Text(_) => self.text("text"),
            Slot::Uuid(_) => self.text("uuid"),
            Slot::Time(_) => self.text("time"),
            Slot::Ip(_) => self.text("ip"),
            Slot::Bytes(_) => self.text("bytes"),
            Slot::Unknown(_) => self.text("unknown"),
            Slot::Pointer(pointer) => {
                self.text("pointer");
                if let Some(target) = pointer.set(true) {
                    self.add(target);
                }
            }
            Slot::List(items) => {
                self.text("list");
                items.reset(true);
                let fixed = items.count();
                self.text(&fixed.to_string());
                if let Some(item) = items.item_mut(0) {
                    self.add(item);
                }
            }
            Slot::Map(entries) => {
                self.text("map");
                let (key, value) = entries.push();
                self.add(key);
                self.add(value);
            }
            Slot::Object(table, fields) => {
                self.text(table.name());
                if self.within.contains(&table) {
                    return;
                }
                self.within.push(table);
                for (index, field) in table.fields().enumerate().filter(|(_, field)| field.is_on_wire()) {
                    self.text(field.name);
                    self.text(if field.is(crate::table::OPTIONAL) { "?" } else { "" });
                    if let Some(field) = fields.field_mut(index) {
                        self.add(field);
                    }
                }
                self.within.pop();
                self.text("end");
            }
        }
    }
}
