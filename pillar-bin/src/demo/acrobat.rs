//! Squares numbers until one makes it fall, once: the node picks it up, and nobody else notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pillar_core::node::{Agent, AgentName, Change, Context};
use pillar_types::object;

use super::counter::{COUNTER, Count};

/// The number it falls on.
const SLIPPERY: u64 = 5;

object! {
    /// The square of the count.
    pub struct Square topic "Square" {
        /// The square.
        pub number: u64 = "Number",
    }
}

/// The agent. Its memory of the fall is outside of it, since a fall takes all that is inside.
pub struct Acrobat {
    fallen: Arc<AtomicBool>,
}

impl Acrobat {
    /// An acrobat that falls unless it has.
    pub fn new(fallen: Arc<AtomicBool>) -> Self {
        Acrobat { fallen }
    }
}

impl Agent for Acrobat {
    const NAME: AgentName = AgentName("acrobat");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(COUNTER, Self::on_count);
    }
}

impl Acrobat {
    fn on_count(&mut self, change: Change<'_, Count>, cx: &mut Context<'_, Self>) {
        let Some(count) = change.value() else { return };
        let slips = count.number == SLIPPERY && !self.fallen.swap(true, Ordering::Relaxed);
        assert!(!slips, "slipped on {SLIPPERY}");
        cx.publish(change.key, Square { number: count.number * count.number });
    }
}
