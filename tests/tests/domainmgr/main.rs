//! domainmgr alone, with a hypervisor in the test's hand.

mod guests;

use std::sync::Arc;
use std::time::Duration;

use pillar_core::agents::domainmgr::DomainMgr;
use pillar_core::agents::{DOMAINMGR, ZEDAGENT, ZEDMANAGER};
use pillar_core::hal::source::HAL;
use pillar_core::hal::{DomainNotice, DomainState, Hal};
use pillar_core::node::{NodeConfig, TestNode};
use pillar_types::adapters::{AssignableAdapters, IoAdapter};
use pillar_types::config_item::{ConfigItemType, ConfigItemValue, ConfigItemValueMap};
use pillar_types::disk::{DiskConfig, ImageFormat};
use pillar_types::domain::{DomainConfig, DomainStatus};
use pillar_types::errors::ErrorSeverity;
use pillar_types::host::DomainMetric;
use pillar_types::identity::UuidAndVersion;
use pillar_types::state::SwState;
use pillar_types::vif::VifConfig;
use pillar_types::vm::{VmConfig, VmMode};

use guests::Guests;

const APP: &str = "6f47a423-e41c-48db-8339-acc3e1f7dad5";
const NAME: &str = "6f47a423-e41c-48db-8339-acc3e1f7dad5.1.7";
const MINUTE: Duration = Duration::from_mins(1);

/// A device with domainmgr.
struct Bench {
    guests: Guests,
    test: TestNode<DomainMgr>,
    notices: u64,
}

impl Bench {
    fn new() -> Self {
        Self::with(Guests::default())
    }

    fn with(guests: Guests) -> Self {
        let hal = Hal { hypervisor: Arc::new(guests.clone()), ..Hal::default() };
        let test = TestNode::start_on(hal, NodeConfig::default(), DomainMgr::default);
        Bench { guests, test, notices: 0 }
    }

    fn configure(&mut self, config: DomainConfig) {
        self.test.put(ZEDMANAGER, APP, config).expect("there is room");
    }

    fn status(&self) -> Arc<DomainStatus> {
        self.test.get(APP).expect("it has a status")
    }

    /// Something happens to the domain, and domainmgr is told.
    fn happens(&mut self, to: Option<DomainState>) {
        match to {
            Some(state) => self.guests.turn(NAME, state),
            None => self.guests.with(|state| drop(state.domains.remove(NAME))),
        }
        self.notices += 1;
        self.test.put(HAL, NAME, DomainNotice { serial: self.notices }).expect("there is room");
    }

    fn running() -> Self {
        let mut bench = Self::new();
        bench.configure(config(true));
        assert_eq!(bench.status().state, SwState::Running);
        bench.guests.calls();
        bench
    }
}

fn config(activate: bool) -> DomainConfig {
    let disk = DiskConfig {
        file_location: "/persist/vault/volumes/a#0.qcow2".into(),
        format: ImageFormat::Qcow2,
        ..DiskConfig::default()
    };
    let vif = VifConfig {
        bridge: "bn1".into(),
        vif: "nbu1x7".into(),
        mac: [2, 22, 62, 0, 0, 7].into(),
        ..VifConfig::default()
    };
    DomainConfig {
        uuid_and_version: UuidAndVersion {
            uuid: APP.parse().expect("a UUID"),
            version: "1".into(),
            ..Default::default()
        },
        display_name: "app".into(),
        activate,
        app_num: 7,
        vm: VmConfig { memory: 262_144, vcpus: 1, virtualization_mode: VmMode::Hvm, ..VmConfig::default() },
        disk_config_list: vec![disk].into(),
        vif_list: vec![vif].into(),
        ..DomainConfig::default()
    }
}

/// Settings with a shorter interval.
fn retry_after(seconds: u32) -> ConfigItemValueMap {
    let key = "timer.boot.retry".to_owned();
    let item_type = ConfigItemType::Int;
    let value =
        ConfigItemValue { key: key.clone(), item_type, int_value: seconds, ..ConfigItemValue::default() };
    let mut map = ConfigItemValueMap::default();
    map.global_settings.insert(key, value);
    map
}

fn error(status: &DomainStatus) -> &str {
    &status.error.description.error
}

#[test]
fn what_is_to_run_is_made_with_its_disks_and_interfaces() {
    let mut bench = Bench::new();
    bench.configure(config(false));
    assert_eq!((bench.status().state, bench.status().domain_id), (SwState::Installed, 0));
    assert!(bench.guests.calls().is_empty());

    bench.configure(config(true));

    assert_eq!(
        bench.guests.calls(),
        [format!("destroy {NAME}"), format!("create {NAME}"), format!("start {NAME}")]
    );
    let status = bench.status();
    assert_eq!((status.state, status.activated, status.domain_id), (SwState::Running, true, 1));
    assert_eq!((&*status.domain_name, status.tried_count), (NAME, 1));
    assert_eq!(status.disk_status_list[0].vdev, "xvda");
    assert!(!status.boot_time.is_zero());
    let domain = bench.guests.with(|state| state.domains[NAME].0.clone());
    assert_eq!((domain.memory, domain.vcpus), (256 << 20, 1));
    assert_eq!((&*domain.nics[0].tap, domain.nics[0].mac), ("nbu1x7", [2, 22, 62, 0, 0, 7]));
    assert!(bench.test.get::<AssignableAdapters>(AssignableAdapters::KEY).expect("published").initialized);
}

#[test]
fn a_guest_that_listens_is_halted_without_force() {
    let mut bench = Bench::running();

    bench.configure(config(false));
    assert_eq!(bench.status().state, SwState::Halting);
    assert_eq!(bench.guests.calls(), [format!("shut_down {NAME}")]);
    bench.happens(Some(DomainState::ShutDown));

    assert_eq!(bench.guests.calls(), [format!("destroy {NAME}")]);
    let status = bench.status();
    assert_eq!((status.state, status.activated, status.domain_id), (SwState::Halted, false, 0));
    assert_eq!(error(&status), "");
    bench.configure(config(true));
    assert_eq!(bench.status().state, SwState::Running);
}

#[test]
fn a_guest_that_does_not_listen_is_asked_twice_and_then_ended() {
    let mut bench = Bench::running();
    bench.configure(config(false));

    bench.test.pass(Duration::from_secs(59));
    assert_eq!(bench.guests.calls(), [format!("shut_down {NAME}")]);
    bench.test.pass(Duration::from_secs(2));
    assert_eq!(bench.guests.calls(), [format!("shut_down {NAME}")]);
    bench.test.pass(MINUTE * 10 + Duration::from_secs(2));

    assert_eq!(bench.guests.calls(), [format!("destroy {NAME}")]);
    assert_eq!(bench.status().state, SwState::Halted);
}

#[test]
fn what_is_no_longer_configured_is_ended_and_forgotten() {
    let mut bench = Bench::running();

    bench.test.remove::<DomainConfig>(ZEDMANAGER, APP).expect("it was there");
    bench.happens(Some(DomainState::ShutDown));

    assert_eq!(bench.guests.calls(), [format!("shut_down {NAME}"), format!("destroy {NAME}")]);
    assert!(bench.test.get::<DomainStatus>(APP).is_none());
}

#[test]
fn ac05_25_a_guest_that_switches_itself_off_is_booted_again_after_ten_minutes() {
    let mut bench = Bench::running();

    bench.happens(Some(DomainState::ShutDown));

    let status = bench.status();
    assert_eq!((status.state, status.domain_id, status.boot_failed), (SwState::Halted, 0, true));
    assert!(error(&status).contains("will retry in 10m0s"), "{}", error(&status));
    assert_eq!(status.error.description.error_severity, ErrorSeverity::Warning);
    bench.test.pass(Duration::from_secs(599));
    assert_eq!(bench.status().state, SwState::Halted);
    bench.test.pass(Duration::from_secs(3));
    let status = bench.status();
    assert_eq!((status.state, error(&status)), (SwState::Running, ""));
}

#[test]
fn a_hypervisor_that_is_killed_leaves_a_broken_domain_until_it_is_restarted() {
    let mut bench = Bench::running();

    bench.happens(None);

    let status = bench.status();
    assert_eq!((status.state, status.domain_id, status.activated), (SwState::Broken, 0, false));
    assert!(error(&status).contains("killed"), "{}", error(&status));
    assert_eq!(status.error.description.error_severity, ErrorSeverity::Error);
    bench.test.pass(MINUTE * 60);
    assert_eq!(bench.status().state, SwState::Broken, "there is no retry");
    bench.configure(config(false));
    assert_eq!((bench.status().state, error(&bench.status())), (SwState::Halted, ""));
    bench.configure(config(true));
    assert_eq!(bench.status().state, SwState::Running);
}

#[test]
fn another_restart_counter_restarts_what_runs_and_what_broke() {
    let mut bench = Bench::running();
    let again = |counter| DomainConfig { restart_counter: counter, ..config(true) };

    bench.configure(again(1));
    assert_eq!(bench.status().state, SwState::Halting);
    bench.happens(Some(DomainState::ShutDown));
    let status = bench.status();
    assert_eq!((status.state, status.restart_counter, status.domain_id), (SwState::Running, 1, 2));

    bench.happens(Some(DomainState::Failed("internal-error")));
    assert_eq!(bench.status().state, SwState::Broken);
    bench.configure(again(2));
    assert_eq!((bench.status().state, bench.status().restart_counter), (SwState::Running, 2));
}

#[test]
fn a_guest_that_crashes_is_broken() {
    let mut bench = Bench::running();

    bench.happens(Some(DomainState::Failed("internal-error")));

    assert_eq!(bench.status().state, SwState::Broken);
    assert!(error(&bench.status()).contains("internal-error"));
    assert_eq!(bench.guests.calls(), [format!("destroy {NAME}")]);
}

#[test]
fn ac05_28_a_domain_that_cannot_be_made_is_tried_again_after_the_interval() {
    let mut bench = Bench::new();
    bench.test.put(ZEDAGENT, ConfigItemValueMap::KEY, retry_after(10)).expect("there is room");
    bench.guests.with(|state| state.fail_creates = 4);

    bench.configure(config(true));

    let creates = |calls: Vec<String>| calls.iter().filter(|call| call.starts_with("create")).count();
    assert_eq!(creates(bench.guests.calls()), 3);
    let status = bench.status();
    assert_eq!((status.boot_failed, status.domain_id), (true, 0));
    assert!(error(&status).contains("no such disk") && error(&status).contains("will retry in 10s"));
    bench.test.pass(Duration::from_secs(12));
    assert_eq!(creates(bench.guests.calls()), 2, "one attempt, whose second try succeeds");
    assert_eq!(bench.status().state, SwState::Running);
}

#[test]
fn ac05_50_a_hypervisor_that_does_not_answer_changes_nothing() {
    let mut bench = Bench::running();
    bench.guests.with(|state| state.mute = true);

    bench.notices += 1;
    bench.test.put(HAL, NAME, DomainNotice { serial: 1 }).expect("there is room");
    bench.test.pass(MINUTE * 10);

    let status = bench.status();
    assert_eq!((status.state, status.activated, status.domain_id), (SwState::Running, true, 1));
    assert!(bench.guests.calls().is_empty());
}

#[test]
fn what_the_device_cannot_do_is_refused_in_words() {
    type Spoil = fn(&mut DomainConfig);
    let cases: [(Spoil, &str); 5] = [
        (|config| config.vm.memory = 0, "Invalid Memory Size - 0"),
        (|config| config.vm.vcpus = 0, "Invalid Cpu count - 0"),
        (|config| config.vm.virtualization_mode = VmMode::NoHyper, "containers are not supported"),
        (|config| config.io_adapter_list = vec![IoAdapter::default()].into(), "devices of the host"),
        (|config| config.cloud_init_user_data = Some(String::from("eA==").into()), "user data"),
    ];
    for (spoil, expected) in cases {
        let mut bench = Bench::new();
        let mut config = config(true);
        spoil(&mut config);
        bench.configure(config);

        let status = bench.status();
        assert!(status.config_failed && error(&status).contains(expected), "{}", error(&status));
        assert!(bench.guests.calls().is_empty());
    }
}

#[test]
fn domains_that_were_there_before_are_taken_over_and_strangers_ended() {
    let mut bench = Bench::running();
    let before = bench.status();
    bench.guests.with(|state| {
        let stranger = state.domains[NAME].clone();
        state.domains.insert("stranger".into(), stranger);
    });

    assert!(bench.test.node.kill(DOMAINMGR));
    bench.test.pass(MINUTE);

    assert_eq!(bench.guests.calls(), ["destroy stranger"]);
    assert_eq!(bench.status(), before);
    bench.happens(Some(DomainState::ShutDown));
    assert_eq!(bench.status().state, SwState::Halted);
}

#[test]
fn a_domain_that_ended_while_nobody_looked_is_booted_again() {
    let mut bench = Bench::running();

    bench.guests.with(|state| state.domains.clear());
    assert!(bench.test.node.kill(DOMAINMGR));
    bench.test.pass(MINUTE);

    let status = bench.status();
    assert_eq!((status.state, status.domain_id), (SwState::Running, 2));
}

#[test]
fn what_a_domain_uses_is_published_while_it_is_there() {
    let mut bench = Bench::running();

    bench.test.pass(Duration::from_secs(20));

    let metric: Arc<DomainMetric> = bench.test.get(APP).expect("published");
    assert_eq!((metric.allocated_mb, metric.used_memory, metric.max_used_memory), (256, 100, 120));
    assert_eq!((metric.cpu_total_ns, metric.available_memory), (3_000_000_000, 156));
    bench.happens(None);
    bench.test.pass(Duration::from_secs(20));
    assert!(bench.test.get::<DomainMetric>(APP).is_none());
}
