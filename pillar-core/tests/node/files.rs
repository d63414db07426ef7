//! The files of tables: what is written where, when something counts as stored, and what comes back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pillar_core::bus::files::{self, Layout};
use pillar_core::hal::{DirEntry, FileOp, Hal, Scope, Space, Storage, StorageError};
use pillar_core::node::{Agent, AgentName, Change, Context, NodeConfig, Place, TestNode, Trouble};

use crate::{Item, Kept, Log, PEER};

/// Files in memory, without any of a disk's troubles but a full one.
#[derive(Default)]
struct Shelf {
    files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    full: Mutex<bool>,
    writes: Mutex<u32>,
}

impl Shelf {
    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Vec<u8>>> {
        self.files.lock().expect("no panic while it is held")
    }

    fn text(&self, path: &str) -> Option<String> {
        self.files().get(Path::new(path)).map(|data| String::from_utf8_lossy(data).into_owned())
    }

    fn put(&self, path: &str, text: &str) {
        self.files().insert(path.into(), text.into());
    }

    fn set_full(&self, full: bool) {
        *self.full.lock().expect("no panic while it is held") = full;
    }

    fn writes(&self) -> u32 {
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
struct Clerk {
    log: Log,
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

struct Office {
    test: TestNode<Clerk>,
    shelf: Arc<Shelf>,
    log: Log,
}

impl Office {
    fn open(shelf: &Arc<Shelf>) -> Self {
        let mut office = Self::open_idle(shelf);
        office.test.run();
        office
    }

    /// An office in which nothing has run yet.
    fn open_idle(shelf: &Arc<Shelf>) -> Self {
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

    fn tell(&mut self, text: &str) {
        self.test.put(PEER, "order", Item::new(text)).expect("room");
    }
}

#[test]
fn tables_are_files_where_eve_has_them() {
    let shelf = Arc::new(Shelf::default());
    let mut office = Office::open(&shelf);
    office.tell("item key1 x");
    office.tell("keep k 7");
    office.tell("global led y");
    assert_eq!(shelf.text("/run/clerk/Item/key1.json").as_deref(), Some(r#"{"FieldA":"x"}"#));
    assert_eq!(shelf.text("/persist/status/clerk/Kept/k.json").as_deref(), Some(r#"{"Number":7}"#));
    assert_eq!(shelf.text("/run/global/Item/led.json").as_deref(), Some(r#"{"FieldA":"y"}"#));
    assert!(!shelf.files().keys().any(|path| path.to_string_lossy().contains("peer")), "not ours to write");
}

#[test]
fn ac02_18_the_restart_count_is_a_file_until_it_is_cleared() {
    let shelf = Arc::new(Shelf::default());
    let mut office = Office::open(&shelf);
    for _ in 0..3 {
        office.tell("restarted");
        office.tell("");
    }
    assert_eq!(shelf.text("/run/clerk/Item/restarted").as_deref(), Some("3"));
    office.tell("clear");
    assert_eq!(shelf.text("/run/clerk/Item/restarted"), None);
}

#[test]
fn ac02_19_the_value_before_is_the_backup_and_both_go_with_the_key() {
    let shelf = Arc::new(Shelf::default());
    let mut office = Office::open(&shelf);
    office.tell("keep key1 1");
    office.tell("keep key1 2");
    assert_eq!(shelf.text("/persist/status/clerk/Kept/key1.json").as_deref(), Some(r#"{"Number":2}"#));
    assert_eq!(shelf.text("/persist/status/clerk/Kept/key1.json.bak").as_deref(), Some(r#"{"Number":1}"#));
    office.tell("drop key1");
    assert!(shelf.files().is_empty());
    assert_eq!(office.log.take().last().map(String::as_str), Some("dropped key1"));
}

#[test]
fn ac02_20_an_empty_file_comes_back_from_its_backup() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/key1.json", "");
    shelf.put("/persist/status/clerk/Kept/key1.json.bak", r#"{"Number":1}"#);
    let office = Office::open(&shelf);
    assert_eq!(office.log.take(), ["start [key1=1]"]);
    assert_eq!(shelf.text("/persist/status/clerk/Kept/key1.json").as_deref(), Some(r#"{"Number":1}"#));
}

#[test]
fn ac02_21_a_missing_file_comes_back_from_its_backup() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/key1.json.bak", r#"{"Number":1}"#);
    let office = Office::open(&shelf);
    assert_eq!(office.log.take(), ["start [key1=1]"]);
    assert_eq!(shelf.text("/persist/status/clerk/Kept/key1.json").as_deref(), Some(r#"{"Number":1}"#));
}

#[test]
fn a_torn_file_comes_back_from_its_backup_too() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/key1.json", r#"{"Numb"#);
    shelf.put("/persist/status/clerk/Kept/key1.json.bak", r#"{"Number":1}"#);
    assert_eq!(Office::open(&shelf).log.take(), ["start [key1=1]"]);
}

#[test]
fn what_cannot_be_loaded_is_reported_and_left_alone() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/good.json", r#"{"Number":1}"#);
    shelf.put("/persist/status/clerk/Kept/torn.json", r#"{"Numb"#);
    shelf.put("/persist/status/clerk/Kept/wrong.json", r#"{"Number":"seven"}"#);
    let office = Office::open(&shelf);
    assert_eq!(office.log.take(), ["start [good=1]"]);
    let told: Vec<String> = office.test.node.reports().iter().map(ToString::to_string).collect();
    assert!(told[0].contains("clerk/Kept torn was not loaded"), "{told:?}");
    assert!(told[1].contains("clerk/Kept wrong was not loaded") && told[1].contains("Number"), "{told:?}");
    assert!(shelf.text("/persist/status/clerk/Kept/torn.json").is_some());
}

#[test]
fn what_comes_back_is_not_written_again() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/k.json", r#"{"Number":1}"#);
    shelf.put("/run/clerk/Item/k.json", r#"{"FieldA":"x"}"#);
    shelf.put("/run/clerk/Item/restarted", "2");
    let mut office = Office::open(&shelf);
    office.tell("keep k 1");
    assert_eq!(shelf.writes(), 0);
    assert_eq!(office.log.take(), ["start [k=1]", "stored k"], "it is stored already");
    assert_eq!(shelf.text("/run/clerk/Item/restarted").as_deref(), Some("2"));
}

#[test]
fn ac02_29_big_integers_stay_exact_across_a_restart() {
    let shelf = Arc::new(Shelf::default());
    Office::open(&shelf).tell("keep k 9007199254740993");
    assert_eq!(Office::open(&shelf).log.take(), ["start [k=9007199254740993]"]);
}

#[test]
fn a_persistent_value_keeps_fields_that_this_vintage_does_not_know() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/k.json", r#"{"Number":1,"Newer":{"a":[1]}}"#);
    Office::open(&shelf).tell("keep k 2");
    let kept = shelf.text("/persist/status/clerk/Kept/k.json");
    assert_eq!(kept.as_deref(), Some(r#"{"Number":2,"Newer":{"a":[1]}}"#));
}

#[test]
fn a_full_disk_loses_nothing_and_is_not_called_stored() {
    let shelf = Arc::new(Shelf::default());
    let mut office = Office::open(&shelf);
    office.tell("keep k 1");
    office.log.take();
    office.shelf.set_full(true);
    office.tell("keep k 2");
    office.test.pass(Duration::from_secs(300));
    assert!(office.log.take().is_empty());
    let report = office.test.node.reports().iter().next().expect("reported");
    assert!(matches!(report.trouble, Trouble::NotStored { .. }), "{report}");
    assert!(office.test.node.reports().total() < 15, "tries become rare");
    assert_eq!(shelf.text("/persist/status/clerk/Kept/k.json").as_deref(), Some(r#"{"Number":1}"#));
    office.shelf.set_full(false);
    office.test.pass(Duration::from_secs(120));
    assert_eq!(office.log.take(), ["stored k"]);
    assert_eq!(shelf.text("/persist/status/clerk/Kept/k.json").as_deref(), Some(r#"{"Number":2}"#));
}

#[test]
fn ac02_30_a_key_that_cannot_be_a_file_is_reported_by_length_and_by_slash() {
    let shelf = Arc::new(Shelf::default());
    let mut office = Office::open(&shelf);
    let fits = "k".repeat(250);
    let too_long = "k".repeat(251);
    for key in ["a/b", &too_long, &fits] {
        office.tell(&format!("item {key} x"));
    }
    let reports = office.test.node.reports();
    let refused: Vec<bool> = reports.iter().map(|r| matches!(r.trouble, Trouble::NoFile { .. })).collect();
    assert_eq!(refused, [true, true]);
    let files: Vec<PathBuf> = shelf.files().keys().cloned().collect();
    assert_eq!(files, [PathBuf::from(format!("/run/clerk/Item/{fits}.json"))]);
}

#[test]
fn a_removal_of_what_is_not_there_is_stored_at_once() {
    let shelf = Arc::new(Shelf::default());
    let mut office = Office::open(&shelf);
    office.log.take();
    office.tell("drop nothing");
    assert_eq!(office.log.take(), ["dropped nothing"]);
}

#[test]
fn a_restored_value_that_is_removed_at_once_leaves_no_file() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/k.json.bak", r#"{"Number":1}"#);
    let mut office = Office::open_idle(&shelf);
    let order = Some(Item::new("drop k").into());
    office.test.node.put(PEER, "order", order).expect("room");
    office.test.run();
    assert_eq!(office.log.take(), ["start [k=1]", "dropped k"]);
    assert!(shelf.files().is_empty());
}

#[test]
fn a_file_that_could_not_be_loaded_goes_with_its_key() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/k.json", r#"{"Numb"#);
    let mut office = Office::open(&shelf);
    office.tell("drop k");
    assert_eq!(office.log.take(), ["start []", "dropped k"]);
    assert!(shelf.files().is_empty());
}

#[test]
fn a_removal_that_is_under_way_is_stored_when_it_has_ended() {
    let shelf = Arc::new(Shelf::default());
    let mut office = Office::open(&shelf);
    office.tell("keep k 1");
    office.log.take();
    let order = |text: &str| Some(Item::new(text).into());
    office.test.node.put(PEER, "order", order("drop k")).expect("room");
    while office.test.node.step() {}
    let removal = office.test.node.take_jobs();
    assert_eq!(removal.len(), 1, "the removal is being written");
    office.test.node.put(PEER, "order", order("drop k ")).expect("room");
    while office.test.node.step() {}
    assert!(office.log.take().is_empty());
    let hal = Hal { storage: shelf.clone(), ..Hal::default() };
    for job in removal {
        let id = job.id();
        let out = job.run(&hal);
        office.test.node.job_done(id, out);
    }
    office.test.run();
    assert_eq!(office.log.take(), ["dropped k", "dropped k"]);
}

/// Follows a persistent table whose publisher is not in this node.
struct Watcher {
    log: Log,
}

impl Agent for Watcher {
    const NAME: AgentName = AgentName("watcher");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Kept>(Clerk::NAME, |watcher, change, _| {
            watcher.log.change(&change, |kept| kept.number.to_string());
        });
    }
}

#[test]
fn ac02_23_a_persistent_table_is_read_from_its_files_before_its_publisher_is_there() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/k1.json", r#"{"Number":1}"#);
    shelf.put("/persist/status/clerk/Kept/k2.json", r#"{"Number":2}"#);
    shelf.put("/persist/status/clerk/Kept/restarted", "4");
    let log = Log::default();
    let noted = log.clone();
    let layout = Layout::default();
    let loaded = files::read(&*shelf, &Scope::unbounded(), &layout, &[Watcher::NAME]).expect("readable");
    let hal = Hal { storage: shelf.clone(), ..Hal::default() };
    let config = NodeConfig { files: Some(layout), ..NodeConfig::default() };
    let mut test = TestNode::load(hal, config, loaded, move || Watcher { log: noted.clone() });
    test.run();
    assert_eq!(log.take(), ["create k1 1", "create k2 2", "restarted 4"], "and not synced");
    assert_eq!(test.node.reports().total(), 0);
    assert_eq!(shelf.writes(), 0);
}

#[test]
fn a_burst_is_written_once_for_each_key() {
    let shelf = Arc::new(Shelf::default());
    let mut office = Office::open(&shelf);
    for n in 0..100 {
        office.test.node.put(PEER, "order", Some(Item::new(&format!("item k {n}")).into())).expect("room");
        office.test.node.step();
    }
    office.test.run();
    assert_eq!(shelf.text("/run/clerk/Item/k.json").as_deref(), Some(r#"{"FieldA":"99"}"#));
    assert_eq!(shelf.writes(), 1);
}
