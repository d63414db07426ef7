//! How the codec looks at a value without knowing its type.

use std::any::Any;

/// A value the codec can show and fill in. Made by [`object!`](crate::object) for structs, by hand for the
/// basic types.
pub trait Data: Any + Send + Sync {}
