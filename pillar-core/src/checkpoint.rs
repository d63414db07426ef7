//! Checkpoint files: raw documents under `/persist/checkpoint` that must be there after a power cut, and whose age
//! means something, such as that of the last configuration (spec/02, Checkpoint files). Called by jobs.
//!
//! | Backup | When it is made | When it is used |
//! |---|---|---|
//! | none | – | – |
//! | proved | by the first save, then whenever its owner says that the file proved good; as old as the file | the file is missing or not good: it is restored, with its age |
//! | previous | by a save that changes the file, from what it was; by any save if it is missing | the same |

use std::path::{Path, PathBuf};

use crate::hal::{FileOp, Hal, Scope, StorageError, backup_of};
use crate::time::Wall;

/// The longest checkpoint file, in bytes.
pub const MAX_FILE: usize = 16 << 20;

/// Where they are, below `/persist`.
const DIR: &str = "checkpoint";

/// A file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checkpoint {
    /// The configuration from the controller.
    LastConfig,
    /// The controller's certificates.
    ControllerCerts,
    /// The profile from the local profile server.
    LastLocalProfile,
    /// What that server wants of radios.
    LastRadioConfig,
    /// What it wants of applications' boot.
    LastAppBootConfig,
    /// Its commands to applications.
    AppCommands,
    /// Its network configuration.
    LocalNetworkConfig,
    /// The last metrics that were sent, for people who look for faults; like those that follow.
    LastMetrics,
    /// The last health of the hardware.
    LastHardwareHealth,
    /// The last information on the device.
    LastDeviceInfo,
    /// The last inventory of the hardware.
    LastHardwareInventory,
    /// The last information on applications.
    LastAppInfo,
    /// The last flows.
    LastFlowLog,
    /// How often a fallback of the base OS was asked for.
    ForceFallbackCounter,
}

/// What a file has besides itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backup {
    None,
    Proved,
    Previous,
}

/// A file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// What it holds.
    pub data: Vec<u8>,
    /// When that was saved or touched.
    pub modified: Wall,
    /// Whether it was not good, and its backup has taken its place.
    pub restored: bool,
}

/// The directory of checkpoint files.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    dir: PathBuf,
}

impl Checkpoint {
    /// The name of its file.
    pub fn name(self) -> &'static str {
        match self {
            Checkpoint::LastConfig => "lastconfig",
            Checkpoint::ControllerCerts => "controllercerts",
            Checkpoint::LastLocalProfile => "lastlocalprofile",
            Checkpoint::LastRadioConfig => "lastradioconfig",
            Checkpoint::LastAppBootConfig => "lastappbootconfig",
            Checkpoint::AppCommands => "appCommands",
            Checkpoint::LocalNetworkConfig => "localnetworkconfig",
            Checkpoint::LastMetrics => "lastmetrics",
            Checkpoint::LastHardwareHealth => "lasthardwarehealth",
            Checkpoint::LastDeviceInfo => "lastdeviceinfo",
            Checkpoint::LastHardwareInventory => "lasthardwareinventory",
            Checkpoint::LastAppInfo => "lastappinfo",
            Checkpoint::LastFlowLog => "lastflowlog",
            Checkpoint::ForceFallbackCounter => "forceFallbackCounter",
        }
    }

    fn backup(self) -> Backup {
        match self {
            Checkpoint::LastConfig => Backup::Proved,
            Checkpoint::ControllerCerts => Backup::Previous,
            _ => Backup::None,
        }
    }
}

impl Checkpoints {
    /// Those of a device whose `/persist` is there.
    pub fn below(persist: &Path) -> Self {
        Checkpoints { dir: persist.join(DIR) }
    }

    /// Where a file is.
    pub fn path(&self, file: Checkpoint) -> PathBuf {
        self.dir.join(file.name())
    }

    /// Saves a file; it is of now. On return it survives a power cut.
    pub fn save(
        &self,
        hal: &Hal,
        scope: &Scope,
        file: Checkpoint,
        data: Vec<u8>,
    ) -> Result<(), StorageError> {
        let path = self.path(file);
        if data.len() > MAX_FILE {
            return Err(StorageError::TooLarge { path, limit: MAX_FILE });
        }
        if file.backup() != Backup::Previous {
            hal.storage.replace(scope, &path, &data)?;
        } else if hal.storage.read(scope, &path, MAX_FILE).ok().as_ref() != Some(&data) {
            let change = FileOp::Replace { path: path.clone(), data, backup: true };
            hal.storage.apply(scope, &[change]).pop().unwrap_or(Err(StorageError::Cancelled))?;
        }
        if file.backup() == Backup::None {
            return Ok(());
        }
        let backup = backup_of(&path);
        match hal.storage.modified(scope, &backup) {
            Err(StorageError::NotFound(_)) => hal.storage.copy(scope, &path, &backup, MAX_FILE),
            there => there.map(drop),
        }
    }

    /// The file has proved good: it is what to go back to, should a later one be damaged.
    pub fn prove(&self, hal: &Hal, scope: &Scope, file: Checkpoint) -> Result<(), StorageError> {
        let path = self.path(file);
        let backup = backup_of(&path);
        let age = |path: &Path| hal.storage.modified(scope, path).ok();
        let data = |path: &Path| hal.storage.read(scope, path, MAX_FILE).ok();
        if file.backup() != Backup::Proved || age(&path) == age(&backup) && data(&path) == data(&backup) {
            return Ok(());
        }
        hal.storage.copy(scope, &path, &backup, MAX_FILE)
    }

    /// Reads a file. If it is not there, or `is_good` does not think so, its backup takes its place, if there is
    /// a good one. `None` if there is nothing good.
    pub fn load(
        &self,
        hal: &Hal,
        scope: &Scope,
        file: Checkpoint,
        is_good: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Saved>, StorageError> {
        let path = self.path(file);
        let read = |path: &Path, restored: bool| {
            let data = hal.storage.read(scope, path, MAX_FILE)?;
            let modified = hal.storage.modified(scope, path)?;
            Ok(Some(Saved { data, modified, restored }).filter(|saved| is_good(&saved.data)))
        };
        let own = none_if_missing(read(&path, false));
        if file.backup() == Backup::None || matches!(own, Ok(Some(_)) | Err(StorageError::Cancelled)) {
            return own;
        }
        let backup = backup_of(&path);
        match none_if_missing(read(&backup, true)) {
            Ok(Some(saved)) => {
                // What was read is good, whether or not it can be written now.
                let _ = hal.storage.copy(scope, &backup, &path, MAX_FILE);
                Ok(Some(saved))
            }
            Ok(None) => own,
            failed => own.and(failed),
        }
    }

    /// Makes a file as old as now; no error if there is none.
    pub fn touch(&self, hal: &Hal, scope: &Scope, file: Checkpoint) -> Result<(), StorageError> {
        let path = self.path(file);
        match hal.storage.read(scope, &path, MAX_FILE) {
            Ok(data) => hal.storage.replace(scope, &path, &data),
            Err(StorageError::NotFound(_)) => Ok(()),
            Err(why) => Err(why),
        }
    }

    /// Removes a file and its backup; no error if there is none.
    pub fn clean(&self, hal: &Hal, scope: &Scope, file: Checkpoint) -> Result<(), StorageError> {
        let remove = FileOp::Remove { path: self.path(file) };
        hal.storage.apply(scope, &[remove]).pop().unwrap_or(Err(StorageError::Cancelled))
    }
}

fn none_if_missing(read: Result<Option<Saved>, StorageError>) -> Result<Option<Saved>, StorageError> {
    match read {
        Err(StorageError::NotFound(_) | StorageError::TooLarge { .. }) => Ok(None),
        read => read,
    }
}
