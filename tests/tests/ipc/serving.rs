//! This node's tables as EVE's subscribers see them.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};

use pillar_tests::peer::Got;
use pillar_tests::site::Dir;

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
