//! What a panic that nobody catches looks like: EVE's log collector knows a crash by its first line (spec/02, Fatal,
//! panic, reboot files).

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::thread;

use crate::args::FAILED;

/// Runs a program to its end. Panics of agents and jobs are caught by their node, kept for its report, and not
/// printed; one that reaches this call ends the program, with a line that begins with `panic:`.
pub fn guard(program: impl FnOnce() -> i32) -> i32 {
    std::panic::set_hook(Box::new(outside));
    pillar_hal::panic::install();
    catch_unwind(AssertUnwindSafe(program)).unwrap_or_else(|_| {
        let panic = pillar_hal::panic::take().unwrap_or_default();
        eprintln!("panic: {} ({})\n{}", panic.message, panic.location, panic.backtrace);
        FAILED
    })
}

/// Threads other than the main one and the workers run nobody's code but ours: nobody catches their panics.
fn outside(panic: &PanicHookInfo<'_>) {
    let thread = thread::current();
    if !matches!(thread.name(), Some("main" | "worker")) {
        eprintln!("panic: {panic}");
    }
}
