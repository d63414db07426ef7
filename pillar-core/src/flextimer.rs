//! Timers that come again after a time that chance picks, so that devices do not all ask the controller at once
//! (spec/02, flextimer). An agent holds one and arms it again in its handler; it stands on the node's timers, and
//! [`Context::stop_key`] ends it.

use std::time::Duration;

use crate::node::{Agent, Context};

/// Slack is at most this part of how far apart two times may be: chance spreads them, slack does not.
const SLACK_PART: u32 = 10;

/// How long until a timer comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Any time from `min` on and before `max`; both equal is always that.
    Range {
        /// The shortest.
        min: Duration,
        /// The bound that is not reached.
        max: Duration,
    },
    /// Twice as long each time, from `min` up to `max`; earlier or later by half of `noise` at most.
    Exponential {
        /// The first.
        min: Duration,
        /// The longest.
        max: Duration,
        /// How far apart chance may put what would be equal.
        noise: Duration,
    },
}

/// A timer that comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlexTimer {
    period: Period,
    /// How often an exponential one has doubled.
    doubled: u32,
}

/// The next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// How long until then.
    pub after: Duration,
    /// How much later it may be, so that the device wakes up once for several timers.
    pub slack: Duration,
}

/// A period makes no sense: it is zero, or its bounds are the wrong way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPeriod;

impl FlexTimer {
    /// A timer that is not armed yet.
    pub fn new(period: Period) -> Result<Self, BadPeriod> {
        let fits = match period {
            Period::Range { min, max } => min <= max && !max.is_zero(),
            Period::Exponential { min, max, .. } => min <= max && !min.is_zero(),
        };
        if fits { Ok(FlexTimer { period, doubled: 0 }) } else { Err(BadPeriod) }
    }

    /// Another period from the next [`arm`](Self::arm) on; an exponential one begins anew.
    pub fn update(&mut self, period: Period) -> Result<(), BadPeriod> {
        *self = FlexTimer::new(period)?;
        Ok(())
    }

    /// The next time, by a random number.
    pub fn next(&mut self, random: u64) -> Next {
        let (least, most) = match self.period {
            Period::Range { min, max } => (min, max),
            Period::Exponential { min, max, noise } => {
                let base = min.saturating_mul(1_u32.checked_shl(self.doubled).unwrap_or(u32::MAX)).min(max);
                if base < max {
                    self.doubled += 1;
                }
                let half = noise / 2;
                let base = base.max(half);
                (base.saturating_sub(half), base.saturating_add(half))
            }
        };
        let span = most.saturating_sub(least);
        let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        let offset = Duration::from_nanos(((u128::from(random) * u128::from(nanos)) >> 64) as u64);
        Next { after: least + offset, slack: (span.saturating_sub(offset)).min(span / SLACK_PART) }
    }

    /// Has `handler` called when it comes next, with `key`; takes the place of the agent's timer of that key.
    pub fn arm<A: Agent>(
        &mut self,
        cx: &mut Context<'_, A>,
        key: &str,
        handler: fn(&mut A, &str, &mut Context<'_, A>),
    ) {
        let Next { after, slack } = self.next(cx.rand());
        cx.after_key(after, slack, key, handler);
    }
}

/// When to measure what nobody waits for, once in `most` (spec/04, spec/05, Metrics): from three tenths of that on
/// whenever the device is awake anyway, else at a time in the second half that chance picks.
pub fn measuring(most: Duration, random: u64) -> Next {
    let after = most * 3 / 10;
    let half = most * 7 / 20;
    let nanos = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
    let offset = Duration::from_nanos(((u128::from(random) * u128::from(nanos)) >> 64) as u64);
    Next { after, slack: half + offset }
}

#[cfg(test)]
mod tests;
