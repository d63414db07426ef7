//! What a publisher may send on EVE's wire, and what a subscriber may ask.
//!
//! An input is datagrams, one a line. Nothing may panic; what is read as a message must be read as the same
//! when it is written; no report may be without words.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use pillar_core::bus::wire::eve::{self, Message};
use pillar_core::bus::wire::{Received, Wire, large, native};
use pillar_core::hal::{Hal, Scope};
use pillar_core::time::Mono;
use pillar_fuzz::{linked, only_the_wire_troubles};

fuzz_target!(|input: &[u8]| {
    let (mut node, _, mut link) = linked(Wire::Eve);
    let hal = Hal::default();
    for datagram in input.split(|byte| *byte == b'\n') {
        if let Some(topic) = eve::parse_request(datagram) {
            assert_eq!(eve::request(topic), datagram);
        }
        if let Some((topic, schema)) = native::parse_request(datagram) {
            assert!(native::request(topic, schema).eq_ignore_ascii_case(datagram));
        }
        if let Ok(message) = eve::parse(datagram) {
            comes_back(&message);
        }
        match link.received(&mut node, Mono(2), datagram) {
            Received::On => {}
            Received::Files(json) => {
                let dir = Path::new("/persist/pubsub-large/zedagent/AppInstanceConfig");
                let json = large::from_files(&hal, &Scope::unbounded(), dir, &json);
                link.with_fields(&mut node, json);
            }
            Received::Close => panic!("a bad message ends no connection"),
        }
        while node.step() {}
    }
    link.on_time(&mut node, Mono(u64::MAX));
    only_the_wire_troubles(&node);
});

fn comes_back(message: &Message<'_>) {
    let mut out = Vec::new();
    match message {
        Message::Hello { topic, persistent: Some(persistent) } => eve::hello(&mut out, topic, *persistent),
        Message::Hello { persistent: None, .. } => return,
        Message::Update { topic, key, json } => {
            // What was read with line ends may be longer than what may be written; never shorter.
            eve::update(&mut out, topic, key, json).expect("a message that was read");
        }
        Message::Delete { topic, key } => eve::delete(&mut out, topic, key),
        Message::Complete { topic } => eve::complete(&mut out, topic),
        Message::Restarted { topic, count } => eve::restarted(&mut out, topic, *count),
    }
    assert_eq!(eve::parse(&out).as_ref(), Ok(message));
}
