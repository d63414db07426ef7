//! A directory with one file for each key, for content that is made elsewhere and handed on by its path, such as
//! that of patch envelopes (spec/02, persistcache). Called by jobs.
//!
//! Nothing is kept in memory: the kernel keeps files that are read often. An equal value is not written again.
//! A key never leads out of the directory.

use std::fmt;
use std::path::PathBuf;

use crate::hal::{FileOp, Hal, Scope, StorageError, is_temp_name};

/// The longest value in bytes.
pub const MAX_VALUE: usize = 64 << 20;

/// The longest key in bytes: with the ending of a backup it is still a file name.
pub const MAX_KEY: usize = 251;

/// The ending of files that [`Storage`](crate::hal::Storage) makes and removes by itself.
const BACKUP: &str = ".bak";

/// A directory of values.
#[derive(Clone, Debug)]
pub struct PersistCache {
    dir: PathBuf,
}

/// Why a value cannot be put or got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheError {
    /// The key cannot be the name of a file of ours.
    BadKey(String),
    /// A value must not be empty.
    Empty,
    /// The directory or the file failed.
    Storage(StorageError),
}

impl PersistCache {
    /// The cache in a directory, which is made when something is put there.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        PersistCache { dir: dir.into() }
    }

    /// Where a key's value is, or would be.
    pub fn path(&self, key: &str) -> Result<PathBuf, CacheError> {
        let climbs = matches!(key, "" | "." | "..");
        let is_bad = climbs || key.len() > MAX_KEY || key.contains(['/', '\0']) || is_foreign(key);
        if is_bad {
            Err(CacheError::BadKey(key.chars().take(MAX_KEY).collect()))
        } else {
            Ok(self.dir.join(key))
        }
    }

    /// Puts a value and gives its path. On return it survives a power cut.
    pub fn put(&self, hal: &Hal, scope: &Scope, key: &str, value: &[u8]) -> Result<PathBuf, CacheError> {
        let path = self.path(key)?;
        if value.is_empty() {
            return Err(CacheError::Empty);
        }
        if value.len() > MAX_VALUE {
            return Err(StorageError::TooLarge { path, limit: MAX_VALUE }.into());
        }
        let is_there = hal.storage.read(scope, &path, value.len()).is_ok_and(|before| before == value);
        if !is_there {
            hal.storage.replace(scope, &path, value)?;
        }
        Ok(path)
    }

    /// The value of a key.
    pub fn get(&self, hal: &Hal, scope: &Scope, key: &str) -> Result<Vec<u8>, CacheError> {
        Ok(hal.storage.read(scope, &self.path(key)?, MAX_VALUE)?)
    }

    /// Removes a key; an error if it is not there.
    pub fn delete(&self, hal: &Hal, scope: &Scope, key: &str) -> Result<(), CacheError> {
        let path = self.path(key)?;
        hal.storage.modified(scope, &path)?;
        Ok(remove(hal, scope, vec![path])?)
    }

    /// All keys, in order.
    pub fn keys(&self, hal: &Hal, scope: &Scope) -> Result<Vec<String>, CacheError> {
        let entries = match hal.storage.list(scope, &self.dir) {
            Err(StorageError::NotFound(_)) => return Ok(Vec::new()),
            entries => entries?,
        };
        let keys = entries.into_iter().filter(|entry| !entry.is_dir).map(|entry| entry.name);
        Ok(keys.filter(|name| self.path(name).is_ok()).collect())
    }

    /// Removes the keys that `keep` does not want, and what a power cut left half written. Called at start, before
    /// anything is put.
    pub fn sweep(&self, hal: &Hal, scope: &Scope, keep: impl Fn(&str) -> bool) -> Result<(), CacheError> {
        let entries = match hal.storage.list(scope, &self.dir) {
            Err(StorageError::NotFound(_)) => return Ok(()),
            entries => entries?,
        };
        let names = entries.into_iter().filter(|entry| !entry.is_dir).map(|entry| entry.name);
        let unwanted = names.filter(|name| is_temp_name(name) || self.path(name).is_ok() && !keep(name));
        Ok(remove(hal, scope, unwanted.map(|name| self.dir.join(name)).collect())?)
    }
}

/// Whether a name is one of those that storage makes by itself.
fn is_foreign(name: &str) -> bool {
    is_temp_name(name) || name.ends_with(BACKUP)
}

fn remove(hal: &Hal, scope: &Scope, paths: Vec<PathBuf>) -> Result<(), StorageError> {
    let removals: Vec<FileOp> = paths.into_iter().map(|path| FileOp::Remove { path }).collect();
    hal.storage.apply(scope, &removals).into_iter().collect()
}

impl From<StorageError> for CacheError {
    fn from(why: StorageError) -> Self {
        CacheError::Storage(why)
    }
}

impl fmt::Display for CacheError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CacheError::BadKey(key) => write!(f, "{key:?} cannot be the key of a file"),
            CacheError::Empty => f.write_str("an empty value is not kept"),
            CacheError::Storage(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for CacheError {}
