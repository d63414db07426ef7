//! The main job in the simulator: a device that was never switched on finds a network, makes itself known to its
//! controller, takes its configuration and does what that says. Told by tests, and measured by a bench.
//!
//! A story has a script. Its next line is acted when the one before is: the device has come to agree with what the
//! controller wants, as the controller sees it and as it is.

mod agreement;
mod order;
mod place;
mod view;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use pillar_core::agents::client::{Client, Tasks};
use pillar_core::agents::domainmgr::DomainMgr;
use pillar_core::agents::downloader::Downloader;
use pillar_core::agents::ledmanager::LedManager;
use pillar_core::agents::nim::{self, Nim};
use pillar_core::agents::nodeagent::NodeAgent;
use pillar_core::agents::vaultmgr::VaultMgr;
use pillar_core::agents::verifier::Verifier;
use pillar_core::agents::volumemgr::VolumeMgr;
use pillar_core::agents::zedagent::ZedAgent;
use pillar_core::agents::zedmanager::ZedManager;
use pillar_core::agents::zedrouter::Zedrouter;
use pillar_core::agents::{
    DOMAINMGR, DOWNLOADER, NIM, NODEAGENT, VAULTMGR, VERIFIER, VOLUMEMGR, ZEDAGENT, ZEDCLIENT, ZEDMANAGER,
    ZEDROUTER,
};
use pillar_core::controller::envelope::Envelope;
use pillar_core::controller::places::Places;
use pillar_core::node::{Agent as _, AgentName};
use pillar_core::{content_places, hardware_model};
use pillar_hal::sim::controller::SimController;
use pillar_hal::sim::datastore::Datastore;
use pillar_hal::sim::{Device, Scenario, World};
use pillar_proto::config::{ConfigResponse, UuidAndVersion};
use pillar_proto::{MAX_SIGNED_BYTES, decode};
use pillar_types::Uuid;

pub use order::{APP, IMAGE, Order, PORT, id, image};
pub use place::{DEVICE, SEGMENT, SERVER, STORE};
pub use view::View;

/// The configuration that a device boots with when there is no controller.
const LAST_CONFIG: &str = "/persist/checkpoint/lastconfig";

/// A line of a script.
#[derive(Clone, Copy)]
pub enum Line {
    /// Something happens.
    Act(fn(&mut Story, &mut Device<'_>)),
    /// The story goes on once this holds.
    Wait(fn(&Story, &Device<'_>) -> bool),
}

/// A device, its controller with what that wants, and its datastore.
pub struct Story {
    /// The controller.
    pub controller: SimController,
    /// What it saw.
    pub view: View,
    /// The datastore.
    pub datastore: Datastore,
    /// What the controller wants.
    pub order: Order,
    /// What is still to happen.
    pub script: VecDeque<Line>,
    /// What guests have written, by the file of the volume.
    pub written: BTreeMap<PathBuf, Vec<u8>>,
    /// Whether calls are made to fail: then a file that is half written may stay until the next boot.
    pub calls_fail: bool,
    /// The files under /persist when the story was over.
    pub persisted: BTreeSet<PathBuf>,
}

impl Story {
    /// So many applications are to run.
    pub fn new(apps: u32) -> Self {
        let (controller, datastore) = (SimController::new(DEVICE), Datastore::default());
        datastore.put(&format!("/{IMAGE}"), image());
        let story = Story {
            controller,
            view: View::default(),
            datastore,
            order: Order::new(apps),
            script: VecDeque::new(),
            written: BTreeMap::new(),
            persisted: BTreeSet::new(),
            calls_fail: false,
        };
        story.give();
        story
    }

    /// All that a controller orders, one after the other.
    pub fn whole() -> Self {
        Story::new(1)
            .settles()
            .then(Story::guest_writes)
            .then(|story, _| story.want(|order| order.restart += 1))
            .settles()
            .then(|story, _| story.want(|order| order.port_map = false))
            .settles()
            .then(|story, _| story.want(|order| order.purge += 1))
            .settles()
            .then(Story::guest_writes)
            .then(|story, _| story.want(|order| (order.apps, order.port_map) = (2, true)))
            .settles()
            .then(|story, _| story.want(|order| order.apps = 1))
            .settles()
    }

    /// The guests of all applications write something into their volumes.
    pub fn guest_writes(&mut self, device: &mut Device<'_>) {
        for number in 0..self.order.apps {
            let path = self.order.volume_file(number);
            let mut content = self.written.get(&path).cloned().unwrap_or_else(image);
            content.extend_from_slice(b"written by its guest");
            device.world.disk().put(&path, &content).expect("there is room");
            self.written.insert(path, content);
        }
    }

    /// The device comes to agree with what is wanted.
    #[must_use]
    pub fn settles(self) -> Self {
        self.waits(|story, device| story.agrees(device).is_ok())
    }

    /// This comes to hold.
    #[must_use]
    pub fn waits(mut self, until: fn(&Story, &Device<'_>) -> bool) -> Self {
        self.script.push_back(Line::Wait(until));
        self
    }

    /// This happens next.
    #[must_use]
    pub fn then(mut self, act: fn(&mut Story, &mut Device<'_>)) -> Self {
        self.script.push_back(Line::Act(act));
        self
    }

    /// The controller wants something else from now on.
    pub fn want(&mut self, change: impl FnOnce(&mut Order)) {
        change(&mut self.order);
        self.order.version += 1;
        self.give();
    }

    /// The controller gives what is ordered.
    pub fn give(&self) {
        self.controller.state().config = Some(self.order.config());
    }
}

impl Scenario for Story {
    fn agents(&self) -> Vec<AgentName> {
        vec![
            DOMAINMGR,
            LedManager::NAME,
            DOWNLOADER,
            NIM,
            NODEAGENT,
            VAULTMGR,
            VERIFIER,
            VOLUMEMGR,
            ZEDAGENT,
            ZEDCLIENT,
            ZEDMANAGER,
            ZEDROUTER,
        ]
    }

    fn prepare(&mut self, world: &World) {
        place::install(world, self);
    }

    fn start(&mut self, device: &mut Device<'_>) {
        let node = &mut *device.node;
        let tasks = Tasks { register: true, tries: None };
        node.add(move || Client::new(tasks.clone(), Places::default(), hardware_model::Paths::default()));
        node.add(DomainMgr::default);
        node.add(|| Downloader::new(content_places::Places::default()));
        node.add(|| LedManager::new(hardware_model::Paths::default()));
        node.add(|| Nim::new(nim::Paths::default()));
        node.add(|| NodeAgent::new(Places::default().layout()));
        node.add(|| VaultMgr::new(&Places::default()));
        node.add(|| Verifier::new(content_places::Places::default()));
        node.add(|| VolumeMgr::new(content_places::Places::default()));
        node.add(|| ZedAgent::new(Places::default(), hardware_model::Paths::default()));
        node.add(ZedManager::default);
        node.add(Zedrouter::default);
    }

    fn input(&mut self, device: &mut Device<'_>) -> bool {
        self.view.look(&mut self.controller.state());
        while let Some(line) = self.script.front().copied() {
            match line {
                Line::Wait(holds) if !holds(self, device) => return true,
                Line::Wait(_) => {}
                Line::Act(act) => act(self, device),
            }
            self.script.pop_front();
        }
        false
    }

    fn is_over(&self) -> bool {
        self.script.is_empty()
    }

    /// Whatever happened, a configuration that was kept is whole.
    fn check_boot(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        let disk = device.world.disk();
        let Some(kept) = disk.get(Path::new(LAST_CONFIG)) else { return Ok(()) };
        let envelope =
            Envelope::read(kept, MAX_SIGNED_BYTES).map_err(|why| format!("{LAST_CONFIG}: {why:?}"))?;
        let response = decode::<ConfigResponse>(&envelope.unverified(), MAX_SIGNED_BYTES);
        let response = response.map_err(|why| format!("{LAST_CONFIG}: {why:?}"))?;
        let own = |id: &UuidAndVersion| id.uuid == self.order.device.to_string();
        let whole = response.config.is_some_and(|config| config.id.as_ref().is_some_and(own));
        if whole { Ok(()) } else { Err(format!("{LAST_CONFIG} is not the device's")) }
    }

    fn check_end(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        self.view.look(&mut self.controller.state());
        let files = device.world.disk().files().into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        self.persisted = files.into_iter().filter(|path| path.starts_with("/persist")).collect();
        self.agrees(device)
    }
}

/// The device's identifier of one of an application's kind.
pub fn app(number: u32) -> Uuid {
    id(APP, number).parse().expect("it is one")
}
