//! Shows the count on the device's LED: a few flashes for each acknowledged number.
//!
//! | State | Event | Next |
//! |---|---|---|
//! | dark, flashes left | timer | lit |
//! | lit | timer | dark, one flash less |
//! | dark, none left | new number | dark, flashes left |

use std::time::Duration;

use pillar_core::hal::Led;
use pillar_core::node::{Agent, AgentName, Change, Context, Place};
use pillar_types::led::LedBlinkCounter;

use super::counter::{Acknowledged, COUNTER};

/// How long the LED is lit, and dark between two flashes.
const FLASH: Duration = Duration::from_millis(200);

/// The LED of the simulated board.
pub fn led() -> Led {
    Led::Class("demo:green:status".into())
}

/// The agent.
#[derive(Default)]
pub struct LedBlinker {
    lit: bool,
    flashes_left: u8,
}

impl Agent for LedBlinker {
    const NAME: AgentName = AgentName("ledblinker");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        // A device without the LED still gets the pattern as a table.
        let _ = cx.quick().leds.take(&led());
        cx.subscribe(COUNTER, Self::on_number);
    }
}

impl LedBlinker {
    fn on_number(&mut self, change: Change<'_, Acknowledged>, cx: &mut Context<'_, Self>) {
        let Some(acknowledged) = change.value() else { return };
        let flashes = (acknowledged.number % 3 + 1) as u8;
        self.flashes_left = flashes;
        cx.publish_at(Place::Global, LedBlinkCounter::KEY, LedBlinkCounter { blink_counter: flashes });
        self.update_led("flash", cx);
    }

    fn update_led(&mut self, timer: &str, cx: &mut Context<'_, Self>) {
        if self.lit {
            self.flashes_left -= 1;
        }
        self.lit = !self.lit && self.flashes_left > 0;
        let _ = cx.quick().leds.set(&led(), self.lit);
        if self.lit || self.flashes_left > 0 {
            cx.after_key(FLASH, FLASH / 10, timer, Self::update_led);
        }
    }
}
