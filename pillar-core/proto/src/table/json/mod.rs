//! Any message as protobuf JSON (protobuf.dev/programming-guides/json) and back, by the table.
//!
//! Written: names as the API declares them, fields by number, two spaces of indent, 64-bit numbers and bytes
//! (base64) as strings, enums by name, timestamps in RFC 3339, nothing for absent or default values. Read:
//! also camel-case names, numbers for enums, and strings for numbers.
//!
//! Fields that the table does not know appear under [`UNKNOWN`] and are written back behind the others, so
//! that `encode` of `decode` loses nothing. Input, output and depth are bounded; nothing panics.

mod base64;
mod decode;
mod encode;
mod records;
mod timestamp;
mod writer;

pub use decode::{DecodeError, DecodeProblem, decode};
pub use encode::{EncodeError, EncodeProblem, encode};

/// Member that lists unknown fields: each with `number` and one of `varint`, `fixed64`, `bytes`, `fixed32`.
pub const UNKNOWN: &str = "@unknown";

/// Longest message that is shown.
pub const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// Longest JSON text, written or read.
pub const MAX_JSON_BYTES: usize = 64 << 20;

/// Deepest nesting of messages. A level can cost two of JSON, of which the parser reads 128.
pub const MAX_DEPTH: usize = 60;
