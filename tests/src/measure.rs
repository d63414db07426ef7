//! Agents that benches of the bus between processes are made of.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pillar_core::node::{Agent, AgentName, Change, Context, Event};
use pillar_types::object;
use rustix::time::{ClockId, clock_gettime};

object! {
    /// A usual status: 192 bytes of JSON.
    pub struct Sample topic "Sample" {
        /// Counts.
        pub number: u64 = "Number",
        /// When it was published, in nanoseconds of the clock that all processes share.
        pub sent: u64 = "Sent",
        /// A name.
        pub name: String = "Name",
        /// Another.
        pub uuid: String = "UUID",
        /// Some more.
        pub state: u8 = "State",
        /// A text.
        pub error: String = "Error",
    }
}

impl Sample {
    /// One that has a number.
    pub fn new(number: u64) -> Sample {
        Sample {
            number,
            sent: 0,
            name: "a name of usual length".to_owned(),
            uuid: "6ba7b810-9dad-11d1-80b4-00c04fd430c8".to_owned(),
            state: 115,
            error: "a text that says what was wrong, and when".to_owned(),
        }
    }
}

/// Publishes in the bench's own process.
pub const LEFT: AgentName = AgentName("left");

/// Publishes in the other.
pub const RIGHT: AgentName = AgentName("right");

/// A key of so many.
pub fn key(number: usize) -> String {
    format!("6ba7b810-9dad-11d1-80b4-{number:012}")
}

/// Nanoseconds of the clock that all processes share.
fn clock() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Times of hops, in nanoseconds.
pub type Times = Arc<Mutex<Vec<u32>>>;

/// Two of them play: each publishes on the next key as soon as the other has.
pub struct Player<const FIRST: bool> {
    keys: Vec<String>,
    times: Option<Times>,
}

impl<const FIRST: bool> Player<FIRST> {
    /// One that takes no times.
    pub fn new(keys: usize) -> Self {
        Player { keys: (0..keys).map(key).collect(), times: None }
    }

    /// One that takes the time of each hop from the other's publish to its own handler.
    pub fn timed(keys: usize, times: Times) -> Self {
        Player { times: Some(times), ..Self::new(keys) }
    }

    fn on_sample(&mut self, change: Change<'_, Sample>, cx: &mut Context<'_, Self>) {
        let now = clock();
        let (number, sent) = match change.event {
            // Both tables are known: the first begins.
            Event::Synced if FIRST => (0, 0),
            Event::Synced => return,
            _ => change.value().map_or((0, 0), |sample| (sample.number, sample.sent)),
        };
        if number == 0 && !(FIRST && matches!(change.event, Event::Synced)) {
            return;
        }
        if let Some(times) = self.times.as_ref().filter(|_| number > 0) {
            times.lock().expect("one thread").push((now - sent) as u32);
        }
        let key = self.keys[(number as usize / 2) % self.keys.len()].clone();
        let mut next = Sample::new(number + 1);
        next.sent = clock();
        cx.publish(&key, next);
    }
}

impl<const FIRST: bool> Agent for Player<FIRST> {
    const NAME: AgentName = if FIRST { LEFT } else { RIGHT };

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        for key in &self.keys {
            cx.publish(key, Sample::new(0));
        }
        cx.subscribe(if FIRST { RIGHT } else { LEFT }, Self::on_sample);
    }
}

/// Publishes keys and rests.
pub struct Holder(usize);

impl Holder {
    /// One with so many keys.
    pub fn new(keys: usize) -> Holder {
        Holder(keys)
    }
}

impl Agent for Holder {
    const NAME: AgentName = LEFT;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        for number in 0..self.0 {
            cx.publish(&key(number), Sample::new(number as u64));
        }
    }
}

/// Publishes the same keys again and again for a while, as fast as it can.
pub struct Pump {
    keys: Vec<String>,
    next: usize,
    until: Instant,
}

/// How many values one handler publishes: some tenths of a millisecond's worth.
const BURST: usize = 500;

impl Pump {
    /// One with so many keys.
    pub fn new(keys: usize, time: Duration) -> Pump {
        Pump { keys: (0..keys).map(key).collect(), next: 0, until: Instant::now() + time }
    }

    fn pump(&mut self, cx: &mut Context<'_, Self>) {
        if Instant::now() > self.until {
            return cx.signal_restarted::<Sample>();
        }
        for _ in 0..BURST {
            let key = &self.keys[self.next % self.keys.len()];
            self.next += 1;
            cx.publish(key, Sample::new(self.next as u64));
        }
        cx.after(Duration::ZERO, Duration::ZERO, Self::pump);
    }
}

impl Agent for Pump {
    const NAME: AgentName = LEFT;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Sample>();
        cx.subscribe(RIGHT, Self::on_ready);
    }
}

impl Pump {
    /// It begins when the other is there.
    fn on_ready(&mut self, change: Change<'_, Sample>, cx: &mut Context<'_, Self>) {
        if &**change.key == "ready" {
            self.pump(cx);
        }
    }
}

/// Counts the values that it is told, until a restart says that there are no more: `count` has the number, and
/// in its name the microseconds.
#[derive(Default)]
pub struct Counter {
    count: u64,
    first: Option<Instant>,
}

impl Agent for Counter {
    const NAME: AgentName = RIGHT;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Sample>();
        cx.subscribe(LEFT, Self::on_sample);
    }
}

impl Counter {
    fn on_sample(&mut self, change: Change<'_, Sample>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Synced => cx.publish("ready", Sample::new(0)),
            Event::Restarted(_) => {
                let micros = self.first.map_or(0, |first| first.elapsed().as_micros());
                cx.publish("count", Sample { name: micros.to_string(), ..Sample::new(self.count) });
            }
            _ => {
                self.first.get_or_insert_with(Instant::now);
                self.count += 1;
            }
        }
    }
}
