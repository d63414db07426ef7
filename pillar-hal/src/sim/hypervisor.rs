//! Simulated guests: each does what the scenario's plan for its domain says, and a test can end them by hand.
//!
//! A domain's taps are there as long as its process, as with QEMU: it makes them, and the kernel removes them with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pillar_core::hal::{
    Clock, Domain, DomainInfo, DomainNotice, DomainState, DomainUsage, Hypervisor, HypervisorError, NewLink,
    Scope, is_domain_name,
};
use pillar_core::time::Mono;
use pillar_types::vm::VmMode;
use rustix::io::Errno;

use super::agenda::Agenda;
use super::disk::Disk;
use super::gate::{Fault, Gate, Op, pass};
use super::net::Network;

/// The first domain's process.
const FIRST_ID: u32 = 20_000;

/// What a guest does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestPlan {
    /// How long after it was asked it is switched off; `None`: it does not listen.
    pub shuts_down_after: Option<Duration>,
    /// How long after its start it switches itself off; `None`: it goes on.
    pub ends_after: Option<Duration>,
    /// How long after its start it crashes; `None`: it does not.
    pub crashes_after: Option<Duration>,
}

impl Default for GuestPlan {
    /// A guest that goes on, and is switched off two seconds after it was asked.
    fn default() -> Self {
        GuestPlan { shuts_down_after: Some(Duration::from_secs(2)), ends_after: None, crashes_after: None }
    }
}

type Planner = Arc<dyn Fn(&Domain) -> GuestPlan + Send + Sync>;

/// The domains of a device.
pub struct Guests {
    domains: BTreeMap<String, Guest>,
    planner: Planner,
    last_id: u32,
    serial: u64,
    /// How often guests were started, by domain.
    starts: BTreeMap<String, u32>,
    agenda: Agenda,
    network: Arc<Mutex<Network>>,
}

/// A domain that is there.
#[derive(Clone, Debug)]
pub struct Guest {
    /// What it was made as.
    pub domain: Domain,
    /// Its process.
    pub id: u32,
    /// How it is.
    pub state: DomainState,
    /// When it was started; `None` before.
    pub started: Option<Mono>,
    plan: GuestPlan,
}

impl Guests {
    pub(super) fn new(agenda: Agenda, network: Arc<Mutex<Network>>) -> Self {
        Guests {
            domains: BTreeMap::new(),
            planner: Arc::new(|_| GuestPlan::default()),
            last_id: FIRST_ID,
            serial: 0,
            starts: BTreeMap::new(),
            agenda,
            network,
        }
    }

    /// What guests do from now on, by their domain.
    pub fn plan(&mut self, planner: impl Fn(&Domain) -> GuestPlan + Send + Sync + 'static) {
        self.planner = Arc::new(planner);
    }

    /// The domains, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Guest)> {
        self.domains.iter().map(|(name, guest)| (&**name, guest))
    }

    /// How often guests were started, by domain, over all boots.
    pub fn starts(&self) -> &BTreeMap<String, u32> {
        &self.starts
    }

    /// A domain changes its state by itself or by a test's hand, and the device is told.
    pub fn turn(&mut self, name: &str, state: DomainState, at: Mono) {
        if let Some(guest) = self.domains.get_mut(name) {
            guest.state = state;
            self.tell(name, at);
        }
    }

    /// A domain's process is killed: nothing is left of it, and the device is told.
    pub fn kill(&mut self, name: &str, at: Mono) {
        if self.remove(name) {
            self.tell(name, at);
        }
    }

    fn insert(&mut self, guest: Guest) -> Result<(), Errno> {
        let mut network = lock(&self.network);
        for (count, nic) in guest.domain.nics.iter().enumerate() {
            if let Err(errno) = network.add(&nic.tap, &NewLink::Tap) {
                guest.domain.nics[..count].iter().for_each(|nic| network.remove(&nic.tap));
                return Err(errno);
            }
            network.hold_tap(&nic.tap, true);
        }
        self.domains.insert(guest.domain.name.clone(), guest);
        Ok(())
    }

    /// A domain's process ends; whether there was one.
    fn remove(&mut self, name: &str) -> bool {
        let Some(guest) = self.domains.remove(name) else { return false };
        let mut network = lock(&self.network);
        guest.domain.nics.iter().for_each(|nic| network.remove(&nic.tap));
        true
    }

    /// The power goes, and all guests with it.
    pub(super) fn power_cut(&mut self) {
        self.domains.clear();
    }

    fn tell(&mut self, name: &str, at: Mono) {
        self.serial += 1;
        self.agenda.notice(at, name, DomainNotice { serial: self.serial });
    }
}

/// A machine's view of its guests.
pub(super) struct SimHypervisor {
    pub(super) guests: Arc<Mutex<Guests>>,
    pub(super) disk: Arc<Mutex<Disk>>,
    pub(super) gate: Arc<dyn Gate>,
    pub(super) clock: Arc<dyn Clock>,
}

impl SimHypervisor {
    fn pass<R>(
        &self,
        scope: &Scope,
        name: &'static str,
        domain: &str,
        act: impl FnOnce(&mut Guests) -> Result<R, HypervisorError>,
    ) -> Result<R, HypervisorError> {
        if scope.cancelled() {
            return Err(HypervisorError::Cancelled);
        }
        if !domain.is_empty() && !is_domain_name(domain) {
            return Err(HypervisorError::BadDomain(format!("the name {domain:?}")));
        }
        let op = Op { name, detail: domain };
        pass(&*self.gate, op, || act(&mut self.guests())).map_err(|fault| error(domain, fault))?
    }

    fn guests(&self) -> MutexGuard<'_, Guests> {
        lock(&self.guests)
    }

    /// The same guest, some time later, unless it has gone or is another by then.
    fn later(&self, name: &str, id: u32, after: Option<Duration>, state: DomainState) {
        let Some(after) = after else { return };
        let (guests, name) = (self.guests.clone(), name.to_owned());
        let at = self.clock.now().mono + after;
        let agenda = self.guests().agenda.clone();
        agenda.at(at, move |_| {
            let mut guests = lock(&guests);
            let same = guests.domains.get(&name).is_some_and(|guest| guest.id == id);
            if same {
                guests.turn(&name, state, at);
            }
        });
    }
}

impl Hypervisor for SimHypervisor {
    fn name(&self) -> &'static str {
        "kvm"
    }

    fn create(&self, scope: &Scope, domain: &Domain) -> Result<u32, HypervisorError> {
        self.pass(scope, "domain.create", &domain.name, |guests| {
            check(domain)?;
            if guests.domains.contains_key(&domain.name) {
                return Err(HypervisorError::Exists(domain.name.clone()));
            }
            let disk = lock(&self.disk);
            if let Some(missing) = domain.disks.iter().find(|wanted| disk.get(&wanted.path).is_none()) {
                let what = format!("could not open '{}': no such file", missing.path.display());
                return Err(HypervisorError::Failed { name: domain.name.clone(), what });
            }
            guests.last_id += 1;
            let guest = Guest {
                domain: domain.clone(),
                id: guests.last_id,
                state: DomainState::Paused,
                started: None,
                plan: (guests.planner)(domain),
            };
            guests.insert(guest).map_err(|errno| HypervisorError::Failed {
                name: domain.name.clone(),
                what: format!("could not configure an interface: {errno}"),
            })?;
            Ok(guests.last_id)
        })
    }

    fn set_vnc_password(&self, scope: &Scope, name: &str, _: &str) -> Result<(), HypervisorError> {
        self.pass(scope, "domain.password", name, |guests| existing(guests, name).map(drop))
    }

    fn start(&self, scope: &Scope, name: &str) -> Result<(), HypervisorError> {
        let now = self.clock.now().mono;
        let (id, plan) = self.pass(scope, "domain.start", name, |guests| {
            let guest = existing(guests, name)?;
            guest.state = DomainState::Running;
            guest.started.get_or_insert(now);
            let started = (guest.id, guest.plan);
            *guests.starts.entry(name.into()).or_default() += 1;
            Ok(started)
        })?;
        self.later(name, id, plan.ends_after, DomainState::ShutDown);
        self.later(name, id, plan.crashes_after, DomainState::Failed("internal-error"));
        Ok(())
    }

    fn shut_down(&self, scope: &Scope, name: &str) -> Result<(), HypervisorError> {
        let (id, plan) = self.pass(scope, "domain.shut_down", name, |guests| {
            existing(guests, name).map(|guest| (guest.id, guest.plan))
        })?;
        self.later(name, id, plan.shuts_down_after, DomainState::ShutDown);
        Ok(())
    }

    fn destroy(&self, scope: &Scope, name: &str) -> Result<(), HypervisorError> {
        self.pass(scope, "domain.destroy", name, |guests| {
            guests.remove(name);
            Ok(())
        })
    }

    fn info(&self, scope: &Scope, name: &str) -> Result<Option<DomainInfo>, HypervisorError> {
        self.pass(scope, "domain.info", name, |guests| {
            Ok(guests.domains.get(name).map(|guest| DomainInfo { id: guest.id, state: guest.state }))
        })
    }

    fn list(&self, scope: &Scope) -> Result<Vec<String>, HypervisorError> {
        self.pass(scope, "domain.list", "", |guests| Ok(guests.domains.keys().cloned().collect()))
    }

    fn usage(&self, scope: &Scope, name: &str) -> Result<Option<DomainUsage>, HypervisorError> {
        let now = self.clock.now().mono;
        self.pass(scope, "domain.usage", name, |guests| {
            let usage = |guest: &Guest| DomainUsage {
                cpu: guest.started.map_or(Duration::ZERO, |started| now.since(started) / 10),
                memory: guest.domain.memory,
                max_memory: guest.domain.memory,
            };
            Ok(guests.domains.get(name).map(usage))
        })
    }
}

fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check(domain: &Domain) -> Result<(), HypervisorError> {
    if domain.memory == 0 || domain.vcpus == 0 {
        return Err(HypervisorError::BadDomain("no memory or no CPU".into()));
    }
    if !matches!(domain.mode, VmMode::Pv | VmMode::Hvm | VmMode::Fml | VmMode::Legacy) {
        return Err(HypervisorError::BadDomain("a virtualisation mode that is none of a VM".into()));
    }
    Ok(())
}

fn existing<'a>(guests: &'a mut Guests, name: &str) -> Result<&'a mut Guest, HypervisorError> {
    guests.domains.get_mut(name).ok_or_else(|| HypervisorError::NotFound(name.into()))
}

fn error(domain: &str, fault: Fault) -> HypervisorError {
    HypervisorError::Io { what: domain.into(), errno: fault.errno().raw_os_error() }
}
