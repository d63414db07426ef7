//! Two of our own nodes, on both wires.

use std::path::Path;
use std::time::{Duration, Instant};

use pillar_core::bus::wire::Wire;
use pillar_core::node::{Agent, AgentName, Change, Context, Node};
use pillar_hal::ipc::Connection;
use pillar_tests::peer::Peer;
use pillar_tests::script::{A1, Item, Log, reader, writer};
use pillar_tests::site::{Dir, Site};
use pillar_types::object;

use crate::{troubles, until_told};

/// A writer and a reader in two nodes.
fn two(dir: &Dir, wire: Wire) -> (Site, Site, Log) {
    let log = Log::default();
    let mut writing = Site::new(dir.path(), wire, writer);
    writing.turn().expect("tables of our own");
    let reading = Site::new(dir.path(), wire, |node| reader(node, &log));
    (writing, reading, log)
}

/// Runs both until the reader's log has these lines.
fn both_until_told(writing: &mut Site, reading: &mut Site, log: &Log, lines: &[&str]) {
    let of_items = |log: &Log| -> Vec<String> {
        log.lines()
            .into_iter()
            .filter(|line| !line.starts_with("kept ") && !line.starts_with("loc "))
            .collect()
    };
    reading.until(&format!("{lines:?}"), |_| {
        writing.turn().expect("tables of our own");
        of_items(log).len() >= lines.len()
    });
    assert_eq!(of_items(log), lines);
    log.take();
}

/// What the reader's links to the writer's items speak.
fn wire_of_items(site: &Site) -> Option<Wire> {
    let of_items = |connection: &Connection| connection.table.topic == "Item" && !connection.serving;
    site.connections().iter().find(|connection| of_items(connection))?.wire
}

#[test]
fn a_table_is_followed_through_its_life_on_both_wires() {
    for wire in [Wire::Native, Wire::Eve] {
        let dir = Dir::new();
        let (mut writing, mut reading, log) = two(&dir, wire);
        both_until_told(&mut writing, &mut reading, &log, &["synced"]);
        assert_eq!(wire_of_items(&reading), Some(wire));

        writing.publish("k1", r#"{"FieldA":"x","Number":18446744073709551615}"#);
        both_until_told(&mut writing, &mut reading, &log, &["create k1 x"]);
        let item = reading.node.get::<Item>(A1, "k1").expect("a value");
        assert_eq!(item.number, u64::MAX);

        writing.publish("k1", r#"{"FieldA":"y"}"#);
        both_until_told(&mut writing, &mut reading, &log, &["modify k1 x y"]);
        writing.step("unpublish", "Item", "k1", "");
        both_until_told(&mut writing, &mut reading, &log, &["delete k1 y"]);
        writing.step("restart", "Item", "", "");
        both_until_told(&mut writing, &mut reading, &log, &["restarted 1"]);
        writing.step("clear", "Item", "", "");
        both_until_told(&mut writing, &mut reading, &log, &["restarted 0"]);

        // A publisher that has gone leaves the table; one that comes back without a key deletes it.
        writing.publish("k2", r#"{"FieldA":"z"}"#);
        both_until_told(&mut writing, &mut reading, &log, &["create k2 z"]);
        drop(writing);
        reading.run(Duration::from_millis(20));
        assert!(reading.node.get::<Item>(A1, "k2").is_some());
        std::fs::remove_dir_all(dir.path().join("run/a1/Item")).expect("its files");
        let mut writing = Site::new(dir.path(), wire, writer);
        both_until_told(&mut writing, &mut reading, &log, &["delete k2 z", "synced"]);
        assert_eq!((troubles(&writing.node), troubles(&reading.node)), (vec![], vec![]));
    }
}

#[test]
fn a_subscriber_that_is_first_is_connected_as_soon_as_its_publisher_is_there() {
    let dir = Dir::new();
    let log = Log::default();
    let mut reading = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));
    // Given that all early attempts are over: the next comes only in ten seconds.
    for _ in 0..20 {
        reading.turn().expect("tables of our own");
        reading.skip(Duration::from_secs(10));
    }
    let start = Instant::now();
    // Then the directory is made, and the socket in it.
    let mut writing = Site::new(dir.path(), Wire::Native, writer);
    both_until_told(&mut writing, &mut reading, &log, &["synced"]);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_large_field_needs_no_file_natively() {
    let dir = Dir::new();
    let (mut writing, mut reading, log) = two(&dir, Wire::Native);
    both_until_told(&mut writing, &mut reading, &log, &["synced"]);
    let value = format!(r#"{{"FieldA":"x","pubsub-large-Data":"{}"}}"#, "d".repeat(3 << 20));

    writing.publish("k1", &value);

    both_until_told(&mut writing, &mut reading, &log, &["create k1 x"]);
    assert_eq!(reading.node.get::<Item>(A1, "k1").expect("a value").data.len(), 3 << 20);
    assert!(!dir.path().join("persist/pubsub-large").exists());
}

object! {
    /// The topic as a later version has it.
    pub struct Later topic "Item" {
        /// The field.
        pub field_a: String = "FieldA",
        /// A field that earlier versions do not have.
        pub more: String = "More",
    }
}

/// Follows the items of a later version.
struct LaterReader(Log);

impl Agent for LaterReader {
    const NAME: AgentName = AgentName("later");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(A1, Self::on_later);
    }
}

impl LaterReader {
    fn on_later(&mut self, change: Change<'_, Later>, _: &mut Context<'_, Self>) {
        if let Some(later) = change.value() {
            self.0.note(format!("later {} {}", change.key, later.field_a));
        }
    }
}

#[test]
fn versions_of_a_type_that_differ_speak_eves_wire() {
    let dir = Dir::new();
    let mut writing = Site::new(dir.path(), Wire::Native, writer);
    writing.publish("k1", r#"{"FieldA":"x"}"#);
    let log = Log::default();
    let noted = log.clone();
    let add = move |node: &mut Node| node.add(move || LaterReader(noted.clone()));
    let mut reading = Site::new(dir.path(), Wire::Native, add);

    both_until_told(&mut writing, &mut reading, &log, &["later k1 x"]);

    assert_eq!(wire_of_items(&reading), Some(Wire::Eve));
    assert_eq!((troubles(&writing.node), troubles(&reading.node)), (vec![], vec![]));
}

#[test]
fn a_publisher_of_eves_refuses_the_native_request_and_is_asked_in_its_own_words() {
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Item", &[r#"--table={"k1":{"FieldA":"x"}}"#]);
    let log = Log::default();
    let mut site = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));

    until_told(&mut site, &log, &["create k1 x", "synced"]);

    let asked: Vec<String> =
        (0..2).map(|_| peer.event()["text"].as_str().unwrap_or_default().to_owned()).collect();
    assert!(asked[0].starts_with("native 1 Item "), "{asked:?}");
    assert_eq!(asked[1], "request Item");
    assert_eq!(wire_of_items(&site), Some(Wire::Eve));
    assert_eq!(troubles(&site.node), []);
}

#[test]
fn an_agent_of_our_own_takes_a_table_over_from_another_process() {
    // An update moves an agent from one process to another; whoever follows it does not notice.
    let dir = Dir::new();
    let peer = Peer::publisher(dir.path(), "a1", "Item", &[r#"--table={"k1":{"FieldA":"x"}}"#]);
    let log = Log::default();
    let mut site = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));
    until_told(&mut site, &log, &["create k1 x", "synced"]);
    drop(peer);

    writer(&mut site.node);
    site.publish("k1", r#"{"FieldA":"y"}"#);

    let told = log.take();
    assert!(told.contains(&"modify k1 x y".to_owned()), "{told:?}");
    assert!(is_socket(&dir.path().join("run/a1/Item.sock")));
    assert_eq!(wire_of_items(&site), None);
}

fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.file_type().is_socket())
}
