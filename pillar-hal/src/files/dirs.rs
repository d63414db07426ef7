//! Directories that survive a power cut: a file is durable only if every directory above it is.
//!
//! A directory that is there may still be lost, when its maker crashed or failed before the sync, so the
//! entries of a path are synced when it is first used, up to the mount point, and remembered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Errno, Failed, Files, Fs, Volume};

/// Directories remembered as durable; with more, all are forgotten, at the price of a few syncs.
const MAX_KNOWN: usize = 4096;

/// The directories whose entry, and those above, are known to be durable: device and inode by path, since a
/// directory may be replaced by another and a path covered by a mount.
#[derive(Default)]
pub(super) struct Durable(Mutex<BTreeMap<PathBuf, (u64, u64)>>);

impl Durable {
    fn knows(&self, dir: &Path, volume: &Volume) -> bool {
        self.map().get(dir) == Some(&(volume.device, volume.inode))
    }

    fn remember(&self, dir: &Path, volume: &Volume) {
        let mut map = self.map();
        if map.len() >= MAX_KNOWN {
            map.clear();
        }
        map.insert(dir.into(), (volume.device, volume.inode));
    }

    fn map(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, (u64, u64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Fs> Files<F> {
    /// Sees to it that the directory is there and, unless its volume is volatile, survives a power cut.
    pub(super) fn prepare(&self, dir: &Path) -> Result<Volume, Failed> {
        let volume = match self.call("statfs", |fs| fs.volume(dir)) {
            Err(Failed { errno: Errno::NOENT, .. }) => self.make(dir)?,
            found => found?,
        };
        if volume.volatile || self.durable.knows(dir, &volume) {
            return Ok(volume);
        }
        if let Some(parent) = dir.parent().filter(|parent| *parent != Path::new("")) {
            let above = self.prepare(parent)?;
            if above.device == volume.device {
                self.sync_entry(parent)?;
            }
        }
        self.durable.remember(dir, &volume);
        Ok(volume)
    }

    /// Makes a directory that is missing, and those above it.
    fn make(&self, dir: &Path) -> Result<Volume, Failed> {
        if let Some(parent) = dir.parent().filter(|parent| *parent != Path::new("")) {
            self.prepare(parent)?;
        }
        match self.call("mkdir", |fs| fs.mkdir(dir)) {
            Err(Failed { errno: Errno::EXIST, .. }) | Ok(()) => self.call("statfs", |fs| fs.volume(dir)),
            Err(failed) => Err(failed),
        }
    }

    /// Syncs the entries of a directory above. One that we may not open, or that has nothing to sync, has no entry of
    /// ours to lose. A file system that says it is read-only has: it is one that broke (ext4 after an error).
    fn sync_entry(&self, parent: &Path) -> Result<(), Failed> {
        match self.call("fsync directory", |fs| fs.sync_dir(parent)) {
            Err(Failed { errno: Errno::ACCESS | Errno::INVAL, .. }) => Ok(()),
            done => done,
        }
    }
}
