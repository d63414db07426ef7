//! CAN interfaces by names and values of properties, as a device's configuration has them (spec/02, canbus). Called by
//! jobs of domainmgr, for IO bundles of CAN and VCAN.
//!
//! All names are checked before anything is done. What belongs together goes to the kernel in one message: it wants
//! both timings of CAN FD with the mode that switches it on, and a controller is never left half changed.

use std::collections::BTreeMap;
use std::fmt;

use crate::hal::{BitTiming, CanChange, CanController, CanMode, CanState, Hal, LinkError, Scope, Tdc};

/// Names of modes, which are `on` or off.
const MODES: [(&str, CanMode); 9] = [
    ("loopback", CanMode::Loopback),
    ("listen-only", CanMode::ListenOnly),
    ("triple-sampling", CanMode::TripleSampling),
    ("one-shot", CanMode::OneShot),
    ("berr-reporting", CanMode::BerrReporting),
    ("fd", CanMode::Fd),
    ("fd-non-iso", CanMode::FdNonIso),
    ("presume-ack", CanMode::PresumeAck),
    ("cc-len8-dlc", CanMode::CcLen8Dlc),
];

const TDC_MODES: u32 = CanMode::TdcAuto as u32 | CanMode::TdcManual as u32;

/// Thousandths of a bit.
const SAMPLE_POINT_DIGITS: usize = 3;

/// Why an interface is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CanError {
    /// There is no property of this name.
    InvalidProperty(String),
    /// A property cannot have this value.
    InvalidValue {
        /// Its name.
        property: &'static str,
        /// The value.
        value: String,
    },
    /// Bit rate and time quantum are two ways to say the same.
    RateAndQuantum,
    /// There is no such interface, or it is virtual.
    NoController(String),
    /// The kernel refused.
    Link(LinkError),
}

/// What properties say, before it is known what there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Properties {
    timing: Named,
    data_timing: Named,
    modes: (u32, u32),
    restart: bool,
    restart_ms: Option<u32>,
    termination: Option<u16>,
    tdc: [Option<u32>; 3],
}

/// What is said of a timing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Named {
    bitrate: Option<u32>,
    sample_point: Option<u32>,
    tq: Option<u32>,
    prop_seg: Option<u32>,
    phase_seg1: Option<u32>,
    phase_seg2: Option<u32>,
    sjw: Option<u32>,
}

/// Sets up an interface: switches it off, changes what the properties say, and switches it on. One without a
/// controller, which is virtual, takes no properties.
pub fn set_up(
    hal: &Hal,
    scope: &Scope,
    name: &str,
    properties: &BTreeMap<String, String>,
) -> Result<(), CanError> {
    let properties = read(properties)?;
    let links = hal.can_links.list(scope)?;
    let link = links.into_iter().find(|link| link.name == name);
    let link = link.ok_or_else(|| LinkError::NotFound(name.to_owned()))?;
    if properties == Properties::default() {
        return Ok(hal.can_links.switch(scope, name, true)?);
    }
    let controller = link.controller.ok_or_else(|| CanError::NoController(name.to_owned()))?;
    let change = change(&properties, &controller)?;
    if !change.is_empty() {
        hal.can_links.switch(scope, name, false)?;
        hal.can_links.change(scope, name, &change)?;
    }
    hal.can_links.switch(scope, name, true)?;
    // One that was switched off and on has come back.
    if properties.restart && change.is_empty() && controller.state == CanState::BusOff {
        hal.can_links.restart(scope, name)?;
    }
    Ok(())
}

/// Makes a virtual interface and switches it on.
pub fn set_up_virtual(hal: &Hal, scope: &Scope, name: &str) -> Result<(), CanError> {
    hal.can_links.add_virtual(scope, name)?;
    Ok(hal.can_links.switch(scope, name, true)?)
}

/// Reads all properties; names first, so that one that is wrong is told whatever values others have.
fn read(properties: &BTreeMap<String, String>) -> Result<Properties, CanError> {
    let names = properties.keys().map(|name| property(name));
    let names: Vec<&'static str> = names.collect::<Result<_, _>>()?;
    let mut all = Properties::default();
    for (property, value) in names.into_iter().zip(properties.values()) {
        put(&mut all, property, value)
            .ok_or_else(|| CanError::InvalidValue { property, value: value.clone() })?;
    }
    Ok(all)
}

const NAMES: [&str; 20] = [
    "bitrate",
    "sample-point",
    "tq",
    "prop_seg",
    "phase_seg1",
    "phase_seg2",
    "sjw",
    "dbitrate",
    "dsample-point",
    "dtq",
    "dprop_seg",
    "dphase_seg1",
    "dphase_seg2",
    "dsjw",
    "termination",
    "tdc-mode",
    "tdco",
    "tdcv",
    "tdcf",
    "restart-ms",
];

/// Has nothing to set: it is done.
const RESTART: &str = "restart";

fn property(name: &str) -> Result<&'static str, CanError> {
    let modes = MODES.iter().map(|(mode, _)| *mode);
    let mut all = NAMES.into_iter().chain(modes).chain([RESTART]);
    all.find(|known| *known == name).ok_or_else(|| CanError::InvalidProperty(name.to_owned()))
}

fn put(all: &mut Properties, property: &str, value: &str) -> Option<()> {
    if let Some((_, mode)) = MODES.iter().find(|(name, _)| *name == property) {
        all.modes.0 |= *mode as u32;
        all.modes.1 |= if value == "on" { *mode as u32 } else { 0 };
        return Some(());
    }
    match property {
        RESTART => all.restart = value == "on" || number(value)? != 0,
        "restart-ms" => all.restart_ms = Some(number(value)?),
        "termination" => all.termination = Some(number(value)?.try_into().ok()?),
        "tdcv" => all.tdc[0] = Some(number(value)?),
        "tdco" => all.tdc[1] = Some(number(value)?),
        "tdcf" => all.tdc[2] = Some(number(value)?),
        "tdc-mode" => {
            all.modes.0 |= TDC_MODES;
            all.modes.1 |= match value {
                "auto" => CanMode::TdcAuto as u32,
                "manual" => CanMode::TdcManual as u32,
                "off" => 0,
                _ => return None,
            };
        }
        _ => match property.strip_prefix('d') {
            Some(property) => put_timing(&mut all.data_timing, property, value)?,
            None => put_timing(&mut all.timing, property, value)?,
        },
    }
    Some(())
}

fn put_timing(timing: &mut Named, property: &str, value: &str) -> Option<()> {
    let place = match property {
        "bitrate" => &mut timing.bitrate,
        "sample-point" => {
            timing.sample_point = Some(thousandths(value)?);
            return Some(());
        }
        "tq" => &mut timing.tq,
        "prop_seg" => &mut timing.prop_seg,
        "phase_seg1" => &mut timing.phase_seg1,
        "phase_seg2" => &mut timing.phase_seg2,
        "sjw" => &mut timing.sjw,
        _ => return None,
    };
    *place = Some(number(value)?);
    Some(())
}

/// A number: decimal, or with `0x`, `0o`, `0b` or, for octal, `0` in front.
fn number(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let (digits, base) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (&*lower, 10),
    };
    let plain = digits.bytes().all(|digit| digit.is_ascii_alphanumeric());
    if plain { u32::from_str_radix(digits, base).ok() } else { None }
}

/// A share such as `0.875`, in thousandths; what is smaller than those is dropped.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.bytes().chain(whole.bytes()).any(|digit| !digit.is_ascii_digit()) || whole.len() + part.len() == 0
    {
        return None;
    }
    let digits: String = part.chars().chain("000".chars()).take(SAMPLE_POINT_DIGITS).collect();
    let all = format!("{whole}{digits}").parse().ok()?;
    (all < 1_000).then_some(all)
}

/// What is to be changed, given what is there: only what differs.
fn change(properties: &Properties, there: &CanController) -> Result<CanChange, CanError> {
    let (mask, on) = properties.modes;
    let modes = there.modes & !mask | on;
    let [value, offset, filter] = properties.tdc;
    let tdc = Tdc {
        value: value.unwrap_or(there.tdc.value),
        offset: offset.unwrap_or(there.tdc.offset),
        filter: filter.unwrap_or(there.tdc.filter),
    };
    let mut change = CanChange {
        timing: timing(&properties.timing, &there.timing)?,
        data_timing: timing(&properties.data_timing, &there.data_timing)?,
        modes: Some(properties.modes).filter(|_| modes != there.modes),
        restart_ms: properties.restart_ms.filter(|time| *time != there.restart_ms),
        termination: properties.termination.filter(|ohms| *ohms != there.termination),
        tdc: Some(tdc).filter(|tdc| *tdc != there.tdc),
    };
    if modes & CanMode::Fd as u32 != 0 {
        complete_fd(&mut change, modes, tdc, there);
    }
    Ok(change)
}

/// The kernel looks at each message alone (`can_validate`): the timing of CAN FD's data comes with the mode and with
/// the other timing, and compensation with its mode and that of CAN FD.
fn complete_fd(change: &mut CanChange, modes: u32, tdc: Tdc, there: &CanController) {
    let about_modes = change.modes.is_some_and(|(mask, _)| mask & (CanMode::Fd as u32 | TDC_MODES) != 0);
    if !about_modes && change.data_timing.is_none() && change.tdc.is_none() {
        return;
    }
    let told = CanMode::Fd as u32 | TDC_MODES;
    let (mask, on) = change.modes.unwrap_or_default();
    change.modes = Some((mask | told, on | modes & told));
    change.tdc = Some(tdc).filter(|_| modes & TDC_MODES != 0);
    change.timing = change.timing.or_else(|| known(&there.timing));
    change.data_timing = change.data_timing.or_else(|| known(&there.data_timing));
}

/// A timing as it shall be; `None` if nothing is said of it. A quantum and its numbers say it whole; so does a bit
/// rate, and the rest is for the kernel to work out.
fn timing(named: &Named, there: &BitTiming) -> Result<Option<BitTiming>, CanError> {
    if named.is_so(there) {
        return Ok(None);
    }
    let quanta = [named.tq, named.prop_seg, named.phase_seg1, named.phase_seg2];
    let by_quanta = quanta.iter().any(Option::is_some);
    match (named.bitrate, by_quanta) {
        (Some(_), true) => Err(CanError::RateAndQuantum),
        (None, true) => Ok(Some(BitTiming {
            tq: named.tq.unwrap_or(there.tq),
            prop_seg: named.prop_seg.unwrap_or(there.prop_seg),
            phase_seg1: named.phase_seg1.unwrap_or(there.phase_seg1),
            phase_seg2: named.phase_seg2.unwrap_or(there.phase_seg2),
            sjw: named.sjw.unwrap_or(there.sjw),
            ..BitTiming::default()
        })),
        (bitrate, false) => Ok(Some(BitTiming {
            bitrate: bitrate.unwrap_or(there.bitrate),
            sample_point: named.sample_point.unwrap_or(if bitrate.is_some() {
                0
            } else {
                there.sample_point
            }),
            sjw: named.sjw.unwrap_or(0),
            ..BitTiming::default()
        })),
    }
}

impl Named {
    /// Whether what is named is there.
    fn is_so(&self, there: &BitTiming) -> bool {
        [
            (self.bitrate, there.bitrate),
            (self.sample_point, there.sample_point),
            (self.tq, there.tq),
            (self.prop_seg, there.prop_seg),
            (self.phase_seg1, there.phase_seg1),
            (self.phase_seg2, there.phase_seg2),
            (self.sjw, there.sjw),
        ]
        .iter()
        .all(|(named, there)| named.is_none_or(|named| named == *there))
    }
}

/// A timing that is there, as the kernel takes it again.
fn known(there: &BitTiming) -> Option<BitTiming> {
    let by_quanta = BitTiming { bitrate: 0, sample_point: 0, ..*there };
    let by_rate = BitTiming { bitrate: there.bitrate, ..BitTiming::default() };
    match (there.tq, there.bitrate) {
        (0, 0) => None,
        (0, _) => Some(by_rate),
        _ => Some(by_quanta),
    }
}

impl From<LinkError> for CanError {
    fn from(error: LinkError) -> Self {
        CanError::Link(error)
    }
}

impl fmt::Display for CanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CanError::InvalidProperty(name) => write!(f, "Invalid property: {name}"),
            CanError::InvalidValue { property, value } => {
                write!(f, "Invalid value of property {property}: {value:?}")
            }
            CanError::RateAndQuantum => f.write_str("give the bit rate or the time quantum, not both"),
            CanError::NoController(name) => write!(f, "{name}: a virtual interface has no properties"),
            CanError::Link(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CanError {}

#[cfg(test)]
mod tests;
