//! zedagent: what the controller is told.

use std::time::Duration;

use pillar_core::agents::zedagent::ZedAgent;
use pillar_core::agents::{DOMAINMGR, VOLUMEMGR, ZEDMANAGER, ZEDROUTER};
use pillar_proto::info::{InfoContent, ZInfoApp, ZInfoMsg, ZInfoTypes, ZNetworkInstanceState, ZSwState};
use pillar_proto::metrics::ZMetricMsg;
use pillar_proto::{MAX_SIGNED_BYTES, decode};
use pillar_types::app_status::AppInstanceStatus;
use pillar_types::content::ContentTreeStatus;
use pillar_types::errors::ErrorDescription;
use pillar_types::host::DomainMetric;
use pillar_types::network_instance_status::NetworkInstanceStatus;
use pillar_types::state::SwState;
use pillar_types::volume::VolumeStatus;

use crate::agent::{MINUTE, app_uuid, config, device_info, next_poll, online, told};
use crate::bench::{Bench, SECOND};

fn app(state: SwState) -> AppInstanceStatus {
    let mut app = AppInstanceStatus { display_name: "web".into(), state, ..AppInstanceStatus::default() };
    app.uuid_and_version.uuid = app_uuid(1);
    app.uuid_and_version.version = "3".into();
    app
}

fn put_app(bench: &mut Bench<ZedAgent>, app: AppInstanceStatus) {
    bench.test.put(ZEDMANAGER, &app.key(), app).unwrap();
}

fn of_apps(bench: &Bench<ZedAgent>) -> Vec<ZInfoApp> {
    let app = |message: ZInfoMsg| match message.content {
        Some(InfoContent::App(app)) => Some(*app),
        _ => None,
    };
    told(bench).into_iter().filter_map(app).collect()
}

fn volume(state: SwState) -> VolumeStatus {
    VolumeStatus { volume_id: app_uuid(7), generation_counter: 2, state, ..VolumeStatus::default() }
}

#[test]
fn objects_are_told_with_their_state_and_what_is_wrong_with_them() {
    let mut bench = online(config());
    let mut broken = app(SwState::Broken);
    let error = ErrorDescription { error: "no memory".into(), ..ErrorDescription::default() };
    broken.error.description.set(error, pillar_types::Time::from_unix(5, 0));
    put_app(&mut bench, broken);
    bench.test.put(VOLUMEMGR, &volume(SwState::CreatedVolume).key(), volume(SwState::CreatedVolume)).unwrap();
    let tree = ContentTreeStatus {
        content_id: app_uuid(8),
        state: SwState::Downloading,
        progress: 40,
        ..ContentTreeStatus::default()
    };
    bench.test.put(VOLUMEMGR, &tree.key(), tree).unwrap();
    let mut network = NetworkInstanceStatus { activated: true, ..NetworkInstanceStatus::default() };
    network.config.uuid_and_version.uuid = app_uuid(9);
    bench.test.put(ZEDROUTER, &network.key(), network).unwrap();
    bench.pass(SECOND);

    let all = told(&bench);
    let find = |kind: ZInfoTypes| all.iter().rfind(|told| told.info_type == kind as i32).unwrap();
    let Some(InfoContent::App(app)) = &find(ZInfoTypes::App).content else { panic!() };
    assert_eq!((&*app.app_name, &*app.app_version, app.state), ("web", "3", ZSwState::Halting as i32));
    assert_eq!(app.app_err[0].description, "no memory");
    let Some(InfoContent::Volume(volume)) = &find(ZInfoTypes::Volume).content else { panic!() };
    assert_eq!((volume.state, volume.generation_count), (ZSwState::CreatedVolume as i32, 2));
    let Some(InfoContent::ContentTree(tree)) = &find(ZInfoTypes::ContentTree).content else { panic!() };
    assert_eq!((tree.state, tree.progress_percentage), (ZSwState::DownloadStarted as i32, 40));
    let Some(InfoContent::NetworkInstance(network)) = &find(ZInfoTypes::NetworkInstance).content else {
        panic!()
    };
    assert_eq!(network.state, ZNetworkInstanceState::Online as i32);
    assert_eq!(device_info(&bench).app_instances[0].name, "web");
}

#[test]
fn a_volume_whose_purged_generation_goes_is_not_told_to_be_gone() {
    let mut bench = online(config());
    let purged = volume(SwState::CreatedVolume);
    let next = VolumeStatus { local_generation_counter: 1, ..purged.clone() };
    bench.test.put(VOLUMEMGR, &purged.key(), purged.clone()).unwrap();
    bench.test.put(VOLUMEMGR, &next.key(), next).unwrap();
    bench.test.remove::<VolumeStatus>(VOLUMEMGR, &purged.key()).unwrap();
    bench.pass(SECOND);

    let states: Vec<i32> = told(&bench)
        .iter()
        .filter_map(|told| match &told.content {
            Some(InfoContent::Volume(volume)) => Some(volume.state),
            _ => None,
        })
        .collect();
    assert!(!states.is_empty() && states.iter().all(|state| *state == ZSwState::CreatedVolume as i32));
}

#[test]
fn ac01_38_after_ten_minutes_of_503_the_newest_of_each_is_delivered_in_order() {
    let mut bench = online(config());
    bench.pass(SECOND);
    bench.device.controller.state().refusals.insert("info", vec![503; 10_000].into());
    let before = told(&bench).len();
    bench
        .test
        .put(VOLUMEMGR, &volume(SwState::CreatingVolume).key(), volume(SwState::CreatingVolume))
        .unwrap();
    for state in [SwState::Booting, SwState::Running] {
        put_app(&mut bench, app(state));
        bench.pass(MINUTE);
    }
    bench.test.put(VOLUMEMGR, &volume(SwState::CreatedVolume).key(), volume(SwState::CreatedVolume)).unwrap();
    bench.pass(MINUTE * 8);
    let refused = told(&bench).len();
    assert!(refused > before);

    bench.device.controller.state().refusals.clear();
    bench.pass(MINUTE * 16);
    let delivered = told(&bench).split_off(refused);
    let states: Vec<i32> = delivered
        .iter()
        .filter_map(|told| match &told.content {
            Some(InfoContent::App(app)) => Some(app.state),
            Some(InfoContent::Volume(volume)) => Some(volume.state),
            _ => None,
        })
        .collect();
    assert_eq!(states, [ZSwState::Running as i32, ZSwState::CreatedVolume as i32]);
}

#[test]
fn ac01_39_what_is_refused_for_good_is_dropped_and_what_is_for_now_is_tried_again() {
    let mut bench = online(config());
    bench.pass(SECOND);
    let sent = |bench: &Bench<ZedAgent>| of_apps(bench).len();

    // 400: once, and no more.
    bench.device.controller.state().refusals.insert("info", [400].into());
    put_app(&mut bench, app(SwState::Booting));
    let first = sent(&bench);
    bench.pass(MINUTE * 60);
    assert_eq!((first, sent(&bench)), (1, 1));

    // 401: again after 1, 2, 4, 8, 15 minutes.
    let state = app(SwState::Running);
    bench.device.controller.state().refusals.insert("info", vec![401; 10_000].into());
    put_app(&mut bench, state);
    let mut times = Vec::new();
    let begun = bench.test.now().mono;
    for _ in 0..60 * 32 {
        let before = sent(&bench);
        bench.pass(SECOND);
        if sent(&bench) > before {
            times.push(bench.test.now().mono.since(begun));
        }
    }
    let minutes: Vec<u64> =
        times.iter().map(|time| (*time + Duration::from_secs(20)).as_secs() / 60).collect();
    assert_eq!(minutes, [1, 3, 7, 15, 30]);
}

#[test]
fn ac01_41_a_deleted_application_is_told_by_its_id_alone() {
    let mut bench = online(config());
    put_app(&mut bench, app(SwState::Running));
    let before = of_apps(&bench).len();
    bench.test.remove::<AppInstanceStatus>(ZEDMANAGER, &app_uuid(1).to_string()).unwrap();
    let after = of_apps(&bench).split_off(before);
    assert_eq!(after, [ZInfoApp { app_id: app_uuid(1).to_string(), ..ZInfoApp::default() }]);
}

#[test]
fn ac01_42_a_deleted_network_instance_is_told_by_its_id_without_a_name() {
    let mut bench = online(config());
    let mut network = NetworkInstanceStatus::default();
    network.config.uuid_and_version.uuid = app_uuid(9);
    network.config.display_name = "local".into();
    bench.test.put(ZEDROUTER, &network.key(), network.clone()).unwrap();
    bench.test.remove::<NetworkInstanceStatus>(ZEDROUTER, &network.key()).unwrap();
    let last = told(&bench).into_iter().rfind(|told| told.info_type == ZInfoTypes::NetworkInstance as i32);
    let Some(InfoContent::NetworkInstance(told)) = last.unwrap().content else { panic!() };
    assert_eq!((told.network_id, &*told.display_name, told.activated), (network.key(), "", false));
}

#[test]
fn ac01_43_another_epoch_of_the_controller_has_everything_told_again() {
    let mut first = config();
    first.controller_epoch = 1;
    let mut bench = online(first.clone());
    put_app(&mut bench, app(SwState::Running));
    bench.test.put(VOLUMEMGR, &volume(SwState::CreatedVolume).key(), volume(SwState::CreatedVolume)).unwrap();
    bench.pass(SECOND);
    next_poll(&mut bench);
    let before = told(&bench).len();

    first.controller_epoch = 2;
    bench.device.controller.state().config = Some(first);
    next_poll(&mut bench);
    bench.pass(SECOND);
    let kinds: Vec<i32> = told(&bench).split_off(before).iter().map(|told| told.info_type).collect();
    for kind in [ZInfoTypes::Device, ZInfoTypes::App, ZInfoTypes::Volume] {
        assert_eq!(kinds.iter().filter(|other| **other == kind as i32).count(), 1, "{kind:?} in {kinds:?}");
    }
}

#[test]
fn a_copy_of_what_arrived_last_is_kept_for_support() {
    let mut bench = online(config());
    put_app(&mut bench, app(SwState::Running));
    bench.pass(SECOND);
    for file in ["lastdeviceinfo", "lastappinfo"] {
        assert!(bench.device.file(&format!("/persist/checkpoint/{file}")).is_some(), "{file}");
    }
}

fn metrics(bench: &Bench<ZedAgent>) -> Vec<ZMetricMsg> {
    let state = bench.device.controller.state();
    state.messages("metrics").into_iter().map(|it| decode(it, MAX_SIGNED_BYTES).unwrap()).collect()
}

#[test]
fn ac01_40_metrics_that_fail_are_not_sent_again() {
    let mut bench = online(config());
    bench.device.controller.state().refusals.insert("metrics", [503].into());
    bench.pass(MINUTE);
    let first = metrics(&bench);
    bench.pass(MINUTE * 2);
    let all = metrics(&bench);
    let times: std::collections::BTreeSet<_> =
        all.iter().map(|it| it.at_time_stamp.clone().map(|at| (at.seconds, at.nanos))).collect();
    assert!(!first.is_empty() && all.len() > first.len());
    assert_eq!(times.len(), all.len(), "each is a fresh one");
    assert!(bench.device.file("/persist/checkpoint/lastmetrics").is_some());
}

#[test]
fn metrics_say_what_applications_use_and_how_the_controller_was_reached() {
    let mut bench = online(config());
    put_app(&mut bench, app(SwState::Running));
    let usage = DomainMetric {
        cpu_total_ns: 5_000_000_000,
        used_memory: 100,
        allocated_mb: 512,
        ..DomainMetric::default()
    };
    bench.test.put(DOMAINMGR, &app_uuid(1).to_string(), usage).unwrap();
    bench.pass(MINUTE);
    let last = metrics(&bench).pop().unwrap();
    let app = &last.apps[0];
    assert_eq!((&*app.app_name, app.cpu.clone().unwrap().total), ("web", 5));
    assert_eq!(app.app_memory.clone().unwrap().allocated_mb, 512);
    let device = last.device.unwrap();
    assert_eq!(device.zedcloud[0].if_name, "eth0");
    assert!(device.zedcloud[0].success > 0 && device.last_processed_config.is_some());
    assert_eq!(device.dormant_time_in_seconds, 180);
}
