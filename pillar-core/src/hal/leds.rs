//! LEDs that show a person on site how the device is (spec/03, LED blinking). Called by handlers, through
//! [`Quick`](super::Quick): no call waits for anything.

use std::fmt;

use super::Unsupported;

/// One LED of the device, as the table of models names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Led {
    /// A LED of the kernel's LED class, such as `apu2:green:led3`.
    Class(String),
    /// A pin of the kernel's GPIO numbering, for boards whose LED has no driver.
    Gpio(u16),
}

/// The LEDs of the device.
pub trait Leds: Send + Sync {
    /// Takes a LED from the kernel's own triggers, so that it shows what [`set`](Leds::set) says. Of a list of
    /// candidates the first that can be taken is the device's. Taking it again is no error.
    fn take(&self, led: &Led) -> Result<(), LedError>;

    /// Full brightness or dark.
    fn set(&self, led: &Led, on: bool) -> Result<(), LedError>;
}

/// Why a LED does not do what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedError {
    /// The device has no such LED.
    NotFound,
    /// A name that cannot be one of a LED.
    BadName,
    /// The system refused, with this error number (errno).
    Io(i32),
    /// The device has no LEDs.
    Unsupported,
}

impl fmt::Display for Led {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Led::Class(name) => f.write_str(name),
            Led::Gpio(pin) => write!(f, "gpio{pin}"),
        }
    }
}

impl fmt::Display for LedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LedError::NotFound => f.write_str("there is no such LED"),
            LedError::BadName => f.write_str("not the name of a LED"),
            LedError::Io(errno) => write!(f, "the LED failed with error {errno}"),
            LedError::Unsupported => f.write_str("this device has no LEDs"),
        }
    }
}

impl std::error::Error for LedError {}

impl Leds for Unsupported {
    fn take(&self, _: &Led) -> Result<(), LedError> {
        Err(LedError::Unsupported)
    }

    fn set(&self, _: &Led, _: bool) -> Result<(), LedError> {
        Err(LedError::Unsupported)
    }
}
