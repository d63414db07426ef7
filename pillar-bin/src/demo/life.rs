//! The demo's scenario: adds the agents at each boot, shows what their tables tell, and remembers what was
//! acknowledged, to compare it with what the disk holds after each power cut.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use pillar_core::agents::ledmanager::{LedManager, codes};
use pillar_core::agents::{NIM, ZEDAGENT};
use pillar_core::bus::files::{Layout, layout};
use pillar_core::bus::{Delivery, Origin, TableName, TapId, What, typed};
use pillar_core::hal::{Exit, Led, backup_of};
use pillar_core::node::{Agent, AgentName, Report, Trouble};
use pillar_core::time::Mono;
use pillar_hal::sim::leds::LedBoard;
use pillar_hal::sim::process::Scripted;
use pillar_hal::sim::{Device, Outcome, Scenario, World};
use pillar_types::codec::{Limits, json};
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device_network::{AddrInfo, DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::led::LedBlinkCounter;

use super::acrobat::Acrobat;
use super::counter::{Acknowledged, COUNTER, Count, Counter};
use super::onboarder::Onboarder;
use super::scribe::{self, Page, Scribe};
use super::show::{Found, Happened, Show, Summary};

/// Where the counter stops. Some two seconds a number make a minute.
const LAST: u64 = 25;

/// What the firmware says that the device is: a model with a LED, which ledmanager knows.
const FIRMWARE: [(&str, &str); 2] =
    [("system-manufacturer", "PC Engines\n"), ("system-product-name", "apu2\n")];
const LED: &str = "apu2:green:led3";

/// The address of its one port, of a network for documentation.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// The life of one device.
pub struct Life {
    show: Show,
    tap: Option<TapId>,
    fallen: Arc<AtomicBool>,
    /// Reports of this boot that were shown.
    reported: u64,
    /// Time with power: of earlier boots, and of this one until something happened last.
    lived: (Duration, Duration),
    ends: bool,
    /// What the LED was when it was looked at last.
    lit: bool,
    events: Arc<AtomicU64>,
    summary: Summary,
}

impl Life {
    /// A life yet to be lived.
    pub fn new(show: Show) -> Self {
        Life {
            show,
            tap: None,
            fallen: Arc::default(),
            reported: 0,
            lived: Default::default(),
            ends: false,
            lit: false,
            events: Arc::default(),
            summary: Summary::default(),
        }
    }

    /// What it came to, and whether anything was lost or went wrong.
    pub fn end(mut self, outcome: &Outcome, seconds: f64) -> bool {
        let files = outcome.trace.lines().filter(|line| line.contains(" fs.rename ")).count() as u64;
        let lost = outcome.failure.as_ref().map_or(String::new(), ToString::to_string);
        let fine = lost.is_empty();
        self.show.end(&Summary {
            lived: self.lived.0.as_secs_f64(),
            seconds,
            events: self.events.load(Ordering::Relaxed),
            files,
            cuts: outcome.cuts,
            lost,
            ..self.summary
        });
        fine
    }

    /// Shows what has changed since the last look.
    fn look(&mut self, device: &mut Device<'_>) {
        let Some(tap) = self.tap else { return };
        let now = device.world.now().mono.since(Mono(0));
        let mut changes = Vec::new();
        device.node.drain(tap, usize::MAX, &mut |table, delivery| changes.push((table, delivery)));
        for (table, delivery) in changes {
            self.lived.1 = now;
            self.change(device.world, &device.node.bus().table(table).name, &delivery);
        }
        for report in device.node.reports().since(self.reported) {
            self.lived.1 = now;
            self.show.trouble(self.lived.0 + now, report);
        }
        self.reported = device.node.reports().total();
        let lit = device.world.leds().is_on(&led()) == Some(true);
        if lit != self.lit {
            self.lived.1 = now;
            self.lit = lit;
            self.summary.flashes += u64::from(lit);
            self.show.led(self.lived.0 + now, lit);
        }
        // Once the LED rests nothing is left to see: timers far away are not waited for.
        if self.summary.acknowledged < LAST || lit {
            self.show.pass(self.lived.0 + now);
        }
        if self.summary.acknowledged == LAST {
            self.rest(device);
        }
    }

    /// Without settings ledmanager lets the LED rest: nothing is left to happen, and the life ends.
    fn rest(&mut self, device: &mut Device<'_>) {
        let settings = None::<Arc<ConfigItemValueMap>>;
        device.node.put(ZEDAGENT, ConfigItemValueMap::KEY, settings).expect("a good key");
    }

    fn change(&mut self, world: &World, table: &TableName, delivery: &Delivery) {
        let (happened, value) = match &delivery.what {
            What::Created(new) | What::Modified { new, .. } => (Happened::Published, new),
            What::Deleted(old) => (Happened::Removed, old),
            What::Synced | What::Restarted(_) | What::Resync => return,
        };
        let json = json::encode(value.data());
        // What is on disk the moment it is there came from the disk.
        let file = Layout::default().dir(table, true).join(layout::file_name(&delivery.key));
        let loaded = matches!(delivery.what, What::Created(_)) && world.disk().get(&file) == Some(&json);
        if let Some(safe) = typed::<Acknowledged>(value) {
            self.summary.acknowledged = self.summary.acknowledged.max(safe.number);
        }
        self.summary.publishes += u64::from(!loaded);
        let happened = if loaded { Happened::Loaded } else { happened };
        let at = self.lived.0 + self.lived.1;
        self.show.change(at, happened, delivery.by, (table.topic, &delivery.key), &json);
        if let Some(counter) = typed::<LedBlinkCounter>(value) {
            let code = counter.blink_counter;
            self.show.led_text(at, code, &codes::text(code));
        }
    }
}

impl Scenario for Life {
    fn agents(&self) -> Vec<AgentName> {
        vec![COUNTER, Acrobat::NAME, LedManager::NAME, Onboarder::NAME, Scribe::NAME]
    }

    fn prepare(&mut self, world: &World) {
        *world.leds() = LedBoard::new([led()]);
        world.programs().install("dmidecode", |command| {
            let says =
                FIRMWARE.iter().find(|(keyword, _)| command.args.last().is_some_and(|arg| arg == keyword));
            Scripted::ends(Exit::Code(0), says.map_or("", |(_, says)| says))
        });
    }

    fn start(&mut self, device: &mut Device<'_>) {
        let node = &mut *device.node;
        node.add(|| Counter::until(LAST));
        node.add(LedManager::default);
        node.add(Onboarder::default);
        node.add(Scribe::default);
        let fallen = self.fallen.clone();
        node.add(move || Acrobat::new(fallen.clone()));
        let events = self.events.clone();
        node.set_trace(Some(Box::new(move |_, _, _| {
            events.fetch_add(1, Ordering::Relaxed);
        })));
        // What zedagent and nim would say.
        let settings = Some(Arc::new(ConfigItemValueMap::default()));
        node.put(ZEDAGENT, ConfigItemValueMap::KEY, settings).expect("a good key");
        node.put(NIM, DeviceNetworkStatus::KEY, Some(Arc::new(network()))).expect("a good key");
        self.tap = Some(node.tap(|table| table.origin == Origin::Local));
        self.reported = 0;
    }

    /// Nothing comes from outside: it only looks.
    fn input(&mut self, device: &mut Device<'_>) -> bool {
        self.look(device);
        false
    }

    fn check_boot(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        let (boot, wall) = (device.world.boots(), device.world.now().wall);
        self.lived = (self.lived.0 + self.lived.1, Duration::ZERO);
        let at = self.lived.0;
        if boot > 1 {
            let why = if self.ends { "the life ends; what is on the disk?" } else { "all in memory is gone" };
            self.lit = false;
            self.show.power_cut(at, why);
        }
        let acknowledged = self.summary.acknowledged;
        let number = stored_count(device.world);
        let pages = stored_pages(device.world)?;
        self.show.power_on(at, boot, wall, &Found { acknowledged, number, pages: pages.len() });
        if number < acknowledged {
            return Err(format!("{acknowledged} was acknowledged, but {number} is stored"));
        }
        let torn = pages.iter().find(|(name, bytes)| page_bytes(device.world, name) != Some(**bytes));
        torn.map_or(Ok(()), |(name, _)| Err(format!("{name} is entered, but its file is not as it was")))
    }

    fn check_end(&mut self, _: &mut Device<'_>) -> Result<(), String> {
        self.ends = true;
        Ok(())
    }

    /// The acrobat may fall; nothing else may go wrong.
    fn expects(&mut self, report: &Report) -> bool {
        matches!(report.trouble, Trouble::Crash { .. }) && report.agent == Acrobat::NAME
    }
}

fn led() -> Led {
    Led::Class(LED.into())
}

/// A port with an address, for management.
fn network() -> DeviceNetworkStatus {
    let info = AddrInfo { addr: ADDRESS.into(), ..AddrInfo::default() };
    let port = NetworkPortStatus {
        is_mgmt: true,
        addr_info_list: vec![info].into(),
        ..NetworkPortStatus::default()
    };
    DeviceNetworkStatus { version: 1, ports: vec![port].into(), ..DeviceNetworkStatus::default() }
}

fn stored_count(world: &World) -> u64 {
    let path = Path::new("/persist/status/counter/Count/total.json");
    let disk = world.disk();
    let bytes = disk.get(path).or_else(|| disk.get(&backup_of(path)));
    let count = bytes.and_then(|bytes| json::decode_new::<Count>(bytes, &Limits::JSON).ok());
    count.map_or(0, |count| count.number)
}

/// The pages that are entered, with their lengths.
fn stored_pages(world: &World) -> Result<BTreeMap<String, u64>, String> {
    let mut pages = BTreeMap::new();
    for (path, bytes) in world.disk().files() {
        let Some(name) = path.strip_prefix("/persist/status/scribe/Page").ok().and_then(Path::to_str) else {
            continue;
        };
        let Some(name) = name.strip_suffix(".json") else { continue };
        let page = json::decode_new::<Page>(bytes, &Limits::JSON);
        pages.insert(name.to_owned(), page.map_err(|why| format!("{}: {why}", path.display()))?.bytes);
    }
    Ok(pages)
}

fn page_bytes(world: &World, name: &str) -> Option<u64> {
    Some(world.disk().get(&scribe::path(name))?.len() as u64)
}
