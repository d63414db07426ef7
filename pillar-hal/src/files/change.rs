//! One change to one file, such that a power cut at any instant leaves the old or the new content, complete.
//!
//! A file system may keep any part of what was not synced, in any order. So content is synced before it gets
//! its name, and every change of names leaves a right state whichever others are lost with it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::Ordering;

use pillar_core::hal::{FileOp, StorageError, backup_of, is_temp_name};
use pillar_core::time::Wall;

use super::{Errno, Failed, Files, Fs, io_error};

/// What a batch knows of its directories.
#[derive(Default)]
pub(super) struct Batch<'a> {
    /// Directories that are there and durable, and whether they are volatile.
    prepared: BTreeMap<&'a Path, bool>,
    /// The changes that wait for the sync of their directory.
    waiting: BTreeMap<&'a Path, Vec<usize>>,
}

/// How many names of temporary files, left by earlier power cuts, a write passes over.
const MAX_TEMP_NAMES: u32 = 10_000;

impl<F: Fs> Files<F> {
    /// Carries out one change up to the sync of its directory, for which the batch notes it.
    pub(super) fn change<'a>(
        &self,
        op: &'a FileOp,
        index: usize,
        batch: &mut Batch<'a>,
    ) -> Result<(), StorageError> {
        let dir = directory_of(op.path())?;
        let (done, need) = match op {
            FileOp::Replace { path, data, backup } => {
                (self.replace(path, dir, data, *backup, batch), data.len())
            }
            FileOp::Remove { path } => (self.remove(path, dir, batch), 0),
        };
        match done {
            Ok(true) => batch.waiting.entry(dir).or_default().push(index),
            Ok(false) => {}
            Err(failed) => return Err(self.change_error(op.path(), need, failed)),
        }
        Ok(())
    }

    /// Makes the changes of a batch durable: one sync for each directory.
    pub(super) fn settle(&self, batch: Batch<'_>, ops: &[FileOp], results: &mut [Result<(), StorageError>]) {
        for (dir, waiting) in batch.waiting {
            let Err(failed) = self.call("fsync directory", |fs| fs.sync_dir(dir)) else { continue };
            for index in waiting {
                results[index] = Err(self.change_error(ops[index].path(), 0, failed));
            }
        }
    }

    /// Whether the directory is to be synced.
    fn replace<'a>(
        &self,
        path: &Path,
        dir: &'a Path,
        data: &[u8],
        backup: bool,
        batch: &mut Batch<'a>,
    ) -> Result<bool, Failed> {
        let volatile = if let Some(volatile) = batch.prepared.get(dir) {
            *volatile
        } else {
            let volatile = self.prepare(dir)?.volatile;
            batch.prepared.insert(dir, volatile);
            volatile
        };
        let renamed = match self.replace_once(path, dir, data, backup, volatile) {
            // Another process that has just started took our temporary file for what a power cut left.
            Err(Failed { call: "rename", errno: Errno::NOENT }) => {
                self.replace_once(path, dir, data, backup, volatile)
            }
            renamed => renamed,
        };
        renamed.map(|()| !volatile)
    }

    fn replace_once(
        &self,
        path: &Path,
        dir: &Path,
        data: &[u8],
        backup: bool,
        volatile: bool,
    ) -> Result<(), Failed> {
        let temp = self.write_temp(dir, data, None, volatile)?;
        if backup {
            self.keep_backup(path, dir);
        }
        let renamed = self.call("rename", |fs| fs.rename(&temp, path));
        if renamed.is_err() {
            self.discard(&temp);
        }
        renamed
    }

    /// Replaces a file, durable on return, and gives it a date.
    pub(super) fn put_dated(&self, path: &Path, data: &[u8], modified: Wall) -> Result<(), StorageError> {
        let dir = directory_of(path)?;
        let put = || {
            let volatile = self.prepare(dir)?.volatile;
            let temp = self.write_temp(dir, data, Some(modified), volatile)?;
            if let Err(failed) = self.call("rename", |fs| fs.rename(&temp, path)) {
                self.discard(&temp);
                return Err(failed);
            }
            if volatile { Ok(()) } else { self.call("fsync directory", |fs| fs.sync_dir(dir)) }
        };
        put().map_err(|failed| self.change_error(path, data.len(), failed))
    }

    /// A new file with the content, synced; of now, unless it is given a date.
    fn write_temp(
        &self,
        dir: &Path,
        data: &[u8],
        modified: Option<Wall>,
        volatile: bool,
    ) -> Result<PathBuf, Failed> {
        let (temp, mut file) = self.new_temp(dir, F::create, "create")?;
        let written = self.write_all(&mut file, data).and_then(|()| match modified {
            Some(at) => self.call("futimens", |fs| fs.set_modified(&file, at)),
            None => Ok(()),
        });
        let synced =
            written.and_then(|()| if volatile { Ok(()) } else { self.call("fsync", |fs| fs.sync(&file)) });
        drop(file);
        match synced {
            Ok(()) => Ok(temp),
            Err(failed) => {
                self.discard(&temp);
                Err(failed)
            }
        }
    }

    pub(super) fn write_all(&self, file: &mut F::File, mut data: &[u8]) -> Result<(), Failed> {
        while !data.is_empty() {
            let count = self.call("write", |fs| fs.write(file, data))?;
            if count == 0 {
                return Err(Failed { call: "write", errno: Errno::IO });
            }
            data = data.get(count..).unwrap_or(&[]);
        }
        Ok(())
    }

    /// Attempts something with the first temporary name that is free.
    fn new_temp<R>(
        &self,
        dir: &Path,
        attempt: impl Fn(&F, &Path) -> Result<R, Errno>,
        call: &'static str,
    ) -> Result<(PathBuf, R), Failed> {
        for _ in 0..MAX_TEMP_NAMES {
            let temp = dir.join(format!("tmp{}", self.next_temp.fetch_add(1, Ordering::Relaxed)));
            match self.call(call, |fs| attempt(fs, &temp)) {
                Err(Failed { errno: Errno::EXIST, .. }) => {}
                Err(failed) => return Err(failed),
                Ok(made) => return Ok((temp, made)),
            }
        }
        Err(Failed { call, errno: Errno::EXIST })
    }

    /// The file as it is gets its backup's name too: no content is copied, nothing more is synced. A backup
    /// that cannot be made is only logged (spec/02, Atomic write).
    fn keep_backup(&self, path: &Path, dir: &Path) {
        let linked = self.new_temp(dir, |fs, temp| fs.link(path, temp), "link");
        let failed = match linked {
            Err(Failed { errno: Errno::NOENT, .. }) => return,
            Err(failed) => failed,
            Ok((temp, ())) => {
                let renamed = self.call("rename", |fs| fs.rename(&temp, &backup_of(path)));
                // A rename onto another name of the same file does nothing (POSIX), so the name may still be
                // there: the backup of an update of which a power cut left only the backup.
                self.discard(&temp);
                let Err(failed) = renamed else { return };
                failed
            }
        };
        log::warn!("{}: no backup: {} failed: {}", path.display(), failed.call, failed.errno);
    }

    /// Whether the directory is to be synced. The file first becomes its own backup and then goes: were an
    /// older `.bak` back after a power cut, without the file, an older value would be restored from it.
    fn remove(&self, path: &Path, dir: &Path, batch: &Batch<'_>) -> Result<bool, Failed> {
        let volatile = match batch.prepared.get(dir) {
            Some(volatile) => *volatile,
            None => match self.call("statfs", |fs| fs.volume(dir)) {
                Err(Failed { errno: Errno::NOENT | Errno::NOTDIR, .. }) => return Ok(false),
                volume => volume?.volatile,
            },
        };
        if self.call("stat", |fs| fs.volume(path)).is_ok() {
            return Err(Failed { call: "unlink", errno: Errno::ISDIR });
        }
        if path.file_name().and_then(OsStr::to_str).is_some_and(is_temp_name) {
            // Has no backup, and must not leave one.
            self.remove_name(path)?;
            return Ok(!volatile);
        }
        let backup = backup_of(path);
        match self.call("rename", |fs| fs.rename(path, &backup)) {
            // No file, or no backup of a name so long.
            Ok(()) | Err(Failed { errno: Errno::NOENT | Errno::NAMETOOLONG, .. }) => {}
            Err(failed) => return Err(failed),
        }
        // A rename onto another name of the same file does nothing (POSIX), so both names may be there.
        self.remove_name(path)?;
        self.remove_name(&backup)?;
        Ok(!volatile)
    }

    fn remove_name(&self, path: &Path) -> Result<(), Failed> {
        match self.call("unlink", |fs| fs.unlink(path)) {
            Err(Failed { errno: Errno::NOENT | Errno::NAMETOOLONG, .. }) => Ok(()),
            done => done,
        }
    }

    /// Removes a temporary file as far as possible; what stays is swept by its directory's owner.
    fn discard(&self, temp: &Path) {
        let _ = self.call("unlink", |fs| fs.unlink(temp));
    }
}

/// The directory of a file that may be changed: paths that climb are refused.
pub(super) fn directory_of(path: &Path) -> Result<&Path, StorageError> {
    let climbs = path.components().any(|part| part == Component::ParentDir);
    match path.parent() {
        Some(dir) if !climbs && dir != Path::new("") && path.file_name().is_some() => Ok(dir),
        _ => Err(io_error(path, Failed { call: "path", errno: Errno::INVAL })),
    }
}
