//! Simulated CAN interfaces. Controllers refuse what the kernel's do: changes while they are switched on, CAN FD
//! without its timings, compensation without its mode.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{
    BitTiming, CanChange, CanController, CanLink, CanLinks, CanMode, CanState, LinkError, Scope, is_link_name,
};
use rustix::io::Errno;

use super::gate::{Gate, Op, pass};

const NANOS: u64 = 1_000_000_000;

/// Where the kernel has controllers look at a bit, in thousandths, if nobody says otherwise.
const SAMPLE_POINT: u32 = 875;

/// The CAN interfaces of a device.
#[derive(Clone, Debug, Default)]
pub struct CanBoard {
    links: BTreeMap<String, CanLink>,
}

impl CanBoard {
    /// A device with these controllers.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let link = |name: &str| CanLink {
            name: name.to_owned(),
            up: false,
            controller: Some(CanController::default()),
        };
        CanBoard { links: names.into_iter().map(|name| (name.to_owned(), link(name))).collect() }
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&CanLink> {
        self.links.get(name)
    }

    /// A controller leaves the bus.
    pub fn bus_off(&mut self, name: &str) {
        if let Some(controller) = self.links.get_mut(name).and_then(|link| link.controller.as_mut()) {
            controller.state = CanState::BusOff;
        }
    }

    /// The power goes: virtual ones are gone, controllers know nothing.
    pub fn power_cut(&mut self) {
        self.links.retain(|_, link| link.controller.is_some());
        for link in self.links.values_mut() {
            link.up = false;
            link.controller = Some(CanController::default());
        }
    }

    fn add_virtual(&mut self, name: &str) -> Result<(), LinkError> {
        let new = CanLink { name: name.to_owned(), up: false, controller: None };
        match self.links.entry(name.to_owned()).or_insert(new) {
            CanLink { controller: None, .. } => Ok(()),
            CanLink { .. } => Err(LinkError::Exists(name.to_owned())),
        }
    }

    fn remove(&mut self, name: &str) -> Result<(), LinkError> {
        match self.links.get(name) {
            Some(CanLink { controller: Some(_), .. }) => return Err(LinkError::Exists(name.to_owned())),
            Some(_) => self.links.remove(name),
            None => None,
        };
        Ok(())
    }

    fn switch(&mut self, name: &str, up: bool) -> Result<(), Errno> {
        let link = self.link(name)?;
        if let Some(controller) = &mut link.controller {
            if up && controller.timing.bitrate == 0 {
                return Err(Errno::INVAL);
            }
            if up != link.up {
                controller.state = if up { CanState::ErrorActive } else { CanState::Stopped };
            }
        }
        link.up = up;
        Ok(())
    }

    fn change(&mut self, name: &str, change: &CanChange) -> Result<(), Errno> {
        let link = self.link(name)?;
        if change.is_empty() {
            return Ok(());
        }
        let controller = link.controller.as_mut().ok_or(Errno::OPNOTSUPP)?;
        if link.up {
            return Err(Errno::BUSY);
        }
        validate(change)?;
        let timing = change.timing.map(worked_out).transpose()?;
        let data_timing = change.data_timing.map(worked_out).transpose()?;
        controller.timing = timing.unwrap_or(controller.timing);
        controller.data_timing = data_timing.unwrap_or(controller.data_timing);
        if let Some((mask, on)) = change.modes {
            controller.modes = controller.modes & !mask | on & mask;
        }
        controller.restart_ms = change.restart_ms.unwrap_or(controller.restart_ms);
        controller.termination = change.termination.unwrap_or(controller.termination);
        controller.tdc = change.tdc.unwrap_or(controller.tdc);
        Ok(())
    }

    fn restart(&mut self, name: &str) -> Result<(), Errno> {
        let link = self.link(name)?;
        let controller = link.controller.as_mut().ok_or(Errno::OPNOTSUPP)?;
        if !link.up || controller.restart_ms != 0 {
            return Err(Errno::INVAL);
        }
        if controller.state != CanState::BusOff {
            return Err(Errno::BUSY);
        }
        controller.state = CanState::ErrorActive;
        Ok(())
    }

    fn link(&mut self, name: &str) -> Result<&mut CanLink, Errno> {
        self.links.get_mut(name).ok_or(Errno::NODEV)
    }
}

/// What the kernel looks at in a message alone (`can_validate`).
fn validate(change: &CanChange) -> Result<(), Errno> {
    let (mask, on) = change.modes.unwrap_or_default();
    let tdc_modes = CanMode::TdcAuto as u32 | CanMode::TdcManual as u32;
    let is_fd = mask & on & CanMode::Fd as u32 != 0;
    let both = on & tdc_modes == tdc_modes;
    let tdc_alone = change.modes.is_some() && (on & tdc_modes != 0) != change.tdc.is_some();
    let fd_alone = is_fd && (change.timing.is_none() || change.data_timing.is_none());
    let data_alone = !is_fd && (change.data_timing.is_some() || change.tdc.is_some());
    if both || tdc_alone || fd_alone || data_alone { Err(Errno::OPNOTSUPP) } else { Ok(()) }
}

/// What follows from a bit rate, or from a quantum; both at once are refused.
fn worked_out(timing: BitTiming) -> Result<BitTiming, Errno> {
    match (timing.bitrate, timing.tq) {
        (1.., 0) => {
            let sample_point = if timing.sample_point == 0 { SAMPLE_POINT } else { timing.sample_point };
            let phases = BitTiming { prop_seg: 6, phase_seg1: 7, phase_seg2: 2, ..timing };
            let tq = (NANOS / 16 / u64::from(timing.bitrate)) as u32;
            Ok(BitTiming { sample_point, tq, sjw: timing.sjw.max(1), ..phases })
        }
        (0, 1..) => {
            let before = 1 + u64::from(timing.prop_seg) + u64::from(timing.phase_seg1);
            let quanta = before + u64::from(timing.phase_seg2);
            let bitrate = (NANOS / (u64::from(timing.tq) * quanta)) as u32;
            let sample_point = (before * 1_000 / quanta) as u32;
            Ok(BitTiming { bitrate, sample_point, sjw: timing.sjw.max(1), ..timing })
        }
        _ => Err(Errno::INVAL),
    }
}

/// A machine's view of its CAN interfaces.
pub struct SimCanLinks {
    board: Arc<Mutex<CanBoard>>,
    gate: Arc<dyn Gate>,
}

impl SimCanLinks {
    /// The board, behind a gate.
    pub fn new(board: Arc<Mutex<CanBoard>>, gate: Arc<dyn Gate>) -> Self {
        SimCanLinks { board, gate }
    }

    fn pass<R>(
        &self,
        scope: &Scope,
        op: Op<'_>,
        act: impl FnOnce(&mut CanBoard) -> Result<R, LinkError>,
    ) -> Result<R, LinkError> {
        if scope.cancelled() {
            return Err(LinkError::Cancelled);
        }
        let act = || act(&mut self.board.lock().unwrap_or_else(PoisonError::into_inner));
        pass(&*self.gate, op, act).map_err(|fault| error(op, fault.errno()))?
    }

    /// A call about an interface whose name can be one.
    fn pass_for<R>(
        &self,
        scope: &Scope,
        op: Op<'_>,
        act: impl FnOnce(&mut CanBoard) -> Result<R, LinkError>,
    ) -> Result<R, LinkError> {
        if is_link_name(op.detail) {
            self.pass(scope, op, act)
        } else {
            Err(LinkError::BadName(op.detail.into()))
        }
    }
}

fn error(op: Op<'_>, errno: Errno) -> LinkError {
    match errno {
        Errno::NODEV => LinkError::NotFound(op.detail.into()),
        errno => LinkError::Io { what: op.detail.into(), call: op.name, errno: errno.raw_os_error() },
    }
}

impl CanLinks for SimCanLinks {
    fn list(&self, scope: &Scope) -> Result<Vec<CanLink>, LinkError> {
        let op = Op { name: "can.list", detail: "" };
        self.pass(scope, op, |board| Ok(board.links.values().cloned().collect()))
    }

    fn add_virtual(&self, scope: &Scope, name: &str) -> Result<(), LinkError> {
        self.pass_for(scope, Op { name: "can.add_virtual", detail: name }, |board| board.add_virtual(name))
    }

    fn remove(&self, scope: &Scope, name: &str) -> Result<(), LinkError> {
        self.pass_for(scope, Op { name: "can.remove", detail: name }, |board| board.remove(name))
    }

    fn switch(&self, scope: &Scope, name: &str, up: bool) -> Result<(), LinkError> {
        let op = Op { name: "can.switch", detail: name };
        self.pass_for(scope, op, |board| board.switch(name, up).map_err(|errno| error(op, errno)))
    }

    fn change(&self, scope: &Scope, name: &str, change: &CanChange) -> Result<(), LinkError> {
        let op = Op { name: "can.change", detail: name };
        self.pass_for(scope, op, |board| board.change(name, change).map_err(|errno| error(op, errno)))
    }

    fn restart(&self, scope: &Scope, name: &str) -> Result<(), LinkError> {
        let op = Op { name: "can.restart", detail: name };
        self.pass_for(scope, op, |board| board.restart(name).map_err(|errno| error(op, errno)))
    }
}
