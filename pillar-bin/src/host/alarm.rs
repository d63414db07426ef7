//! Timers of the kernel that the loop sleeps on. They run on the same clocks as the node: time asleep counts, and
//! a wall clock that is set wakes the loop.

use std::io;
use std::os::fd::OwnedFd;

use pillar_core::time::Mono;
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use smol::Async;

const NEVER: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// Rings once, at a time of the boot clock.
pub struct Alarm {
    timer: Async<OwnedFd>,
    at: Option<Mono>,
}

impl Alarm {
    /// An alarm that is not set.
    pub fn new() -> io::Result<Self> {
        Ok(Alarm { timer: timer(TimerfdClockId::Boottime)?, at: None })
    }

    /// Sets the only time it rings at.
    pub fn set(&mut self, at: Mono) {
        if self.at == Some(at) {
            return;
        }
        self.at = Some(at);
        // Zero would switch it off.
        let nanos = i64::try_from(at.0.max(1)).unwrap_or(i64::MAX);
        let value = Timespec { tv_sec: nanos / 1_000_000_000, tv_nsec: nanos % 1_000_000_000 };
        let set = Itimerspec { it_interval: NEVER, it_value: value };
        let set = timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::ABSTIME, &set);
        set.expect("the times of our own timer are in range");
    }

    /// Waits until it rings. It can be waited for again at once, and set anew.
    pub async fn rings(&mut self) {
        let _ = self.timer.read_with(read).await;
        self.at = None;
    }
}

/// Tells that somebody set the wall clock.
pub struct ClockJumps {
    timer: Async<OwnedFd>,
}

impl ClockJumps {
    /// Tells of every jump from now on.
    pub fn new() -> io::Result<Self> {
        let jumps = ClockJumps { timer: timer(TimerfdClockId::Realtime)? };
        jumps.arm()?;
        Ok(jumps)
    }

    /// A timer in the year 2255 that is cancelled when the clock is set (timerfd_create(2),
    /// `TFD_TIMER_CANCEL_ON_SET`).
    fn arm(&self) -> Result<(), Errno> {
        let far = Timespec { tv_sec: 9_000_000_000, tv_nsec: 0 };
        let set = Itimerspec { it_interval: NEVER, it_value: far };
        let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
        timerfd_settime(self.timer.get_ref(), flags, &set).map(drop)
    }

    /// Waits for the next jump.
    pub async fn next(&mut self) {
        // It ends with ECANCELED, which is the news, and goes on telling of later jumps.
        let _ = self.timer.read_with(read).await;
    }
}

fn timer(clock: TimerfdClockId) -> io::Result<Async<OwnedFd>> {
    Async::new(timerfd_create(clock, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?)
}

fn read(timer: &OwnedFd) -> io::Result<()> {
    Ok(rustix::io::read(timer, &mut [0; 8]).map(drop)?)
}
