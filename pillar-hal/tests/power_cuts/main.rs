//! Power cuts during changes of files: every file is the old or the new content, what was acknowledged is there,
//! nothing else appears. And the proof that these tests would notice: each part of the algorithm left out.

mod careless;
mod life;

use careless::Part;
use life::{Wrong, live};

/// Lives of a machine, each of [`life::BOOTS`] boots that end with a power cut.
const LIVES: u64 = 2_000;

/// Lives in which a missing part must show.
const CARELESS_LIVES: u64 = 400;

#[test]
fn ten_thousand_power_cuts_leave_old_or_new_and_all_that_was_acknowledged() {
    for seed in 0..LIVES {
        let outcome = live(seed, None, true);
        assert_eq!(outcome.wrong, None, "seed {seed}");
        assert_eq!(outcome.cuts, life::BOOTS, "seed {seed}");
    }
}

#[test]
fn the_same_seed_gives_the_same_life() {
    for seed in 0..20 {
        assert_eq!(live(seed, None, true), live(seed, None, true));
    }
}

/// What goes wrong first in many lives of a machine whose storage leaves out a part.
fn goes_wrong_without(part: Part) -> Vec<Wrong> {
    // Without faults: nothing but the missing part can be to blame.
    let mut wrong: Vec<_> =
        (0..CARELESS_LIVES).filter_map(|seed| live(seed, Some(part), false).wrong).collect();
    wrong.sort_unstable();
    wrong.dedup();
    wrong
}

#[test]
fn without_the_sync_of_the_directory_acknowledged_values_are_lost() {
    assert!(goes_wrong_without(Part::DirectorySync).contains(&Wrong::Lost));
}

#[test]
fn without_the_sync_of_the_directories_above_acknowledged_values_are_lost() {
    assert_eq!(goes_wrong_without(Part::ParentSync), [Wrong::Lost]);
}

#[test]
fn without_the_sync_of_the_file_values_are_torn() {
    assert!(goes_wrong_without(Part::FileSync).contains(&Wrong::Torn));
}

#[test]
fn without_the_temporary_file_values_are_torn() {
    assert!(goes_wrong_without(Part::TemporaryFile).contains(&Wrong::Torn));
}

#[test]
fn removing_the_backup_before_the_file_brings_older_values_back() {
    assert_eq!(goes_wrong_without(Part::RenameToBackup), [Wrong::Older]);
}

#[test]
fn without_any_of_this_nothing_goes_wrong() {
    assert_eq!(goes_wrong_without(Part::None), []);
}
