//! `config_1000`: what a configuration of 1,000 applications costs zedagent, each with a volume, an image, and a port
//! map of one network: from the bytes of the controller's answer to all objects on the bus.
//!
//! Prints `name value unit` lines. The answer is made beforehand, so the clock starts when it is there: envelope,
//! signature (the simulator's), hash, message, objects, publications. Then the same answer comes again.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pillar_core::agents::zedagent::ZedAgent;
use pillar_core::agents::{NIM, NODEAGENT, ZEDAGENT, ZEDCLIENT};
use pillar_core::bus::TapId;
use pillar_core::controller::places::Places;
use pillar_core::hal::{Answer, Request};
use pillar_core::hardware_model;
use pillar_core::node::{JobStart, Node, NodeConfig};
use pillar_core::time::{Mono, Now, Wall};
use pillar_hal::sim::certificates::SimCertificate;
use pillar_hal::sim::controller::{ROOT, SimController};
use pillar_hal::sim::internet::{Reply, Server};
use pillar_proto::common::IpSpec;
use pillar_proto::config::{
    Ace, AceAction, AceMatch, AppInstanceConfig as App, ContentTree, DatastoreConfig, EdgeDevConfig,
    NetworkAdapter, NetworkInstanceConfig, UuidAndVersion, VmConfig, Volume, VolumeContentOrigin,
    VolumeContentOriginType, VolumeRef, ZNetworkInstType,
};
use pillar_tests::served::{DEVICE, Device, SERVER, port};
use pillar_types::Uuid;
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::device::OnboardingStatus;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::node::{BootReason, NodeAgentStatus};
use pillar_types::port::DpcState;

/// Applications.
const APPS: u16 = 1_000;

/// Turns; the median counts.
const ROUNDS: usize = 9;

/// Events of one turn of the node.
const EVENTS: u32 = 1_000_000;

/// Steps of simulated time until the configuration is there, and until it comes again.
const SECONDS: u64 = 120;

/// When the device starts, after 1970.
const START_NANOS: i64 = 1_704_067_200_000_000_000;

/// Topics that come of a configuration.
const TOPICS: [&str; 5] =
    ["AppInstanceConfig", "VolumeConfig", "ContentTreeConfig", "NetworkInstanceConfig", "ConfigItemValueMap"];

/// A controller that has its configuration sealed beforehand, and notes when it gave it.
struct Ready {
    controller: SimController,
    config: Option<Answer>,
    given: Arc<Mutex<Option<Instant>>>,
}

impl Server for Ready {
    fn answer(&mut self, request: &Request, now: Now) -> Reply {
        if !request.url.ends_with("/config") {
            return self.controller.answer(request, now);
        }
        let answer = if let Some(answer) = &self.config {
            answer.clone()
        } else {
            let reply = self.controller.answer(request, now);
            let Ok(answer) = reply.result else { return reply };
            self.config.insert(answer).clone()
        };
        *self.given.lock().expect("nobody panics with it") = Some(Instant::now());
        Reply::now(answer)
    }
}

/// A device with zedagent alone.
struct Site {
    device: Device,
    node: Node,
    tap: TapId,
    seconds: u64,
    given: Arc<Mutex<Option<Instant>>>,
}

impl Site {
    fn new(config: EdgeDevConfig) -> Result<Site, Box<dyn Error>> {
        let device = Device::onboarded();
        device.controller.state().config = Some(config);
        let given = Arc::default();
        let ready = Ready { controller: device.controller.clone(), config: None, given: Arc::clone(&given) };
        device.internet().serve(SERVER, vec![SimCertificate::new("controller server", ROOT)], ready);
        let mut node = Node::new(NodeConfig::default());
        let tap = node.tap(|table| TOPICS.contains(&table.name.topic));
        node.add(|| ZedAgent::new(Places::default(), hardware_model::Paths::default()));
        let agent = NodeAgentStatus { boot_reason: BootReason::PowerFail, ..NodeAgentStatus::default() };
        node.put(NODEAGENT, NodeAgentStatus::KEY, Some(Arc::new(agent)))?;
        let onboarded = OnboardingStatus { device_uuid: DEVICE, ..OnboardingStatus::default() };
        node.put(ZEDCLIENT, OnboardingStatus::KEY, Some(Arc::new(onboarded)))?;
        let ports = vec![port("eth0", 0)].into();
        let network = DeviceNetworkStatus {
            version: 1,
            state: DpcState::Success,
            ports,
            ..DeviceNetworkStatus::default()
        };
        node.put(NIM, DeviceNetworkStatus::KEY, Some(Arc::new(network)))?;
        Ok(Site { device, node, tap, seconds: 1, given })
    }

    fn has_app(&self, number: u16) -> bool {
        self.node.get::<AppInstanceConfig>(ZEDAGENT, &uuid(1, number).to_string()).is_some()
    }

    /// Runs until an answer with the configuration has been given and taken in; how long the latter took.
    fn take_config(&mut self) -> Result<Duration, Box<dyn Error>> {
        for _ in 0..SECONDS {
            self.seconds += 1;
            let mut jobs = VecDeque::from(self.turn());
            while let Some(job) = jobs.pop_front() {
                let id = job.id();
                let out = job.run(&self.device.hal);
                self.node.job_done(id, out);
                jobs.extend(self.turn());
                if let Some(since) = self.given.lock().expect("nobody panics with it").take() {
                    return Ok(since.elapsed());
                }
            }
        }
        Err("the configuration is not asked for".into())
    }

    /// Runs all that is ready but jobs.
    fn turn(&mut self) -> Vec<JobStart> {
        let since = Duration::from_secs(self.seconds);
        let now = Now { mono: Mono(0) + since, wall: Wall(START_NANOS) + since };
        self.node.poll(now, EVENTS).jobs
    }

    /// How many keys of the configuration's tables changed since it was last asked.
    fn changes(&mut self) -> usize {
        let mut count = 0;
        self.node.drain(self.tap, usize::MAX, &mut |_, delivery| {
            count += usize::from(!delivery.key.is_empty());
        });
        count
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut new, mut unchanged) = (Vec::new(), Vec::new());
    let (mut published, mut published_again) = (0, 0);
    for _ in 0..ROUNDS {
        let mut site = Site::new(configuration())?;
        new.push(site.take_config()?);
        let apps = (0..APPS).filter(|number| site.has_app(*number)).count();
        assert_eq!(apps, usize::from(APPS), "all are on the bus");
        published = site.changes();
        unchanged.push(site.take_config()?);
        published_again = site.changes();
    }
    let bytes = pillar_proto::encode(&configuration()).len();
    println!("config_1000_size {bytes} bytes");
    println!("config_1000 {:.1} ms", median(new).as_secs_f64() * 1e3);
    println!("config_1000_published {published} objects");
    println!("config_1000_unchanged {:.0} us", median(unchanged).as_secs_f64() * 1e6);
    println!("config_1000_unchanged_published {published_again} objects");
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// What a controller says of [`APPS`] applications.
fn configuration() -> EdgeDevConfig {
    EdgeDevConfig {
        id: Some(version(DEVICE)),
        apps: (0..APPS).map(app).collect(),
        volumes: (0..APPS).map(volume).collect(),
        content_info: (0..APPS).map(image).collect(),
        datastores: vec![DatastoreConfig {
            id: uuid(4, 0).to_string(),
            fqdn: "https://store.example".into(),
            ..DatastoreConfig::default()
        }],
        network_instances: vec![NetworkInstanceConfig {
            uuid_and_version: Some(version(uuid(5, 0))),
            display_name: "local".into(),
            inst_type: ZNetworkInstType::Local as i32,
            activate: true,
            ip: Some(IpSpec { subnet: "10.1.0.0/16".into(), ..IpSpec::default() }),
            ..NetworkInstanceConfig::default()
        }],
        ..EdgeDevConfig::default()
    }
}

fn app(number: u16) -> App {
    let matches = [("protocol", "tcp".to_owned()), ("lport", (10_000 + number).to_string())]
        .map(|(kind, value)| AceMatch { kind: kind.into(), value });
    let map = AceAction { port_map: true, app_port: 80, ..AceAction::default() };
    App {
        uuid_and_version: Some(version(uuid(1, number))),
        display_name: format!("application {number}"),
        fixed_resources: Some(VmConfig { memory: 524_288, vcpus: 1, ..VmConfig::default() }),
        volume_ref_list: vec![VolumeRef {
            uuid: uuid(2, number).to_string(),
            generation_count: 1,
            ..VolumeRef::default()
        }],
        interfaces: vec![NetworkAdapter {
            name: "eth0".into(),
            network_id: uuid(5, 0).to_string(),
            acls: vec![Ace { id: 1, matches: matches.into(), actions: vec![map], ..Ace::default() }],
            ..NetworkAdapter::default()
        }],
        activate: true,
        ..App::default()
    }
}

fn volume(number: u16) -> Volume {
    Volume {
        uuid: uuid(2, number).to_string(),
        display_name: format!("volume {number}"),
        generation_count: 1,
        max_size_bytes: 1 << 30,
        origin: Some(VolumeContentOrigin {
            kind: VolumeContentOriginType::Download as i32,
            download_content_tree_id: uuid(3, number).to_string(),
        }),
        ..Volume::default()
    }
}

fn image(number: u16) -> ContentTree {
    ContentTree {
        uuid: uuid(3, number).to_string(),
        ds_id: uuid(4, 0).to_string(),
        url: format!("image {number}.qcow2"),
        sha256: format!("{number:064x}"),
        max_size_bytes: 1 << 30,
        display_name: format!("image {number}"),
        ..ContentTree::default()
    }
}

/// Of one kind, by number.
fn uuid(kind: u8, number: u16) -> Uuid {
    let [high, low] = number.to_be_bytes();
    Uuid([kind, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, high, low])
}

fn version(uuid: Uuid) -> UuidAndVersion {
    UuidAndVersion { uuid: uuid.to_string(), version: "1".into() }
}
