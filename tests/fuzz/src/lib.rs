//! What the targets of both wires begin with: a node whose agent follows a table that another process publishes.

use pillar_core::bus::wire::{Link, Wire};
use pillar_core::bus::{TableId, TableName};
use pillar_core::node::{Agent, AgentName, Context, Node, NodeConfig, Trouble};
use pillar_core::time::Mono;
use pillar_types::app_config::AppInstanceConfig;

const ZEDAGENT: AgentName = AgentName("zedagent");

/// Follows a table whose values hold all kinds of things, large fields among them.
struct Reader;

impl Agent for Reader {
    const NAME: AgentName = AgentName("reader");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.follow::<AppInstanceConfig>(ZEDAGENT);
    }
}

/// The node, its table, and a link to the publisher that has asked for it.
pub fn linked(wire: Wire) -> (Node, TableId, Link) {
    let mut node = Node::new(NodeConfig::default());
    node.add(|| Reader);
    while node.step() {}
    let name = TableName { agent: ZEDAGENT, scope: "", topic: "AppInstanceConfig" };
    let table = node.bus().find(&name).expect("it is followed");
    let mut link = Link::new(&mut node, table, wire, Mono(1));
    assert!(link.on_time(&mut node, Mono(1)).is_some());
    (node, table, link)
}

/// Nothing was reported but troubles with the wire, each in words.
pub fn only_the_wire_troubles(node: &Node) {
    for report in node.reports().iter() {
        assert!(matches!(report.trouble, Trouble::Wire { .. }), "{report}");
        assert!(!report.to_string().is_empty());
    }
}
