//! Shortens a failing run: fewer steps by bisection, then fewer faults by leaving out more and more of them, then
//! again fewer steps. What is left is run the same way by `zedbox sim`.

use std::fmt;
use std::io;

use super::faults::Faults;
use super::run::{Failure, Outcome};

/// How often a failing run is repeated at most.
const MAX_TRIES: u32 = 200;

/// The shortest run found that fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Shortest {
    /// Its seed.
    pub seed: u64,
    /// After how many steps it ends.
    pub steps: u64,
    /// What goes wrong in it.
    pub faults: Faults,
    /// How it fails.
    pub failure: Failure,
}

impl fmt::Display for Shortest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shortest { seed, steps, faults, failure } = self;
        write!(
            f,
            "seed {seed} fails: {failure}\n  again: --seeds {seed}..{seed} --steps {steps} --faults {faults}"
        )
    }
}

/// Finds a short run that fails like, or unlike, the one that did. `again` repeats the run with a step limit and
/// faults. `limit` was the limit of the run.
pub(super) fn shorten(
    failed: &Outcome,
    failure: Failure,
    limit: u64,
    again: impl FnMut(u64, &Faults) -> io::Result<Outcome>,
) -> io::Result<Shortest> {
    let steps = limit.min(failure.step);
    let first = Shortest { seed: failed.seed, steps, faults: failed.faults.clone(), failure };
    let mut search = Search { best: first, again, tries: 0, limit: steps };
    if search.fails(steps, &failed.faults)? {
        search.fewer_steps()?;
        search.fewer_faults()?;
        search.fewer_steps()?;
    }
    Ok(search.best)
}

struct Search<A> {
    best: Shortest,
    again: A,
    tries: u32,
    /// The steps of the run that failed first.
    limit: u64,
}

impl<A: FnMut(u64, &Faults) -> io::Result<Outcome>> Search<A> {
    /// Whether the shorter run fails; then it is the best so far.
    fn fails(&mut self, steps: u64, faults: &Faults) -> io::Result<bool> {
        self.tries += 1;
        let outcome = (self.again)(steps, faults)?;
        let Some(failure) = outcome.failure else { return Ok(false) };
        let steps = steps.min(failure.step);
        self.best = Shortest { seed: outcome.seed, steps, faults: outcome.faults, failure };
        Ok(true)
    }

    fn fewer_steps(&mut self) -> io::Result<()> {
        let mut low = 0;
        while low < self.best.steps && self.tries < MAX_TRIES {
            let middle = low.midpoint(self.best.steps);
            if !self.fails(middle, &self.best.faults.clone())? {
                low = middle + 1;
            }
        }
        Ok(())
    }

    /// A run without some of its faults takes other steps, so it may need more of them to fail.
    fn fewer_faults(&mut self) -> io::Result<()> {
        let mut chunk = self.best.faults.list.len();
        while chunk > 0 {
            let mut from = 0;
            while from < self.best.faults.list.len() && self.tries < MAX_TRIES {
                let mut fewer = self.best.faults.clone();
                fewer.list.drain(from..fewer.list.len().min(from + chunk));
                if !self.fails(self.limit, &fewer)? {
                    from += chunk;
                }
            }
            chunk /= 2;
        }
        Ok(())
    }
}
