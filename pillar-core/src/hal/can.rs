//! CAN interfaces, as the kernel has them (kernel, networking/can; linux/can/netlink.h). Called by [`crate::canbus`],
//! for jobs of domainmgr.
//!
//! A state is asked for, not a step: what is there already is no error. Most of a CAN interface can only be changed
//! while it is switched off.

use std::fmt;

use super::{LinkError, Scope, Unsupported};

/// A CAN interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CanLink {
    /// Its name.
    pub name: String,
    /// Whether it is switched on.
    pub up: bool,
    /// What its controller does; `None` for a virtual one, which has nothing to set.
    pub controller: Option<CanController>,
}

/// The controller of a CAN interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CanController {
    /// How well it gets on with its bus.
    pub state: CanState,
    /// The timing of bits, on CAN FD that of the arbitration.
    pub timing: BitTiming,
    /// The timing of the data of CAN FD.
    pub data_timing: BitTiming,
    /// Bits of [`CanMode`].
    pub modes: u32,
    /// After how many milliseconds it comes back from bus off by itself; 0: never.
    pub restart_ms: u32,
    /// The resistor at the end of the bus, in ohms; 0: none.
    pub termination: u16,
    /// How the delay of the transmitter is made up for.
    pub tdc: Tdc,
}

/// How long a bit is and where it is looked at. The kernel takes either the bit rate or the time quantum, and works
/// out the rest; 0 is what it shall work out or does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BitTiming {
    /// Bits a second.
    pub bitrate: u32,
    /// Where a bit is looked at, in thousandths of it.
    pub sample_point: u32,
    /// The time quantum in nanoseconds.
    pub tq: u32,
    /// Quanta of propagation.
    pub prop_seg: u32,
    /// Quanta before the sample point.
    pub phase_seg1: u32,
    /// Quanta behind it.
    pub phase_seg2: u32,
    /// By how many quanta it may jump to be in step.
    pub sjw: u32,
}

/// Compensation of the transmitter's delay, in clock periods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tdc {
    /// The value; the controller measures it in automatic mode.
    pub value: u32,
    /// The offset.
    pub offset: u32,
    /// The filter window.
    pub filter: u32,
}

/// Modes of a controller, a bit each as the kernel numbers them (`CAN_CTRLMODE_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum CanMode {
    /// Hears itself.
    Loopback = 0x1,
    /// Only listens.
    ListenOnly = 0x2,
    /// Looks at each bit three times.
    TripleSampling = 0x4,
    /// Sends once, heard or not.
    OneShot = 0x8,
    /// Tells of bus errors.
    BerrReporting = 0x10,
    /// CAN FD.
    Fd = 0x20,
    /// Takes missing acknowledgements for given.
    PresumeAck = 0x40,
    /// CAN FD as before its standard.
    FdNonIso = 0x80,
    /// Classic CAN with data lengths above 8.
    CcLen8Dlc = 0x100,
    /// Makes up for the transmitter's delay as it measures it.
    TdcAuto = 0x200,
    /// Makes up for the transmitter's delay as it is told.
    TdcManual = 0x400,
}

/// How well a controller gets on with its bus (`enum can_state`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CanState {
    /// Fewer than 96 errors.
    ErrorActive,
    /// Fewer than 128.
    ErrorWarning,
    /// Fewer than 256: it no longer disturbs others.
    ErrorPassive,
    /// It has left the bus.
    BusOff,
    /// It is switched off.
    #[default]
    Stopped,
    /// It sleeps.
    Sleeping,
    /// One that this code does not know.
    Unknown(u32),
}

/// What to change of a controller, all in one step; `None` leaves it as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CanChange {
    /// The timing of bits.
    pub timing: Option<BitTiming>,
    /// The timing of the data of CAN FD.
    pub data_timing: Option<BitTiming>,
    /// Modes: which ones, and of those the ones that are on.
    pub modes: Option<(u32, u32)>,
    /// Milliseconds before it comes back by itself.
    pub restart_ms: Option<u32>,
    /// The resistor in ohms.
    pub termination: Option<u16>,
    /// Compensation.
    pub tdc: Option<Tdc>,
}

/// The CAN interfaces of the device.
pub trait CanLinks: Send + Sync {
    /// All of them, by name.
    fn list(&self, scope: &Scope) -> Result<Vec<CanLink>, LinkError>;

    /// Makes a virtual one, switched off. One that is there is kept.
    fn add_virtual(&self, scope: &Scope, name: &str) -> Result<(), LinkError>;

    /// Removes a virtual one; one that is not there is no error.
    fn remove(&self, scope: &Scope, name: &str) -> Result<(), LinkError>;

    /// Switches one on or off.
    fn switch(&self, scope: &Scope, name: &str, up: bool) -> Result<(), LinkError>;

    /// Changes a controller that is switched off.
    fn change(&self, scope: &Scope, name: &str, change: &CanChange) -> Result<(), LinkError>;

    /// Has a controller that has left the bus, and does not come back by itself, come back.
    fn restart(&self, scope: &Scope, name: &str) -> Result<(), LinkError>;
}

impl CanController {
    /// Whether a mode is on.
    pub fn has(&self, mode: CanMode) -> bool {
        self.modes & mode as u32 != 0
    }
}

impl CanChange {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        *self == CanChange::default()
    }
}

impl fmt::Display for CanState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CanState::ErrorActive => f.write_str("Error Active"),
            CanState::ErrorWarning => f.write_str("Error Warning"),
            CanState::ErrorPassive => f.write_str("Error Passive"),
            CanState::BusOff => f.write_str("Bus off"),
            CanState::Stopped => f.write_str("Stopped"),
            CanState::Sleeping => f.write_str("Sleeping"),
            CanState::Unknown(number) => write!(f, "State {number}"),
        }
    }
}

impl CanLinks for Unsupported {
    fn list(&self, _: &Scope) -> Result<Vec<CanLink>, LinkError> {
        Err(LinkError::Unsupported)
    }

    fn add_virtual(&self, _: &Scope, _: &str) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }

    fn remove(&self, _: &Scope, _: &str) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }

    fn switch(&self, _: &Scope, _: &str, _: bool) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }

    fn change(&self, _: &Scope, _: &str, _: &CanChange) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }

    fn restart(&self, _: &Scope, _: &str) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }
}
