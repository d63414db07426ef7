//! Notices of the simulated kernel about devices: a test plugs something in.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pillar_core::hal::source::{Drained, Source};
use pillar_core::hal::{DeviceNotice, is_subsystem};

/// What has changed and was not told yet.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    subsystems: BTreeSet<String>,
    serial: u64,
}

impl Changes {
    /// Devices of a subsystem have changed.
    pub fn changed(&mut self, subsystem: &str) {
        if is_subsystem(subsystem) {
            self.subsystems.insert(subsystem.to_owned());
        }
    }

    /// The power goes: nobody will be told.
    pub fn power_cut(&mut self) {
        self.subsystems.clear();
    }
}

/// The notices of a simulated device.
pub struct SimUevents(Arc<Mutex<Changes>>);

impl SimUevents {
    /// Those of this device.
    pub fn new(changes: Arc<Mutex<Changes>>) -> Self {
        SimUevents(changes)
    }

    /// Whether there are some.
    pub fn pending(&self) -> bool {
        !self.changes().subsystems.is_empty()
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source<DeviceNotice> for SimUevents {
    fn drain(&mut self, notice: &mut dyn FnMut(&str, DeviceNotice)) -> Drained {
        let (names, mut serial) = {
            let mut changes = self.changes();
            let names = std::mem::take(&mut changes.subsystems);
            let before = changes.serial;
            changes.serial += names.len() as u64;
            (names, before)
        };
        for name in names {
            serial += 1;
            notice(&name, DeviceNotice { serial });
        }
        Drained::All
    }
}
