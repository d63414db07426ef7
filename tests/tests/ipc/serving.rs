//! This node's tables as EVE's subscribers see them.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};

use pillar_core::bus::wire::Wire;
use pillar_tests::peer::{Got, Peer};
use pillar_tests::script::writer;
use pillar_tests::site::{Dir, Site};

use crate::{Raw, publishing};

#[test]
fn ac02_01_a_key_is_a_file_and_the_table_a_socket() {
    let dir = Dir::new();
    let mut site = publishing(&dir);

    site.publish("key1", r#"{"FieldA":"x"}"#);

    let table = dir.path().join("run/a1/Item");
    let file = table.join("key1.json");
    assert_eq!(fs::read_to_string(&file).expect("a file"), r#"{"FieldA":"x"}"#);
    let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(&table)), (0o600, 0o700));
    let socket = dir.path().join("run/a1/Item.sock");
    assert!(fs::metadata(&socket).expect("a socket").file_type().is_socket());
    // A raw peer connects with SOCK_SEQPACKET; another kind of socket would refuse that.
    Raw::ask(&mut site, &dir, b"request Item");
}

#[test]
fn ac02_02_a_subscriber_gets_hello_updates_complete_and_nothing_more() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    site.publish("key1", r#"{"FieldA":"x"}"#);

    let mut raw = Raw::ask(&mut site, &dir, b"request Item");

    let told = raw.take(&mut site, 3);
    assert_eq!(told, ["hello Item false", "update Item a2V5MQ== eyJGaWVsZEEiOiJ4In0=", "complete Item"]);
    site.turn().expect("tables of our own");
    assert!(raw.peer.is_quiet("s"));
}

#[test]
fn ac02_03_the_restart_count_follows_complete() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    site.publish("key1", r#"{"FieldA":"x"}"#);
    site.step("restart", "Item", "", "");

    let mut raw = Raw::ask(&mut site, &dir, b"request Item");

    assert_eq!(raw.take(&mut site, 4)[2..], ["complete Item", "restarted Item 1"]);
}

#[test]
fn ac02_04_a_request_for_another_topic_is_closed_without_a_word() {
    let dir = Dir::new();
    let mut site = publishing(&dir);

    let mut raw = Raw::ask(&mut site, &dir, b"request Other");

    assert_eq!(raw.next(&mut site), Got::Closed);
}

#[test]
fn ac02_05_a_bad_request_is_closed_and_others_are_not_affected() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    let mut good = Raw::ask(&mut site, &dir, b"request Item");
    assert_eq!(good.take(&mut site, 2), ["hello Item false", "complete Item"]);

    let long = [b"request Item", &b" "[..], &[b'x'; 243]].concat();
    assert_eq!(long.len(), 256);
    for bad in [b"request Item extra", &long[..], b""] {
        let mut raw = Raw::ask(&mut site, &dir, bad);
        assert_eq!(raw.next(&mut site), Got::Closed, "{} bytes", bad.len());
    }

    site.publish("key1", r#"{"FieldA":"x"}"#);
    assert_eq!(good.take(&mut site, 1), ["update Item a2V5MQ== eyJGaWVsZEEiOiJ4In0="]);
}

#[test]
fn ac02_08_the_empty_key_is_a_file_and_a_message_with_two_spaces() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    site.step("publish", "LOCConfig", "", "{}");

    let mut raw = Raw::ask_at(&mut site, &dir, "run/a1/LOCConfig.sock", b"request LOCConfig");

    assert_eq!(raw.take(&mut site, 2)[1], "update LOCConfig  e30=");
    assert_eq!(fs::read_to_string(dir.path().join("run/a1/LOCConfig/.json")).expect("a file"), "{}");
}

#[test]
fn ac02_12_restarted_comes_after_both_updates_on_the_wire() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    let mut raw = Raw::ask(&mut site, &dir, b"request Item");
    raw.take(&mut site, 2);

    site.publish("k1", r#"{"FieldA":"x"}"#);
    site.publish("k2", r#"{"FieldA":"y"}"#);
    site.step("restart", "Item", "", "");

    let told = raw.take(&mut site, 3);
    assert!(told[0].starts_with("update Item azE= ") && told[1].starts_with("update Item azI= "), "{told:?}");
    assert_eq!(told[2], "restarted Item 1");
}

#[test]
fn ac02_18_the_restart_count_is_a_file_and_clearing_it_tells_zero() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    for _ in 0..3 {
        site.step("restart", "Item", "", "");
    }
    let file = dir.path().join("run/a1/Item/restarted");
    assert_eq!(fs::read_to_string(&file).expect("a file"), "3");
    let mut raw = Raw::ask(&mut site, &dir, b"request Item");
    assert_eq!(raw.take(&mut site, 3)[2], "restarted Item 3");

    site.step("clear", "Item", "", "");

    assert_eq!(raw.take(&mut site, 1), ["restarted Item 0"]);
    assert!(!file.exists());
}

#[test]
fn ac02_34_a_table_that_is_closed_leaves_no_file_and_no_socket() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    site.publish("k1", r#"{"FieldA":"x"}"#);
    site.publish("k2", r#"{"FieldA":"y"}"#);
    site.step("restart", "Item", "", "");
    let mut raw = Raw::ask(&mut site, &dir, b"request Item");
    raw.take(&mut site, 5);
    let table = dir.path().join("run/a1/Item");
    assert_eq!(fs::read_dir(&table).expect("a directory").count(), 3);

    site.step("close", "Item", "", "");

    assert_eq!(fs::read_dir(&table).expect("a directory").count(), 0);
    assert!(!dir.path().join("run/a1/Item.sock").exists());
    assert_eq!(raw.next(&mut site), Got::Closed);

    // It begins anew with the next publish.
    site.publish("k3", r#"{"FieldA":"z"}"#);
    let mut raw = Raw::ask(&mut site, &dir, b"request Item");
    assert_eq!(raw.take(&mut site, 3)[1..], ["update Item azM= eyJGaWVsZEEiOiJ6In0=", "complete Item"]);
}

#[test]
fn ac02_35_a_second_publisher_fails_and_a_stale_socket_is_taken_over() {
    let dir = Dir::new();
    let mut first = publishing(&dir);
    first.publish("key1", r#"{"FieldA":"x"}"#);

    let mut second = Site::new(dir.path(), Wire::Native, writer);
    let refused = second.turn().expect_err("the table is served");
    assert!(refused.0.ends_with("run/a1/Item.sock") || refused.0.ends_with("run/a1/Kept.sock"), "{refused}");
    drop(second);
    let mut raw = Raw::ask(&mut first, &dir, b"request Item");
    assert_eq!(raw.take(&mut first, 3)[2], "complete Item", "the first keeps working");

    // Given only a stale socket file: a peer that listened and died.
    let dir = Dir::new();
    let peer = Peer::publisher(dir.path(), "a1", "Item", &[]);
    drop(peer);
    assert!(dir.path().join("run/a1/Item.sock").exists());
    let mut site = publishing(&dir);
    let mut raw = Raw::ask(&mut site, &dir, b"request Item");
    assert_eq!(raw.take(&mut site, 2), ["hello Item false", "complete Item"]);
}

/// The next events of a subscriber of EVE's, which must be these.
fn sees(site: &mut Site, peer: &mut Peer, expected: &[&str]) {
    let mut seen = Vec::new();
    site.until(&format!("{expected:?}"), |_| {
        while let Some(event) = peer.poll() {
            let [name, key] = ["event", "key"].map(|member| event[member].as_str().unwrap_or_default());
            let count = event["count"].as_u64().map_or(String::new(), |count| count.to_string());
            seen.push(format!("{name} {key}{count}").trim_end().to_owned());
        }
        seen.len() >= expected.len()
    });
    assert_eq!(seen, expected);
}

#[test]
fn a_subscriber_of_eves_follows_a_table_through_its_life() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    site.publish("k1", r#"{"FieldA":"x"}"#);
    site.step("restart", "Item", "", "");

    let mut peer = Peer::subscriber(dir.path(), "a1", "Item");
    sees(&mut site, &mut peer, &["hello", "create k1", "sync", "restart 1"]);
    site.publish("k1", r#"{"FieldA":"y"}"#);
    sees(&mut site, &mut peer, &["modify k1"]);
    site.publish("k2", r#"{"FieldA":"x"}"#);
    sees(&mut site, &mut peer, &["create k2"]);
    site.step("unpublish", "Item", "k1", "");
    sees(&mut site, &mut peer, &["delete k1"]);
    site.step("clear", "Item", "", "");
    sees(&mut site, &mut peer, &["restart 0"]);

    // Our process ends, and comes back with what it had in files.
    drop(site);
    let mut site = publishing(&dir);
    sees(&mut site, &mut peer, &["closed", "hello"]);
    site.step("unpublish", "Item", "k2", "");
    sees(&mut site, &mut peer, &["delete k2"]);
}
