//! The power goes after an operation of the story, and comes back: the story ends as it would have, with the same
//! files, and nothing is left over.
//!
//! `PILLAR_STORY_CUTS=1` cuts after every operation, as the long tier wants it; the push tier takes a sample.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pillar_hal::sim::{Config, Faults, run};
use pillar_tests::story::Story;

use super::STEPS;

/// Operations between two cuts that are tried in the push tier.
const EVERY: usize = 97;

fn every() -> usize {
    env::var("PILLAR_STORY_CUTS").map_or(EVERY, |text| text.parse().expect("PILLAR_STORY_CUTS is a number"))
}

#[test]
fn a_power_cut_after_any_operation_changes_nothing_in_the_end() {
    // zedrouter keeps the numbers of what has gone for six minutes.
    let settle = Duration::from_mins(10);
    let config =
        |faults: Faults| Config { faults, steps: STEPS, settle, input_every: 1, ..Config::default() };
    let mut whole = Story::whole();
    let outcome = run(1, &config(Faults::none()), &mut whole).expect("no file");
    assert!(outcome.failure.is_none(), "{}", outcome.failure.expect("it failed"));
    let files = lasting(&whole);
    let mut cuts = 0;
    let mut failures = Vec::new();
    for operation in (1..=outcome.operations).step_by(every()) {
        let mut story = Story::whole();
        let faults = format!("cut@{operation}").parse().expect("it is known");
        let cut = run(1, &config(faults), &mut story).expect("no file");
        cuts += cut.cuts;
        if let Some(failure) = cut.failure {
            failures.push(format!("cut@{operation}: {failure}"));
        } else if !story.script.is_empty() {
            failures.push(format!("cut@{operation}: {} lines of the story were left", story.script.len()));
        } else if lasting(&story) != files {
            let there = lasting(&story);
            let more: Vec<_> = there.difference(&files).collect();
            let less: Vec<_> = files.difference(&there).collect();
            failures.push(format!("cut@{operation}: files {more:?} more, {less:?} less"));
        }
    }
    println!("{cuts} power cuts in a story of {} operations", outcome.operations);
    assert!(
        failures.is_empty(),
        "{} of them failed: {:#?}",
        failures.len(),
        &failures[..failures.len().min(20)]
    );
}

/// The files at the end, without backups: those are made by a change, and a boot may be one.
fn lasting(story: &Story) -> BTreeSet<&Path> {
    let files = story.persisted.iter().map(PathBuf::as_path);
    files.filter(|path| path.extension().is_none_or(|extension| extension != "bak")).collect()
}
