//! Two processes in one directory: one that starts takes the other's temporary file for what a power cut left.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use pillar_core::hal::{DirEntry, Scope, Storage, is_temp_name};
use pillar_core::time::Wall;
use pillar_hal::files::{Errno, Files, Fs, Volume};
use pillar_hal::linux::LinuxFs;

use crate::device::TempDir;

/// The device's files, of which the first temporary one is swept just before it gets its name.
struct Swept(AtomicBool);

impl Fs for Swept {
    type File = OwnedFd;

    fn create(&self, path: &Path) -> Result<OwnedFd, Errno> {
        LinuxFs.create(path)
    }

    fn write(&self, file: &mut OwnedFd, data: &[u8]) -> Result<usize, Errno> {
        LinuxFs.write(file, data)
    }

    fn set_modified(&self, file: &OwnedFd, at: Wall) -> Result<(), Errno> {
        LinuxFs.set_modified(file, at)
    }

    fn modified(&self, path: &Path) -> Result<Wall, Errno> {
        LinuxFs.modified(path)
    }

    fn sync(&self, file: &OwnedFd) -> Result<(), Errno> {
        LinuxFs.sync(file)
    }

    fn link(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        LinuxFs.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        let temporary = from.file_name().and_then(|name| name.to_str()).is_some_and(is_temp_name);
        if temporary && !self.0.swap(true, Ordering::Relaxed) {
            LinuxFs.unlink(from)?;
        }
        LinuxFs.rename(from, to)
    }

    fn unlink(&self, path: &Path) -> Result<(), Errno> {
        LinuxFs.unlink(path)
    }

    fn mkdir(&self, path: &Path) -> Result<(), Errno> {
        LinuxFs.mkdir(path)
    }

    fn sync_dir(&self, dir: &Path) -> Result<(), Errno> {
        LinuxFs.sync_dir(dir)
    }

    fn read(&self, path: &Path, max: usize) -> Result<Vec<u8>, Errno> {
        LinuxFs.read(path, max)
    }

    fn list(&self, dir: &Path, max: usize) -> Result<Vec<DirEntry>, Errno> {
        LinuxFs.list(dir, max)
    }

    fn volume(&self, dir: &Path) -> Result<Volume, Errno> {
        LinuxFs.volume(dir)
    }
}

#[test]
fn a_file_that_is_swept_on_its_way_is_written_again() {
    let dir = TempDir::on_disk();
    let file = dir.path().join("key.json");
    let storage = Files::new(Swept(AtomicBool::new(false)));

    assert_eq!(storage.replace(&Scope::unbounded(), &file, b"{}"), Ok(()));

    assert_eq!(std::fs::read(&file).expect("it is there"), b"{}");
}
