//! zedmanager alone: the test speaks for zedagent, volumemgr, zedrouter and domainmgr.

use std::sync::Arc;

use pillar_core::agents::zedmanager::ZedManager;
use pillar_core::agents::{DOMAINMGR, VOLUMEMGR, ZEDAGENT, ZEDMANAGER, ZEDROUTER};
use pillar_core::bus::files::{self, Layout};
use pillar_core::hal::{Hal, Scope, Storage};
use pillar_core::node::{NodeConfig, TestNode};
use pillar_hal::linux::{LinuxFs, LinuxStorage};
use pillar_types::Uuid;
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::app_network::{AppNetAdapterConfig, AppNetworkConfig, AppNetworkStatus};
use pillar_types::app_status::AppInstanceStatus;
use pillar_types::codec::json;
use pillar_types::disk::ImageFormat;
use pillar_types::domain::{DomainConfig, DomainStatus};
use pillar_types::host::HostMemory;
use pillar_types::identity::UuidAndVersion;
use pillar_types::numbers::UuidToNum;
use pillar_types::state::SwState;
use pillar_types::vm::{VmConfig, VmMode};
use pillar_types::volume_ref::{VolumeRefConfig, VolumeRefStatus};

/// The application, and another one.
pub const APP: &str = "6f47a423-e41c-48db-8339-acc3e1f7dad5";
pub const OTHER: &str = "0bf93f4b-90e8-4a14-9ff4-b1e0d3a0f8b0";
pub const NETWORK: Uuid = Uuid([7; 16]);

pub const GIB_KIB: i64 = 1 << 20;

/// A device with zedmanager.
pub struct Bench {
    pub test: TestNode<ZedManager>,
}

/// An application with a volume and an interface, to run.
pub fn app(key: &str) -> AppInstanceConfig {
    let uuid: Uuid = key.parse().expect("a UUID");
    AppInstanceConfig {
        uuid_and_version: UuidAndVersion { uuid, version: "1".into(), ..Default::default() },
        display_name: format!("app {}", &key[..4]),
        activate: true,
        fixed_resources: VmConfig {
            memory: GIB_KIB,
            vcpus: 2,
            virtualization_mode: VmMode::Hvm,
            ..VmConfig::default()
        },
        volume_ref_config_list: vec![volume(uuid, 0)].into(),
        app_net_adapter_list: vec![AppNetAdapterConfig { network: NETWORK, ..Default::default() }].into(),
        ..AppInstanceConfig::default()
    }
}

/// A reference to a volume of an application.
pub fn volume(app_uuid: Uuid, generation_counter: i64) -> VolumeRefConfig {
    VolumeRefConfig {
        volume_id: Uuid([1; 16]),
        generation_counter,
        app_uuid,
        verify_only: true,
        ..Default::default()
    }
}

impl Bench {
    /// A device with 16 GiB.
    pub fn new() -> Self {
        let mut bench = Bench { test: TestNode::start(ZedManager::default) };
        bench.test.synced::<AppInstanceConfig>(ZEDAGENT).expect("there is room");
        bench.memory(16 << 10);
        bench
    }

    /// A device that remembers a counter from before it was switched off.
    pub fn with_stored(counter: &UuidToNum) -> Self {
        let file = format!("persist/status/zedmanager/UuidToNum/{}.json", counter.key());
        Self::with_files(&[(file, json::encode(counter))])
    }

    /// The next life of a zedmanager that ended without warning.
    pub fn after_crash(&self, key: &str) -> Self {
        let file = |topic: &str, key: &str| format!("run/zedmanager/{topic}/{key}.json");
        let mut files = vec![
            (file("AppInstanceStatus", key), json::encode(&*self.status(key))),
            (file("AppNetworkConfig", key), json::encode(&*self.network(key).expect("asked for"))),
            (file("DomainConfig", key), json::encode(&*self.domain(key).expect("asked for"))),
        ];
        let volumes = self.test.published::<VolumeRefConfig>();
        files.extend(
            volumes.iter().map(|(key, wanted)| (file("VolumeRefConfig", key), json::encode(&**wanted))),
        );
        Self::with_files(&files)
    }

    fn with_files(stored: &[(String, Vec<u8>)]) -> Self {
        let root = std::env::temp_dir().join(format!("pillar-zedmanager-{}", std::process::id()));
        let layout = Layout { run: root.join("run"), persist: root.join("persist") };
        let storage = LinuxStorage::new(LinuxFs);
        for (file, content) in stored {
            storage.replace(&Scope::unbounded(), &root.join(file), content).expect("a disk");
        }
        let loaded = files::read(&storage, &Scope::unbounded(), &layout, &[ZEDMANAGER]).expect("a disk");
        std::fs::remove_dir_all(&root).expect("ours");
        // Loaded tables need a place; nothing is written in this test.
        let config = NodeConfig { files: Some(layout), ..NodeConfig::default() };
        let mut test = TestNode::load(Hal::default(), config, loaded, ZedManager::default);
        test.run();
        let mut bench = Bench { test };
        bench.memory(16 << 10);
        bench
    }

    pub fn memory(&mut self, total_memory_mb: u64) {
        let memory = HostMemory { total_memory_mb, ..HostMemory::default() };
        self.test.put(DOMAINMGR, HostMemory::KEY, memory).expect("there is room");
    }

    pub fn configure(&mut self, config: AppInstanceConfig) {
        self.test.put(ZEDAGENT, &config.key(), config).expect("there is room");
    }

    pub fn remove(&mut self, key: &str) {
        self.test.remove::<AppInstanceConfig>(ZEDAGENT, key).expect("it was there");
    }

    pub fn status(&self, key: &str) -> Arc<AppInstanceStatus> {
        self.test.get(key).expect("it has a status")
    }

    pub fn error(&self, key: &str) -> String {
        self.status(key).error.description.error.clone()
    }

    /// The domain that is wanted.
    pub fn domain(&self, key: &str) -> Option<Arc<DomainConfig>> {
        self.test.get(key)
    }

    /// The network that is wanted.
    pub fn network(&self, key: &str) -> Option<Arc<AppNetworkConfig>> {
        self.test.get(key)
    }

    /// The keys of the volumes that are wanted.
    pub fn volumes(&self) -> Vec<String> {
        self.test.published::<VolumeRefConfig>().iter().map(|(key, _)| key.to_string()).collect()
    }

    /// volumemgr says how far the volumes of an application are that are asked for.
    pub fn volumes_are(&mut self, key: &str, state: SwState) {
        let app: Uuid = key.parse().expect("a UUID");
        for (key, wanted) in self.test.published::<VolumeRefConfig>() {
            if wanted.app_uuid != app {
                continue;
            }
            let status = VolumeRefStatus {
                volume_id: wanted.volume_id,
                generation_counter: wanted.generation_counter,
                app_uuid: wanted.app_uuid,
                state,
                content_format: ImageFormat::Qcow2,
                active_file_location: format!("/persist/vault/volumes/{}", wanted.volume_key()),
                ..VolumeRefStatus::default()
            };
            self.test.put(VOLUMEMGR, &key, status).expect("there is room");
        }
    }

    /// zedrouter does what is wanted of it.
    pub fn connect(&mut self, key: &str) {
        match self.network(key) {
            Some(config) => {
                let status = AppNetworkStatus {
                    uuid_and_version: config.uuid_and_version.clone(),
                    activated: config.activate,
                    app_num: 7,
                    ..AppNetworkStatus::default()
                };
                self.test.put(ZEDROUTER, key, status).expect("there is room");
            }
            None => self.test.remove::<AppNetworkStatus>(ZEDROUTER, key).expect("it was there"),
        }
    }

    /// domainmgr has done what is wanted of it.
    pub fn run(&mut self, key: &str) {
        match self.domain(key) {
            Some(config) => {
                let status = DomainStatus {
                    uuid_and_version: config.uuid_and_version.clone(),
                    domain_name: config.task_name(),
                    state: if config.activate { SwState::Running } else { SwState::Halted },
                    activated: config.activate,
                    domain_id: i64::from(config.activate),
                    restart_counter: config.restart_counter,
                    purge_counter: config.purge_counter,
                    boot_time: self.test.now().wall.into(),
                    ..DomainStatus::default()
                };
                self.test.put(DOMAINMGR, key, status).expect("there is room");
            }
            None => self.test.remove::<DomainStatus>(DOMAINMGR, key).expect("it was there"),
        }
    }

    /// An application that is configured and runs.
    pub fn running(config: AppInstanceConfig) -> Self {
        let mut bench = Self::new();
        bench.start(config);
        bench
    }

    /// Configures an application and brings it up.
    pub fn start(&mut self, config: AppInstanceConfig) {
        let key = config.key();
        self.configure(config);
        self.volumes_are(&key, SwState::Loaded);
        self.volumes_are(&key, SwState::CreatedVolume);
        self.connect(&key);
        self.run(&key);
        assert_eq!(self.status(&key).state, SwState::Running, "{}", self.error(&key));
    }
}
