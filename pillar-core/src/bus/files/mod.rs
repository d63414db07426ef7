//! The tap that keeps EVE's files under /run and /persist in step with the tables, and brings them back at
//! start.
//!
//! One batch is in flight at a time, as a job in the store lane; what changes meanwhile coalesces by key. A
//! file that cannot be written is tried again until it can: the value in memory is the truth.

pub mod layout;
mod load;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pillar_types::codec::json;

pub use layout::Layout;
pub use load::{Loaded, MAX_FILE_BYTES, MAX_TOTAL_BYTES, RawTable, RawValue, read, sweep};

use super::{AnyValue, Bus, Changed, Origin, TableId, TapId, key_problem};
use crate::hal::{FileOp, Scope, Storage, StorageError};

/// The most files of one batch.
pub const MAX_BATCH: usize = 256;

/// How long after a failed write it is tried again: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// One file to write or remove.
pub struct Entry {
    /// The table.
    pub table: TableId,
    /// The key; `None` for the restart count.
    pub key: Option<Arc<str>>,
    version: u64,
    path: PathBuf,
    content: Content,
}

enum Content {
    Value { value: AnyValue, backup: bool },
    Restarted(u32),
    Gone,
}

/// The result of one file of a batch.
pub struct Written {
    /// The table.
    pub table: TableId,
    /// The key; `None` for the restart count.
    pub key: Option<Arc<str>>,
    /// The version that was written.
    pub version: u64,
    /// How it went.
    pub result: Result<(), StorageError>,
}

/// Writes a batch; runs in a job.
pub fn write(storage: &dyn Storage, scope: &Scope, batch: Vec<Entry>) -> Vec<Written> {
    let ops: Vec<FileOp> = batch.iter().map(Entry::op).collect();
    let results = storage.apply(scope, &ops);
    let written = |(entry, result): (Entry, Result<(), StorageError>)| Written {
        table: entry.table,
        key: entry.key,
        version: entry.version,
        result,
    };
    batch.into_iter().zip(results).map(written).collect()
}

impl Entry {
    fn op(&self) -> FileOp {
        let path = self.path.clone();
        match &self.content {
            Content::Value { value, backup } => {
                FileOp::Replace { path, data: json::encode(value.data()), backup: *backup }
            }
            Content::Restarted(count) => {
                FileOp::Replace { path, data: count.to_string().into_bytes(), backup: false }
            }
            Content::Gone => FileOp::Remove { path },
        }
    }
}

/// What a table's files are known to hold.
#[derive(Default)]
struct OnDisk {
    keys: Vec<String>,
    /// Keys whose file proper must be written again, from the backup that their value came from.
    restored: Vec<String>,
    restarted: bool,
}

impl OnDisk {
    /// Spares the tap what it would only write again.
    fn tell(&self, bus: &mut Bus, id: TableId, files: TapId) {
        for key in &self.keys {
            bus.assume_on_disk(id, key, files, true);
        }
        for key in &self.restored {
            bus.assume_on_disk(id, key, files, false);
        }
        if self.restarted {
            bus.assume_restarted(id, files);
        }
    }
}

/// The tap of files. Without a layout it writes nothing and calls everything stored.
#[derive(Default)]
pub struct Files {
    layout: Option<Layout>,
    tap: Option<TapId>,
    loaded: Loaded,
    /// Tables that were filled from files before their publisher was known.
    from_disk: BTreeMap<TableId, OnDisk>,
    /// The files of the batch that is being written; empty when there is none.
    in_flight: Vec<(TableId, Option<Arc<str>>)>,
    /// Files that could not be written, or must be written though their table did not change.
    retry: BTreeSet<(TableId, Option<Arc<str>>)>,
    /// How long to wait before they are tried again; zero when the last batch went well.
    back_off: Duration,
    waiting: bool,
    complaints: BTreeSet<(TableId, String)>,
}

impl Files {
    /// A tap that writes below the roots of `layout`.
    pub fn new(layout: Layout, bus: &mut Bus) -> Self {
        let tap = bus.tap(|table| table.origin == Origin::Local);
        Files { layout: Some(layout), tap: Some(tap), ..Files::default() }
    }

    /// Whether files are written at all.
    pub fn enabled(&self) -> bool {
        self.layout.is_some()
    }

    /// Takes what was read at start; tables get it as they are declared or followed.
    pub fn preload(&mut self, loaded: Loaded) {
        self.loaded = loaded;
    }

    /// Whether this is the first complaint about a key of a table that cannot be a file.
    pub fn first_complaint(&mut self, table: TableId, key: &str) -> bool {
        self.enabled() && self.complaints.len() < MAX_BATCH && self.complaints.insert((table, key.to_owned()))
    }

    /// Writes a key's file, or removes it, as the table has it, though the table did not change: the file may
    /// hold something that was never loaded.
    pub fn write_again(&mut self, table: TableId, key: &str) {
        self.retry.insert((table, Some(key.into())));
    }

    /// Notes that a key's file is as the table has it: the value came from there.
    pub fn found(&mut self, bus: &mut Bus, id: TableId, key: &str) {
        if let Some(tap) = self.tap.filter(|_| bus.table(id).origin == Origin::Local) {
            bus.assume_on_disk(id, key, tap, true);
        }
    }

    /// Whether a key's file is being written or waits to be tried again.
    pub fn is_writing(&self, table: TableId, key: &Arc<str>) -> bool {
        let place = (table, Some(key.clone()));
        self.in_flight.contains(&place) || self.retry.contains(&place)
    }

    /// Fills a table that has just become known. Gives the keys that could not be loaded, and why.
    pub fn load(&mut self, bus: &mut Bus, id: TableId) -> Vec<(String, String)> {
        let table = bus.table(id);
        let (name, origin, info) = (table.name, table.origin, table.info);
        let raw = self.loaded.take(&name, table.persistent);
        let mut on_disk = self.from_disk.remove(&id).unwrap_or_default();
        let mut problems = Vec::new();
        if let Some(raw) = raw {
            problems = raw.problems;
            for (key, raw) in raw.values {
                match (info.decode)(&raw.bytes) {
                    Ok(value) => {
                        bus.put_loaded(id, &key, value);
                        if raw.restored { on_disk.restored.push(key) } else { on_disk.keys.push(key) }
                    }
                    Err(error) => problems.push((key, error.to_string())),
                }
            }
            if let Some(count) = raw.restarted {
                bus.set_restarted(id, count);
                on_disk.restarted = true;
            }
        }
        match self.tap.filter(|_| origin == Origin::Local) {
            Some(tap) => {
                on_disk.tell(bus, id, tap);
                on_disk.restored.iter().for_each(|key| self.write_again(id, key));
            }
            None => {
                self.from_disk.insert(id, on_disk);
            }
        }
        problems
    }

    /// The next batch, if there is something to write and none is in flight.
    pub fn next_batch(&mut self, bus: &mut Bus) -> Option<Vec<Entry>> {
        let tap = self.tap?;
        let may_retry = !self.waiting && !self.retry.is_empty();
        if !self.in_flight.is_empty() || (bus.tap_is_empty(tap) && !may_retry) {
            return None;
        }
        let mut batch = Vec::new();
        if may_retry {
            let retry: Vec<_> = self.retry.iter().take(MAX_BATCH / 2).cloned().collect();
            for place in retry {
                self.retry.remove(&place);
                batch.extend(self.current(bus, place.0, place.1));
            }
        }
        while batch.len() < MAX_BATCH {
            let Some((table, changed)) = bus.drain_changed(tap) else { break };
            let key = match changed {
                Changed::Key(key) => Some(key),
                Changed::Restarted => None,
            };
            batch.extend(self.current(bus, table, key));
        }
        self.in_flight = batch.iter().map(|entry| (entry.table, entry.key.clone())).collect();
        (!batch.is_empty()).then_some(batch)
    }

    /// What a file must hold now; `None` if the key cannot be a file.
    fn current(&self, bus: &Bus, id: TableId, key: Option<Arc<str>>) -> Option<Entry> {
        let table = bus.table(id);
        let dir = self.layout.as_ref()?.dir(&table.name, table.persistent);
        let Some(key) = key else {
            let content =
                if table.restarted == 0 { Content::Gone } else { Content::Restarted(table.restarted) };
            return Some(Entry {
                table: id,
                key: None,
                version: 0,
                path: dir.join(layout::RESTARTED),
                content,
            });
        };
        if key_problem(&key).is_some() {
            return None;
        }
        let content = match table.get(&key) {
            Some(value) => Content::Value { value: value.clone(), backup: table.persistent },
            None => Content::Gone,
        };
        // A key that is gone may have no slot any more: its removal covers all versions so far.
        let version = bus.version(id, &key).map_or(bus.latest_version(), |(version, _)| version);
        Some(Entry { table: id, path: dir.join(layout::file_name(&key)), key: Some(key), version, content })
    }

    /// Takes in what a batch did. Gives how long to wait before failed writes are tried again.
    pub fn batch_done(&mut self, bus: &mut Bus, written: &[Written]) -> Option<Duration> {
        self.in_flight.clear();
        for file in written {
            match (&file.result, &file.key) {
                (Ok(()), Some(key)) => bus.stored(file.table, key, file.version),
                (Ok(()), None) => {}
                (Err(_), key) => {
                    self.retry.insert((file.table, key.clone()));
                }
            }
        }
        if self.retry.is_empty() {
            self.back_off = Duration::ZERO;
            return None;
        }
        self.wait_to_retry()
    }

    /// Takes in that a batch was not finished: all of it is tried again.
    pub fn batch_failed(&mut self) -> Option<Duration> {
        self.retry.extend(self.in_flight.drain(..));
        self.wait_to_retry()
    }

    fn wait_to_retry(&mut self) -> Option<Duration> {
        if self.waiting {
            return None;
        }
        self.waiting = true;
        self.back_off = (self.back_off * 2).clamp(RETRY.0, RETRY.1);
        Some(self.back_off)
    }

    /// The wait is over: what could not be written is tried again.
    pub fn retry(&mut self) {
        self.waiting = false;
    }

    /// Whether every file is as its table says, and stored.
    pub fn settled(&self, bus: &Bus) -> bool {
        self.in_flight.is_empty() && self.retry.is_empty() && self.tap.is_none_or(|tap| bus.tap_is_empty(tap))
    }
}
