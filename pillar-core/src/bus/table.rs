//! One table: the keys of one topic of one publisher.
//!
//! A key has a slot with a small number, so that followers keep their state in vectors and a publish looks
//! the key up once. A slot lives as long as it has a value or somebody has still to be told that it has none.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use super::follower::FollowerId;
use super::value::{AnyValue, TopicInfo};
use crate::node::AgentName;

/// The most keys of one table; a publish beyond it is refused and reported.
pub const MAX_KEYS: usize = 65_536;

/// Which table: publisher, scope (almost always empty) and topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The publisher; empty for a directory table with several writers.
    pub agent: AgentName,
    /// The second part of the name, empty if there is none.
    pub scope: &'static str,
    /// The topic.
    pub topic: &'static str,
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scope {
            "" => write!(f, "{}/{}", self.agent, self.topic),
            scope => write!(f, "{}/{scope}/{}", self.agent, self.topic),
        }
    }
}

/// A table's place in the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub(super) u32);

/// Who fills a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody yet: it is only followed.
    Unknown,
    /// Agents of this node. Only these tables are written to files.
    Local,
    /// A peer, the hardware or a test.
    Outside,
}

/// One key.
#[derive(Debug)]
pub(super) struct Slot {
    pub key: Arc<str>,
    pub value: Option<AnyValue>,
    /// Who published the value.
    pub by: AgentName,
    /// Changes with every change that counts; never used twice in a bus.
    pub version: u64,
    /// Counts the versions of this key, so that a follower knows whether it missed any.
    pub changes: u32,
    /// The latest version that would survive a power cut.
    pub stored: u64,
    /// Followers that were given a value or have yet to look.
    pub holders: u32,
    /// Changed by the handler that runs now.
    pub touched: bool,
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// Its type.
    pub info: TopicInfo,
    /// Whether its files are under /persist.
    pub persistent: bool,
    /// Who fills it.
    pub origin: Origin,
    /// Whether its publisher has begun: followers get `Synced`.
    pub open: bool,
    /// How often its publisher signalled that it has caught up since it started.
    pub restarted: u32,
    pub(super) slots: Vec<Slot>,
    pub(super) followers: Vec<FollowerId>,
    /// The slots by key, in order.
    keys: BTreeMap<Arc<str>, u32>,
    /// The same for looking one up: in a large table a tree costs a dozen cache misses.
    index: HashMap<Arc<str>, u32>,
    free: Vec<u32>,
}

impl Table {
    pub(super) fn new(name: TableName, info: TopicInfo) -> Self {
        Table {
            name,
            info,
            persistent: info.persistent,
            origin: Origin::Unknown,
            open: false,
            restarted: 0,
            slots: Vec::new(),
            followers: Vec::new(),
            keys: BTreeMap::new(),
            index: HashMap::new(),
            free: Vec::new(),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&AnyValue> {
        self.slots[self.slot_of(key)? as usize].value.as_ref()
    }

    /// Keys and values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &AnyValue)> {
        self.keys.iter().filter_map(|(key, slot)| Some((key, self.slots[*slot as usize].value.as_ref()?)))
    }

    pub(super) fn slot_of(&self, key: &str) -> Option<u32> {
        self.index.get(key).copied()
    }

    pub(super) fn slot_numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.keys.values().copied()
    }

    /// The key's slot, new if it has none; `None` when the table is full.
    pub(super) fn slot_for(&mut self, key: &str) -> Option<u32> {
        if let Some(slot) = self.slot_of(key) {
            return Some(slot);
        }
        if self.keys.len() >= MAX_KEYS {
            return None;
        }
        let key: Arc<str> = key.into();
        let slot = Slot {
            key: key.clone(),
            value: None,
            by: self.name.agent,
            version: 0,
            changes: 0,
            stored: 0,
            holders: 0,
            touched: false,
        };
        let number = if let Some(number) = self.free.pop() {
            self.slots[number as usize] = slot;
            number
        } else {
            self.slots.push(slot);
            u32::try_from(self.slots.len() - 1).expect("bounded by MAX_KEYS and what followers hold")
        };
        self.index.insert(key.clone(), number);
        self.keys.insert(key, number);
        Some(number)
    }

    /// Gives the slot back if nothing needs it any more.
    pub(super) fn release(&mut self, number: u32) {
        let slot = &mut self.slots[number as usize];
        if slot.value.is_some() || slot.holders > 0 || slot.touched {
            return;
        }
        if self.index.remove(&slot.key).is_some() {
            self.keys.remove(&slot.key);
            self.free.push(number);
        }
    }
}
