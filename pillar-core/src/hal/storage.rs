//! Files that must survive a power cut: small documents, replaced whole.
//!
//! Implementations: the device's file systems, the simulated disk. Both pass one conformance suite.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{Scope, Unsupported};
use crate::time::Wall;

/// The longest directory listing: more entries than any table may have keys, with backups.
pub const MAX_DIR_ENTRIES: usize = 200_000;

/// One change to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOp {
    /// The file gets this content, mode 0600; missing parents are made with mode 0700.
    Replace {
        /// The file.
        path: PathBuf,
        /// Its new content.
        data: Vec<u8>,
        /// Whether the content before stays as `<path>.bak` (see [`backup_of`]). A backup that cannot be made,
        /// its name being too long for instance, does not hold up the file itself (spec/02, Atomic write).
        backup: bool,
    },
    /// The file and its `.bak` go: at no instant is there a `.bak` with anything but the file's last content
    /// alone. It is no error if there is none.
    Remove {
        /// The file.
        path: PathBuf,
    },
}

impl FileOp {
    /// The file this is about.
    pub fn path(&self) -> &Path {
        match self {
            FileOp::Replace { path, .. } | FileOp::Remove { path } => path,
        }
    }
}

/// Where the backup of a file is: `<path>.bak`.
pub fn backup_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".bak");
    name.into()
}

/// Whether a file of this name is the unfinished work of an earlier write: `tmp` and digits. After a power cut
/// whoever owns the directory removes them.
pub fn is_temp_name(name: &str) -> bool {
    let digits = name.strip_prefix("tmp").unwrap_or("");
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirEntry {
    /// The name, without the directory.
    pub name: String,
    /// Whether it is a directory itself; a symbolic link is not.
    pub is_dir: bool,
}

/// Room on a file system, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// Free for us.
    pub free: u64,
    /// In all.
    pub total: u64,
}

/// Durable files.
pub trait Storage: Send + Sync {
    /// Carries out the changes, in order. What an `Ok` stands for survives any power cut from the return on;
    /// what an `Err` stands for is as before or as asked, never torn. One answer for each change, in order;
    /// one that fails does not hold back the others; after a cancel the rest is not begun. On a tmpfs nothing
    /// is synced: it does not outlive power anyway. A symbolic link is replaced, not followed.
    fn apply(&self, scope: &Scope, ops: &[FileOp]) -> Vec<Result<(), StorageError>>;

    /// The content of a file of at most `limit` bytes. Symbolic links are followed; anything but a regular
    /// file is refused.
    fn read(&self, scope: &Scope, path: &Path, limit: usize) -> Result<Vec<u8>, StorageError>;

    /// The entries of a directory, by name; with more than [`MAX_DIR_ENTRIES`] it is
    /// [`TooLarge`](StorageError::TooLarge). Names that are not UTF-8 are left out.
    fn list(&self, scope: &Scope, dir: &Path) -> Result<Vec<DirEntry>, StorageError>;

    /// When the content of a file was last written, or the original of which it is a copy.
    fn modified(&self, scope: &Scope, path: &Path) -> Result<Wall, StorageError> {
        let _ = (scope, path);
        Err(StorageError::Unsupported)
    }

    /// Replaces `to` by a copy of `from`, of at most `limit` bytes, that is as old as the original: for files
    /// whose age means something. Durable on return; a power cut leaves the old or the new content, with its age.
    fn copy(&self, scope: &Scope, from: &Path, to: &Path, limit: usize) -> Result<(), StorageError> {
        let _ = (scope, from, to, limit);
        Err(StorageError::Unsupported)
    }

    /// Room on the file system that holds `path`, or would hold it.
    fn space(&self, scope: &Scope, path: &Path) -> Result<Space, StorageError>;

    /// Replaces one file, without a backup.
    fn replace(&self, scope: &Scope, path: &Path, data: &[u8]) -> Result<(), StorageError> {
        let op = FileOp::Replace { path: path.into(), data: data.into(), backup: false };
        self.apply(scope, &[op]).pop().unwrap_or(Err(StorageError::Cancelled))
    }
}

/// Why a file could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageError {
    /// There is no such file or directory.
    NotFound(PathBuf),
    /// The file system is full.
    NoSpace {
        /// What should have been written.
        path: PathBuf,
        /// Bytes it would have taken.
        need: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The file is longer than the reader allows, or the directory has too many entries.
    TooLarge {
        /// The file or directory.
        path: PathBuf,
        /// The limit, in bytes or entries.
        limit: usize,
    },
    /// The system refused.
    Io {
        /// The file.
        path: PathBuf,
        /// The call that failed, such as `fsync`.
        call: &'static str,
        /// Its error number (errno).
        errno: i32,
    },
    /// The job was cancelled or its time is over.
    Cancelled,
    /// The device has no storage.
    Unsupported,
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageError::NotFound(path) => write!(f, "{}: not found", path.display()),
            StorageError::NoSpace { path, need, free } => {
                write!(f, "{}: no space: needs {need} bytes, {free} are free", path.display())
            }
            StorageError::TooLarge { path, limit } => {
                write!(f, "{}: larger than the limit of {limit}", path.display())
            }
            StorageError::Io { path, call, errno } => {
                write!(f, "{}: {call} failed with error {errno}", path.display())
            }
            StorageError::Cancelled => f.write_str("cancelled"),
            StorageError::Unsupported => f.write_str("this device has no storage"),
        }
    }
}

impl std::error::Error for StorageError {}

impl Storage for Unsupported {
    fn apply(&self, _: &Scope, ops: &[FileOp]) -> Vec<Result<(), StorageError>> {
        ops.iter().map(|_| Err(StorageError::Unsupported)).collect()
    }

    fn read(&self, _: &Scope, _: &Path, _: usize) -> Result<Vec<u8>, StorageError> {
        Err(StorageError::Unsupported)
    }

    fn list(&self, _: &Scope, _: &Path) -> Result<Vec<DirEntry>, StorageError> {
        Err(StorageError::Unsupported)
    }

    fn space(&self, _: &Scope, _: &Path) -> Result<Space, StorageError> {
        Err(StorageError::Unsupported)
    }
}
