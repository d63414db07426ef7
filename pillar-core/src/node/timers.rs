//! Timers with slack: each may fire between its due time and that plus its slack, so that a host wakes once
//! for many.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::agent::{AgentId, Handler};
use super::jobs::JobId;
use crate::time::Mono;

/// The most timers of one agent; more are refused and reported.
pub const MAX_TIMERS: usize = 65_536;

/// Names one setting of one timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerId(pub(super) u64);

/// What a timer does when it is due.
pub(super) enum Action {
    /// Calls an agent with the timer's key.
    Call { agent: AgentId, key: Option<Arc<str>>, handler: Handler<Arc<str>> },
    /// Starts a crashed agent again.
    Restart(AgentId),
    /// A job has used up its time.
    JobDeadline(JobId),
    /// A job that was told to stop should have ended.
    JobOverdue(JobId),
    /// Files that could not be written are tried again.
    RetryFiles,
}

struct Timer {
    due: Mono,
    latest: Mono,
    action: Action,
}

/// All timers of a node.
#[derive(Default)]
pub(super) struct Timers {
    set: BTreeMap<TimerId, Timer>,
    due: BTreeSet<(Mono, TimerId)>,
    latest: BTreeSet<(Mono, TimerId)>,
    keys: BTreeMap<(AgentId, Arc<str>), TimerId>,
    counts: BTreeMap<AgentId, usize>,
    last_id: u64,
}

impl Timers {
    /// The next id, for a timer that is set later.
    pub fn new_id(&mut self) -> TimerId {
        self.last_id += 1;
        TimerId(self.last_id)
    }

    /// How many an agent has.
    pub fn count(&self, agent: AgentId) -> usize {
        self.counts.get(&agent).copied().unwrap_or(0)
    }

    /// Sets a timer. A keyed one takes the place of the agent's timer with the same key.
    pub fn set(&mut self, id: TimerId, now: Mono, after: Duration, slack: Duration, action: Action) {
        if let Action::Call { agent, key, .. } = &action {
            *self.counts.entry(*agent).or_default() += 1;
            if let Some(key) = key
                && let Some(before) = self.keys.insert((*agent, key.clone()), id)
            {
                self.remove(before);
            }
        }
        let due = now + after;
        let latest = due + slack;
        self.set.insert(id, Timer { due, latest, action });
        self.due.insert((due, id));
        self.latest.insert((latest, id));
    }

    /// Takes a timer away; `None` if it is not set.
    pub fn remove(&mut self, id: TimerId) -> Option<Action> {
        let timer = self.set.remove(&id)?;
        self.due.remove(&(timer.due, id));
        self.latest.remove(&(timer.latest, id));
        if let Action::Call { agent, key, .. } = &timer.action {
            if let Some(count) = self.counts.get_mut(agent) {
                *count -= 1;
            }
            if let Some(key) = key {
                let place = (*agent, key.clone());
                if self.keys.get(&place) == Some(&id) {
                    self.keys.remove(&place);
                }
            }
        }
        Some(timer.action)
    }

    /// The timer that an agent set under a key.
    pub fn keyed(&self, agent: AgentId, key: &str) -> Option<TimerId> {
        self.keys.get(&(agent, Arc::from(key))).copied()
    }

    /// The agent a timer calls, if it calls one.
    pub fn agent_of(&self, id: TimerId) -> Option<AgentId> {
        match self.set.get(&id)?.action {
            Action::Call { agent, .. } => Some(agent),
            _ => None,
        }
    }

    /// Takes the next timer that is due off the schedule. It stays set until it is removed, so that it can
    /// still be stopped before its handler runs.
    pub fn next_due(&mut self, now: Mono) -> Option<TimerId> {
        let (due, id) = *self.due.first()?;
        if due > now {
            return None;
        }
        self.due.pop_first();
        if let Some(timer) = self.set.get(&id) {
            self.latest.remove(&(timer.latest, id));
        }
        Some(id)
    }

    /// When the host must wake at the latest.
    pub fn wake_at(&self) -> Option<Mono> {
        self.latest.first().map(|(at, _)| *at)
    }

    /// Takes all timers of an agent away.
    pub fn remove_agent(&mut self, gone: AgentId) {
        let ids: Vec<TimerId> =
            self.set.keys().copied().filter(|id| self.agent_of(*id) == Some(gone)).collect();
        for id in ids {
            self.remove(id);
        }
    }
}
