//! What the agent can ask: how an item does, how a group does, and which groups have news.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::entry::{Entry, Failure, Id, OpKind};
use super::graph::Graph;
use super::item::{Item, Key};

/// How an item does.
#[derive(Debug, PartialEq, Eq)]
pub enum State<'g, E> {
    /// There, as intended.
    Up,
    /// There, owned by others.
    Observed,
    /// An operation is under way.
    Busy(OpKind),
    /// The last operation failed, or it failed by itself; it is tried again.
    Failed(&'g Failure<E>),
    /// Intended, but this item that it needs is not there, or not as it must be, and nobody intends that.
    Pending(&'g Key),
    /// Intended, but what it needs leads back to itself.
    Circular,
    /// An operation is due.
    Due,
}

/// How the items of a group, and of those below it, do.
#[derive(Debug, PartialEq, Eq)]
pub struct GroupStatus<'g, E> {
    /// How many have an operation under way or due.
    pub busy: usize,
    /// Those that failed.
    pub failed: Vec<(&'g Key, &'g Failure<E>)>,
    /// Those that lack something, with what they lack.
    pub pending: Vec<(&'g Key, &'g Key)>,
    /// Those whose needs lead back to themselves.
    pub circular: Vec<&'g Key>,
}

impl<E> GroupStatus<'_, E> {
    /// Everything is as intended.
    pub fn settled(&self) -> bool {
        self.busy == 0 && self.failed.is_empty() && self.pending.is_empty() && self.circular.is_empty()
    }
}

impl<I: Item> Graph<I> {
    /// How an item does; `None` if it is neither intended nor there.
    pub fn state(&self, key: &Key) -> Option<State<'_, I::Error>> {
        self.state_of(self.find(key)?)
    }

    /// The intended form of an item.
    pub fn intended(&self, key: &Key) -> Option<&Arc<I>> {
        Some(&self.entry(self.find(key)?).intended.as_ref()?.item)
    }

    /// What is there of an item. While an operation on it is under way or has failed: what was there before, or
    /// what may be there.
    pub fn current(&self, key: &Key) -> Option<&Arc<I>> {
        Some(&self.entry(self.find(key)?).current.as_ref()?.item)
    }

    /// All keys of a group and of those below it, intended or there; of all groups if it is empty.
    pub fn keys(&self, group: &str) -> impl Iterator<Item = &Key> {
        self.ids_under(group).into_iter().map(|id| &self.entry(id).key)
    }

    /// How a group and those below it do.
    pub fn group(&self, group: &str) -> GroupStatus<'_, I::Error> {
        let mut status = GroupStatus { busy: 0, failed: vec![], pending: vec![], circular: vec![] };
        for id in self.ids_under(group) {
            let key = &self.entry(id).key;
            match self.state_of(id) {
                Some(State::Busy(_) | State::Due) => status.busy += 1,
                Some(State::Failed(failure)) => status.failed.push((key, failure)),
                Some(State::Pending(on)) => status.pending.push((key, on)),
                Some(State::Circular) => status.circular.push(key),
                Some(State::Up | State::Observed) | None => {}
            }
        }
        status
    }

    /// The groups in which something happened since this was last asked.
    pub fn take_changed(&mut self) -> BTreeSet<Arc<str>> {
        std::mem::take(&mut self.changed)
    }

    /// Whether an operation is under way.
    pub fn busy(&self) -> bool {
        !self.flights.is_empty()
    }

    /// How many times an item was looked at, over the life of the graph: the measure of work.
    pub fn visits(&self) -> u64 {
        self.visits
    }

    pub(super) fn state_of(&self, id: Id) -> Option<State<'_, I::Error>> {
        let entry = self.entry(id);
        let state = match (&entry.flight, &entry.failure) {
            _ if entry.external => State::Observed,
            (Some(flight), _) => State::Busy(flight.kind),
            (None, Some(failure)) => State::Failed(failure),
            (None, None) if entry.intended.is_none() && entry.current.is_none() => return None,
            (None, None) if entry.cyclic => State::Circular,
            (None, None) if entry.intended.is_some() && !entry.wanted => self.pending(entry),
            (None, None) if entry.settled() => State::Up,
            (None, None) => State::Due,
        };
        Some(state)
    }

    /// The first thing, all the way down, that stands against an item that cannot be.
    fn pending<'g>(&'g self, entry: &'g Entry<I>) -> State<'g, I::Error> {
        let mut at = entry;
        loop {
            let needs = at.intended.iter().flat_map(|form| &form.needs);
            let Some(edge) = needs.into_iter().find(|edge| !self.will_meet(edge)) else { break };
            at = self.entry(edge.to);
            if at.external || at.cyclic || at.wanted {
                break;
            }
        }
        if std::ptr::eq(at, entry) { State::Due } else { State::Pending(&at.key) }
    }

    /// The members of a group and of those below it, by group and then in the order of their first mention.
    fn ids_under(&self, group: &str) -> Vec<Id> {
        self.groups_under(group).flat_map(|(_, ids)| ids).copied().collect()
    }
}
