//! What the node is doing right now, readable from another thread: so that a report can name the handler
//! that overruns while the loop's own thread is stuck in it.

use std::sync::{Mutex, PoisonError};

use super::{AgentName, EventName};
use crate::time::Now;

/// The handler that runs.
#[derive(Clone, Debug)]
pub struct Current {
    /// Counts handlers: the same number later means the same call.
    pub number: u64,
    /// When it began.
    pub since: Now,
    /// Whose it is.
    pub agent: AgentName,
    /// What it was called with.
    pub event: EventName,
}

/// Shared between the node and whoever watches it.
#[derive(Debug, Default)]
pub struct Activity {
    current: Mutex<(u64, Option<Current>)>,
}

impl Activity {
    /// The handler that runs now; `None` between handlers.
    pub fn current(&self) -> Option<Current> {
        self.lock().1.clone()
    }

    pub(super) fn begin(&self, since: Now, agent: AgentName, event: &EventName) {
        let mut current = self.lock();
        current.0 += 1;
        current.1 = Some(Current { number: current.0, since, agent, event: event.clone() });
    }

    pub(super) fn end(&self) {
        self.lock().1 = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u64, Option<Current>)> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
