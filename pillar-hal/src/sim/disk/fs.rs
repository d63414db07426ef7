//! The simulated disk as file-system primitives: each passes the gate.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{Clock, DirEntry};
use pillar_core::time::Wall;
use rustix::io::Errno;

use super::Disk;
use super::inode::Ino;
use crate::files::{BulkFs, FileStat, Fs, Volume};
use crate::sim::gate::{Fault, Gate, Op, pass};

/// A machine's view of its disk. The disk outlives the machine; the gate does not.
pub struct SimFs {
    disk: Arc<Mutex<Disk>>,
    gate: Arc<dyn Gate>,
    clock: Arc<dyn Clock>,
}

/// A file open for writing.
#[derive(Debug)]
pub struct SimFile {
    ino: Ino,
    path: Box<str>,
}

impl SimFs {
    /// The disk, behind a gate; what is written is dated by the clock.
    pub fn new(disk: Arc<Mutex<Disk>>, gate: Arc<dyn Gate>, clock: Arc<dyn Clock>) -> Self {
        SimFs { disk, gate, clock }
    }

    fn pass<R>(
        &self,
        name: &'static str,
        path: &str,
        act: impl FnOnce(&mut Disk) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        let op = Op { name, detail: path };
        let act = || {
            let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
            disk.set_time(self.clock.now().wall);
            act(&mut disk)
        };
        pass(&*self.gate, op, act).map_err(Fault::errno)?
    }
}

/// A path in a trace.
fn shown(path: &Path) -> &str {
    path.to_str().unwrap_or("(not UTF-8)")
}

impl Fs for SimFs {
    type File = SimFile;

    fn create(&self, path: &Path) -> Result<SimFile, Errno> {
        let ino = self.pass("fs.create", shown(path), |disk| disk.create(path))?;
        Ok(SimFile { ino, path: shown(path).into() })
    }

    fn write(&self, file: &mut SimFile, data: &[u8]) -> Result<usize, Errno> {
        self.pass("fs.write", &file.path, |disk| disk.write(file.ino, data))
    }

    fn set_modified(&self, file: &SimFile, at: Wall) -> Result<(), Errno> {
        self.pass("fs.futimens", &file.path, |disk| disk.set_modified(file.ino, at))
    }

    fn sync(&self, file: &SimFile) -> Result<(), Errno> {
        self.pass("fs.fsync", &file.path, |disk| disk.sync(file.ino))
    }

    fn link(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        self.pass("fs.link", shown(to), |disk| disk.link(from, to))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        self.pass("fs.rename", shown(to), |disk| disk.rename(from, to))
    }

    fn unlink(&self, path: &Path) -> Result<(), Errno> {
        self.pass("fs.unlink", shown(path), |disk| disk.unlink(path))
    }

    fn mkdir(&self, path: &Path) -> Result<(), Errno> {
        self.pass("fs.mkdir", shown(path), |disk| disk.mkdir(path))
    }

    fn sync_dir(&self, dir: &Path) -> Result<(), Errno> {
        self.pass("fs.fsync_dir", shown(dir), |disk| disk.sync_dir(dir))
    }

    fn read(&self, path: &Path, max: usize) -> Result<Vec<u8>, Errno> {
        self.pass("fs.read", shown(path), |disk| disk.read(path, max))
    }

    fn modified(&self, path: &Path) -> Result<Wall, Errno> {
        self.pass("fs.stat", shown(path), |disk| disk.modified(path))
    }

    fn list(&self, dir: &Path, max: usize) -> Result<Vec<DirEntry>, Errno> {
        self.pass("fs.list", shown(dir), |disk| disk.list(dir, max))
    }

    fn volume(&self, dir: &Path) -> Result<Volume, Errno> {
        self.pass("fs.statfs", shown(dir), |disk| disk.volume(dir))
    }
}

impl BulkFs for SimFs {
    type Reader = SimFile;

    fn open(&self, path: &Path) -> Result<SimFile, Errno> {
        let ino = self.pass("fs.open", shown(path), |disk| disk.regular(path))?;
        Ok(SimFile { ino, path: shown(path).into() })
    }

    fn open_end(&self, path: &Path) -> Result<SimFile, Errno> {
        self.open(path)
    }

    fn read_at(&self, file: &SimFile, at: u64, buf: &mut [u8]) -> Result<usize, Errno> {
        self.pass("fs.pread", &file.path, |disk| {
            let part = disk.part(file.ino, at, buf.len())?;
            buf[..part.len()].copy_from_slice(part);
            Ok(part.len())
        })
    }

    fn copy_from(&self, from: &SimFile, at: u64, to: &mut SimFile, max: usize) -> Result<usize, Errno> {
        self.pass("fs.copy", &to.path, |disk| {
            let part = disk.part(from.ino, at, max)?.to_vec();
            if part.is_empty() { Ok(0) } else { disk.write(to.ino, &part) }
        })
    }

    fn truncate(&self, file: &SimFile, size: u64) -> Result<(), Errno> {
        self.pass("fs.ftruncate", &file.path, |disk| disk.set_size(file.ino, size))
    }

    fn stat(&self, path: &Path) -> Result<FileStat, Errno> {
        self.pass("fs.stat", shown(path), |disk| disk.stat(path))
    }
}
