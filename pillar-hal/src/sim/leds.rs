//! Simulated LEDs: a board that a test looks at.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pillar_core::hal::{Clock, Led, LedError, Leds};
use pillar_core::time::Mono;

use super::gate::{Fault, Gate, Op, pass};

/// The most changes that a board remembers; older ones are dropped.
const MAX_CHANGES: usize = 10_000;

/// The LEDs of a device, and how they were switched.
#[derive(Clone, Debug, Default)]
pub struct LedBoard {
    leds: BTreeMap<Led, State>,
    changes: Vec<(Mono, Led, bool)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    taken: bool,
    on: bool,
}

impl LedBoard {
    /// A board with these LEDs, all dark.
    pub fn new(leds: impl IntoIterator<Item = Led>) -> Self {
        let leds = leds.into_iter().map(|led| (led, State::default())).collect();
        LedBoard { leds, changes: Vec::new() }
    }

    /// Whether a LED shines; `None` if there is none.
    pub fn is_on(&self, led: &Led) -> Option<bool> {
        self.leds.get(led).map(|state| state.on)
    }

    /// What was switched when, oldest first; a LED that is set to what it is does not count.
    pub fn changes(&self) -> &[(Mono, Led, bool)] {
        &self.changes
    }

    /// The power goes: all are dark and the kernel's own again.
    pub fn power_cut(&mut self) {
        self.leds.values_mut().for_each(|state| *state = State::default());
    }

    fn set(&mut self, at: Mono, led: &Led, on: bool) -> Result<(), LedError> {
        let state = self.leds.get_mut(led).ok_or(LedError::NotFound)?;
        // Until it is taken, the kernel's trigger decides.
        if state.taken && state.on != on {
            state.on = on;
            if self.changes.len() >= MAX_CHANGES {
                self.changes.drain(..MAX_CHANGES / 2);
            }
            self.changes.push((at, led.clone(), on));
        }
        Ok(())
    }
}

/// A machine's view of its LEDs.
pub struct SimLeds {
    board: Arc<Mutex<LedBoard>>,
    gate: Arc<dyn Gate>,
    clock: Arc<dyn Clock>,
}

impl SimLeds {
    /// The board, behind a gate; changes are stamped by the clock.
    pub fn new(board: Arc<Mutex<LedBoard>>, gate: Arc<dyn Gate>, clock: Arc<dyn Clock>) -> Self {
        SimLeds { board, gate, clock }
    }

    fn pass<R>(
        &self,
        name: &'static str,
        led: &Led,
        act: impl FnOnce(MutexGuard<'_, LedBoard>) -> Result<R, LedError>,
    ) -> Result<R, LedError> {
        let detail = match led {
            Led::Class(name) if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0']) => {
                return Err(LedError::BadName);
            }
            Led::Class(name) => name.as_str(),
            Led::Gpio(_) => "gpio",
        };
        let act = || act(self.board.lock().unwrap_or_else(PoisonError::into_inner));
        pass(&*self.gate, Op { name, detail }, act).map_err(error)?
    }
}

fn error(fault: Fault) -> LedError {
    LedError::Io(fault.errno().raw_os_error())
}

impl Leds for SimLeds {
    fn take(&self, led: &Led) -> Result<(), LedError> {
        self.pass("led.take", led, |mut board| {
            board.leds.get_mut(led).map(|state| state.taken = true).ok_or(LedError::NotFound)
        })
    }

    fn set(&self, led: &Led, on: bool) -> Result<(), LedError> {
        let now = self.clock.now().mono;
        self.pass("led.set", led, |mut board| board.set(now, led, on))
    }
}
