//! Large files: blobs and volumes, which are moved, shared, copied and hashed but never held in memory. Called by
//! jobs of the downloader, the verifier and volumemgr. Small documents go by [`Storage`](super::Storage).

use std::path::Path;

use super::{Scope, Sha256, StorageError, Unsupported};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Its digest.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
    /// How many bytes were read to find that out: none if it was computed while they were written.
    pub read: u64,
}

/// Large files. Symbolic links are refused, and so is anything but a regular file. What changes names is durable
/// on return; missing directories are made with mode 0700.
pub trait Content: Send + Sync {
    /// The size of a file in bytes.
    fn size(&self, scope: &Scope, path: &Path) -> Result<u64, StorageError>;

    /// The digest of a file: as it was computed while this machine wrote it, if nothing has written to it since,
    /// or else by reading it.
    fn digest(&self, scope: &Scope, path: &Path) -> Result<Digest, StorageError>;

    /// Gives a file a second name on the same file system, in place of what has that name. Nobody may write to a
    /// file with two names.
    fn share(&self, scope: &Scope, from: &Path, to: &Path) -> Result<(), StorageError>;

    /// Gives a file another name on the same file system, in place of what has that name. A power cut may leave
    /// it under both.
    fn move_to(&self, scope: &Scope, from: &Path, to: &Path) -> Result<(), StorageError>;

    /// Makes a file of the same content, durable, in place of what has that name. Reports progress to the scope.
    /// A power cut or an error may leave any part of it.
    fn copy_to(&self, scope: &Scope, from: &Path, to: &Path) -> Result<(), StorageError>;

    /// Removes a file; no error if there is none.
    fn remove(&self, scope: &Scope, path: &Path) -> Result<(), StorageError>;

    /// Bytes of all files below a directory, by their sizes; 0 if there is none.
    fn usage(&self, scope: &Scope, dir: &Path) -> Result<u64, StorageError>;
}

impl Content for Unsupported {
    fn size(&self, _: &Scope, _: &Path) -> Result<u64, StorageError> {
        Err(StorageError::Unsupported)
    }

    fn digest(&self, _: &Scope, _: &Path) -> Result<Digest, StorageError> {
        Err(StorageError::Unsupported)
    }

    fn share(&self, _: &Scope, _: &Path, _: &Path) -> Result<(), StorageError> {
        Err(StorageError::Unsupported)
    }

    fn move_to(&self, _: &Scope, _: &Path, _: &Path) -> Result<(), StorageError> {
        Err(StorageError::Unsupported)
    }

    fn copy_to(&self, _: &Scope, _: &Path, _: &Path) -> Result<(), StorageError> {
        Err(StorageError::Unsupported)
    }

    fn remove(&self, _: &Scope, _: &Path) -> Result<(), StorageError> {
        Err(StorageError::Unsupported)
    }

    fn usage(&self, _: &Scope, _: &Path) -> Result<u64, StorageError> {
        Err(StorageError::Unsupported)
    }
}
