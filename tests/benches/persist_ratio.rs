//! `persist_ratio`: what a durable publish costs, from the handler that asks for it to the one that is told, against
//! the least that any program does for a file: write, fsync, rename, fsync of the directory.
//!
//! Prints `name value unit` lines. Both sides take turns in one directory, so that they meet the same disk; the
//! medians are compared. `PILLAR_DISK` names a directory on the file system to measure.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use pillar_core::bus::files::Layout;
use pillar_core::hal::{FileOp, Hal, Scope, Storage};
use pillar_core::node::{Agent, AgentName, Context, Node, NodeConfig};
use pillar_core::time::{Mono, Now, Wall};
use pillar_hal::files::Files;
use pillar_hal::linux::LinuxFs;
use pillar_types::object;

/// Turns of each side.
const ROUNDS: usize = 400;

/// Bytes of a usual bus object.
const SIZE: usize = 600;

/// Files of the batch that is measured too.
const BATCH: usize = 32;

object! {
    /// A status of [`SIZE`] bytes.
    pub struct Status topic "Status" persistent {
        /// Counts.
        pub number: u64 = "Number",
        /// The rest.
        pub text: String = "Text",
    }
}

/// Publishes the number that it is told, and counts what was stored.
struct Publisher {
    stored: Arc<AtomicU64>,
    text: String,
}

const ASKER: AgentName = AgentName("asker");

impl Agent for Publisher {
    const NAME: AgentName = AgentName("publisher");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Status>(ASKER, |publisher, change, cx| {
            let Some(number) = change.value().map(|status| status.number) else { return };
            let status = Status { number, text: publisher.text.clone(), ..Status::default() };
            cx.publish_stored("key", status, |publisher, _, _| {
                publisher.stored.fetch_add(1, Relaxed);
            });
        });
    }
}

/// A host that does nothing but publish durably.
struct Host {
    node: Node,
    hal: Hal,
    stored: Arc<AtomicU64>,
}

impl Host {
    fn new(dir: &Path) -> Self {
        let layout = Layout { run: dir.join("run"), persist: dir.to_owned() };
        let mut node = Node::new(NodeConfig { files: Some(layout), ..NodeConfig::default() });
        let stored = Arc::new(AtomicU64::new(0));
        let counts = stored.clone();
        node.add(move || Publisher { stored: counts.clone(), text: "x".repeat(SIZE - 30) });
        let hal = Hal { storage: Arc::new(Files::new(LinuxFs)), ..Hal::default() };
        Host { node, hal, stored }
    }

    fn publish(&mut self) -> Result<(), Box<dyn Error>> {
        let before = self.stored.load(Relaxed);
        let asked = Status { number: before + 1, ..Status::default() };
        self.node.put(ASKER, "key", Some(Arc::new(asked)))?;
        while self.stored.load(Relaxed) == before {
            for job in self.node.poll(Now { mono: Mono(1), wall: Wall(1) }, 100).jobs {
                let id = job.id();
                let out = job.run(&self.hal);
                self.node.job_done(id, out);
            }
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let place = env::var_os("PILLAR_DISK").map_or_else(|| env!("CARGO_TARGET_TMPDIR").into(), PathBuf::from);
    let dir = place.join(format!("persist-ratio-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    let measured = measure(&dir);
    fs::remove_dir_all(&dir)?;
    let (bare, one, batch) = measured?;
    println!("persist_bare {:.1} us", micros(bare));
    println!("persist_one {:.1} us", micros(one));
    println!("persist_ratio {:.3} ratio", micros(one) / micros(bare));
    println!("persist_batch_ratio {:.3} ratio", micros(batch) / micros(bare) / BATCH as f64);
    Ok(())
}

/// The medians of a bare change, of a durable publish, and of a batch of ours.
fn measure(dir: &Path) -> Result<(Duration, Duration, Duration), Box<dyn Error>> {
    let mut host = Host::new(dir);
    let content = vec![b'x'; SIZE];
    let (mut bare, mut one, mut batch) = (Vec::new(), Vec::new(), Vec::new());
    host.publish()?;
    for _ in 0..ROUNDS {
        bare.push(timed(|| bare_change(dir, &content))?);
        one.push(timed(|| host.publish())?);
    }
    for _ in 0..ROUNDS / BATCH {
        batch.push(timed(|| changes(&*host.hal.storage, dir, &content))?);
    }
    Ok((median(bare), median(one), median(batch)))
}

fn bare_change(dir: &Path, content: &[u8]) -> Result<(), Box<dyn Error>> {
    let temp = dir.join("bare.tmp");
    let mut file = File::create(&temp)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temp, dir.join("bare.json"))?;
    File::open(dir)?.sync_all()?;
    Ok(())
}

fn changes(storage: &dyn Storage, dir: &Path, content: &[u8]) -> Result<(), Box<dyn Error>> {
    let op = |number| FileOp::Replace {
        path: dir.join(format!("key{number}.json")),
        data: content.to_vec(),
        backup: true,
    };
    let ops: Vec<_> = (0..BATCH).map(op).collect();
    for result in storage.apply(&Scope::unbounded(), &ops) {
        result?;
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
