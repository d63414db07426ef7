//! Tables of EVE's publishers as this node's agents see them.

use std::time::Duration;

use pillar_core::bus::wire::{Wire, WireTrouble};
use pillar_tests::peer::Peer;
use pillar_tests::script::{Item, Log, reader};
use pillar_tests::site::{Dir, Site};
use pillar_types::base64;
use serde_json::json;

use crate::{troubles, until_told};

/// A site with a reader, and its log.
fn following(dir: &Dir) -> (Site, Log) {
    let log = Log::default();
    let site = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));
    (site, log)
}

fn publish(peer: &mut Peer, key: &str, text: &str) {
    peer.run(&json!({"op": "publish", "key": key, "text": text}));
}

/// Sends a datagram to all subscribers.
fn send(peer: &mut Peer, datagram: &[u8], count: u32) {
    peer.run(&json!({"op": "send", "text": base64::encode(datagram), "count": count}));
}

#[test]
fn ac02_06_a_publisher_of_2024_is_understood() {
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Item", &["--old"]);
    publish(&mut peer, "key1", r#"{"FieldA":"x"}"#);

    let (mut site, log) = following(&dir);

    until_told(&mut site, &log, &["create key1 x", "synced"]);
    assert_eq!(troubles(&site.node), []);
}

#[test]
fn ac02_07_a_publisher_that_keeps_nothing_is_reported_once_and_heard() {
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Kept", &[]);
    let (mut site, log) = following(&dir);
    until_told(&mut site, &log, &["kept synced"]);

    publish(&mut peer, "key1", r#"{"FieldA":"x"}"#);

    until_told(&mut site, &log, &["kept create key1 x"]);
    assert_eq!(troubles(&site.node), [WireTrouble::NotPersistent]);
}

#[test]
fn ac02_08_the_empty_key_is_followed() {
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "LOCConfig", &[]);
    publish(&mut peer, "", "{}");

    let (mut site, log) = following(&dir);

    until_told(&mut site, &log, &["loc create  ", "loc synced"]);
}

#[test]
fn ac02_11_an_update_that_comes_twice_is_told_once() {
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Item", &[]);
    let (mut site, log) = following(&dir);
    until_told(&mut site, &log, &["synced"]);

    send(&mut peer, b"update Item a2V5MQ== eyJGaWVsZEEiOiJ4In0=", 2);
    send(&mut peer, b"restarted Item 1", 1);

    until_told(&mut site, &log, &["create key1 x", "restarted 1"]);
}

#[test]
fn a_publisher_that_sends_everything_again_is_told_as_what_changed() {
    // Weakness 2 of the reference: every change sends the whole table.
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Item", &["--resend"]);
    for key in ["k1", "k2", "k3"] {
        publish(&mut peer, key, r#"{"FieldA":"x"}"#);
    }
    let (mut site, log) = following(&dir);
    until_told(&mut site, &log, &["create k1 x", "create k2 x", "create k3 x", "synced"]);

    publish(&mut peer, "k2", r#"{"FieldA":"y"}"#);
    peer.run(&json!({"op": "restart"}));

    until_told(&mut site, &log, &["modify k2 x y", "restarted 1"]);
}

#[test]
fn ac02_29_big_integers_stay_exact_on_the_wire() {
    // Weakness 3 of the reference: integers above 2^53 lose precision.
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Item", &[]);
    publish(&mut peer, "key1", r#"{"FieldA":"x","Number":9007199254740993}"#);
    let (mut site, log) = following(&dir);
    until_told(&mut site, &log, &["create key1 x", "synced"]);

    let item = site.node.get::<Item>(pillar_tests::script::A1, "key1").expect("a value");
    assert_eq!(item.number, 9_007_199_254_740_993);
}

#[test]
fn ac02_16_a_publisher_that_comes_back_changes_nothing_that_has_not_changed() {
    // Weakness 5 of the reference: that the new publisher's snapshot is complete is told here, as a second
    // `synced`; whether the subscription is synchronized never changes.
    let dir = Dir::new();
    let table = r#"--table={"k1":{"FieldA":"x"},"k2":{"FieldA":"y"}}"#;
    let peer = Peer::publisher(dir.path(), "a1", "Item", &[table]);
    let (mut site, log) = following(&dir);
    until_told(&mut site, &log, &["create k1 x", "create k2 y", "synced"]);

    drop(peer);
    site.run(Duration::from_millis(50));
    let _peer = Peer::publisher(dir.path(), "a1", "Item", &[table]);

    until_told(&mut site, &log, &["synced"]);
}

#[test]
fn ac02_17_what_went_while_nobody_was_connected_is_deleted() {
    // Weakness 4 of the reference: keys deleted meanwhile stay for ever.
    let dir = Dir::new();
    let table = r#"--table={"k1":{"FieldA":"x"},"k2":{"FieldA":"y"}}"#;
    let peer = Peer::publisher(dir.path(), "a1", "Item", &[table]);
    let (mut site, log) = following(&dir);
    until_told(&mut site, &log, &["create k1 x", "create k2 y", "synced"]);

    drop(peer);
    let _peer = Peer::publisher(dir.path(), "a1", "Item", &[r#"--table={"k1":{"FieldA":"x"}}"#]);

    until_told(&mut site, &log, &["delete k2 y", "synced"]);
}
