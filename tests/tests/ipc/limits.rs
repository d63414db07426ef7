//! Long messages and large fields.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pillar_core::bus::wire::large::LargeError;
use pillar_core::bus::wire::{Wire, WireTrouble};
use pillar_core::hal::StorageError;
use pillar_tests::peer::Peer;
use pillar_tests::script::{A1, Item, Log, reader};
use pillar_tests::site::{Dir, Site};
use pillar_types::base64;
use serde_json::{Value, json};

use crate::{Raw, publishing, troubles, until_told};

/// An item whose JSON has so many bytes.
fn item(bytes: usize) -> String {
    let frame = r#"{"FieldA":""}"#.len();
    format!(r#"{{"FieldA":"{}"}}"#, "x".repeat(bytes - frame))
}

fn with_data(bytes: usize) -> String {
    format!(r#"{{"FieldA":"x","pubsub-large-Data":"{}"}}"#, "d".repeat(bytes))
}

fn large_dir(dir: &Dir) -> PathBuf {
    dir.path().join("persist/pubsub-large/a1/Item")
}

fn files(dir: &Path) -> usize {
    fs::read_dir(dir).map_or(0, Iterator::count)
}

/// The next event of that name from a subscriber.
fn event(site: &mut Site, peer: &mut Peer, name: &str) -> Value {
    let mut found = None;
    site.until(name, |_| {
        found = peer.poll().filter(|event| event["event"] == name);
        found.is_some()
    });
    found.expect("there it is")
}

#[test]
fn ac02_25_the_longest_value_is_delivered_and_a_longer_one_refused() {
    // Weakness 9 of the reference: a message that is too long ends the process.
    let dir = Dir::new();
    let mut site = publishing(&dir);
    let mut raw = Raw::ask(&mut site, &dir, b"request Item");
    raw.take(&mut site, 2);

    assert_eq!(site.check("key1", &item(49_134)), "ok");
    site.publish("key1", &item(49_134));
    let message = raw.take(&mut site, 1).remove(0);
    let value = message.strip_prefix("update Item a2V5MQ== ").expect("an update");
    assert_eq!(base64::decode(value.as_bytes()).expect("base64").len(), 49_134);

    let refused = site.check("key1", &item(49_135));
    assert!(refused.contains("65537") && refused.contains("65535"), "{refused}");
    site.publish("key1", &item(49_135));
    site.publish("key2", r#"{"FieldA":"y"}"#);
    assert_eq!(raw.take(&mut site, 1), ["update Item a2V5Mg== eyJGaWVsZEEiOiJ5In0="]);
    assert!(matches!(
        &troubles(&site.node)[..],
        [WireTrouble::NotTold { key, why: LargeError::TooLong(why) }] if key == "key1" && why.bytes == 65_537
    ));
}

#[test]
fn ac02_26_a_large_field_travels_as_a_file_that_is_gone_afterwards() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    site.publish("key1", &with_data(200_000));

    // The datagram names an existing file.
    let mut raw = Raw::ask(&mut site, &dir, b"request Item");
    let update = raw.take(&mut site, 2).remove(1);
    let value = base64::decode(update.rsplit(' ').next().expect("a value").as_bytes()).expect("base64");
    let value: Value = serde_json::from_slice(&value).expect("JSON");
    assert_eq!(value.get("pubsub-large-Data"), None);
    let path: String =
        serde_json::from_str(value["pubsub-file-Data"].as_str().expect("a text")).expect("JSON");
    assert!(Path::new(&path).starts_with(large_dir(&dir)) && Path::new(&path).exists(), "{path}");
    fs::remove_file(path).expect("a file");

    // A subscriber of EVE's delivers the original value, and the file is gone.
    let mut peer = Peer::subscriber(dir.path(), "a1", "Item");
    let created = event(&mut site, &mut peer, "create");
    let value: Value = serde_json::from_str(created["text"].as_str().expect("a text")).expect("JSON");
    assert_eq!(value["pubsub-large-Data"].as_str().expect("a text").len(), 200_000);
    assert_eq!(files(&large_dir(&dir)), 0);
    let file = fs::read_to_string(dir.path().join("run/a1/Item/key1.json")).expect("a file");
    assert_eq!(file, with_data(200_000));

    // Weakness 2 of the reference: another key's change does not write the field again.
    site.publish("key2", r#"{"FieldA":"y"}"#);
    assert_eq!(event(&mut site, &mut peer, "create")["key"], "key2");
    assert_eq!(files(&large_dir(&dir)), 0);
}

#[test]
fn ac02_26_a_large_field_of_eves_is_read_and_its_file_removed() {
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Item", &[]);
    peer.run(&json!({"op": "publish", "key": "key1", "text": with_data(200_000)}));
    let log = Log::default();
    let mut site = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));

    until_told(&mut site, &log, &["create key1 x", "synced"]);

    let data = &site.node.get::<Item>(A1, "key1").expect("a value").data;
    assert_eq!(data.len(), 200_000);
    assert_eq!(files(&large_dir(&dir)), 0);
}

#[test]
fn ac02_27_a_field_of_a_mebibyte_is_refused() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    let frame = r#"{"pubsub-large-Data":""}"#.len();

    assert_eq!(site.check("key1", &with_data((1 << 20) - 1 - frame)), "ok");
    let refused = site.check("key1", &with_data((1 << 20) - frame));

    assert!(refused.contains("1048576"), "{refused}");
}

#[test]
fn ac02_28_a_field_whose_file_is_gone_drops_the_update_and_no_more() {
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Item", &[]);
    let log = Log::default();
    let mut site = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));
    until_told(&mut site, &log, &["synced"]);

    let path = large_dir(&dir).join("pubsub-file-Data1");
    let value = json!({"FieldA": "x", "pubsub-file-Data": serde_json::to_string(&path).expect("JSON")});
    let update = format!("update Item a2V5MQ== {}", base64::encode(value.to_string().as_bytes()));
    peer.run(&json!({"op": "send", "text": base64::encode(update.as_bytes())}));
    peer.run(&json!({"op": "publish", "key": "key1", "text": r#"{"FieldA":"y"}"#}));

    until_told(&mut site, &log, &["create key1 y"]);
    let missing = LargeError::Storage(StorageError::NotFound(path));
    assert_eq!(troubles(&site.node), [WireTrouble::BadField { key: "key1".to_owned(), why: missing }]);
}

#[test]
fn ac02_31_a_subscriber_that_does_not_read_holds_up_nobody() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    let mut stalled = Raw::ask(&mut site, &dir, b"request Item");
    let mut peer = Peer::subscriber(dir.path(), "a1", "Item");
    event(&mut site, &mut peer, "sync");

    let start = Instant::now();
    site.step("fill", "Item", "", "10000");
    assert!(start.elapsed() < Duration::from_secs(5), "it took {:?}", start.elapsed());

    let mut created = 0;
    site.until("10,000 keys", |_| {
        while let Some(event) = peer.poll() {
            created += u32::from(event["event"] == "create");
        }
        created == 10_000
    });
    // The stalled one finds everything when it reads on, in whatever order.
    stalled.peer.tell(&json!({"op": "count", "name": "s", "count": 10_002}));
    let counted = event(&mut site, &mut stalled.peer, "counted");
    assert_eq!(counted["verbs"], json!({"hello": 1, "complete": 1, "update": 10_000}));
    assert!(stalled.peer.is_quiet("s"));
}
