//! `bus_local_p50`: from a publish to the subscriber's handler in one process, with the taps of files and of a
//! wire on, at 1 to 10,000 keys; and what a further subscriber costs in allocations. Prints `name value unit` lines.

use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use pillar_core::bus::files::Layout;
use pillar_core::hal::{DirEntry, FileOp, Hal, Scope, Space, Storage, StorageError};
use pillar_core::node::{Agent, AgentName, Change, Context, Node, NodeConfig};
use pillar_core::time::{Mono, Now, Wall};
use pillar_types::{List, object};

object! {
    /// A usual status: 192 bytes of JSON.
    pub struct Sample topic "Sample" {
        /// Counts.
        pub number: u64 = "Number",
        /// A name.
        pub name: String = "Name",
        /// Some more.
        pub state: u8 = "State",
        /// A text.
        pub error: String = "Error",
        /// Labels.
        pub labels: List<String> = "Labels",
    }
}

/// Counts allocations, to show that none is made for a subscriber.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Memory) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Memory) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const HOPS: u64 = 200_000;

/// Events between two looks at jobs.
const BUDGET: u32 = 256;

/// When the last publish began, and how long those before it took to reach the other's handler, in nanoseconds.
struct Times {
    sent: Instant,
    taken: Vec<u32>,
}

/// Publishes on the next key as soon as the other has.
struct Player<const FIRST: bool> {
    keys: Arc<Vec<String>>,
    times: Arc<Mutex<Times>>,
}

const NAMES: [AgentName; 2] = [AgentName("left"), AgentName("right")];

impl<const FIRST: bool> Agent for Player<FIRST> {
    const NAME: AgentName = if FIRST { NAMES[0] } else { NAMES[1] };

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        for key in self.keys.clone().iter() {
            cx.publish(key, sample(0));
        }
        cx.subscribe(if FIRST { NAMES[1] } else { NAMES[0] }, Self::on_sample);
        if FIRST {
            cx.publish(&self.keys[0].clone(), sample(1));
        }
    }
}

impl<const FIRST: bool> Player<FIRST> {
    fn on_sample(&mut self, change: Change<'_, Sample>, cx: &mut Context<'_, Self>) {
        let now = Instant::now();
        let Some(number) = change.value().map(|sample| sample.number).filter(|number| *number > 0) else {
            return;
        };
        let mut times = self.times.lock().expect("one thread");
        let taken = (now - times.sent).as_nanos() as u32;
        times.taken.push(taken);
        if number < HOPS {
            let key = self.keys[number as usize % self.keys.len()].clone();
            let next = sample(number + 1);
            times.sent = Instant::now();
            cx.publish(&key, next);
        }
    }
}

fn sample(number: u64) -> Sample {
    Sample { number, state: 115, ..Sample::default() }
}

/// Follows both players, and does nothing.
struct Spectator<const N: u8>;

impl<const N: u8> Agent for Spectator<N> {
    const NAME: AgentName = AgentName(["a", "b", "c", "d", "e", "f", "g", "h"][N as usize]);

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        for player in NAMES {
            cx.subscribe::<Sample>(player, |_, _, _| {});
        }
    }
}

/// Adds eight.
fn add_spectators(node: &mut Node) {
    node.add(|| Spectator::<0>);
    node.add(|| Spectator::<1>);
    node.add(|| Spectator::<2>);
    node.add(|| Spectator::<3>);
    node.add(|| Spectator::<4>);
    node.add(|| Spectator::<5>);
    node.add(|| Spectator::<6>);
    node.add(|| Spectator::<7>);
}

/// A disk that takes everything at once.
struct Void;

impl Storage for Void {
    fn apply(&self, _: &Scope, ops: &[FileOp]) -> Vec<Result<(), StorageError>> {
        ops.iter().map(|_| Ok(())).collect()
    }

    fn read(&self, _: &Scope, _: &Path, _: usize) -> Result<Vec<u8>, StorageError> {
        Err(StorageError::Unsupported)
    }

    fn list(&self, _: &Scope, _: &Path) -> Result<Vec<DirEntry>, StorageError> {
        Err(StorageError::Unsupported)
    }

    fn space(&self, _: &Scope, _: &Path) -> Result<Space, StorageError> {
        Err(StorageError::Unsupported)
    }
}

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    for keys in if asked.is_empty() { vec![1, 100, 10_000] } else { asked } {
        let (p50, allocations) = play(keys, false);
        println!("bus_local_p50_{keys}_keys {p50} ns");
        println!("bus_local_allocations_{keys}_keys {allocations:.2} count");
        let (_, with_spectators) = play(keys, true);
        println!(
            "bus_local_allocations_per_subscriber_{keys}_keys {:.2} count",
            (with_spectators - allocations) / 8.0
        );
    }
}

/// Gives the median time from a publish to the other's handler, in nanoseconds, and the allocations of handlers and
/// bus for each.
fn play(keys: usize, spectators: bool) -> (u32, f64) {
    let mut node = Node::new(NodeConfig { files: Some(Layout::default()), ..NodeConfig::default() });
    let names = Arc::new((0..keys).map(|n| format!("6ba7b810-9dad-11d1-80b4-{n:012}")).collect::<Vec<_>>());
    let times =
        Arc::new(Mutex::new(Times { sent: Instant::now(), taken: Vec::with_capacity(HOPS as usize) }));
    let make = (names.clone(), times.clone());
    node.add(move || Player::<true> { keys: make.0.clone(), times: make.1.clone() });
    let make = (names, times.clone());
    node.add(move || Player::<false> { keys: make.0.clone(), times: make.1.clone() });
    if spectators {
        add_spectators(&mut node);
    }
    let wire = node.tap(|_| true);
    let hal = Hal { storage: Arc::new(Void), ..Hal::default() };
    let mut now = Now { mono: Mono(1), wall: Wall(1) };
    let mut allocations = 0;
    loop {
        node.advance(now);
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        let busy = (0..BUDGET).all(|_| node.step());
        while node.drain(wire, 256, &mut |_, _| {}) {}
        allocations += ALLOCATIONS.load(Ordering::Relaxed) - before;
        // On a device another thread writes the files; a batch a budget is more than any disk takes.
        let done: Vec<_> = node.take_jobs().into_iter().map(|job| (job.id(), job.run(&hal))).collect();
        if !busy && done.is_empty() {
            break;
        }
        for (id, out) in done {
            node.job_done(id, out);
        }
        now.mono.0 += 1;
    }
    let mut taken = std::mem::take(&mut times.lock().expect("one thread").taken);
    taken.sort_unstable();
    (taken[taken.len() / 2], allocations as f64 / HOPS as f64)
}
