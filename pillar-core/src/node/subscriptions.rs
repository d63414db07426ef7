//! Which agent follows which table, and what to call.

use std::collections::BTreeMap;

use super::agent::{AgentId, Handler};
use crate::bus::{Delivery, FollowerId, TableId};

/// All subscriptions of a node. An agent has at most one for each table.
#[derive(Default)]
pub(super) struct Subscriptions {
    by_table: BTreeMap<(AgentId, TableId), FollowerId>,
    handlers: BTreeMap<FollowerId, Option<Handler<Delivery>>>,
}

impl Subscriptions {
    /// Adds one; gives the agent's subscription of the same table that it takes the place of.
    pub fn add(
        &mut self,
        agent: AgentId,
        table: TableId,
        follower: FollowerId,
        handler: Option<Handler<Delivery>>,
    ) -> Option<FollowerId> {
        self.handlers.insert(follower, handler);
        let before = self.by_table.insert((agent, table), follower)?;
        self.handlers.remove(&before);
        Some(before)
    }

    /// An agent's subscription of a table.
    pub fn find(&self, agent: AgentId, table: TableId) -> Option<FollowerId> {
        self.by_table.get(&(agent, table)).copied()
    }

    /// What it calls; `None` if the agent only looks the values up.
    pub fn handler(&self, follower: FollowerId) -> Option<Handler<Delivery>> {
        self.handlers.get(&follower)?.clone()
    }

    /// Removes all of an agent's.
    pub fn remove_agent(&mut self, gone: AgentId) -> Vec<FollowerId> {
        let tables: Vec<(AgentId, TableId)> =
            self.by_table.keys().copied().filter(|(agent, _)| *agent == gone).collect();
        let mut removed = Vec::new();
        for place in tables {
            if let Some(follower) = self.by_table.remove(&place) {
                self.handlers.remove(&follower);
                removed.push(follower);
            }
        }
        removed
    }
}
