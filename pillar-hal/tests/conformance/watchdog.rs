use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use pillar_core::hal::{Clock, Command, Process, Scope, Watchdog, WatchdogError, Watched};
use pillar_hal::conformance::{self, Sight};
use pillar_hal::linux::{LinuxProcess, LinuxWatchdog};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::watchdog::{Kennel, SimWatchdog};

use crate::device::{TempDir, TestClock};

fn linux(run: &TempDir) -> LinuxWatchdog {
    LinuxWatchdog::new(run.path(), run.path().join("no-watchdog"))
}

#[test]
fn watchdog_files_conform() {
    let run = TempDir::on_tmpfs();
    let watches = |what: Watched<'_>| match what {
        Watched::Kicks(name) => run.has(&format!("watchdog/file/{name}.touch")),
        Watched::Process(name) => run.has(&format!("watchdog/pid/{name}.pid")),
    };
    let kicked = |name: &str| run.has(&format!("{name}.touch"));
    conformance::watchdog(&linux(&run), &Sight { watches: &watches, kicked: &kicked });
    assert_eq!(run.get("nim.pid"), std::process::id().to_string());
    assert!(!run.has("nim.pid.new"));
}

#[test]
fn simulated_watchdogs_conform() {
    let kennel = Arc::new(Mutex::new(Kennel::new(false)));
    let watchdog = SimWatchdog::new(kennel.clone(), Arc::new(Open), Arc::new(TestClock::default()), 1000);
    let watches = |what: Watched<'_>| kennel.lock().unwrap().watches(what);
    let kicked = |name: &str| kennel.lock().unwrap().kicked(name).is_some();
    conformance::watchdog(&watchdog, &Sight { watches: &watches, kicked: &kicked });
}

#[test]
fn a_kick_sets_the_time_of_the_file_and_leaves_its_content() {
    let run = TempDir::on_tmpfs();
    run.put("nim.touch", "kept");
    let file = std::fs::File::options().write(true).open(run.path().join("nim.touch")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    linux(&run).kick(&["nim"]).unwrap();
    let age = file.metadata().unwrap().modified().unwrap().elapsed().unwrap_or_default();
    assert!(age < Duration::from_mins(1), "{age:?}");
    assert_eq!(run.get("nim.touch"), "kept");
}

#[test]
fn a_name_is_refused_while_another_process_of_ours_holds_it() {
    let run = TempDir::on_tmpfs();
    let sleep = Command::new("sleep").args(["100"]);
    let child = LinuxProcess::default().start(&Scope::unbounded(), &sleep).unwrap();
    let pid = child.pid();
    run.put("sleep.pid", &pid.to_string());
    assert_eq!(linux(&run).claim("sleep"), Err(WatchdogError::InUse { pid }));
    run.put("zedagent.pid", &pid.to_string());
    linux(&run).claim("zedagent").expect("the number is a stranger's by now");
    child.terminate(&Scope::unbounded(), Duration::from_secs(1)).unwrap();
    linux(&run).claim("sleep").expect("the process is gone");
    for garbage in ["", "no number", "-1", "0", "99999999999999999999"] {
        run.put("nim.pid", garbage);
        linux(&run).claim("nim").expect(garbage);
        assert_eq!(run.get("nim.pid"), std::process::id().to_string());
    }
}

#[test]
fn a_process_that_has_ended_holds_no_name_although_nobody_has_asked_for_its_status() {
    let run = TempDir::on_tmpfs();
    let mut child = std::process::Command::new("sleep").arg("0").spawn().unwrap();
    run.put("sleep.pid", &child.id().to_string());
    let stat = format!("/proc/{}/stat", child.id());
    while !std::fs::read_to_string(&stat).unwrap().contains(") Z ") {
        std::thread::yield_now();
    }
    linux(&run).claim("sleep").expect("it runs no more");
    child.wait().unwrap();
}

#[test]
fn a_device_that_takes_no_time_is_stopped_again() {
    let run = TempDir::on_tmpfs();
    run.put("device", "");
    let watchdog = LinuxWatchdog::new(run.path(), run.path().join("device"));
    assert_eq!(watchdog.arm(Duration::from_mins(1)), Err(WatchdogError::Unsupported));
    assert_eq!(run.get("device"), "V", "the magic close");
    watchdog.kick(&[]).unwrap();
    assert_eq!(run.get("device"), "V", "it is not armed");
}

#[test]
fn the_simulated_watchdog_bites_when_kicks_stop() {
    let clock = Arc::new(TestClock::default());
    let kennel = Arc::new(Mutex::new(Kennel::new(true)));
    let watchdog = SimWatchdog::new(kennel.clone(), Arc::new(Open), clock.clone(), 1);
    let wait = |seconds| clock.sleep(&Scope::unbounded(), Duration::from_secs(seconds));
    let bites = || kennel.lock().unwrap().bites(clock.now().mono).map(str::to_owned);
    watchdog.watch(Watched::Kicks("nim")).unwrap();
    wait(200);
    watchdog.kick(&["nim"]).unwrap();
    wait(200);
    assert_eq!(bites(), None);
    assert_eq!(watchdog.arm(Duration::from_millis(59_001)), Ok(Duration::from_mins(1)));
    wait(60);
    assert_eq!(bites(), None);
    wait(1);
    assert_eq!(bites().as_deref(), Some("hardware"));
    watchdog.kick(&[]).unwrap();
    wait(40);
    assert_eq!(bites().as_deref(), Some("nim"));
    watchdog.unwatch(Watched::Kicks("nim")).unwrap();
    watchdog.disarm().unwrap();
    assert_eq!(bites(), None);
}
