//! What must outlive a reboot: the configuration and the controller's certificates as they were received, each with
//! the one before (spec/01, A4 and A8). Called by jobs.

use std::path::{Path, PathBuf};

use pillar_proto::{MAX_SIGNED_BYTES, MAX_UNSIGNED_BYTES};

use crate::bus::files::Layout;
use crate::hal::{FileOp, Hal, Scope, StorageError, backup_of};

/// Where the files are that concern the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// What the installer left: server, root certificate.
    pub config: PathBuf,
    /// What lives until the next boot.
    pub run: PathBuf,
    /// What outlives it.
    pub persist: PathBuf,
}

impl Default for Places {
    fn default() -> Self {
        Places::below(Path::new("/"))
    }
}

impl Places {
    /// The files of a device whose root directory is elsewhere.
    pub fn below(root: &Path) -> Self {
        Places { config: root.join("config"), run: root.join("run"), persist: root.join("persist") }
    }

    /// Where tables have their files.
    pub fn layout(&self) -> Layout {
        Layout { run: self.run.clone(), persist: self.persist.clone() }
    }

    /// The file of a checkpoint.
    pub fn checkpoint(&self, checkpoint: Checkpoint) -> PathBuf {
        self.persist.join("checkpoint").join(match checkpoint {
            Checkpoint::Config => "lastconfig",
            Checkpoint::Certificates => "controllercerts",
        })
    }

    /// A file of the config partition.
    pub fn config(&self, name: &str) -> PathBuf {
        self.config.join(name)
    }

    /// A file of `/persist/status`.
    pub fn status(&self, name: &str) -> PathBuf {
        self.persist.join("status").join(name)
    }

    /// The token that shows the controller that the device was attested.
    pub fn integrity_token(&self) -> PathBuf {
        self.run.join("eve.integrity_token")
    }
}

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checkpoint {
    /// The last configuration, in its envelope.
    Config,
    /// The controller's certificates.
    Certificates,
}

impl Checkpoint {
    fn limit(self) -> usize {
        match self {
            Checkpoint::Config => MAX_SIGNED_BYTES,
            Checkpoint::Certificates => MAX_UNSIGNED_BYTES,
        }
    }
}

/// A checkpoint and the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The last.
    pub last: Option<Vec<u8>>,
    /// The one before.
    pub backup: Option<Vec<u8>>,
}

/// Reads a checkpoint. What cannot be read counts as missing.
pub fn load(hal: &Hal, scope: &Scope, places: &Places, checkpoint: Checkpoint) -> Saved {
    let path = places.checkpoint(checkpoint);
    let read = |path: &Path| hal.storage.read(scope, path, checkpoint.limit()).ok();
    Saved { last: read(&path), backup: read(&backup_of(&path)) }
}

/// Replaces a checkpoint. It is durable on return; with `backup` the one before stays beside it.
pub fn save(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
    checkpoint: Checkpoint,
    data: Vec<u8>,
    backup: bool,
) -> Result<(), StorageError> {
    let op = FileOp::Replace { path: places.checkpoint(checkpoint), data, backup };
    hal.storage.apply(scope, &[op]).pop().unwrap_or(Err(StorageError::Cancelled))
}

/// Puts back what `save` left beside, over a file that is of no use any more.
pub fn restore(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
    checkpoint: Checkpoint,
    data: Vec<u8>,
) -> Result<(), StorageError> {
    save(hal, scope, places, checkpoint, data, false)
}
