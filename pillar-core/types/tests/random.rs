//! Random values of every registered type come back the same from both forms.

use pillar_types::codec::{Limits, binary, json};
use pillar_types::table::OMITEMPTY;
use pillar_types::value::{Entries, Items, Slot};
use pillar_types::{Bytes, Data, IpAddr, Time, Uuid, base64, registry, walk};
use proptest::prelude::*;

/// Values of each type.
const ROUNDS: u64 = 60;
/// Below this depth, lists stay empty and pointers null.
const DEPTH: u32 = 9;

/// SplitMix64: enough to pick values with, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn text(&mut self) -> String {
        let letters =
            ['a', 'Z', '0', ' ', '"', '\\', '/', '<', '&', '\n', '\0', '\u{7f}', 'é', '\u{2028}', '😀'];
        (0..self.below(9)).map(|_| letters[self.below(letters.len() as u64) as usize]).collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.below(20)).map(|_| self.next() as u8).collect()
    }

    fn number(&mut self, least: i128, most: i128) -> i128 {
        match self.below(5) {
            0 => 0,
            1 => least,
            2 => most,
            _ => least + i128::from(self.next()) % (most - least + 1),
        }
    }

    fn fill(&mut self, value: &mut dyn Data, depth: u32) {
        match value.slot() {
            Slot::Bool(flag) => *flag = self.one_in(2),
            Slot::Number(number) => {
                let (least, most) = number.range();
                assert!(number.set(self.number(least, most)));
            }
            Slot::Float32(number) => *number = finite(f32::from_bits(self.next() as u32).into()) as f32,
            Slot::Float64(number) => *number = finite(f64::from_bits(self.next())),
            Slot::Text(text) => text.set(&self.text()),
            Slot::Uuid(id) => {
                *id = Uuid((u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes());
            }
            Slot::Time(time) => {
                *time = Time::from_unix(self.next().cast_signed() >> self.below(40), self.next() as u32);
            }
            Slot::Ip(address) => *address = self.address(),
            Slot::Bytes(bytes) => *bytes = (!self.one_in(3)).then(|| self.bytes()),
            Slot::Object(table, fields) => {
                // What another field hides is on no wire.
                for (index, row) in table.fields().enumerate().filter(|(_, row)| row.is_on_wire()) {
                    let absent = fields.field(index).is_none() && self.one_in(2);
                    let Some(field) = fields.field_mut(index).filter(|_| !absent) else { continue };
                    self.fill(field, depth + 1);
                    if row.is(OMITEMPTY) && walk::is_empty(field) {
                        walk::reset(field); // Go does not tell empty from null here
                    }
                }
            }
            Slot::List(items) => self.fill_items(items, depth),
            Slot::Map(entries) => self.fill_entries(entries, depth),
            Slot::Pointer(pointer) => {
                if let Some(target) = pointer.set(depth < DEPTH && !self.one_in(3)) {
                    self.fill(target, depth + 1);
                }
            }
            Slot::Unknown(_) => {}
        }
    }

    fn fill_items(&mut self, items: &mut dyn Items, depth: u32) {
        items.reset(!self.one_in(3));
        let fixed = items.count();
        let most = if depth < DEPTH { self.below(3) as usize } else { 0 };
        for index in 0..fixed.max(most) {
            if let Some(item) = items.item_mut(index) {
                self.fill(item, depth + 1);
            }
        }
    }

    fn fill_entries(&mut self, entries: &mut dyn Entries, depth: u32) {
        entries.reset(!self.one_in(3));
        let count = if depth < DEPTH { self.below(4) } else { 0 };
        for _ in 0..count {
            let (key, value) = entries.push();
            self.fill(key, depth + 1);
            self.fill(value, depth + 1);
        }
        walk::settle(entries);
    }

    fn address(&mut self) -> IpAddr {
        match self.below(3) {
            0 => IpAddr::NONE,
            1 => (self.next() as u32).to_be_bytes().into(),
            _ => std::net::IpAddr::from(
                (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes(),
            )
            .into(),
        }
    }
}

fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.5 }
}

#[test]
fn every_type_comes_back_the_same() {
    for info in registry::objects() {
        for seed in 0..ROUNDS {
            let mut value = (info.make)();
            Random(seed).fill(&mut *value, 0);
            let what = format!("{} {seed}", info.name);

            let text = json::encode(&*value);
            let mut again = (info.make)();
            json::decode(&mut *again, &text, &Limits::JSON).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(walk::diff(&*again, &*value), [""; 0], "{what} in JSON");
            assert_eq!(json::encode(&*again), text, "{what}");

            let bytes = binary::encode(&*value);
            let mut again = (info.make)();
            binary::decode(&mut *again, &bytes, &Limits::BINARY)
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(walk::diff(&*again, &*value), [""; 0], "{what} in postcard");

            let mut copy = (info.make)();
            walk::copy(&*value, &mut *copy);
            assert!(walk::equal(&*copy, &*value), "{what} copied");
        }
    }
}

proptest! {
    #[test]
    fn any_text_comes_back(text in any::<String>()) {
        let form = json::encode(&text);
        prop_assert_eq!(json::decode_new::<String>(&form, &Limits::JSON), Ok(text));
        prop_assert!(!form.iter().any(|byte| matches!(byte, b'<' | b'>' | b'&')));
    }

    #[test]
    fn any_float_comes_back(bits in any::<u64>()) {
        let number = finite(f64::from_bits(bits));
        let again = json::decode_new::<f64>(&json::encode(&number), &Limits::JSON);
        prop_assert_eq!(again.map(f64::to_bits), Ok(number.to_bits()));
        let short = number as f32;
        if short.is_finite() {
            let again = json::decode_new::<f32>(&json::encode(&short), &Limits::JSON);
            prop_assert_eq!(again.map(f32::to_bits), Ok(short.to_bits()));
        }
    }

    #[test]
    fn any_bytes_come_back(bytes in any::<Vec<u8>>()) {
        prop_assert_eq!(base64::decode(base64::encode(&bytes).as_bytes()), Ok(bytes.clone()));
        let again = json::decode_new::<Bytes>(&json::encode(&Bytes::from(bytes.clone())), &Limits::JSON);
        prop_assert_eq!(again, Ok(Bytes::from(bytes)));
    }

    #[test]
    fn any_time_comes_back(seconds in -70_000_000_000_i64..260_000_000_000, nanos in 0..1_000_000_000_u32) {
        let time = Time::from_unix(seconds, nanos);
        prop_assert_eq!(time.to_string().parse(), Ok(time));
    }

    #[test]
    fn no_input_panics(text in r#"[\[\]{}",:0-9a-zA-Z \\/.+-]{0,60}"#, bytes in any::<Vec<u8>>()) {
        for info in registry::objects() {
            let _ = json::decode(&mut *(info.make)(), text.as_bytes(), &Limits::JSON);
            let _ = json::decode(&mut *(info.make)(), &bytes, &Limits::JSON);
            let _ = binary::decode(&mut *(info.make)(), &bytes, &Limits::BINARY);
        }
    }
}
