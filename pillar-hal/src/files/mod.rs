//! Files that survive a power cut, written once over the primitives of a file system.
//!
//! [`Files`] is the [`Storage`] of the device (over [`linux::LinuxFs`](crate::linux::LinuxFs)) and of the
//! simulator (over [`sim::disk::SimFs`](crate::sim::disk::SimFs)), so that the simulated power cuts test the
//! code that runs on the device. No lock is held while a primitive runs.

mod bulk;
mod change;
mod dirs;
mod sink;

use std::path::Path;
use std::sync::atomic::AtomicU64;

use pillar_core::hal::{DirEntry, FileOp, MAX_DIR_ENTRIES, Scope, Space, Storage, StorageError};
use pillar_core::time::Wall;
pub use rustix::io::Errno;

pub use bulk::{BulkFs, FileStat};
pub(crate) use sink::Sink;

use bulk::Digests;
use change::Batch;
use dirs::Durable;

/// The primitives of a file system, with POSIX semantics.
pub trait Fs: Send + Sync {
    /// A file open for writing; closed when dropped.
    type File;

    /// Makes a file, mode 0600, that does not exist yet. Symbolic links are not followed.
    fn create(&self, path: &Path) -> Result<Self::File, Errno>;

    /// Appends a part of `data`, at least a byte, and says how much.
    fn write(&self, file: &mut Self::File, data: &[u8]) -> Result<usize, Errno>;

    /// Says when the content was last written; durable with the content.
    fn set_modified(&self, file: &Self::File, at: Wall) -> Result<(), Errno>;

    /// Makes the content of the file durable; its directory entry may not be.
    fn sync(&self, file: &Self::File) -> Result<(), Errno>;

    /// Gives the file a second name, which must not exist yet.
    fn link(&self, from: &Path, to: &Path) -> Result<(), Errno>;

    /// Moves a name within its directory, over what has the new name.
    fn rename(&self, from: &Path, to: &Path) -> Result<(), Errno>;

    /// Removes the name of a file.
    fn unlink(&self, path: &Path) -> Result<(), Errno>;

    /// Makes a directory, mode 0700.
    fn mkdir(&self, path: &Path) -> Result<(), Errno>;

    /// Makes the entries of the directory durable.
    fn sync_dir(&self, dir: &Path) -> Result<(), Errno>;

    /// The first `max` bytes of a regular file.
    fn read(&self, path: &Path, max: usize) -> Result<Vec<u8>, Errno>;

    /// When the content of a file was last written.
    fn modified(&self, path: &Path) -> Result<Wall, Errno>;

    /// At most `max` entries of the directory, in any order.
    fn list(&self, dir: &Path, max: usize) -> Result<Vec<DirEntry>, Errno>;

    /// What the directory stands on.
    fn volume(&self, dir: &Path) -> Result<Volume, Errno>;
}

/// A directory and the file system that it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Which file system: differs from the parent's at a mount point.
    pub device: u64,
    /// Which directory of the file system: its inode number.
    pub inode: u64,
    /// Whether the file system ends with power (a tmpfs), so that nothing is synced.
    pub volatile: bool,
    /// Room on it.
    pub space: Space,
}

/// [`Storage`] over the primitives of a file system.
pub struct Files<F> {
    fs: F,
    /// Directories whose own entries are known to be durable.
    durable: Durable,
    /// Number of the next temporary file.
    next_temp: AtomicU64,
    /// Digests of large files.
    digests: Digests,
}

/// A primitive that failed.
#[derive(Clone, Copy, Debug)]
struct Failed {
    call: &'static str,
    errno: Errno,
}

/// How often an interrupted primitive is tried again before its `EINTR` counts as an error.
const MAX_INTERRUPTIONS: u32 = 100;

impl<F: Fs> Files<F> {
    /// Storage on the file system.
    pub fn new(fs: F) -> Self {
        Files { fs, durable: Durable::default(), next_temp: AtomicU64::new(0), digests: Digests::default() }
    }

    /// Runs a primitive, again if a signal interrupted it, and names it in the error.
    fn call<R>(
        &self,
        call: &'static str,
        mut primitive: impl FnMut(&F) -> Result<R, Errno>,
    ) -> Result<R, Failed> {
        for _ in 0..MAX_INTERRUPTIONS {
            match primitive(&self.fs) {
                Err(Errno::INTR) => {}
                done => return done.map_err(|errno| Failed { call, errno }),
            }
        }
        Err(Failed { call, errno: Errno::INTR })
    }

    /// The error of a change that needed `need` bytes.
    fn change_error(&self, path: &Path, need: usize, failed: Failed) -> StorageError {
        if failed.errno != Errno::NOSPC && failed.errno != Errno::DQUOT {
            return io_error(path, failed);
        }
        let free = self.nearest_volume(path).map_or(0, |volume| volume.space.free);
        StorageError::NoSpace { path: path.into(), need: need as u64, free }
    }

    /// The volume of `path` or of its nearest parent that exists and is a directory.
    fn nearest_volume(&self, path: &Path) -> Result<Volume, Failed> {
        let mut found = self.call("statfs", |fs| fs.volume(path));
        for dir in path.ancestors().skip(1) {
            match found {
                Err(Failed { errno: Errno::NOENT | Errno::NOTDIR, .. }) if dir != Path::new("") => {
                    found = self.call("statfs", |fs| fs.volume(dir));
                }
                _ => break,
            }
        }
        found
    }
}

impl<F: Fs> Storage for Files<F> {
    fn apply(&self, scope: &Scope, ops: &[FileOp]) -> Vec<Result<(), StorageError>> {
        let mut batch = Batch::default();
        let mut results = Vec::with_capacity(ops.len());
        for (index, op) in ops.iter().enumerate() {
            if scope.cancelled() {
                results.push(Err(StorageError::Cancelled));
                continue;
            }
            results.push(self.change(op, index, &mut batch));
        }
        self.settle(batch, ops, &mut results);
        results
    }

    fn read(&self, scope: &Scope, path: &Path, limit: usize) -> Result<Vec<u8>, StorageError> {
        check(scope)?;
        let data = self
            .call("read", |fs| fs.read(path, limit.saturating_add(1)))
            .map_err(|e| read_error(path, e))?;
        if data.len() > limit {
            return Err(StorageError::TooLarge { path: path.into(), limit });
        }
        Ok(data)
    }

    fn list(&self, scope: &Scope, dir: &Path) -> Result<Vec<DirEntry>, StorageError> {
        check(scope)?;
        let mut entries =
            self.call("readdir", |fs| fs.list(dir, MAX_DIR_ENTRIES + 1)).map_err(|e| read_error(dir, e))?;
        if entries.len() > MAX_DIR_ENTRIES {
            return Err(StorageError::TooLarge { path: dir.into(), limit: MAX_DIR_ENTRIES });
        }
        entries.sort_unstable();
        Ok(entries)
    }

    fn modified(&self, scope: &Scope, path: &Path) -> Result<Wall, StorageError> {
        check(scope)?;
        self.call("stat", |fs| fs.modified(path)).map_err(|e| read_error(path, e))
    }

    fn copy(&self, scope: &Scope, from: &Path, to: &Path, limit: usize) -> Result<(), StorageError> {
        // Whoever replaces `from` meanwhile makes the copy younger than it is at most, never older.
        let data = self.read(scope, from, limit)?;
        let modified = self.modified(scope, from)?;
        self.put_dated(to, &data, modified)
    }

    fn space(&self, scope: &Scope, path: &Path) -> Result<Space, StorageError> {
        check(scope)?;
        self.nearest_volume(path).map(|volume| volume.space).map_err(|e| read_error(path, e))
    }
}

fn check(scope: &Scope) -> Result<(), StorageError> {
    if scope.cancelled() { Err(StorageError::Cancelled) } else { Ok(()) }
}

fn read_error(path: &Path, failed: Failed) -> StorageError {
    match failed.errno {
        Errno::NOENT | Errno::NOTDIR => StorageError::NotFound(path.into()),
        _ => io_error(path, failed),
    }
}

fn io_error(path: &Path, failed: Failed) -> StorageError {
    StorageError::Io { path: path.into(), call: failed.call, errno: failed.errno.raw_os_error() }
}
