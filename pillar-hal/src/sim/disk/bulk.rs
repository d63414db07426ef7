//! What large files need of the simulated disk: parts, sizes, and changes in place.

use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;

use super::Disk;
use super::inode::{Ino, Kind};
use crate::files::FileStat;

impl Disk {
    /// The file of a path, if it is one.
    pub(super) fn regular(&self, path: &Path) -> Result<Ino, Errno> {
        let ino = self.resolve(path)?;
        match self.inode(ino)?.kind {
            Kind::File(_) => Ok(ino),
            Kind::Dir(_) => Err(Errno::ISDIR),
        }
    }

    pub(super) fn stat(&self, path: &Path) -> Result<FileStat, Errno> {
        let ino = self.regular(path)?;
        let inode = self.inode(ino)?;
        let Kind::File(file) = &inode.kind else { return Err(Errno::ISDIR) };
        let (device, size) = (inode.volume as u64, file.now.len() as u64);
        Ok(FileStat { device, inode: ino, size, modified: file.modified })
    }

    /// At most `max` bytes of a file.
    pub(super) fn part(&self, ino: Ino, at: u64, max: usize) -> Result<&[u8], Errno> {
        let Kind::File(file) = &self.inode(ino)?.kind else { return Err(Errno::ISDIR) };
        let begin = usize::try_from(at).map_or(file.now.len(), |at| at.min(file.now.len()));
        Ok(&file.now[begin..file.now.len().min(begin.saturating_add(max))])
    }

    /// Cuts a file off, or fills it up with zeros.
    pub(super) fn set_size(&mut self, ino: Ino, size: u64) -> Result<(), Errno> {
        let size = usize::try_from(size).map_err(|_| Errno::FBIG)?;
        let volume = self.inode(ino)?.volume;
        let before = self.part(ino, 0, usize::MAX)?.len();
        let room = self.volumes[volume].capacity.saturating_sub(self.volumes[volume].used);
        if size.saturating_sub(before) as u64 > room {
            return Err(Errno::NOSPC);
        }
        let time = self.time;
        let file = self.file_mut(ino)?;
        file.modified = time;
        Arc::make_mut(&mut file.now).resize(size, 0);
        self.resize(ino, before as u64, size as u64);
        self.note_unsynced(ino, volume);
        Ok(())
    }

    /// Writes over a part of a file that is there.
    pub(in crate::sim) fn patch(&mut self, path: &Path, at: usize, data: &[u8]) -> Result<(), Errno> {
        let ino = self.regular(path)?;
        let volume = self.inode(ino)?.volume;
        let time = self.time;
        let file = self.file_mut(ino)?;
        file.modified = time;
        let place = Arc::make_mut(&mut file.now).get_mut(at..at + data.len()).ok_or(Errno::INVAL)?;
        place.copy_from_slice(data);
        self.note_unsynced(ino, volume);
        Ok(())
    }

    /// A new or emptied file of so many zeros.
    pub(in crate::sim) fn make_zeros(&mut self, path: &Path, size: u64) -> Result<(), Errno> {
        let ino = match self.regular(path) {
            Err(Errno::NOENT) => self.create(path)?,
            found => found?,
        };
        self.set_size(ino, 0)?;
        self.set_size(ino, size)
    }

    /// Fills a file up with zeros.
    pub(in crate::sim) fn grow_file(&mut self, path: &Path, size: u64) -> Result<(), Errno> {
        let ino = self.regular(path)?;
        self.set_size(ino, size)
    }

    /// Makes a file and its name durable.
    pub(in crate::sim) fn sync_file(&mut self, path: &Path) -> Result<(), Errno> {
        let ino = self.regular(path)?;
        self.sync(ino)?;
        let dir = self.resolve(path.parent().ok_or(Errno::INVAL)?)?;
        self.sync_entries(dir)
    }

    fn note_unsynced(&mut self, ino: Ino, volume: usize) {
        if !self.volumes[volume].volatile {
            self.unsynced.insert(ino);
        }
    }
}
