//! The simulated device without its software: what is there before a boot and after a power cut. One machine at a
//! time runs on it; each boot gets handles of its own, which die with it.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pillar_core::hal::{Clock, Hal, Random, Storage};
use pillar_core::time::{Now, Wall};

use super::Rng;
use super::address_server::{Servers, SimAddressServer};
use super::agenda::Agenda;
use super::can::{CanBoard, SimCanLinks};
use super::certificates::{SimCrypto, SimKeys, SimScheme};
use super::clock::{SimClock, SimRandom};
use super::control::Control;
use super::disk::{Disk, SimFs};
use super::faults::Faults;
use super::filter::{Filters, SimPacketFilter};
use super::gate::Gate;
use super::hypervisor::{Guests, SimHypervisor};
use super::images::SimImages;
use super::internet::{Internet, SimHttp};
use super::leds::{LedBoard, SimLeds};
use super::net::{Network, SimDhcp, SimLinkNotices, SimLinks, SimResolver};
use super::power::{End, SimPower};
use super::process::{Programs, SimProcess};
use super::system::{SimSystem, SystemBoard};
use super::trace::Trace;
use super::uevents::{Changes, SimUevents};
use super::watchdog::{Kennel, SimWatchdog};
use crate::files::Files;
use crate::transfer::Transfers;

/// Room under /persist and on the tmpfs, in bytes.
const PERSIST_BYTES: u64 = 1 << 30;
const RUN_BYTES: u64 = 256 << 20;

/// When a world begins: 2026-01-01T00:00:00Z, in nanoseconds.
const WORLD_BEGINS: Wall = Wall(1_767_225_600_000_000_000);

/// How long a device is off after a power cut, in seconds, at most.
const MAX_OFF: u64 = 3_600;

/// The process id of the first boot's software.
const FIRST_PID: u32 = 1_000;

/// Which stream of random numbers of a seed is for what.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    /// Who runs next, and when inputs come.
    Schedule = 1,
    /// The scenario's inputs.
    Inputs,
    /// Faults with a rate.
    Faults,
    /// What power cuts leave, and how long they last.
    Cuts,
    /// The device's random numbers.
    Device,
    /// The node's own choices.
    Node,
    /// Which agent is killed.
    Kills,
}

impl Stream {
    /// The stream's seed. `place` keeps what is drawn at one place apart from how much was drawn before.
    pub(super) fn seed(self, seed: u64, place: u64) -> u64 {
        Rng::new(Rng::new(seed).next_u64() ^ Rng::new(self as u64).next_u64() ^ Rng::new(!place).next_u64())
            .next_u64()
    }

    pub(super) fn rng(self, seed: u64, place: u64) -> Rng {
        Rng::new(self.seed(seed, place))
    }
}

/// What storage a machine has: made from its view of the disk.
pub type MakeStorage = fn(SimFs) -> Arc<dyn Storage>;

/// A simulated device.
///
/// Its parts are shared with the machine that runs on it: look at them or change them between two steps, and let
/// go of them before the next.
pub struct World {
    seed: u64,
    pub(super) control: Arc<Control>,
    storage: MakeStorage,
    disk: Arc<Mutex<Disk>>,
    leds: Arc<Mutex<LedBoard>>,
    watchdogs: Arc<Mutex<Kennel>>,
    programs: Arc<Mutex<Programs>>,
    network: Arc<Mutex<Network>>,
    guests: Arc<Mutex<Guests>>,
    agenda: Agenda,
    internet: Arc<Mutex<Internet>>,
    filters: Arc<Mutex<Filters>>,
    servers: Arc<Mutex<Servers>>,
    ends: Arc<Mutex<Vec<End>>>,
    system: Arc<Mutex<SystemBoard>>,
    can: Arc<Mutex<CanBoard>>,
    devices: Arc<Mutex<Changes>>,
}

impl World {
    pub(super) fn new(seed: u64, faults: &Faults, trace: Trace, storage: MakeStorage) -> Self {
        let control = Control::new(WORLD_BEGINS, faults, Stream::Faults.rng(seed, 0), trace);
        let mut disk = Disk::new(PERSIST_BYTES);
        disk.set_time(WORLD_BEGINS);
        let room = "an empty disk takes any mount";
        disk.mount(Path::new("/run"), true, RUN_BYTES).expect(room);
        disk.mount(Path::new("/persist"), false, PERSIST_BYTES).expect(room);
        let (agenda, network) = (Agenda::default(), Arc::<Mutex<Network>>::default());
        World {
            guests: Arc::new(Mutex::new(Guests::new(agenda.clone(), network.clone()))),
            network,
            agenda,
            seed,
            control: Arc::new(control),
            storage,
            disk: Arc::new(Mutex::new(disk)),
            leds: Arc::default(),
            watchdogs: Arc::default(),
            programs: Arc::default(),
            internet: Arc::default(),
            filters: Arc::default(),
            servers: Arc::default(),
            ends: Arc::default(),
            system: Arc::default(),
            can: Arc::default(),
            devices: Arc::default(),
        }
    }

    /// The disk as it is now.
    pub fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }

    /// The LEDs; a device has none unless the scenario puts some there.
    pub fn leds(&self) -> MutexGuard<'_, LedBoard> {
        lock(&self.leds)
    }

    /// The watchdogs.
    pub fn watchdogs(&self) -> MutexGuard<'_, Kennel> {
        lock(&self.watchdogs)
    }

    /// The programs that can be run.
    pub fn programs(&self) -> MutexGuard<'_, Programs> {
        lock(&self.programs)
    }

    /// The network; a device has no interface but the loopback unless the scenario gives it some.
    pub fn network(&self) -> MutexGuard<'_, Network> {
        lock(&self.network)
    }

    /// The packet filter.
    pub fn filters(&self) -> MutexGuard<'_, Filters> {
        lock(&self.filters)
    }

    /// The DHCP and DNS servers.
    pub fn servers(&self) -> MutexGuard<'_, Servers> {
        lock(&self.servers)
    }

    /// The CAN interfaces; a device has none unless the scenario gives it some.
    pub fn can(&self) -> MutexGuard<'_, CanBoard> {
        lock(&self.can)
    }

    /// What the device says of itself.
    pub fn system(&self) -> MutexGuard<'_, SystemBoard> {
        lock(&self.system)
    }

    /// Devices that come, go and change.
    pub fn devices(&self) -> MutexGuard<'_, Changes> {
        lock(&self.devices)
    }

    /// What the kernel says about devices.
    pub(super) fn uevents(&self) -> SimUevents {
        SimUevents::new(self.devices.clone())
    }

    /// What the kernel says about links.
    pub(super) fn link_notices(&self) -> SimLinkNotices {
        SimLinkNotices::new(self.network.clone())
    }

    /// The guests.
    pub fn guests(&self) -> MutexGuard<'_, Guests> {
        lock(&self.guests)
    }

    /// What is going to happen by itself.
    pub fn agenda(&self) -> &Agenda {
        &self.agenda
    }

    /// The servers that can be reached.
    pub fn internet(&self) -> MutexGuard<'_, Internet> {
        lock(&self.internet)
    }

    /// How boots ended by the software's will, oldest first.
    pub fn ends(&self) -> MutexGuard<'_, Vec<End>> {
        lock(&self.ends)
    }

    /// Both clocks.
    pub fn now(&self) -> Now {
        self.control.now()
    }

    /// The number of the running boot, from one.
    pub fn boots(&self) -> u32 {
        self.control.counts().boots
    }

    /// Somebody pulls the plug: the device boots again when the scenario's input has ended.
    pub fn cut_power(&self) {
        self.control.cut();
    }

    /// Whether faults made calls fail so far.
    pub fn calls_failed(&self) -> bool {
        self.control.calls_failed()
    }

    /// Power comes: the capabilities that the software of this boot has.
    pub(super) fn power_on(&self) -> Hal {
        let boots = self.boots();
        let number = u64::from(boots);
        let off = if boots == 0 { 0 } else { Stream::Cuts.rng(self.seed, !number).below(MAX_OFF) };
        let power = self.control.boot(Duration::from_secs(off));
        let gate: Arc<dyn Gate> = power.clone();
        let clock: Arc<dyn Clock> =
            Arc::new(SimClock { control: self.control.clone(), power: power.clone() });
        let (watchdogs, pid) = (self.watchdogs.clone(), FIRST_PID + boots);
        let storage = (self.storage)(SimFs::new(self.disk.clone(), gate.clone(), clock.clone()));
        let rng = Mutex::new(Stream::Device.rng(self.seed, number));
        let random: Arc<dyn Random> = Arc::new(SimRandom { rng, power });
        let keys = SimKeys::new(SimScheme, "/config", storage.clone(), clock.clone(), random.clone());
        let content = Arc::new(Files::new(SimFs::new(self.disk.clone(), gate.clone(), clock.clone())));
        let http = || SimHttp::new(self.internet.clone(), gate.clone(), clock.clone());
        Hal {
            storage,
            random,
            transfer: Arc::new(Transfers::new(http(), content.clone(), clock.clone())),
            content,
            images: Arc::new(SimImages::new(self.disk.clone(), gate.clone())),
            http: Arc::new(http()),
            keys: Arc::new(keys),
            crypto: Arc::new(SimCrypto),
            process: Arc::new(SimProcess::new(self.programs.clone(), gate.clone(), clock.clone())),
            links: Arc::new(SimLinks::new(self.network.clone(), gate.clone())),
            dhcp: Arc::new(SimDhcp::new(self.network.clone(), gate.clone())),
            packet_filter: Arc::new(SimPacketFilter::new(self.filters.clone(), gate.clone())),
            address_server: Arc::new(SimAddressServer::new(self.servers.clone(), gate.clone())),
            resolver: Arc::new(SimResolver::new(self.network.clone(), gate.clone())),
            power: Arc::new(SimPower::of(self.control.clone(), self.ends.clone(), gate.clone())),
            leds: Arc::new(SimLeds::new(self.leds.clone(), gate.clone(), clock.clone())),
            hypervisor: Arc::new(SimHypervisor {
                guests: self.guests.clone(),
                disk: self.disk.clone(),
                gate: gate.clone(),
                clock: clock.clone(),
            }),
            can_links: Arc::new(SimCanLinks::new(self.can.clone(), gate.clone())),
            system: Arc::new(SimSystem::new(self.system.clone(), gate.clone())),
            watchdog: Arc::new(SimWatchdog::new(watchdogs, gate, clock.clone(), pid)),
            clock,
        }
    }

    /// Power is gone: of what was not synced, chance decides what stays.
    pub(super) fn power_off(&self) {
        self.control.cut();
        let operations = self.control.counts().operations;
        self.disk().power_cut(&mut Stream::Cuts.rng(self.seed, operations));
        self.leds().power_cut();
        self.watchdogs().power_cut();
        self.programs().power_cut();
        self.network().power_cut();
        self.guests().power_cut();
        self.agenda.clear();
        self.filters().power_cut();
        self.servers().power_cut();
        self.can().power_cut();
        self.devices().power_cut();
    }
}

fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}
