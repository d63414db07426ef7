//! A clock that a test moves by hand.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pillar_core::hal::{Clock, Scope};
use pillar_core::time::Now;

/// Both clocks, as they were set.
#[derive(Default)]
pub struct HandClock(Mutex<Now>);

impl HandClock {
    /// From now on it is then.
    pub fn set(&self, now: Now) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Now {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time does not pass by itself: whoever sleeps has slept.
    fn sleep(&self, scope: &Scope, _: Duration) -> bool {
        !scope.cancelled()
    }
}
