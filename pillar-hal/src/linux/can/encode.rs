//! What rtnetlink's messages say about CAN interfaces (kernel, linux/can/netlink.h): from bytes and back. Pure.

use pillar_core::hal::{BitTiming, CanChange, CanController, CanLink, CanMode, CanState, Tdc};

use super::super::links::rtnetlink::{self, IFLA_INFO_KIND, IFLA_LINKINFO, LINK_FIXED};
use super::super::netlink::{Attrs, Message, Received, attrs, text, u16_at, u32_at};

/// The kernel's names of both kinds.
const REAL: &str = "can";
pub(super) const VIRTUAL: &str = "vcan";

const IFLA_INFO_DATA: u16 = 2;

const IFLA_CAN_BITTIMING: u16 = 1;
const IFLA_CAN_STATE: u16 = 4;
const IFLA_CAN_CTRLMODE: u16 = 5;
const IFLA_CAN_RESTART_MS: u16 = 6;
const IFLA_CAN_RESTART: u16 = 7;
const IFLA_CAN_DATA_BITTIMING: u16 = 9;
const IFLA_CAN_TERMINATION: u16 = 11;
const IFLA_CAN_TDC: u16 = 16;

const IFLA_CAN_TDC_TDCV: u16 = 7;
const IFLA_CAN_TDC_TDCO: u16 = 8;
const IFLA_CAN_TDC_TDCF: u16 = 9;

/// A CAN interface out of a message that has one.
pub(super) fn can_link(message: Received<'_>) -> Option<CanLink> {
    let link = rtnetlink::link(message)?;
    let info = attrs(message.payload, LINK_FIXED).find(|(number, _)| *number == IFLA_LINKINFO)?.1;
    let part = |wanted| attrs(info, 0).find(|(number, _)| *number == wanted).map(|(_, value)| value);
    let controller = match text(part(IFLA_INFO_KIND)?)? {
        VIRTUAL => None,
        REAL => Some(controller(part(IFLA_INFO_DATA).unwrap_or_default())),
        _ => return None,
    };
    Some(CanLink { name: link.name, up: link.admin_up, controller })
}

fn controller(data: &[u8]) -> CanController {
    let mut controller = CanController::default();
    for (number, value) in attrs(data, 0) {
        let word = u32_at(value, 0).unwrap_or_default();
        match number {
            IFLA_CAN_BITTIMING => controller.timing = timing(value).unwrap_or_default(),
            IFLA_CAN_DATA_BITTIMING => controller.data_timing = timing(value).unwrap_or_default(),
            IFLA_CAN_STATE => controller.state = state(word),
            // `struct can_ctrlmode`: mask, flags.
            IFLA_CAN_CTRLMODE => controller.modes = u32_at(value, 4).unwrap_or_default(),
            IFLA_CAN_RESTART_MS => controller.restart_ms = word,
            IFLA_CAN_TERMINATION => controller.termination = u16_at(value, 0).unwrap_or_default(),
            IFLA_CAN_TDC => controller.tdc = tdc(value),
            _ => {}
        }
    }
    controller
}

/// `struct can_bittiming`; the last, the divider of the clock, follows from the quantum.
fn timing(value: &[u8]) -> Option<BitTiming> {
    Some(BitTiming {
        bitrate: u32_at(value, 0)?,
        sample_point: u32_at(value, 4)?,
        tq: u32_at(value, 8)?,
        prop_seg: u32_at(value, 12)?,
        phase_seg1: u32_at(value, 16)?,
        phase_seg2: u32_at(value, 20)?,
        sjw: u32_at(value, 24)?,
    })
}

fn timing_bytes(timing: &BitTiming) -> Vec<u8> {
    let BitTiming { bitrate, sample_point, tq, prop_seg, phase_seg1, phase_seg2, sjw } = *timing;
    words(&[bitrate, sample_point, tq, prop_seg, phase_seg1, phase_seg2, sjw, 0])
}

fn state(number: u32) -> CanState {
    match number {
        0 => CanState::ErrorActive,
        1 => CanState::ErrorWarning,
        2 => CanState::ErrorPassive,
        3 => CanState::BusOff,
        4 => CanState::Stopped,
        5 => CanState::Sleeping,
        other => CanState::Unknown(other),
    }
}

fn tdc(value: &[u8]) -> Tdc {
    let mut tdc = Tdc::default();
    for (number, value) in attrs(value, 0) {
        let word = u32_at(value, 0).unwrap_or_default();
        match number {
            IFLA_CAN_TDC_TDCV => tdc.value = word,
            IFLA_CAN_TDC_TDCO => tdc.offset = word,
            IFLA_CAN_TDC_TDCF => tdc.filter = word,
            _ => {}
        }
    }
    tdc
}

/// A request that changes a controller. All of it is inside the data of the link's kind, compensation too.
pub(super) fn with_change(request: Message, change: &CanChange) -> Message {
    let mut data = Attrs::default();
    let modes = change.modes.map_or(0, |(_, on)| on);
    if let Some(timing) = &change.timing {
        data = data.attr(IFLA_CAN_BITTIMING, &timing_bytes(timing));
    }
    if let Some((mask, on)) = change.modes {
        data = data.attr(IFLA_CAN_CTRLMODE, &words(&[mask, on]));
    }
    if let Some(time) = change.restart_ms {
        data = data.attr(IFLA_CAN_RESTART_MS, &time.to_ne_bytes());
    }
    if let Some(timing) = &change.data_timing {
        data = data.attr(IFLA_CAN_DATA_BITTIMING, &timing_bytes(timing));
    }
    if let Some(ohms) = change.termination {
        data = data.attr(IFLA_CAN_TERMINATION, &ohms.to_ne_bytes());
    }
    if let Some(tdc) = change.tdc {
        let mut inner = Attrs::default();
        // In automatic mode the controller measures the value: the kernel refuses one.
        if modes & CanMode::TdcManual as u32 != 0 {
            inner = inner.attr(IFLA_CAN_TDC_TDCV, &tdc.value.to_ne_bytes());
        }
        inner = inner.attr(IFLA_CAN_TDC_TDCO, &tdc.offset.to_ne_bytes());
        if tdc.filter != 0 {
            inner = inner.attr(IFLA_CAN_TDC_TDCF, &tdc.filter.to_ne_bytes());
        }
        data = data.nest(IFLA_CAN_TDC, inner);
    }
    with_data(request, data)
}

/// A request that has a controller come back from bus off.
pub(super) fn with_restart(request: Message) -> Message {
    with_data(request, Attrs::default().attr(IFLA_CAN_RESTART, &1_u32.to_ne_bytes()))
}

fn with_data(request: Message, data: Attrs) -> Message {
    let info = Attrs::default().text(IFLA_INFO_KIND, REAL).nest(IFLA_INFO_DATA, data);
    request.nest(IFLA_LINKINFO, info)
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::links::rtnetlink::{NEW_LINK, link_request, set_name};
    use crate::linux::netlink::messages;

    /// The kernel describes a link with the attributes by which it is changed.
    fn seen(message: Message) -> Option<CanLink> {
        can_link(messages(&message.finish(1)).next()?)
    }

    #[test]
    fn a_change_is_all_in_the_data_of_its_kind() {
        let manual = CanMode::Fd as u32 | CanMode::TdcManual as u32;
        let timing = BitTiming { bitrate: 500_000, sample_point: 875, ..BitTiming::default() };
        let data_timing =
            BitTiming { tq: 25, prop_seg: 1, phase_seg1: 14, phase_seg2: 5, sjw: 2, ..BitTiming::default() };
        let tdc = Tdc { value: 1, offset: 2, filter: 3 };
        let change = CanChange {
            timing: Some(timing),
            data_timing: Some(data_timing),
            modes: Some((manual, manual)),
            restart_ms: Some(100),
            termination: Some(120),
            tdc: Some(tdc),
        };
        let link = seen(with_change(set_name(7, "can0"), &change)).unwrap();
        assert_eq!((&*link.name, link.up), ("can0", false));
        let controller = CanController {
            state: CanState::Stopped,
            timing,
            data_timing,
            modes: manual,
            restart_ms: 100,
            termination: 120,
            tdc,
        };
        assert_eq!(link.controller, Some(controller));
    }

    #[test]
    fn a_measured_delay_is_not_told() {
        let auto = CanMode::Fd as u32 | CanMode::TdcAuto as u32;
        let tdc = Some(Tdc { value: 9, offset: 2, filter: 0 });
        let change = CanChange { modes: Some((auto, auto)), tdc, ..CanChange::default() };
        let controller = seen(with_change(set_name(7, "can0"), &change)).unwrap().controller.unwrap();
        assert_eq!(controller.tdc, Tdc { value: 0, offset: 2, filter: 0 });
    }

    /// Bytes of a 64-bit little-endian machine, from the kernel's headers by hand.
    #[test]
    #[cfg(target_endian = "little")]
    fn the_bytes_are_the_kernels() {
        let change = CanChange { restart_ms: Some(100), ..CanChange::default() };
        let bytes = with_change(link_request(NEW_LINK, 3), &change).finish(1);
        let info = [
            24, 0, 18, 0x80, // IFLA_LINKINFO, nested
            8, 0, 1, 0, b'c', b'a', b'n', 0, // IFLA_INFO_KIND
            12, 0, 2, 0x80, // IFLA_INFO_DATA, nested
            8, 0, 6, 0, 100, 0, 0, 0, // IFLA_CAN_RESTART_MS
        ];
        assert!(bytes.ends_with(&info), "{bytes:?}");
    }

    #[test]
    fn other_links_are_none() {
        assert_eq!(seen(rtnetlink::new_link("br0", "bridge")), None);
        assert_eq!(seen(set_name(1, "lo")), None);
        let virtual_one = seen(rtnetlink::new_link("vcan0", VIRTUAL)).unwrap();
        assert_eq!(virtual_one, CanLink { name: "vcan0".into(), up: false, controller: None });
        let restart = seen(with_restart(set_name(7, "can0"))).unwrap();
        assert_eq!(restart.controller, Some(CanController::default()));
    }
}
