//! What the LED says.

use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// The blinking pattern. Files of the empty agent, written by zedclient, zedagent and scripts, to
    /// ledmanager, diag; key `ledconfig` (`spec/03`, LED source).
    pub struct LedBlinkCounter topic "LedBlinkCounter" {
        /// How often the LED blinks in a row.
        pub blink_counter: u8 = "BlinkCounter",
    }
}

impl LedBlinkCounter {
    /// The only key.
    pub const KEY: &str = "ledconfig";
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic LedBlinkCounter];
