//! Reads back at start what the files hold, by EVE's rules (spec/02, Activation, load and recovery).
//!
//! Bytes only: their types are known when an agent declares or follows the table. A persistent value that is
//! missing, empty or no JSON comes back from its `.bak`. No value is removed; temporary files of our own tables are,
//! which writes left that a power cut or a kill ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::layout::{GLOBAL_DIR, Layout, RESTARTED, key_of};
use crate::bus::{MAX_KEYS, TableName};
use crate::hal::{FileOp, Scope, Storage, StorageError, is_temp_name};
use crate::node::AgentName;

/// The longest value file. The largest values hold several large fields of up to 1 MiB.
pub const MAX_FILE_BYTES: usize = 8 << 20;

/// The most that is read at start, all tables together.
pub const MAX_TOTAL_BYTES: usize = 256 << 20;

/// What the files of a table hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawTable {
    /// Values by key.
    pub values: BTreeMap<String, RawValue>,
    /// The restart count, if it was signalled.
    pub restarted: Option<u32>,
    /// Keys that could not be read, and why.
    pub problems: Vec<(String, String)>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawValue {
    /// Its JSON form.
    pub bytes: Vec<u8>,
    /// Whether it came from the `.bak`, so that the file proper must be written again.
    pub restored: bool,
}

/// What all files hold: by persistence, agent, scope and topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    tables: BTreeMap<Place, RawTable>,
    total: usize,
}

type Place = (bool, String, String, String);

impl Loaded {
    /// Takes the content of a table out.
    pub fn take(&mut self, table: &TableName, persistent: bool) -> Option<RawTable> {
        let agent = if table.agent.0.is_empty() { GLOBAL_DIR } else { table.agent.0 };
        self.tables.remove(&(persistent, agent.to_owned(), table.scope.to_owned(), table.topic.to_owned()))
    }

    /// All tables: persistence, agent, scope, topic.
    pub fn tables(&self) -> impl Iterator<Item = (&(bool, String, String, String), &RawTable)> {
        self.tables.iter()
    }
}

/// Reads all persistent tables, the tables of `agents` and the global ones, and sweeps the tables of `agents`. Call it
/// before anything writes to them.
///
/// A directory that is not there is empty; one that cannot be read is an error, since starting with half of
/// the state would lose the other half.
pub fn read(
    storage: &dyn Storage,
    scope: &Scope,
    layout: &Layout,
    agents: &[AgentName],
) -> Result<Loaded, StorageError> {
    let mut loaded = Loaded::default();
    let mut reader = Reader { storage, scope, loaded: &mut loaded, ours: false, left: Vec::new() };
    for agent in directories(storage, scope, &layout.status())? {
        // Others may be writing theirs just now.
        reader.ours = agents.iter().any(|ours| ours.0 == agent);
        reader.agent(true, &layout.status(), &agent)?;
    }
    for agent in agents.iter().map(|agent| agent.0).chain([GLOBAL_DIR]) {
        reader.ours = agent != GLOBAL_DIR;
        reader.agent(false, &layout.run, agent)?;
    }
    let sweep: Vec<FileOp> = reader.left.into_iter().map(|path| FileOp::Remove { path }).collect();
    // What cannot be removed now is in nobody's way until the next start.
    storage.apply(scope, &sweep);
    Ok(loaded)
}

/// Where single files of agents are, below `/persist` and in it.
const SINGLE_FILES: [&str; 3] = ["", "status", "checkpoint"];

/// Removes what a power cut left half written beside single files, which no table has. Called at the start of a device's
/// zedbox, before anything writes.
pub fn sweep(storage: &dyn Storage, scope: &Scope, layout: &Layout) {
    let mut left = Vec::new();
    for dir in SINGLE_FILES.map(|dir| layout.persist.join(dir)) {
        let files = storage.list(scope, &dir).unwrap_or_default();
        let half = files.into_iter().filter(|file| !file.is_dir && is_temp_name(&file.name));
        left.extend(half.map(|file| FileOp::Remove { path: dir.join(file.name) }));
    }
    // What cannot be removed now is in nobody's way until the next start.
    storage.apply(scope, &left);
}

fn directories(storage: &dyn Storage, scope: &Scope, dir: &Path) -> Result<Vec<String>, StorageError> {
    match storage.list(scope, dir) {
        Ok(entries) => Ok(entries.into_iter().filter(|entry| entry.is_dir).map(|entry| entry.name).collect()),
        Err(StorageError::NotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

struct Reader<'r> {
    storage: &'r dyn Storage,
    scope: &'r Scope,
    loaded: &'r mut Loaded,
    /// Whether the tables that are read now are those of our own agents.
    ours: bool,
    /// Temporary files of our own tables.
    left: Vec<PathBuf>,
}

impl Reader<'_> {
    /// The tables of one agent; a directory in a table's place that holds directories is a scope.
    fn agent(&mut self, persistent: bool, root: &Path, agent: &str) -> Result<(), StorageError> {
        let dir = root.join(agent);
        for first in directories(self.storage, self.scope, &dir)? {
            let path = dir.join(&first);
            let topics = directories(self.storage, self.scope, &path)?;
            let table = self.table(persistent, &path)?;
            if topics.is_empty() || !table.values.is_empty() {
                let place = (persistent, agent.to_owned(), String::new(), first.clone());
                self.loaded.tables.insert(place, table);
            }
            for topic in topics {
                let table = self.table(persistent, &path.join(&topic))?;
                let place = (persistent, agent.to_owned(), first.clone(), topic);
                self.loaded.tables.insert(place, table);
            }
        }
        Ok(())
    }

    fn table(&mut self, persistent: bool, dir: &Path) -> Result<RawTable, StorageError> {
        let mut table = RawTable::default();
        let entries = self.storage.list(self.scope, dir)?;
        let files = entries.iter().filter(|entry| !entry.is_dir).map(|entry| entry.name.as_str());
        let mut keys: BTreeMap<&str, bool> = BTreeMap::new();
        for file in files {
            if file == RESTARTED {
                table.restarted = Some(self.restarted(&dir.join(file)));
            } else if let Some(key) = key_of(file) {
                keys.entry(key).or_default();
            } else if let Some(key) = file.strip_suffix(".bak").and_then(key_of).filter(|_| persistent) {
                keys.insert(key, true);
            } else if self.ours && is_temp_name(file) {
                self.left.push(dir.join(file));
            }
        }
        for (key, backup) in keys.into_iter().take(MAX_KEYS) {
            match self.value(dir, key, backup) {
                Ok(Some(value)) => {
                    table.values.insert(key.to_owned(), value);
                }
                Ok(None) => {}
                Err(why) => table.problems.push((key.to_owned(), why)),
            }
        }
        Ok(table)
    }

    /// A count that cannot be read is 1: it was signalled (spec/02, Load).
    fn restarted(&self, path: &Path) -> u32 {
        let text = self.storage.read(self.scope, path, 32).unwrap_or_default();
        std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(1)
    }

    fn value(&mut self, dir: &Path, key: &str, backup: bool) -> Result<Option<RawValue>, String> {
        let path = dir.join(super::layout::file_name(key));
        let problem = match self.json(&path)? {
            Ok(bytes) => return Ok(Some(RawValue { bytes, restored: false })),
            Err(problem) => problem,
        };
        if backup && let Ok(bytes) = self.json(&path.with_added_extension("bak"))? {
            return Ok(Some(RawValue { bytes, restored: true }));
        }
        match problem {
            NoJson::Absent => Ok(None),
            NoJson::Bad(why) => Err(why),
        }
    }

    /// The file's bytes, if they are a JSON document; the outer error ends the key.
    fn json(&mut self, path: &Path) -> Result<Result<Vec<u8>, NoJson>, String> {
        let room = MAX_TOTAL_BYTES - self.loaded.total;
        let bytes = match self.storage.read(self.scope, path, MAX_FILE_BYTES.min(room)) {
            Ok(bytes) => bytes,
            Err(StorageError::NotFound(_)) => return Ok(Err(NoJson::Absent)),
            Err(error) => return Err(error.to_string()),
        };
        if bytes.is_empty() {
            return Ok(Err(NoJson::Absent));
        }
        if let Err(error) = serde_json::from_slice::<IgnoredAny>(&bytes) {
            return Ok(Err(NoJson::Bad(format!("{}: {error}", path.display()))));
        }
        self.loaded.total += bytes.len();
        Ok(Ok(bytes))
    }
}

enum NoJson {
    Absent,
    Bad(String),
}
