//! zedrouter alone on a simulated device: the test speaks for the other agents and is the hypervisor.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pillar_core::agents::zedrouter::Zedrouter;
use pillar_core::agents::{NIM, ZEDAGENT, ZEDCLIENT, ZEDMANAGER, ZEDROUTER};
use pillar_core::bus::files::{self, Layout};
use pillar_core::hal::source::HAL;
use pillar_core::hal::{Hal, LinkNotice, Links, NewLink, PacketFilter, Quick, Scope, Unsupported};
use pillar_core::node::{NodeConfig, Rng, TestNode};
use pillar_hal::files::Files;
use pillar_hal::linux::RingCrypto;
use pillar_hal::sim::address_server::{Servers, SimAddressServer};
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::filter::{Filters, SimPacketFilter};
use pillar_hal::sim::gate::{Gate, Open};
use pillar_hal::sim::net::{Network, SimLinks};
use pillar_types::Uuid;
use pillar_types::acl::{Ace, AceAction, AceMatch};
use pillar_types::address::{AddressType, IpRange};
use pillar_types::app_network::{AppNetAdapterConfig, AppNetworkConfig, AppNetworkStatus};
use pillar_types::config_item::{ConfigItemType, ConfigItemValue, ConfigItemValueMap};
use pillar_types::device::OnboardingStatus;
use pillar_types::device_network::{AddrInfo, DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::identity::UuidAndVersion;
use pillar_types::network_instance::{NetworkInstanceConfig, NetworkInstanceType};
use pillar_types::network_instance_status::NetworkInstanceStatus;
use pillar_types::port::DhcpType;

/// The device, a network instance and another, an application and two others.
pub const NODE: &str = "6c6cb828-b0be-4166-9daf-ab353430dbc1";
pub const NET: &str = "3b75c981-f1d5-4b83-8135-8194a3808ff2";
pub const NET2: &str = "4b75c981-f1d5-4b83-8135-8194a3808ff2";
pub const APP: &str = "6f47a423-e41c-48db-8339-acc3e1f7dad5";
pub const APP2: &str = "7f47a423-e41c-48db-8339-acc3e1f7dad5";
pub const APP3: &str = "8f47a423-e41c-48db-8339-acc3e1f7dad5";

/// A device with zedrouter.
pub struct Bench {
    pub test: TestNode<Zedrouter>,
    network: Arc<Mutex<Network>>,
    filters: Arc<Mutex<Filters>>,
    servers: Arc<Mutex<Servers>>,
    disk: Arc<Mutex<Disk>>,
    /// Addresses of the ports.
    pub addresses: Vec<Ipv4Addr>,
    serial: u64,
    lives: i64,
}

/// A device without zedrouter.
struct Device {
    network: Arc<Mutex<Network>>,
    filters: Arc<Mutex<Filters>>,
    servers: Arc<Mutex<Servers>>,
    disk: Arc<Mutex<Disk>>,
    /// How often it was started before.
    lives: i64,
}

/// How much fits on its disk, in bytes.
const DISK: u64 = 1 << 30;

pub fn uuid(key: &str) -> Uuid {
    key.parse().expect("a UUID")
}

/// A local network instance 10.1.0.0/24 on the ports for management, as zedagent completes it.
pub fn local(key: &str) -> NetworkInstanceConfig {
    NetworkInstanceConfig {
        uuid_and_version: UuidAndVersion { uuid: uuid(key), version: "1".into(), ..Default::default() },
        display_name: format!("network {}", &key[..2]),
        instance_type: NetworkInstanceType::Local,
        activate: true,
        port_label: "uplink".into(),
        ip_type: AddressType::Ipv4,
        subnet: "10.1.0.0/24".parse().ok(),
        gateway: [10, 1, 0, 1].into(),
        dhcp_range: IpRange { start: [10, 1, 0, 128].into(), end: [10, 1, 0, 254].into() },
        enable_flowlog: true,
        ..NetworkInstanceConfig::default()
    }
}

/// An application with one interface.
pub fn app(key: &str, aces: &[Ace]) -> AppNetworkConfig {
    AppNetworkConfig {
        uuid_and_version: UuidAndVersion { uuid: uuid(key), version: "1".into(), ..Default::default() },
        display_name: format!("app{}", &key[..2]),
        activate: true,
        app_net_adapter_list: [adapter(NET, aces)].into(),
        ..AppNetworkConfig::default()
    }
}

pub fn adapter(network: &str, aces: &[Ace]) -> AppNetAdapterConfig {
    AppNetAdapterConfig {
        name: "eth0".into(),
        network: uuid(network),
        acls: aces.iter().cloned().collect(),
        ..AppNetAdapterConfig::default()
    }
}

/// An access rule: kinds and values to match, and what to do.
pub fn ace(rule_id: i32, matches: &[(&str, &str)], action: Option<AceAction>) -> Ace {
    let one = |(kind, value): &(&str, &str)| AceMatch {
        match_type: (*kind).into(),
        value: (*value).into(),
        ..AceMatch::default()
    };
    let matches = matches.iter().map(one).collect();
    Ace { matches, actions: action.into_iter().collect(), rule_id, ..Ace::default() }
}

/// Lets everything pass.
pub fn allow_all() -> Ace {
    ace(1, &[("ip", "0.0.0.0/0")], None)
}

/// Passes a port of the device on.
pub fn port_map(rule_id: i32, protocol: &str, port: u16, target: u16) -> Ace {
    let action = AceAction { port_map: true, target_port: target.into(), ..AceAction::default() };
    ace(rule_id, &[("protocol", protocol), ("lport", &port.to_string())], Some(action))
}

/// A port for management with an address.
pub fn port(name: &str, address: [u8; 4], subnet: &str) -> NetworkPortStatus {
    let [a, b, c, _] = address;
    NetworkPortStatus {
        if_name: name.into(),
        logicallabel: name.into(),
        shared_labels: ["all".to_owned(), "uplink".to_owned()].into(),
        is_mgmt: true,
        is_l3_port: true,
        up: true,
        mtu: 1500,
        dhcp: DhcpType::Client,
        ipv4_subnet: subnet.parse().ok(),
        addr_info_list: [AddrInfo { addr: address.into(), ..AddrInfo::default() }].into(),
        default_routers: [[a, b, c, 254].into()].into(),
        dns_servers: [[a, b, c, 253].into()].into(),
        ..NetworkPortStatus::default()
    }
}

pub fn eth0() -> NetworkPortStatus {
    port("eth0", [192, 168, 1, 10], "192.168.1.0/24")
}

impl Bench {
    /// A device that is onboarded and has one port.
    pub fn new() -> Self {
        let mut bench = Self::booted();
        bench.settings(&[]);
        bench.onboard();
        bench.ports([eth0()]);
        bench
    }

    /// A device on which nothing has been said yet.
    pub fn booted() -> Self {
        let mut disk = Disk::new(DISK);
        disk.mount(Path::new("/run"), true, DISK).expect("nothing is there");
        let disk = Arc::new(Mutex::new(disk));
        Self::on(Device {
            network: Arc::default(),
            filters: Arc::default(),
            servers: Arc::default(),
            disk,
            lives: 0,
        })
    }

    fn on(device: Device) -> Self {
        let Device { network, filters, servers, disk, lives } = device;
        let gate: Arc<dyn Gate> = Arc::new(Open);
        let storage = Files::new(SimFs::new(disk.clone(), gate.clone(), Arc::new(Unsupported)));
        let layout = Layout::default();
        let loaded = files::read(&storage, &Scope::unbounded(), &layout, &[ZEDROUTER]).expect("a disk");
        let hal = Hal {
            storage: Arc::new(storage),
            links: Arc::new(SimLinks::new(network.clone(), gate.clone())),
            packet_filter: Arc::new(SimPacketFilter::new(filters.clone(), gate.clone())),
            address_server: Arc::new(SimAddressServer::new(servers.clone(), gate)),
            ..Hal::default()
        };
        let quick = Quick { crypto: Arc::new(RingCrypto), ..Quick::default() };
        let config = NodeConfig { quick, files: Some(layout), ..NodeConfig::default() };
        let mut test = TestNode::load(hal, config, loaded, Zedrouter::default);
        // Each life begins a day later.
        test.jump_wall(lives * 86_400_000_000_000);
        Bench { test, network, filters, servers, disk, addresses: Vec::new(), serial: 0, lives }
    }

    /// zedrouter ends and starts again; the kernel, the hypervisor and its guests go on.
    pub fn restart(self) -> Self {
        let Bench { network, filters, servers, disk, lives, .. } = self;
        Self::on(Device { network, filters, servers, disk, lives: lives + 1 })
    }

    /// The power goes, and the device is switched on again.
    pub fn reboot(self) -> Self {
        self.net().power_cut();
        self.filters().power_cut();
        self.servers().power_cut();
        self.disk.lock().expect("no test panics here").power_cut(&mut Rng::new(1));
        self.restart()
    }

    pub fn onboard(&mut self) {
        let status = OnboardingStatus { device_uuid: uuid(NODE), ..OnboardingStatus::default() };
        self.test.put(ZEDCLIENT, "global", status).expect("there is room");
    }

    pub fn settings(&mut self, bools: &[(&str, bool)]) {
        let mut map = ConfigItemValueMap::default();
        for (key, bool_value) in bools {
            let key = (*key).to_owned();
            let item_type = ConfigItemType::Bool;
            let value = ConfigItemValue {
                key: key.clone(),
                item_type,
                bool_value: *bool_value,
                ..Default::default()
            };
            map.global_settings.insert(key, value);
        }
        self.test.put(ZEDAGENT, ConfigItemValueMap::KEY, map).expect("there is room");
    }

    pub fn ports<const N: usize>(&mut self, ports: [NetworkPortStatus; N]) {
        let all = ports.iter().flat_map(NetworkPortStatus::usable_addrs);
        self.addresses = all.filter_map(|address| address.to_string().parse().ok()).collect();
        let status =
            DeviceNetworkStatus { version: 1, ports: ports.into(), ..DeviceNetworkStatus::default() };
        self.test.put(NIM, DeviceNetworkStatus::KEY, status).expect("there is room");
    }

    /// Lets what was written down get on the disk.
    pub fn settle(&mut self) {
        self.test.pass(Duration::from_secs(1));
    }

    pub fn network(&mut self, config: NetworkInstanceConfig) {
        let key = config.uuid_and_version.uuid.to_string();
        self.test.put(ZEDAGENT, &key, config).expect("there is room");
        self.settle();
    }

    pub fn app(&mut self, config: AppNetworkConfig) {
        let key = config.uuid_and_version.uuid.to_string();
        self.test.put(ZEDMANAGER, &key, config).expect("there is room");
        self.settle();
    }

    pub fn remove_network(&mut self, key: &str) {
        self.test.remove::<NetworkInstanceConfig>(ZEDAGENT, key).expect("it was there");
    }

    pub fn remove_app(&mut self, key: &str) {
        self.test.remove::<AppNetworkConfig>(ZEDMANAGER, key).expect("it was there");
    }

    /// What zedrouter says of a network instance.
    pub fn status(&self, key: &str) -> Arc<NetworkInstanceStatus> {
        self.test.get(key).expect("it has a status")
    }

    /// What zedrouter says of an application.
    pub fn app_status(&self, key: &str) -> Arc<AppNetworkStatus> {
        self.test.get(key).expect("it has a status")
    }

    pub fn error(&self, key: &str) -> String {
        self.app_status(key).error.description.error.clone()
    }

    /// An application's address, and the MAC address of its interface.
    pub fn address(&self, key: &str) -> (Ipv4Addr, [u8; 6]) {
        let status = self.app_status(key);
        let adapter = status.app_net_adapter_list.first().expect("it has an interface");
        let address = adapter.assigned_addresses.ipv4_addrs.first().expect("it has an address").address;
        let address = address.to_string().parse().expect("of IPv4");
        (address, (*adapter.vif.config.mac).try_into().expect("six bytes"))
    }

    pub fn vif(&self, key: &str) -> String {
        self.app_status(key).app_net_adapter_list.first().expect("it has an interface").vif.config.vif.clone()
    }

    /// The hypervisor starts a guest: its interface appears.
    pub fn plug_in(&mut self, vif: &str) {
        self.links().add(&Scope::unbounded(), vif, &NewLink::Tap).expect("there is room");
        self.net().hold_tap(vif, true);
        self.notice(vif);
    }

    /// The hypervisor ends a guest: its interface is gone.
    pub fn unplug(&mut self, vif: &str) {
        self.net().hold_tap(vif, false);
        self.links().remove(&Scope::unbounded(), vif).expect("it was there");
        self.notice(vif);
    }

    /// The kernel says that a link has changed.
    pub fn notice(&mut self, link: &str) {
        self.serial += 1;
        let notice = LinkNotice { serial: self.serial };
        self.test.put(HAL, link, notice).expect("there is room");
    }

    pub fn links(&self) -> SimLinks {
        SimLinks::new(self.network.clone(), Arc::new(Open))
    }

    pub fn tables(&self) -> Vec<String> {
        let filter = SimPacketFilter::new(self.filters.clone(), Arc::new(Open));
        filter.tables(&Scope::unbounded()).expect("there is one")
    }

    pub fn net(&self) -> MutexGuard<'_, Network> {
        self.network.lock().expect("no test panics here")
    }

    pub fn filters(&self) -> MutexGuard<'_, Filters> {
        self.filters.lock().expect("no test panics here")
    }

    pub fn servers(&self) -> MutexGuard<'_, Servers> {
        self.servers.lock().expect("no test panics here")
    }
}
