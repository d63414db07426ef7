//! The tables that are followed as files.

use std::collections::BTreeMap;
use std::path::Path;

use pillar_core::bus::wire::{Folder, Found, Work, read_folder};
use pillar_core::bus::{Origin, Table, TableId};
use pillar_core::node::{Failed, GLOBAL, Lane, Node};
use pillar_core::time::Mono;

use super::{DIRECTORY_ONLY, Job, Shared};

/// All of them.
#[derive(Default)]
pub(super) struct Folders {
    folders: BTreeMap<TableId, Folder>,
}

/// What a job did.
pub(super) struct Looked {
    /// `None` if there is no directory, or it cannot be read.
    found: Option<Found>,
    /// There is no directory, and its coming will be told.
    told: bool,
}

/// Whether a table is followed as files. Those with several writers are, even if agents of ours are among these.
fn is_folder(node: &Node, id: TableId, table: &Table) -> bool {
    let agent = table.name.agent;
    let others = agent.0 == DIRECTORY_ONLY && table.origin != Origin::Local && !node.hosts(agent);
    (agent == GLOBAL || others) && node.bus().is_followed(id)
}

impl Folders {
    /// Follows the tables that are to be, and no others.
    pub fn look(&mut self, node: &mut Node, shared: &Shared, now: Mono) {
        let wanted: Vec<TableId> =
            node.bus().tables().filter(|(id, table)| is_folder(node, *id, table)).map(|(id, _)| id).collect();
        self.folders.retain(|id, _| wanted.contains(id));
        for id in wanted {
            let table = node.bus().table(id);
            let dir = shared.layout.dir(&table.name, table.persistent);
            self.folders.entry(id).or_insert_with(|| Folder::new(node, id, dir, now));
        }
    }

    /// A name in a directory has changed.
    pub fn changed(&mut self, dir: &Path, name: &str, now: Mono) {
        for folder in self.folders.values_mut().filter(|folder| folder.dir() == dir) {
            folder.changed(name, now);
        }
    }

    /// A directory that is one of ours, or above it, came or went.
    pub fn appeared(&mut self, path: &Path, now: Mono) {
        for folder in self.folders.values_mut().filter(|folder| folder.dir().starts_with(path)) {
            folder.lost(now);
        }
    }

    /// Starts the jobs that are due.
    pub fn on_time(&mut self, node: &mut Node, shared: &mut Shared, now: Mono) {
        for (id, folder) in &mut self.folders {
            let Some(work) = folder.next_job(node, now) else { continue };
            let key = shared.job(Job::Folder(*id));
            let (inotify, dir) = (shared.inotify.clone(), folder.dir().to_owned());
            let root =
                if dir.starts_with(&shared.layout.run) { &shared.layout.run } else { &shared.layout.persist };
            let root = root.clone();
            node.host_job(Lane::Store, &key, move |hal, scope| {
                // Watched before it is read, so that no change is missed.
                if work == Work::Look && inotify.watch(&dir).is_err() {
                    let told = inotify.watch_above(&root, &dir);
                    // It may have come before that.
                    if inotify.watch(&dir).is_err() {
                        return Looked { found: None, told };
                    }
                }
                Looked { found: read_folder(&*hal.storage, scope, &dir, work), told: false }
            });
        }
    }

    /// When something is due.
    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        self.folders.values().filter_map(|folder| folder.deadline(now)).min()
    }

    /// Takes in what a job read.
    pub fn done(&mut self, node: &mut Node, id: TableId, now: Mono, looked: Result<Looked, Failed>) {
        let Some(folder) = self.folders.get_mut(&id) else { return };
        match looked {
            Ok(Looked { told: true, .. }) => folder.absent(now),
            Ok(Looked { found, told: false }) => folder.done(node, now, found),
            Err(_) => folder.done(node, now, None),
        }
    }
}
