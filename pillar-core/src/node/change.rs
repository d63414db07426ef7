//! What a subscription tells its agent, typed.

use std::sync::Arc;

use pillar_types::topic::Topic;

use super::agent::AgentName;
use crate::bus::{Delivery, What, typed};

/// A change of a table that an agent follows.
#[derive(Debug)]
pub struct Change<'a, T> {
    /// Who published it.
    pub publisher: AgentName,
    /// The key; empty for events of the whole table.
    pub key: &'a Arc<str>,
    /// What happened.
    pub event: Event<'a, T>,
}

/// What happened.
#[derive(Debug)]
pub enum Event<'a, T> {
    /// The key is new to this subscriber.
    Created(&'a Arc<T>),
    /// The key has another value than when the subscriber was last told; values between were skipped.
    Modified {
        /// Last told.
        old: &'a T,
        /// Now.
        new: &'a Arc<T>,
    },
    /// The key is gone.
    Deleted(&'a T),
    /// All that the publisher had was told. Comes again after a reconnect.
    Synced,
    /// The publisher has caught up for the n-th time: all it published before was told. 0 takes that back.
    Restarted(u32),
    /// Notices were lost: look at everything again.
    Resync,
}

impl<T> Change<'_, T> {
    /// The value as it is now: of a created or modified key.
    pub fn value(&self) -> Option<&Arc<T>> {
        match self.event {
            Event::Created(new) | Event::Modified { new, .. } => Some(new),
            _ => None,
        }
    }
}

/// Calls `handler` with the typed form of a delivery. A value of another type, which the bus does not let
/// into the table, is not told.
pub(super) fn tell<T: Topic>(delivery: &Delivery, handler: impl FnOnce(Change<'_, T>)) {
    let (old, new) = match &delivery.what {
        What::Created(new) => (None, typed::<T>(new)),
        What::Modified { old, new } => (typed::<T>(old), typed::<T>(new)),
        What::Deleted(old) => (typed::<T>(old), None),
        What::Synced | What::Restarted(_) | What::Resync => (None, None),
    };
    let event = match (&delivery.what, &old, &new) {
        (What::Created(_), _, Some(new)) => Event::Created(new),
        (What::Modified { .. }, Some(old), Some(new)) => Event::Modified { old: &**old, new },
        (What::Deleted(_), Some(old), _) => Event::Deleted(&**old),
        (What::Synced, ..) => Event::Synced,
        (What::Restarted(count), ..) => Event::Restarted(*count),
        (What::Resync, ..) => Event::Resync,
        _ => return,
    };
    handler(Change { publisher: delivery.by, key: &delivery.key, event });
}
