//! What a job carries into every call that can last: whether it should stop, until when it may run, and where
//! it reports progress. Made by the node, one for each job; HAL calls return within a second of a cancel.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

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
    progress: Mutex<Option<Progress>>,
    /// Told once when progress appears that nobody has taken yet.
    notify: Option<Box<dyn Fn() + Send + Sync>>,
}

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
        self.state.cancelled.store(true, Ordering::Relaxed);
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

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Progress>> {
        self.state.progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
