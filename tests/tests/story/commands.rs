//! A device on which nothing goes wrong: applications come, are restarted, purged, changed and deleted, and the device
//! boots again.

use std::time::Duration;

use pillar_core::agents::ZEDAGENT;
use pillar_hal::sim::Device;
use pillar_proto::info::ZSwState;
use pillar_tests::story::{APP, SERVER, Story, app, id};
use pillar_types::node::{ConfigGetStatus, ZedAgentStatus};

use super::lived;

/// States in the controller's view, in order.
fn states(story: &Story, number: u32) -> Vec<i32> {
    story.view.states[&id(APP, number)].clone()
}

/// How often an application's guest was started, whatever it was called.
fn starts(device: &Device<'_>, number: u32) -> u32 {
    let guests = device.world.guests();
    let own = guests.starts().iter().filter(|(name, _)| name.starts_with(&app(number).to_string()));
    own.map(|(_, starts)| starts).sum()
}

#[test]
fn a_new_device_gets_an_application_to_run() {
    let mut story = Story::new(1).settles();

    lived(&mut story);

    let way: Vec<i32> =
        [ZSwState::DownloadStarted, ZSwState::CreatingVolume, ZSwState::Installed, ZSwState::Running]
            .map(|state| state as i32)
            .into();
    let mut seen = states(&story, 0);
    seen.retain(|state| way.contains(state));
    assert_eq!(seen, way);
    assert_eq!(story.datastore.store().asked_bytes, story.order.size);
    let device = story.view.device.expect("told");
    assert_eq!((device.app_instances.len(), &*device.app_instances[0].name), (1, "web0"));
}

#[test]
fn ten_applications_share_an_image_that_is_fetched_once() {
    let mut story = Story::new(10).settles();

    lived(&mut story);

    assert_eq!(story.datastore.store().asked_bytes, story.order.size);
}

#[test]
fn a_restart_starts_the_guest_once_more_and_keeps_its_volume() {
    let mut story = Story::new(1)
        .settles()
        .then(|story, device| {
            assert_eq!(starts(device, 0), 1);
            story.want(|order| order.restart = 1);
        })
        .settles()
        .then(|_, device| assert_eq!(starts(device, 0), 2));

    lived(&mut story);
}

#[test]
fn a_purge_makes_the_volume_anew_and_starts_the_guest_once() {
    let mut story = Story::new(1)
        .settles()
        .then(|story, _| story.want(|order| order.purge = 1))
        .settles()
        .then(|_, device| assert_eq!(starts(device, 0), 2));

    lived(&mut story);
}

#[test]
fn an_application_is_stopped_and_started() {
    let mut story = Story::new(1)
        .settles()
        .then(|story, _| story.want(|order| order.activate = false))
        .settles()
        .then(|story, _| story.want(|order| order.activate = true))
        .settles();

    lived(&mut story);
}

#[test]
fn a_rule_goes_and_comes_back_and_the_guest_runs_on() {
    let mut story = Story::new(1)
        .settles()
        .then(|story, _| story.want(|order| order.port_map = false))
        .settles()
        .then(|story, _| story.want(|order| order.port_map = true))
        .settles()
        .then(|_, device| assert_eq!(starts(device, 0), 1));

    lived(&mut story);
}

#[test]
fn what_is_deleted_leaves_nothing() {
    let mut story = Story::new(2)
        .settles()
        .then(|story, _| story.want(|order| order.apps = 1))
        .settles()
        .then(|story, _| story.want(|order| (order.apps, order.networks) = (0, false)))
        .settles()
        .then(|story, _| story.want(|order| (order.apps, order.networks) = (1, true)))
        .settles();

    lived(&mut story);
}

#[test]
fn a_reboot_that_is_ordered_comes_once() {
    let mut story = Story::new(1)
        // The first counter that a device sees is the one that it begins with.
        .settles()
        .then(|story, _| story.want(|order| order.reboot = 1))
        .waits(|_, device| device.world.now().mono.0 > 600_000_000_000)
        .then(|story, device| {
            assert_eq!(device.world.boots(), 1);
            story.want(|order| order.reboot = 2);
        })
        .waits(|_, device| device.world.boots() == 2)
        .settles()
        .waits(|_, device| device.world.now().mono.0 > 1_200_000_000_000)
        .then(|_, device| assert_eq!((device.world.boots(), starts(device, 0)), (2, 2)));

    lived(&mut story);
}

#[test]
fn a_device_that_boots_without_its_controller_runs_what_it_ran() {
    let mut story = Story::new(1)
        .settles()
        .then(|_, device| {
            device.world.internet().stop(SERVER);
            device.world.cut_power();
        })
        .waits(|story, device| {
            let status = device.node.get::<ZedAgentStatus>(ZEDAGENT, ZedAgentStatus::KEY);
            let stored = status.is_some_and(|status| status.config_get_status == ConfigGetStatus::ReadSaved);
            let runs = device.world.guests().iter().count() == 1;
            device.world.boots() == 2 && stored && runs && story.is_as_wanted(device).is_ok()
        })
        .then(|story, device| {
            assert!(device.world.now().mono.0 < Duration::from_mins(30).as_nanos() as u64);
            story.controller.serve(&mut device.world.internet(), SERVER);
        })
        .settles();

    lived(&mut story);
}
