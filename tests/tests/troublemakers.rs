//! Agents that misbehave next to two that do not: one panics on one value, one spins, one floods, one never finishes a
//! job. Each is named in a report, the others do their work, and memory stays bounded.
//!
//! A handler that does not return at all is named by the host's second thread: see its tests, and the node's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::{BTreeMap, BTreeSet};
use std::panic;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use pillar_core::bus::MAX_KEYS;
use pillar_core::hal::Scope;
use pillar_core::node::{
    Agent, AgentName, Context, JobSpec, Lane, MAX_ASKED, MAX_JOBS, MAX_TIMERS, PutAside, Report, Trouble,
};
use pillar_hal::sim::workload::{CUSTOMER, Order, Shop};
use pillar_hal::sim::{Config, Device, Scenario, run};
use pillar_types::object;

object! {
    /// What the troublemakers publish.
    pub struct Noise topic "Noise" {
        /// Makes each one new.
        pub number: u64 = "Number",
    }
}

/// Panics on one of the customer's orders, always.
struct Picky;

/// The order that it cannot stand.
const POISON: &str = "order0";

/// What it says.
const COMPLAINT: &str = "cannot stand it";

impl Agent for Picky {
    const NAME: AgentName = AgentName("picky");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Order>(CUSTOMER, |_, change, cx| {
            assert!(change.value().is_none() || **change.key != *POISON, "{COMPLAINT}");
            cx.publish("no/file", Noise { number: cx.now().mono.0 });
        });
    }

    fn put_aside(&mut self, what: &PutAside, cx: &mut Context<'_, Self>) {
        cx.publish(&format!("no/file for {}", what.key), Noise::default());
    }
}

/// Answers itself, over and over. It stops once it was named: simulated time stands still as long as it goes on.
struct Spinner;

/// How often: more than it takes to be named.
const SPINS: u64 = 20_000;

impl Agent for Spinner {
    const NAME: AgentName = AgentName("spinner");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<Noise>(Self::NAME, |_, change, cx| {
            if let Some(noise) = change.value().filter(|noise| noise.number < SPINS) {
                cx.publish("no/file", Noise { number: noise.number + 1 });
            }
        });
        cx.publish("no/file", Noise { number: 1 });
    }
}

/// Asks for more of everything than there is, in one life after the other.
struct Flooder;

impl Agent for Flooder {
    const NAME: AgentName = AgentName("flooder");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.after(Duration::from_secs(30), Duration::ZERO, |_, cx| {
            for number in 0..=MAX_JOBS {
                cx.job(Lane::Compute, &number.to_string(), |_, _| (), |_, _, _, _| {});
            }
        });
        cx.after(Duration::from_secs(60), Duration::ZERO, |_, cx| {
            (0..=MAX_ASKED).for_each(|_| cx.cancel("nothing"));
        });
        for number in 0..=MAX_KEYS {
            cx.publish(&format!("no/file for {number}"), Noise::default());
        }
        for number in 0..=MAX_TIMERS {
            cx.after_key(Duration::from_hours(1), Duration::ZERO, &number.to_string(), |_, _, _| {});
        }
    }
}

/// Takes every place of the lane that its neighbours need with jobs that do not end, also when they are told to.
struct Hanger;

impl Agent for Hanger {
    const NAME: AgentName = AgentName("hanger");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        let for_ever = |hal: &pillar_core::hal::Hal, _: &Scope| {
            loop {
                hal.clock.sleep(&Scope::unbounded(), Duration::from_secs(1));
            }
        };
        for number in 0..Lane::DEFAULT_PLACES[Lane::Compute as usize] {
            let key = number.to_string();
            let spec = JobSpec { lane: Lane::Compute, key: &key, limit: Duration::from_mins(1) };
            cx.job_with(spec, for_ever, |_, _, _: Result<(), _>, _| {}, None);
        }
    }
}

/// The shop, with troublemakers in the house.
#[derive(Default)]
struct Troubled {
    shop: Shop,
    /// What each agent was named for.
    named: BTreeMap<AgentName, BTreeSet<&'static str>>,
}

impl Scenario for Troubled {
    fn agents(&self) -> Vec<AgentName> {
        self.shop.agents()
    }

    fn start(&mut self, device: &mut Device<'_>) {
        self.shop.start(device);
        device.node.add(|| Picky);
        device.node.add(|| Spinner);
        device.node.add(|| Flooder);
        device.node.add(|| Hanger);
    }

    fn input(&mut self, device: &mut Device<'_>) -> bool {
        self.shop.input(device)
    }

    fn check_boot(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        self.shop.check_boot(device)
    }

    fn check_end(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        self.shop.check_end(device)
    }

    fn expects(&mut self, report: &Report) -> bool {
        let what = match &report.trouble {
            Trouble::Crash { .. } => "crash",
            Trouble::PutAside(_) => "put aside",
            Trouble::PingPong { .. } => "ping-pong",
            Trouble::Refused { .. } => "keys",
            // Their keys have a slash: the shop minds files that are not its own.
            Trouble::NoFile { .. } => return true,
            Trouble::TooMany { what, .. } => what,
            Trouble::Overdue { .. } => "overdue",
            _ => return false,
        };
        self.named.entry(report.agent).or_default().insert(what);
        [Picky::NAME, Spinner::NAME, Flooder::NAME, Hanger::NAME].contains(&report.agent)
    }
}

#[test]
fn troublemakers_are_named_and_their_neighbours_do_their_work_in_bounded_memory() {
    /// Most of it is the flood of keys and timers.
    const MEMORY: usize = 96 << 20;
    // The back-trace of an expected panic would take more memory than all the agents.
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.payload_as_str() != Some(COMPLAINT) {
            usual(info);
        }
    }));
    let config = Config { steps: 60_000, ..Config::default() };
    for seed in 1..=2 {
        let mut house = Troubled::default();
        let before = LIVE.load(Relaxed);
        PEAK.store(before, Relaxed);

        let outcome = run(seed, &config, &mut house).expect("no file");

        let peak = PEAK.load(Relaxed) - before;
        assert!(outcome.failure.is_none(), "seed {seed}: {:?}", outcome.failure);
        let named = |agent| house.named[&agent].iter().copied().collect::<Vec<_>>();
        assert_eq!(named(Picky::NAME), ["crash", "put aside"], "seed {seed}");
        assert_eq!(named(Spinner::NAME), ["ping-pong"], "seed {seed}");
        assert_eq!(named(Flooder::NAME), ["jobs", "keys", "things in one call", "timers"], "seed {seed}");
        assert_eq!(named(Hanger::NAME), ["overdue"], "seed {seed}");
        assert!(peak < MEMORY, "seed {seed}: {peak} bytes");
        println!("seed {seed}: {peak} bytes at most");
    }
}

/// Counts the bytes that are allocated.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        // SAFETY: the caller's promises are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
