//! What a power cut leaves of a disk.
//!
//! POSIX promises nothing for what was not synced, so anything may stay: of a file's content any part, of a
//! directory's changes any subset, each change whole. This is harsher than any real file system. Files grow, are
//! cut off, or are written over in small parts: of what was durable, no part moves within its file.

use std::sync::Arc;

use super::inode::{DirData, Ino, Inode, Kind};
use super::{Disk, FileData};
use crate::sim::Rng;

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// How much of the unsynced a cut spares.
#[derive(Clone, Copy)]
enum Spared {
    Nothing,
    Everything,
    Some,
}

impl Disk {
    /// The power goes. What was durable stays; of the rest chance decides; volatile volumes are empty.
    pub fn power_cut(&mut self, rng: &mut Rng) {
        self.empty_volatile();
        let spared = match rng.below(4) {
            0 => Spared::Nothing,
            1 => Spared::Everything,
            _ => Spared::Some,
        };
        for ino in std::mem::take(&mut self.unsynced) {
            match self.inodes.get_mut(&ino) {
                Some(Inode { kind: Kind::Dir(_), .. }) => self.cut_dir(ino, spared, rng),
                Some(Inode { kind: Kind::File(file), .. }) => {
                    let before = file.now.len() as u64;
                    cut_file(file, spared, rng);
                    let after = file.now.len() as u64;
                    self.resize(ino, before, after);
                }
                None => {}
            }
        }
    }

    fn empty_volatile(&mut self) {
        for number in 0..self.volumes.len() {
            if !self.volumes[number].volatile {
                continue;
            }
            let root = self.volumes[number].root;
            let fresh = self.add_inode(number, Kind::Dir(DirData::default()));
            self.link_count(fresh, 1);
            self.volumes[number].root = fresh;
            for mounted in self.mounts.values_mut().filter(|mounted| **mounted == root) {
                *mounted = fresh;
            }
            self.link_count(root, -1);
        }
    }

    fn cut_dir(&mut self, dir: Ino, spared: Spared, rng: &mut Rng) {
        let Ok(data) = self.dir_mut(dir) else { return };
        let pending = std::mem::take(&mut data.pending);
        let mut claimed = Vec::new();
        let mut names = Vec::new();
        for change in pending {
            names.extend(change.iter().map(|(name, _)| name.clone()));
            if spared.keeps(rng) {
                let _ = self.make_durable(dir, change);
            } else {
                claimed.extend(change.into_iter().filter_map(|(_, ino)| ino));
            }
        }
        for name in names {
            let durable = self.dir(dir).ok().and_then(|data| data.durable.get(&name).copied());
            let _ = self.set_entry(dir, name, durable);
        }
        for ino in claimed {
            self.claim_count(ino, -1);
        }
    }
}

impl Spared {
    fn keeps(self, rng: &mut Rng) -> bool {
        match self {
            Spared::Nothing => false,
            Spared::Everything => true,
            Spared::Some => rng.chance(1, 2),
        }
    }
}

fn cut_file(file: &mut FileData, spared: Spared, rng: &mut Rng) {
    let left = match (spared, rng.below(4)) {
        (Spared::Nothing, _) | (Spared::Some, 0) => file.durable.clone(),
        (Spared::Everything, _) => file.now.clone(),
        (Spared::Some, 1) => prefix(file, rng),
        (Spared::Some, _) => torn(file, rng),
    };
    // The date is the inode's: it came with the whole of the content or not at all.
    if !Arc::ptr_eq(&left, &file.now) {
        file.modified = file.durable_modified;
    }
    file.durable_modified = file.modified;
    file.now = left.clone();
    file.durable = left;
}

/// The beginning has arrived, of any length from what was durable: none, for instance.
fn prefix(file: &FileData, rng: &mut Rng) -> Arc<Vec<u8>> {
    let least = file.durable.len().min(file.now.len());
    let length = least + rng.below((file.now.len() - least) as u64 + 1) as usize;
    Arc::new(file.now[..length].to_vec())
}

/// The length has arrived and some of the sectors; the others are as before, or zeros.
fn torn(file: &FileData, rng: &mut Rng) -> Arc<Vec<u8>> {
    let mut data = file.durable.as_ref().clone();
    data.resize(file.now.len(), 0);
    for (old, new) in data.chunks_mut(SECTOR).zip(file.now.chunks(SECTOR)) {
        if rng.chance(1, 2) {
            old.copy_from_slice(new);
        }
    }
    Arc::new(data)
}
