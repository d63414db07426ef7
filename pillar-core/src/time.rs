//! The two clocks as plain numbers. Logic is told the time; it never reads a clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use pillar_types::Time;

/// Time since boot, suspend included, in nanoseconds. Only differences mean anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(pub u64);

/// Wall clock: nanoseconds since 1970-01-01T00:00:00Z. May jump, in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(pub i64);

/// Both clocks at one instant: `mono` for intervals, `wall` for stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Time since boot.
    pub mono: Mono,
    /// Wall clock.
    pub wall: Wall,
}

impl Mono {
    /// The time since `earlier`; zero if that is later.
    pub fn since(self, earlier: Mono) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl From<Wall> for Time {
    fn from(wall: Wall) -> Self {
        const SECOND: i64 = 1_000_000_000;
        Time::from_unix(wall.0.div_euclid(SECOND), wall.0.rem_euclid(SECOND) as u32)
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;

    fn add(self, d: Duration) -> Mono {
        Mono(self.0.saturating_add(nanos(d)))
    }
}

impl Add<Duration> for Wall {
    type Output = Wall;

    fn add(self, d: Duration) -> Wall {
        Wall(self.0.saturating_add_unsigned(nanos(d)))
    }
}

impl Sub for Wall {
    type Output = i64;

    /// The difference in nanoseconds.
    fn sub(self, earlier: Wall) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Mono {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000_000, self.0 / 1_000 % 1_000_000)
    }
}

/// A duration in nanoseconds, at most 584 years.
fn nanos(d: Duration) -> u64 {
    u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)
}
