//! The whole device in the simulator: all agents of the main job live its story together.

mod commands;
mod config;
mod cuts;
mod faults;
mod seeds;

use pillar_hal::sim::{Config, Outcome, TraceTo, run};
use pillar_tests::story::Story;

/// Steps that no story needs.
const STEPS: u64 = 1_000_000;

/// `PILLAR_STORY_TRACE` says where to write what happens.
fn trace() -> TraceTo {
    std::env::var("PILLAR_STORY_TRACE").map_or(TraceTo::Nothing, |path| TraceTo::File(path.into()))
}

/// Lives a story to its end.
fn lived(story: &mut Story) -> Outcome {
    let config = Config { steps: STEPS, input_every: 1, trace: trace(), ..Config::default() };
    let outcome = run(1, &config, story).expect("no file");
    assert!(outcome.failure.is_none(), "{}", outcome.failure.expect("it failed"));
    assert!(story.script.is_empty(), "the story stopped with {} lines to go", story.script.len());
    outcome
}
