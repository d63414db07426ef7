//! A running child process: asked for its end, and ended, by any thread.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pillar_core::hal::{Child, Exit, ProcessError, Scope};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use super::super::clock::mono;
use super::super::wait::{Waiter, Woken};
use super::{Orphans, exit_of};

/// How long the kernel has to end a process after SIGKILL: long, unless it hangs in a driver.
const KILL_TIME: Duration = Duration::from_millis(400);

pub(super) struct LinuxChild {
    pid: Pid,
    /// Readable once the process has ended.
    ended: OwnedFd,
    state: Mutex<State>,
    orphans: Arc<Orphans>,
}

enum State {
    Running(std::process::Child),
    Ended(Exit),
    /// Only while it is dropped.
    Gone,
}

impl LinuxChild {
    pub(super) fn new(mut process: std::process::Child, orphans: Arc<Orphans>) -> Result<Self, Errno> {
        let pid = Pid::from_child(&process);
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(ended) => Ok(LinuxChild { pid, ended, state: Mutex::new(State::Running(process)), orphans }),
            Err(errno) => {
                let _ = process.kill();
                orphans.adopt(process);
                Err(errno)
            }
        }
    }

    /// Readable once the process has ended.
    pub(super) fn ended(&self) -> &OwnedFd {
        &self.ended
    }

    /// Ends it with its group: SIGTERM, and SIGKILL after the grace or a cancel.
    pub(super) fn end(&self, grace: Duration, scope: Option<&Scope>) -> Result<Exit, ProcessError> {
        if !self.signal(Signal::TERM) {
            return self.exited().ok_or(self.unkillable());
        }
        self.wait(grace, scope);
        // Also when the leader is gone: others of its group may be there.
        self.signal(Signal::KILL);
        self.wait(KILL_TIME, None);
        self.exited().ok_or(self.unkillable())
    }

    /// Sends a signal to the group, if the process has not been waited for.
    fn signal(&self, signal: Signal) -> bool {
        let state = self.state();
        let running = matches!(*state, State::Running(_));
        if running {
            let _ = kill_process_group(self.pid, signal);
        }
        running
    }

    fn wait(&self, time: Duration, scope: Option<&Scope>) {
        let nobody = Scope::unbounded();
        let until = mono() + time;
        if let Ok(waiter) = Waiter::new(scope.unwrap_or(&nobody)) {
            let _: Result<Woken, Errno> = waiter.wait(&[&self.ended], Some(until));
        }
    }

    fn unkillable(&self) -> ProcessError {
        ProcessError::Unkillable { pid: self.pid() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Child for LinuxChild {
    fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    fn exited(&self) -> Option<Exit> {
        let mut state = self.state();
        if let State::Running(process) = &mut *state
            && let Ok(Some(status)) = process.try_wait()
        {
            *state = State::Ended(exit_of(status));
        }
        match *state {
            State::Ended(exit) => Some(exit),
            State::Running(_) | State::Gone => None,
        }
    }

    fn terminate(&self, scope: &Scope, grace: Duration) -> Result<Exit, ProcessError> {
        match self.exited() {
            Some(exit) => Ok(exit),
            None => self.end(grace, Some(scope)),
        }
    }
}

impl Drop for LinuxChild {
    fn drop(&mut self) {
        if let State::Running(process) = std::mem::replace(&mut *self.state(), State::Gone) {
            self.orphans.adopt(process);
        }
    }
}
