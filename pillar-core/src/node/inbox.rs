//! What an agent's inbox holds. Subscriptions, timers and jobs bound their items; [`MAX_INBOX`] bounds what an agent
//! makes itself: answers to requests that were refused or cancelled, and to publishes that were stored already.

use std::sync::Arc;

use super::agent::Handler;
use super::jobs::{Answer, JobId};
use super::timers::TimerId;
use crate::bus::FollowerId;

/// The most items that an agent may have after one of its own calls: more than its timers, jobs and stored publishes
/// together. One that goes beyond is taken for broken, as if it had panicked.
pub const MAX_INBOX: usize = 150_000;

/// One event that waits for its agent.
pub(super) enum Item {
    /// Make the agent and start it.
    Start,
    /// A subscription has something to tell.
    Follow(FollowerId),
    /// A timer is due.
    Timer(TimerId),
    /// A job ended, or never ran.
    Answer(Answer),
    /// A job reported progress: its latest is looked up.
    Progress(JobId),
    /// A published value would survive a power cut now.
    Stored { key: Arc<str>, then: Handler<Arc<str>> },
    /// The wall clock jumped by so many nanoseconds.
    WallJump(i64),
}

/// Which event a handler runs for: for traces, reports and whoever watches for handlers that overrun.
#[derive(Clone, Debug)]
pub enum EventName {
    /// The agent starts.
    Start,
    /// A change of a table.
    Change {
        /// The publisher, scope and topic.
        table: crate::bus::TableName,
        /// The key; empty for marks.
        key: Arc<str>,
        /// `create`, `modify`, `delete`, `synced`, `restarted`, `resync`; `put aside` for a value kept back.
        what: &'static str,
    },
    /// A timer, with its key if it has one.
    Timer(Option<Arc<str>>),
    /// A job's result.
    Done(Arc<str>),
    /// A job's progress.
    Progress(Arc<str>),
    /// A value is stored.
    Stored(Arc<str>),
    /// The wall clock jumped.
    WallJump(i64),
}

impl std::fmt::Display for EventName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            EventName::Start => f.write_str("start"),
            EventName::Change { table, key, what } => write!(f, "{what} {table} {key}"),
            EventName::Timer(None) => f.write_str("timer"),
            EventName::Timer(Some(key)) => write!(f, "timer {key}"),
            EventName::Done(key) => write!(f, "done {key}"),
            EventName::Progress(key) => write!(f, "progress {key}"),
            EventName::Stored(key) => write!(f, "stored {key}"),
            EventName::WallJump(nanos) => write!(f, "wall clock jumped by {nanos} ns"),
        }
    }
}
