//! Waiting for descriptors, for a time, and for a cancel at once: what every call that can last stands on.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use pillar_core::hal::{OnCancel, Scope};
use pillar_core::time::Mono;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use super::clock::mono;

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// The scope was cancelled, or its time is over.
    Cancelled,
    /// The time that was asked for is over.
    TimeOver,
    /// One of the descriptors has something.
    Ready,
}

/// Waits on behalf of a scope. The timer runs on the boot clock, so that suspended time counts.
pub(super) struct Waiter {
    cancelled: Arc<OwnedFd>,
    timer: OwnedFd,
    deadline: Option<Mono>,
    _guard: OnCancel,
}

impl Waiter {
    pub(super) fn new(scope: &Scope) -> Result<Self, Errno> {
        let cancelled = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let timer = timerfd_create(TimerfdClockId::Boottime, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?;
        let wake = cancelled.clone();
        let guard = scope.on_cancel(move || {
            // Can only fail when it is signalled already.
            let _ = rustix::io::write(&*wake, &1u64.to_ne_bytes());
        });
        Ok(Waiter { cancelled, timer, deadline: scope.deadline(), _guard: guard })
    }

    /// Waits until one of the descriptors can be read or has ended, or `until`, or the scope ends.
    pub(super) fn wait(&self, readable: &[&OwnedFd], until: Option<Mono>) -> Result<Woken, Errno> {
        let fds: Vec<_> = readable.iter().map(|fd| (*fd, PollFlags::IN)).collect();
        self.wait_for(&fds, until)
    }

    /// Waits until one of the descriptors is what is asked for or has ended, or `until`, or the scope ends.
    pub(super) fn wait_for(
        &self,
        wanted: &[(&OwnedFd, PollFlags)],
        until: Option<Mono>,
    ) -> Result<Woken, Errno> {
        let first = [until, self.deadline].into_iter().flatten().min();
        self.set_timer(first)?;
        let mut fds =
            vec![PollFd::new(&*self.cancelled, PollFlags::IN), PollFd::new(&self.timer, PollFlags::IN)];
        fds.extend(wanted.iter().map(|(fd, flags)| PollFd::new(*fd, *flags)));
        loop {
            match poll(&mut fds, None) {
                Err(Errno::INTR) => continue,
                done => done?,
            };
            let ready = |fd: &PollFd<'_>| !fd.revents().is_empty();
            if ready(&fds[0]) || self.deadline.is_some_and(|deadline| deadline <= mono()) {
                return Ok(Woken::Cancelled);
            }
            if fds[2..].iter().any(ready) {
                return Ok(Woken::Ready);
            }
            if ready(&fds[1]) {
                return Ok(Woken::TimeOver);
            }
        }
    }

    fn set_timer(&self, at: Option<Mono>) -> Result<(), Errno> {
        let never = Timespec { tv_sec: 0, tv_nsec: 0 };
        // Zero would switch the timer off.
        let value = at.map_or(never, |at| timespec(at.0.max(1)));
        let timer = Itimerspec { it_interval: never, it_value: value };
        timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &timer).map(drop)
    }
}

fn timespec(nanos: u64) -> Timespec {
    let nanos = i64::try_from(nanos).unwrap_or(i64::MAX);
    Timespec { tv_sec: nanos / 1_000_000_000, tv_nsec: nanos % 1_000_000_000 }
}
