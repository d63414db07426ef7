//! Where the files are that concern the controller.

use std::path::{Path, PathBuf};

use crate::bus::files::Layout;
use crate::checkpoint::Checkpoints;

/// The directories of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// What the installer left: server, root certificate.
    config: PathBuf,
    /// What lives until the next boot.
    run: PathBuf,
    /// What outlives it.
    persist: PathBuf,
}

impl Default for Places {
    fn default() -> Self {
        Places::below(Path::new("/"))
    }
}

impl Places {
    /// Those of a device whose root directory is elsewhere.
    pub fn below(root: &Path) -> Self {
        Places { config: root.join("config"), run: root.join("run"), persist: root.join("persist") }
    }

    /// Where tables have their files.
    pub fn layout(&self) -> Layout {
        Layout { run: self.run.clone(), persist: self.persist.clone() }
    }

    /// The checkpoint files.
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints::below(&self.persist)
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
