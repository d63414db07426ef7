//! Agents that do and note what a test says.

use std::sync::{Arc, Mutex};

use pillar_core::hal::source::HAL;
use pillar_core::node::{Agent, AgentName, Change, Context, Event, Node, Place};
use pillar_types::codec::{Limits, json};
use pillar_types::{Topic, object};

use crate::site::Site;

object! {
    /// The topic of the acceptance cases.
    pub struct Item topic "Item" {
        /// A field.
        pub field_a: String = "FieldA",
        /// A number that must stay exact.
        pub number: u64 = "Number" [omitempty],
        /// A large field.
        pub data: String = "pubsub-large-Data" [omitempty],
    }
}

object! {
    /// A topic whose tables survive a reboot.
    pub struct Kept topic "Kept" persistent {
        /// A field.
        pub field_a: String = "FieldA",
    }
}

object! {
    /// A topic whose one key is empty.
    pub struct LocConfig topic "LOCConfig" {
        /// Left out when empty.
        pub loc_url: String = "LocURL" [omitempty],
    }
}

object! {
    /// What the publisher is to do; each step has a key of its own.
    pub struct Step topic "Step" {
        /// `publish`, `unpublish`, `restart`, `clear`, `close`, `fill` with so many keys; `check`, whose answer is a `LOCConfig`.
        pub op: String = "Op",
        /// Of which table.
        pub topic: String = "Topic",
        /// The key.
        pub key: String = "Key",
        /// The value's JSON.
        pub text: String = "Text",
    }
}

/// Publishes what a test says.
#[derive(Default)]
pub struct Writer;

/// The writer's name.
pub const A1: AgentName = AgentName("a1");

impl Agent for Writer {
    const NAME: AgentName = A1;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Item>();
        cx.declare::<Kept>();
        cx.declare::<LocConfig>();
        cx.subscribe(HAL, Self::on_step);
    }
}

impl Writer {
    fn on_step(&mut self, change: Change<'_, Step>, cx: &mut Context<'_, Self>) {
        let Some(step) = change.value() else { return };
        match &*step.topic {
            "Kept" => Self::act::<Kept>(step, cx),
            "LOCConfig" => Self::act::<LocConfig>(step, cx),
            _ => Self::act::<Item>(step, cx),
        }
    }

    fn act<T: Topic>(step: &Step, cx: &mut Context<'_, Self>) {
        match &*step.op {
            "publish" => {
                let value =
                    json::decode_new::<T>(step.text.as_bytes(), &Limits::JSON).expect("JSON of a test");
                cx.publish(&step.key, value);
            }
            "unpublish" => {
                cx.unpublish::<T>(&step.key);
            }
            "fill" => {
                for number in 0..step.text.parse().expect("a number of a test") {
                    cx.publish(&format!("k{number}"), Item { number, ..Item::default() });
                }
            }
            "restart" => cx.signal_restarted::<T>(),
            "clear" => cx.clear_restarted::<T>(),
            "close" => cx.close::<T>(Place::Own),
            "check" => {
                let value =
                    json::decode_new::<T>(step.text.as_bytes(), &Limits::JSON).expect("JSON of a test");
                let loc_url =
                    cx.check_size(&step.key, &value).map_or_else(|why| why.to_string(), |()| "ok".into());
                cx.publish("check", LocConfig { loc_url });
            }
            other => panic!("no step {other}"),
        }
    }
}

/// Adds a writer.
pub fn writer(node: &mut Node) {
    node.add(Writer::default);
}

impl Site {
    /// Has the writer do something. It is done when this returns, and told to whoever listens.
    pub fn step(&mut self, op: &str, topic: &str, key: &str, text: &str) {
        let [op, topic, key, text] = [op, topic, key, text].map(str::to_owned);
        let step = Arc::new(Step { op, topic, key, text });
        self.node.put::<Step>(HAL, "step", None).expect("room");
        self.turn().expect("tables of our own");
        self.node.put(HAL, "step", Some(step)).expect("room");
        self.turn().expect("tables of our own");
    }

    /// What the writer says when it is asked whether an item can be told to other processes.
    pub fn check(&mut self, key: &str, text: &str) -> String {
        self.step("check", "Item", key, text);
        self.node.get::<LocConfig>(A1, "check").expect("an answer").loc_url.clone()
    }

    /// Has the writer publish an item.
    pub fn publish(&mut self, key: &str, text: &str) {
        self.step("publish", "Item", key, text);
    }
}

/// What agents were told, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Notes a line.
    pub fn note(&self, line: String) {
        self.0.lock().expect("no panic while it is held").push(line);
    }

    /// Takes what was noted.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic while it is held"))
    }

    /// What was noted.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().expect("no panic while it is held").clone()
    }
}

/// Notes what the writer publishes, as `create key1 x`.
pub struct Reader {
    log: Log,
}

impl Agent for Reader {
    const NAME: AgentName = AgentName("reader");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(A1, Self::on_item);
        cx.subscribe(A1, Self::on_kept);
        cx.subscribe(A1, Self::on_loc);
    }
}

impl Reader {
    fn on_item(&mut self, change: Change<'_, Item>, _: &mut Context<'_, Self>) {
        self.note("", &change, |item| item.field_a.clone());
    }

    fn on_kept(&mut self, change: Change<'_, Kept>, _: &mut Context<'_, Self>) {
        self.note("kept ", &change, |kept| kept.field_a.clone());
    }

    fn on_loc(&mut self, change: Change<'_, LocConfig>, _: &mut Context<'_, Self>) {
        self.note("loc ", &change, |loc| loc.loc_url.clone());
    }

    fn note<T: Topic>(&self, of: &str, change: &Change<'_, T>, show: impl Fn(&T) -> String) {
        let key = change.key;
        self.log.note(match &change.event {
            Event::Created(new) => format!("{of}create {key} {}", show(new)),
            Event::Modified { old, new } => format!("{of}modify {key} {} {}", show(old), show(new)),
            Event::Deleted(old) => format!("{of}delete {key} {}", show(old)),
            Event::Synced => format!("{of}synced"),
            Event::Restarted(count) => format!("{of}restarted {count}"),
            Event::Resync => format!("{of}resync"),
        });
    }
}

/// Adds a reader.
pub fn reader(node: &mut Node, log: &Log) {
    let log = log.clone();
    node.add(move || Reader { log: log.clone() });
}
