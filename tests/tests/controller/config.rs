//! zedagent: the configuration, from the controller or kept, and the objects that come of it.

use pillar_core::agents::zedagent::ZedAgent;
use pillar_core::controller::places::Places;
use pillar_core::hal::HttpError;
use pillar_core::hardware_model;
use pillar_core::settings::Settings;
use pillar_proto::config::{DeviceOpsCmd, EdgeDevConfig};
use pillar_proto::google::Timestamp;
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::attest::ControllerCert;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::node::{BootReason, ConfigGetStatus, DeviceState};

use crate::agent::{
    MINUTE, app, app_uuid, config, device_info, next_poll, node, online, requests, start, status, with_items,
};
use crate::bench::{Bench, Device, SECOND, SERVER};

const LAST: &str = "/persist/checkpoint/lastconfig";
const BACKUP: &str = "/persist/checkpoint/lastconfig.bak";

fn apps(bench: &Bench<ZedAgent>) -> Vec<String> {
    bench.test.published::<AppInstanceConfig>().iter().map(|(_, app)| app.display_name.clone()).collect()
}

fn with_apps(numbers: &[u8]) -> EdgeDevConfig {
    EdgeDevConfig { apps: numbers.iter().map(|number| app(*number)).collect(), ..config() }
}

fn give(bench: &mut Bench<ZedAgent>, config: EdgeDevConfig) {
    bench.device.controller.state().config = Some(config);
    next_poll(bench);
}

fn setting(bench: &Bench<ZedAgent>, key: &str) -> String {
    let map = bench.test.get::<ConfigItemValueMap>(ConfigItemValueMap::KEY).unwrap();
    let settings = Settings::from_map(&map);
    settings.texts().find(|(other, _)| other == key).map(|(_, text)| text).unwrap_or_default()
}

/// What an earlier life of the device left on its disk.
fn lived(config: EdgeDevConfig) -> (Vec<u8>, Device) {
    let mut bench = online(config);
    bench.pass(MINUTE * 12);
    let envelope = bench.device.file(LAST).expect("kept");
    (envelope, Device::onboarded())
}

fn put(device: &Device, path: &str, bytes: &[u8]) {
    device.disk().put(std::path::Path::new(path), bytes).unwrap();
}

/// A device whose controller does not answer.
fn without_controller(device: Device, reason: BootReason) -> Bench<ZedAgent> {
    device.controller.state().failures = vec![HttpError::Refused; 1_000].into();
    let mut bench = start(device, reason);
    bench.connect();
    bench.pass(SECOND);
    bench
}

#[test]
fn ac01_01_the_configuration_is_asked_for_by_one_post_to_the_device_s_url() {
    let bench = online(config());
    let internet = bench.device.internet();
    let url = format!("https://{SERVER}/api/v2/edgedevice/id/{}/config", crate::bench::DEVICE);
    let asked: Vec<_> = internet.asked().filter(|(_, request)| request.url.ends_with("/config")).collect();
    let (_, request) = asked.first().unwrap();
    assert_eq!(request.url, url);
    let header = |name: &str| {
        let found = request.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    assert_eq!(header("Content-Type"), "application/x-proto-binary");
    let id = header("X-Request-Id");
    assert!(id.parse::<pillar_types::Uuid>().is_ok() && id.as_bytes()[14] == b'4', "{id}");
}

#[test]
fn ac01_05_an_unknown_signer_is_fetched_within_two_seconds() {
    let mut bench = online(with_apps(&[1]));
    bench.device.controller.state().sign_as("another signing");
    bench.device.controller.state().config = Some(with_apps(&[1, 2]));
    let certs = |bench: &Bench<ZedAgent>| bench.asked().iter().filter(|url| *url == "certs").count();
    let before = certs(&bench);
    next_poll(&mut bench);
    bench.pass(SECOND * 2);

    assert_eq!(certs(&bench), before + 1);
    assert_eq!(apps(&bench), ["app 1", "app 2"]);
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::Success);
    assert_eq!(bench.test.published::<ControllerCert>().len(), 2);
}

#[test]
fn ac01_16_an_unchanged_configuration_changes_nothing() {
    let mut bench = online(with_apps(&[1]));
    let before = bench.test.get::<AppInstanceConfig>(&app_uuid(1).to_string()).unwrap();
    assert_eq!(requests(&bench)[0].config_hash, "");

    // By 304 …
    next_poll(&mut bench);
    assert_eq!(requests(&bench).last().unwrap().config_hash, bench.device.controller.state().config_hash());
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::Success);

    // … and by 200 with the same hash: the reference leaves its status at Fail.
    bench.device.controller.state().gives_again = true;
    next_poll(&mut bench);
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::Success);
    let after = bench.test.get::<AppInstanceConfig>(&app_uuid(1).to_string()).unwrap();
    assert!(std::sync::Arc::ptr_eq(&before, &after));
    assert_eq!(bench.led(), Some(4));
}

#[test]
fn an_application_has_the_memory_that_the_controller_says() {
    let bench = online(with_apps(&[1]));
    let app = bench.test.get::<AppInstanceConfig>(&app_uuid(1).to_string()).unwrap();
    assert_eq!((app.fixed_resources.memory, app.activate), (524_288, true));
    assert_eq!(status(&bench).device_state, DeviceState::Online);
}

#[test]
fn ac01_18_an_older_configuration_is_ignored() {
    let made = |seconds, numbers: &[u8]| EdgeDevConfig {
        config_timestamp: Some(Timestamp { seconds, nanos: 0 }),
        ..with_apps(numbers)
    };
    let mut bench = online(made(2_000, &[1, 2]));
    let kept = bench.device.file(LAST);
    give(&mut bench, made(1_999, &[3]));

    assert_eq!(apps(&bench), ["app 1", "app 2"]);
    assert_eq!(bench.device.file(LAST), kept);
    give(&mut bench, made(2_001, &[3]));
    assert_eq!(apps(&bench), ["app 3"]);
    assert_ne!(bench.device.file(LAST), kept);
}

#[test]
fn ac01_20_a_spoilt_configuration_gives_way_to_its_backup() {
    let (envelope, device) = lived(with_apps(&[1]));
    put(&device, LAST, &vec![0; envelope.len()]);
    put(&device, BACKUP, &envelope);
    let bench = without_controller(device, BootReason::PowerFail);

    assert_eq!(apps(&bench), ["app 1"]);
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::ReadSaved);
    assert_eq!(bench.device.file(LAST), Some(envelope));
}

#[test]
fn ac01_21_the_boot_reason_says_which_configuration_is_used() {
    for (reason, wanted) in [(BootReason::WatchdogHung, "app 1"), (BootReason::PowerFail, "app 2")] {
        let (older, _) = lived(with_apps(&[1]));
        let (newer, device) = lived(with_apps(&[2]));
        put(&device, BACKUP, &older);
        put(&device, LAST, &newer);
        assert_eq!(apps(&without_controller(device, reason)), [wanted], "{reason:?}");
    }
    let (newer, device) = lived(with_apps(&[2]));
    put(&device, LAST, &newer);
    assert!(apps(&without_controller(device, BootReason::WatchdogHung)).is_empty());
}

#[test]
fn ac01_22_a_configuration_is_used_however_old_it_is() {
    let (envelope, device) = lived(with_apps(&[1]));
    put(&device, LAST, &envelope);
    device.controller.state().failures = vec![HttpError::Refused; 1_000].into();
    let mut bench = device.start(|| ZedAgent::new(Places::default(), hardware_model::Paths::default()));
    bench.test.jump_wall(30 * 24 * 3_600 * 1_000_000_000);
    let mut bench = crate::agent::begin(bench, BootReason::PowerFail);
    bench.connect();
    bench.pass(SECOND);
    assert_eq!(apps(&bench), ["app 1"]);
}

#[test]
fn a_kept_configuration_gives_way_to_the_controller_s() {
    let (envelope, device) = lived(with_apps(&[1]));
    put(&device, LAST, &envelope);
    let mut bench = without_controller(device, BootReason::PowerFail);
    assert_eq!(apps(&bench), ["app 1"]);

    bench.device.controller.state().failures.clear();
    give(&mut bench, with_apps(&[2]));
    assert_eq!(apps(&bench), ["app 2"]);
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::Success);
}

#[test]
fn a_configuration_proves_good_only_after_the_time_of_a_trial() {
    // The first one is its own backup. The reference copies the second at once.
    let mut bench = online(with_apps(&[1]));
    let first = bench.device.file(LAST).unwrap();
    give(&mut bench, with_apps(&[2]));
    let second = bench.device.file(LAST).unwrap();
    assert_ne!(first, second);
    assert_eq!(bench.device.file(BACKUP), Some(first));
    bench.pass(MINUTE * 12);
    assert_eq!(bench.device.file(BACKUP), Some(second));
}

fn reboot(counter: u32) -> EdgeDevConfig {
    let command = DeviceOpsCmd { counter, desired_state: true, ..DeviceOpsCmd::default() };
    EdgeDevConfig { reboot: Some(command), ..with_apps(&[1]) }
}

#[test]
fn ac01_23_a_reboot_is_ordered_once_for_each_counter() {
    let mut bench = online(reboot(4));
    assert!(!status(&bench).reboot_cmd);
    assert_eq!(device_info(&bench).reboot_config_counter, 4);

    // A configuration without the command does not forget it: the reference does.
    give(&mut bench, with_apps(&[1]));
    give(&mut bench, reboot(5));
    assert!(status(&bench).reboot_cmd);
    assert_eq!(status(&bench).requested_boot_reason, BootReason::RebootCmd);
    let app = bench.test.get::<AppInstanceConfig>(&app_uuid(1).to_string()).unwrap();
    assert!(!app.activate);

    // Booted again, from the same disk, with the same configuration.
    let kept = bench.device.file("/persist/status/rebootConfig").unwrap();
    for _ in 0..2 {
        let device = Device::onboarded();
        put(&device, "/persist/status/rebootConfig", &kept);
        device.controller.state().config = Some(reboot(5));
        let mut bench = start(device, BootReason::RebootCmd);
        bench.connect();
        next_poll(&mut bench);
        assert!(!status(&bench).reboot_cmd);
        assert_eq!(apps(&bench), ["app 1"]);
    }
}

#[test]
fn ac01_24_a_reboot_waits_for_the_end_of_a_trial() {
    let mut bench = online(reboot(4));
    node(&mut bench, |node| node.update_inprogress = true);
    give(&mut bench, reboot(5));
    bench.pass(MINUTE);
    assert!(!status(&bench).reboot_cmd);
    node(&mut bench, |node| node.update_inprogress = false);
    assert!(status(&bench).reboot_cmd);
}

#[test]
fn ac01_25_after_maintenance_mode_comes_what_was_left_out() {
    let mut bench = online(with_apps(&[1]));
    let mut maintained = with_items(&[("maintenance.mode", "enabled")]);
    maintained.apps = vec![app(1), app(2)];
    give(&mut bench, maintained.clone());
    assert!(status(&bench).maintenance_mode);
    assert_eq!(status(&bench).device_state, DeviceState::MaintenanceMode);
    assert_eq!(apps(&bench), ["app 1"]);

    maintained.config_items[0].value = "none".into();
    give(&mut bench, maintained);
    assert_eq!(apps(&bench), ["app 1", "app 2"]);

    // The device's own reasons end without another configuration.
    node(&mut bench, |node| node.local_maintenance_mode = true);
    give(&mut bench, with_apps(&[3]));
    assert_eq!(apps(&bench), ["app 1", "app 2"]);
    node(&mut bench, |node| node.local_maintenance_mode = false);
    bench.pass(SECOND);
    assert_eq!(apps(&bench), ["app 3"]);
}

#[test]
fn ac01_29_a_setting_that_may_not_be_stays_as_it_was_and_is_told() {
    let key = "timer.config.interval";
    let mut bench = online(with_items(&[(key, "4")]));
    let told = |bench: &Bench<ZedAgent>| {
        let status = device_info(bench).config_item_status.unwrap();
        let item = status.config_items.get(key).unwrap().clone();
        (item.value, !item.error.is_empty())
    };
    assert_eq!((setting(&bench, key), told(&bench)), ("60".into(), ("60".into(), true)));
    for (value, in_force, wrong) in [("5", "5", false), ("abc", "5", true), ("-1", "5", true)] {
        give(&mut bench, with_items(&[(key, value)]));
        bench.pass(SECOND);
        assert_eq!(
            (setting(&bench, key), told(&bench)),
            (in_force.into(), (in_force.into(), wrong)),
            "{value}"
        );
    }
}

#[test]
fn ac01_30_settings_of_agents_are_taken_and_unknown_ones_told() {
    let bench = online(with_items(&[("agent.nim.debug.loglevel", "debug"), ("foo.bar", "1")]));
    assert_eq!(setting(&bench, "agent.nim.debug.loglevel"), "debug");
    let told = device_info(&bench).config_item_status.unwrap().unknown_config_items;
    assert!(!told.get("foo.bar").unwrap().error.is_empty());
}

#[test]
fn ac01_31_usb_is_off_unless_the_controller_wants_it_also_after_a_reboot() {
    let key = "debug.enable.usb";
    let bench = online(config());
    assert_eq!(setting(&bench, key), "false");
    let (envelope, device) = lived(config());
    put(&device, LAST, &envelope);
    device.controller.state().config = Some(config());
    let mut bench = start(device, BootReason::PowerFail);
    assert_eq!(setting(&bench, key), "false");
    bench.connect();
    assert_eq!(setting(&bench, key), "false");
}

#[test]
fn a_configuration_for_another_device_is_refused() {
    let mut other = with_apps(&[1]);
    other.id.as_mut().unwrap().uuid = app_uuid(9).to_string();
    let bench = online(other);
    assert!(apps(&bench).is_empty());
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::Fail);
    assert_eq!(bench.device.file(LAST), None);
}

#[test]
fn during_a_trial_a_controller_that_cannot_now_is_no_reason_to_fall_back() {
    let mut bench = online(config());
    node(&mut bench, |node| node.update_inprogress = true);
    bench.device.controller.state().refusals.insert("config", [503].into());
    next_poll(&mut bench);
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::TemporaryFail);
    assert_eq!(bench.led(), Some(4), "a server under maintenance is nobody's fault");
    bench.device.controller.state().refusals.insert("config", [500].into());
    next_poll(&mut bench);
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::Fail);
}
