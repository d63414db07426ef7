//! The configuration on its way from the controller to the disk and the bus.

use std::path::Path;

use pillar_core::agents::ZEDAGENT;
use pillar_hal::sim::{Config, Faults, TraceTo, run};
use pillar_tests::story::{APP, Story, id};
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::codec::{Limits, json};

use super::{STEPS, lived};

/// Memory of an application, in KiB.
const MEMORY: i64 = 524_288;

#[test]
fn ac01_17_an_application_is_on_the_bus_and_in_its_file_as_it_was_given() {
    let story = Story::new(1);
    if let Some(config) = &mut story.controller.state().config {
        config.apps[0].fixed_resources.as_mut().expect("it has some").memory = MEMORY as u32;
    }
    let mut story = story.settles().then(|_, device| {
        let app = device.node.get::<AppInstanceConfig>(ZEDAGENT, &id(APP, 0)).expect("published");
        let path = format!("/run/zedagent/AppInstanceConfig/{}.json", id(APP, 0));
        let file = device.world.disk().get(Path::new(&path)).expect("written").to_vec();
        let written = json::decode_new::<AppInstanceConfig>(&file, &Limits::JSON).expect("whole");
        assert_eq!(app.fixed_resources.memory, MEMORY);
        assert_eq!(written.fixed_resources.memory, MEMORY);
    });

    lived(&mut story);
}

/// A story in which a second configuration comes.
fn changed() -> Story {
    Story::new(1).settles().then(|story, _| story.want(|order| order.port_map = false)).settles()
}

#[test]
fn ac01_19_a_power_cut_while_the_configuration_is_written_leaves_the_old_or_the_new_one() {
    let config = |faults: Faults| Config { faults, steps: STEPS, input_every: 1, ..Config::default() };
    let traced = Config { trace: TraceTo::Memory, ..config(Faults::none()) };
    let outcome = run(1, &traced, &mut changed()).expect("no file");
    // Time, who works for which job, number and name of the operation, its object.
    let writes = outcome.trace.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (actor, operation, name) = (words.next()?, words.next()?, words.next()?);
        (actor == "zedagent:save" && name.starts_with("fs.")).then(|| operation.parse::<u64>().ok())?
    });
    let writes: Vec<u64> = writes.collect();
    assert!(writes.len() > 5, "{writes:?}");

    for operation in writes {
        let cut = format!("cut@{operation}").parse().expect("it is known");
        // What is on the disk is looked at at every boot.
        let outcome = run(1, &config(cut), &mut changed()).expect("no file");
        assert_eq!(outcome.cuts, 1);
        assert!(outcome.failure.is_none(), "{operation}: {}", outcome.failure.expect("it failed"));
    }
}
