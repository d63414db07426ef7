//! Aborts, which nothing catches: a stack that overflows, memory that cannot be had, a check of a native library.
//! EVE's log collector knows a crash by the beginning of a line (spec/02, Fatal, panic, reboot files); the runtime's
//! own words for an abort begin with none that it knows. A host installs this once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;

/// What is written before the process dies.
const LINE: &[u8] = b"\nSIGABRT: abort\n";

/// From now on a process that aborts, or that is sent SIGABRT, writes a line that begins with `SIGABRT:` to standard
/// error before it dies of that signal.
pub fn install() -> io::Result<()> {
    // SAFETY: the action may run between any two instructions of any thread. It takes no lock and no memory:
    // it swaps an atomic, makes one write(2), and aborts, all of which signal-safety(7) allows.
    unsafe { signal_hook_registry::register(Signal::ABORT.as_raw(), die) }.map(drop)
}

fn die() {
    static DYING: AtomicBool = AtomicBool::new(false);
    // Aborting sends the signal once more: then it is let through, and ends the process.
    if DYING.swap(true, Ordering::Relaxed) {
        return;
    }
    let _ = rustix::io::write(io::stderr(), LINE);
    std::process::abort();
}
