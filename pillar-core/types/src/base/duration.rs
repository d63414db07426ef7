//! Spans of time that may be negative.

use std::{fmt, time};

use crate::value::{Data, Slot, View};

/// Go's `time.Duration`: nanoseconds, an integer in JSON, negative when the clock went backwards.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duration(pub i64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From whole seconds, up to the longest that fits.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// From milliseconds, up to the longest that fits.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The standard library's form; a negative span is none.
    pub fn to_std(self) -> Option<time::Duration> {
        Some(time::Duration::from_nanos(u64::try_from(self.0).ok()?))
    }
}

/// Up to the longest that fits: 292 years.
impl From<time::Duration> for Duration {
    fn from(span: time::Duration) -> Self {
        Self(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{:?}", time::Duration::from_nanos(self.0.unsigned_abs()))
    }
}

impl Data for Duration {
    fn view(&self) -> View<'_> {
        View::Signed(self.0, "")
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Number(&mut self.0)
    }
}
