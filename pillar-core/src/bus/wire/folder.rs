//! A table that is followed as the files of a directory (spec/02, Directory-watch subscriptions): those with
//! several writers, and those of an agent that ends and leaves its files.
//!
//! | State | Event | Next | Does |
//! |---|---|---|---|
//! | unknown | its time | looking | a job: watches the directory, lists and reads it |
//! | looking | there is no directory | unknown | looks again when it comes; in 10 s if nobody would tell |
//! | looking | all files were read | watching | puts them, removes what is not there, says `Synced`, then the restart count |
//! | watching | a file changed or went | reading | a job: reads those that changed |
//! | reading | they were read | watching | puts them, removes those that are gone |
//! | watching | `restarted` changed | watching | reads it 1 to 3 s later, or when it changes again, after all others |
//! | any | notices were lost, or the directory went | unknown | looks at once |
//!
//! While a job runs, changes gather by name, so that memory is bounded by the number of files. A file that an
//! agent of this node has still to write is not read: what is in memory is newer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::bus::files::{MAX_FILE_BYTES, MAX_TOTAL_BYTES, layout};
use crate::bus::wire::WireTrouble;
use crate::bus::wire::link::{RECHECK, next_multiple};
use crate::bus::{MAX_KEY_BYTES, MAX_KEYS, PublishError, TableId};
use crate::hal::{Scope, Storage, StorageError};
use crate::node::{Node, Trouble};
use crate::time::Mono;

/// How often a directory that is not there is looked for if nobody tells of its coming (spec/02, Timers).
pub const ABSENT: Duration = Duration::from_secs(10);

/// How much later than its file a restart is told: at least, and how much more at most (spec/02, Timers).
pub const RESTART_DELAY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(2));

/// What a job has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Watch the directory and read all of it.
    Look,
    /// Read these keys' files, and the restart count if it says so.
    Read {
        /// The keys.
        keys: BTreeSet<String>,
        /// Whether the restart count is due.
        restarted: bool,
    },
}

/// What a job found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// By key, the file's content; `None` if there is no file.
    pub files: BTreeMap<String, Result<Option<Vec<u8>>, StorageError>>,
    /// The restart count, if there is one.
    pub restarted: Option<u32>,
}

/// A table's directory.
#[derive(Debug)]
pub struct Folder {
    table: TableId,
    dir: PathBuf,
    /// What the job that runs was asked for, and the bus's version then.
    job: Option<(Work, u64)>,
    /// When to look at all of it; `None` while it is watched.
    look_at: Option<Mono>,
    /// Keys whose files have changed.
    changed: BTreeSet<String>,
    /// When to tell the restart.
    restart_at: Option<Mono>,
}

impl Folder {
    /// The directory of a table, to be looked at now.
    pub fn new(node: &mut Node, table: TableId, dir: PathBuf, now: Mono) -> Folder {
        node.claim_outside(table);
        Folder { table, dir, job: None, look_at: Some(now), changed: BTreeSet::new(), restart_at: None }
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A file of the directory was created, written, moved or removed.
    pub fn changed(&mut self, name: &str, now: Mono) {
        if name == layout::RESTARTED {
            // The one before is told at once.
            let (least, more) = RESTART_DELAY;
            let jitter = Duration::from_nanos(now.0 % more.as_nanos() as u64);
            self.restart_at = Some(if self.restart_at.is_some() { now } else { now + least + jitter });
        } else if let Some(key) = layout::key_of(name)
            && key.len() <= MAX_KEY_BYTES
        {
            self.changed.insert(key.to_owned());
            if self.changed.len() > MAX_KEYS {
                self.lost(now);
            }
        }
    }

    /// Notices were lost, the directory went, or it has appeared.
    pub fn lost(&mut self, now: Mono) {
        self.changed.clear();
        self.look_at = Some(now);
    }

    /// When something is due.
    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        if self.job.is_some() {
            return None;
        }
        let at_once = (!self.changed.is_empty()).then_some(now);
        [self.look_at, self.restart_at, at_once].into_iter().flatten().min()
    }

    /// What a job has to do now, one at a time.
    pub fn next_job(&mut self, node: &Node, now: Mono) -> Option<Work> {
        let due = |at: &Option<Mono>| at.is_some_and(|at| at <= now);
        if self.job.is_some() {
            return None;
        }
        let restarted = due(&self.restart_at);
        let work = if due(&self.look_at) {
            self.changed.clear();
            Work::Look
        } else if self.look_at.is_none() && (restarted || !self.changed.is_empty()) {
            Work::Read { keys: std::mem::take(&mut self.changed), restarted }
        } else {
            return None;
        };
        if restarted {
            self.restart_at = None;
        }
        self.look_at = None;
        self.job = Some((work.clone(), node.bus().latest_version()));
        Some(work)
    }

    /// The job found no directory, whose coming is told by [`lost`](Self::lost).
    pub fn absent(&mut self, now: Mono) {
        self.job = None;
        self.look_at.get_or_insert(next_multiple(now, RECHECK));
    }

    /// Takes in what the job found; `None` if there is no directory, or it cannot be read.
    pub fn done(&mut self, node: &mut Node, now: Mono, found: Option<Found>) {
        let Some((work, version)) = self.job.take() else { return };
        let Some(mut found) = found else {
            self.look_at = Some(now + ABSENT);
            return;
        };
        if work == Work::Look {
            let table = node.bus().table(self.table);
            for (key, _) in table.iter().filter(|(key, _)| key.len() <= MAX_KEY_BYTES && !key.contains('/')) {
                found.files.entry(key.to_string()).or_insert(Ok(None));
            }
        }
        for (key, content) in found.files {
            self.put(node, &key, content, version);
        }
        if !node.bus().table(self.table).open {
            node.open_any(self.table);
        }
        if let Some(count) = found.restarted {
            node.set_restarted_any(self.table, count);
        }
    }

    fn put(&self, node: &mut Node, key: &str, content: Result<Option<Vec<u8>>, StorageError>, before: u64) {
        if node.is_newer(self.table, key, before) {
            // When ours is written, there is a notice of it.
            return;
        }
        let what = match content {
            Ok(None) => return self.set(node, key, None),
            // Somebody has only begun to write it.
            Ok(Some(bytes)) if bytes.is_empty() => return,
            Ok(Some(bytes)) => match (node.bus().table(self.table).info.decode)(&bytes) {
                Ok(value) => return self.set(node, key, Some(value)),
                Err(why) => WireTrouble::BadValue { key: key.to_owned(), why },
            },
            Err(why) => WireTrouble::BadFile { key: key.to_owned(), why },
        };
        self.report(node, what);
    }

    fn set(&self, node: &mut Node, key: &str, value: Option<crate::bus::AnyValue>) {
        if let Err(PublishError::TableFull) = node.put_found(self.table, key, value) {
            self.report(node, WireTrouble::Full { key: key.to_owned() });
        }
    }

    fn report(&self, node: &mut Node, what: WireTrouble) {
        let table = node.bus().table(self.table).name;
        node.report(table.agent, Trouble::Wire { table, what });
    }
}

/// Reads what the work asks for; runs in a job. `None` if the directory cannot be read.
pub fn read(storage: &dyn Storage, scope: &Scope, dir: &Path, work: Work) -> Option<Found> {
    let (keys, restarted) = match work {
        Work::Read { keys, restarted } => (keys, restarted),
        Work::Look => {
            let entries = storage.list(scope, dir).ok()?;
            let files: Vec<&str> =
                entries.iter().filter(|entry| !entry.is_dir).map(|entry| entry.name.as_str()).collect();
            let keys = files.iter().filter_map(|name| layout::key_of(name));
            (keys.take(MAX_KEYS).map(str::to_owned).collect(), files.contains(&layout::RESTARTED))
        }
    };
    let mut found = Found::default();
    let mut room = MAX_TOTAL_BYTES;
    for key in keys {
        let path = dir.join(layout::file_name(&key));
        let content = match storage.read(scope, &path, MAX_FILE_BYTES.min(room)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(StorageError::NotFound(_)) => Ok(None),
            Err(why) => Err(why),
        };
        room -= content.as_ref().map_or(0, |bytes| bytes.as_ref().map_or(0, Vec::len));
        found.files.insert(key, content);
    }
    if restarted {
        found.restarted = restart_count(storage, scope, dir);
    }
    Some(found)
}

/// A count that cannot be read is 1: it was signalled (spec/02, Load). That its file went means nothing.
fn restart_count(storage: &dyn Storage, scope: &Scope, dir: &Path) -> Option<u32> {
    match storage.read(scope, &dir.join(layout::RESTARTED), 32) {
        Ok(text) => {
            Some(std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(1))
        }
        Err(StorageError::NotFound(_)) => None,
        Err(_) => Some(1),
    }
}
