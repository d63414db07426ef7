//! An agent with files in memory, for the tests of files and of what is stored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use pillar_core::bus::files::{self, Layout};
use pillar_core::hal::{DirEntry, FileOp, Hal, Scope, Space, Storage, StorageError};
use pillar_core::node::{Agent, AgentName, Change, Context, NodeConfig, Place, TestNode};

use crate::{Item, Kept, Log, PEER};

/// Files in memory, without any of a disk's troubles but a full one.
#[derive(Default)]
pub struct Shelf {
    files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    full: Mutex<bool>,
    writes: Mutex<u32>,
}

impl Shelf {
    pub fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Vec<u8>>> {
        self.files.lock().expect("no panic while it is held")
    }

    pub fn text(&self, path: &str) -> Option<String> {
        self.files().get(Path::new(path)).map(|data| String::from_utf8_lossy(data).into_owned())
    }

    pub fn put(&self, path: &str, text: &str) {
        self.files().insert(path.into(), text.into());
    }

    pub fn set_full(&self, full: bool) {
        *self.full.lock().expect("no panic while it is held") = full;
    }

    pub fn writes(&self) -> u32 {
        std::mem::take(&mut *self.writes.lock().expect("no panic while it is held"))
    }

    fn change(&self, op: &FileOp) -> Result<(), StorageError> {
        *self.writes.lock().expect("no panic while it is held") += 1;
        let bak = op.path().with_added_extension("bak");
        match op {
            FileOp::Replace { path, data, .. } if *self.full.lock().expect("no panic while it is held") => {
                Err(StorageError::NoSpace { path: path.clone(), need: data.len() as u64, free: 0 })
            }
            FileOp::Replace { path, data, backup } => {
                let before = self.files().insert(path.clone(), data.clone());
                if let (true, Some(before)) = (*backup, before) {
                    self.files().insert(bak, before);
                }
                Ok(())
            }
            FileOp::Remove { path } => {
                self.files().remove(&bak);
                self.files().remove(path);
                Ok(())
            }
        }
    }
}

impl Storage for Shelf {
    fn apply(&self, _: &Scope, ops: &[FileOp]) -> Vec<Result<(), StorageError>> {
        ops.iter().map(|op| self.change(op)).collect()
    }

    fn read(&self, _: &Scope, path: &Path, limit: usize) -> Result<Vec<u8>, StorageError> {
        let data = self.files().get(path).cloned().ok_or_else(|| StorageError::NotFound(path.into()))?;
        if data.len() > limit {
            return Err(StorageError::TooLarge { path: path.into(), limit });
        }
        Ok(data)
    }

    fn list(&self, _: &Scope, dir: &Path) -> Result<Vec<DirEntry>, StorageError> {
        let mut entries = BTreeMap::new();
        for path in self.files().keys() {
            let Ok(rest) = path.strip_prefix(dir) else { continue };
            let mut parts = rest.iter();
            let Some(name) = parts.next() else { continue };
            entries.insert(name.to_string_lossy().into_owned(), parts.next().is_some());
        }
        if entries.is_empty() {
            return Err(StorageError::NotFound(dir.into()));
        }
        Ok(entries.into_iter().map(|(name, is_dir)| DirEntry { name, is_dir }).collect())
    }

    fn space(&self, _: &Scope, _: &Path) -> Result<Space, StorageError> {
        Ok(Space::default())
    }
}

/// Publishes what it is told, as an item, a kept number or a global item, and notes what is stored.
pub struct Clerk {
    pub log: Log,
}

impl Agent for Clerk {
    const NAME: AgentName = AgentName("clerk");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Kept>();
        cx.declare::<Item>();
        let kept = cx.all_own::<Kept>();
        let kept: Vec<String> = kept.iter().map(|(key, kept)| format!("{key}={}", kept.number)).collect();
        self.log.note(format!("start [{}]", kept.join(" ")));
        cx.subscribe(PEER, Self::on_item);
    }
}

impl Clerk {
    fn on_item(&mut self, change: Change<'_, Item>, cx: &mut Context<'_, Self>) {
        let Some(item) = change.value() else { return };
        let words: Vec<&str> = item.field_a.split_whitespace().collect();
        match words[..] {
            ["keep", key, number] => {
                cx.publish_stored(key, Kept::new(number.parse().expect("a number")), |clerk, key, _| {
                    clerk.log.note(format!("stored {key}"));
                });
            }
            ["drop", key] => cx.unpublish_stored::<Kept>(key, |clerk, key, _| {
                clerk.log.note(format!("dropped {key}"));
            }),
            ["item", key, text] => cx.publish(key, Item::new(text)),
            ["global", key, text] => cx.publish_at(Place::Global, key, Item::new(text)),
            ["restarted"] => cx.signal_restarted::<Item>(),
            ["clear"] => cx.clear_restarted::<Item>(),
            _ => {}
        }
    }
}

pub struct Office {
    pub test: TestNode<Clerk>,
    pub shelf: Arc<Shelf>,
    pub log: Log,
}

impl Office {
    pub fn open(shelf: &Arc<Shelf>) -> Self {
        let mut office = Self::open_idle(shelf);
        office.test.run();
        office
    }

    /// An office in which nothing has run yet.
    pub fn open_idle(shelf: &Arc<Shelf>) -> Self {
        let log = Log::default();
        let noted = log.clone();
        let layout = Layout::default();
        let loaded = files::read(&**shelf, &Scope::unbounded(), &layout, &[Clerk::NAME]).expect("readable");
        let hal = Hal { storage: shelf.clone(), ..Hal::default() };
        let config = NodeConfig { files: Some(layout), ..NodeConfig::default() };
        let make = move || Clerk { log: noted.clone() };
        let test = TestNode::load(hal, config, loaded, make);
        Office { test, shelf: shelf.clone(), log }
    }

    pub fn tell(&mut self, text: &str) {
        self.test.put(PEER, "order", Item::new(text)).expect("room");
    }
}
