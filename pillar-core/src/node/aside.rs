//! Values that make an agent crash: counted by key, and put aside at the third crash in a row.
//!
//! The agent is told of a value that was put aside, and sees it nowhere. A new value of the key is a new chance.
//!
//! | State of a key | Event | Next |
//! |---|---|---|
//! | well | the agent crashes on it | counted |
//! | counted | the agent takes a value of it | well |
//! | counted | third crash | put aside |
//! | put aside | the key has another value | well |

use std::collections::BTreeMap;
use std::sync::Arc;

use super::agent::AgentId;
use super::report::PutAside;
use crate::bus::{Bus, TableId};

/// How often an agent may crash on a key in a row before its value is put aside.
const MAX_CRASHES: u32 = 3;

/// How many keys' crashes are counted; with more, all counts begin anew.
const MAX_COUNTED: usize = 4_096;

/// A key of a table, as one agent sees it.
pub(super) type Seen = (AgentId, TableId, Arc<str>);

/// Counts, and the values put aside with their versions.
#[derive(Default)]
pub(super) struct Aside {
    crashes: BTreeMap<Seen, u32>,
    values: BTreeMap<Seen, (u64, PutAside)>,
}

/// What there is to say of a value that an agent is about to be given.
pub(super) enum Look {
    /// Nothing.
    Fine,
    /// It was put aside.
    Aside(PutAside),
    /// The one before was.
    Another,
}

impl Aside {
    /// Counts a crash; gives the value if it is put aside now.
    pub fn crashed(&mut self, bus: &Bus, seen: Seen, version: u64, reason: &str) -> Option<PutAside> {
        if self.crashes.len() >= MAX_COUNTED && !self.crashes.contains_key(&seen) {
            self.crashes.clear();
        }
        let count = self.crashes.entry(seen.clone()).or_default();
        *count += 1;
        if *count < MAX_CRASHES {
            return None;
        }
        self.crashes.remove(&seen);
        // Those whose value has gone or changed meanwhile: so there are no more of them than there are values.
        self.values.retain(|(_, table, key), (version, _)| is_current(bus, *table, key, *version));
        let (_, table, key) = &seen;
        let what = PutAside { table: bus.table(*table).name, key: key.clone(), reason: reason.to_owned() };
        self.values.insert(seen, (version, what.clone()));
        Some(what)
    }

    /// An agent took a value.
    pub fn went_well(&mut self, seen: &Seen) {
        if !self.crashes.is_empty() {
            self.crashes.remove(seen);
        }
    }

    /// Whether no value is put aside.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether an agent may be given a version of a key.
    pub fn look(&mut self, seen: &Seen, version: u64) -> Look {
        match self.values.get(seen) {
            None => Look::Fine,
            Some((aside, what)) if *aside == version => Look::Aside(what.clone()),
            Some(_) => {
                self.values.remove(seen);
                Look::Another
            }
        }
    }

    /// Whether the value that an agent was given last was put aside.
    pub fn hides(&self, agent: AgentId, table: TableId, key: &str) -> bool {
        !self.is_empty() && self.values.contains_key(&(agent, table, key.into()))
    }

    /// All values put aside, with the agent that each is kept from.
    pub fn iter(&self, bus: &Bus) -> impl Iterator<Item = (AgentId, &PutAside)> {
        self.values
            .iter()
            .filter(|((_, table, key), (version, _))| is_current(bus, *table, key, *version))
            .map(|((agent, ..), (_, what))| (*agent, what))
    }
}

fn is_current(bus: &Bus, table: TableId, key: &str, version: u64) -> bool {
    bus.version(table, key).is_some_and(|(current, _)| current == version)
}
