//! The messages of the controller API (EVE's eve-api), as far as a device and a small controller need
//! them, one module for each protobuf package.
//!
//! Field numbers and wire types come from the API's tables; `tests/definitions.rs` compares every field with
//! them. Enum fields hold the number, so that an unknown one survives; `Type::try_from(number)` names it.
//! Agents call [`decode`] and [`encode`]; tools that show any message use the feature `table`.
#![forbid(unsafe_code)]

pub mod attest;
pub mod auth;
pub mod certs;
pub mod common;
pub mod config;
pub mod flowlog;
pub mod google;
pub mod hardwarehealth;
pub mod info;
pub mod logs;
pub mod metrics;
pub mod nested_app;
pub mod profile;
pub mod proxy;
pub mod register;
#[cfg(feature = "table")]
pub mod table;
pub mod uuid;
pub mod whole;

use whole::Whole;

/// Longest message that is decoded after a signature was checked, for example a configuration.
pub const MAX_SIGNED_BYTES: usize = 16 << 20;

/// Longest message that is decoded from a sender that is not authenticated, for example a local profile
/// server. Tight, because two bytes on the wire can become an object of [`MAX_ELEMENT_BYTES`] in memory.
pub const MAX_UNSIGNED_BYTES: usize = 256 << 10;

/// Largest element of a repeated field in memory.
pub const MAX_ELEMENT_BYTES: usize = 1024;

/// Why a message was refused.
#[derive(Debug, Clone, PartialEq)]
pub enum DecodeError {
    /// Longer than the caller allows.
    TooLong {
        /// Length of the message in bytes.
        length: usize,
        /// Longest that is allowed, in bytes.
        limit: usize,
    },
    /// Not the wire form of this message, nested too deep, or with text that is not UTF-8.
    Malformed(prost::DecodeError),
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong { length, limit } => {
                write!(f, "message of {length} bytes is longer than {limit} bytes")
            }
            Self::Malformed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Decodes a message from `bytes`, at most `limit` of them. Unknown fields are skipped.
///
/// Memory is bounded by `limit` times [`MAX_ELEMENT_BYTES`], nesting by prost's limit of 100.
pub fn decode<M: Whole>(bytes: &[u8], limit: usize) -> Result<M, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLong { length: bytes.len(), limit });
    }
    M::read(bytes).map_err(DecodeError::Malformed)
}

/// The wire form of a message: fields in the order of their numbers, maps in the order of their keys.
pub fn encode<M: Whole>(message: &M) -> Vec<u8> {
    message.write()
}

/// `Debug` for messages with secrets in the clear: the name alone.
macro_rules! debug_without_content {
    ($($message:ident),+ $(,)?) => {
        $(impl std::fmt::Debug for $message {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($message), " { *** }"))
            }
        })+
    };
}
pub(crate) use debug_without_content;
