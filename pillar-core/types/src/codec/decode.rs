//! The reading half of the bridge to serde: into any value, by its tables.
//!
//! A text format says itself what comes next, a binary one is asked for what the slot takes; both end in the
//! same visitor. The walk stops at the first error with the path of the field in hand.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{DecodeError, Found, Limits, Position, Problem, members};
use crate::base::{IpAddr, Time, Uuid};
use crate::base64;
use crate::value::{Data, Entries, Items, Pointer, Slot};
use crate::walk;

/// Where the walk is, and what it may still use.
pub struct Walk {
    /// How many values it is in.
    depth: usize,
    /// The way from where it failed, innermost first.
    path: Vec<Step>,
    limits: Limits,
    /// Bytes of memory left.
    memory: usize,
    /// All the bytes of memory there were.
    budget: usize,
    problem: Option<Problem>,
    /// Whether the format has names.
    pub text: bool,
}

/// One step from a value into another.
pub enum Step {
    Field(&'static str),
    Item(usize),
    Key(Box<str>),
}

impl Walk {
    /// Refuses an input that is too long.
    pub fn start(input: &[u8], limits: Limits, text: bool) -> Result<Self, DecodeError> {
        if input.len() > limits.input {
            let problem = Problem::TooLong { limit: limits.input };
            return Err(DecodeError { path: String::new(), problem, position: Position::Start });
        }
        let budget = Limits::FLOOR.saturating_add(input.len().saturating_mul(limits.growth));
        Ok(Self { depth: 0, path: Vec::new(), limits, memory: budget, budget, problem: None, text })
    }

    /// What went wrong, `otherwise` where the format itself was broken.
    pub fn into_error(self, position: Position, otherwise: impl FnOnce() -> Box<str>) -> DecodeError {
        let mut path = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Field(name) if path.is_empty() => path.push_str(name),
                Step::Field(name) => path.extend([".", name]),
                Step::Item(index) => path.extend(["[", &index.to_string(), "]"]),
                Step::Key(key) => path.extend(["[", key, "]"]),
            }
        }
        let problem = self.problem.unwrap_or_else(|| Problem::Malformed(otherwise()));
        DecodeError { path, problem, position }
    }

    /// Fills `value` with what comes next.
    pub fn fill<'de, D: Deserializer<'de>>(&mut self, value: &mut dyn Data, from: D) -> Result<(), D::Error> {
        Fill { value, walk: self }.deserialize(from)
    }

    pub fn fail<T, E: Error>(&mut self, problem: Problem) -> Result<T, E> {
        self.problem.get_or_insert(problem);
        Err(E::custom(""))
    }

    pub fn expected<T, E: Error>(&mut self, expected: &'static str, found: Found) -> Result<T, E> {
        self.fail(Problem::Expected { expected, found })
    }

    /// Pays for memory that the input asks for. Every item costs something, even one of no size.
    fn charge<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        match self.memory.checked_sub(bytes.max(8)) {
            Some(left) => {
                self.memory = left;
                Ok(())
            }
            None => self.fail(Problem::TooMuch { limit: self.budget }),
        }
    }

    /// Goes from a value into another.
    pub fn enter(&mut self) {
        self.depth += 1;
    }

    /// Goes back.
    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Notes on the way out with an error which step it was in.
    pub fn at<E>(&mut self, step: Step, error: E) -> E {
        self.path.push(step);
        error
    }
}

/// One value to be filled.
pub struct Fill<'v, 'w> {
    pub value: &'v mut dyn Data,
    pub walk: &'w mut Walk,
}

impl<'de> DeserializeSeed<'de> for Fill<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        let Self { value, walk } = self;
        if walk.depth > walk.limits.depth {
            return walk.fail(Problem::TooDeep { limit: walk.limits.depth });
        }
        let text = walk.text;
        let into = Into { slot: value.slot(), walk };
        match &into.slot {
            _ if text => from.deserialize_any(into),
            Slot::Bool(_) => from.deserialize_bool(into),
            Slot::Number(number) if number.range().0 < 0 => from.deserialize_i64(into),
            Slot::Number(_) => from.deserialize_u64(into),
            Slot::Float32(_) => from.deserialize_f32(into),
            Slot::Float64(_) => from.deserialize_f64(into),
            Slot::Text(_) => from.deserialize_str(into),
            Slot::Uuid(_) | Slot::Time(_) | Slot::Ip(_) => from.deserialize_bytes(into),
            Slot::Bytes(_) | Slot::List(_) | Slot::Map(_) | Slot::Pointer(_) => from.deserialize_option(into),
            Slot::Object(table, _) => from.deserialize_tuple(table.len(), into),
            Slot::Unknown(_) => from.deserialize_seq(into),
        }
    }
}

/// Where a value goes.
struct Into<'v, 'w> {
    slot: Slot<'v>,
    walk: &'w mut Walk,
}

/// The slot behind pointers, whose targets are made on the way: something other than null comes.
fn target<'v, E: Error>(mut slot: Slot<'v>, walk: &mut Walk) -> Result<Slot<'v>, E> {
    while let Slot::Pointer(pointer) = slot {
        slot = point(pointer, walk)?.slot();
    }
    Ok(slot)
}

/// Makes what a pointer points to.
fn point<'v, E: Error>(pointer: &'v mut dyn Pointer, walk: &mut Walk) -> Result<&'v mut dyn Data, E> {
    let Some(target) = pointer.set(true) else { return walk.expected("null", Found::Object) };
    // Boxed things are objects; the rest stands in place and is paid for already.
    if let Slot::Object(_, fields) = target.slot() {
        walk.charge(size_of_val(fields))?;
    }
    Ok(target)
}

impl Into<'_, '_> {
    fn number<E: Error>(self, number: i128) -> Result<(), E> {
        let walk = self.walk;
        match target(self.slot, walk)? {
            Slot::Number(slot) => {
                if slot.set(number) {
                    return Ok(());
                }
                let (least, most) = slot.range();
                walk.fail(Problem::OutOfRange { least, most })
            }
            Slot::Float64(slot) => {
                *slot = number as f64;
                Ok(())
            }
            Slot::Float32(slot) => {
                *slot = number as f32;
                Ok(())
            }
            slot => walk.expected(slot.expected(), Found::Number),
        }
    }

    fn float<E: Error>(self, number: f64) -> Result<(), E> {
        let walk = self.walk;
        match target(self.slot, walk)? {
            Slot::Float64(slot) if number.is_finite() => *slot = number,
            Slot::Float32(slot) if (number as f32).is_finite() => *slot = number as f32,
            Slot::Number(slot) if number == 0.0 && number.is_sign_negative() => _ = slot.set(0), // "-0"
            slot => return walk.expected(slot.expected(), Found::Float),
        }
        Ok(())
    }

    fn null(self) {
        match self.slot {
            Slot::Bytes(bytes) => *bytes = None,
            Slot::List(items) => items.reset(false),
            Slot::Map(entries) => entries.reset(false),
            Slot::Pointer(pointer) => _ = pointer.set(false),
            _ => {} // stays zero
        }
    }
}

impl<'de> Visitor<'de> for Into<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        let walk = self.walk;
        match target(self.slot, walk)? {
            Slot::Bool(slot) => *slot = flag,
            slot => return walk.expected(slot.expected(), Found::Bool),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.number(number.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.number(number.into())
    }

    fn visit_f32<E: Error>(self, number: f32) -> Result<(), E> {
        self.float(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.float(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let walk = self.walk;
        let slot = target(self.slot, walk)?;
        let expected = slot.expected();
        let fits = match slot {
            Slot::Text(slot) => {
                slot.set(text);
                true
            }
            Slot::Uuid(slot) => text.parse().map(|id| *slot = id).is_ok(),
            Slot::Time(slot) => text.parse().map(|time| *slot = time).is_ok(),
            Slot::Ip(slot) => text.parse().map(|address| *slot = address).is_ok(),
            Slot::Bytes(slot) => base64::decode(text.as_bytes()).map(|bytes| *slot = Some(bytes)).is_ok(),
            _ => false,
        };
        if fits { Ok(()) } else { walk.expected(expected, Found::Text) }
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        let slot = self.slot;
        let expected = slot.expected();
        let fits = match slot {
            Slot::Bytes(slot) => {
                *slot = Some(bytes.to_vec());
                true
            }
            Slot::Uuid(slot) => Uuid::unpack(bytes).map(|id| *slot = id).is_some(),
            Slot::Time(slot) => Time::unpack(bytes).map(|time| *slot = time).is_some(),
            Slot::Ip(slot) => IpAddr::unpack(bytes).map(|address| *slot = address).is_some(),
            _ => false,
        };
        if fits { Ok(()) } else { self.walk.expected(expected, Found::Bytes) }
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.null();
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.null();
        Ok(())
    }

    /// In a binary form only: what may be null is not.
    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        match self.slot {
            Slot::Bytes(_) => from.deserialize_bytes(self),
            Slot::List(_) => from.deserialize_seq(self),
            Slot::Map(_) => from.deserialize_map(self),
            Slot::Pointer(pointer) => {
                let value = point(pointer, self.walk)?;
                self.walk.fill(value, from)
            }
            slot => self.walk.expected(slot.expected(), Found::Object),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, from: A) -> Result<(), A::Error> {
        let walk = self.walk;
        match target(self.slot, walk)? {
            Slot::List(items) => read_items(items, from, walk),
            Slot::Object(table, fields) if !walk.text => members::read_positions(table, fields, from, walk),
            Slot::Unknown(unknown) => members::read_pairs(unknown, from, walk),
            slot => walk.expected(slot.expected(), Found::List),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, from: A) -> Result<(), A::Error> {
        let walk = self.walk;
        match target(self.slot, walk)? {
            Slot::Object(table, fields) => members::read_members(table, fields, from, walk),
            Slot::Map(entries) => read_entries(entries, from, walk),
            slot => walk.expected(slot.expected(), Found::Object),
        }
    }
}

impl Slot<'_> {
    /// What goes in, in words.
    fn expected(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a whole number",
            Self::Float32(_) | Self::Float64(_) => "a number",
            Self::Text(_) => "text",
            Self::Uuid(_) => "a UUID",
            Self::Time(_) => "a time like 2024-04-02T10:00:00Z",
            Self::Ip(_) => "an IP address",
            Self::Bytes(_) => "base64",
            Self::Object(..) | Self::Map(_) | Self::Unknown(_) => "an object",
            Self::List(_) => "a list",
            Self::Pointer(_) => "a value",
        }
    }
}

fn read_items<'de, A: SeqAccess<'de>>(
    items: &mut dyn Items,
    mut from: A,
    walk: &mut Walk,
) -> Result<(), A::Error> {
    items.reset(true);
    let mut index = 0;
    while from.next_element_seed(Item { items, index, walk })?.is_some() {
        index += 1;
    }
    Ok(())
}

/// An item of a list, which is made when it turns out to be there.
struct Item<'v, 'w> {
    items: &'v mut dyn Items,
    index: usize,
    walk: &'w mut Walk,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        let Self { items, index, walk } = self;
        walk.enter();
        let read = match items.item_mut(index) {
            Some(value) => match walk.charge(size_of_val(value)) {
                Ok(()) => walk.fill(value, from),
                Err(error) => Err(error),
            },
            // Go's arrays of fixed length ignore what does not fit; only text can be skipped.
            None if walk.text => from.deserialize_ignored_any(IgnoredAny).map(|_| ()),
            None => walk.expected("the end of the list", Found::List),
        };
        walk.leave();
        read.map_err(|error| walk.at(Step::Item(index), error))
    }
}

fn read_entries<'de, A: MapAccess<'de>>(
    entries: &mut dyn Entries,
    mut from: A,
    walk: &mut Walk,
) -> Result<(), A::Error> {
    entries.reset(true);
    while let Some(name) = from.next_key::<Box<str>>()? {
        let (key, value) = entries.push();
        walk.charge(size_of_val(key) + size_of_val(value))?;
        if let Err(expected) = walk::parse_key(key, &name) {
            return walk.expected(expected, Found::Text);
        }
        walk.enter();
        let read = from.next_value_seed(Fill { value, walk: &mut *walk });
        walk.leave();
        read.map_err(|error| walk.at(Step::Key(name), error))?;
    }
    walk::settle(entries);
    Ok(())
}
