//! The end of a process that must die, as others see it: EVE's log collector knows a crash by its first line, and
//! the next boot reads files (spec/02, Fatal, panic, reboot files).
//!
//! Panics of agents and jobs are none of this: their node catches them, and they are kept for its report.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::path::Path;
use std::thread;

use pillar_core::hal::{Clock, Scope};
use pillar_core::node::PanicDetail;
use pillar_core::reboot::{Event, Records};
use pillar_hal::linux::{LinuxClock, LinuxFs, LinuxStorage};
use rustix::fs::OFlags;

use crate::args::FAILED;
use crate::{logging, run};

/// Runs a program to its end. A panic that reaches this call ends it, with a line that begins with `panic:`.
pub fn guard(program: impl FnOnce() -> i32) -> i32 {
    std::panic::set_hook(Box::new(outside));
    pillar_hal::panic::install();
    if let Err(why) = pillar_hal::abort::install() {
        eprintln!("zedbox: an abort will not be told of: {why}");
    }
    caught(program).unwrap_or(FAILED)
}

/// Runs something; a panic in it is printed, and given.
pub fn caught<R>(run: impl FnOnce() -> R) -> Result<R, PanicDetail> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| {
        let panic = pillar_hal::panic::take().unwrap_or_default();
        eprint!("{}", text(&panic));
        panic
    })
}

/// What EVE's log collector takes for a crash.
fn text(panic: &PanicDetail) -> String {
    format!("panic: {} ({})\n{}", panic.message, panic.location, panic.backtrace)
}

/// Threads other than the main one and the workers run nobody's code but ours: nobody catches their panics.
fn outside(panic: &PanicHookInfo<'_>) {
    let thread = thread::current();
    if !matches!(thread.name(), Some("main" | "worker")) {
        eprintln!("panic: {panic}");
    }
}

/// Leaves what the next boot reports of a process that must die, and says it here and now.
pub fn record(root: &Path, agent: &str, message: &str, stack: &str) {
    let (scope, layout) = (Scope::unbounded(), run::layout(root));
    let records = Records { storage: &LinuxStorage::new(LinuxFs), layout: &layout, scope: &scope };
    let event = Event { agent, pid: std::process::id(), message, at: LinuxClock.now().wall };
    let (reason, written) = records.fatal(&event, stack);
    tell_console(root, &reason);
    logging::fatal(agent, message);
    if let Err(why) = written {
        log::error!("the next boot may not know why: {why}");
    }
}

/// To whoever stands before the device.
fn tell_console(root: &Path, reason: &str) {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let tty = OpenOptions::new().write(true).custom_flags(flags).open(root.join("dev/tty"));
    // A process without a terminal has nobody to tell.
    if let Ok(mut tty) = tty {
        let _ = write!(tty, "Rebooting EVE. Reason: {reason}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ac02_42_a_crash_is_known_by_its_first_line() {
        pillar_hal::panic::install();
        let panic = caught(|| panic!("boom {}", 7)).unwrap_err();
        let text = text(&panic);
        assert!(text.starts_with("panic: boom 7 (pillar-bin/src/crash.rs:"), "{text}");
        assert!(text.lines().count() > 1, "a back-trace follows: {text}");
        assert_eq!(caught(|| 7).ok(), Some(7));
    }
}
