//! When a value counts as stored, and so when an agent is told that it would survive a power cut.

use std::sync::Arc;
use std::time::Duration;

use pillar_core::hal::Hal;
use pillar_core::node::{JobStart, Trouble};

use crate::office::{Office, Shelf};
use crate::{Item, PEER};

#[test]
fn a_full_disk_loses_nothing_and_is_not_called_stored() {
    let shelf = Arc::new(Shelf::default());
    let mut office = Office::open(&shelf);
    office.tell("keep k 1");
    office.log.take();
    office.shelf.set_full(true);
    office.tell("keep k 2");
    office.test.pass(Duration::from_secs(300));
    assert!(office.log.take().is_empty());
    let report = office.test.node.reports().iter().next().expect("reported");
    assert!(matches!(report.trouble, Trouble::NotStored { .. }), "{report}");
    assert!(office.test.node.reports().total() < 15, "tries become rare");
    assert_eq!(shelf.text("/persist/status/clerk/Kept/k.json").as_deref(), Some(r#"{"Number":1}"#));
    office.shelf.set_full(false);
    office.test.pass(Duration::from_secs(120));
    assert_eq!(office.log.take(), ["stored k"]);
    assert_eq!(shelf.text("/persist/status/clerk/Kept/k.json").as_deref(), Some(r#"{"Number":2}"#));
}

#[test]
fn a_removal_of_what_is_not_there_is_stored_at_once() {
    let shelf = Arc::new(Shelf::default());
    let mut office = Office::open(&shelf);
    office.log.take();
    office.tell("drop nothing");
    assert_eq!(office.log.take(), ["dropped nothing"]);
}

#[test]
fn a_restored_value_that_is_removed_at_once_leaves_no_file() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/k.json.bak", r#"{"Number":1}"#);
    let mut office = Office::open_idle(&shelf);
    let order = Some(Item::new("drop k").into());
    office.test.node.put(PEER, "order", order).expect("room");
    office.test.run();
    assert_eq!(office.log.take(), ["start [k=1]", "dropped k"]);
    assert!(shelf.files().is_empty());
}

#[test]
fn a_file_that_could_not_be_loaded_goes_with_its_key() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("/persist/status/clerk/Kept/k.json", r#"{"Numb"#);
    let mut office = Office::open(&shelf);
    office.tell("drop k");
    assert_eq!(office.log.take(), ["start []", "dropped k"]);
    assert!(shelf.files().is_empty());
}

/// Tells the agent something, and runs it, but none of its jobs.
fn tell(office: &mut Office, text: &str) {
    office.test.node.put(PEER, "order", Some(Item::new(text).into())).expect("room");
    while office.test.node.step() {}
}

fn finish(office: &mut Office, jobs: Vec<JobStart>) {
    let hal = Hal { storage: office.shelf.clone(), ..Hal::default() };
    for job in jobs {
        let id = job.id();
        let out = job.run(&hal);
        office.test.node.job_done(id, out);
    }
    office.test.run();
}

/// An agent whose key `k` is stored, with a batch of files under way that is not about it.
fn busy_office() -> (Office, Vec<JobStart>) {
    let mut office = Office::open(&Arc::new(Shelf::default()));
    office.tell("keep k 1");
    office.log.take();
    tell(&mut office, "item other x");
    let batch = office.test.node.take_jobs();
    assert_eq!(batch.len(), 1);
    (office, batch)
}

#[test]
fn a_removal_that_is_under_way_is_stored_when_it_has_ended() {
    let (mut office, batch) = busy_office();
    finish(&mut office, batch);
    tell(&mut office, "drop k");
    let removal = office.test.node.take_jobs();
    assert_eq!(removal.len(), 1, "the removal is being written");
    tell(&mut office, "drop k ");
    assert!(office.log.take().is_empty());
    finish(&mut office, removal);
    assert_eq!(office.log.take(), ["dropped k", "dropped k"]);
}

#[test]
fn a_key_that_came_and_went_while_files_were_written_is_dropped_when_that_is_stored() {
    let (mut office, batch) = busy_office();
    tell(&mut office, "keep new 1");
    tell(&mut office, "drop new");
    assert!(office.log.take().is_empty());
    finish(&mut office, batch);
    assert_eq!(office.log.take(), ["stored new", "dropped new"]);
    assert!(office.test.node.settled());
}

#[test]
fn a_value_that_went_and_came_back_while_files_were_written_is_stored() {
    let (mut office, batch) = busy_office();
    tell(&mut office, "keep k 2");
    tell(&mut office, "keep k 1");
    assert!(office.log.take().is_empty());
    finish(&mut office, batch);
    assert_eq!(office.log.take(), ["stored k", "stored k"]);
    assert!(office.test.node.settled());
}
