//! JSON as Go's encoding/json writes and reads it (`spec/02`, JSON encoding rules): the form of every file,
//! and of EVE's sockets.
//!
//! Reading: names match exactly, or else in any case; null leaves zero; of two members with one name the last
//! one wins; unknown ones are skipped, or kept by objects that do so.

use serde::Serialize;
use serde_json::{Deserializer, Serializer};

use super::decode::Walk;
use super::encode::Encode;
use super::go::{GoFormatter, repair};
use super::{DecodeError, Limits, Position};
use crate::value::Data;

/// The JSON of a value, byte for byte what Go writes. A number that JSON does not have (NaN, infinity) is null.
pub fn encode(value: &dyn Data) -> Vec<u8> {
    write(Encode { value, redact: false }, GoFormatter::compact())
}

/// The same, indented by two spaces, for people.
pub fn encode_pretty(value: &dyn Data) -> Vec<u8> {
    write(Encode { value, redact: false }, GoFormatter::pretty())
}

/// JSON with `***` for secrets, for logs, traces and reports.
pub fn encode_redacted(value: &dyn Data) -> Vec<u8> {
    write(Encode { value, redact: true }, GoFormatter::compact())
}

/// Fills `value`, which should be a zero value, from JSON; after an error it is filled in part.
pub fn decode(value: &mut dyn Data, input: &[u8], limits: &Limits) -> Result<(), DecodeError> {
    let mut walk = Walk::start(input, *limits, true)?;
    let text = repair(input);
    let mut from = Deserializer::from_str(&text);
    let read = walk.fill(value, &mut from).and_then(|()| from.end());
    read.map_err(|error| {
        let position = match (error.line(), error.column()) {
            (0, _) => Position::Start,
            (line, column) => Position::Text { line, column },
        };
        walk.into_error(position, || without_position(&error.to_string()))
    })
}

/// A value from JSON.
pub fn decode_new<T: Data + Default>(input: &[u8], limits: &Limits) -> Result<T, DecodeError> {
    let mut value = T::default();
    decode(&mut value, input, limits)?;
    Ok(value)
}

fn write(value: Encode<'_>, formatter: GoFormatter) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    let written = value.serialize(&mut Serializer::with_formatter(&mut out, formatter));
    written.expect("memory can be written to, and every key is text");
    out
}

/// serde_json's message alone: we name the position ourselves.
fn without_position(message: &str) -> Box<str> {
    message.rsplit_once(" at line ").map_or(message, |(what, _)| what).into()
}
