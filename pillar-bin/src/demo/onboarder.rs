//! Tells ledmanager how far the device has come, in place of the agents that know: each acknowledged number takes it
//! further, and each boot begins anew.

use pillar_core::agents::ledmanager::codes::{CONNECTED, CONNECTING, ONBOARDED};
use pillar_core::node::{Agent, AgentName, Change, Context, Place};
use pillar_types::led::LedBlinkCounter;

use super::counter::{Acknowledged, COUNTER};

/// The agent.
#[derive(Default)]
pub struct Onboarder {
    /// Numbers of this boot.
    numbers: u32,
}

impl Agent for Onboarder {
    const NAME: AgentName = AgentName("onboarder");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(COUNTER, Self::on_number);
    }
}

impl Onboarder {
    fn on_number(&mut self, change: Change<'_, Acknowledged>, cx: &mut Context<'_, Self>) {
        if change.value().is_none() {
            return;
        }
        self.numbers += 1;
        let blink_counter = match self.numbers {
            0..=1 => CONNECTING,
            2..=3 => CONNECTED,
            _ => ONBOARDED,
        };
        cx.publish_at(Place::Global, LedBlinkCounter::KEY, LedBlinkCounter { blink_counter });
    }
}
