//! Inodes: what a file or directory is now, what of it is durable, and how many names hold it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use pillar_core::time::Wall;
use rustix::io::Errno;

use super::Disk;

/// Number of an inode.
pub(super) type Ino = u64;

#[derive(Clone, Debug)]
pub(super) struct Inode {
    pub(super) volume: usize,
    /// Names that programs see.
    links: u32,
    /// Names in durable entries and in changes that may become durable.
    claims: u32,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    File(FileData),
    Dir(DirData),
}

/// Content: shared between both while they are equal.
#[derive(Clone, Debug, Default)]
pub(super) struct FileData {
    pub(super) now: Arc<Vec<u8>>,
    pub(super) durable: Arc<Vec<u8>>,
    /// When `now` was written.
    pub(super) modified: Wall,
    /// When `durable` was written.
    pub(super) durable_modified: Wall,
}

/// Entries. Those of a volatile volume are never durable.
#[derive(Clone, Debug, Default)]
pub(super) struct DirData {
    pub(super) now: BTreeMap<OsString, Ino>,
    pub(super) durable: BTreeMap<OsString, Ino>,
    /// What leads from `durable` to `now`, in order.
    pub(super) pending: Vec<Change>,
}

/// An atomic change of entries: names and what they stand for from then on.
pub(super) type Change = Vec<(OsString, Option<Ino>)>;

impl Disk {
    pub(super) fn add_inode(&mut self, volume: usize, kind: Kind) -> Ino {
        let ino = self.next;
        self.next += 1;
        self.inodes.insert(ino, Inode { volume, links: 0, claims: 0, kind });
        ino
    }

    pub(super) fn inode(&self, ino: Ino) -> Result<&Inode, Errno> {
        self.inodes.get(&ino).ok_or(Errno::BADF)
    }

    pub(super) fn dir(&self, ino: Ino) -> Result<&DirData, Errno> {
        match &self.inode(ino)?.kind {
            Kind::Dir(dir) => Ok(dir),
            Kind::File(_) => Err(Errno::NOTDIR),
        }
    }

    pub(super) fn dir_mut(&mut self, ino: Ino) -> Result<&mut DirData, Errno> {
        match self.inodes.get_mut(&ino).map(|inode| &mut inode.kind) {
            Some(Kind::Dir(dir)) => Ok(dir),
            _ => Err(Errno::NOTDIR),
        }
    }

    pub(super) fn file_mut(&mut self, ino: Ino) -> Result<&mut FileData, Errno> {
        match self.inodes.get_mut(&ino).map(|inode| &mut inode.kind) {
            Some(Kind::File(file)) => Ok(file),
            _ => Err(Errno::BADF),
        }
    }

    /// Changes entries of a directory, not durably yet.
    pub(super) fn change(&mut self, dir: Ino, change: Change) -> Result<(), Errno> {
        let volatile = self.volumes[self.inode(dir)?.volume].volatile;
        for (name, ino) in &change {
            self.set_entry(dir, name.clone(), *ino)?;
        }
        if volatile {
            return Ok(());
        }
        for ino in change.iter().filter_map(|(_, ino)| *ino) {
            self.claim_count(ino, 1);
        }
        self.dir_mut(dir)?.pending.push(change);
        self.unsynced.insert(dir);
        Ok(())
    }

    /// Makes all entries of a directory durable.
    pub(super) fn sync_entries(&mut self, dir: Ino) -> Result<(), Errno> {
        let pending = std::mem::take(&mut self.dir_mut(dir)?.pending);
        self.unsynced.remove(&dir);
        for change in pending {
            self.make_durable(dir, change)?;
        }
        Ok(())
    }

    /// Makes one change of a directory durable; what it claimed is then held by the durable entries.
    pub(super) fn make_durable(&mut self, dir: Ino, change: Change) -> Result<(), Errno> {
        for (name, ino) in change {
            let durable = &mut self.dir_mut(dir)?.durable;
            let before = match ino {
                Some(ino) => durable.insert(name, ino),
                None => durable.remove(&name),
            };
            if let Some(before) = before {
                self.claim_count(before, -1);
            }
        }
        Ok(())
    }

    /// Sets what programs see under a name.
    pub(super) fn set_entry(&mut self, dir: Ino, name: OsString, ino: Option<Ino>) -> Result<(), Errno> {
        let entries = &mut self.dir_mut(dir)?.now;
        let before = match ino {
            Some(ino) => entries.insert(name, ino),
            None => entries.remove(&name),
        };
        if let Some(ino) = ino {
            self.link_count(ino, 1);
        }
        if let Some(before) = before {
            self.link_count(before, -1);
        }
        Ok(())
    }

    /// Counts names that programs see. Content without any takes no room.
    pub(super) fn link_count(&mut self, ino: Ino, by: i32) {
        let Some(inode) = self.inodes.get_mut(&ino) else { return };
        let before = inode.links;
        inode.links = before.saturating_add_signed(by);
        let (appears, goes) = (before == 0 && inode.links > 0, before > 0 && inode.links == 0);
        let size = if let Kind::File(file) = &inode.kind { file.now.len() as u64 } else { 0 };
        if appears && size > 0 {
            self.volumes[inode.volume].used += size;
        }
        if goes {
            let used = &mut self.volumes[inode.volume].used;
            *used = used.saturating_sub(size);
        }
        self.drop_unnamed(ino);
    }

    pub(super) fn claim_count(&mut self, ino: Ino, by: i32) {
        let Some(inode) = self.inodes.get_mut(&ino) else { return };
        inode.claims = inode.claims.saturating_add_signed(by);
        self.drop_unnamed(ino);
    }

    /// Accounts for content that a file with a name has got or lost.
    pub(super) fn resize(&mut self, ino: Ino, before: u64, after: u64) {
        let Some(inode) = self.inodes.get(&ino) else { return };
        if inode.links > 0 {
            let used = &mut self.volumes[inode.volume].used;
            *used = used.saturating_sub(before).saturating_add(after);
        }
    }

    /// An inode that no name can ever lead to again goes, with all below it.
    fn drop_unnamed(&mut self, ino: Ino) {
        if !self.inodes.get(&ino).is_some_and(|inode| inode.links == 0 && inode.claims == 0) {
            return;
        }
        self.unsynced.remove(&ino);
        let Some(Inode { kind: Kind::Dir(dir), .. }) = self.inodes.remove(&ino) else { return };
        for child in dir.now.into_values() {
            self.link_count(child, -1);
        }
        let claimed = dir.pending.into_iter().flatten().filter_map(|(_, ino)| ino);
        for child in dir.durable.into_values().chain(claimed) {
            self.claim_count(child, -1);
        }
    }
}
