//! nim on a bench: interfaces, segments with DHCP servers, and a controller that can be reached through them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pillar_core::agents::nim::{Nim, Paths};
use pillar_core::agents::{DOMAINMGR, NIM, ZEDAGENT};
use pillar_core::bus::files::{self, Layout};
use pillar_core::hal::{Answer, Clock, Hal, Http, HttpError, Request, Scope, source};
use pillar_core::node::{AgentName, NodeConfig, TestNode};
use pillar_core::time::Now;
use pillar_hal::files::Files;
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::net::{DhcpServer, Network, SimDhcp, SimLinkNotices, SimLinks, SimResolver};
use pillar_types::adapters::{AssignableAdapters, IoBundle};
use pillar_types::base::Time;
use pillar_types::codec::json;
use pillar_types::config_item::{ConfigItemType, ConfigItemValue, ConfigItemValueMap, TriState};
use pillar_types::device_network::{DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::port::{
    DevicePortConfig, DevicePortConfigList, DhcpType, DpcState, NetworkPortConfig, NetworkType,
};

/// T: how long a configuration that has to wait does so before the next attempt.
pub const T: Duration = Duration::from_secs(30);

/// What the controller answers, or what happens on the way to it.
pub type Controller = Arc<Mutex<Result<u16, HttpError>>>;

/// The gateways that lead on, by segment.
type Gateways = Arc<Mutex<BTreeMap<String, IpAddr>>>;

/// The device.
pub struct Bench {
    pub node: TestNode<Nim>,
    pub network: Arc<Mutex<Network>>,
    pub controller: Controller,
    notices: SimLinkNotices,
    /// Pings that left the device, by interface.
    pub pings: Arc<Mutex<Vec<String>>>,
    gateways: Gateways,
}

/// A device that is not switched on yet.
pub struct Plan {
    pub network: Network,
    pub disk: Disk,
}

impl Plan {
    /// With eth0 and eth1, each plugged into a segment that has a DHCP server.
    pub fn bare() -> Self {
        let mut network = Network::default();
        network.add_nic("eth0", [0x02, 0, 0, 0, 0, 1]);
        network.add_nic("eth1", [0x02, 0, 0, 0, 0, 2]);
        network.plug("eth0", "office");
        network.plug("eth1", "plant");
        network.serve_dhcp("office", server("192.0.2.0/24", [192, 0, 2, 1]));
        network.serve_dhcp("plant", server("198.51.100.0/24", [198, 51, 100, 1]));
        let mut disk = Disk::new(1 << 20);
        disk.put(Path::new("/config/server"), b"zedcloud.example\n").unwrap();
        for dir in ["/run", "/persist"] {
            disk.make_dir(Path::new(dir)).unwrap();
        }
        Plan { network, disk }
    }

    /// The same, with a bootstrap configuration to be expected, so that none of last resort is made.
    pub fn new() -> Self {
        Plan::bare().file("/config/bootstrap-config.pb", b"x")
    }

    /// Switches it on; no settings came yet.
    pub fn start(self) -> Bench {
        let network = Arc::new(Mutex::new(self.network));
        let (controller, pings) = (Arc::new(Mutex::new(Ok(200))), Arc::<Mutex<Vec<String>>>::default());
        let gateways = [("office", [192, 0, 2, 1]), ("plant", [198, 51, 100, 1])];
        let gateways: Gateways = Arc::new(Mutex::new(
            gateways.map(|(segment, gateway)| (segment.to_owned(), gateway.into())).into(),
        ));
        let http = Wire {
            network: network.clone(),
            controller: controller.clone(),
            pings: pings.clone(),
            gateways: gateways.clone(),
        };
        let disk = Arc::new(Mutex::new(self.disk));
        let storage = Arc::new(Files::new(SimFs::new(disk, Arc::new(Open), Arc::new(Still))));
        let layout = Layout::default();
        let loaded = files::read(&*storage, &Scope::unbounded(), &layout, &[NIM]).unwrap();
        let hal = Hal {
            links: Arc::new(SimLinks::new(network.clone(), Arc::new(Open))),
            dhcp: Arc::new(SimDhcp::new(network.clone(), Arc::new(Open))),
            resolver: Arc::new(SimResolver::new(network.clone(), Arc::new(Open))),
            storage,
            clock: Arc::new(Still),
            http: Arc::new(http),
            ..Hal::default()
        };
        let notices = SimLinkNotices::new(network.clone());
        let config = NodeConfig { files: Some(layout), ..NodeConfig::default() };
        let mut node = TestNode::load(hal, config, loaded, || Nim::new(Paths::default()));
        node.run();
        Bench { node, network, controller, notices, pings, gateways }
    }

    /// With a file.
    pub fn file(mut self, path: &str, content: &[u8]) -> Self {
        self.disk.put(Path::new(path), content).unwrap();
        self
    }

    /// With the list that an earlier boot left.
    pub fn stored(self, list: &DevicePortConfigList) -> Self {
        self.file("/persist/status/nim/DevicePortConfigList/global.json", &json::encode(list))
    }

    /// Switches it on, with settings that say nothing.
    pub fn run(self) -> Bench {
        let mut bench = self.start();
        bench.settings(&[]);
        bench
    }
}

/// A clock that stands still: nothing that nim's jobs do here takes time.
struct Still;

impl Clock for Still {
    fn now(&self) -> Now {
        Now::default()
    }

    fn sleep(&self, _: &Scope, _: Duration) -> bool {
        true
    }
}

/// The way to the controller: open only from an address that the interface has, through the gateway that its
/// segment has.
struct Wire {
    network: Arc<Mutex<Network>>,
    controller: Controller,
    pings: Arc<Mutex<Vec<String>>>,
    gateways: Gateways,
}

impl Http for Wire {
    fn send(&self, _: &Scope, request: &Request) -> Result<Answer, HttpError> {
        assert_eq!(request.url, "https://zedcloud.example/api/v2/edgedevice/ping");
        let name = request.via.interface.clone().expect("bound to an interface");
        self.pings.lock().unwrap().push(name.clone());
        let network = self.network.lock().unwrap();
        let link = network.link(&name).filter(|link| link.lower_up).ok_or(HttpError::NoSuchWay)?;
        let source = request.via.source.expect("from an address");
        let has = link.addresses.iter().any(|cidr| cidr.address == source);
        let segment = network.segment(&name).unwrap_or_default().to_owned();
        if !has {
            return Err(HttpError::NoSuchWay);
        }
        let real = *self.gateways.lock().unwrap().get(&segment).ok_or(HttpError::Unreachable)?;
        if !network.routes(254).iter().any(|route| route.link == name && route.gateway == Some(real)) {
            return Err(HttpError::Unreachable);
        }
        let status = self.controller.lock().unwrap().clone()?;
        Ok(Answer { status, ..Answer::default() })
    }
}

impl Bench {
    pub fn network(&self) -> MutexGuard<'_, Network> {
        self.network.lock().unwrap()
    }

    /// What the controller answers from now on.
    pub fn answers(&self, how: Result<u16, HttpError>) {
        *self.controller.lock().unwrap() = how;
    }

    /// Which gateway of a segment leads on from now on.
    pub fn gateway(&self, segment: &str, gateway: [u8; 4]) {
        self.gateways.lock().unwrap().insert(segment.into(), gateway.into());
    }

    /// The controller's settings.
    pub fn settings(&mut self, items: &[(&str, &str)]) {
        self.node.put(ZEDAGENT, ConfigItemValueMap::KEY, settings_map(items)).unwrap();
        self.node.synced::<ConfigItemValueMap>(ZEDAGENT).unwrap();
        self.hear();
    }

    /// A configuration from the controller.
    pub fn controller_wants(&mut self, dpc: DevicePortConfig) {
        self.wants(ZEDAGENT, "zedagent", dpc);
    }

    pub fn wants(&mut self, from: AgentName, key: &str, dpc: DevicePortConfig) {
        self.node.put(from, key, dpc).unwrap();
        self.hear();
    }

    /// Which devices are set aside, by interface, and for whom.
    pub fn set_aside(&mut self, devices: &[(&str, Option<[u8; 16]>)]) {
        let bundle = |(name, used): &(&str, Option<[u8; 16]>)| IoBundle {
            ifname: (*name).into(),
            logicallabel: (*name).into(),
            is_pci_back: true,
            used_by_uuid: used.map(pillar_types::Uuid).unwrap_or_default(),
            ..IoBundle::default()
        };
        let list = devices.iter().map(bundle).collect();
        let adapters = AssignableAdapters { initialized: true, io_bundle_list: list };
        self.node.put(DOMAINMGR, AssignableAdapters::KEY, adapters).unwrap();
        self.hear();
    }

    /// The kernel's notices reach nim, and all that follows from them happens.
    pub fn hear(&mut self) {
        for _ in 0..100 {
            if !self.notices.pending() {
                return;
            }
            source::drain(&mut self.node.node, &mut self.notices).unwrap();
            self.node.run();
        }
        panic!("nim and the kernel answer each other without end");
    }

    /// Changes something of the network, which the kernel tells.
    pub fn change(&mut self, change: impl FnOnce(&mut Network)) {
        change(&mut self.network());
        self.hear();
    }

    /// Lets time pass, second by second, as the kernel's notices come.
    pub fn pass(&mut self, time: Duration) {
        for _ in 0..time.as_secs() {
            self.node.pass(Duration::from_secs(1));
            self.hear();
        }
    }

    pub fn status(&self) -> Arc<DeviceNetworkStatus> {
        self.node.get(DeviceNetworkStatus::KEY).expect("nim says how the ports are")
    }

    pub fn port(&self, name: &str) -> NetworkPortStatus {
        self.status().by_if_name(name).expect("the port is there").clone()
    }

    pub fn list(&self) -> Arc<DevicePortConfigList> {
        self.node.get(DevicePortConfigList::KEY).expect("nim says what there is")
    }

    /// State, place and whether it is under test.
    pub fn is(&self) -> (DpcState, i64, bool) {
        let status = self.status();
        (status.state, status.current_index, status.testing)
    }

    /// Keys by rank.
    pub fn keys(&self) -> Vec<String> {
        self.list().port_config_list.iter().map(|dpc| dpc.key.clone()).collect()
    }

    pub fn now(&self) -> Time {
        self.node.now().wall.into()
    }
}

/// Success at a place.
pub fn works_at(index: i64) -> (DpcState, i64, bool) {
    (DpcState::Success, index, false)
}

pub fn server(network: &str, gateway: [u8; 4]) -> DhcpServer {
    DhcpServer {
        network: network.parse().unwrap(),
        gateway: Some(gateway.into()),
        network_v6: None,
        dns_servers: vec![[192, 0, 2, 53].into()],
        ntp_servers: vec!["b".into()],
        domain_name: "d.example".into(),
    }
}

/// A configuration of the controller, from a time in seconds after 2026 began.
pub fn dpc(seconds: i64, ports: &[NetworkPortConfig]) -> DevicePortConfig {
    DevicePortConfig {
        version: 1,
        time_priority: Time::from_unix(1_767_225_600 + seconds, 0),
        ports: ports.to_vec().into(),
        ..DevicePortConfig::default()
    }
}

/// A port for management with DHCP.
pub fn dhcp(name: &str) -> NetworkPortConfig {
    let mut port = NetworkPortConfig {
        if_name: name.into(),
        phylabel: name.into(),
        logicallabel: name.into(),
        is_mgmt: true,
        is_l3_port: true,
        ..NetworkPortConfig::default()
    };
    port.dhcp.dhcp = DhcpType::Client;
    port.dhcp.network_type = NetworkType::Ipv4Only;
    port
}

/// A port for management with a fixed address and this gateway.
pub fn fixed(name: &str, address: &str, gateway: [u8; 4]) -> NetworkPortConfig {
    let mut port = dhcp(name);
    port.dhcp.dhcp = DhcpType::Static;
    port.dhcp.addr_subnet = address.into();
    port.dhcp.gateway = gateway.into();
    port.dhcp.dns_servers = [[192, 0, 2, 53].into()].into();
    port
}

/// Settings as zedagent publishes them: numbers, or `enabled` and `disabled`.
fn settings_map(items: &[(&str, &str)]) -> ConfigItemValueMap {
    let value = |(key, text): &(&str, &str)| {
        let mut item = ConfigItemValue { key: (*key).into(), ..ConfigItemValue::default() };
        match (*text, text.parse()) {
            (_, Ok(number)) => (item.item_type, item.int_value) = (ConfigItemType::Int, number),
            ("enabled", _) => {
                (item.item_type, item.tri_state_value) = (ConfigItemType::TriState, TriState::Enabled);
            }
            _ => (item.item_type, item.tri_state_value) = (ConfigItemType::TriState, TriState::Disabled),
        }
        ((*key).to_owned(), item)
    };
    ConfigItemValueMap { global_settings: items.iter().map(value).collect(), ..Default::default() }
}
