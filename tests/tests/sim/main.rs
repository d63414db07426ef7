//! The whole node in the simulator: its own workload, two agents that publish, store and run jobs for orders from
//! outside, under faults.

mod bites;
mod cuts;
mod persistent;
mod traces;

use pillar_hal::sim::workload::Shop;
use pillar_hal::sim::{Config, Faults, Summary, run_seeds};

#[test]
fn no_seed_fails_under_all_faults() {
    let config = Config { faults: Faults::all(), ..Config::default() };

    let summary = run_seeds(1..=100, &config, |_| Shop::new()).expect("no trace, no file");

    nothing_failed(&summary);
    assert!(summary.cuts > 0);
}

fn nothing_failed(summary: &Summary) {
    assert!(summary.failed.is_none(), "{}", summary.failed.as_ref().expect("one failed"));
}

fn faults(text: &str) -> Faults {
    text.parse().expect("the faults are known")
}
