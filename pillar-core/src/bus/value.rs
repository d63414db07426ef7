//! Values and topics without their types, as tables and taps hold them.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

use pillar_types::codec::{DecodeError, Limits, binary, json, schema_hash};
use pillar_types::topic::Topic;
use pillar_types::value::Data;

/// A published value: shared by the table, every subscriber and every tap.
pub type AnyValue = Arc<dyn AnyTopic>;

/// What the bus does with a value whose type it does not know. Implemented for every [`Topic`].
pub trait AnyTopic: Any + fmt::Debug + Send + Sync {
    /// Whether the difference to `before` is worth telling.
    fn changed(&self, before: &dyn AnyTopic) -> bool;

    /// The value as the codec sees it.
    fn data(&self) -> &dyn Data;

    /// For a downcast by reference.
    fn as_any(&self) -> &dyn Any;

    /// For a downcast by value.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<T: Topic> AnyTopic for T {
    fn changed(&self, before: &dyn AnyTopic) -> bool {
        before.as_any().downcast_ref::<T>().is_none_or(|before| Topic::changed(self, before))
    }

    fn data(&self) -> &dyn Data {
        self
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// The typed view of a value; `None` if it is of another type.
pub fn typed<T: Topic>(value: &AnyValue) -> Option<Arc<T>> {
    value.clone().into_any().downcast().ok()
}

/// What the bus knows of a topic's type.
#[derive(Clone, Copy, Debug)]
pub struct TopicInfo {
    /// The topic: EVE's bare type name.
    pub name: &'static str,
    /// The type's own wish to outlive a reboot; a table may differ.
    pub persistent: bool,
    /// Reads the JSON form.
    pub decode: fn(&[u8]) -> Result<AnyValue, DecodeError>,
    /// Reads the postcard form.
    pub decode_binary: fn(&[u8]) -> Result<AnyValue, DecodeError>,
    /// Tells whether another process has the same idea of the type.
    pub schema: fn() -> u64,
    id: TypeId,
}

impl TopicInfo {
    /// What there is to know of `T`.
    pub fn of<T: Topic>() -> Self {
        TopicInfo {
            name: T::NAME,
            persistent: T::PERSISTENT,
            decode: decode::<T>,
            decode_binary: decode_binary::<T>,
            schema: || schema_hash(&mut T::default()),
            id: TypeId::of::<T>(),
        }
    }

    /// Whether it is the same type, not just the same name.
    pub fn same_type(&self, other: &TopicInfo) -> bool {
        self.id == other.id
    }
}

fn decode<T: Topic>(bytes: &[u8]) -> Result<AnyValue, DecodeError> {
    Ok(Arc::new(json::decode_new::<T>(bytes, &Limits::JSON)?))
}

fn decode_binary<T: Topic>(bytes: &[u8]) -> Result<AnyValue, DecodeError> {
    Ok(Arc::new(binary::decode_new::<T>(bytes, &Limits::BINARY)?))
}
