//! A simulated device with downloader, verifier and volumemgr, a network and a datastore; the test speaks for zedagent,
//! zedmanager, nim, vaultmgr and client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pillar_core::agents::downloader::Downloader;
use pillar_core::agents::verifier::Verifier;
use pillar_core::agents::volumemgr::VolumeMgr;
use pillar_core::agents::{DOWNLOADER, NIM, VAULTMGR, VERIFIER, VOLUMEMGR, ZEDAGENT, ZEDCLIENT, ZEDMANAGER};
use pillar_core::bus::files::{self, Layout};
use pillar_core::content_places::hex;
use pillar_core::hal::{Clock, Crypto, Hal, NoRandom, Quick, Random, Scope};
use pillar_core::node::{AgentName, Node, NodeConfig, Rng};
use pillar_core::time::{Mono, Now, Wall};
use pillar_hal::files::Files;
use pillar_hal::sim::certificates::{SimCertificate, SimCrypto};
use pillar_hal::sim::datastore::{Datastore, ROOT};
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::images::SimImages;
use pillar_hal::sim::internet::{Internet, SimHttp};
use pillar_hal::transfer::Transfers;
use pillar_types::Uuid;
use pillar_types::config_item::{ConfigItemType, ConfigItemValue, ConfigItemValueMap};
use pillar_types::content::{BlobStatus, ContentTreeConfig, ContentTreeStatus};
use pillar_types::device::OnboardingStatus;
use pillar_types::device_network::{AddrInfo, DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::disk::ImageFormat;
use pillar_types::download::{DatastoreConfig, DatastoreType, DownloaderStatus};
use pillar_types::node::{ConfigGetStatus, ZedAgentStatus};
use pillar_types::state::SwState;
use pillar_types::topic::Topic;
use pillar_types::vault::{DataSecAtRestStatus, VaultStatus};
use pillar_types::verifier::VerifyImageStatus;
use pillar_types::volume::{VolumeConfig, VolumeContentOriginType, VolumeStatus};
use pillar_types::volume_ref::{VolumeRefConfig, VolumeRefStatus};

pub const STORE: Uuid = Uuid([1; 16]);
pub const OTHER_STORE: Uuid = Uuid([2; 16]);
pub const TREE: Uuid = Uuid([3; 16]);
pub const VOLUME: Uuid = Uuid([4; 16]);
pub const APP: Uuid = Uuid([5; 16]);

pub const MIB: u64 = 1 << 20;

/// The most events between two rests.
const MAX_EVENTS: u32 = 1_000_000;

/// A clock that moves when somebody sleeps.
struct BenchClock(Mutex<Now>);

impl Clock for BenchClock {
    fn now(&self) -> Now {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, scope: &Scope, time: Duration) -> bool {
        if !scope.cancelled() {
            self.jump(time);
        }
        !scope.cancelled()
    }
}

impl BenchClock {
    fn jump(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = Now { mono: now.mono + time, wall: now.wall + time };
    }
}

struct BenchRandom(Mutex<Rng>);

impl Random for BenchRandom {
    fn fill(&self, buf: &mut [u8]) -> Result<(), NoRandom> {
        let mut rng = self.0.lock().unwrap();
        buf.fill_with(|| rng.next_u64() as u8);
        Ok(())
    }
}

/// What is wanted of the device: told again after every boot.
#[derive(Default)]
pub struct Wanted {
    pub settings: BTreeMap<&'static str, u32>,
    pub switches: BTreeMap<&'static str, bool>,
    pub maintenance: bool,
    pub ports: Vec<NetworkPortStatus>,
    pub datastores: BTreeMap<String, DatastoreConfig>,
    pub trees: BTreeMap<String, ContentTreeConfig>,
    pub volumes: BTreeMap<String, VolumeConfig>,
    pub refs: BTreeMap<String, VolumeRefConfig>,
}

/// The device.
pub struct Bench {
    pub node: Node,
    pub datastore: Datastore,
    pub wanted: Wanted,
    /// The states that the first image was seen in.
    pub states: Vec<SwState>,
    hal: Hal,
    disk: Arc<Mutex<Disk>>,
    internet: Arc<Mutex<Internet>>,
    clock: Arc<BenchClock>,
}

impl Bench {
    /// A device with a network and a datastore, that has booted.
    pub fn new() -> Self {
        let mut bench = Self::off();
        bench.boot();
        bench
    }

    /// The same, before it boots.
    pub fn off() -> Self {
        let mut disk = Disk::new(64 << 20);
        disk.mount(Path::new("/run"), true, 64 << 20).unwrap();
        disk.mount(Path::new("/persist"), false, 8 << 30).unwrap();
        let clock = Arc::new(BenchClock(Mutex::new(Now {
            mono: Mono(1_000_000_000),
            wall: Wall(1_704_067_200_000_000_000),
        })));
        let datastore = Datastore::default();
        let mut internet = Internet::default();
        internet.believe(SimCertificate::root(ROOT));
        datastore.serve(&mut internet, "store.example:443");
        datastore.serve(&mut internet, "store.example:80");
        let mut wanted = Wanted { ports: vec![port("eth0", 0)], ..Wanted::default() };
        wanted.datastores.insert(STORE.to_string(), https(STORE, "store.example"));
        Bench {
            node: Node::new(NodeConfig::default()),
            datastore,
            wanted,
            states: Vec::new(),
            hal: Hal::default(),
            disk: Arc::new(Mutex::new(disk)),
            internet: Arc::new(Mutex::new(internet)),
            clock,
        }
    }

    /// The device boots: nothing of an earlier life is left but what is on the disk.
    pub fn boot(&mut self) {
        let fs = || SimFs::new(self.disk.clone(), Arc::new(Open), self.clock.clone());
        let files = Arc::new(Files::new(fs()));
        let http = SimHttp::new(self.internet.clone(), Arc::new(Open), self.clock.clone());
        let crypto = Arc::new(SimCrypto);
        self.hal = Hal {
            storage: files.clone(),
            content: files.clone(),
            transfer: Arc::new(Transfers::new(http, files, self.clock.clone())),
            images: Arc::new(SimImages::new(self.disk.clone(), Arc::new(Open))),
            random: Arc::new(BenchRandom(Mutex::new(Rng::new(7)))),
            crypto: crypto.clone(),
            clock: self.clock.clone(),
            ..Hal::default()
        };
        let layout = Layout { run: "/run".into(), persist: "/persist".into() };
        let quick = Quick { crypto, ..Quick::default() };
        let config = NodeConfig { quick, files: Some(layout.clone()), ..NodeConfig::default() };
        self.node = Node::new(config);
        let agents = [DOWNLOADER, VERIFIER, VOLUMEMGR];
        let loaded = files::read(&*self.hal.storage, &Scope::unbounded(), &layout, &agents).unwrap();
        self.node.preload(loaded);
        self.node.add(Downloader::default);
        self.node.add(Verifier::default);
        self.node.add(VolumeMgr::default);
        self.tell_all();
    }

    /// Says again all that others say.
    fn tell_all(&mut self) {
        let onboarded = OnboardingStatus { device_uuid: Uuid([9; 16]), ..OnboardingStatus::default() };
        self.tell(ZEDCLIENT, OnboardingStatus::KEY, onboarded);
        let vault = VaultStatus {
            name: VaultStatus::APPLICATION_DATA.into(),
            status: DataSecAtRestStatus::Disabled,
            conversion_complete: true,
            ..VaultStatus::default()
        };
        self.tell(VAULTMGR, VaultStatus::APPLICATION_DATA, vault);
        let zedagent = ZedAgentStatus {
            config_get_status: ConfigGetStatus::Success,
            maintenance_mode: self.wanted.maintenance,
            ..ZedAgentStatus::default()
        };
        self.tell(ZEDAGENT, "zedagent", zedagent);
        self.tell_settings();
        self.tell_network();
        for (key, value) in self.wanted.datastores.clone() {
            self.tell(ZEDAGENT, &key, value);
        }
        for (key, value) in self.wanted.trees.clone() {
            self.tell(ZEDAGENT, &key, value);
        }
        for (key, value) in self.wanted.volumes.clone() {
            self.tell(ZEDAGENT, &key, value);
        }
        for (key, value) in self.wanted.refs.clone() {
            self.tell(ZEDMANAGER, &key, value);
        }
        self.node.synced::<ContentTreeConfig>(ZEDAGENT).unwrap();
        self.node.set_restarted::<ContentTreeConfig>(ZEDAGENT, 1).unwrap();
        self.node.set_restarted::<VolumeConfig>(ZEDAGENT, 1).unwrap();
        self.node.synced::<VolumeRefConfig>(ZEDMANAGER).unwrap();
        self.run();
    }

    fn tell<T: Topic>(&mut self, from: AgentName, key: &str, value: T) {
        self.node.put(from, key, Some(Arc::new(value))).unwrap();
    }

    pub fn tell_network(&mut self) {
        let ports = self.wanted.ports.clone().into();
        let network = DeviceNetworkStatus { version: 1, ports, ..DeviceNetworkStatus::default() };
        self.tell(NIM, DeviceNetworkStatus::KEY, network);
    }

    fn tell_settings(&mut self) {
        let mut map = ConfigItemValueMap::default();
        for (key, number) in &self.wanted.settings {
            let (key, item_type) = ((*key).to_owned(), ConfigItemType::Int);
            let value =
                ConfigItemValue { key: key.clone(), item_type, int_value: *number, ..Default::default() };
            map.global_settings.insert(key, value);
        }
        for (key, on) in &self.wanted.switches {
            let (key, item_type) = ((*key).to_owned(), ConfigItemType::Bool);
            let value =
                ConfigItemValue { key: key.clone(), item_type, bool_value: *on, ..Default::default() };
            map.global_settings.insert(key, value);
        }
        self.tell(ZEDAGENT, ConfigItemValueMap::KEY, map);
    }

    /// The power goes for a moment.
    pub fn power_cut(&mut self) {
        self.cut();
        self.boot();
    }

    /// The power goes and does not come back yet.
    pub fn cut(&mut self) {
        self.node = Node::new(NodeConfig::default());
        self.disk().power_cut(&mut Rng::new(3));
    }

    pub fn set(&mut self, key: &'static str, number: u32) {
        self.wanted.settings.insert(key, number);
        self.tell_settings();
        self.run();
    }

    pub fn switch(&mut self, key: &'static str, on: bool) {
        self.wanted.switches.insert(key, on);
        self.tell_settings();
        self.run();
    }

    pub fn add_datastore(&mut self, config: DatastoreConfig) {
        self.wanted.datastores.insert(config.key(), config.clone());
        self.tell(ZEDAGENT, &config.key(), config);
        self.run();
    }

    /// An object in the datastore, and the image that it is.
    pub fn image(&self, object: Vec<u8>) -> ContentTreeConfig {
        let tree = tree(TREE, &object);
        self.datastore.put(&format!("/{}", tree.relative_url), object);
        tree
    }

    pub fn add_tree(&mut self, config: ContentTreeConfig) {
        self.wanted.trees.insert(config.key(), config.clone());
        self.tell(ZEDAGENT, &config.key(), config);
        self.run();
    }

    pub fn remove_tree(&mut self, content: Uuid) {
        self.wanted.trees.remove(&content.to_string());
        self.node.put::<ContentTreeConfig>(ZEDAGENT, &content.to_string(), None).unwrap();
        self.run();
    }

    pub fn add_volume(&mut self, config: VolumeConfig) {
        self.wanted.volumes.insert(config.key(), config.clone());
        self.tell(ZEDAGENT, &config.key(), config);
        self.run();
    }

    pub fn remove_volume(&mut self, key: &str) {
        self.wanted.volumes.remove(key);
        self.node.put::<VolumeConfig>(ZEDAGENT, key, None).unwrap();
        self.run();
    }

    pub fn add_ref(&mut self, config: VolumeRefConfig) {
        self.wanted.refs.insert(config.key(), config.clone());
        self.tell(ZEDMANAGER, &config.key(), config);
        self.run();
    }

    pub fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap()
    }

    pub fn internet(&self) -> MutexGuard<'_, Internet> {
        self.internet.lock().unwrap()
    }

    pub fn now(&self) -> Now {
        self.clock.now()
    }

    /// Runs all that is ready, jobs included; those take the time that they sleep.
    pub fn run(&mut self) {
        self.run_while(|_| true);
    }

    /// The same, as long as this holds.
    pub fn run_while(&mut self, go_on: impl Fn(&Self) -> bool) {
        self.node.advance(self.clock.now());
        for _ in 0..MAX_EVENTS {
            if !go_on(self) {
                return;
            }
            if self.node.step() {
                self.look();
                continue;
            }
            let jobs = self.node.take_jobs();
            let now = self.clock.now();
            if jobs.is_empty() && self.node.next().is_none_or(|at| at > now.mono) {
                return;
            }
            self.node.advance(now);
            for job in jobs {
                let id = job.id();
                let out = job.run(&self.hal);
                self.node.job_done(id, out);
                self.node.advance(self.clock.now());
            }
        }
        panic!("it does not come to rest");
    }

    fn look(&mut self) {
        if let Some(state) = self.tree(TREE).map(|tree| tree.state)
            && self.states.last() != Some(&state)
        {
            self.states.push(state);
        }
    }

    /// Lets time pass, timer by timer.
    pub fn pass(&mut self, time: Duration) {
        let end = self.clock.now().mono + time;
        while let Some(at) = self.node.next().filter(|at| *at <= end) {
            let now = self.clock.now().mono;
            self.clock.jump(at.max(now).since(now));
            self.run();
        }
        let now = self.clock.now().mono;
        self.clock.jump(end.max(now).since(now));
        self.run();
    }

    pub fn tree(&self, content: Uuid) -> Option<Arc<ContentTreeStatus>> {
        self.node.get(VOLUMEMGR, &content.to_string())
    }

    pub fn tree_state(&self) -> Option<SwState> {
        self.tree(TREE).map(|tree| tree.state)
    }

    pub fn tree_error(&self) -> String {
        self.tree(TREE).map_or_else(String::new, |tree| tree.error.description.error.clone())
    }

    pub fn blob(&self, digest: &str) -> Option<Arc<BlobStatus>> {
        self.node.get(VOLUMEMGR, digest)
    }

    pub fn download(&self, digest: &str) -> Option<Arc<DownloaderStatus>> {
        self.node.get(DOWNLOADER, digest)
    }

    pub fn file_status(&self, digest: &str) -> Option<Arc<VerifyImageStatus>> {
        self.node.get(VERIFIER, digest)
    }

    pub fn volume(&self, key: &str) -> Option<Arc<VolumeStatus>> {
        self.node.get(VOLUMEMGR, key)
    }

    pub fn volume_ref(&self, config: &VolumeRefConfig) -> Option<Arc<VolumeRefStatus>> {
        self.node.get(VOLUMEMGR, &config.key())
    }

    /// Files below a directory.
    pub fn files(&self, dir: &str) -> Vec<PathBuf> {
        self.disk().files().into_iter().map(|(path, _)| path).filter(|path| path.starts_with(dir)).collect()
    }

    pub fn content(&self, path: &str) -> Option<Vec<u8>> {
        self.disk().get(Path::new(path)).map(<[u8]>::to_vec)
    }

    /// The requests for objects, and the ranges that they ask for.
    pub fn asked(&self) -> Vec<(String, Option<String>)> {
        let internet = self.internet();
        let range = |headers: &[(String, String)]| {
            headers.iter().find(|(name, _)| name == "Range").map(|(_, value)| value.clone())
        };
        internet.asked().map(|(_, request)| (request.url.clone(), range(&request.headers))).collect()
    }
}

/// Content that no two parts of are alike.
pub fn object(size: u64) -> Vec<u8> {
    let mut rng = Rng::new(size);
    (0..=size / 8).flat_map(|_| rng.next_u64().to_le_bytes()).take(size as usize).collect()
}

pub fn digest(object: &[u8]) -> String {
    hex(&SimCrypto.sha256(object))
}

pub fn tree(content_id: Uuid, object: &[u8]) -> ContentTreeConfig {
    ContentTreeConfig {
        content_id,
        datastore_id_list: vec![STORE].into(),
        relative_url: "disk.img".into(),
        format: ImageFormat::Raw,
        content_sha256: digest(object),
        max_download_size: object.len() as u64,
        display_name: "image".into(),
        is_local: true,
        ..ContentTreeConfig::default()
    }
}

/// A volume of an image that an application is to have, and that is wanted itself at once.
pub fn volume(max_vol_size: u64) -> VolumeConfig {
    VolumeConfig {
        volume_id: VOLUME,
        content_id: TREE,
        volume_content_origin_type: VolumeContentOriginType::Download,
        max_vol_size,
        encrypted: true,
        display_name: "disk".into(),
        has_no_app_references: true,
        ..VolumeConfig::default()
    }
}

pub fn blank(max_vol_size: u64) -> VolumeConfig {
    let volume_content_origin_type = VolumeContentOriginType::Blank;
    VolumeConfig { volume_content_origin_type, content_id: Uuid::NIL, ..volume(max_vol_size) }
}

pub fn reference(app_uuid: Uuid, verify_only: bool) -> VolumeRefConfig {
    VolumeRefConfig { volume_id: VOLUME, app_uuid, verify_only, ..VolumeRefConfig::default() }
}

pub fn https(uuid: Uuid, fqdn: &str) -> DatastoreConfig {
    DatastoreConfig { uuid, ds_type: DatastoreType::Https, fqdn: fqdn.into(), ..DatastoreConfig::default() }
}

/// A port for management with an address.
pub fn port(name: &str, cost: u8) -> NetworkPortStatus {
    let address = AddrInfo { addr: [10, 0, cost, 1].into(), ..AddrInfo::default() };
    NetworkPortStatus {
        if_name: name.into(),
        is_mgmt: true,
        is_l3_port: true,
        cost,
        addr_info_list: vec![address].into(),
        ..NetworkPortStatus::default()
    }
}
