//! The simulated clocks and random numbers, as jobs see them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pillar_core::hal::{Clock, NoRandom, Random, Scope};
use pillar_core::time::Now;

use super::Rng;
use super::control::{Control, Power};
use super::gate::{Gate, Op};

/// The device's clocks, of one boot.
pub(super) struct SimClock {
    pub(super) control: Arc<Control>,
    pub(super) power: Arc<Power>,
}

impl Clock for SimClock {
    fn now(&self) -> Now {
        self.control.now()
    }

    fn sleep(&self, scope: &Scope, time: Duration) -> bool {
        let until = self.control.now().mono + time;
        let end = scope.deadline().map_or(until, |deadline| deadline.min(until));
        // A sleep cannot fail; what the gate makes of it is a delay or the end of the machine.
        let _ = self.power.enter(Op { name: "clock.sleep", detail: "" });
        let slept = self.power.wait(end, scope);
        self.power.after(Op { name: "clock.sleep", detail: "" });
        slept.is_ok() && !scope.cancelled() && end == until
    }
}

/// The device's random numbers: drawn from the seed, so never for real keys.
pub(super) struct SimRandom {
    pub(super) rng: Mutex<Rng>,
    pub(super) power: Arc<Power>,
}

impl Random for SimRandom {
    fn fill(&self, buf: &mut [u8]) -> Result<(), NoRandom> {
        let op = Op { name: "random.fill", detail: "" };
        self.power.enter(op).map_err(|_| NoRandom)?;
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in buf.chunks_mut(8) {
            chunk.copy_from_slice(&rng.next_u64().to_le_bytes()[..chunk.len()]);
        }
        drop(rng);
        self.power.after(op);
        Ok(())
    }
}
