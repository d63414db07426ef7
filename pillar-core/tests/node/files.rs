//! The files of tables: what is written where, and what comes back.

use std::path::PathBuf;
use std::sync::Arc;

use pillar_core::bus::files::{self, Layout};
use pillar_core::hal::{Hal, Scope};
use pillar_core::node::{Agent, AgentName, Context, NodeConfig, TestNode, Trouble};

use crate::office::{Clerk, Office, Shelf};
use crate::{Item, Kept, Log, PEER};

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

/// Publishes the same topic as the clerk once did, but does not keep it any more.
struct Forgetful;

impl Agent for Forgetful {
    const NAME: AgentName = AgentName("forgetful");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Item>();
    }
}

/// Follows the forgetful one, and the clerk.
struct Visitor {
    log: Log,
}

impl Agent for Visitor {
    const NAME: AgentName = AgentName("visitor");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Item>(Forgetful::NAME, |visitor, change, _| {
            visitor.log.change(&change, |item| item.field_a.clone());
        });
        cx.subscribe::<Kept>(Clerk::NAME, |visitor, change, _| {
            visitor.log.change(&change, |kept| kept.number.to_string());
        });
    }
}

/// A node in which the visitor starts first, on what the shelf holds.
fn visited(shelf: &Arc<Shelf>) -> (TestNode<Visitor>, Log) {
    let log = Log::default();
    let noted = log.clone();
    let layout = Layout::default();
    let names = [Forgetful::NAME, Clerk::NAME];
    let loaded = files::read(&**shelf, &Scope::unbounded(), &layout, &names).expect("readable");
    let hal = Hal { storage: shelf.clone(), ..Hal::default() };
    let config = NodeConfig { files: Some(layout), ..NodeConfig::default() };
    (TestNode::load(hal, config, loaded, move || Visitor { log: noted.clone() }), log)
}

/// Weakness 18 of the reference: what was persistent once stayed for subscribers when it no longer was.
#[test]
fn a_topic_that_is_not_persistent_any_more_does_not_bring_old_values_back() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/forgetful/Item/k.json", r#"{"FieldA":"old"}"#);
    let (mut test, log) = visited(&shelf);
    test.node.add(|| Forgetful);
    test.run();
    assert_eq!(log.take(), ["synced"]);
}

#[test]
fn a_table_from_files_is_synced_before_it_is_restarted() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/k.json", r#"{"Number":1}"#);
    shelf.put("/persist/status/clerk/Kept/restarted", "2");
    let (mut test, log) = visited(&shelf);
    let noted = Log::default();
    test.node.add(move || Clerk { log: noted.clone() });
    test.run();
    assert_eq!(log.take(), ["create k 1", "synced", "restarted 2"]);
}

/// A power cut leaves the temporary file of a write that was under way.
#[test]
fn temporary_files_of_our_own_tables_are_swept_at_start() {
    let shelf = Arc::new(Shelf::default());
    for dir in
        ["/persist/status/clerk/Kept", "/run/clerk/Item", "/persist/status/other/Kept", "/run/global/Item"]
    {
        shelf.put(&format!("{dir}/tmp17"), "{");
    }
    shelf.put("/persist/status/clerk/Kept/tmp.json", r#"{"Number":1}"#);
    let office = Office::open(&shelf);
    assert_eq!(office.log.take(), ["start [tmp=1]"]);
    let left: Vec<PathBuf> = shelf.files().keys().cloned().collect();
    let kept =
        ["/persist/status/clerk/Kept/tmp.json", "/persist/status/other/Kept/tmp17", "/run/global/Item/tmp17"];
    assert_eq!(left, kept.map(PathBuf::from), "others may be writing theirs just now");
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
