//! Flags by which agents fail on purpose (spec/02, zedbox dispatch).

use pillar_core::agents::faultinjection::{Failing, Fault};
use pillar_core::node::{Agent, Node};

use super::{Flag, Given};

/// `-F`.
pub const FATAL: Flag = Flag { name: "F", value: None, help: "end the whole process on purpose" };
/// `-P`.
pub const PANIC: Flag = Flag { name: "P", value: None, help: "panic on purpose, again and again" };
/// `-H`.
pub const HANG: Flag = Flag { name: "H", value: None, help: "hang on purpose, and the process with it" };
/// `-W`.
pub const WATCHDOG: Flag =
    Flag { name: "W", value: None, help: "kill the watchdog's daemon, again and again" };

/// The fault that is asked for.
pub fn fault(given: &Given) -> Option<Fault> {
    let faults =
        [(FATAL, Fault::Fatal), (PANIC, Fault::Panic), (HANG, Fault::Hang), (WATCHDOG, Fault::KillWatchdog)];
    faults.into_iter().find(|(flag, _)| given.value(flag.name).is_some()).map(|(_, fault)| fault)
}

/// Adds an agent, and what shall go wrong in its name.
pub fn with_fault<A: Agent>(node: &mut Node, given: &Given, make: impl Fn() -> A + Send + 'static) {
    node.add(make);
    if let Some(fault) = fault(given) {
        node.add(move || Failing::<A>::new(fault));
    }
}
