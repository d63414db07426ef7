//! Clocks, for jobs and hosts. Handlers get the time with their event.

use std::time::Duration;

use super::{Scope, Unsupported};
use crate::time::Now;

/// The device's clocks.
pub trait Clock: Send + Sync {
    /// Both clocks, now.
    fn now(&self) -> Now;

    /// Waits; returns early, with `false`, when the scope is cancelled or at its deadline.
    fn sleep(&self, scope: &Scope, time: Duration) -> bool;
}

impl Clock for Unsupported {
    fn now(&self) -> Now {
        Now::default()
    }

    fn sleep(&self, _: &Scope, _: Duration) -> bool {
        false
    }
}
