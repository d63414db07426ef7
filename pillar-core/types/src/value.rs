//! How the codec looks at a value without knowing its type.
//!
//! A [`Data`] shows itself as a [`View`] and lets itself be filled through a [`Slot`]. Everything that works
//! on any object (codecs, comparison, Debug, redaction, schema) is written once against these two, so that a
//! further type costs a table and not code.

use std::cmp::Ordering;

use crate::base::{IpAddr, Time, Unknown, Uuid};
use crate::table::Table;

/// A value the codec can show and fill in. Made by [`object!`](crate::object!) for structs, by
/// [`codes!`](crate::codes) and [`texts!`](crate::texts) for enums, by hand for the basic types.
pub trait Data: Send + Sync + 'static {
    /// What is there.
    fn view(&self) -> View<'_>;

    /// Where to put something else. A secret is wiped by the call.
    fn slot(&mut self) -> Slot<'_>;
}

/// What a value looks like to the codec.
#[derive(Clone, Copy)]
pub enum View<'a> {
    /// A flag.
    Bool(bool),
    /// A number from 0 up, and its name where it is an enum's.
    Unsigned(u64, &'static str),
    /// A number that may be negative, and its name where it is an enum's.
    Signed(i64, &'static str),
    /// A 32-bit float.
    Float32(f32),
    /// A 64-bit float.
    Float64(f64),
    /// Text.
    Text(&'a str),
    /// A UUID: text in JSON.
    Uuid(Uuid),
    /// A time stamp: text in JSON.
    Time(Time),
    /// An IP address: text in JSON.
    Ip(IpAddr),
    /// Bytes: base64 in JSON; `None` is null.
    Bytes(Option<&'a [u8]>),
    /// A struct.
    Object(Table, &'a dyn Fields),
    /// A list; `None` is null.
    List(Option<&'a dyn Items>),
    /// A map; `None` is null.
    Map(Option<&'a dyn Entries>),
    /// Something that may be absent; `None` is null.
    Pointer(Option<&'a dyn Data>),
    /// Something not to be shown to people.
    Secret(&'a dyn Data),
    /// The members of an object that its declaration does not have.
    Unknown(&'a Unknown),
}

impl View<'_> {
    /// The same number under a name.
    pub fn named<'a>(self, name: &'static str) -> View<'a> {
        match self {
            View::Unsigned(number, _) => View::Unsigned(number, name),
            View::Signed(number, _) => View::Signed(number, name),
            _ => View::Pointer(None), // only numbers have names
        }
    }
}

/// Where the codec puts a value.
pub enum Slot<'a> {
    /// A flag.
    Bool(&'a mut bool),
    /// Any integer, or an enum that is one.
    Number(&'a mut dyn Number),
    /// A 32-bit float.
    Float32(&'a mut f32),
    /// A 64-bit float.
    Float64(&'a mut f64),
    /// A string, or an enum that is one.
    Text(&'a mut dyn Text),
    /// A UUID.
    Uuid(&'a mut Uuid),
    /// A time stamp.
    Time(&'a mut Time),
    /// An IP address.
    Ip(&'a mut IpAddr),
    /// Bytes.
    Bytes(&'a mut Option<Vec<u8>>),
    /// A struct.
    Object(Table, &'a mut dyn Fields),
    /// A list.
    List(&'a mut dyn Items),
    /// A map.
    Map(&'a mut dyn Entries),
    /// Something that may be absent.
    Pointer(&'a mut dyn Pointer),
    /// The members of an object that its declaration does not have.
    Unknown(&'a mut Unknown),
}

/// An integer of some width.
pub trait Number {
    /// Takes `number`, unless it is out of range.
    fn set(&mut self, number: i128) -> bool;

    /// The smallest and the largest number that fit.
    fn range(&self) -> (i128, i128);
}

/// A string, or an enum that is one on the wire.
pub trait Text {
    /// Takes `text`; every text fits.
    fn set(&mut self, text: &str);
}

/// The fields of a struct, embedded structs' fields included, in the order of its [`Table`].
pub trait Fields {
    /// Field `index`. `None` past the end, and for fields of an embedded pointer that is nil.
    fn field(&self, index: usize) -> Option<&dyn Data>;

    /// Field `index`. `None` past the end. A nil embedded pointer is filled in on the way.
    fn field_mut(&mut self, index: usize) -> Option<&mut dyn Data>;
}

/// A list, or an array of fixed length.
pub trait Items {
    /// How many items it has.
    fn count(&self) -> usize;

    /// Item `index`.
    fn item(&self, index: usize) -> Option<&dyn Data>;

    /// Empties it; without `present`, it becomes null. An array goes back to zeros.
    fn reset(&mut self, present: bool);

    /// Item `index` to be filled; at the end of a list, a new one. `None`: there is no room for it.
    fn item_mut(&mut self, index: usize) -> Option<&mut dyn Data>;
}

/// A map, as a sequence of entries sorted by key.
pub trait Entries {
    /// How many entries it has.
    fn count(&self) -> usize;

    /// Key and value number `index`.
    fn entry(&self, index: usize) -> Option<(&dyn Data, &dyn Data)>;

    /// Empties it; without `present`, it becomes null.
    fn reset(&mut self, present: bool);

    /// A new entry at the end. The order of keys is restored with [`walk::settle`](crate::walk::settle).
    fn push(&mut self) -> (&mut dyn Data, &mut dyn Data);

    /// The order of two entries' keys.
    fn compare(&self, left: usize, right: usize) -> Ordering;

    /// Keeps the entries of these indices, in this order.
    fn arrange(&mut self, order: &[usize]);
}

/// Something that may be absent.
pub trait Pointer {
    /// Removes what is there; with `present`, puts a zero value there instead, to be filled.
    fn set(&mut self, present: bool) -> Option<&mut dyn Data>;
}
