//! Power cuts: every key is the old or the new value, all that was acknowledged is there, nothing else appears.
//!
//! What is there is read back by EVE's rules of loading. No call fails here, so nothing but the cuts can be to
//! blame. `PILLAR_CUTS` says how many there are; the long tier wants a million.

use std::env;
use std::time::Duration;

use pillar_hal::sim::workload::Shop;
use pillar_hal::sim::{Config, Faults, run, run_seeds};

use super::{faults, nothing_failed};

/// How many power cuts there are in the push tier.
const CUTS: u64 = 10_000;

/// Of how many one is at a chosen operation.
const CHOSEN: u64 = 10;

/// Seeds between two looks at how many there were.
const SEEDS: u64 = 20;

fn wanted() -> u64 {
    env::var("PILLAR_CUTS").map_or(CUTS, |text| text.parse().expect("PILLAR_CUTS is a number"))
}

#[test]
fn power_cuts_at_any_time_lose_nothing_that_was_acknowledged() {
    let wanted = wanted() - wanted() / CHOSEN;
    let config = Config { faults: faults("cut/40,delay,jump,kill"), ..Config::default() };
    let (mut cuts, mut seed) = (0, 1);
    while cuts < wanted {
        let summary = run_seeds(seed..=seed + SEEDS - 1, &config, |_| Shop::new()).expect("no file");
        nothing_failed(&summary);
        cuts += summary.cuts;
        seed += SEEDS;
    }
    println!("{cuts} power cuts at random, {} runs", seed - 1);
}

#[test]
fn power_cuts_after_every_operation_lose_nothing_that_was_acknowledged() {
    let wanted = wanted() / CHOSEN;
    let short = Config { steps: 300, settle: Duration::from_secs(30), ..Config::default() };
    let (mut cuts, mut seed) = (0, 0);
    while cuts < wanted {
        seed += 1;
        let whole = run(seed, &short, &mut Shop::new()).expect("no file");
        for operation in 1..=whole.operations {
            let config = Config { faults: faults(&format!("cut@{operation}")), ..short.clone() };
            let summary = run_seeds(seed..=seed, &config, |_| Shop::new()).expect("no file");
            nothing_failed(&summary);
            cuts += summary.cuts;
        }
    }
    println!("{cuts} power cuts, after every operation of {seed} runs");
}

#[test]
fn power_cuts_leave_a_device_that_boots_when_they_never_end() {
    let config =
        Config { faults: Faults { rates: faults("cut/3").rates, ..Faults::none() }, ..Config::default() };
    let summary = run_seeds(1..=3, &config, |_| Shop::new()).expect("no file");
    nothing_failed(&summary);
    assert!(summary.cuts > 1_000, "{}", summary.cuts);
}
