//! Which fault comes when: draws those with a rate, looks up those with a place, and notes every one that came,
//! so that the run can be repeated without drawing. Asked by the control at each operation and step.

use std::collections::BTreeMap;

use super::Rng;
use super::faults::{At, Fault, Faults, Kind};

/// The faults of a run that are still to come, and those that came.
pub(super) struct Plan {
    /// Rates of faults at operations and at steps.
    operation_rates: Vec<(Kind, u64)>,
    step_rates: Vec<(Kind, u64)>,
    operations: BTreeMap<u64, Vec<Fault>>,
    steps: BTreeMap<u64, Vec<Fault>>,
    /// Apart from the numbers that choose who runs, so that a repeated run makes the same choices.
    rng: Rng,
    came: Vec<At>,
}

impl Plan {
    pub(super) fn new(faults: &Faults, rng: Rng) -> Self {
        let (operation_rates, step_rates) = faults.rates.iter().partition(|(kind, _)| at_operations(*kind));
        let mut plan = Plan {
            operation_rates,
            step_rates,
            operations: BTreeMap::new(),
            steps: BTreeMap::new(),
            rng,
            came: Vec::new(),
        };
        for At { number, fault } in faults.list.clone() {
            let places = if at_operations(fault.kind()) { &mut plan.operations } else { &mut plan.steps };
            places.entry(number).or_default().push(fault);
        }
        plan
    }

    /// The faults of an operation. Whoever lets one happen notes it with [`came`](Plan::came).
    pub(super) fn at_operation(&mut self, number: u64) -> Vec<Fault> {
        due(&mut self.operations, &self.operation_rates, &mut self.rng, number)
    }

    /// The faults of a step.
    pub(super) fn at_step(&mut self, number: u64) -> Vec<Fault> {
        due(&mut self.steps, &self.step_rates, &mut self.rng, number)
    }

    /// Notes that a fault happened.
    pub(super) fn came(&mut self, number: u64, fault: Fault) {
        self.came.push(At { number, fault });
    }

    /// Nothing comes any more.
    pub(super) fn spare(&mut self) {
        self.operation_rates.clear();
        self.step_rates.clear();
        self.operations.clear();
        self.steps.clear();
    }

    /// Whether calls were made to fail, so that what failed for it may be reported.
    pub(super) fn calls_failed(&self) -> bool {
        self.came.iter().any(|at| matches!(at.fault, Fault::Fail { .. } | Fault::Full { .. }))
    }

    /// All that happened so far, as a plan for the same run without drawing.
    pub(super) fn all_that_came(&self) -> Faults {
        Faults::list(self.came.clone())
    }
}

fn at_operations(kind: Kind) -> bool {
    matches!(kind, Kind::Fail | Kind::Full | Kind::Delay | Kind::Cut)
}

fn due(
    places: &mut BTreeMap<u64, Vec<Fault>>,
    rates: &[(Kind, u64)],
    rng: &mut Rng,
    number: u64,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    while let Some(entry) = places.first_entry()
        && *entry.key() <= number
    {
        faults.extend(entry.remove());
    }
    for (kind, rate) in rates {
        if rng.chance(1, *rate) {
            faults.push(draw(*kind, rng));
        }
    }
    faults
}

/// A fault with a value that a device could see.
fn draw(kind: Kind, rng: &mut Rng) -> Fault {
    match kind {
        // EIO, EROFS: what failing media gives.
        Kind::Fail => Fault::Fail { errno: if rng.chance(1, 4) { 30 } else { 5 } },
        Kind::Full => Fault::Full { operations: 2 + rng.below(30) as u32 },
        // At most some eight seconds: a call that lasts must return soon after it was cancelled.
        Kind::Delay => Fault::Delay { millis: 1 << rng.below(14) },
        Kind::Cut => Fault::Cut,
        Kind::Jump => Fault::Jump { seconds: rng.below(20_000_000) as i32 - 10_000_000 },
        Kind::Kill => Fault::Kill { agent: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(faults: &Faults) -> (Vec<Vec<Fault>>, Faults) {
        let mut plan = Plan::new(faults, Rng::new(3));
        let mut seen = Vec::new();
        for number in 1..=2_000 {
            let due = plan.at_operation(number);
            for fault in &due {
                plan.came(number, fault.clone());
            }
            seen.push(due);
        }
        (seen, plan.all_that_came())
    }

    #[test]
    fn what_came_repeats_what_was_drawn() {
        let (drawn, came) = run(&Faults::all());
        assert!(came.list.len() > 10);
        assert_eq!(run(&came), (drawn, came));
    }

    #[test]
    fn a_fault_at_a_place_comes_there_once() {
        let (seen, _) = run(&"cut@7,fail@7:30".parse().unwrap());
        assert_eq!(seen[6], [Fault::Cut, Fault::Fail { errno: 30 }]);
        assert_eq!(seen.concat().len(), 2);
    }
}
