//! Tables that are followed as files, in simulated time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pillar_core::bus::wire::{ABSENT, Folder, Found, RECHECK, RESTART_DELAY, Work};
use pillar_core::bus::{TableId, TableName};
use pillar_core::hal::StorageError;
use pillar_core::node::{Agent, AgentName, Change, Context, Event, GLOBAL, Node, NodeConfig};
use pillar_core::time::Mono;

use crate::Item;

/// Notes what the folder holds.
struct Reader(Arc<Mutex<Vec<String>>>);

impl Agent for Reader {
    const NAME: AgentName = AgentName("reader");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(GLOBAL, Self::on_item);
    }
}

impl Reader {
    fn on_item(&mut self, change: Change<'_, Item>, _: &mut Context<'_, Self>) {
        let key = change.key;
        let line = match change.event {
            Event::Created(item) => format!("create {key} {}", item.field_a),
            Event::Modified { new, .. } => format!("modify {key} {}", new.field_a),
            Event::Deleted(_) => format!("delete {key}"),
            Event::Synced => "synced".to_owned(),
            Event::Restarted(count) => format!("restarted {count}"),
            Event::Resync => "resync".to_owned(),
        };
        self.0.lock().expect("no panic while it is held").push(line);
    }
}

struct Bench {
    node: Node,
    folder: Folder,
    now: Mono,
    told: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    fn new() -> Bench {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut node = Node::new(NodeConfig::default());
        let noted = told.clone();
        node.add(move || Reader(noted.clone()));
        while node.step() {}
        let table = node.bus().find(&TableName { agent: GLOBAL, scope: "", topic: "Item" });
        let table: TableId = table.expect("it is followed");
        let folder = Folder::new(&mut node, table, PathBuf::from("/run/global/Item"), Mono(1));
        Bench { node, folder, now: Mono(1), told }
    }

    /// A bench whose folder was looked at and is empty.
    fn watching() -> Bench {
        let mut bench = Bench::new();
        assert_eq!(bench.job(), Some(Work::Look));
        bench.found(&[], None);
        assert_eq!(bench.told(), ["synced"]);
        bench
    }

    fn job(&mut self) -> Option<Work> {
        self.folder.next_job(&self.node, self.now)
    }

    fn found(&mut self, files: &[(&str, Option<&str>)], restarted: Option<u32>) {
        let content = |text: Option<&str>| Ok::<_, StorageError>(text.map(|text| text.as_bytes().to_vec()));
        let files: BTreeMap<_, _> =
            files.iter().map(|(key, text)| ((*key).to_owned(), content(*text))).collect();
        self.folder.done(&mut self.node, self.now, Some(Found { files, restarted }));
        while self.node.step() {}
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().expect("no panic while it is held"))
    }
}

fn read(keys: &[&str], restarted: bool) -> Work {
    let keys: BTreeSet<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    Work::Read { keys, restarted }
}

#[test]
fn all_that_is_there_is_told_then_synced_then_the_restart() {
    let mut bench = Bench::new();
    assert_eq!(bench.job(), Some(Work::Look));
    bench.found(&[("k1", Some(r#"{"FieldA":"x"}"#)), ("k2", Some(r#"{"FieldA":"y"}"#))], Some(2));
    assert_eq!(bench.told(), ["create k1 x", "create k2 y", "synced", "restarted 2"]);
}

#[test]
fn a_directory_that_is_not_there_is_looked_for_again() {
    let mut bench = Bench::new();
    assert_eq!(bench.job(), Some(Work::Look));
    bench.folder.done(&mut bench.node, bench.now, None);
    assert_eq!(bench.job(), None);
    assert_eq!(bench.folder.deadline(bench.now), Some(bench.now + ABSENT));

    // It appears, and is looked at at once.
    bench.folder.lost(bench.now);
    assert_eq!(bench.job(), Some(Work::Look));
    bench.found(&[], None);
    assert_eq!(bench.told(), ["synced"]);
}

#[test]
fn a_directory_whose_coming_is_told_is_waited_for() {
    let mut bench = Bench::new();
    assert_eq!(bench.job(), Some(Work::Look));
    bench.folder.absent(bench.now);
    let next = bench.folder.deadline(bench.now).expect("in case that it was not told");
    assert_eq!(next.0 % RECHECK.as_nanos() as u64, 0, "with all others that wait so");

    bench.folder.lost(bench.now);
    assert_eq!(bench.job(), Some(Work::Look));
}

#[test]
fn one_that_comes_while_it_is_looked_for_is_looked_at() {
    let mut bench = Bench::new();
    assert_eq!(bench.job(), Some(Work::Look));
    bench.folder.lost(bench.now);
    bench.folder.absent(bench.now);
    assert_eq!(bench.job(), Some(Work::Look));
}

#[test]
fn changes_gather_while_a_job_runs() {
    let mut bench = Bench::watching();
    bench.folder.changed("k1.json", bench.now);
    assert_eq!(bench.job(), Some(read(&["k1"], false)));
    for name in ["k2.json", "k1.json", "k2.json", "tmp123", "k1.json.bak", "restart"] {
        bench.folder.changed(name, bench.now);
    }
    assert_eq!(bench.job(), None, "one at a time");
    bench.found(&[("k1", Some(r#"{"FieldA":"x"}"#))], None);
    assert_eq!(bench.job(), Some(read(&["k1", "k2"], false)));
    bench.found(&[("k1", None), ("k2", Some(r#"{"FieldA":"y"}"#))], None);
    assert_eq!(bench.told(), ["create k1 x", "delete k1", "create k2 y"]);
    assert_eq!(bench.folder.deadline(bench.now), None);
}

#[test]
fn ac02_33_a_restart_comes_one_to_three_seconds_later_and_after_the_others() {
    for nanos in [0, 999_999_999, 1_999_999_999] {
        let mut bench = Bench::watching();
        bench.now = Mono(10_000_000_000 + nanos);
        let start = bench.now;
        bench.folder.changed("restarted", bench.now);
        bench.folder.changed("x.json", bench.now);
        assert_eq!(bench.job(), Some(read(&["x"], false)));
        bench.found(&[("x", Some(r#"{"FieldA":"x"}"#))], None);

        let at = bench.folder.deadline(bench.now).expect("the restart");
        let delay = at.since(start);
        assert!(delay >= Duration::from_secs(1) && delay <= Duration::from_secs(3), "{delay:?}");
        assert_eq!(delay.as_nanos() as u64, RESTART_DELAY.0.as_nanos() as u64 + nanos);
        bench.now = at;
        assert_eq!(bench.job(), Some(read(&[], true)));
        bench.found(&[], Some(1));
        assert_eq!(bench.told(), ["create x x", "restarted 1"]);
    }
}

#[test]
fn a_second_restart_tells_the_first_at_once() {
    let mut bench = Bench::watching();
    bench.folder.changed("restarted", bench.now);
    bench.folder.changed("restarted", bench.now);
    assert_eq!(bench.job(), Some(read(&[], true)));
}

#[test]
fn a_file_that_is_empty_or_bad_leaves_the_key_as_it_was() {
    let mut bench = Bench::watching();
    bench.folder.changed("k1.json", bench.now);
    bench.job();
    bench.found(&[("k1", Some(r#"{"FieldA":"x"}"#))], None);
    for bad in ["", "{", "[]"] {
        bench.folder.changed("k1.json", bench.now);
        bench.job();
        bench.found(&[("k1", Some(bad))], None);
    }
    assert_eq!(bench.told(), ["create k1 x"]);
    assert_eq!(bench.node.reports().total(), 2, "an empty one has only begun to be written");
}

#[test]
fn lost_notices_make_it_look_at_everything_and_sweep() {
    let mut bench = Bench::watching();
    bench.folder.changed("k1.json", bench.now);
    bench.job();
    bench.found(&[("k1", Some(r#"{"FieldA":"x"}"#))], None);
    bench.folder.lost(bench.now);
    assert_eq!(bench.job(), Some(Work::Look));
    bench.found(&[("k2", Some(r#"{"FieldA":"y"}"#))], None);
    assert_eq!(bench.told(), ["create k1 x", "delete k1", "create k2 y"]);
}
