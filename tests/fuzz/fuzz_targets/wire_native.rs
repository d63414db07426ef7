//! What a publisher may send on the native wire.
//!
//! An input is the length of datagrams, less one, and a stream of entries that is cut into such. Nothing may
//! panic; how the stream is cut changes nothing; what is read is read as the same when it is written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pillar_core::bus::wire::native::{self, Entry};
use pillar_core::bus::wire::{Received, Wire};
use pillar_core::time::Mono;
use pillar_fuzz::{linked, only_the_wire_troubles};
use pillar_types::codec::json;

/// A key's name and its JSON.
type Content = Vec<(String, Vec<u8>)>;

/// What a subscriber has after it received these datagrams.
fn receive<'d>(datagrams: impl Iterator<Item = &'d [u8]>) -> Content {
    let (mut node, table, mut link) = linked(Wire::Native);
    let hello: &[u8] = &[native::FIRST_BYTE, 0];
    for datagram in std::iter::once(hello).chain(datagrams) {
        match link.received(&mut node, Mono(2), datagram) {
            Received::On => {}
            Received::Files(_) => panic!("there are no files on this wire"),
            Received::Close => break,
        }
        while node.step() {}
    }
    link.closed(Mono(3));
    only_the_wire_troubles(&node);
    let table = node.bus().table(table);
    table.iter().map(|(key, value)| (key.to_string(), json::encode(value.data()))).collect()
}

fuzz_target!(|input: &[u8]| {
    let Some((length, stream)) = input.split_first() else { return };
    assert_eq!(receive(stream.chunks(usize::from(*length) + 1)), receive(std::iter::once(stream)));

    let mut left = stream;
    while let Ok(Some(entry)) = native::read(&mut left) {
        let mut out = Vec::new();
        native::write(&mut out, entry).expect("an entry that was read");
        let mut again = &out[..];
        assert_eq!(native::read(&mut again), Ok(Some(entry)));
        assert!(again.is_empty());
        if let Entry::Restarted { .. } = entry {
            assert!(out.len() <= 6);
        }
    }
});
