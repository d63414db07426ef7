//! Signs of life for whoever reboots a device that hangs (spec/02, Watchdog contract): a daemon that looks at
//! files and processes, and the hardware itself where no daemon does. Called by hosts.

use std::fmt;
use std::time::Duration;

use super::Unsupported;

/// What is watched, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched<'a> {
    /// Kicks: the device reboots when they stop.
    Kicks(&'a str),
    /// The process that claimed the name: the device reboots when it is gone.
    Process(&'a str),
}

/// The device's watchdogs. Names are single file names of at most [`MAX_WATCHDOG_NAME`] bytes.
pub trait Watchdog: Send + Sync {
    /// Each of the names is alive; so is the device, if the hardware watchdog is armed. All are kicked; the
    /// first failure is returned.
    fn kick(&self, names: &[&str]) -> Result<(), WatchdogError>;

    /// From now on this is watched.
    fn watch(&self, what: Watched<'_>) -> Result<(), WatchdogError>;

    /// It is not watched any more. No error if it was not.
    fn unwatch(&self, what: Watched<'_>) -> Result<(), WatchdogError>;

    /// This process now runs what goes by the name; [`InUse`](WatchdogError::InUse) if another that lives does.
    fn claim(&self, name: &str) -> Result<(), WatchdogError>;

    /// Arms the hardware watchdog: without a kick for this time the device resets. Returns the time that the
    /// hardware agreed to. A process that ends without [`disarm`](Watchdog::disarm) leaves it armed.
    fn arm(&self, time: Duration) -> Result<Duration, WatchdogError>;

    /// Stops the hardware watchdog, if it can be stopped. No error if it is not armed.
    fn disarm(&self) -> Result<(), WatchdogError>;
}

/// The longest name, so that every file made from it has a name that fits.
pub const MAX_WATCHDOG_NAME: usize = 200;

/// Why a watchdog does not do what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchdogError {
    /// Not a name that can be watched.
    BadName,
    /// Another process that lives goes by the name.
    InUse {
        /// Its process id.
        pid: u32,
    },
    /// The system refused.
    Io {
        /// The call that failed, such as `open`.
        call: &'static str,
        /// Its error number (errno).
        errno: i32,
    },
    /// The device has no such watchdog.
    Unsupported,
}

/// Whether a name can be watched.
pub fn is_watchdog_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    !name.is_empty() && name.len() <= MAX_WATCHDOG_NAME && !name.starts_with('.') && name.bytes().all(plain)
}

impl fmt::Display for WatchdogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WatchdogError::BadName => f.write_str("not a name for the watchdog"),
            WatchdogError::InUse { pid } => write!(f, "already running as process {pid}"),
            WatchdogError::Io { call, errno } => write!(f, "{call} failed with error {errno}"),
            WatchdogError::Unsupported => f.write_str("this device has no such watchdog"),
        }
    }
}

impl std::error::Error for WatchdogError {}

impl Watchdog for Unsupported {
    fn kick(&self, _: &[&str]) -> Result<(), WatchdogError> {
        Err(WatchdogError::Unsupported)
    }

    fn watch(&self, _: Watched<'_>) -> Result<(), WatchdogError> {
        Err(WatchdogError::Unsupported)
    }

    fn unwatch(&self, _: Watched<'_>) -> Result<(), WatchdogError> {
        Err(WatchdogError::Unsupported)
    }

    fn claim(&self, _: &str) -> Result<(), WatchdogError> {
        Err(WatchdogError::Unsupported)
    }

    fn arm(&self, _: Duration) -> Result<Duration, WatchdogError> {
        Err(WatchdogError::Unsupported)
    }

    fn disarm(&self) -> Result<(), WatchdogError> {
        Err(WatchdogError::Unsupported)
    }
}
