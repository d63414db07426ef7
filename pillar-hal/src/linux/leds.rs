//! LEDs by way of sysfs: the LED class, and GPIO pins for boards without a LED driver (spec/03, LED blinking).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pillar_core::hal::{Led, LedError, Leds};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::files::Fs;

use super::LinuxFs;

/// The most digits of a brightness.
const MAX_DIGITS: usize = 10;

/// The LEDs below a sysfs root.
pub struct LinuxLeds {
    sysfs: PathBuf,
    /// What "on" is for each LED of the class that was taken.
    full: Mutex<BTreeMap<String, String>>,
}

impl LinuxLeds {
    /// The LEDs of a sysfs root, `/sys` on a device.
    pub fn new(sysfs: impl Into<PathBuf>) -> Self {
        LinuxLeds { sysfs: sysfs.into(), full: Mutex::default() }
    }

    fn class(&self, name: &str) -> Result<PathBuf, LedError> {
        let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0']);
        if plain { Ok(self.sysfs.join("class/leds").join(name)) } else { Err(LedError::BadName) }
    }

    fn gpio(&self, file: &str) -> PathBuf {
        self.sysfs.join("class/gpio").join(file)
    }

    fn take_class(&self, name: &str) -> Result<(), LedError> {
        let led = self.class(name)?;
        write(&led.join("trigger"), "none")?;
        let full = read_brightness(&led.join("max_brightness")).unwrap_or_else(|| "1".into());
        self.full.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into(), full);
        Ok(())
    }

    /// The pin may be there from before a restart: exporting it again is refused, and no error.
    fn take_gpio(&self, pin: u16) -> Result<(), LedError> {
        match write(&self.gpio("export"), &pin.to_string()) {
            Ok(()) | Err(LedError::Io(_)) => write(&self.gpio(&format!("gpio{pin}/direction")), "out"),
            Err(none) => Err(none),
        }
    }

    fn on_value(&self, name: &str) -> String {
        let full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        full.get(name).cloned().unwrap_or_else(|| "1".into())
    }
}

impl Leds for LinuxLeds {
    fn take(&self, led: &Led) -> Result<(), LedError> {
        match led {
            Led::Class(name) => self.take_class(name),
            Led::Gpio(pin) => self.take_gpio(*pin),
        }
    }

    fn set(&self, led: &Led, on: bool) -> Result<(), LedError> {
        match led {
            Led::Class(name) if on => write(&self.class(name)?.join("brightness"), &self.on_value(name)),
            Led::Class(name) => write(&self.class(name)?.join("brightness"), "0"),
            Led::Gpio(pin) => write(&self.gpio(&format!("gpio{pin}/value")), if on { "1" } else { "0" }),
        }
    }
}

/// Writes an attribute with one call, as sysfs wants it.
fn write(path: &Path, value: &str) -> Result<(), LedError> {
    let flags = OFlags::WRONLY | OFlags::TRUNC | OFlags::CLOEXEC;
    let written = rustix::fs::open(path, flags, Mode::empty())
        .and_then(|file| rustix::io::retry_on_intr(|| rustix::io::write(&file, value.as_bytes())));
    match written {
        Ok(_) => Ok(()),
        Err(Errno::NOENT | Errno::NOTDIR) => Err(LedError::NotFound),
        Err(errno) => Err(LedError::Io(errno.raw_os_error())),
    }
}

fn read_brightness(path: &Path) -> Option<String> {
    let text = String::from_utf8(LinuxFs.read(path, MAX_DIGITS + 1).ok()?).ok()?;
    let text = text.trim();
    let digits = !text.is_empty() && text.len() <= MAX_DIGITS && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.to_owned())
}
