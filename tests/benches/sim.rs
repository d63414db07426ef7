//! `sim_steps` and `sim_cuts`: what the simulator does in a second on one core, with its own workload. Prints
//! `name value unit` lines.

use std::time::{Duration, Instant};

use pillar_hal::sim::workload::Shop;
use pillar_hal::sim::{Config, Faults, Summary, run_seeds};

/// How long each is measured.
const TIME: Duration = Duration::from_secs(3);

fn main() {
    let (steps, seconds) = measure(&Faults::all());
    println!("sim_steps {:.0} per_s", steps.steps as f64 / seconds);
    let cuts = "cut/40".parse().expect("the faults are known");
    let (cuts, seconds) = measure(&cuts);
    println!("sim_cuts {:.0} per_s", cuts.cuts as f64 / seconds);
}

fn measure(faults: &Faults) -> (Summary, f64) {
    let config = Config { faults: faults.clone(), ..Config::default() };
    let start = Instant::now();
    let mut all = Summary::default();
    let mut seed = 1;
    while start.elapsed() < TIME {
        let summary = run_seeds(seed..=seed + 9, &config, |_| Shop::new()).expect("no trace, no file");
        assert!(summary.failed.is_none(), "{}", summary.failed.expect("it failed"));
        all.steps += summary.steps;
        all.cuts += summary.cuts;
        seed += 10;
    }
    (all, start.elapsed().as_secs_f64())
}
