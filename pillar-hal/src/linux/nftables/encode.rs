//! From tables to nf_tables messages (kernel, netlink/specs/nftables; linux/netfilter/nf_tables.h), and what the
//! kernel lists back. Pure. Numbers in nf_tables are in network byte order.

use std::net::Ipv4Addr;

use pillar_core::hal::{Action, Chain, Cidr, Counted, ETHER_IPV4, Hook, Layer, Match, RateLimit, Rule};

use super::super::netlink::{APPEND, CREATE, Message, Received, attrs, text};

/// The number of nf_tables among the parts of netfilter.
const SUBSYSTEM: u16 = 10;

/// Kinds of messages (`NFT_MSG_…`).
pub(super) const NEW_TABLE: u16 = SUBSYSTEM << 8;
pub(super) const GET_TABLE: u16 = NEW_TABLE + 1;
pub(super) const DEL_TABLE: u16 = NEW_TABLE + 2;
pub(super) const NEW_CHAIN: u16 = NEW_TABLE + 3;
pub(super) const GET_CHAIN: u16 = NEW_TABLE + 4;
pub(super) const DEL_CHAIN: u16 = NEW_TABLE + 5;
pub(super) const NEW_RULE: u16 = NEW_TABLE + 6;
pub(super) const DEL_RULE: u16 = NEW_TABLE + 8;
pub(super) const NEW_SET: u16 = NEW_TABLE + 9;
pub(super) const GET_SET: u16 = NEW_TABLE + 10;
pub(super) const DEL_SET: u16 = NEW_TABLE + 11;
pub(super) const NEW_ELEMENT: u16 = NEW_TABLE + 12;
pub(super) const DEL_ELEMENT: u16 = NEW_TABLE + 14;
pub(super) const NEW_OBJECT: u16 = NEW_TABLE + 18;
pub(super) const GET_OBJECT: u16 = NEW_TABLE + 19;
pub(super) const DEL_OBJECT: u16 = NEW_TABLE + 20;

/// Begin and end of a transaction (`NFNL_MSG_BATCH_…`).
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;

/// The length of `struct nfgenmsg`.
const FIXED: usize = 4;

/// An attribute that holds attributes.
const NESTED: u16 = 0x8000;

/// The most elements of a set in one message, whose length has 16 bits.
const ELEMENTS: usize = 1_000;

/// Attributes of chains, sets, set elements, rules and objects: all begin with their table.
const TABLE: u16 = 1;
const TABLE_NAME: u16 = 1;
const CHAIN_NAME: u16 = 3;
const CHAIN_HOOK: u16 = 4;
const CHAIN_TYPE: u16 = 7;
const HOOK_NUMBER: u16 = 1;
const HOOK_PRIORITY: u16 = 2;
const SET_NAME: u16 = 2;
const SET_FLAGS: u16 = 3;
const SET_KEY_TYPE: u16 = 4;
const SET_KEY_LENGTH: u16 = 5;
const SET_ID: u16 = 10;
const ELEMENTS_SET: u16 = 2;
const ELEMENTS_LIST: u16 = 3;
const ELEMENT_KEY: u16 = 1;
const RULE_CHAIN: u16 = 2;
const RULE_EXPRESSIONS: u16 = 4;
const OBJECT_NAME: u16 = 2;
const OBJECT_TYPE: u16 = 3;
const OBJECT_DATA: u16 = 4;
const COUNTER_BYTES: u16 = 1;
const COUNTER_PACKETS: u16 = 2;
const LIST_ELEMENT: u16 = 1;
const EXPRESSION_NAME: u16 = 1;
const EXPRESSION_DATA: u16 = 2;
const DATA_VALUE: u16 = 1;
const DATA_VERDICT: u16 = 2;
const VERDICT_CODE: u16 = 1;
const VERDICT_CHAIN: u16 = 2;

/// How programs that show rules know that a set holds IPv4 addresses.
const TYPE_IPV4: u32 = 7;
const OBJECT_COUNTER: u32 = 1;

/// Registers: that of verdicts, and two for data.
const VERDICT: u32 = 0;
const FIRST: u32 = 1;
const SECOND: u32 = 2;

/// Keys of the `meta` expression.
const META_PROTOCOL: u32 = 1;
const META_IN_NAME: u32 = 6;
const META_OUT_NAME: u32 = 7;
const META_L4_PROTOCOL: u32 = 16;

/// Headers that a `payload` expression begins at.
const NETWORK: u32 = 1;
const TRANSPORT: u32 = 2;

const EQUAL: u32 = 0;
const NOT_EQUAL: u32 = 1;

const CODE_DROP: i32 = 0;
const CODE_ACCEPT: i32 = 1;
const CODE_JUMP: i32 = -3;

/// The fragment offset among the flags and offset of the IPv4 header (RFC 791).
const FRAGMENT_OFFSET: u16 = 0x1fff;

/// The length of a link's name with its closing NULs (`IFNAMSIZ`).
const LINK_NAME: usize = 16;

/// The protocol family of a layer (`NFPROTO_…`).
pub(super) fn family(layer: Layer) -> u8 {
    match layer {
        Layer::Ip => 2,
        Layer::Bridge => 7,
    }
}

fn message(kind: u16, flags: u16, layer: Option<Layer>) -> Message {
    Message::new(kind, flags, &[layer.map_or(0, family), 0, 0, 0])
}

/// The messages around a transaction.
pub(super) fn batch(begin: bool) -> Message {
    let [high, low] = SUBSYSTEM.to_be_bytes();
    Message::new(if begin { BATCH_BEGIN } else { BATCH_END }, 0, &[0, 0, high, low])
}

/// The request for all of a kind in a layer, or in all of them.
pub(super) fn list(kind: u16, layer: Option<Layer>) -> Message {
    message(kind, 0, layer)
}

/// The request to make a table, kept if it is there.
pub(super) fn new_table(layer: Layer, table: &str) -> Message {
    message(NEW_TABLE, CREATE, Some(layer)).text(TABLE_NAME, table)
}

/// The request to remove a table with all in it.
pub(super) fn delete_table(layer: Layer, table: &str) -> Message {
    message(DEL_TABLE, 0, Some(layer)).text(TABLE_NAME, table)
}

/// The request to remove all rules of a table.
pub(super) fn delete_rules(layer: Layer, table: &str) -> Message {
    message(DEL_RULE, 0, Some(layer)).text(TABLE, table)
}

/// The request to remove a chain, set or counter.
pub(super) fn delete(kind: u16, layer: Layer, table: &str, name: &str) -> Message {
    let message = message(kind, 0, Some(layer)).text(TABLE, table);
    match kind {
        DEL_CHAIN => message.text(CHAIN_NAME, name),
        DEL_OBJECT => message.text(OBJECT_NAME, name).attr(OBJECT_TYPE, &OBJECT_COUNTER.to_be_bytes()),
        _ => message.text(SET_NAME, name),
    }
}

/// The request to make a chain, kept if it is there.
pub(super) fn new_chain(table: &str, chain: &Chain) -> Message {
    let message =
        message(NEW_CHAIN, CREATE, Some(chain.layer)).text(TABLE, table).text(CHAIN_NAME, &chain.name);
    let Some(hook) = chain.hook else { return message };
    // Hooks and priorities as programs name them (nft(8)): raw, filter, dstnat, srcnat.
    let (number, priority, kind) = match (chain.layer, hook) {
        (Layer::Bridge, Hook::Forward) => (2_u32, -200_i32, "filter"),
        (Layer::Bridge, _) => (0, -200, "filter"),
        (Layer::Ip, Hook::In) => (0, -300, "filter"),
        (Layer::Ip, Hook::Forward) => (2, 0, "filter"),
        (Layer::Ip, Hook::TranslateDestination) => (0, -100, "nat"),
        (Layer::Ip, Hook::TranslateSource) => (4, 100, "nat"),
    };
    let mut place = Attrs::default();
    place.number(HOOK_NUMBER, number).put(HOOK_PRIORITY, &priority.to_be_bytes());
    message.attr(CHAIN_HOOK | NESTED, &place.0).text(CHAIN_TYPE, kind)
}

/// The request to make a set of addresses, kept if it is there.
pub(super) fn new_set(layer: Layer, table: &str, name: &str, id: u32) -> Message {
    message(NEW_SET, CREATE, Some(layer))
        .text(TABLE, table)
        .text(SET_NAME, name)
        .attr(SET_FLAGS, &0_u32.to_be_bytes())
        .attr(SET_KEY_TYPE, &TYPE_IPV4.to_be_bytes())
        .attr(SET_KEY_LENGTH, &4_u32.to_be_bytes())
        .attr(SET_ID, &id.to_be_bytes())
}

/// The request to empty a set.
pub(super) fn flush_set(layer: Layer, table: &str, name: &str) -> Message {
    message(DEL_ELEMENT, 0, Some(layer)).text(TABLE, table).text(ELEMENTS_SET, name)
}

/// The requests to put addresses into a set.
pub(super) fn fill_set(layer: Layer, table: &str, name: &str, addresses: &[Ipv4Addr]) -> Vec<Message> {
    let chunk = |addresses: &[Ipv4Addr]| {
        let mut list = Attrs::default();
        for address in addresses {
            let mut element = Attrs::default();
            element.nest(ELEMENT_KEY, &value(&address.octets()));
            list.nest(LIST_ELEMENT, &element);
        }
        let message = message(NEW_ELEMENT, CREATE, Some(layer)).text(TABLE, table).text(ELEMENTS_SET, name);
        message.attr(ELEMENTS_LIST | NESTED, &list.0)
    };
    addresses.chunks(ELEMENTS).map(chunk).collect()
}

/// The request to make a counter, kept if it is there.
pub(super) fn new_counter(layer: Layer, table: &str, name: &str) -> Message {
    message(NEW_OBJECT, CREATE, Some(layer))
        .text(TABLE, table)
        .text(OBJECT_NAME, name)
        .attr(OBJECT_TYPE, &OBJECT_COUNTER.to_be_bytes())
        .attr(OBJECT_DATA | NESTED, &[])
}

/// The request to add a rule to the end of a chain.
pub(super) fn new_rule(table: &str, chain: &Chain, rule: &Rule) -> Message {
    message(NEW_RULE, CREATE | APPEND, Some(chain.layer))
        .text(TABLE, table)
        .text(RULE_CHAIN, &chain.name)
        .attr(RULE_EXPRESSIONS | NESTED, &expressions(chain.layer, rule).0)
}

fn expressions(layer: Layer, rule: &Rule) -> Attrs {
    let mut all = Attrs::default();
    // Frames have other contents than IPv4 too, in which nothing is where IPv4 has it.
    let of_ip = |found: &Match| {
        !matches!(found, Match::InLink(_) | Match::OutLink(_) | Match::NotOutLink(_) | Match::EtherType(_))
    };
    let said = rule.matches.iter().any(|found| matches!(found, Match::EtherType(_)));
    if layer == Layer::Bridge && !said && rule.matches.iter().any(of_ip) {
        put_match(&mut all, &Match::EtherType(ETHER_IPV4));
    }
    for found in &rule.matches {
        put_match(&mut all, found);
    }
    if let Some(limit) = &rule.limit {
        put_limit(&mut all, limit);
    }
    if let Some(counter) = &rule.counter {
        let mut data = Attrs::default();
        data.number(1, OBJECT_COUNTER).text(2, counter);
        all.expression("objref", &data);
    }
    put_action(&mut all, &rule.action);
    all
}

fn put_match(all: &mut Attrs, found: &Match) {
    match found {
        Match::InLink(name) => {
            all.meta(META_IN_NAME).compare(EQUAL, &link_name(name));
        }
        Match::OutLink(name) => {
            all.meta(META_OUT_NAME).compare(EQUAL, &link_name(name));
        }
        Match::NotOutLink(name) => {
            all.meta(META_OUT_NAME).compare(NOT_EQUAL, &link_name(name));
        }
        Match::EtherType(kind) => {
            all.meta(META_PROTOCOL).compare(EQUAL, &kind.to_be_bytes());
        }
        Match::Source(network) => put_network(all, 12, network),
        Match::Destination(network) => put_network(all, 16, network),
        Match::SourceIn(set) => {
            all.payload(NETWORK, 12, 4).lookup(set);
        }
        Match::DestinationIn(set) => {
            all.payload(NETWORK, 16, 4).lookup(set);
        }
        Match::Protocol(protocol) => {
            all.meta(META_L4_PROTOCOL).compare(EQUAL, &[*protocol]);
        }
        Match::SourcePort(port) => {
            all.payload(TRANSPORT, 0, 2).compare(EQUAL, &port.to_be_bytes());
        }
        Match::DestinationPort(port) => {
            all.payload(TRANSPORT, 2, 2).compare(EQUAL, &port.to_be_bytes());
        }
        Match::LaterFragment => {
            all.payload(NETWORK, 6, 2).mask(&FRAGMENT_OFFSET.to_be_bytes()).compare(NOT_EQUAL, &[0, 0]);
        }
    }
}

/// An address of the IPv4 header at this offset is in a network.
fn put_network(all: &mut Attrs, offset: u32, network: &Cidr) {
    let std::net::IpAddr::V4(address) = network.network().address else { return };
    if network.prefix == 0 {
        return;
    }
    all.payload(NETWORK, offset, 4);
    if network.prefix < 32 {
        all.mask(&(u32::MAX << (32 - u32::from(network.prefix))).to_be_bytes());
    }
    all.compare(EQUAL, &address.octets());
}

fn put_limit(all: &mut Attrs, limit: &RateLimit) {
    let mut data = Attrs::default();
    data.put(1, &limit.rate.to_be_bytes()).put(2, &limit.per.as_secs().to_be_bytes()).number(3, limit.burst);
    all.expression("limit", &data);
}

fn put_action(all: &mut Attrs, action: &Action) {
    match action {
        Action::Accept => all.verdict(CODE_ACCEPT, None),
        Action::Drop => all.verdict(CODE_DROP, None),
        Action::Jump(chain) => all.verdict(CODE_JUMP, Some(chain)),
        Action::ToDestination(address, port) => {
            all.immediate(FIRST, &value(&address.octets())).immediate(SECOND, &value(&port.to_be_bytes()));
            let mut data = Attrs::default();
            data.number(1, 1).number(2, family(Layer::Ip).into()).number(3, FIRST).number(5, SECOND);
            all.expression("nat", &data);
        }
        Action::ToSource(address) => {
            all.immediate(FIRST, &value(&address.octets()));
            let mut data = Attrs::default();
            data.number(1, 0).number(2, family(Layer::Ip).into()).number(3, FIRST);
            all.expression("nat", &data);
        }
        Action::Masquerade => all.expression("masq", &Attrs::default()),
        Action::Continue => {}
    }
}

fn link_name(name: &str) -> [u8; LINK_NAME] {
    let mut padded = [0; LINK_NAME];
    for (to, from) in padded.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    padded
}

fn value(bytes: &[u8]) -> Attrs {
    let mut data = Attrs::default();
    data.put(DATA_VALUE, bytes);
    data
}

/// Attributes in the making.
#[derive(Default)]
struct Attrs(Vec<u8>);

impl Attrs {
    fn put(&mut self, number: u16, value: &[u8]) -> &mut Self {
        self.0.extend((4 + value.len() as u16).to_ne_bytes());
        self.0.extend(number.to_ne_bytes());
        self.0.extend(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    fn number(&mut self, number: u16, value: u32) -> &mut Self {
        self.put(number, &value.to_be_bytes())
    }

    fn text(&mut self, number: u16, text: &str) -> &mut Self {
        let value: Vec<u8> = text.bytes().chain([0]).collect();
        self.put(number, &value)
    }

    fn nest(&mut self, number: u16, inner: &Attrs) -> &mut Self {
        self.put(number | NESTED, &inner.0)
    }

    fn expression(&mut self, name: &str, data: &Attrs) {
        let mut expression = Attrs::default();
        expression.text(EXPRESSION_NAME, name).nest(EXPRESSION_DATA, data);
        self.nest(LIST_ELEMENT, &expression);
    }

    fn meta(&mut self, key: u32) -> &mut Self {
        let mut data = Attrs::default();
        data.number(1, FIRST).number(2, key);
        self.expression("meta", &data);
        self
    }

    fn payload(&mut self, base: u32, offset: u32, length: u32) -> &mut Self {
        let mut data = Attrs::default();
        data.number(1, FIRST).number(2, base).number(3, offset).number(4, length);
        self.expression("payload", &data);
        self
    }

    fn mask(&mut self, mask: &[u8]) -> &mut Self {
        let mut data = Attrs::default();
        data.number(1, FIRST).number(2, FIRST).number(3, mask.len() as u32);
        data.nest(4, &value(mask)).nest(5, &value(&vec![0; mask.len()]));
        self.expression("bitwise", &data);
        self
    }

    fn compare(&mut self, how: u32, with: &[u8]) {
        let mut data = Attrs::default();
        data.number(1, FIRST).number(2, how).nest(3, &value(with));
        self.expression("cmp", &data);
    }

    fn lookup(&mut self, set: &str) {
        let mut data = Attrs::default();
        data.text(1, set).number(2, FIRST);
        self.expression("lookup", &data);
    }

    fn immediate(&mut self, register: u32, data_of: &Attrs) -> &mut Self {
        let mut data = Attrs::default();
        data.number(1, register).nest(2, data_of);
        self.expression("immediate", &data);
        self
    }

    fn verdict(&mut self, code: i32, chain: Option<&str>) {
        let mut verdict = Attrs::default();
        verdict.put(VERDICT_CODE, &code.to_be_bytes());
        if let Some(chain) = chain {
            verdict.text(VERDICT_CHAIN, chain);
        }
        let mut data = Attrs::default();
        data.nest(DATA_VERDICT, &verdict);
        self.immediate(VERDICT, &data);
    }
}

/// Something of a table, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub(super) layer: Layer,
    pub(super) table: String,
    pub(super) name: String,
}

/// Table and name of what a message describes.
pub(super) fn listed(message: Received<'_>) -> Option<Listed> {
    let name_at = match message.kind {
        NEW_TABLE => TABLE_NAME,
        NEW_CHAIN => CHAIN_NAME,
        NEW_SET => SET_NAME,
        NEW_OBJECT => OBJECT_NAME,
        _ => return None,
    };
    let layer = match *message.payload.first()? {
        2 => Layer::Ip,
        7 => Layer::Bridge,
        _ => return None,
    };
    let at = |wanted| attrs(message.payload, FIXED).find(|(number, _)| *number == wanted);
    let (_, table) = at(TABLE)?;
    let (_, name) = at(name_at)?;
    Some(Listed { layer, table: text(table)?.to_owned(), name: text(name)?.to_owned() })
}

/// A counter out of a message, with its table.
pub(super) fn counted(message: Received<'_>) -> Option<(String, Counted)> {
    let Listed { layer, table, name } = listed(message)?;
    let (_, data) = attrs(message.payload, FIXED).find(|(number, _)| *number == OBJECT_DATA)?;
    let number = |wanted| {
        let (_, value) = attrs(data, 0).find(|(number, _)| *number == wanted)?;
        Some(u64::from_be_bytes(value.try_into().ok()?))
    };
    let (packets, bytes) = (number(COUNTER_PACKETS)?, number(COUNTER_BYTES)?);
    Some((table, Counted { layer, name, packets, bytes }))
}
