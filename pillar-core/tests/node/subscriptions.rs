//! Subscriptions that begin, are replaced, and meet tables whose publisher comes later.

use pillar_core::bus::PublishError;
use pillar_core::node::{Agent, AgentName, Change, Context, Node, NodeConfig, TestNode};

use crate::{Item, Log, PEER};

/// Who tells the agents here what to do.
const BOSS: AgentName = AgentName("boss");

/// Subscribes when it is told to, and once more when the first key comes.
struct Restless {
    log: Log,
}

impl Agent for Restless {
    const NAME: AgentName = AgentName("restless");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(PEER, Self::on_item);
    }
}

impl Restless {
    fn on_item(&mut self, change: Change<'_, Item>, cx: &mut Context<'_, Self>) {
        self.log.change(&change, |item| format!("{} restless", item.field_a));
        if **change.key == *"k1" {
            cx.subscribe(PEER, Self::on_item_again);
        }
    }

    fn on_item_again(&mut self, change: Change<'_, Item>, _: &mut Context<'_, Self>) {
        self.log.change(&change, |item| format!("{} again", item.field_a));
    }
}

/// Subscribes when the boss says so.
struct Late {
    log: Log,
}

impl Agent for Late {
    const NAME: AgentName = AgentName("late");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Item>(BOSS, |_, _, cx| cx.subscribe(PEER, Self::on_item));
    }
}

impl Late {
    fn on_item(&mut self, change: Change<'_, Item>, _: &mut Context<'_, Self>) {
        self.log.change(&change, |item| format!("{} late", item.field_a));
    }
}

#[test]
fn a_subscription_that_was_replaced_takes_nothing_from_those_after_it() -> Result<(), PublishError> {
    let log = Log::default();
    let (noted, also) = (log.clone(), log.clone());
    let mut node = Node::new(NodeConfig::default());
    node.add(move || Restless { log: noted.clone() });
    node.add(move || Late { log: also.clone() });
    while node.step() {}
    for key in ["k1", "k2", "k3"] {
        node.put(PEER, key, Some(Item::new("x").into()))?;
    }
    node.put(BOSS, "now", Some(Item::new("subscribe").into()))?;
    while node.step() {}
    let told = log.take();
    let of = |who: &str| told.iter().filter(|line| line.ends_with(who)).count();
    assert_eq!((of("x restless"), of("x again"), of("x late")), (1, 3, 3), "{told:?}");
    Ok(())
}

/// Says that it has caught up without ever having published.
struct Ready;

impl Agent for Ready {
    const NAME: AgentName = AgentName("ready");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.signal_restarted::<Item>();
    }
}

/// Follows the one that is ready.
struct Waiter {
    log: Log,
}

impl Agent for Waiter {
    const NAME: AgentName = AgentName("waiter");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Item>(Ready::NAME, |waiter, change, _| {
            waiter.log.change(&change, |item| item.field_a.clone());
        });
    }
}

#[test]
fn an_empty_table_can_be_signalled_restarted() {
    let log = Log::default();
    let noted = log.clone();
    let mut test = TestNode::start(move || Waiter { log: noted.clone() });
    test.node.add(|| Ready);
    test.run();
    assert_eq!(log.take(), ["synced", "restarted 1"]);
}
