//! The two forms of a value: JSON as Go writes and reads it, and postcard.
//!
//! One bridge (`encode` and `decode`) walks a value's tables on behalf of serde; serde_json and postcard
//! do the rest. Input may come from anywhere: it never panics, and memory stays within [`Limits`].

pub mod binary;
mod decode;
mod encode;
mod error;
mod go;
pub mod json;
mod members;
pub mod schema;

pub use error::{DecodeError, Found, Position, Problem};
pub use schema::schema_hash;

/// How much an input may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest input, in bytes.
    pub input: usize,
    /// How deep objects, lists and maps may stand in one another.
    pub depth: usize,
    /// Memory for list items, map entries and pointers: so many bytes for each byte of input (`[{},{},…]`
    /// would otherwise take a hundred times its size), and [`Limits::FLOOR`] on top.
    pub growth: usize,
}

impl Limits {
    /// The longest input: what a table of a thousand applications takes, with room.
    pub const INPUT: usize = 16 << 20;
    /// EVE's deepest object has eight levels.
    pub const DEPTH: usize = 64;
    /// Memory that any input may use, so that small ones need no counting.
    pub const FLOOR: usize = 256 << 10;
    /// Members that an object may have beyond those that it declares.
    pub const UNKNOWN: usize = 512;

    /// For JSON: the leanest object that EVE writes takes 16 bytes of memory for each byte of text.
    pub const JSON: Self = Self { input: Self::INPUT, depth: Self::DEPTH, growth: 16 };
    /// For postcard, where an empty field is one byte and takes 24 or 48 bytes of memory.
    pub const BINARY: Self = Self { input: Self::INPUT, depth: Self::DEPTH, growth: 64 };
}
