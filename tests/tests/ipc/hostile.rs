//! Peers that do what no peer should: each costs itself only.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use pillar_core::bus::MAX_KEYS;
use pillar_core::bus::wire::{Wire, WireTrouble};
use pillar_hal::ipc::{MAX_SUBSCRIBERS, Seqpacket};
use pillar_tests::peer::{Got, Peer};
use pillar_tests::script::{Log, reader};
use pillar_tests::site::{Dir, Site};
use pillar_types::base64;
use serde_json::json;

use crate::{Raw, publishing, troubles, until_told};

const GOOD: &[u8] = b"update Item a2V5MQ== eyJGaWVsZEEiOiJ4In0=";

/// Sends a datagram to all subscribers of a peer.
fn send(peer: &mut Peer, datagram: &[u8], count: u32) {
    peer.run(&json!({"op": "send", "text": base64::encode(datagram), "count": count}));
}

#[test]
fn bad_datagrams_are_dropped_and_reported_ever_more_rarely() {
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Item", &[]);
    let log = Log::default();
    let mut site = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));
    until_told(&mut site, &log, &["synced"]);

    let long = format!("update Item a2V5MQ== {}", "A".repeat(65_600)).into_bytes();
    let bad: [&[u8]; 12] = [
        b"x",
        b"hello",
        b"update Item",
        b"update Item a2V5MQ==",
        b"update Item a2V5MQ== e30= e30=",
        b"update Item !!! e30=",
        b"update Item a2V5MQ== {}",
        b"update Item a2V5MQ== bm90IGpzb24=",
        b"update Item a2V5MQ== W10=",
        b"delete Item",
        b"restarted Item",
        &long,
    ];
    for datagram in bad {
        // No more than a socket holds while nobody reads.
        send(&mut peer, datagram, if datagram.len() > 1_000 { 1 } else { 100 });
        site.turn().expect("tables of our own");
    }
    send(&mut peer, GOOD, 1);

    until_told(&mut site, &log, &["create key1 x"]);
    let reports = troubles(&site.node);
    assert!((4..=11).contains(&reports.len()), "1,101 bad datagrams, {} reports", reports.len());
}

#[test]
fn a_publisher_with_more_keys_than_a_table_holds_fills_it_and_no_more() {
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Item", &[]);
    let log = Log::default();
    let mut site = Site::without_files(dir.path(), Wire::Native, |node| reader(node, &log));
    until_told(&mut site, &log, &["synced"]);

    peer.tell(&json!({"op": "fill", "text": "{}", "count": MAX_KEYS + 100}));
    site.until("all were sent", |_| peer.poll().is_some_and(|event| event["event"] == "done"));
    site.turn().expect("tables of our own");

    let full = |trouble: &WireTrouble| matches!(trouble, WireTrouble::Full { .. });
    let reports = troubles(&site.node);
    assert!(!reports.is_empty() && reports.len() < 10 && reports.iter().all(full), "{reports:?}");
    assert!(site.node.bus().tables().all(|(_, table)| table.iter().count() <= MAX_KEYS));
}

#[test]
fn another_topic_is_reported_and_its_messages_taken() {
    let dir = Dir::new();
    let mut peer = Peer::publisher(dir.path(), "a1", "Item", &[]);
    let log = Log::default();
    let mut site = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));
    until_told(&mut site, &log, &["synced"]);

    send(&mut peer, b"update Other a2V5MQ== eyJGaWVsZEEiOiJ4In0=", 1);

    until_told(&mut site, &log, &["create key1 x"]);
    assert_eq!(troubles(&site.node), [WireTrouble::OtherTopic("Other".to_owned())]);
}

#[test]
fn a_publisher_that_accepts_and_closes_is_asked_less_and_less() {
    // Weakness 6 of the reference: a tight loop.
    let dir = Dir::new();
    let socket = dir.path().join("run/a1/Item.sock");
    let mut peer = Peer::raw();
    peer.run(&json!({"op": "listen", "name": "l", "path": socket}));
    let log = Log::default();
    let mut site = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));

    let mut asked = Vec::new();
    for _ in 0..40 {
        peer.tell(&json!({"op": "accept", "name": "l", "text": "s"}));
        peer.tell(&json!({"op": "recv", "name": "s"}));
        let mut got = None;
        for _ in 0..2_000 {
            site.turn().expect("tables of our own");
            got = got.or_else(|| peer.poll().filter(|event| event["event"] == "got"));
            if got.is_some() {
                break;
            }
            // Time passes a hundred times as fast as it does.
            site.skip(Duration::from_millis(100));
            std::thread::sleep(Duration::from_millis(1));
        }
        let got = got.expect("a request")["text"].as_str().expect("a text").to_owned();
        asked.push((site.now().mono, base64::decode(got.as_bytes()).expect("base64")));
        peer.run(&json!({"op": "close", "name": "s"}));
    }

    assert!(asked[0].1.starts_with(b"native 1 Item ") && asked[1].1 == b"request Item");
    let all = asked[39].0.since(asked[0].0);
    assert!(all > Duration::from_secs(60), "40 attempts in {all:?}");
}

#[test]
fn damaged_entries_end_the_connection_and_the_next_speaks_eves_wire() {
    let dir = Dir::new();
    let socket = dir.path().join("run/a1/Item.sock");
    let mut peer = Peer::raw();
    peer.run(&json!({"op": "listen", "name": "l", "path": socket}));
    let log = Log::default();
    let mut site = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));

    let accept = |site: &mut Site, peer: &mut Peer| {
        peer.tell(&json!({"op": "accept", "name": "l", "text": "s"}));
        peer.tell(&json!({"op": "recv", "name": "s"}));
        let mut request = None;
        site.until("a request", |_| {
            request = request.take().or_else(|| peer.poll().filter(|event| event["event"] == "got"));
            request.is_some()
        });
        let text = request.expect("it is there")["text"].as_str().expect("a text").to_owned();
        String::from_utf8(base64::decode(text.as_bytes()).expect("base64")).expect("text")
    };
    assert!(accept(&mut site, &mut peer).starts_with("native 1 Item "));
    // Hello, synced, and then what is no entry.
    peer.send("s", &[1, 0, 4, 99], 1);
    until_told(&mut site, &log, &["synced"]);

    assert_eq!(accept(&mut site, &mut peer), "request Item");
    assert!(matches!(troubles(&site.node)[..], [WireTrouble::BadEntry(_)]));
    for datagram in [b"hello Item false", GOOD, b"complete Item"] {
        peer.send("s", datagram, 1);
    }
    until_told(&mut site, &log, &["create key1 x", "synced"]);
}

#[test]
fn a_subscriber_that_goes_on_talking_is_not_listened_to() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    let mut loud = Raw::ask(&mut site, &dir, b"request Item");
    loud.peer.run(&json!({"op": "flood", "name": "s", "text": base64::encode(&[b'x'; 1_000])}));
    let mut good = Raw::ask(&mut site, &dir, b"request Item");
    good.take(&mut site, 2);

    site.publish("key1", r#"{"FieldA":"x"}"#);

    assert_eq!(good.take(&mut site, 1), [String::from_utf8_lossy(GOOD)]);
    assert_eq!(loud.take(&mut site, 3)[2], String::from_utf8_lossy(GOOD));
}

#[test]
fn who_says_nothing_is_closed_after_ten_seconds() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    let mut peer = Peer::raw();
    peer.connect("s", &dir.path().join("run/a1/Item.sock"));
    site.turn().expect("tables of our own");
    assert!(peer.is_quiet("s"));

    site.skip(Duration::from_secs(11));
    site.turn().expect("tables of our own");

    peer.ask("s");
    let mut got = None;
    site.until("the end", |_| {
        got = peer.got();
        got.is_some()
    });
    assert_eq!(got, Some(Got::Closed));
}

#[test]
fn one_subscriber_too_many_is_turned_away_and_the_others_are_served() {
    let dir = Dir::new();
    let mut site = publishing(&dir);
    let mut good = Raw::ask(&mut site, &dir, b"request Item");
    good.take(&mut site, 2);

    let socket = dir.path().join("run/a1/Item.sock");
    let mut open = Vec::new();
    for _ in 0..MAX_SUBSCRIBERS {
        open.push(Seqpacket::connect(&socket).expect("a connection"));
        site.turn().expect("tables of our own");
    }

    assert_eq!(troubles(&site.node), [WireTrouble::TooManySubscribers]);
    site.publish("key1", r#"{"FieldA":"x"}"#);
    assert_eq!(good.take(&mut site, 1), [String::from_utf8_lossy(GOOD)]);

    // Those that leave make room.
    open.clear();
    site.turn().expect("tables of our own");
    let mut late = Raw::ask(&mut site, &dir, b"request Item");
    assert_eq!(late.take(&mut site, 3)[2], "complete Item");
}

#[test]
fn another_user_is_turned_away() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can become another user");
        return;
    }
    let dir = Dir::new();
    let mut site = publishing(&dir);
    // Given permissions that somebody has opened.
    let open = |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("ours");
    let socket = dir.path().join("run/a1/Item.sock");
    for above in ["", "run", "run/a1"] {
        open(&dir.path().join(above), 0o755);
    }
    open(&socket, 0o777);
    let mut peer = Peer::raw();
    peer.run(&json!({"op": "user", "text": "65534"}));

    assert_eq!(peer.connect("s", &socket)["event"], "done");
    site.until("a report", |node| !troubles(node).is_empty());

    assert_eq!(troubles(&site.node), [WireTrouble::Stranger { uid: 65_534 }]);
    peer.ask("s");
    let mut got = None;
    site.until("the end", |_| {
        got = peer.got();
        got.is_some()
    });
    assert_eq!(got, Some(Got::Closed));
}

#[test]
fn a_publisher_of_another_user_is_not_followed() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can become another user");
        return;
    }
    let dir = Dir::new();
    let agent = dir.path().join("run/a1");
    fs::create_dir_all(&agent).expect("room");
    for above in ["", "run", "run/a1"] {
        let mode = PermissionsExt::from_mode(0o777);
        fs::set_permissions(dir.path().join(above), mode).expect("ours");
    }
    let mut peer = Peer::raw();
    peer.run(&json!({"op": "user", "text": "65534"}));
    peer.run(&json!({"op": "listen", "name": "l", "path": agent.join("Item.sock")}));
    let log = Log::default();
    let mut site = Site::new(dir.path(), Wire::Native, |node| reader(node, &log));

    site.until("a report", |node| !troubles(node).is_empty());
    site.skip(Duration::from_secs(60));
    site.run(Duration::from_millis(100));

    assert_eq!(troubles(&site.node), [WireTrouble::Stranger { uid: 65_534 }], "once");
    assert!(log.take().is_empty());
}

/// Where the test in another pid namespace finds the socket.
const SOCKET: &str = "PILLAR_TEST_SOCKET";

/// Its name in this binary.
const IN_OTHER_NAMESPACE: &str = "hostile::a_peer_in_another_pid_namespace_is_known_by_its_user";

#[test]
fn a_peer_in_another_pid_namespace_is_known_by_its_user() {
    if let Some(socket) = std::env::var_os(SOCKET) {
        let connected = Seqpacket::connect(Path::new(&socket));
        return assert!(connected.is_ok(), "{connected:?}");
    }
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can make namespaces");
        return;
    }
    // Given a peer out here, whose number means nothing in there.
    let dir = Dir::new();
    let socket = dir.path().join("Item.sock");
    let mut peer = Peer::raw();
    peer.run(&json!({"op": "listen", "name": "l", "path": socket}));

    let this = std::env::current_exe().expect("a test");
    let mut inside = Command::new("unshare");
    inside.args(["--pid", "--fork", "--kill-child"]).arg(this).args(["--exact", IN_OTHER_NAMESPACE]);
    let output = inside.env(SOCKET, &socket).output().expect("util-linux");

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "it ran");
}
