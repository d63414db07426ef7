//! Tables that are followed as files, with real notices of the kernel.

use std::fs;
use std::path::Path;
use std::time::Duration;

use pillar_core::bus::wire::Wire;
use pillar_core::hal::source::HAL;
use pillar_core::node::{Agent, AgentName, Change, Context, Event, GLOBAL, Place};
use pillar_tests::script::{Log, Step};
use pillar_tests::site::{Dir, Site};
use pillar_types::Topic;
use pillar_types::device::OnboardingStatus;
use pillar_types::led::LedBlinkCounter;

use crate::{troubles, until_told};

/// Follows both kinds, and publishes to one of them when it is told.
struct Watcher(Log);

impl Agent for Watcher {
    const NAME: AgentName = AgentName("watcher");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(GLOBAL, Self::on_blink);
        cx.subscribe(AgentName("zedclient"), Self::on_onboarding);
        cx.subscribe(HAL, Self::on_step);
    }
}

impl Watcher {
    fn on_blink(&mut self, change: Change<'_, LedBlinkCounter>, _: &mut Context<'_, Self>) {
        self.note("", &change, |counter| counter.blink_counter.to_string());
    }

    fn on_onboarding(&mut self, change: Change<'_, OnboardingStatus>, _: &mut Context<'_, Self>) {
        self.note("client ", &change, |status| status.hardware_model.clone());
    }

    fn on_step(&mut self, change: Change<'_, Step>, cx: &mut Context<'_, Self>) {
        if let Some(step) = change.value() {
            let blink_counter = step.text.parse().expect("a number of the test");
            cx.publish_at(Place::Global, LedBlinkCounter::KEY, LedBlinkCounter { blink_counter });
        }
    }

    fn note<T: Topic>(&self, of: &str, change: &Change<'_, T>, show: impl Fn(&T) -> String) {
        let key = change.key;
        self.0.note(match &change.event {
            Event::Created(new) => format!("{of}create {key} {}", show(new)),
            Event::Modified { new, .. } => format!("{of}modify {key} {}", show(new)),
            Event::Deleted(_) => format!("{of}delete {key}"),
            Event::Synced => format!("{of}synced"),
            Event::Restarted(count) => format!("{of}restarted {count}"),
            Event::Resync => format!("{of}resync"),
        });
    }
}

fn watching(dir: &Dir) -> (Site, Log) {
    let log = Log::default();
    let noted = log.clone();
    let site = Site::new(dir.path(), Wire::Native, move |node| node.add(move || Watcher(noted.clone())));
    (site, log)
}

/// Writes a file as EVE does: another name first, then a rename.
fn write(dir: &Path, name: &str, text: &str) {
    let temp = dir.join("tmp123456");
    fs::write(&temp, text).expect("room");
    fs::rename(temp, dir.join(name)).expect("room");
}

fn blink_dir(dir: &Dir) -> std::path::PathBuf {
    let folder = dir.path().join("run/global/LedBlinkCounter");
    fs::create_dir_all(&folder).expect("room");
    folder
}

#[test]
fn ac02_32_a_file_that_is_written_is_created_once_and_temporary_ones_are_not_seen() {
    let dir = Dir::new();
    let folder = blink_dir(&dir);
    let (mut site, log) = watching(&dir);
    until_told(&mut site, &log, &["synced"]);

    write(&folder, "ledconfig.json", r#"{"BlinkCounter":1}"#);
    until_told(&mut site, &log, &["create ledconfig 1"]);

    fs::write(folder.join("tmp99"), "{}").expect("room");
    fs::write(folder.join("ledconfig.json.bak"), "{}").expect("room");
    site.run(Duration::from_millis(50));
    assert_eq!(log.take(), Vec::<String>::new());

    write(&folder, "ledconfig.json", r#"{"BlinkCounter":2}"#);
    until_told(&mut site, &log, &["modify ledconfig 2"]);
    fs::remove_file(folder.join("ledconfig.json")).expect("it is there");
    until_told(&mut site, &log, &["delete ledconfig"]);
    assert_eq!(troubles(&site.node), []);
}

#[test]
fn ac02_32_a_file_that_is_there_at_first_is_created_and_synced() {
    let dir = Dir::new();
    let folder = blink_dir(&dir);
    write(&folder, "ledconfig.json", r#"{"BlinkCounter":1}"#);

    let (mut site, log) = watching(&dir);

    until_told(&mut site, &log, &["create ledconfig 1", "synced"]);
}

#[test]
fn ac02_33_a_restart_in_the_same_instant_comes_later_and_last() {
    let dir = Dir::new();
    let folder = blink_dir(&dir);
    let (mut site, log) = watching(&dir);
    until_told(&mut site, &log, &["synced"]);

    write(&folder, "restarted", "1");
    write(&folder, "x.json", r#"{"BlinkCounter":3}"#);
    until_told(&mut site, &log, &["create x 3"]);
    site.skip(Duration::from_millis(800));
    site.turn().expect("no tables of others");
    assert_eq!(log.take(), Vec::<String>::new(), "not within a second");
    site.skip(Duration::from_millis(2_200));

    until_told(&mut site, &log, &["restarted 1"]);
}

#[test]
fn a_directory_that_comes_later_holds_nobody_up() {
    // Weakness 17 of the reference: its subscriber blocks until the directory is there.
    let dir = Dir::new();
    let (mut site, log) = watching(&dir);
    site.turn().expect("no tables of others");
    assert_eq!(log.take(), Vec::<String>::new());

    // Below /run it is seen at once.
    let folder = blink_dir(&dir);
    write(&folder, "ledconfig.json", r#"{"BlinkCounter":1}"#);
    site.until("the directory", |_| log.lines().iter().any(|line| line == "create ledconfig 1"));
    log.take();

    // Elsewhere it is looked for every ten seconds.
    let client = dir.path().join("persist/status/zedclient/OnboardingStatus");
    fs::create_dir_all(&client).expect("room");
    write(&client, "global.json", r#"{"HardwareModel":"m"}"#);
    site.skip(Duration::from_secs(10));
    site.until("the client", |_| log.lines().iter().any(|line| line == "client synced"));
    assert!(log.take().contains(&"client create global m".to_owned()));
}

#[test]
fn what_an_agent_of_ours_and_a_script_write_comes_to_both() {
    let dir = Dir::new();
    let folder = blink_dir(&dir);
    let (mut site, log) = watching(&dir);
    until_told(&mut site, &log, &["synced"]);
    let publish = |site: &mut Site, number: u8| {
        let step = Step { text: number.to_string(), ..Step::default() };
        site.node.put(HAL, "step", Some(step.into())).expect("room");
        site.turn().expect("no tables of others");
    };
    let file = folder.join("ledconfig.json");

    publish(&mut site, 4);
    site.until("a file", |_| fs::read_to_string(&file).is_ok_and(|text| text == r#"{"BlinkCounter":4}"#));
    // The agent's own file tells it nothing new. That it now fills the table as well is told.
    site.run(Duration::from_millis(50));
    let told = log.take();
    assert!(told.contains(&"create ledconfig 4".to_owned()), "{told:?}");
    assert!(told.iter().all(|line| line == "create ledconfig 4" || line == "synced"), "{told:?}");

    write(&folder, "ledconfig.json", r#"{ "BlinkCounter": 5 }"#);
    until_told(&mut site, &log, &["modify ledconfig 5"]);
    site.run(Duration::from_millis(50));
    let text = fs::read_to_string(&file).expect("a file");
    assert_eq!(text, r#"{ "BlinkCounter": 5 }"#, "it is not written over");

    publish(&mut site, 6);
    until_told(&mut site, &log, &["modify ledconfig 6"]);
    site.until("a file", |_| fs::read_to_string(&file).is_ok_and(|text| text == r#"{"BlinkCounter":6}"#));
    fs::remove_file(&file).expect("it is there");
    until_told(&mut site, &log, &["delete ledconfig"]);
    assert_eq!(troubles(&site.node), []);
}

#[test]
fn a_directory_that_is_replaced_is_looked_at_again() {
    let dir = Dir::new();
    let folder = blink_dir(&dir);
    write(&folder, "k1.json", r#"{"BlinkCounter":1}"#);
    let (mut site, log) = watching(&dir);
    until_told(&mut site, &log, &["create k1 1", "synced"]);

    fs::rename(&folder, dir.path().join("run/global/Old")).expect("room");
    let folder = blink_dir(&dir);
    write(&folder, "k2.json", r#"{"BlinkCounter":2}"#);

    site.until("the new one", |_| log.lines().len() >= 2);
    let mut told = log.take();
    told.sort();
    assert_eq!(told, ["create k2 2", "delete k1"]);
}
