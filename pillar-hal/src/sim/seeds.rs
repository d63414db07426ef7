//! Many runs of one scenario, one for each seed, up to the first that fails.

use std::io;
use std::ops::RangeInclusive;

use super::exec::Pool;
use super::run::{Config, Outcome, run_in};
use super::scenario::Scenario;
use super::shrink::{Shortest, shorten};
use super::trace::TraceTo;

/// What came of many runs.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many there were.
    pub runs: u64,
    /// Steps of all.
    pub steps: u64,
    /// Operations of all.
    pub operations: u64,
    /// Power cuts of all.
    pub cuts: u64,
    /// The first that failed, as short as it could be made.
    pub failed: Option<Shortest>,
}

/// Runs a scenario once for each seed and stops at the first that fails. An error is one of the trace's file.
///
/// A trace in a file has all runs one after the other, and at the end the shortest that fails.
pub fn run_seeds<S: Scenario>(
    seeds: RangeInclusive<u64>,
    config: &Config,
    mut make: impl FnMut(u64) -> S,
) -> io::Result<Summary> {
    let pool = Pool::new(config.executor);
    let mut summary = Summary::default();
    for seed in seeds {
        let mut outcome = run_in(&pool, seed, config, &mut make(seed))?;
        summary.add(&outcome);
        if let Some(failure) = outcome.failure.take() {
            let shortest = shorten(&outcome, failure, config.steps, |steps, faults| {
                let shorter =
                    Config { steps, faults: faults.clone(), trace: TraceTo::Nothing, ..config.clone() };
                run_in(&pool, seed, &shorter, &mut make(seed))
            })?;
            if config.trace != TraceTo::Nothing {
                let traced =
                    Config { steps: shortest.steps, faults: shortest.faults.clone(), ..config.clone() };
                run_in(&pool, seed, &traced, &mut make(seed))?;
            }
            summary.failed = Some(shortest);
            break;
        }
    }
    Ok(summary)
}

impl Summary {
    fn add(&mut self, outcome: &Outcome) {
        self.runs += 1;
        self.steps += outcome.steps;
        self.operations += outcome.operations;
        self.cuts += outcome.cuts;
    }
}
