//! Postcard, the form of our own sockets: fields by position, no names. Both ends must have the same
//! [`schema_hash`](super::schema_hash).

use postcard::ser_flavors::Flavor;
use postcard::{Deserializer, serialize_with_flavor};

use super::decode::Walk;
use super::encode::Encode;
use super::{DecodeError, Limits, Position, Problem};
use crate::value::Data;

/// The bytes that most values fit in: room that is made once, not by growing.
const USUAL: usize = 512;

/// The postcard form of a value.
pub fn encode(value: &dyn Data) -> Vec<u8> {
    let mut out = Vec::with_capacity(USUAL);
    encode_to(value, &mut out);
    out
}

/// Appends the postcard form of a value.
pub fn encode_to(value: &dyn Data, out: &mut Vec<u8>) {
    serialize_with_flavor(&Encode { value, redact: false }, Bytes(out))
        .expect("memory can be written to, and every length is known");
}

/// Where postcard writes to.
struct Bytes<'o>(&'o mut Vec<u8>);

impl Flavor for Bytes<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
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
