//! The end of a boot: the device starts anew, or is switched off. Called by nodeagent's jobs once all is written down
//! (spec/07, Node operation).

use std::fmt;

use super::{Scope, Unsupported};

/// Ends the boot. Both return while the device still goes down, or never.
pub trait Power: Send + Sync {
    /// The device starts anew.
    fn reset(&self, scope: &Scope) -> Result<(), PowerError>;

    /// The device is switched off.
    fn power_off(&self, scope: &Scope) -> Result<(), PowerError>;
}

/// Why the device stays on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PowerError {
    /// Whoever should do it did not; says why.
    Failed(String),
    /// The device can neither be reset nor be switched off by software.
    Unsupported,
}

impl fmt::Display for PowerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PowerError::Failed(why) => write!(f, "the device stays on: {why}"),
            PowerError::Unsupported => write!(f, "this device cannot be reset or switched off by software"),
        }
    }
}

impl std::error::Error for PowerError {}

impl Power for Unsupported {
    fn reset(&self, _: &Scope) -> Result<(), PowerError> {
        Err(PowerError::Unsupported)
    }

    fn power_off(&self, _: &Scope) -> Result<(), PowerError> {
        Err(PowerError::Unsupported)
    }
}
