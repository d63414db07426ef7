//! The basic types that objects are made of. Where Go tells nil from empty, so do these.

mod bytes;
mod duration;
mod ip;
mod list;
mod map;
mod scalar;
mod secret;
mod time;
mod unknown;
mod uuid;

pub use bytes::{Bytes, Mac};
pub use duration::Duration;
pub use ip::{IpAddr, IpNet};
pub use list::List;
pub use map::{Key, Map};
pub use secret::{Secret, Wipe};
pub use time::Time;
pub use unknown::Unknown;
pub use uuid::Uuid;
