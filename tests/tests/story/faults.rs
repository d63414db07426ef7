//! Bad input and things that fail: each has a clear error on its object in the controller's view, goes away as specified,
//! and harms nothing else.

use std::path::Path;
use std::time::Duration;

use pillar_core::agents::ZEDAGENT;
use pillar_core::hal::Request;
use pillar_core::time::Now;
use pillar_hal::sim::Device;
use pillar_hal::sim::certificates::SimCertificate;
use pillar_hal::sim::controller::ROOT;
use pillar_hal::sim::hypervisor::GuestPlan;
use pillar_hal::sim::internet::{Reply, Server};
use pillar_tests::story::{APP, IMAGE, SERVER, STORE, Story, id, image};
use pillar_types::node::{ConfigGetStatus, ZedAgentStatus};

use super::lived;

/// The error of the first application in the controller's view.
fn error(story: &Story) -> String {
    story.view.app_error(&id(APP, 0))
}

fn fetched(device: &Device<'_>) -> Option<ConfigGetStatus> {
    let status = device.node.get::<ZedAgentStatus>(ZEDAGENT, ZedAgentStatus::KEY)?;
    Some(status.config_get_status)
}

/// The device has been on for more than a time.
fn is_on_for(device: &Device<'_>, time: Duration) -> bool {
    device.world.now().mono.0 > time.as_nanos() as u64
}

#[test]
fn a_configuration_that_nobody_known_has_signed_changes_nothing() {
    let mut story = Story::new(1)
        .settles()
        .then(|story, _| {
            // What it signs with is in no set that it gives.
            story.controller.state().signer = "somebody else".into();
            story.want(|order| order.apps = 0);
        })
        .waits(|_, device| fetched(device) == Some(ConfigGetStatus::Fail))
        .then(|story, device| {
            assert_eq!(device.world.guests().iter().count(), 1, "the application runs on");
            story.controller.state().sign_as("controller signing");
        })
        .settles();

    lived(&mut story);
}

#[test]
fn a_configuration_that_is_cut_short_changes_nothing() {
    let mut story = Story::new(1)
        .settles()
        .then(|story, device| {
            let mut controller = story.controller.clone();
            let cut_short = move |request: &Request, now: Now| -> Reply {
                let mut reply = controller.answer(request, now);
                if let (true, Ok(answer)) = (request.url.ends_with("/config"), &mut reply.result) {
                    answer.body.truncate(answer.body.len() / 2);
                }
                reply
            };
            let certificates = vec![SimCertificate::new("controller server", ROOT)];
            device.world.internet().serve(SERVER, certificates, cut_short);
            story.want(|order| order.apps = 0);
        })
        .waits(|_, device| fetched(device) == Some(ConfigGetStatus::Fail))
        .then(|story, device| {
            assert_eq!(device.world.guests().iter().count(), 1, "the application runs on");
            story.controller.serve(&mut device.world.internet(), SERVER);
        })
        .settles();

    lived(&mut story);
}

#[test]
fn an_image_with_another_digest_is_told_and_not_run() {
    let story = Story::new(1);
    let mut other = image();
    other[200] ^= 1;
    story.datastore.put(&format!("/{IMAGE}"), other);
    let mut story = story
        .waits(|story, _| !error(story).is_empty())
        .then(|story, device| {
            assert!(error(story).contains("the content is wrong: its SHA-256 is"), "{}", error(story));
            assert_eq!(device.world.guests().iter().count(), 0);
            story.datastore.put(&format!("/{IMAGE}"), image());
            story.want(|order| (order.apps, order.networks) = (0, false));
        })
        .settles()
        .then(|story, _| story.want(|order| (order.apps, order.networks) = (1, true)))
        .settles();

    lived(&mut story);
}

#[test]
fn an_image_that_is_larger_than_was_said_is_told_and_not_run() {
    let mut story = Story::new(1);
    story.want(|order| order.size /= 2);
    let mut story = story
        .waits(|story, _| !error(story).is_empty())
        .then(|story, device| {
            assert!(error(story).contains("bytes"), "{}", error(story));
            assert_eq!(device.world.guests().iter().count(), 0);
            story.want(|order| (order.apps, order.networks) = (0, false));
        })
        .settles()
        .then(|story, _| {
            story.want(|order| {
                (order.apps, order.networks, order.size) = (1, true, image().len() as u64);
            });
        })
        .settles();

    lived(&mut story);
}

#[test]
fn a_datastore_that_is_not_there_is_told_and_asked_again() {
    let mut story = Story::new(1)
        .waits(|_, device| {
            device.world.internet().stop(STORE);
            true
        })
        .waits(|story, _| error(story).contains("store.example"))
        .then(|story, device| story.datastore.serve(&mut device.world.internet(), STORE))
        .settles();

    lived(&mut story);
}

#[test]
fn a_disk_that_is_full_is_told_and_used_once_there_is_room() {
    let mut story = Story::new(1)
        .then(|_, device| {
            device.world.disk().set_free(Path::new("/persist"), 1 << 20).expect("it is mounted");
        })
        .waits(|story, _| !error(story).is_empty())
        .then(|story, device| {
            assert!(error(story).contains("bytes"), "{}", error(story));
            device.world.disk().set_free(Path::new("/persist"), 64 << 30).expect("it is mounted");
        })
        .settles();

    lived(&mut story);
}

#[test]
fn a_guest_whose_process_is_killed_is_told_and_runs_again_when_it_is_restarted() {
    let mut story = Story::new(2)
        .settles()
        .then(|_, device| {
            let name = device.world.guests().iter().next().expect("it runs").0.to_owned();
            let now = device.world.now().mono;
            device.world.guests().kill(&name, now);
        })
        .waits(|story, _| error(story).contains("killed"))
        .then(|story, device| {
            assert_eq!(device.world.guests().iter().count(), 1, "the other runs on");
            assert!(story.view.app_error(&id(APP, 1)).is_empty());
            story.want(|order| order.restart += 1);
        })
        .settles();

    lived(&mut story);
}

#[test]
fn a_guest_that_does_not_boot_is_told() {
    let mut story = Story::new(1)
        .then(|_, device| {
            device
                .world
                .guests()
                .plan(|_| GuestPlan { crashes_after: Some(Duration::from_secs(1)), ..GuestPlan::default() });
        })
        .waits(|story, _| error(story).contains("crashed"))
        .then(|story, device| {
            device.world.guests().plan(|_| GuestPlan::default());
            story.want(|order| order.restart += 1);
        })
        .settles();

    lived(&mut story);
}

#[test]
fn an_address_server_that_is_killed_is_started_again() {
    let mut story = Story::new(1)
        .settles()
        .then(|_, device| {
            device.world.servers().kill("bn1");
            assert!(device.world.servers().served("bn1").is_none());
        })
        .waits(|_, device| device.world.servers().served("bn1").is_some())
        .settles();

    lived(&mut story);
}

#[test]
fn a_controller_that_is_gone_for_a_day_finds_everything_as_it_was() {
    let mut story = Story::new(1)
        .settles()
        .then(|_, device| device.world.internet().stop(SERVER))
        .waits(|_, device| is_on_for(device, Duration::from_hours(24)))
        .then(|story, device| {
            assert_eq!(device.world.guests().iter().count(), 1);
            story.controller.serve(&mut device.world.internet(), SERVER);
            story.want(|order| order.restart += 1);
        })
        .settles()
        .then(|_, device| assert_eq!(device.world.boots(), 1));

    lived(&mut story);
}
