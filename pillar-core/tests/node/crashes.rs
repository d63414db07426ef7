//! A panic is its agent's alone: nothing of the handler happened, publications stay, the agent starts again.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use pillar_core::bus::PublishError;
use pillar_core::node::{
    Agent, AgentName, Change, Context, EventName, Node, NodeConfig, PutAside, TestNode, Trouble,
};
use pillar_core::time::{Mono, Now, Wall};

use crate::{Item, Log, PEER};

/// Publishes what it is told; `boom` makes it panic after it has published and set a timer.
struct Fragile {
    log: Log,
}

impl Agent for Fragile {
    const NAME: AgentName = AgentName("fragile");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        self.log.note(format!("start with {}", cx.keys::<Item>().len()));
        cx.subscribe(PEER, Self::on_item);
    }

    fn put_aside(&mut self, what: &PutAside, cx: &mut Context<'_, Self>) {
        cx.publish(&what.key, Item::new(&format!("error: {}", what.reason)));
    }
}

impl Fragile {
    fn on_item(&mut self, change: Change<'_, Item>, cx: &mut Context<'_, Self>) {
        let Some(item) = change.value() else { return };
        cx.publish(change.key, (**item).clone());
        if item.field_a == "boom" {
            cx.publish("never", Item::new("x"));
            cx.after(Duration::from_secs(1), Duration::ZERO, |fragile, _| fragile.log.note("never"));
            panic!("cannot stand boom");
        }
    }
}

/// Publishes whatever it is told, and never panics.
struct Sturdy;

impl Agent for Sturdy {
    const NAME: AgentName = AgentName("sturdy");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Item>(PEER, |_, change, cx| {
            if let Some(item) = change.value() {
                cx.publish(change.key, (**item).clone());
            }
        });
    }
}

fn fragile() -> (TestNode<Fragile>, Log) {
    let log = Log::default();
    let noted = log.clone();
    let mut test = TestNode::start(move || Fragile { log: noted.clone() });
    test.node.add(|| Sturdy);
    test.run();
    log.take();
    (test, log)
}

fn texts(test: &TestNode<Fragile>) -> Vec<String> {
    test.published::<Item>().iter().map(|(key, item)| format!("{key} {}", item.field_a)).collect()
}

#[test]
fn nothing_of_a_handler_that_panics_happened() -> Result<(), PublishError> {
    let (mut test, log) = fragile();
    test.put(PEER, "good", Item::new("fine"))?;
    test.put(PEER, "bad", Item::new("boom"))?;
    assert_eq!(texts(&test), ["good fine"], "publications stay, the panic's own do not");
    test.node.put::<Item>(PEER, "bad", None)?;
    test.pass(Duration::from_secs(5));
    assert_eq!(log.take(), ["start with 1"], "it read its own table back; the timer was never set");
    assert_eq!(test.node.get::<Item>(Sturdy::NAME, "good"), Some(Arc::new(Item::new("fine"))));
    Ok(())
}

#[test]
fn a_crash_is_reported_with_agent_event_and_reason() -> Result<(), PublishError> {
    let (mut test, _) = fragile();
    test.put(PEER, "bad", Item::new("boom"))?;
    let report = test.node.reports().iter().next().expect("reported");
    assert_eq!(report.at, test.now());
    let line = report.to_string();
    assert!(line.starts_with("fragile: crashed on create peer/Item bad: cannot stand boom"), "{line}");
    Ok(())
}

#[test]
fn the_third_crash_on_a_value_puts_it_aside_and_the_object_shows_it() -> Result<(), PublishError> {
    let (mut test, log) = fragile();
    test.put(PEER, "good", Item::new("fine"))?;
    test.put(PEER, "bad", Item::new("boom"))?;
    test.pass(Duration::from_secs(60));
    assert_eq!(log.take().len(), 3, "three crashes, three new starts");
    assert_eq!(texts(&test), ["bad error: cannot stand boom", "good fine"]);
    let aside: Vec<String> =
        test.node.put_aside().map(|(agent, what)| format!("{agent} {}", what.key)).collect();
    assert_eq!(aside, ["fragile bad"]);
    let put_aside = |trouble: &Trouble| matches!(trouble, Trouble::PutAside(_));
    assert_eq!(test.node.reports().iter().filter(|report| put_aside(&report.trouble)).count(), 1);

    test.put(PEER, "bad", Item::new("better"))?;
    assert_eq!(texts(&test), ["bad better", "good fine"], "a new value is a new chance");
    assert_eq!(test.node.put_aside().count(), 0);
    Ok(())
}

/// Crashes on a value as often as it is told to, and looks the value up when it is asked to.
struct Shaky {
    log: Log,
    left: Arc<AtomicU32>,
}

impl Agent for Shaky {
    const NAME: AgentName = AgentName("shaky");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(PEER, Self::on_item);
        cx.after(Duration::from_secs(10), Duration::ZERO, |shaky, cx| {
            let seen = cx.get::<Item>(PEER, "k").is_some() || !cx.all::<Item>(PEER).is_empty();
            shaky.log.note(format!("sees it: {seen}"));
        });
    }
}

impl Shaky {
    fn on_item(&mut self, change: Change<'_, Item>, _: &mut Context<'_, Self>) {
        let well = self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_err();
        assert!(well, "again");
        self.log.change(&change, |item| item.field_a.clone());
    }
}

fn shaky() -> (TestNode<Shaky>, Log, Arc<AtomicU32>) {
    let (log, left) = (Log::default(), Arc::new(AtomicU32::new(0)));
    let parts = (log.clone(), left.clone());
    (TestNode::start(move || Shaky { log: parts.0.clone(), left: parts.1.clone() }), log, left)
}

#[test]
fn a_value_put_aside_is_not_seen_and_the_next_is_new() -> Result<(), PublishError> {
    let (mut test, log, left) = shaky();
    left.store(3, Relaxed);
    test.put(PEER, "k", Item::new("bad"))?;
    test.pass(Duration::from_secs(30));
    assert_eq!(log.take(), ["sees it: false"]);
    test.put(PEER, "k", Item::new("good"))?;
    assert_eq!(log.take(), ["create k good"], "the one before was never told");
    Ok(())
}

#[test]
fn crashes_on_a_key_count_only_in_a_row() -> Result<(), PublishError> {
    let (mut test, log, left) = shaky();
    for round in 0..3 {
        left.store(2, Relaxed);
        test.put(PEER, "k", Item::new(&format!("v{round}")))?;
        test.pass(Duration::from_secs(300));
        assert!(log.take().contains(&format!("create k v{round}")), "the third try goes well");
    }
    assert_eq!(test.node.put_aside().count(), 0);
    Ok(())
}

#[test]
fn what_is_counted_and_put_aside_is_bounded_by_what_is_there() -> Result<(), PublishError> {
    let (mut test, _, left) = shaky();
    for round in 0..10 {
        let key = format!("k{round}");
        left.store(3, Relaxed);
        test.put(PEER, &key, Item::new("bad"))?;
        test.pass(Duration::from_secs(300));
        assert_eq!(test.node.put_aside().count(), 1);
        // Down, it does not see the key go.
        test.node.kill(Shaky::NAME);
        test.remove::<Item>(PEER, &key)?;
        test.pass(Duration::from_secs(300));
    }
    assert_eq!(test.node.put_aside().count(), 0);
    Ok(())
}

/// Panics in its first life, after it has declared its table.
struct Stumbles {
    lives: Arc<AtomicU32>,
}

impl Agent for Stumbles {
    const NAME: AgentName = AgentName("stumbles");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Item>();
        assert!(self.lives.fetch_add(1, Relaxed) > 0, "the first life");
    }
}

/// Notes what it is told of the one that stumbles.
struct Audience {
    log: Log,
}

impl Agent for Audience {
    const NAME: AgentName = AgentName("audience");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Item>(Stumbles::NAME, |audience, change, _| {
            audience.log.change(&change, |item| item.field_a.clone());
        });
    }
}

#[test]
fn a_table_opens_although_its_publisher_crashed_at_its_first_start() {
    let (log, lives) = (Log::default(), Arc::new(AtomicU32::new(0)));
    let noted = log.clone();
    let mut test = TestNode::start(move || Audience { log: noted.clone() });
    test.node.add(move || Stumbles { lives: lives.clone() });
    test.run();
    assert!(log.take().is_empty());
    test.pass(Duration::from_secs(5));
    assert_eq!(log.take(), ["synced"]);
}

#[test]
fn crashes_in_a_row_wait_longer_and_longer() -> Result<(), PublishError> {
    let (mut test, log) = fragile();
    let mut waits = Vec::new();
    for n in 0..8 {
        test.put(PEER, &format!("bad{n}"), Item::new("boom"))?;
        test.node.put::<Item>(PEER, &format!("bad{n}"), None)?;
        let mut seconds = 0;
        while log.take().is_empty() {
            test.pass(Duration::from_secs(1));
            seconds += 1;
        }
        waits.push(seconds);
    }
    assert!(waits.is_sorted() && waits[0] <= 2 && waits[7] >= 60, "{waits:?}");
    Ok(())
}

#[test]
fn a_killed_agent_starts_again() {
    let (mut test, log) = fragile();
    assert!(test.node.kill(Fragile::NAME));
    assert!(!test.node.kill(Fragile::NAME), "it is down");
    test.pass(Duration::from_secs(2));
    assert_eq!(log.take(), ["start with 0"]);
}

/// Stuck in one handler until it is let go.
struct Spinner {
    go_on: Arc<std::sync::Barrier>,
}

impl Agent for Spinner {
    const NAME: AgentName = AgentName("spinner");

    fn start(&mut self, _: &mut Context<'_, Self>) {
        self.go_on.wait();
        self.go_on.wait();
    }
}

#[test]
fn a_handler_that_does_not_return_is_named_from_another_thread() {
    let barrier = Arc::new(std::sync::Barrier::new(2));
    let go_on = barrier.clone();
    let mut node = Node::new(NodeConfig::default());
    node.add(move || Spinner { go_on: go_on.clone() });
    let activity = node.activity();
    let now = Now { mono: Mono(7), wall: Wall(7) };
    thread::scope(|scope| {
        scope.spawn(|| node.poll(now, 10));
        barrier.wait();
        let stuck = activity.current().expect("it is in the handler");
        assert_eq!((stuck.agent, stuck.since), (Spinner::NAME, now));
        assert!(matches!(stuck.event, EventName::Start));
        barrier.wait();
    });
    assert!(activity.current().is_none());
}

/// Publishes new keys without end.
struct Flood;

impl Agent for Flood {
    const NAME: AgentName = AgentName("flood");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        for n in 0..=pillar_core::bus::MAX_KEYS {
            cx.publish(&n.to_string(), Item::new(""));
        }
    }
}

#[test]
fn a_flood_of_keys_is_bounded_and_named() {
    let mut test = TestNode::start(|| Flood);
    test.node.add(|| Sturdy);
    test.put(PEER, "k", Item::new("x")).expect("room");
    assert_eq!(test.published::<Item>().len(), pillar_core::bus::MAX_KEYS);
    let report = test.node.reports().iter().next().expect("reported");
    assert_eq!(report.agent, Flood::NAME);
    assert!(matches!(report.trouble, Trouble::Refused { .. }));
    assert!(test.node.get::<Item>(Sturdy::NAME, "k").is_some());
}
