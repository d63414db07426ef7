//! Simulated watchdogs: who is watched, who kicked when, and whether the device would have been reset.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pillar_core::hal::{Clock, Watchdog, WatchdogError, Watched, is_watchdog_name};
use pillar_core::time::Mono;

use super::gate::{Fault, Gate, Op, pass};

/// How old a kick may be (spec/02, Watchdog contract: `change = 300`).
pub const MAX_KICK_AGE: Duration = Duration::from_mins(5);

/// What the watchdogs of a device know.
#[derive(Clone, Debug, Default)]
pub struct Kennel {
    kicked: BTreeMap<String, Mono>,
    watched: BTreeMap<String, Mono>,
    watched_processes: BTreeSet<String>,
    /// Process by claimed name.
    claimed: BTreeMap<String, u32>,
    hardware: bool,
    armed: Option<(Duration, Mono)>,
}

impl Kennel {
    /// A device with a hardware watchdog, or without.
    pub fn new(hardware: bool) -> Self {
        Kennel { hardware, ..Kennel::default() }
    }

    /// When a name was last kicked.
    pub fn kicked(&self, name: &str) -> Option<Mono> {
        self.kicked.get(name).copied()
    }

    /// Whether something is watched.
    pub fn watches(&self, what: Watched<'_>) -> bool {
        match what {
            Watched::Kicks(name) => self.watched.contains_key(name),
            Watched::Process(name) => self.watched_processes.contains(name),
        }
    }

    /// Why the device would be reset now, if it would: the name whose kicks stopped, or `hardware`.
    pub fn bites(&self, now: Mono) -> Option<&str> {
        let hardware = self.armed.is_some_and(|(time, fed)| now.since(fed) > time);
        let late = self.watched.iter().find(|(name, since)| {
            let last = self.kicked(name).unwrap_or(**since).max(**since);
            now.since(last) > MAX_KICK_AGE
        });
        late.map(|(name, _)| name.as_str()).or(hardware.then_some("hardware"))
    }

    /// Another process than ours claims a name, as after a restart that left the old one.
    pub fn claim_for(&mut self, name: &str, pid: u32) {
        self.claimed.insert(name.into(), pid);
    }

    /// The power goes: nothing is known any more.
    pub fn power_cut(&mut self) {
        *self = Kennel::new(self.hardware);
    }
}

/// A machine's view of its watchdogs.
pub struct SimWatchdog {
    kennel: Arc<Mutex<Kennel>>,
    gate: Arc<dyn Gate>,
    clock: Arc<dyn Clock>,
    pid: u32,
}

impl SimWatchdog {
    /// The watchdogs, behind a gate, for the process with this id.
    pub fn new(kennel: Arc<Mutex<Kennel>>, gate: Arc<dyn Gate>, clock: Arc<dyn Clock>, pid: u32) -> Self {
        SimWatchdog { kennel, gate, clock, pid }
    }

    fn pass<R>(
        &self,
        name: &'static str,
        detail: &str,
        act: impl FnOnce(MutexGuard<'_, Kennel>, Mono) -> Result<R, WatchdogError>,
    ) -> Result<R, WatchdogError> {
        let now = self.clock.now().mono;
        let act = || act(self.kennel.lock().unwrap_or_else(PoisonError::into_inner), now);
        let call = name;
        pass(&*self.gate, Op { name, detail }, act).map_err(|fault| error(call, fault))?
    }
}

fn error(call: &'static str, fault: Fault) -> WatchdogError {
    WatchdogError::Io { call, errno: fault.errno().raw_os_error() }
}

fn checked(name: &str) -> Result<&str, WatchdogError> {
    if is_watchdog_name(name) { Ok(name) } else { Err(WatchdogError::BadName) }
}

impl Watchdog for SimWatchdog {
    fn kick(&self, names: &[&str]) -> Result<(), WatchdogError> {
        self.pass("watchdog.kick", "", |mut kennel, now| {
            if let Some((_, fed)) = &mut kennel.armed {
                *fed = now;
            }
            let mut result = Ok(());
            for name in names {
                match checked(name) {
                    Ok(name) => drop(kennel.kicked.insert(name.into(), now)),
                    Err(bad) => result = result.and(Err(bad)),
                }
            }
            result
        })
    }

    fn watch(&self, what: Watched<'_>) -> Result<(), WatchdogError> {
        let (Watched::Kicks(name) | Watched::Process(name)) = what;
        let name = checked(name)?;
        self.pass("watchdog.watch", name, |mut kennel, now| {
            match what {
                Watched::Kicks(_) => drop(kennel.watched.entry(name.into()).or_insert(now)),
                Watched::Process(_) => drop(kennel.watched_processes.insert(name.into())),
            }
            Ok(())
        })
    }

    fn unwatch(&self, what: Watched<'_>) -> Result<(), WatchdogError> {
        let (Watched::Kicks(name) | Watched::Process(name)) = what;
        let name = checked(name)?;
        self.pass("watchdog.unwatch", name, |mut kennel, _| {
            match what {
                Watched::Kicks(_) => drop(kennel.watched.remove(name)),
                Watched::Process(_) => drop(kennel.watched_processes.remove(name)),
            }
            Ok(())
        })
    }

    fn claim(&self, name: &str) -> Result<(), WatchdogError> {
        let name = checked(name)?;
        self.pass("watchdog.claim", name, |mut kennel, _| match kennel.claimed.get(name) {
            Some(&pid) if pid != self.pid => Err(WatchdogError::InUse { pid }),
            _ => {
                kennel.claimed.insert(name.into(), self.pid);
                Ok(())
            }
        })
    }

    fn arm(&self, time: Duration) -> Result<Duration, WatchdogError> {
        self.pass("watchdog.arm", "", |mut kennel, now| {
            if !kennel.hardware {
                return Err(WatchdogError::Unsupported);
            }
            // Hardware counts whole seconds.
            let agreed = Duration::from_secs(time.as_millis().div_ceil(1000).max(1) as u64);
            kennel.armed = Some((agreed, now));
            Ok(agreed)
        })
    }

    fn disarm(&self) -> Result<(), WatchdogError> {
        self.pass("watchdog.disarm", "", |mut kennel, _| {
            kennel.armed = None;
            Ok(())
        })
    }
}
