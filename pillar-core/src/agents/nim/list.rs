//! The list of port configurations, from the one that counts most (spec/03, List operations). Pure.
//!
//! Whether a configuration may be tried again is measured on the clock that never jumps; what earlier boots found
//! out is taken from its stamps, but none of that keeps it from being tried once after a boot.

use std::time::Duration;

use pillar_types::base::Time;
use pillar_types::port::{DevicePortConfig, DevicePortConfigList, DpcState, TestResults};

use super::dpc::{self, CONTROLLER, LAST_RESORT, MANUAL};
use crate::time::Mono;

/// How long a configuration that failed is not tried again unless something about it changes.
pub const COOLDOWN: Duration = Duration::from_mins(5);

/// The most configurations that are kept: the list is one message on EVE's wire, of at most 65,535 bytes.
pub const MAX_CONFIGS: usize = 16;

/// A configuration and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The configuration, with its last results.
    pub dpc: DevicePortConfig,
    /// What its last test showed.
    pub outcome: Outcome,
    /// When it failed, in this boot.
    pub failed_at: Option<Mono>,
}

/// What the last test of a configuration showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not tested.
    Untested,
    /// It works.
    Worked,
    /// It does not.
    Failed,
}

/// All configurations.
#[derive(Clone, Debug, Default)]
pub struct List {
    entries: Vec<Entry>,
    current: Option<usize>,
}

/// What an addition did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Everything was there.
    Nothing,
    /// What is in use asks for the same as before, under another priority perhaps.
    SameInUse,
    /// Something else is to be tested.
    Changed,
}

impl Entry {
    /// A configuration as it came in, or was stored.
    fn new(dpc: DevicePortConfig, now: Time) -> Self {
        let TestResults { last_failed, last_succeeded, .. } = dpc.test_results;
        let outcome = match () {
            () if last_failed.is_zero() && last_succeeded.is_zero() => Outcome::Untested,
            // A success of the future says that a clock was wrong, and nothing else.
            () if last_succeeded > last_failed && last_succeeded <= now => Outcome::Worked,
            () => Outcome::Failed,
        };
        Entry { dpc, outcome, failed_at: None }
    }

    fn is(&self, key: &str) -> bool {
        self.dpc.key == key
    }

    fn is_testable(&self, now: Mono) -> bool {
        let cold = self.failed_at.is_none_or(|failed| now.since(failed) >= COOLDOWN);
        dpc::is_usable(&self.dpc) && (self.outcome == Outcome::Worked || cold)
    }

    fn outranks(&self, other: &Self) -> bool {
        self.is(MANUAL)
            || (self.is(CONTROLLER) && !other.is(CONTROLLER))
            || self.dpc.time_priority > other.dpc.time_priority
    }
}

impl List {
    /// The list that an earlier boot left.
    pub fn ingest(stored: &DevicePortConfigList, now: Time, is_file: impl Fn(&str) -> bool) -> Self {
        let mut entries = Vec::new();
        for stored in &stored.port_config_list {
            let mut dpc = stored.clone();
            dpc::sanitise(&mut dpc, "", &is_file);
            dpc.state = DpcState::None;
            for port in dpc.ports.vec().iter_mut().filter(|port| !port.invalid_config) {
                port.test_results = TestResults::default();
            }
            let has_mgmt = dpc.ports.iter().any(|port| dpc::is_mgmt(&dpc, port));
            if has_mgmt && !dpc::has_bad_certificate(&dpc) && entries.len() < MAX_CONFIGS {
                entries.push(Entry::new(dpc, now));
            }
        }
        List { entries, current: None }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All of them.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The place of the one in use.
    pub fn current(&self) -> Option<usize> {
        self.current
    }

    /// The place of the one in use as it is published: -1 for none.
    pub fn current_index(&self) -> i64 {
        self.current.and_then(|index| i64::try_from(index).ok()).unwrap_or(-1)
    }

    /// The one in use.
    pub fn current_entry(&self) -> Option<&Entry> {
        self.entries.get(self.current?)
    }

    /// The one in use, for its results.
    pub fn current_entry_mut(&mut self) -> Option<&mut Entry> {
        self.entries.get_mut(self.current?)
    }

    /// Uses another.
    pub fn select(&mut self, index: usize) {
        self.current = (index < self.entries.len()).then_some(index);
    }

    /// Whether the first was not tested yet.
    pub fn first_is_untested(&self) -> bool {
        self.entries.first().is_some_and(|first| {
            first.outcome == Outcome::Untested && first.failed_at.is_none() && dpc::is_usable(&first.dpc)
        })
    }

    /// Whether the first worked when it was last tested.
    pub fn first_worked(&self) -> bool {
        self.entries.first().is_some_and(|first| first.outcome == Outcome::Worked)
    }

    /// The next that can be tested, from a place on, around once; nothing behind one of the monitor's is.
    pub fn next_testable(&self, from: usize, now: Mono) -> Option<usize> {
        let manual = self.entries.iter().position(|entry| entry.is(MANUAL));
        let end = manual.map_or(self.entries.len(), |manual| manual + 1);
        let from = from.min(end);
        (from..end).chain(0..from).find(|index| self.entries[*index].is_testable(now))
    }

    /// The one to stay with when none can be tested.
    pub fn parking_place(&self) -> Option<usize> {
        let manual = self.entries.iter().position(|entry| entry.is(MANUAL));
        manual.or((!self.entries.is_empty()).then_some(0))
    }

    /// An interface came, or got a carrier: configurations that failed for want of one may be tried again at once.
    pub fn lift_cooldown(&mut self, if_name: &str) {
        for entry in &mut self.entries {
            let uses = entry.dpc.ports.iter().any(|port| port.if_name == if_name);
            if uses && entry.dpc.state == DpcState::Fail {
                entry.failed_at = None;
            }
        }
    }

    /// Takes in a configuration that is whole.
    pub fn add(&mut self, mut dpc: DevicePortConfig, now: Time) -> Added {
        if dpc.key == MANUAL {
            dpc::mark_manual(&mut dpc);
        }
        let place = self.find(&dpc);
        let before = self.current_entry().cloned();
        if place.is_some_and(|place| self.entries[place].dpc.time_priority == dpc.time_priority)
            && place.is_some_and(|place| dpc::same_content(&self.entries[place].dpc, &dpc))
        {
            return Added::Nothing;
        }
        let mut entry = Entry::new(dpc, now);
        if let Some(place) = place {
            let old = self.entries.remove(place);
            if dpc::same_content(&old.dpc, &entry.dpc) {
                entry = keep_results(entry, old);
            }
        }
        if entry.is(MANUAL) {
            self.entries.retain(|other| !other.is(MANUAL));
        }
        let rank = self.entries.iter().position(|other| entry.outranks(other));
        self.entries.insert(rank.unwrap_or(self.entries.len()), entry);
        self.follow(before.as_ref());
        self.drop_lowest();
        let same_in_use = before.zip(self.current_entry());
        match same_in_use {
            Some((old, new)) if dpc::same_content(&old.dpc, &new.dpc) && !self.is_new_above() => {
                Added::SameInUse
            }
            _ => Added::Changed,
        }
    }

    /// Whether something that can be tested came to stand above what is in use.
    fn is_new_above(&self) -> bool {
        let current = self.current.unwrap_or(0);
        self.entries[..current]
            .iter()
            .any(|entry| entry.outcome == Outcome::Untested && entry.failed_at.is_none())
    }

    /// Removes a configuration; whether it was there.
    pub fn remove(&mut self, dpc: &DevicePortConfig) -> bool {
        let Some(place) = self.find(dpc) else { return false };
        let before = self.current_entry().cloned();
        self.entries.remove(place);
        let used = self.current;
        self.follow(before.as_ref());
        if self.current.is_none() && used.is_some() && self.first_worked() {
            self.current = Some(0);
        }
        true
    }

    /// Removes all of a key; whether there was one.
    pub fn remove_key(&mut self, key: &str) -> bool {
        let gone: Vec<DevicePortConfig> =
            self.entries.iter().filter(|entry| entry.is(key)).map(|entry| entry.dpc.clone()).collect();
        for dpc in &gone {
            self.remove(dpc);
        }
        !gone.is_empty()
    }

    /// Whether there is one of a key.
    pub fn has_key(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.is(key))
    }

    /// Drops what is of no use any more. Not to be called while one is verified.
    pub fn compress(&mut self, keep_last_resort: bool) {
        let before = self.current_entry().cloned();
        let succeeded = |entry: &Entry| entry.dpc.test_results.last_succeeded;
        let newest_working = (0..self.entries.len())
            .filter(|index| self.current != Some(*index) && self.entries[*index].outcome == Outcome::Worked)
            .max_by_key(|index| (succeeded(&self.entries[*index]), std::cmp::Reverse(*index)));
        let newest_of = |key: &str| self.entries.iter().position(|entry| entry.is(key));
        let controller_worked =
            self.entries.iter().any(|entry| entry.is(CONTROLLER) && !succeeded(entry).is_zero());
        let first_worked = self.entries.iter().position(|entry| entry.outcome == Outcome::Worked);
        let mut kept = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let keep = index == 0
                || self.current == Some(index)
                || newest_working == Some(index)
                || (entry.is(CONTROLLER) && newest_of(CONTROLLER) == Some(index))
                || (!controller_worked && newest_of(&entry.dpc.key) == Some(index))
                || (entry.is(MANUAL) && first_worked.is_none_or(|worked| worked >= index))
                || (entry.is(LAST_RESORT) && keep_last_resort);
            if keep {
                kept.push(entry.clone());
            }
        }
        self.entries = kept;
        self.follow(before.as_ref());
    }

    /// As it is published.
    pub fn published(&self) -> DevicePortConfigList {
        DevicePortConfigList {
            current_index: self.current_index(),
            port_config_list: self.entries.iter().map(|entry| entry.dpc.clone()).collect(),
            ..DevicePortConfigList::default()
        }
    }

    /// The place of a configuration: one of that version, key and priority, else one that asks for the same.
    fn find(&self, dpc: &DevicePortConfig) -> Option<usize> {
        let exact = |entry: &Entry| {
            entry.dpc.version == dpc.version
                && entry.is(&dpc.key)
                && entry.dpc.time_priority == dpc.time_priority
        };
        let exact = self.entries.iter().position(exact);
        exact.or_else(|| self.entries.iter().position(|entry| dpc::same_content(&entry.dpc, dpc)))
    }

    /// The one in use keeps its place in use; one that is gone or asks for something else does not.
    fn follow(&mut self, before: Option<&Entry>) {
        self.current = before.and_then(|before| {
            self.entries.iter().position(|entry| dpc::same_content(&entry.dpc, &before.dpc))
        });
    }

    fn drop_lowest(&mut self) {
        while self.entries.len() > MAX_CONFIGS {
            let spare = (1..self.entries.len()).rev();
            let Some(lowest) = spare.into_iter().find(|index| self.current != Some(*index)) else { return };
            self.entries.remove(lowest);
            self.current = self.current.map(|index| if index > lowest { index - 1 } else { index });
        }
    }
}

/// What is known of a configuration stays with it when only its priority changes.
fn keep_results(mut entry: Entry, old: Entry) -> Entry {
    entry.dpc.test_results = old.dpc.test_results;
    entry.dpc.last_ip_and_dns = old.dpc.last_ip_and_dns;
    entry.dpc.state = old.dpc.state;
    for (port, old) in entry.dpc.ports.vec().iter_mut().zip(&old.dpc.ports) {
        port.test_results = old.test_results.clone();
    }
    Entry { outcome: old.outcome, failed_at: old.failed_at, ..entry }
}
