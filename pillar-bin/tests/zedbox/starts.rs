//! Agents that are started by their links, twice, wrongly, and that end.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketType, accept, bind, connect, listen, recv,
    send, socket,
};

use crate::device::{Device, until};

const SOCKET: &str = "run/zedbox/ServiceInitStatus.sock";

fn seqpacket() -> OwnedFd {
    socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).unwrap()
}

fn address(device: &Device) -> SocketAddrUnix {
    SocketAddrUnix::new(device.path(SOCKET)).unwrap()
}

/// Sends datagrams to the start socket as anybody could.
fn send_raw(device: &Device, datagrams: &[&[u8]]) {
    let peer = seqpacket();
    connect(&peer, &address(device)).unwrap();
    for datagram in datagrams {
        if let Err(errno) = send(&peer, datagram, SendFlags::NOSIGNAL) {
            // zedbox may hang up on what came before.
            assert_eq!(errno, Errno::PIPE);
        }
    }
}

#[test]
fn ac02_36_a_link_hands_its_agent_to_zedbox() {
    let device = Device::new();
    assert_eq!(device.call("counter", &[]).status.code(), Some(1), "no zedbox runs");

    // Given: a zedbox of which only the socket is there, to see the very bytes.
    fs::create_dir_all(device.path("run/zedbox")).unwrap();
    let listener = seqpacket();
    bind(&listener, &address(&device)).unwrap();
    listen(&listener, 1).unwrap();
    let heard = thread::spawn(move || {
        let peer = accept(&listener).unwrap();
        let mut bytes = [0; 1000];
        let (_, length) = recv(&peer, &mut bytes[..], RecvFlags::empty()).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    });
    assert_eq!(device.call("counter", &[]).status.code(), Some(0));
    assert_eq!(heard.join().unwrap(), r#"{"ServiceName":"counter","CmdArgs":[]}"#);

    // Given: a real one, which replaces the socket that nobody listens on.
    let mut zedbox = device.run(&["--on-request"]);
    assert_eq!(device.call("counter", &["-d", "-n", "3"]).status.code(), Some(0));
    zedbox.logs(r#"started counter with [\"-d\", \"-n\", \"3\"]"#);
    until(|| device.has("run/counter/Acknowledged/total.json"));
    assert_eq!(device.text("run/counter.pid"), zedbox.pid().to_string());
    until(|| device.has("run/counter.touch"));
    assert!(zedbox.end().success());
    assert_eq!(device.call("counter", &[]).status.code(), Some(1), "it is gone again");
}

#[test]
fn ac02_38_an_agent_that_ends_leaves_its_status() {
    let device = Device::new();
    let mut zedbox = device.run(&["--on-request"]);
    assert!(device.call("counter", &["-n", "1", "-s", "3"]).status.success());
    until(|| device.has("run/counter.done") && device.text("run/counter.done") == "3");
    assert_eq!(fs::metadata(device.path("run/counter.done")).unwrap().permissions().mode() & 0o777, 0o700);

    // It can be started again, with another end.
    assert!(device.call("counter", &["-n", "1", "-s", "0"]).status.success());
    until(|| device.text("run/counter.done") == "0");
    assert!(zedbox.end().success());
}

#[test]
fn ac02_39_a_pid_that_lives_refuses_one_agent_and_stops_no_other() {
    let device = Device::new();
    let mut other = device.run(&["counter"]);
    assert_eq!(device.text("run/counter.pid"), other.pid().to_string());
    assert!(!device.has("run/zedbox.pid"), "a process with some agents is not the device's zedbox");

    // When: zedbox is asked for it, and a process with it alone is started.
    let mut zedbox = device.run(&["--on-request"]);
    assert!(device.call("counter", &[]).status.success());
    zedbox.logs(&format!("asked to start counter, and did not: already running as process {}", other.pid()));
    let mut third = device.start(&["counter"]);
    assert_eq!(third.wait().code(), Some(1));
    third.logs(&format!("counter cannot run here: already running as process {}", other.pid()));

    // Then: both go on.
    assert_eq!(device.text("run/counter.pid"), other.pid().to_string());
    assert!(other.end().success());
    assert!(zedbox.end().success());
}

#[test]
fn an_agent_that_is_asked_for_twice_goes_on() {
    let device = Device::new();
    let mut zedbox = device.run(&["--on-request"]);
    for _ in 0..2 {
        assert!(device.call("counter", &[]).status.success());
    }
    zedbox.logs("asked to start counter, and did not: it runs already");
    until(|| device.has("run/counter/Acknowledged/total.json"));
    assert!(zedbox.end().success());
}

#[test]
fn a_stale_or_recycled_pid_does_not_keep_zedbox_from_starting() {
    let device = Device::new();
    for stale in ["999999999", "no number", ""] {
        device.put("run/zedbox.pid", stale);
        assert!(device.run(&["--on-request"]).end().success(), "{stale:?}");
    }
    // This very test is a living process, but no zedbox.
    device.put("run/zedbox.pid", &std::process::id().to_string());
    let mut zedbox = device.run(&["--on-request"]);
    assert_eq!(device.text("run/zedbox.pid"), zedbox.pid().to_string());

    let mut second = device.start(&[]);
    assert_eq!(second.wait().code(), Some(1));
    second.logs(&format!("zedbox cannot run here: already running as process {}", zedbox.pid()));
    assert!(zedbox.end().success());
}

#[test]
fn requests_that_make_no_sense_change_nothing() {
    let device = Device::new();
    let mut zedbox = device.run(&["--on-request"]);
    let long = vec![b'x'; 60_000];
    // An empty datagram looks like the end of a connection.
    send_raw(&device, &[b""]);
    send_raw(&device, &[b"{", b"\0\xff", &long]);
    send_raw(&device, &[br#"{"ServiceName":"nothing","CmdArgs":null}"#]);
    zedbox.logs("asked to start \\\"nothing\\\", which is not among");
    send_raw(&device, &[br#"{"ServiceName":"counter","CmdArgs":["-q"]}"#]);
    zedbox.logs("asked to start counter, and did not: unknown option '-q'");

    // One who stays without a word keeps others waiting for a moment only.
    let silent = seqpacket();
    connect(&silent, &address(&device)).unwrap();
    send_raw(&device, &[br#"{"servicename":"counter"}"#]);
    until(|| device.has("run/counter/Acknowledged/total.json"));
    assert!(zedbox.end().success());
}

#[test]
fn the_start_socket_is_for_its_owner_only() {
    let device = Device::new();
    let zedbox = device.run(&["--on-request"]);
    let mode = |path: &str| fs::metadata(device.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("run/zedbox"), mode(SOCKET)), (0o700, 0o600));
    drop(zedbox);
    // Killed: the socket stays, and the next one takes its place.
    assert!(device.has(SOCKET));
    assert!(device.run(&["--on-request"]).end().success());
    assert!(!device.has(SOCKET));
}

#[test]
fn an_agent_can_run_in_the_process_that_is_called_by_its_name() {
    let device = Device::new();
    let output = device.call("counter", &["-n", "2", "-s", "3", "here"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(device.text("persist/status/counter/Count/total.json"), r#"{"Number":2}"#);
    assert_eq!(device.text("run/counter.done"), "3");
    assert!(!device.has("run/zedbox"), "it is no zedbox");
}
