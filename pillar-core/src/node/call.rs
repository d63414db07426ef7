//! One event together with what it calls.

use std::sync::Arc;

use super::agent::{AnyAgent, Handler};
use super::core::Core;
use super::inbox::EventName;
use super::jobs::{Answer, OnProgress};
use super::report::PutAside;
use crate::bus::{Delivery, TableId, TableName};
use crate::hal::Progress;

/// A value that an event is about: table, key and version.
pub(super) type Subject = Option<(TableId, Arc<str>, u64)>;

/// An event that is about to be given to its agent.
pub(super) enum Call {
    Start,
    Change { handler: Handler<Delivery>, delivery: Delivery, table: TableId, name: TableName },
    PutAside(PutAside),
    Timer { key: Option<Arc<str>>, handler: Handler<Arc<str>> },
    Done(Answer),
    Progress { handler: OnProgress, key: Arc<str>, progress: Progress },
    Stored { key: Arc<str>, then: Handler<Arc<str>> },
    WallJump(i64),
}

impl Call {
    /// For traces and reports.
    pub fn name(&self) -> EventName {
        match self {
            Call::Start => EventName::Start,
            Call::Change { delivery, name, .. } => {
                EventName::Change { table: *name, key: delivery.key.clone(), what: delivery.what.name() }
            }
            Call::PutAside(what) => {
                EventName::Change { table: what.table, key: what.key.clone(), what: "put aside" }
            }
            Call::Timer { key, .. } => EventName::Timer(key.clone()),
            Call::Done(answer) => EventName::Done(answer.key.clone()),
            Call::Progress { key, .. } => EventName::Progress(key.clone()),
            Call::Stored { key, .. } => EventName::Stored(key.clone()),
            Call::WallJump(nanos) => EventName::WallJump(*nanos),
        }
    }

    /// The value that is to blame if the agent crashes now.
    pub fn subject(&self) -> Subject {
        match self {
            Call::Change { delivery, table, .. } if delivery.version != 0 => {
                Some((*table, delivery.key.clone(), delivery.version))
            }
            _ => None,
        }
    }

    /// Calls the handler.
    pub fn run(self, agent: &mut dyn AnyAgent, core: &mut Core) {
        match self {
            Call::Start => agent.start(core),
            Call::Change { handler, delivery, .. } => handler(agent.as_any(), delivery, core),
            Call::PutAside(what) => agent.put_aside(&what, core),
            Call::Timer { key, handler } => {
                handler(agent.as_any(), key.unwrap_or_else(|| "".into()), core);
            }
            Call::Done(Answer { key, done, result, .. }) => done(agent.as_any(), (key, result), core),
            Call::Progress { handler, key, progress } => handler(agent.as_any(), (key, progress), core),
            Call::Stored { key, then } => then(agent.as_any(), key, core),
            Call::WallJump(nanos) => agent.wall_jumped(nanos, core),
        }
    }
}
