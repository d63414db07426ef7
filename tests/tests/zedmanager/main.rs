//! zedmanager from configuration to running domain and back.

mod bench;
mod commands;

use std::time::Duration;

use pillar_core::agents::{VOLUMEMGR, ZEDAGENT, ZEDROUTER};
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::app_network::AppNetworkStatus;
use pillar_types::app_status::AppInstanceSummary;
use pillar_types::config_item::{ConfigItemType, ConfigItemValue, ConfigItemValueMap};
use pillar_types::errors::{ErrorDescription, ErrorSeverity};
use pillar_types::node::{ConfigGetStatus, ZedAgentStatus};
use pillar_types::state::SwState;
use pillar_types::volume_ref::VolumeRefStatus;

use bench::{APP, Bench, GIB_KIB, OTHER, app};

#[test]
fn ac05_01_an_application_without_memory_is_refused() {
    let mut bench = Bench::new();
    let mut config = app(APP);
    config.fixed_resources.memory = 0;

    bench.configure(config);

    assert_eq!(bench.error(APP), "Invalid Memory Size - 0");
    assert!(bench.volumes().is_empty());
}

#[test]
fn ac05_02_volumes_come_first_then_the_network_then_the_domain() {
    let mut bench = Bench::new();
    bench.configure(app(APP));
    assert_eq!((bench.volumes().len(), bench.network(APP), bench.domain(APP)), (1, None, None));
    assert_eq!(bench.status(APP).state, SwState::Initial);

    for state in [SwState::Downloading, SwState::Verifying, SwState::Loaded, SwState::CreatingVolume] {
        bench.volumes_are(APP, state);
        assert_eq!(bench.status(APP).state, state);
        assert_eq!((bench.network(APP), bench.domain(APP)), (None, None));
    }
    bench.volumes_are(APP, SwState::CreatedVolume);
    assert_eq!(bench.status(APP).state, SwState::Installed);
    assert!(bench.network(APP).expect("asked for").activate);
    assert_eq!(bench.domain(APP), None);

    bench.connect(APP);
    let domain = bench.domain(APP).expect("asked for");
    assert_eq!((domain.activate, domain.app_num, domain.disk_config_list.len()), (true, 7, 1));
    bench.run(APP);
    let status = bench.status(APP);
    assert_eq!((status.state, status.activated), (SwState::Running, true));
    let summary = bench.test.get::<AppInstanceSummary>(AppInstanceSummary::KEY).expect("published");
    assert_eq!((summary.total_running, summary.total_error), (1, 0));
}

#[test]
fn the_volume_is_made_only_when_its_content_is_there() {
    let mut bench = Bench::new();
    bench.configure(app(APP));
    let verify_only = |bench: &Bench| {
        let key = &bench.volumes()[0];
        bench.test.get::<pillar_types::volume_ref::VolumeRefConfig>(key).expect("asked for").verify_only
    };

    bench.volumes_are(APP, SwState::Verified);
    assert!(verify_only(&bench));
    bench.volumes_are(APP, SwState::Loaded);
    assert!(!verify_only(&bench));
}

#[test]
fn ac05_03_an_application_waits_for_its_network_instance() {
    let mut bench = Bench::new();
    bench.configure(app(APP));
    bench.volumes_are(APP, SwState::CreatedVolume);

    let waiting = AppNetworkStatus { await_network_instance: true, ..AppNetworkStatus::default() };
    bench.test.put(ZEDROUTER, APP, waiting).expect("there is room");

    assert_eq!((bench.status(APP).state, bench.domain(APP)), (SwState::AwaitNetworkInstance, None));
    bench.connect(APP);
    bench.run(APP);
    assert_eq!(bench.status(APP).state, SwState::Running);
}

fn zedagent(bench: &mut Bench, profile: &str) {
    let status = ZedAgentStatus {
        config_get_status: ConfigGetStatus::Success,
        current_profile: profile.into(),
        ..ZedAgentStatus::default()
    };
    bench.test.put(ZEDAGENT, ZedAgentStatus::KEY, status).expect("there is room");
}

#[test]
fn ac05_04_a_delay_counts_from_the_first_configuration() {
    let mut bench = Bench::new();
    let config = AppInstanceConfig { delay: pillar_types::Duration(30_000_000_000), ..app(APP) };
    bench.configure(config);
    bench.volumes_are(APP, SwState::CreatedVolume);
    bench.connect(APP);
    assert_eq!((bench.status(APP).state, bench.domain(APP)), (SwState::StartDelayed, None));

    zedagent(&mut bench, "");
    bench.test.pass(Duration::from_secs(29));
    assert_eq!((bench.status(APP).state, bench.domain(APP)), (SwState::StartDelayed, None));
    bench.test.pass(Duration::from_secs(3));
    bench.run(APP);
    assert_eq!(bench.status(APP).state, SwState::Running);
}

#[test]
fn ac05_05_a_profile_decides_who_runs() {
    let mut bench = Bench::new();
    zedagent(&mut bench, "p1");
    let config = AppInstanceConfig { profile_list: ["p2".to_owned()].into(), ..app(APP) };
    bench.configure(config);
    bench.volumes_are(APP, SwState::CreatedVolume);
    assert_eq!(bench.domain(APP), None);

    zedagent(&mut bench, "p2");
    bench.connect(APP);
    bench.run(APP);
    assert_eq!(bench.status(APP).state, SwState::Running);
    zedagent(&mut bench, "");
    assert!(bench.domain(APP).expect("it stays").activate);
}

#[test]
fn an_error_of_a_volume_is_the_applications_until_it_is_gone() {
    let mut bench = Bench::new();
    bench.configure(app(APP));
    let key = bench.volumes()[0].clone();
    let mut status = VolumeRefStatus {
        volume_id: pillar_types::Uuid([1; 16]),
        app_uuid: APP.parse().expect("a UUID"),
        state: SwState::Downloading,
        ..VolumeRefStatus::default()
    };
    let error = ErrorDescription { error: "no space".into(), ..ErrorDescription::default() };
    status.error.description.set(error, bench.test.now().wall.into());
    bench.test.put(VOLUMEMGR, &key, status).expect("there is room");

    assert_eq!(bench.error(APP), "no space\n\n");
    assert_eq!(bench.status(APP).error.description.error_entities.len(), 1);
    let summary = bench.test.get::<AppInstanceSummary>(AppInstanceSummary::KEY).expect("published");
    assert_eq!(summary.total_error, 1);
    bench.volumes_are(APP, SwState::Verifying);
    assert_eq!(bench.error(APP), "");
}

#[test]
fn ac05_15_an_application_waits_until_another_has_gone() {
    let mut bench = Bench::new();
    bench.memory(4096);
    settings(&mut bench, "memory.eve.limit.MiB", 1024);
    settings_too(&mut bench, &[("memory.eve.limit.MiB", 1024), ("memory.vmm.limit.MiB", 1)]);
    let big = |key| {
        let mut config = app(key);
        config.fixed_resources.memory = 2 * GIB_KIB - 2048;
        config
    };
    bench.start(big(OTHER));
    bench.configure(big(APP));
    bench.volumes_are(APP, SwState::CreatedVolume);
    let severity = |bench: &Bench| bench.status(APP).error.description.error_severity;
    assert!(bench.status(APP).missing_memory && bench.network(APP).is_none());
    assert_eq!(severity(&bench), ErrorSeverity::Warning);

    bench.configure(AppInstanceConfig { activate: false, ..big(OTHER) });
    bench.configure(AppInstanceConfig { display_name: "again".into(), ..big(APP) });
    assert_eq!(severity(&bench), ErrorSeverity::Notice);
    bench.run(OTHER);

    assert!(!bench.status(APP).missing_memory);
    assert!(bench.network(APP).expect("asked for").activate);
    assert_eq!(bench.error(APP), "");
}

#[test]
fn ac05_18_the_check_of_memory_can_be_left_out() {
    let mut bench = Bench::new();
    bench.memory(100);
    let key = "memory.apps.ignore.check".to_owned();
    let value = ConfigItemValue {
        key: key.clone(),
        item_type: ConfigItemType::Bool,
        bool_value: true,
        ..ConfigItemValue::default()
    };
    let mut map = ConfigItemValueMap::default();
    map.global_settings.insert(key, value);
    bench.test.put(ZEDAGENT, ConfigItemValueMap::KEY, map).expect("there is room");

    bench.start(app(APP));
}

fn settings(bench: &mut Bench, key: &str, value: u32) {
    settings_too(bench, &[(key, value)]);
}

fn settings_too(bench: &mut Bench, values: &[(&str, u32)]) {
    let mut map = ConfigItemValueMap::default();
    for (key, value) in values {
        let value = ConfigItemValue {
            key: (*key).into(),
            item_type: ConfigItemType::Int,
            int_value: *value,
            ..ConfigItemValue::default()
        };
        map.global_settings.insert((*key).into(), value);
    }
    bench.test.put(ZEDAGENT, ConfigItemValueMap::KEY, map).expect("there is room");
}

#[test]
fn ac05_23_an_application_is_taken_down_from_the_domain_to_the_volumes() {
    let mut bench = Bench::running(app(APP));

    bench.remove(APP);
    assert_eq!((bench.domain(APP), bench.network(APP).is_some(), bench.volumes().len()), (None, true, 1));
    bench.run(APP);
    assert_eq!((bench.network(APP), bench.volumes().len()), (None, 1));
    bench.connect(APP);
    assert_eq!(bench.volumes().len(), 0);
    assert!(bench.test.get::<pillar_types::app_status::AppInstanceStatus>(APP).is_none());
}

#[test]
fn an_application_that_comes_back_while_it_goes_begins_anew_afterwards() {
    let mut bench = Bench::running(app(APP));
    bench.remove(APP);

    bench.configure(app(APP));
    assert_eq!(bench.domain(APP), None, "what goes is finished first");
    bench.run(APP);
    bench.connect(APP);

    assert_eq!(bench.status(APP).state, SwState::CreatedVolume.max(SwState::Installed));
    bench.volumes_are(APP, SwState::CreatedVolume);
    bench.connect(APP);
    bench.run(APP);
    assert_eq!(bench.status(APP).state, SwState::Running);
}

#[test]
fn after_a_crash_applications_stay_until_it_is_known_that_they_are_gone() {
    let mut bench = Bench::running(app(APP)).after_crash(APP);
    let before = bench.status(APP);

    // When others speak before zedagent has told which applications there are …
    let fetched = ZedAgentStatus { config_get_status: ConfigGetStatus::Success, ..ZedAgentStatus::default() };
    bench.test.put(ZEDAGENT, ZedAgentStatus::KEY, fetched).expect("there is room");

    // … then the domain is not touched, and the application is not new when zedagent has.
    assert!(bench.domain(APP).is_some_and(|domain| domain.activate));
    assert_eq!(bench.status(APP), before);
    bench.configure(app(APP));
    assert!(bench.domain(APP).is_some_and(|domain| domain.activate));
    assert_eq!(bench.status(APP).boot_time, before.boot_time);
}
