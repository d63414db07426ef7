//! The simulator's own workload: what `zedbox sim` runs from the command line.

use pillar_hal::sim::workload::Shop;
use pillar_hal::sim::{Config, run_seeds};

#[test]
fn no_seed_fails_under_all_faults() {
    let config = Config { faults: "all".parse().expect("a name of faults"), ..Config::default() };

    let summary = run_seeds(1..=100, &config, |_| Shop::new()).expect("no trace, no file");

    assert!(summary.failed.is_none(), "{}", summary.failed.expect("it failed"));
    assert!(summary.cuts > 0);
}
