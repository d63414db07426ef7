//! zedbox's tables on EVE's sockets.

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketType, connect, recv, send, socket,
};

use crate::device::{Device, until};

#[test]
fn a_zedbox_serves_its_tables_to_others_and_leaves_no_socket() {
    let device = Device::new();
    let mut zedbox = device.run(&["counter"]);
    let path = device.path("run/counter/Count.sock");

    let peer = socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).unwrap();
    until(|| connect(&peer, &SocketAddrUnix::new(&path).unwrap()).is_ok());
    send(&peer, b"request Count", SendFlags::NOSIGNAL).unwrap();

    let next = || {
        let mut bytes = [0; 1000];
        let (_, length) = recv(&peer, &mut bytes[..], RecvFlags::empty()).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    assert_eq!(next(), "hello Count true");
    assert!(next().starts_with("update Count dG90YWw= "));
    assert!(zedbox.end().success());
    assert!(!path.exists());
}
