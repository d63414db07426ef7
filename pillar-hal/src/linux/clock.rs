//! The kernel's clocks.

use std::time::Duration;

use pillar_core::hal::{Clock, Scope};
use pillar_core::time::{Mono, Now, Wall};
use rustix::time::{ClockId, Timespec};

use super::wait::{Waiter, Woken};

/// How long a sleep that could not get descriptors to wait on takes to notice a cancel.
const COARSE_SLEEP: Duration = Duration::from_millis(200);

/// `CLOCK_BOOTTIME` and `CLOCK_REALTIME`.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinuxClock;

impl Clock for LinuxClock {
    fn now(&self) -> Now {
        Now { mono: mono(), wall: Wall(nanos(rustix::time::clock_gettime(ClockId::Realtime))) }
    }

    fn sleep(&self, scope: &Scope, time: Duration) -> bool {
        let until = mono() + time;
        match Waiter::new(scope).and_then(|waiter| waiter.wait(&[], Some(until))) {
            Ok(woken) => woken == Woken::TimeOver,
            Err(_) => sleep_coarsely(scope, until),
        }
    }
}

/// Time since boot, suspend included.
pub(super) fn mono() -> Mono {
    Mono(nanos(rustix::time::clock_gettime(ClockId::Boottime)).unsigned_abs())
}

fn nanos(time: Timespec) -> i64 {
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
}

fn sleep_coarsely(scope: &Scope, until: Mono) -> bool {
    loop {
        let now = mono();
        if scope.cancelled() || scope.deadline().is_some_and(|deadline| deadline <= now) {
            return false;
        }
        if now >= until {
            return true;
        }
        std::thread::sleep(until.since(now).min(COARSE_SLEEP));
    }
}
