//! Counts. Each number is published stored, and only when it would survive a power cut does the world learn of it:
//! what `Acknowledged` says is never lost.

use std::time::Duration;

use pillar_core::node::{Agent, AgentName, Context, Node};
use pillar_types::object;

use crate::agents::Given;

/// The agent's name.
pub const COUNTER: AgentName = AgentName("counter");

/// The only key of both tables.
pub const TOTAL: &str = "total";

/// From one number to the next, and how much later it may be.
const PAUSE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_millis(500));

object! {
    /// The number, in a table that outlives a reboot.
    pub struct Count topic "Count" persistent {
        /// How far the counter has come in all its lives.
        pub number: u64 = "Number",
    }
}

object! {
    /// The number that is safe on disk.
    pub struct Acknowledged topic "Acknowledged" {
        /// How far the counter can never fall back.
        pub number: u64 = "Number",
    }
}

/// The agent.
pub struct Counter {
    last: u64,
    /// What then: without anything it rests.
    then: Option<Then>,
}

/// What a counter does when it has come to its last number.
#[derive(Clone, Copy)]
enum Then {
    /// It ends with this exit status.
    End(i32),
    /// It says that its process cannot go on.
    Die,
    /// It does not come back, and nobody else runs either.
    Hang,
    /// It panics, and has learnt nothing when it starts again.
    Panic,
}

impl Counter {
    /// A counter that rests at `last`.
    pub fn until(last: u64) -> Self {
        Counter { last, then: None }
    }
}

/// Adds a counter as its command line wants it: `counter here` counts in its own process.
pub fn host(node: &mut Node, given: &Given) -> Result<(), String> {
    let last = given.parsed("n")?.unwrap_or(u64::MAX);
    let here = given.words.as_slice() == ["here"];
    if !here && let Some(word) = given.words.first() {
        return Err(format!("unknown argument '{word}'"));
    }
    let status = given.parsed("s")?.or(here.then_some(0));
    let faults = [("F", Then::Die), ("H", Then::Hang), ("P", Then::Panic)];
    let fault = faults.into_iter().find(|(flag, _)| given.value(flag).is_some());
    let then = fault.map(|(_, fault)| fault).or(status.map(Then::End));
    node.add(move || Counter { last, then });
    Ok(())
}

impl Agent for Counter {
    const NAME: AgentName = COUNTER;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Count>();
        self.count(TOTAL, cx);
    }
}

impl Counter {
    fn count(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let before = cx.own::<Count>(key).map_or(0, |count| count.number);
        if before < self.last {
            cx.publish_stored(key, Count { number: before + 1, ..Count::default() }, Self::on_stored);
            return;
        }
        match self.then {
            Some(Then::End(status)) => cx.finish(status),
            Some(Then::Die) => cx.fatal("boom"),
            Some(Then::Hang) => loop {
                std::hint::spin_loop();
            },
            Some(Then::Panic) => panic!("boom at {before}"),
            None => {}
        }
    }

    fn on_stored(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let Some(count) = cx.own::<Count>(key) else { return };
        cx.publish(key, Acknowledged { number: count.number });
        cx.after_key(PAUSE.0, PAUSE.1, key, Self::count);
    }
}
