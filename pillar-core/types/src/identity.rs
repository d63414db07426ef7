//! How objects of the controller are named.

use crate::base::Uuid;
use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// An object of the controller, and which version of its configuration.
    pub struct UuidAndVersion as "UUIDandVersion" keep {
        /// The object.
        pub uuid: Uuid = "UUID",
        /// Grows with each change.
        pub version: String = "Version",
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![object UuidAndVersion];
