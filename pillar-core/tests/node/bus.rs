//! Tables, order and marks: spec/02, Ordering and delivery guarantees.

use pillar_core::bus::{MAX_IN_A_SPELL, MAX_KEYS, PublishError};
use pillar_core::node::{
    Agent, AgentName, Change, Context, Event, GLOBAL, Node, NodeConfig, Order, Place, TestNode, Trouble,
};
use pillar_core::time::{Mono, Now, Wall};

use crate::{Item, Kept, Log, PEER};

/// Notes what it is told of its peer's items.
struct Reader {
    log: Log,
}

impl Agent for Reader {
    const NAME: AgentName = AgentName("reader");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(PEER, Self::on_item);
    }
}

impl Reader {
    fn on_item(&mut self, change: Change<'_, Item>, _: &mut Context<'_, Self>) {
        self.log.change(&change, |item| item.field_a.clone());
    }
}

fn reader() -> (TestNode<Reader>, Log) {
    let log = Log::default();
    let noted = log.clone();
    (TestNode::start(move || Reader { log: noted.clone() }), log)
}

#[test]
fn ac02_09_many_publishes_of_one_key_give_the_last_value() {
    let (mut test, log) = reader();
    for n in 0..1000 {
        let item = Item::new(&format!("{n:04}"));
        test.node.put(PEER, "key1", Some(item.into())).expect("room");
        if n % 100 == 0 {
            test.run();
        }
    }
    test.run();
    let told = log.take();
    assert!(told.len() < 1000, "values between are skipped");
    assert!(told.last().expect("told").ends_with(" 0999"));
    let values: Vec<&str> = told.iter().filter_map(|line| line.rsplit(' ').next()).collect();
    assert!(values.is_sorted(), "values never go backwards");
}

#[test]
fn ac02_10_an_equal_value_is_told_to_nobody() -> Result<(), PublishError> {
    let (mut test, log) = reader();
    test.put(PEER, "key1", Item::new("x"))?;
    assert_eq!(log.take(), ["create key1 x"]);
    test.put(PEER, "key1", Item::new("x"))?;
    assert!(log.take().is_empty());
    Ok(())
}

#[test]
fn ac02_12_restarted_comes_after_what_was_published_before() -> Result<(), PublishError> {
    for seed in 0..200 {
        let log = Log::default();
        let noted = log.clone();
        let mut test = TestNode::start_shuffled(seed, move || Reader { log: noted.clone() });
        test.node.put(PEER, "k1", Some(Item::new("1").into()))?;
        test.node.put(PEER, "k2", Some(Item::new("2").into()))?;
        test.node.set_restarted::<Item>(PEER, 1)?;
        test.node.put(PEER, "k3", Some(Item::new("3").into()))?;
        test.run();
        let told = log.take();
        let restarted = told.iter().position(|line| line == "restarted 1").expect("told");
        for key in ["create k1 1", "create k2 2"] {
            let created = told.iter().position(|line| line == key).expect("told");
            assert!(created < restarted, "seed {seed}: {told:?}");
        }
    }
    Ok(())
}

#[test]
fn ac02_13_unpublish_and_publish_before_the_reader_looks_is_one_modify() -> Result<(), PublishError> {
    let (mut test, log) = reader();
    test.put(PEER, "k1", Item::new("old"))?;
    log.take();
    test.node.put::<Item>(PEER, "k1", None)?;
    test.node.put(PEER, "k1", Some(Item::new("new").into()))?;
    test.run();
    assert_eq!(log.take(), ["modify k1 old new"]);
    Ok(())
}

#[test]
fn publish_and_unpublish_before_the_reader_looks_is_nothing() -> Result<(), PublishError> {
    let (mut test, log) = reader();
    test.node.put(PEER, "k1", Some(Item::new("x").into()))?;
    test.node.put::<Item>(PEER, "k1", None)?;
    test.run();
    assert!(log.take().is_empty());
    Ok(())
}

/// Publishes and removes as its own commands tell it, and notes what it gets back.
struct Writer {
    log: Log,
}

impl Agent for Writer {
    const NAME: AgentName = AgentName("a1");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Item>();
        cx.subscribe(PEER, Self::on_command);
    }
}

impl Writer {
    fn on_command(&mut self, change: Change<'_, Item>, cx: &mut Context<'_, Self>) {
        let Some(command) = change.value() else { return };
        match command.field_a.split_once(' ') {
            Some(("publish", key)) => cx.publish(key, Item::new("x")),
            Some(("remove", key)) => self.log.note(format!("{}", cx.unpublish::<Item>(key))),
            _ if command.field_a == "restarted" => cx.signal_restarted::<Item>(),
            _ if command.field_a == "three" => {
                for _ in 0..3 {
                    cx.signal_restarted::<Item>();
                }
            }
            _ => cx.clear_restarted::<Item>(),
        }
    }
}

/// Follows the writer from the same node.
struct Follower {
    log: Log,
}

impl Agent for Follower {
    const NAME: AgentName = AgentName("follower");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(Writer::NAME, Self::on_item);
    }
}

impl Follower {
    fn on_item(&mut self, change: Change<'_, Item>, cx: &mut Context<'_, Self>) {
        self.log.change(&change, |item| item.field_a.clone());
        let seen = cx.synced::<Item>(Writer::NAME);
        self.log.note(format!("synchronized {seen}"));
    }
}

fn writer() -> (TestNode<Writer>, Log) {
    let log = Log::default();
    let noted = log.clone();
    (TestNode::start(move || Writer { log: noted.clone() }), log)
}

fn command(test: &mut TestNode<Writer>, text: &str) {
    test.put(PEER, "command", Item::new(text)).expect("room");
}

#[test]
fn ac02_14_removing_an_unknown_key_is_an_error_and_tells_nobody() {
    let (mut test, log) = writer();
    command(&mut test, "remove nothing");
    assert_eq!(log.take(), ["false"]);
    assert!(test.published::<Item>().is_empty());
}

#[test]
fn ac02_15_a_late_subscriber_gets_creates_then_synced() {
    let (mut test, log) = writer();
    command(&mut test, "publish k1");
    command(&mut test, "publish k2");
    let noted = log.clone();
    test.node.add(move || Follower { log: noted.clone() });
    test.run();
    let told = log.take();
    let expected = [
        "create k1 x",
        "synchronized false",
        "create k2 x",
        "synchronized false",
        "synced",
        "synchronized true",
    ];
    assert_eq!(told, expected);
}

#[test]
fn ac02_18_restarts_are_counted_and_taken_back() {
    let (mut test, log) = writer();
    let noted = log.clone();
    test.node.add(move || Follower { log: noted.clone() });
    test.run();
    log.take();
    command(&mut test, "three");
    assert_eq!(log.take()[0], "restarted 3");
    command(&mut test, "clear");
    assert_eq!(log.take()[0], "restarted 0");
}

#[test]
fn a_key_that_cannot_be_a_file_name_reaches_subscribers_and_is_no_crash() {
    let (mut test, log) = writer();
    let noted = log.clone();
    test.node.add(move || Follower { log: noted.clone() });
    test.run();
    log.take();
    command(&mut test, "publish /dev/tpmrm0");
    assert_eq!(log.take()[0], "create /dev/tpmrm0 x");
}

struct GlobalKept;

impl Agent for GlobalKept {
    const NAME: AgentName = AgentName("global-kept");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        assert_eq!(cx.declare_at::<Kept>(Place::Global, true), Err(PublishError::GlobalPersistent));
    }
}

#[test]
fn ac02_24_a_table_with_several_writers_cannot_be_persistent() {
    let test = TestNode::start(|| GlobalKept);
    assert_eq!(test.node.reports().total(), 0);
    assert_eq!(test.node.bus().tables().count(), 0);
}

#[test]
fn ac02_31_a_reader_that_never_looks_holds_up_nobody() {
    let mut node = Node::new(NodeConfig::default());
    let log = Log::default();
    let noted = log.clone();
    node.add(move || Reader { log: noted.clone() });
    while node.step() {}
    let tap = node.tap(|table| table.name.agent == PEER);
    for n in 0..10_000 {
        let item = Item::new("x");
        node.put(PEER, &format!("k{n}"), Some(item.into())).expect("room");
    }
    while node.step() {}
    assert_eq!(log.take().len(), 10_000);
    let mut waiting = 0;
    while node.drain(tap, 100, &mut |_, _| waiting += 1) {}
    assert_eq!(waiting, 10_000, "the tap that did not look finds every key once");
}

#[test]
fn a_slow_tap_holds_each_key_once_however_often_it_changes() {
    let mut node = Node::new(NodeConfig::default());
    let tap = node.tap(|_| true);
    for n in 0..10_000 {
        let item = Item::new(&n.to_string());
        node.put(PEER, "k", Some(item.into())).expect("room");
    }
    let mut told = 0;
    while node.drain(tap, 100, &mut |_, _| told += 1) {}
    assert_eq!(told, 1);
}

#[test]
fn a_table_is_bounded_and_says_so() {
    let mut node = Node::new(NodeConfig::default());
    let mut put = |n: usize| node.put(PEER, &format!("{n}"), Some(Item::new("").into()));
    for n in 0..MAX_KEYS {
        put(n).expect("room");
    }
    assert_eq!(put(MAX_KEYS), Err(PublishError::TableFull));
}

/// Writes the same global key as another agent.
struct One;
struct Two;

impl Agent for One {
    const NAME: AgentName = AgentName("one");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.publish_at(Place::Global, "one", Item::new("1"));
    }
}

impl Agent for Two {
    const NAME: AgentName = AgentName("two");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.publish_at(Place::Global, "two", Item::new("2"));
        cx.subscribe::<Item>(GLOBAL, |_, change, cx| {
            if change.value().is_some() {
                let text = format!("{} says {}", change.publisher, change.key);
                cx.publish(change.key, Item::new(&text));
            }
        });
    }
}

#[test]
fn several_agents_write_a_global_table_and_a_change_names_the_writer() {
    let mut test = TestNode::start(|| Two);
    test.node.add(|| One);
    test.run();
    let text = |key| test.get::<Item>(key).map(|item| item.field_a.clone());
    assert_eq!(text("one").as_deref(), Some("one says one"));
    assert_eq!(text("two").as_deref(), Some("two says two"));
}

#[test]
fn the_same_name_with_another_type_is_refused() -> Result<(), PublishError> {
    pillar_types::object! {
        /// Another type under the name of [`Item`].
        pub struct Impostor topic "Item" {
            /// A field.
            pub number: u32 = "Number",
        }
    }
    let (mut test, _) = reader();
    let refused = test.put(PEER, "k", Impostor::default());
    assert_eq!(refused, Err(PublishError::OtherType));
    test.put(PEER, "k", Item::new("fine"))
}

/// Answers every value of the other with a new one.
struct Ping;
struct Pong;

impl Agent for Ping {
    const NAME: AgentName = AgentName("ping");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Kept>(Pong::NAME, |_, change, cx| {
            if let Some(kept) = change.value() {
                cx.publish("ball", Kept::new(kept.number + 1));
            }
        });
        cx.publish("ball", Kept::new(1));
    }
}

impl Agent for Pong {
    const NAME: AgentName = AgentName("pong");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Kept>(Ping::NAME, |_, change, cx| {
            if let Some(kept) = change.value() {
                cx.publish("ball", Kept::new(kept.number + 1));
            }
        });
    }
}

#[test]
fn agents_that_answer_each_other_without_end_are_named() {
    for order in [Order::Fifo, Order::Shuffled] {
        let mut node = Node::new(NodeConfig { order, ..NodeConfig::default() });
        node.add(|| Ping);
        node.add(|| Pong);
        let now = Now { mono: Mono(1), wall: Wall(1) };
        let next = node.poll(now, 100_000);
        assert!(next.busy);
        let named: Vec<String> = node.reports().iter().map(ToString::to_string).collect();
        assert_eq!(named.len(), 2, "{named:?}");
        assert!(named.iter().any(|line| line.starts_with("ping: pong/Kept ball goes round")), "{named:?}");
        assert!(node.reports().iter().all(|report| matches!(report.trouble, Trouble::PingPong { .. })));
    }
}

/// Makes a key come when the other's goes, and go when it comes.
struct Door<const FIRST: bool>;

impl<const FIRST: bool> Agent for Door<FIRST> {
    const NAME: AgentName = if FIRST { AgentName("front") } else { AgentName("back") };

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        let other = if FIRST { Door::<false>::NAME } else { Door::<true>::NAME };
        cx.subscribe::<Item>(other, |_, change, cx| match (change.event, FIRST) {
            (Event::Deleted(_), true) | (Event::Created(_), false) => cx.publish("k", Item::new("x")),
            (Event::Created(_), true) | (Event::Deleted(_), false) => {
                cx.unpublish::<Item>("k");
            }
            _ => {}
        });
        if FIRST {
            cx.publish("k", Item::new("x"));
        }
    }
}

#[test]
fn agents_whose_keys_come_and_go_without_end_are_named() {
    let mut node = Node::new(NodeConfig::default());
    node.add(|| Door::<true>);
    node.add(|| Door::<false>);
    let next = node.poll(Now { mono: Mono(1), wall: Wall(1) }, 3 * MAX_IN_A_SPELL);
    assert!(next.busy);
    let named: Vec<String> = node.reports().iter().map(ToString::to_string).collect();
    assert_eq!(named.len(), 2, "{named:?}");
    assert!(named.iter().all(|line| line.ends_with("/Item k goes round without end")), "{named:?}");
}

#[test]
fn a_busy_agent_does_not_keep_others_from_their_turn() {
    let mut node = Node::new(NodeConfig::default());
    let log = Log::default();
    let noted = log.clone();
    node.add(|| Ping);
    node.add(|| Pong);
    node.add(move || Reader { log: noted.clone() });
    node.put(PEER, "k", Some(Item::new("x").into())).expect("room");
    node.poll(Now::default(), 10);
    assert_eq!(log.take(), ["create k x"]);
}
