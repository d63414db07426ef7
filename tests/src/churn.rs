//! An agent that changes its table without end, one that follows it, and what tells whether they agree.

use std::sync::Arc;
use std::time::Duration;

use pillar_core::bus::TableName;
use pillar_core::hal::source::HAL;
use pillar_core::node::{Agent, AgentName, Change, Context, Node, Rng};
use pillar_types::codec::json;
use pillar_types::topic::Topic;

use crate::script::{A1, Item, Step};

/// From one burst of changes to the next.
const PAUSE: Duration = Duration::from_micros(500);

/// How many keys come and go.
const KEYS: u64 = 60;

/// Changes keys of its table at random, until it is told to stop.
pub struct Churn {
    rng: Rng,
    stopped: bool,
}

impl Churn {
    /// Which changes it makes depends on the seed alone.
    pub fn new(seed: u64) -> Churn {
        Churn { rng: Rng::new(seed), stopped: false }
    }

    fn on_step(&mut self, change: Change<'_, Step>, cx: &mut Context<'_, Self>) {
        let Some(step) = change.value() else { return };
        let go_on = self.stopped && step.op == "go";
        self.stopped = step.op == "stop";
        if go_on {
            self.burst(cx);
        }
    }

    fn burst(&mut self, cx: &mut Context<'_, Self>) {
        if self.stopped {
            return;
        }
        for _ in 0..=self.rng.below(10) {
            let key = format!("k{}", self.rng.below(KEYS));
            match self.rng.below(10) {
                0..3 => {
                    cx.unpublish::<Item>(&key);
                }
                3 if self.rng.below(10) == 0 => cx.signal_restarted::<Item>(),
                _ => {
                    let item = Item { number: self.rng.next_u64(), ..Item::default() };
                    cx.publish(&key, item);
                }
            }
        }
        cx.after(PAUSE, Duration::ZERO, Self::burst);
    }
}

impl Agent for Churn {
    const NAME: AgentName = A1;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Item>();
        cx.subscribe(HAL, Self::on_step);
        self.burst(cx);
    }
}

/// Follows that table.
#[derive(Default)]
pub struct Follow;

impl Agent for Follow {
    const NAME: AgentName = AgentName("follow");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.follow::<Item>(A1);
    }
}

/// Has the agent stop or go on, with the next event.
pub fn tell(node: &mut Node, op: &str) {
    let step = Step { op: op.to_owned(), ..Step::default() };
    node.put(HAL, "step", Some(Arc::new(step))).expect("room");
}

/// What the table is in this node: keys, values and restart count, as a number.
pub fn sum(node: &Node) -> String {
    let id = node.bus().find(&TableName { agent: A1, scope: "", topic: Item::NAME }).expect("it is there");
    let table = node.bus().table(id);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes.iter().chain([&0]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for (key, value) in table.iter() {
        add(key.as_bytes());
        add(&json::encode(value.data()));
    }
    format!("{} keys, restarted {}, {hash:016x}", table.iter().count(), table.restarted)
}
