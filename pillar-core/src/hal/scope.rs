//! What a job carries into every call that can last: whether it should stop, until when it may run, and where
//! it reports progress. Made by the node, one for each job; HAL calls return within a second of a cancel.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::time::Mono;

/// How far a job has come, in bytes or in whatever the job counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Done so far.
    pub done: u64,
    /// Expected in all; zero while unknown.
    pub total: u64,
}

/// The job's side of its own control.
#[derive(Clone, Default)]
pub struct Scope {
    state: Arc<State>,
    deadline: Option<Mono>,
}

#[derive(Default)]
struct State {
    cancelled: AtomicBool,
    waiting: Mutex<Waiting>,
    progress: Mutex<Option<Progress>>,
    /// Told once when progress appears that nobody has taken yet.
    notify: Option<Box<dyn Fn() + Send + Sync>>,
}

/// Calls that wait for something and want to be woken by a cancel.
#[derive(Default)]
struct Waiting {
    next: u64,
    wakers: BTreeMap<u64, Waker>,
}

type Waker = Arc<dyn Fn() + Send + Sync>;

impl Scope {
    /// A scope that ends at `deadline` and calls `notify` from the job's thread when there is new progress.
    pub fn new(deadline: Option<Mono>, notify: Box<dyn Fn() + Send + Sync>) -> Self {
        let state = State { notify: Some(notify), ..State::default() };
        Scope { state: Arc::new(state), deadline }
    }

    /// A scope that nobody cancels, for calls outside of jobs: loading at boot, tests.
    pub fn unbounded() -> Self {
        Scope::default()
    }

    /// Whether the job should stop.
    pub fn cancelled(&self) -> bool {
        self.state.cancelled.load(Ordering::Relaxed)
    }

    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.state.cancelled.store(true, Ordering::SeqCst);
        let wakers: Vec<Waker> = lock(&self.state.waiting).wakers.values().cloned().collect();
        for wake in wakers {
            wake();
        }
    }

    /// Has `wake` called when the job is cancelled, from the thread that cancels, and at once if it already is.
    /// Ends when the returned guard is dropped. For calls that wait on something of the system's.
    pub fn on_cancel(&self, wake: impl Fn() + Send + Sync + 'static) -> OnCancel {
        let wake: Waker = Arc::new(wake);
        let mut waiting = lock(&self.state.waiting);
        let id = waiting.next;
        waiting.next += 1;
        waiting.wakers.insert(id, wake.clone());
        drop(waiting);
        // A cancel before the insertion did not see the waker; one after it is seen here or calls it.
        if self.state.cancelled.load(Ordering::SeqCst) {
            wake();
        }
        OnCancel { state: self.state.clone(), id }
    }

    /// When the job must have ended.
    pub fn deadline(&self) -> Option<Mono> {
        self.deadline
    }

    /// Reports how far the job is. Only the latest report is kept.
    pub fn progress(&self, progress: Progress) {
        let before = self.slot().replace(progress);
        if let (None, Some(notify)) = (before, &self.state.notify) {
            notify();
        }
    }

    /// Takes the latest report.
    pub fn take_progress(&self) -> Option<Progress> {
        self.slot().take()
    }

    fn slot(&self) -> MutexGuard<'_, Option<Progress>> {
        lock(&self.state.progress)
    }
}

/// Keeps a call woken by cancels; see [`Scope::on_cancel`].
#[must_use = "dropping it ends the waking"]
pub struct OnCancel {
    state: Arc<State>,
    id: u64,
}

impl Drop for OnCancel {
    fn drop(&mut self) {
        lock(&self.state.waiting).wakers.remove(&self.id);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[test]
    fn a_cancel_wakes_what_waits_and_what_comes_to_wait_later() {
        let calls = Arc::new(AtomicU32::new(0));
        let count = || {
            let calls = calls.clone();
            move || {
                calls.fetch_add(1, Ordering::Relaxed);
            }
        };
        let scope = Scope::unbounded();
        drop(scope.on_cancel(count()));
        let _waits = scope.on_cancel(count());
        scope.clone().cancel();
        assert_eq!(calls.load(Ordering::Relaxed), 1, "the one that still waits");
        let _late = scope.on_cancel(count());
        assert_eq!(calls.load(Ordering::Relaxed), 2, "at once");
    }
}
