use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pillar_core::hal::{Clock, Command, Exit, Process, ProcessError, Scope};
use pillar_core::time::Mono;
use pillar_hal::conformance;
use pillar_hal::linux::{LinuxClock, LinuxProcess};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::process::{Programs, Scripted, SimProcess};

use crate::device::{TempDir, TestClock};

const SECOND: Duration = Duration::from_secs(1);

fn shell(script: &str) -> Command {
    Command::new("sh").args(["-c", script])
}

/// The programs that the suite asks for, as scripts.
pub fn programs() -> Programs {
    let ok = |stdout: &str| Scripted::ends(Exit::Code(0), stdout);
    let mut programs = Programs::default();
    programs.install("true", move |_| ok(""));
    programs.install("false", |_| Scripted::ends(Exit::Code(1), ""));
    programs.install("echo", move |command| ok(&format!("{}\n", command.args.join(" "))));
    programs.install("env", move |command| {
        let line = |(name, value): &(String, String)| format!("{name}={value}\n");
        ok(&command.env.iter().map(line).collect::<String>())
    });
    programs.install("seq", move |command| {
        let number = |index: usize| command.args[index].parse::<u32>().unwrap();
        let lines: Vec<_> = (number(0)..=number(1)).map(|n| n.to_string()).collect();
        ok(&format!("{}\n", lines.join("\n")))
    });
    programs
        .install("sleep", move |command| ok("").after(Duration::from_secs(command.args[0].parse().unwrap())));
    programs
}

#[test]
fn real_programs_conform() {
    conformance::process(&LinuxProcess::default(), &LinuxClock);
}

#[test]
fn simulated_programs_conform() {
    let clock = Arc::new(TestClock::default());
    let programs = Arc::new(Mutex::new(programs()));
    let process = SimProcess::new(programs.clone(), Arc::new(Open), clock.clone());
    conformance::process(&process, &*clock);
    assert_eq!(programs.lock().unwrap().running(clock.now().mono).count(), 0);
    assert!(programs.lock().unwrap().started().any(|command| command.args == ["100"]));
}

#[test]
fn a_simulated_program_that_ignores_sigterm_goes_by_sigkill() {
    let clock = Arc::new(TestClock::default());
    let mut programs = programs();
    programs.install("qemu", |_| {
        Scripted { ignores_term: true, ..Scripted::ends(Exit::Code(0), "") }.after(Duration::MAX)
    });
    let process = SimProcess::new(Arc::new(Mutex::new(programs)), Arc::new(Open), clock.clone());
    let child = process.start(&Scope::unbounded(), &Command::new("qemu")).unwrap();
    assert_eq!(child.terminate(&Scope::unbounded(), SECOND), Ok(Exit::Signal(9)));
    assert_eq!(clock.now().mono.since(Mono::default()), SECOND);
}

/// Runs with a cancel from another thread; says what came of it and how long after the cancel it returned.
fn cancelled_while<R>(call: impl FnOnce(&Scope) -> R) -> (R, Duration) {
    let scope = Scope::unbounded();
    std::thread::scope(|threads| {
        let canceller = threads.spawn(|| {
            LinuxClock.sleep(&Scope::unbounded(), Duration::from_millis(50));
            scope.cancel();
            Instant::now()
        });
        let result = call(&scope);
        let returned = Instant::now();
        (result, returned.saturating_duration_since(canceller.join().unwrap()))
    })
}

#[test]
fn a_cancel_ends_a_sleep_and_a_program_at_once() {
    let (slept, late) = cancelled_while(|scope| LinuxClock.sleep(scope, 100 * SECOND));
    assert!(!slept && late < SECOND, "{late:?}");
    let sleep = Command::new("sleep").args(["100"]);
    let (result, late) = cancelled_while(|scope| LinuxProcess::default().run(scope, &sleep));
    assert_eq!(result, Err(ProcessError::Cancelled));
    assert!(late < SECOND, "{late:?}");
}

#[test]
fn the_whole_group_is_ended_even_if_it_ignores_sigterm() {
    let dir = TempDir::on_tmpfs();
    let file = dir.path().join("pids");
    let script = format!("trap '' TERM; sleep 100 & echo $! $$ > {}; sleep 100; sleep 100", file.display());
    let command = shell(&script).time(Duration::from_millis(300));
    let start = Instant::now();
    let result = LinuxProcess::default().run(&Scope::unbounded(), &command);
    assert!(matches!(result, Err(ProcessError::TimedOut { .. })), "{result:?}");
    assert!(start.elapsed() < command.time + SECOND, "{:?}", start.elapsed());
    // The program itself is gone; the others were sent SIGKILL, of which they die when they get to run.
    let state = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let gone = |pid: &str| state(pid).is_empty() || state(pid).contains(" Z ");
    for pid in dir.get("pids").split_whitespace() {
        let wait = || LinuxClock.sleep(&Scope::unbounded(), Duration::from_millis(20));
        assert!((0..500).any(|_| gone(pid) || !wait()), "{pid} lives on: {}", state(pid));
    }
}

#[test]
fn a_process_left_behind_holds_nothing_up() {
    let start = Instant::now();
    let output = LinuxProcess::default().run(&Scope::unbounded(), &shell("sleep 3 & echo done")).unwrap();
    assert_eq!((output.exit, output.stdout.as_slice()), (Exit::Code(0), b"done\n".as_slice()));
    assert!(start.elapsed() < SECOND, "{:?}", start.elapsed());
}

#[test]
fn programs_have_no_input_and_start_in_the_root_directory() {
    let run = |command: &Command| LinuxProcess::default().run(&Scope::unbounded(), command).unwrap();
    assert_eq!(run(&Command::new("cat")).stdout, b"");
    assert_eq!(run(&Command::new("pwd")).stdout, b"/\n");
    let output = run(&shell("echo out; echo err >&2; kill -9 $$"));
    assert_eq!(output.exit, Exit::Signal(9));
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (b"out\n".as_slice(), b"err\n".as_slice())
    );
}

#[test]
fn output_without_end_costs_bounded_memory_and_ends_with_the_time() {
    let command = Command::new("yes").time(Duration::from_millis(300));
    let start = Instant::now();
    let result = LinuxProcess::default().run(&Scope::unbounded(), &command);
    assert!(matches!(result, Err(ProcessError::TimedOut { .. })));
    assert!(start.elapsed() < command.time + SECOND);
}

#[test]
fn a_child_whose_handle_is_gone_goes_on_and_leaves_no_zombie() {
    let process = LinuxProcess::default();
    let scope = Scope::unbounded();
    let pid = process.start(&scope, &Command::new("sleep").args(["0.1"])).unwrap().pid();
    let stat = || std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(!stat().is_empty(), "it goes on");
    for _ in 0..100 {
        LinuxClock.sleep(&scope, Duration::from_millis(20));
        process.run(&scope, &Command::new("true")).unwrap();
        if stat().is_empty() {
            return;
        }
    }
    panic!("{}", stat());
}
