//! Postcard, the form of our own sockets: fields by position, no names. Both ends must have the same
//! [`schema_hash`](super::schema_hash).

use postcard::{Deserializer, to_allocvec};

use super::decode::Walk;
use super::encode::Encode;
use super::{DecodeError, Limits, Position, Problem};
use crate::value::Data;

/// The postcard form of a value.
pub fn encode(value: &dyn Data) -> Vec<u8> {
    to_allocvec(&Encode { value, redact: false })
        .expect("memory can be written to, and every length is known")
}

/// Fills `value`, which should be a zero value, from postcard; after an error it is filled in part.
pub fn decode(value: &mut dyn Data, input: &[u8], limits: &Limits) -> Result<(), DecodeError> {
    let mut walk = Walk::start(input, *limits, false)?;
    let mut from = Deserializer::from_bytes(input);
    let read = walk.fill(value, &mut from);
    let left = from.finalize().map_or(0, <[u8]>::len);
    let position = Position::Byte(input.len() - left);
    if let Err(error) = read {
        return Err(walk.into_error(position, || error.to_string().into()));
    }
    if left > 0 {
        let problem = Problem::Malformed("something follows the end".into());
        return Err(DecodeError { path: String::new(), problem, position });
    }
    Ok(())
}

/// A value from postcard.
pub fn decode_new<T: Data + Default>(input: &[u8], limits: &Limits) -> Result<T, DecodeError> {
    let mut value = T::default();
    decode(&mut value, input, limits)?;
    Ok(value)
}
