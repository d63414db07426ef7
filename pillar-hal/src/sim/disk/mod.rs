//! A simulated disk with a write cache: plain data, deterministic, with the semantics of POSIX for what
//! [`Fs`](crate::files::Fs) asks.
//!
//! Every file has the content that programs see and the content that is durable; every directory the same for
//! its entries, and the list of changes between them. [`Disk::power_cut`] decides what of the difference stays.
//! Inode numbers are not used twice, so a handle never reaches another file.

mod bulk;
mod cut;
mod fs;
mod inode;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use pillar_core::hal::{DirEntry, Space};
use pillar_core::time::Wall;
use rustix::io::Errno;

use crate::files::Volume;
pub use fs::{SimFile, SimFs};
use inode::{DirData, FileData, Ino, Inode, Kind};

/// The longest file name, as on every file system that EVE uses.
const NAME_MAX: usize = 255;

/// The root directory of the whole tree.
const ROOT: Ino = 1;

/// A tree of files over one or more volumes.
#[derive(Clone, Debug)]
pub struct Disk {
    inodes: BTreeMap<Ino, Inode>,
    next: Ino,
    volumes: Vec<SimVolume>,
    /// Root directories of volumes by the directory that they cover.
    mounts: BTreeMap<Ino, Ino>,
    /// Files and directories of which something is not durable.
    unsynced: BTreeSet<Ino>,
    /// The time by which files are dated.
    time: Wall,
}

/// One file system.
#[derive(Clone, Debug)]
struct SimVolume {
    root: Ino,
    volatile: bool,
    capacity: u64,
    used: u64,
}

impl Disk {
    /// An empty disk with room for `capacity` bytes of content.
    pub fn new(capacity: u64) -> Self {
        let mut disk = Disk {
            inodes: BTreeMap::new(),
            next: ROOT,
            volumes: Vec::new(),
            mounts: BTreeMap::new(),
            unsynced: BTreeSet::new(),
            time: Wall(0),
        };
        disk.add_volume(false, capacity);
        disk
    }

    /// Mounts an empty file system over a directory, which is made if need be; `volatile` for a tmpfs. It is
    /// mounted again after every power cut.
    pub fn mount(&mut self, dir: &Path, volatile: bool, capacity: u64) -> Result<(), Errno> {
        let covered = self.make_dirs(dir)?;
        let root = self.add_volume(volatile, capacity);
        self.mounts.insert(covered, root);
        Ok(())
    }

    /// Puts a directory there, durable, with those above it.
    pub fn make_dir(&mut self, dir: &Path) -> Result<(), Errno> {
        self.make_dirs(dir).map(drop)
    }

    /// The time as of now: what is written from now on was written then.
    pub fn set_time(&mut self, time: Wall) {
        self.time = time;
    }

    /// Leaves so much room on the volume of `path`.
    pub fn set_free(&mut self, path: &Path, free: u64) -> Result<(), Errno> {
        let volume = self.inode(self.resolve(path)?)?.volume;
        self.volumes[volume].capacity = self.volumes[volume].used.saturating_add(free);
        Ok(())
    }

    /// Puts a file there, durable, with the directories above it: what a device has from the factory, or what
    /// someone else wrote.
    pub fn put(&mut self, path: &Path, data: &[u8]) -> Result<(), Errno> {
        let dir = self.make_dirs(path.parent().ok_or(Errno::INVAL)?)?;
        let ino = match self.resolve(path) {
            Ok(ino) => ino,
            Err(_) => self.create(path)?,
        };
        let time = self.time;
        let FileData { now, modified, .. } = self.file_mut(ino)?;
        let before = now.len() as u64;
        *now = Arc::new(data.to_vec());
        *modified = time;
        self.resize(ino, before, data.len() as u64);
        self.sync(ino)?;
        self.sync_entries(dir)
    }

    /// The content of a file as programs see it.
    pub fn get(&self, path: &Path) -> Option<&[u8]> {
        match &self.inode(self.resolve(path).ok()?).ok()?.kind {
            Kind::File(file) => Some(&file.now),
            Kind::Dir(_) => None,
        }
    }

    /// All files as programs see them, by path.
    pub fn files(&self) -> Vec<(PathBuf, &[u8])> {
        let mut files = Vec::new();
        self.walk(ROOT, &mut PathBuf::from("/"), &mut files);
        files
    }

    fn walk<'a>(&'a self, ino: Ino, path: &mut PathBuf, files: &mut Vec<(PathBuf, &'a [u8])>) {
        let ino = self.mounts.get(&ino).copied().unwrap_or(ino);
        match self.inodes.get(&ino).map(|inode| &inode.kind) {
            Some(Kind::File(file)) => files.push((path.clone(), &file.now)),
            Some(Kind::Dir(dir)) => {
                for (name, child) in &dir.now {
                    path.push(name);
                    self.walk(*child, path, files);
                    path.pop();
                }
            }
            None => {}
        }
    }

    fn add_volume(&mut self, volatile: bool, capacity: u64) -> Ino {
        let volume = self.volumes.len();
        let root = self.add_inode(volume, Kind::Dir(DirData::default()));
        // The root of a volume has no name; the mount holds it.
        self.link_count(root, 1);
        self.volumes.push(SimVolume { root, volatile, capacity, used: 0 });
        root
    }

    /// Makes a directory and all above it, durable.
    fn make_dirs(&mut self, dir: &Path) -> Result<Ino, Errno> {
        let mut above = ROOT;
        let mut path = PathBuf::new();
        for part in dir.components() {
            path.push(part);
            match self.mkdir(&path) {
                Ok(()) => self.sync_entries(above)?,
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno),
            }
            above = self.resolve(&path)?;
        }
        Ok(above)
    }
}

/// The primitives, as the programs of the machine see them.
impl Disk {
    fn create(&mut self, path: &Path) -> Result<Ino, Errno> {
        let (dir, name) = self.place(path)?;
        if self.dir(dir)?.now.contains_key(name) {
            return Err(Errno::EXIST);
        }
        let volume = self.inode(dir)?.volume;
        let data = FileData { modified: self.time, durable_modified: self.time, ..FileData::default() };
        let ino = self.add_inode(volume, Kind::File(data));
        self.change(dir, vec![(name.into(), Some(ino))])?;
        Ok(ino)
    }

    fn write(&mut self, ino: Ino, data: &[u8]) -> Result<usize, Errno> {
        let volume = self.inode(ino)?.volume;
        let SimVolume { capacity, used, volatile, .. } = self.volumes[volume];
        let room = usize::try_from(capacity.saturating_sub(used)).unwrap_or(usize::MAX);
        if room == 0 && !data.is_empty() {
            return Err(Errno::NOSPC);
        }
        let count = data.len().min(room);
        let time = self.time;
        let file = self.file_mut(ino)?;
        file.modified = time;
        let now = Arc::make_mut(&mut file.now);
        let before = now.len() as u64;
        now.extend_from_slice(&data[..count]);
        self.resize(ino, before, before + count as u64);
        if !volatile {
            self.unsynced.insert(ino);
        }
        Ok(count)
    }

    fn sync(&mut self, ino: Ino) -> Result<(), Errno> {
        let file = self.file_mut(ino)?;
        file.durable = file.now.clone();
        file.durable_modified = file.modified;
        self.unsynced.remove(&ino);
        Ok(())
    }

    fn link(&mut self, from: &Path, to: &Path) -> Result<(), Errno> {
        let ino = self.resolve(from)?;
        let (dir, name) = self.place(to)?;
        if self.dir(dir)?.now.contains_key(name) {
            return Err(Errno::EXIST);
        }
        if matches!(self.inode(ino)?.kind, Kind::Dir(_)) {
            return Err(Errno::PERM);
        }
        if self.inode(ino)?.volume != self.inode(dir)?.volume {
            return Err(Errno::XDEV);
        }
        self.change(dir, vec![(name.into(), Some(ino))])
    }

    /// Within one directory only: what is cut is then one entry or none.
    fn rename(&mut self, from: &Path, to: &Path) -> Result<(), Errno> {
        let (dir, old_name) = self.place(from)?;
        let (to_dir, new_name) = self.place(to)?;
        let entries = &self.dir(dir)?.now;
        let ino = *entries.get(old_name).ok_or(Errno::NOENT)?;
        if dir != to_dir {
            return Err(Errno::XDEV);
        }
        if let Some(target) = entries.get(new_name).copied() {
            if target == ino {
                return Ok(());
            }
            match (&self.inode(ino)?.kind, &self.inode(target)?.kind) {
                (Kind::File(_), Kind::File(_)) => {}
                (Kind::File(_), Kind::Dir(_)) => return Err(Errno::ISDIR),
                (Kind::Dir(_), _) => return Err(Errno::NOTDIR),
            }
        }
        self.change(dir, vec![(new_name.into(), Some(ino)), (old_name.into(), None)])
    }

    fn unlink(&mut self, path: &Path) -> Result<(), Errno> {
        let (dir, name) = self.place(path)?;
        let ino = *self.dir(dir)?.now.get(name).ok_or(Errno::NOENT)?;
        if matches!(self.inode(ino)?.kind, Kind::Dir(_)) {
            return Err(Errno::ISDIR);
        }
        self.change(dir, vec![(name.into(), None)])
    }

    fn mkdir(&mut self, path: &Path) -> Result<(), Errno> {
        if path == Path::new("/") {
            return Err(Errno::EXIST);
        }
        let (dir, name) = self.place(path)?;
        if self.dir(dir)?.now.contains_key(name) {
            return Err(Errno::EXIST);
        }
        let volume = self.inode(dir)?.volume;
        let ino = self.add_inode(volume, Kind::Dir(DirData::default()));
        self.change(dir, vec![(name.into(), Some(ino))])
    }

    fn sync_dir(&mut self, path: &Path) -> Result<(), Errno> {
        let dir = self.resolve(path)?;
        self.sync_entries(dir)
    }

    fn read(&self, path: &Path, max: usize) -> Result<Vec<u8>, Errno> {
        match &self.inode(self.resolve(path)?)?.kind {
            Kind::File(file) => Ok(file.now[..file.now.len().min(max)].to_vec()),
            Kind::Dir(_) => Err(Errno::ISDIR),
        }
    }

    fn set_modified(&mut self, ino: Ino, at: Wall) -> Result<(), Errno> {
        let volatile = self.volumes[self.inode(ino)?.volume].volatile;
        self.file_mut(ino)?.modified = at;
        if !volatile {
            self.unsynced.insert(ino);
        }
        Ok(())
    }

    fn modified(&self, path: &Path) -> Result<Wall, Errno> {
        match &self.inode(self.resolve(path)?)?.kind {
            Kind::File(file) => Ok(file.modified),
            Kind::Dir(_) => Err(Errno::ISDIR),
        }
    }

    fn list(&self, path: &Path, max: usize) -> Result<Vec<DirEntry>, Errno> {
        let entries = self.dir(self.resolve(path)?)?.now.iter();
        let is_dir = |ino: &Ino| matches!(self.inodes.get(ino), Some(Inode { kind: Kind::Dir(_), .. }));
        let named = entries.filter_map(|(name, ino)| {
            Some(DirEntry { name: name.to_str()?.to_owned(), is_dir: is_dir(ino) })
        });
        Ok(named.take(max).collect())
    }

    fn volume(&self, path: &Path) -> Result<Volume, Errno> {
        let ino = self.resolve(path)?;
        self.dir(ino)?;
        let number = self.inode(ino)?.volume;
        let SimVolume { volatile, capacity, used, .. } = self.volumes[number];
        let space = Space { free: capacity.saturating_sub(used), total: capacity };
        Ok(Volume { device: number as u64, inode: ino, volatile, space })
    }

    /// The inode that a path leads to.
    fn resolve(&self, path: &Path) -> Result<Ino, Errno> {
        let mut ino = ROOT;
        for part in path.components() {
            match part {
                Component::RootDir | Component::CurDir => {}
                Component::Normal(name) => {
                    ino = *self.dir(ino)?.now.get(checked(name)?).ok_or(Errno::NOENT)?;
                    ino = self.mounts.get(&ino).copied().unwrap_or(ino);
                }
                Component::ParentDir | Component::Prefix(_) => return Err(Errno::INVAL),
            }
        }
        Ok(ino)
    }

    /// The directory that holds, or would hold, the last name of a path, and that name.
    fn place<'a>(&self, path: &'a Path) -> Result<(Ino, &'a OsStr), Errno> {
        let name = checked(path.file_name().ok_or(Errno::INVAL)?)?;
        let dir = self.resolve(path.parent().ok_or(Errno::INVAL)?)?;
        self.dir(dir)?;
        Ok((dir, name))
    }
}

fn checked(name: &OsStr) -> Result<&OsStr, Errno> {
    if name.len() > NAME_MAX { Err(Errno::NAMETOOLONG) } else { Ok(name) }
}
