//! The other end of what benches/bus_wire.rs measures.

use std::time::Instant;

use pillar_tests::bare::Bare;
use pillar_tests::measure::{Counter, Holder, LEFT, Player, RIGHT, Sample};
use pillar_tests::site::Site;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, connect, socket};

use crate::{Args, commands};

/// Sends back what it receives, and nothing around it: as a host does, or `blocking`.
pub fn bare(args: &Args) {
    let socket = socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).expect("a socket");
    connect(&socket, &SocketAddrUnix::new(&args.root).expect("a short path")).expect("the bench listens");
    let mut peer = Bare::new(socket, args.rest.is_empty());
    while peer.echo() {}
}

/// Publishes on its own table what it is told of the other's.
pub fn echo(args: &Args) {
    let keys = args.number(0) as usize;
    let mut site = Site::without_files(&args.root, args.wire, |node| {
        node.add(move || Player::<false>::new(keys));
    });
    let _commands = commands();
    site.serve_turns(|_| false);
}

/// Counts what it is told; says how many and in how many microseconds when the last round was told.
pub fn count(args: &Args) {
    let mut site = Site::without_files(&args.root, args.wire, |node| node.add(Counter::default));
    let _commands = commands();
    site.serve(|node| match node.get::<Sample>(RIGHT, "count") {
        Some(counted) => {
            println!("{} {}", counted.number, counted.name);
            true
        }
        None => false,
    });
}

/// How long it takes from a node with one subscription to all that its publisher has, in microseconds.
pub fn sync(args: &Args) {
    let _commands = commands();
    let mut site = Site::without_files(&args.root, args.wire, |node| node.add(Counter::default));
    let start = Instant::now();
    site.serve(|node| node.bus().tables().any(|(_, table)| table.name.agent == LEFT && table.open));
    println!("{}", start.elapsed().as_micros());
}

/// Publishes so many keys, and says how much memory that takes in all, in KiB, once it is told to.
pub fn hold(args: &Args) {
    let keys = args.number(0) as usize;
    let commands = commands();
    let mut site = Site::new(&args.root, args.wire, |node| node.add(move || Holder::new(keys)));
    site.serve(|_| {
        if commands.try_recv().is_ok() {
            println!("{}", resident_kib());
        }
        false
    });
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("proc");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number")
}
