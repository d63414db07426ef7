//! One agent on a simulated device with a disk, keys, the internet and a controller. Everything here is a test's:
//! what cannot be panics.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pillar_core::agents::NIM;
use pillar_core::bus::files::Loaded;
use pillar_core::hal::{Command, Hal, Keys, NoRandom, Random, Role, Scope};
use pillar_core::node::{Agent, Ending, GLOBAL, NodeConfig, Rng, TestNode};
use pillar_hal::files::Files;
use pillar_hal::sim::certificates::{SimCertificate, SimCrypto, SimKeys, SimScheme};
use pillar_hal::sim::controller::{ROOT, SimController};
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::internet::{Internet, SimHttp};
use pillar_hal::sim::process::{Programs, Scripted, SimProcess};
use pillar_types::Uuid;
use pillar_types::controller_metrics::{InterfaceMetrics, MetricsMap};
use pillar_types::device_network::{AddrInfo, DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::led::LedBlinkCounter;
use pillar_types::port::DpcState;

use crate::clock::HandClock;

/// Where the controller is.
pub const SERVER: &str = "ctl.example:8443";

/// What the controller calls the device.
pub const DEVICE: Uuid = Uuid([0x9f, 0x0c, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1]);

/// A second.
pub const SECOND: Duration = Duration::from_secs(1);

struct BenchRandom(Mutex<Rng>);

impl Random for BenchRandom {
    fn fill(&self, buf: &mut [u8]) -> Result<(), NoRandom> {
        let mut rng = self.0.lock().expect("it is our own");
        buf.fill_with(|| rng.next_u64() as u8);
        Ok(())
    }
}

/// A device before its agent starts.
pub struct Device {
    /// What it can do.
    pub hal: Hal,
    /// Its controller.
    pub controller: SimController,
    disk: Arc<Mutex<Disk>>,
    internet: Arc<Mutex<Internet>>,
    programs: Arc<Mutex<Programs>>,
    clock: Arc<HandClock>,
}

impl Default for Device {
    fn default() -> Self {
        Device::new()
    }
}

impl Device {
    /// One that was installed, with an onboarding certificate; its own certificate is made.
    pub fn new() -> Self {
        let mut disk = Disk::new(64 << 20);
        disk.mount(Path::new("/run"), true, 16 << 20).expect("it is our own");
        disk.mount(Path::new("/persist"), false, 64 << 20).expect("it is our own");
        let disk = Arc::new(Mutex::new(disk));
        let clock = Arc::new(HandClock::default());
        let storage = Arc::new(Files::new(SimFs::new(disk.clone(), Arc::new(Open), clock.clone())));
        let random = Arc::new(BenchRandom(Mutex::new(Rng::new(7))));
        let (internet, programs) = (Arc::new(Mutex::new(Internet::default())), Arc::new(Mutex::default()));
        let keys =
            Arc::new(SimKeys::new(SimScheme, "/config", storage.clone(), clock.clone(), random.clone()));
        let hal = Hal {
            storage,
            random,
            process: Arc::new(SimProcess::new(programs.clone(), Arc::new(Open), clock.clone())),
            http: Arc::new(SimHttp::new(internet.clone(), Arc::new(Open), clock.clone())),
            keys: keys.clone(),
            crypto: Arc::new(SimCrypto),
            clock: clock.clone(),
            ..Hal::default()
        };
        let controller = SimController::new(DEVICE);
        controller.serve(&mut internet.lock().expect("it is our own"), SERVER);
        let device = Device { hal, controller, disk, internet, programs, clock };
        let onboarding = SimCertificate::root("onboarding");
        device.put("/config/server", &format!("{SERVER}\n"));
        device.put("/config/root-certificate.pem", &SimCertificate::root(ROOT).pem());
        device.put("/config/onboard.cert.pem", &onboarding.pem());
        device.put("/config/onboard.key.pem", &onboarding.key_file());
        device.put("/proc/cpuinfo", "Serial : S1\n");
        device.put("/config/soft_serial", "soft\n");
        keys.create_device_certificate(&Scope::unbounded()).expect("it is our own");
        let ended = |_: &Command| Scripted::ends(pillar_core::hal::Exit::Code(0), "");
        device.programs.lock().expect("it is our own").install("/bin/hostname", ended);
        device
    }

    /// One that the controller knows, with its UUID and certificates on disk.
    pub fn onboarded() -> Self {
        let device = Device::new();
        let certificate =
            device.hal.keys.certificate(&Scope::unbounded(), Role::Device).expect("it is our own");
        device.controller.state().registered = Some(certificate.der);
        device.put("/persist/status/uuid", &format!("{DEVICE}\n"));
        let certs = pillar_proto::encode(&device.controller.state().certs);
        device.disk().put(Path::new("/persist/checkpoint/controllercerts"), &certs).expect("it is our own");
        device
    }

    /// Its disk.
    pub fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().expect("it is our own")
    }

    /// Writes a file.
    pub fn put(&self, path: &str, content: &str) {
        self.disk().put(Path::new(path), content.as_bytes()).expect("it is our own");
    }

    /// The content of a file, if there is one.
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.disk().get(Path::new(path)).map(<[u8]>::to_vec)
    }

    /// The internet.
    pub fn internet(&self) -> MutexGuard<'_, Internet> {
        self.internet.lock().expect("it is our own")
    }

    /// Its programs.
    pub fn programs(&self) -> MutexGuard<'_, Programs> {
        self.programs.lock().expect("it is our own")
    }

    /// Starts the agent.
    pub fn start<A: Agent>(self, make: impl Fn() -> A + Send + 'static) -> Bench<A> {
        let test = TestNode::load(self.hal.clone(), NodeConfig::default(), Loaded::default(), make);
        self.clock.set(test.now());
        let mut bench = Bench { device: self, test };
        bench.test.run();
        bench
    }
}

/// An agent on a device.
pub struct Bench<A> {
    /// The device.
    pub device: Device,
    /// Its node, with the agent.
    pub test: TestNode<A>,
}

impl<A: Agent> Bench<A> {
    /// Lets time pass, second by second, also for what runs beside the node.
    pub fn pass(&mut self, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let step = left.min(SECOND);
            self.test.pass(step);
            self.device.clock.set(self.test.now());
            left -= step;
        }
    }

    /// The network becomes like this.
    pub fn network(&mut self, state: DpcState, ports: Vec<NetworkPortStatus>) {
        let status =
            DeviceNetworkStatus { version: 1, state, ports: ports.into(), ..DeviceNetworkStatus::default() };
        self.test.put(NIM, DeviceNetworkStatus::KEY, status).expect("it is our own");
    }

    /// A network with one good port.
    pub fn connect(&mut self) {
        self.network(DpcState::Success, vec![port("eth0", 0)]);
    }

    /// What the LED shows.
    pub fn led(&self) -> Option<u8> {
        let counter = self.test.node.get::<LedBlinkCounter>(GLOBAL, LedBlinkCounter::KEY);
        counter.map(|counter| counter.blink_counter)
    }

    /// The exit status of the agent, once it has ended.
    pub fn ended(&mut self) -> Option<i32> {
        self.test.node.take_ended().into_iter().next().map(|(_, ending)| match ending {
            Ending::Finished(status) => status,
            Ending::Fatal(why) => panic!("{why}"),
        })
    }

    /// The agent's counters of an interface.
    pub fn counters(&self, interface: &str) -> InterfaceMetrics {
        let map = self.test.get::<MetricsMap>(MetricsMap::KEY).unwrap_or_default();
        map.0.get(interface).cloned().unwrap_or_default()
    }

    /// The ends of the URLs that were asked for, oldest first.
    pub fn asked(&self) -> Vec<String> {
        let action = |url: &str| url.split("/edgedevice/").nth(1).unwrap_or(url).to_owned();
        self.device.internet().asked().map(|(_, request)| action(&request.url)).collect()
    }
}

/// A port for management with an address, a gateway and a name server.
pub fn port(name: &str, cost: u8) -> NetworkPortStatus {
    let address = AddrInfo { addr: [10, 0, cost, 1].into(), ..AddrInfo::default() };
    NetworkPortStatus {
        if_name: name.into(),
        logicallabel: name.into(),
        is_mgmt: true,
        is_l3_port: true,
        up: true,
        cost,
        addr_info_list: vec![address].into(),
        default_routers: vec![[10, 0, cost, 254].into()].into(),
        dns_servers: vec![[10, 0, cost, 254].into()].into(),
        ..NetworkPortStatus::default()
    }
}
