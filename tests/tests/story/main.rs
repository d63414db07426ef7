//! The whole device in the simulator: all agents of the main job live its story together.

use pillar_hal::sim::{Config, Outcome, TraceTo, run};
use pillar_tests::story::{APP, Story, id};

/// Steps that no story needs.
const STEPS: u64 = 200_000;

fn lived(story: &mut Story) -> Outcome {
    let trace = std::env::var("STORY_TRACE").map_or(TraceTo::Nothing, |path| TraceTo::File(path.into()));
    let config = Config { steps: STEPS, input_every: 1, trace, ..Config::default() };
    let outcome = run(1, &config, story).expect("no file");
    assert!(outcome.failure.is_none(), "{}", outcome.failure.expect("it failed"));
    outcome
}

#[test]
fn a_new_device_gets_an_application_to_run() {
    let mut story = Story::new(1).settles();
    let outcome = lived(&mut story);
    assert!(story.script.is_empty());
    println!("{:?} {} steps", story.view.states[&id(APP, 0)], outcome.steps);
}
