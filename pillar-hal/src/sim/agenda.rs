//! What the world does by itself, and when: guests that end, links that change. Kept by the world; the machine lets
//! each thing happen when its time has come, between two events of the node.
//!
//! Everything on it belongs to the running boot and is dropped when the power goes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pillar_core::hal::source::HAL;
use pillar_core::node::Node;
use pillar_core::time::Mono;
use pillar_types::topic::Topic;

/// The most things that wait; more are dropped, oldest last.
const MAX_WAITING: usize = 100_000;

type Happening = Box<dyn FnOnce(&mut Node) + Send>;

/// What is going to happen.
#[derive(Clone, Default)]
pub struct Agenda(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    waiting: BTreeMap<(Mono, u64), Happening>,
    last: u64,
}

impl Agenda {
    /// Lets something happen to the node at a time, or at once if that is over.
    pub fn at(&self, when: Mono, happens: impl FnOnce(&mut Node) + Send + 'static) {
        let mut state = self.state();
        if state.waiting.len() < MAX_WAITING {
            state.last += 1;
            let place = (when, state.last);
            state.waiting.insert(place, Box::new(happens));
        }
    }

    /// Gives the node a notice of the hardware at a time. It is lost when its table is full, like on the device.
    pub fn notice<T: Topic>(&self, when: Mono, key: &str, value: T) {
        let key = key.to_owned();
        self.at(when, move |node| {
            if node.put(HAL, &key, Some(Arc::new(value))).is_err() {
                let _ = node.resync::<T>(HAL);
            }
        });
    }

    /// When the next thing happens.
    pub(super) fn next(&self) -> Option<Mono> {
        self.state().waiting.keys().next().map(|(when, _)| *when)
    }

    /// Takes the next thing whose time has come.
    pub(super) fn take(&self, now: Mono) -> Option<Happening> {
        let mut state = self.state();
        let due = state.waiting.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(due.remove())
    }

    /// The power is gone.
    pub(super) fn clear(&self) {
        self.state().waiting.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
