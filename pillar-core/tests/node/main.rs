//! The node, the bus and the files of tables, through their public API.

mod bounds;
mod bus;
mod crashes;
mod ending;
mod files;
mod jobs;
mod office;
mod pool;
mod sources;
mod stored;
mod subscriptions;
mod timers;

use std::sync::{Arc, Mutex};

use pillar_core::node::{AgentName, Change, Event};
use pillar_types::{Topic, object};

object! {
    /// The topic of the acceptance cases.
    pub struct Item topic "Item" {
        /// A field.
        pub field_a: String = "FieldA",
    }
}

object! {
    /// A topic whose tables survive a reboot.
    pub struct Kept topic "Kept" persistent {
        /// A number that must stay exact.
        pub number: u64 = "Number",
    }
}

impl Item {
    /// An item that says `text`.
    pub fn new(text: &str) -> Self {
        Item { field_a: text.to_owned() }
    }
}

impl Kept {
    /// A kept number.
    pub fn new(number: u64) -> Self {
        Kept { number, ..Kept::default() }
    }
}

/// Who publishes in these tests when it is not the agent under test.
pub const PEER: AgentName = AgentName("peer");

/// What a test's agents were told, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Notes a line.
    pub fn note(&self, line: impl Into<String>) {
        self.0.lock().expect("no panic while it is held").push(line.into());
    }

    /// Notes a change as `create k1 {…}`.
    pub fn change<T: Topic>(&self, change: &Change<'_, T>, show: impl Fn(&T) -> String) {
        let key = change.key;
        self.note(match &change.event {
            Event::Created(new) => format!("create {key} {}", show(new)),
            Event::Modified { old, new } => format!("modify {key} {} {}", show(old), show(new)),
            Event::Deleted(old) => format!("delete {key} {}", show(old)),
            Event::Synced => "synced".to_owned(),
            Event::Restarted(count) => format!("restarted {count}"),
            Event::Resync => "resync".to_owned(),
        });
    }

    /// Takes what was noted.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic while it is held"))
    }
}
