//! What the device is and how it fares, from the kernel's files: `/proc`, `/sys`, and what EVE's boot scripts leave
//! in `/run`. Every file is read up to a bound, and what a file does not say is empty or zero.

mod disks;
mod info;
mod load;
mod processes;
mod sensors;

use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use pillar_core::hal::{
    BlockDevice, MAX_SYSTEM_ENTRIES, MAX_SYSTEM_TEXT, Memory, MemoryController, MemoryPressure, Mount,
    ProcessInfo, ProcessorTime, Scope, System, SystemError, SystemInfo, Temperature,
};
use rustix::fs::OFlags;

/// The longest file that is read here: `/proc/mounts` and `/proc/cpuinfo` of large devices.
const MAX_FILE: usize = 4 << 20;

/// The files of one device.
pub struct LinuxSystem {
    root: PathBuf,
}

impl LinuxSystem {
    /// The files below `root`, which is `/` on a device.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        LinuxSystem { root: root.into() }
    }

    /// The beginning of a file that must be there.
    fn file(&self, scope: &Scope, path: &str, limit: usize) -> Result<String, SystemError> {
        if scope.cancelled() {
            return Err(SystemError::Cancelled);
        }
        let path = self.root.join(path);
        read(&path, limit).map_err(|why| match why.kind() {
            ErrorKind::NotFound => SystemError::Unsupported,
            _ => SystemError::Io { path, errno: why.raw_os_error().unwrap_or(0) },
        })
    }

    /// A line of a file; empty if it cannot be read: most files are there on some devices only.
    fn line(&self, path: impl AsRef<Path>) -> String {
        let text = read(&self.root.join(path), MAX_SYSTEM_TEXT).unwrap_or_default();
        text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned()
    }

    /// A number of a file; zero if there is none.
    fn number(&self, path: impl AsRef<Path>) -> u64 {
        self.line(path).parse().unwrap_or(0)
    }

    /// The names in a directory, in order; none if there is no directory.
    fn names(&self, scope: &Scope, dir: &str) -> Result<Vec<String>, SystemError> {
        if scope.cancelled() {
            return Err(SystemError::Cancelled);
        }
        let path = self.root.join(dir);
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(why) => return Err(SystemError::Io { path, errno: why.raw_os_error().unwrap_or(0) }),
        };
        let names =
            entries.take(MAX_SYSTEM_ENTRIES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        Ok(names)
    }
}

/// The beginning of a file, as text. Neither waits for a fifo nor follows a terminal.
fn read(path: &Path, limit: usize) -> std::io::Result<String> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let mut bytes = Vec::new();
    file.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A field of a text that was made for people, cut to what is allowed.
fn field(text: &str) -> String {
    let text = text.trim();
    text[..text.floor_char_boundary(MAX_SYSTEM_TEXT)].to_owned()
}

impl System for LinuxSystem {
    fn info(&self, scope: &Scope) -> Result<SystemInfo, SystemError> {
        info::info(self, scope)
    }

    fn host_name(&self, scope: &Scope) -> Result<String, SystemError> {
        Ok(field(&self.file(scope, "proc/sys/kernel/hostname", MAX_SYSTEM_TEXT)?))
    }

    fn memory(&self, scope: &Scope) -> Result<Memory, SystemError> {
        Ok(load::memory(&self.file(scope, "proc/meminfo", MAX_FILE)?))
    }

    fn memory_pressure(&self, scope: &Scope) -> Result<MemoryPressure, SystemError> {
        Ok(load::pressure(&self.file(scope, "proc/pressure/memory", MAX_SYSTEM_TEXT)?))
    }

    fn processor_time(&self, scope: &Scope) -> Result<ProcessorTime, SystemError> {
        // The line for all processors comes first.
        Ok(load::processor_time(&self.file(scope, "proc/stat", MAX_SYSTEM_TEXT)?))
    }

    fn disks(&self, scope: &Scope) -> Result<Vec<BlockDevice>, SystemError> {
        disks::disks(self, scope)
    }

    fn mounts(&self, scope: &Scope) -> Result<Vec<Mount>, SystemError> {
        Ok(disks::mounts(&self.file(scope, "proc/self/mounts", MAX_FILE)?))
    }

    fn temperatures(&self, scope: &Scope) -> Result<Vec<Temperature>, SystemError> {
        sensors::temperatures(self, scope)
    }

    fn memory_controllers(&self, scope: &Scope) -> Result<Vec<MemoryController>, SystemError> {
        sensors::memory_controllers(self, scope)
    }

    fn processes(&self, scope: &Scope) -> Result<Vec<ProcessInfo>, SystemError> {
        processes::processes(self, scope)
    }

    fn kernel_stack(&self, scope: &Scope, pid: u32, limit: usize) -> Result<String, SystemError> {
        self.file(scope, &format!("proc/{pid}/stack"), limit).map_err(|why| match why {
            SystemError::Unsupported => SystemError::NotFound,
            why => why,
        })
    }
}
