//! A host on plain threads: all that an integrator writes to run pillar's agents on a device, in a page.
//!
//! `cargo run -p pillar-hal --example threads` runs two small agents on this machine's real clock, storage and
//! random numbers, prints what they publish, and ends by itself. A host has four duties, marked in `serve`:
//! tell the time, run the jobs, bring their results back, sleep while nothing is due.

use std::error::Error;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use pillar_core::bus::files::{self, Layout};
use pillar_core::bus::{Origin, TapId, What};
use pillar_core::hal::{Hal, Quick, Scope};
use pillar_core::node::{Agent, AgentName, Change, Context, Failed, JobId, JobOut, Lane, Node, NodeConfig};
use pillar_hal::linux::{LinuxClock, LinuxFs, LinuxRandom, LinuxStorage};
use pillar_types::codec::json;
use pillar_types::object;

/// How many events run before the host looks at results again.
const BUDGET: u32 = 100;

/// How far the agents count.
const ENOUGH: u64 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::temp_dir().join(format!("pillar-threads-{}", std::process::id()));
    let layout = Layout { run: root.join("run"), persist: root.join("persist") };
    let hal = Hal {
        storage: Arc::new(LinuxStorage::new(LinuxFs)),
        clock: Arc::new(LinuxClock),
        random: Arc::new(LinuxRandom),
        // What this device does not have it does not bring.
        ..Hal::default()
    };

    let mut node = Node::new(NodeConfig {
        files: Some(layout.clone()),
        quick: Quick { leds: hal.leds.clone(), random: hal.random.clone(), crypto: hal.crypto.clone() },
        ..NodeConfig::default()
    });
    node.add(|| Counter { last: ENOUGH, pause: Duration::from_millis(100) });
    node.add(Thrower::default);
    // After a restart the agents find what they had published before.
    let agents: Vec<AgentName> = node.agents().collect();
    node.preload(files::read(&*hal.storage, &Scope::unbounded(), &layout, &agents)?);

    serve(&mut node, &Arc::new(hal));
    std::fs::remove_dir_all(&root)?;
    Ok(())
}

/// What wakes the host.
enum Event {
    /// A job ended.
    Done(JobId, JobOut),
    /// A job has progress to show.
    Progress,
}

/// Drives the node until the agents have done their work and all of it is stored.
fn serve(node: &mut Node, hal: &Arc<Hal>) {
    let (send, events) = mpsc::channel();
    let wake = send.clone();
    node.set_wake(Arc::new(move || {
        let _ = wake.send(Event::Progress);
    }));
    let tap = node.tap(|table| table.origin == Origin::Local);

    while !finished(node) {
        // Tell the time. What is due runs now; nothing in it can block.
        let next = node.poll(hal.clock.now(), BUDGET);

        // Run the jobs. The node's lanes bound how many there are at once, so each may have a thread.
        for job in next.jobs {
            let (hal, send) = (hal.clone(), send.clone());
            thread::spawn(move || {
                let id = job.id();
                let _ = send.send(Event::Done(id, job.run(&hal)));
            });
        }
        print_changes(node, tap);
        if next.busy {
            continue;
        }

        // Sleep until something is due, or a job wakes us: bring its result back.
        let due = next.at.map_or(Duration::MAX, |at| at.since(hal.clock.now().mono));
        match events.recv_timeout(due) {
            Ok(Event::Done(id, out)) => node.job_done(id, out),
            Ok(Event::Progress) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => unreachable!("this function holds a sender"),
        }
    }
}

fn finished(node: &Node) -> bool {
    node.get::<Dice>(Thrower::NAME, "count").is_some_and(|dice| dice.number == ENOUGH) && node.settled()
}

/// A tap follows the bus: here for a log, elsewhere for files, sockets or a local user interface.
fn print_changes(node: &mut Node, tap: TapId) {
    let mut changes = Vec::new();
    node.drain(tap, usize::MAX, &mut |table, delivery| changes.push((table, delivery)));
    for (table, delivery) in changes {
        if let What::Created(value) | What::Modified { new: value, .. } = &delivery.what {
            let json = json::encode(value.data());
            println!("{} {} {}", node.bus().table(table).name, delivery.key, String::from_utf8_lossy(&json));
        }
    }
}

object! {
    /// What the counter publishes. It outlives a reboot.
    pub struct Count topic "Count" persistent {
        /// How far it has counted.
        pub number: u64 = "Number",
    }
}

object! {
    /// What the dice show for a count.
    pub struct Dice topic "Dice" {
        /// The count it was thrown for.
        pub number: u64 = "Number",
        /// How many throws there were so far.
        pub throws: u64 = "Throws",
        /// One to six.
        pub pips: u8 = "Pips",
    }
}

/// Counts, one step each time the step before would survive a power cut.
struct Counter {
    last: u64,
    pause: Duration,
}

impl Agent for Counter {
    const NAME: AgentName = AgentName("counter");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Count>();
        self.count("count", cx);
    }
}

impl Counter {
    fn count(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let number = cx.own::<Count>(key).map_or(0, |count| count.number);
        if number < self.last {
            cx.publish_stored(key, Count { number: number + 1, ..Count::default() }, Self::on_stored);
        }
    }

    fn on_stored(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        cx.after_key(self.pause, self.pause, key, Self::count);
    }
}

/// Throws a die for each count. That takes a while, so a job does it: handlers cannot block.
#[derive(Default)]
struct Thrower {
    throws: u64,
}

impl Agent for Thrower {
    const NAME: AgentName = AgentName("thrower");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(Counter::NAME, Self::on_count);
    }
}

impl Thrower {
    fn on_count(&mut self, change: Change<'_, Count>, cx: &mut Context<'_, Self>) {
        let Some(count) = change.value() else { return };
        self.throws += 1;
        let (number, throws) = (count.number, self.throws);
        let throw = move |hal: &Hal, scope: &Scope| Dice { number, throws, pips: throw(hal, scope) };
        cx.job(Lane::Compute, change.key, throw, Self::on_thrown);
    }

    fn on_thrown(&mut self, key: &str, thrown: Result<Dice, Failed>, cx: &mut Context<'_, Self>) {
        match thrown {
            Ok(dice) => cx.publish(key, dice),
            Err(_) => self.throws -= 1,
        }
    }
}

/// What a worker does: it may take its time, and stops when its scope says so.
fn throw(hal: &Hal, scope: &Scope) -> u8 {
    hal.clock.sleep(scope, Duration::from_millis(20));
    let mut byte = [0];
    hal.random.fill(&mut byte).map_or(0, |()| byte[0] % 6 + 1)
}
