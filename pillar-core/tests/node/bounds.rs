//! What one agent can make the node hold is bounded, and whoever wants more is named and starts again.

use std::time::Duration;

use pillar_core::bus::files::Layout;
use pillar_core::hal::{Hal, Progress, Scope};
use pillar_core::node::{
    Agent, AgentName, Change, Context, JobSpec, JobStart, Lane, MAX_ASKED, MAX_INBOX, Node, NodeConfig,
    TestNode, Trouble,
};
use pillar_core::time::{Mono, Now, Wall};

use crate::{Item, Log, PEER};

/// Runs one job that tells its progress, and notes it and the jumps of the clock.
struct Listener {
    log: Log,
}

impl Agent for Listener {
    const NAME: AgentName = AgentName("listener");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        let spec = JobSpec { lane: Lane::Transfer, key: "k", limit: Duration::from_hours(1) };
        let noted = |listener: &mut Self, _: &str, progress: Progress, _: &mut Context<'_, Self>| {
            listener.log.note(format!("progress {}", progress.done));
        };
        cx.job_with(spec, |_, scope| tell(scope), |_, _, _, _| {}, Some(noted));
    }

    fn wall_jumped(&mut self, nanos: i64, _: &mut Context<'_, Self>) {
        self.log.note(format!("jump {nanos}"));
    }
}

fn tell(scope: &Scope) {
    for done in 1..=1_000 {
        scope.progress(Progress { done, total: 1_000 });
    }
}

#[test]
fn an_agent_that_gets_no_turn_is_told_only_the_latest_progress_and_one_jump() {
    const JUMP: i64 = 5_000_000_000;
    let log = Log::default();
    let noted = log.clone();
    let mut node = Node::new(NodeConfig::default());
    node.add(move || Listener { log: noted.clone() });
    let mut now = Now { mono: Mono(1), wall: Wall(1) };
    let job = node.poll(now, 100).jobs.pop().expect("one job");
    let _out = job.run(&Hal::default());
    for _ in 0..10 {
        now.wall.0 += JUMP;
        node.advance(now);
    }
    while node.step() {}
    assert_eq!(log.take(), [format!("jump {}", 10 * JUMP), "progress 1000".to_owned()]);
}

/// Makes two of every stored publish.
struct Doubles;

impl Agent for Doubles {
    const NAME: AgentName = AgentName("doubles");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Item>(PEER, |_, change, cx| {
            if change.value().is_some() {
                Self::double("k", cx);
            }
        });
    }
}

impl Doubles {
    fn double(key: &str, cx: &mut Context<'_, Self>) {
        for _ in 0..2 {
            cx.publish_stored(key, Item::new("x"), |_, key, cx| Self::double(key, cx));
        }
    }
}

/// Asks for more in one call than there is room for.
struct Greedy;

impl Agent for Greedy {
    const NAME: AgentName = AgentName("greedy");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Item>(PEER, |_, change, cx| {
            cx.publish("asked", Item::new("all"));
            let times = if change.key.is_empty() { 0 } else { MAX_ASKED + 1 };
            (0..times).for_each(|_| cx.cancel("no such job"));
        });
    }
}

/// Publishes whatever it is told.
struct Sturdy;

impl Agent for Sturdy {
    const NAME: AgentName = AgentName("sturdy");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(PEER, |_, change: Change<'_, Item>, cx| {
            if let Some(item) = change.value() {
                cx.publish(change.key, (**item).clone());
            }
        });
    }
}

#[test]
fn an_agent_that_floods_itself_is_stopped_named_and_started_again() {
    let mut test = TestNode::start(|| Sturdy);
    test.node.add(|| Doubles);
    test.node.add(|| Greedy);
    test.run();

    test.put(PEER, "k", Item::new("go")).expect("room");

    let said: Vec<(AgentName, &Trouble)> =
        test.node.reports().iter().map(|report| (report.agent, &report.trouble)).collect();
    let greedy = Trouble::TooMany { what: "things in one call", limit: MAX_ASKED };
    let doubles = Trouble::TooMany { what: "events of its own", limit: MAX_INBOX };
    assert_eq!(said, [(Greedy::NAME, &greedy), (Doubles::NAME, &doubles)]);
    assert!(test.node.get::<Item>(Greedy::NAME, "asked").is_none(), "nothing of that call happened");
    assert_eq!(test.get::<Item>("k").map(|item| item.field_a.clone()).as_deref(), Some("go"));

    test.remove::<Item>(PEER, "k").expect("it is there");
    test.pass(Duration::from_secs(5));
    test.node.synced::<Item>(PEER).expect("a table of one type");
    test.run();
    assert!(test.node.get::<Item>(Greedy::NAME, "asked").is_some(), "it runs again");
}

/// Takes all places of the lane that stores, for good, and publishes afterwards.
struct Hoarder;

impl Agent for Hoarder {
    const NAME: AgentName = AgentName("hoarder");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        for n in 0..Lane::DEFAULT_PLACES[Lane::Store as usize] {
            cx.job(Lane::Store, &n.to_string(), |_, _| (), |_, _, _, _| {});
        }
        cx.publish("k", Item::new("x"));
    }
}

#[test]
fn no_agent_can_keep_the_node_from_writing_files() {
    let config = NodeConfig { files: Some(Layout::default()), ..NodeConfig::default() };
    let mut node = Node::new(config);
    node.add(|| Hoarder);
    let jobs = node.poll(Now { mono: Mono(1), wall: Wall(1) }, 100).jobs;
    let keys: Vec<&str> = jobs.iter().map(JobStart::key).collect();
    assert_eq!(keys, ["files", "0", "1"]);
}
