//! What a type needs to be published on the bus.

use std::fmt;

use crate::value::Data;

/// A type that has tables on the bus.
pub trait Topic: Data + Default + Clone + PartialEq + fmt::Debug {
    /// EVE's topic: the bare type name (`spec/02`, Identity of a table).
    const NAME: &'static str;

    /// Whether its tables outlive a reboot, unless the publisher says otherwise.
    const PERSISTENT: bool = false;

    /// Whether the difference to `before` is worth telling subscribers: fields marked `volatile` do not count.
    fn changed(&self, before: &Self) -> bool {
        self != before
    }
}
