//! Network namespaces of a test's own.

use pillar_core::hal::{Command, Process, Scope};
use pillar_hal::linux::LinuxProcess;
use rustix::thread::{UnshareFlags, unshare_unsafe};

use crate::device::skipped;

/// Runs a test in a thread with a new network namespace, which goes with it. Where that cannot be had, says so.
pub fn in_namespace(what: &str, test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(|| {
        // SAFETY: only `FILES` is unsafe to unshare, and this is not it.
        unsafe { unshare_unsafe(UnshareFlags::NEWNET) }?;
        test();
        Ok::<_, rustix::io::Errno>(())
    });
    match thread.join() {
        Ok(Ok(())) => {}
        Ok(Err(errno)) => skipped(&format!("{what}: no network namespace ({errno})")),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Runs `ip` with these arguments, separated by spaces.
pub fn ip(args: &str) {
    let command = Command::new("ip").args(args.split(' '));
    let output = LinuxProcess::default().run(&Scope::unbounded(), &command).unwrap();
    assert!(output.exit.success(), "ip {args}: {}", String::from_utf8_lossy(&output.stderr));
}
