//! The simulated end of a boot. What was not synced is lost as by a power cut, and the device boots again after either
//! kind of end: somebody switches it on.

use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{Power, PowerError, Scope};

use super::control::Control;
use super::gate::{Gate, Op, pass};

/// The most ends that are remembered; later ones are not.
const MAX_ENDS: usize = 10_000;

/// How a boot ended by the software's will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was reset.
    Reset,
    /// It was switched off.
    PowerOff,
}

/// The software's switch.
pub struct SimPower {
    ends: Arc<Mutex<Vec<End>>>,
    gate: Arc<dyn Gate>,
    /// The world whose power it is; none in tests of single parts.
    control: Option<Arc<Control>>,
}

impl SimPower {
    /// One that only notes what was asked of it.
    pub fn new(ends: Arc<Mutex<Vec<End>>>, gate: Arc<dyn Gate>) -> Self {
        SimPower { ends, gate, control: None }
    }

    pub(super) fn of(control: Arc<Control>, ends: Arc<Mutex<Vec<End>>>, gate: Arc<dyn Gate>) -> Self {
        SimPower { ends, gate, control: Some(control) }
    }

    fn end(&self, name: &'static str, end: End) -> Result<(), PowerError> {
        let act = || {
            let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
            if ends.len() < MAX_ENDS {
                ends.push(end);
            }
            if let Some(control) = &self.control {
                control.cut();
            }
        };
        pass(&*self.gate, Op { name, detail: "" }, act)
            .map_err(|fault| PowerError::Failed(fault.errno().to_string()))
    }
}

impl Power for SimPower {
    fn reset(&self, _: &Scope) -> Result<(), PowerError> {
        self.end("power.reset", End::Reset)
    }

    fn power_off(&self, _: &Scope) -> Result<(), PowerError> {
        self.end("power.off", End::PowerOff)
    }
}
