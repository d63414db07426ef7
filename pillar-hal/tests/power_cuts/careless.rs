//! A file system that leaves out a part of what the algorithm asks for, without saying so.

use std::path::Path;

use pillar_core::hal::{DirEntry, backup_of, is_temp_name};
use pillar_core::time::Wall;
use pillar_hal::files::{Errno, Fs, Volume};
use pillar_hal::sim::disk::{SimFile, SimFs};

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing: the control.
    None,
    /// fsync of a new file.
    FileSync,
    /// fsync of any directory.
    DirectorySync,
    /// fsync of directories above that of the file.
    ParentSync,
    /// The detour over a temporary name: the content goes where the old one was.
    TemporaryFile,
    /// A file that goes does not become its backup first.
    RenameToBackup,
}

pub struct Careless {
    fs: SimFs,
    without: Part,
}

impl Careless {
    pub fn new(fs: SimFs, without: Part) -> Self {
        Careless { fs, without }
    }

    /// Where a temporary file goes that should not be one: a name that a file of the workload has.
    fn misplaced(&self, path: &Path) -> Option<std::path::PathBuf> {
        let name = path.file_name()?.to_str()?;
        (self.without == Part::TemporaryFile && is_temp_name(name)).then(|| path.with_file_name("k0.json"))
    }
}

impl Fs for Careless {
    type File = SimFile;

    fn create(&self, path: &Path) -> Result<SimFile, Errno> {
        if let Some(place) = self.misplaced(path) {
            let _ = self.fs.unlink(&place);
            return self.fs.create(&place);
        }
        self.fs.create(path)
    }

    fn write(&self, file: &mut SimFile, data: &[u8]) -> Result<usize, Errno> {
        self.fs.write(file, data)
    }

    fn set_modified(&self, file: &SimFile, at: Wall) -> Result<(), Errno> {
        self.fs.set_modified(file, at)
    }

    fn sync(&self, file: &SimFile) -> Result<(), Errno> {
        if self.without == Part::FileSync { Ok(()) } else { self.fs.sync(file) }
    }

    fn link(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        self.fs.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        if self.without == Part::RenameToBackup && to == backup_of(from) {
            return Err(Errno::NOENT);
        }
        match self.misplaced(from) {
            Some(place) => self.fs.rename(&place, to),
            None => self.fs.rename(from, to),
        }
    }

    fn unlink(&self, path: &Path) -> Result<(), Errno> {
        self.fs.unlink(path)
    }

    fn mkdir(&self, path: &Path) -> Result<(), Errno> {
        self.fs.mkdir(path)
    }

    fn sync_dir(&self, dir: &Path) -> Result<(), Errno> {
        let is_table = dir.to_str().is_some_and(|dir| super::life::DIRS.contains(&dir));
        match self.without {
            Part::DirectorySync => Ok(()),
            Part::ParentSync if !is_table => Ok(()),
            _ => self.fs.sync_dir(dir),
        }
    }

    fn read(&self, path: &Path, max: usize) -> Result<Vec<u8>, Errno> {
        self.fs.read(path, max)
    }

    fn modified(&self, path: &Path) -> Result<Wall, Errno> {
        self.fs.modified(path)
    }

    fn list(&self, dir: &Path, max: usize) -> Result<Vec<DirEntry>, Errno> {
        self.fs.list(dir, max)
    }

    fn volume(&self, dir: &Path) -> Result<Volume, Errno> {
        self.fs.volume(dir)
    }
}
