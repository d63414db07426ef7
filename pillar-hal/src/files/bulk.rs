//! Large files over the primitives of a file system: [`Content`] for the device and the simulator alike, and the
//! memory of digests that were computed while files were written.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pillar_core::hal::{Content, Digest, Scope, Sha256, StorageError};
use pillar_core::time::Wall;
use ring::digest::{Context, SHA256};

use super::change::directory_of;
use super::{Errno, Failed, Files, Fs, check, read_error};

/// Bytes that are read, or copied, with one call.
pub(super) const CHUNK: usize = 1 << 20;

/// The most digests that are remembered; with more, the oldest files' go, at the price of reading them.
const MAX_DIGESTS: usize = 1024;

/// How deep directories are looked into.
const MAX_DEPTH: u32 = 32;

/// What primitives large files need beyond those of small ones.
pub trait BulkFs: Fs {
    /// A file open for reading; closed when dropped.
    type Reader;

    /// Opens a regular file for reading. Symbolic links are not followed.
    fn open(&self, path: &Path) -> Result<Self::Reader, Errno>;

    /// Opens a regular file to write at its end. Symbolic links are not followed.
    fn open_end(&self, path: &Path) -> Result<Self::File, Errno>;

    /// Reads a part of a file; 0 at its end.
    fn read_at(&self, file: &Self::Reader, at: u64, buf: &mut [u8]) -> Result<usize, Errno>;

    /// Appends a part of another file, at most `max` bytes, and says how much; 0 at its end.
    fn copy_from(
        &self,
        from: &Self::Reader,
        at: u64,
        to: &mut Self::File,
        max: usize,
    ) -> Result<usize, Errno>;

    /// Drops what of a file is beyond `size` bytes.
    fn truncate(&self, file: &Self::File, size: u64) -> Result<(), Errno>;

    /// Which regular file has this name.
    fn stat(&self, path: &Path) -> Result<FileStat, Errno>;
}

/// A regular file and when it last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileStat {
    /// Its file system.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: Wall,
}

/// Digests of files as they were written, in this process.
#[derive(Default)]
pub(super) struct Digests(Mutex<BTreeMap<FileStat, Sha256>>);

impl Digests {
    fn map(&self) -> MutexGuard<'_, BTreeMap<FileStat, Sha256>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn remember(&self, stat: FileStat, sha256: Sha256) {
        let mut map = self.map();
        if map.len() >= MAX_DIGESTS
            && let Some(oldest) = map.keys().min_by_key(|stat| stat.modified).copied()
        {
            map.remove(&oldest);
        }
        map.insert(stat, sha256);
    }

    fn find(&self, stat: &FileStat) -> Option<Sha256> {
        self.map().get(stat).copied()
    }
}

pub(super) fn sha256_of(context: Context) -> Sha256 {
    let mut sha256 = Sha256::default();
    sha256.copy_from_slice(context.finish().as_ref());
    sha256
}

impl<F: BulkFs> Files<F> {
    /// Feeds the first `size` bytes of a file to a digest.
    pub(super) fn hash(
        &self,
        scope: &Scope,
        path: &Path,
        size: u64,
        context: &mut Context,
    ) -> Result<u64, StorageError> {
        let file = self.call("open", |fs| fs.open(path)).map_err(|e| read_error(path, e))?;
        let mut buf = vec![0; CHUNK];
        let mut at = 0;
        while at < size {
            check(scope)?;
            let most = usize::try_from(size - at).map_or(CHUNK, |left| left.min(CHUNK));
            let count = self.call("read", |fs| fs.read_at(&file, at, &mut buf[..most]));
            match count.map_err(|e| read_error(path, e))? {
                0 => break,
                count => {
                    context.update(&buf[..count]);
                    at += count as u64;
                }
            }
        }
        Ok(at)
    }

    /// A new, empty file with a durable name, in place of what has it.
    pub(super) fn new_file(&self, path: &Path) -> Result<F::File, StorageError> {
        let dir = directory_of(path)?;
        let make = || {
            let volume = self.prepare(dir)?;
            self.remove_old(path)?;
            let file = self.call("create", |fs| fs.create(path))?;
            self.sync_names(dir, volume.volatile)?;
            Ok(file)
        };
        make().map_err(|failed| self.change_error(path, 0, failed))
    }

    fn remove_old(&self, path: &Path) -> Result<(), Failed> {
        match self.call("unlink", |fs| fs.unlink(path)) {
            Ok(()) | Err(Failed { errno: Errno::NOENT, .. }) => Ok(()),
            Err(failed) => Err(failed),
        }
    }

    fn sync_names(&self, dir: &Path, volatile: bool) -> Result<(), Failed> {
        if volatile { Ok(()) } else { self.call("fsync directory", |fs| fs.sync_dir(dir)) }
    }

    fn second_name(&self, from: &Path, to: &Path) -> Result<bool, StorageError> {
        directory_of(from)?;
        let dir = directory_of(to)?;
        self.call("stat", |fs| fs.stat(from)).map_err(|e| read_error(from, e))?;
        let link = || {
            let volume = self.prepare(dir)?;
            self.remove_old(to)?;
            self.call("link", |fs| fs.link(from, to))?;
            self.sync_names(dir, volume.volatile)?;
            Ok(volume.volatile)
        };
        link().map_err(|failed| self.change_error(to, 0, failed))
    }

    fn usage_below(&self, scope: &Scope, dir: &Path, depth: u32) -> Result<u64, StorageError> {
        let entries = match pillar_core::hal::Storage::list(self, scope, dir) {
            Err(StorageError::NotFound(_)) => return Ok(0),
            entries => entries?,
        };
        let mut used = 0_u64;
        for entry in entries {
            let path = dir.join(&entry.name);
            used += match entry.is_dir {
                true if depth == 0 => 0,
                true => self.usage_below(scope, &path, depth - 1)?,
                // Gone meanwhile, or no regular file: takes nothing.
                false => self.call("stat", |fs| fs.stat(&path)).map_or(0, |stat| stat.size),
            };
        }
        Ok(used)
    }
}

impl<F: BulkFs> Content for Files<F> {
    fn size(&self, scope: &Scope, path: &Path) -> Result<u64, StorageError> {
        check(scope)?;
        self.call("stat", |fs| fs.stat(path)).map(|stat| stat.size).map_err(|e| read_error(path, e))
    }

    fn digest(&self, scope: &Scope, path: &Path) -> Result<Digest, StorageError> {
        check(scope)?;
        let stat = self.call("stat", |fs| fs.stat(path)).map_err(|e| read_error(path, e))?;
        if let Some(sha256) = self.digests.find(&stat) {
            return Ok(Digest { sha256, size: stat.size, read: 0 });
        }
        let mut context = Context::new(&SHA256);
        let size = self.hash(scope, path, u64::MAX, &mut context)?;
        Ok(Digest { sha256: sha256_of(context), size, read: size })
    }

    fn share(&self, scope: &Scope, from: &Path, to: &Path) -> Result<(), StorageError> {
        check(scope)?;
        if from == to { Ok(()) } else { self.second_name(from, to).map(drop) }
    }

    fn move_to(&self, scope: &Scope, from: &Path, to: &Path) -> Result<(), StorageError> {
        check(scope)?;
        if from == to {
            return Ok(());
        }
        let volatile = self.second_name(from, to)?;
        let dir = directory_of(from)?;
        self.remove_old(from)
            .and_then(|()| self.sync_names(dir, volatile))
            .map_err(|failed| self.change_error(from, 0, failed))
    }

    fn copy_to(&self, scope: &Scope, from: &Path, to: &Path) -> Result<(), StorageError> {
        check(scope)?;
        directory_of(from)?;
        let size = self.size(scope, from)?;
        let source = self.call("open", |fs| fs.open(from)).map_err(|e| read_error(from, e))?;
        let mut copy = self.new_file(to)?;
        let mut at = 0;
        loop {
            check(scope)?;
            let count = self.call("copy", |fs| fs.copy_from(&source, at, &mut copy, CHUNK));
            match count.map_err(|e| self.change_error(to, CHUNK, e))? {
                0 => break,
                count => at += count as u64,
            }
            scope.progress(pillar_core::hal::Progress { done: at, total: size });
        }
        self.call("fsync", |fs| fs.sync(&copy)).map_err(|e| self.change_error(to, 0, e))
    }

    fn remove(&self, scope: &Scope, path: &Path) -> Result<(), StorageError> {
        check(scope)?;
        let dir = directory_of(path)?;
        let volatile = match self.call("statfs", |fs| fs.volume(dir)) {
            Err(Failed { errno: Errno::NOENT | Errno::NOTDIR, .. }) => return Ok(()),
            volume => volume.map_err(|e| read_error(path, e))?.volatile,
        };
        self.remove_old(path)
            .and_then(|()| self.sync_names(dir, volatile))
            .map_err(|failed| self.change_error(path, 0, failed))
    }

    fn usage(&self, scope: &Scope, dir: &Path) -> Result<u64, StorageError> {
        check(scope)?;
        self.usage_below(scope, dir, MAX_DEPTH)
    }
}
