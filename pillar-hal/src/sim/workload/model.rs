//! What an observer outside of the device knows: which values may be on the disk, and which must.
//!
//! Agents tell it what they publish and what was acknowledged; jobs, what they begin to write and have written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tables and directories that are watched: their directories.
pub(super) const RECEIPTS: &str = "/persist/status/clerk/Receipt";
pub(super) const ENTRIES: &str = "/persist/status/clerk/Entry";
pub(super) const PRODUCTS: &str = "/persist/status/maker/Product";
pub(super) const MADE: &str = "/persist/maker";
pub(super) const BENCHES: &str = "/run/maker/Bench";

/// A key of a table: its directory and name.
pub(super) type Place = (&'static str, String);

/// Values that a place may hold: the one that it must have held, and all that came after. `None`: nothing.
#[derive(Debug)]
pub(super) struct History(Vec<Option<u64>>);

/// The observer.
#[derive(Default)]
pub struct Model {
    places: BTreeMap<Place, History>,
    /// What the disk was found to hold at this boot, until the agents have looked at what they were given of it.
    found: BTreeMap<Place, u64>,
    /// Whether a value may not have reached them, because calls fail.
    may_miss: bool,
    unseen: BTreeSet<&'static str>,
    /// Values that did not reach them: they may have acted on older ones.
    missed: BTreeSet<Place>,
    /// Keys that a job of the maker works at.
    working: BTreeSet<String>,
    last_serial: u64,
}

/// The observer, shared with agents and jobs.
#[derive(Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Model>>);

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Model> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that was not used before.
    pub(super) fn next_serial(&self) -> u64 {
        let mut model = self.lock();
        model.last_serial += 1;
        model.last_serial
    }

    /// A value was published, or a write of it began: from now on the place may hold it.
    pub(super) fn began(&self, dir: &'static str, key: &str, value: Option<u64>) {
        self.lock().places.entry((dir, key.into())).or_default().began(value);
    }

    /// A value was acknowledged: from now on the place must hold it or one that came after.
    pub(super) fn acknowledged(&self, dir: &'static str, key: &str, value: Option<u64>) {
        let mut model = self.lock();
        model.missed.remove(&(dir, key.into()));
        model.places.entry((dir, key.into())).or_default().acknowledged(value);
    }

    /// A job begins to work at a key. Two at once would spoil each other's work.
    pub(super) fn work(&self, key: &str) -> Working {
        assert!(self.lock().working.insert(key.into()), "two jobs work at {key} at once");
        Working { model: self.clone(), key: key.into() }
    }

    /// An agent was given its table at a start. The first time after a boot it must be what the disk held.
    pub(super) fn given(&self, dir: &'static str, values: BTreeMap<String, u64>) {
        let mut model = self.lock();
        if !model.unseen.remove(dir) {
            return;
        }
        let of_dir = model.found.iter().filter(|((of, _), _)| *of == dir);
        let found: BTreeMap<String, u64> = of_dir.map(|((_, key), value)| (key.clone(), *value)).collect();
        let right = values.iter().all(|(key, value)| found.get(key) == Some(value));
        assert!(
            right && (model.may_miss || values == found),
            "{dir}: the disk held {found:?}, the agent got {values:?}"
        );
        model.missed.extend(found.into_keys().filter(|key| !values.contains_key(key)).map(|key| (dir, key)));
    }
}

/// A job at work. Not at work any more when dropped.
pub(super) struct Working {
    model: Shared,
    key: String,
}

impl Drop for Working {
    fn drop(&mut self) {
        self.model.lock().working.remove(&self.key);
    }
}

impl Default for History {
    fn default() -> Self {
        History(vec![None])
    }
}

impl History {
    fn began(&mut self, value: Option<u64>) {
        if self.0.last() != Some(&value) {
            self.0.push(value);
        }
    }

    fn acknowledged(&mut self, value: Option<u64>) {
        if let Some(index) = self.0.iter().position(|old| *old == value) {
            self.0.drain(..index);
        }
    }
}

impl Model {
    /// Whether the agents know what a place held at the last boot.
    pub(super) fn is_known(&self, place: &Place) -> bool {
        !self.missed.contains(place)
    }

    /// The device booted and this is what the disk holds. An error says what must not be.
    pub(super) fn booted(&mut self, found: BTreeMap<Place, u64>, calls_fail: bool) -> Result<(), String> {
        for (place, value) in &found {
            let allowed = self.places.get(place).map_or(&[] as &[_], |history| &history.0);
            if !allowed.contains(&Some(*value)) {
                return Err(format!("{}/{} holds {value}, allowed is {allowed:?}", place.0, place.1));
            }
        }
        for (place, History(allowed)) in &self.places {
            if !found.contains_key(place) && !allowed.contains(&None) {
                return Err(format!("{}/{} is gone, allowed is {allowed:?}", place.0, place.1));
            }
        }
        self.places =
            found.iter().map(|(place, value)| (place.clone(), History(vec![Some(*value)]))).collect();
        self.found = found;
        self.may_miss = calls_fail;
        self.unseen = [RECEIPTS, ENTRIES, PRODUCTS].into();
        Ok(())
    }
}
