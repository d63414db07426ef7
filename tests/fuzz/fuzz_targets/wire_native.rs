//! What a publisher may send on the native wire.
//!
//! An input is the length of datagrams, less one, and a stream of entries that is cut into such. Nothing may
//! panic; how the stream is cut changes nothing; what is read is read as the same when it is written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pillar_core::bus::wire::native::{self, Entry};
use pillar_core::bus::wire::{Link, Received, Wire};
use pillar_core::bus::{TableId, TableName};
use pillar_core::node::{Agent, AgentName, Context, Node, NodeConfig, Trouble};
use pillar_core::time::Mono;
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::codec::json;

const ZEDAGENT: AgentName = AgentName("zedagent");

struct Reader;

impl Agent for Reader {
    const NAME: AgentName = AgentName("reader");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.follow::<AppInstanceConfig>(ZEDAGENT);
    }
}

/// A key's name and its JSON.
type Content = Vec<(String, Vec<u8>)>;

/// What a subscriber has after it received these datagrams.
fn receive<'d>(datagrams: impl Iterator<Item = &'d [u8]>) -> Content {
    let mut node = Node::new(NodeConfig::default());
    node.add(|| Reader);
    while node.step() {}
    let name = TableName { agent: ZEDAGENT, scope: "", topic: "AppInstanceConfig" };
    let table: TableId = node.bus().find(&name).expect("it is followed");
    let mut link = Link::new(&mut node, table, Wire::Native, Mono(1));
    assert!(link.on_time(&mut node, Mono(1)).is_some());
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
    for report in node.reports().iter() {
        assert!(matches!(report.trouble, Trouble::Wire { .. }), "{report}");
    }
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
