//! What a host brings in and takes out: tables that no agent of this node fills, connections that follow
//! tables, and work of the host's own.
//!
//! Called by transports, sources of hardware notices and tests. A table has one origin: what agents of this
//! node publish cannot be put from outside.

use std::any::Any;
use std::sync::Arc;

use pillar_types::topic::Topic;

use super::Node;
use super::agent::AgentName;
use super::jobs::{Failed, Lane, Request};
use super::life::{NODE, NODE_NAME};
use super::report::Trouble;
use crate::bus::{
    AnyValue, Delivery, FollowerId, Origin, PublishError, TableId, TableName, TapId, TopicInfo,
};
use crate::hal::{Hal, Scope};

/// The result of work that a host asked for, with its key.
pub type HostAnswer = (Arc<str>, Result<Box<dyn Any + Send>, Failed>);

/// Tables that are put.
impl Node {
    /// Puts a key of a table that no agent of this node fills: on behalf of a peer, the hardware or a test.
    pub fn put<T: Topic>(
        &mut self,
        from: AgentName,
        key: &str,
        value: Option<Arc<T>>,
    ) -> Result<(), PublishError> {
        let id = self.outside_table::<T>(from)?;
        self.put_any(id, key, value.map(|value| value as AnyValue))
    }

    /// Says that all the publisher has was put: subscribers get `Synced`.
    pub fn synced<T: Topic>(&mut self, from: AgentName) -> Result<(), PublishError> {
        let id = self.outside_table::<T>(from)?;
        self.open_any(id);
        Ok(())
    }

    /// Sets the restart count of a table that is put.
    pub fn set_restarted<T: Topic>(&mut self, from: AgentName, count: u32) -> Result<(), PublishError> {
        let id = self.outside_table::<T>(from)?;
        self.set_restarted_any(id, count);
        Ok(())
    }

    /// Says that notices of a table were lost: subscribers get `Resync`.
    pub fn resync<T: Topic>(&mut self, from: AgentName) -> Result<(), PublishError> {
        let id = self.outside_table::<T>(from)?;
        self.core.bus.resync(id);
        self.route();
        Ok(())
    }

    fn outside_table<T: Topic>(&mut self, from: AgentName) -> Result<TableId, PublishError> {
        let name = TableName { agent: from, scope: "", topic: T::NAME };
        let id = self.core.bus.table_for(name, TopicInfo::of::<T>())?;
        self.claim_outside(id);
        Ok(id)
    }

    /// Says that a table is filled from outside, unless agents of this node fill it.
    pub fn claim_outside(&mut self, id: TableId) {
        let table = self.core.bus.table(id);
        if table.origin == Origin::Unknown {
            let persistent = table.persistent;
            self.core.bus.claim(id, Origin::Outside, persistent);
        }
    }

    /// [`put`](Self::put) for a table whose type the caller does not know. `None` removes the key.
    pub fn put_any(&mut self, id: TableId, key: &str, value: Option<AnyValue>) -> Result<(), PublishError> {
        let by = self.core.bus.table(id).name.agent;
        self.core.bus.set(id, key, value, by, &mut self.core.transaction)?;
        self.core.bus.commit(&mut self.core.transaction);
        self.route();
        Ok(())
    }

    /// Puts what a file of the table's directory holds: it need not be written there again.
    pub fn put_found(&mut self, id: TableId, key: &str, value: Option<AnyValue>) -> Result<(), PublishError> {
        self.put_any(id, key, value)?;
        self.core.files.found(&mut self.core.bus, id, key);
        Ok(())
    }

    /// Whether an agent of this node has changed a key after the bus had that version, or the key's file has
    /// still to be written: then what its file held is old.
    pub fn is_newer(&self, id: TableId, key: &str, version: u64) -> bool {
        let core = &self.core;
        if core.bus.table(id).origin != Origin::Local {
            return false;
        }
        let changed = |(now, stored): (u64, bool)| now > version || !stored;
        core.bus.version(id, key).is_some_and(changed) || core.files.is_writing(id, &key.into())
    }

    /// [`synced`](Self::synced) for a table whose type the caller does not know.
    pub fn open_any(&mut self, id: TableId) {
        self.core.bus.open(id);
        self.route();
    }

    /// [`set_restarted`](Self::set_restarted) for a table whose type the caller does not know.
    pub fn set_restarted_any(&mut self, id: TableId, count: u32) {
        self.core.bus.set_restarted(id, count);
        self.route();
    }

    /// Whether an agent of that name is one of this node's.
    pub fn hosts(&self, agent: AgentName) -> bool {
        self.cells.iter().any(|cell| cell.name == agent)
    }
}

/// Connections.
impl Node {
    /// Adds a follower of one table to a tap; see [`Bus::follow_by`](crate::bus::Bus::follow_by).
    pub fn follow_by(&mut self, id: TableId, tap: TapId) -> FollowerId {
        self.core.bus.follow_by(id, tap)
    }

    /// Ends it.
    pub fn unfollow(&mut self, follower: FollowerId) {
        self.core.bus.unfollow(follower);
    }

    /// The next follower of a tap that has something to be told; see
    /// [`Bus::next_ready`](crate::bus::Bus::next_ready).
    pub fn next_ready(&mut self, tap: TapId) -> Option<FollowerId> {
        self.core.bus.next_ready(tap)
    }

    /// The next thing to tell a follower, and whether there is more.
    pub fn next_told(&mut self, follower: FollowerId) -> (Option<Delivery>, bool) {
        self.core.bus.next(follower, None)
    }
}

/// Work and reports of the host's own.
impl Node {
    /// Runs `work` as a job of the node. Its result is among [`take_host_answers`](Self::take_host_answers).
    /// The caller asks for one job a key at a time, so that their number is bounded by what it looks after.
    pub fn host_job<R: Send + 'static>(
        &mut self,
        lane: Lane,
        key: &str,
        work: impl FnOnce(&Hal, &Scope) -> R + Send + 'static,
    ) {
        let request = Request {
            id: self.core.jobs.new_id(),
            agent: NODE,
            name: NODE_NAME,
            life: 0,
            key: key.into(),
            lane,
            limit: lane.time_limit(),
            work: Some(Box::new(move |hal, scope| Box::new(work(hal, scope)))),
            done: Arc::new(|_, _, _| {}),
            progress: None,
        };
        self.core.jobs.submit(request);
    }

    /// The results of the host's jobs that have ended.
    pub fn take_host_answers(&mut self) -> Vec<HostAnswer> {
        std::mem::take(&mut self.host_answers)
    }

    /// Reports what went wrong between this node and others.
    pub fn report(&mut self, agent: AgentName, trouble: Trouble) {
        self.core.report_of(agent, trouble);
    }
}
