//! Namespaces of a test's own: network, and files that programs write wherever they run.

use pillar_core::hal::{Command, Process, Scope};
use pillar_hal::linux::LinuxProcess;
use rustix::io::Errno;
use rustix::thread::{UnshareFlags, gettid, unshare_unsafe};

use crate::device::skipped;

/// Runs a test in a thread with a new network namespace, which goes with it. Where that cannot be had, says so.
pub fn in_namespace(what: &str, test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(|| own_network().map(|()| test()));
    match thread.join() {
        Ok(Ok(())) => {}
        Ok(Err(errno)) => skipped(&format!("{what}: no network namespace ({errno})")),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Gives the calling thread a network namespace of its own.
pub fn own_network() -> Result<(), Errno> {
    // SAFETY: only `FILES` is unsafe to unshare, and this is not it.
    unsafe { unshare_unsafe(UnshareFlags::NEWNET) }
}

/// The file that means the calling thread's network namespace.
pub fn thread_network() -> String {
    format!("/proc/{}/task/{}/ns/net", std::process::id(), gettid().as_raw_nonzero())
}

/// Gives the calling thread, and what it starts, empty directories in place of these, and an `/etc/resolv.conf`
/// that is not the machine's. False where this user may not.
pub fn own_files(directories: &[&str]) -> bool {
    // SAFETY: only `FILES` is unsafe to unshare, and this is not it.
    let unshared = unsafe { unshare_unsafe(UnshareFlags::NEWNS) };
    unshared.is_ok()
        && run("mount", &["--make-rprivate", "/"])
        && directories.iter().all(|directory| run("mount", &["-t", "tmpfs", "none", directory]))
        && std::fs::write("/run/resolv.conf", "").is_ok()
        && run("mount", &["--bind", "/run/resolv.conf", "/etc/resolv.conf"])
}

/// Whether there is such a program.
pub fn is_installed(program: &str) -> bool {
    let command = Command::new(program).args(["--version"]);
    LinuxProcess::default().run(&Scope::unbounded(), &command).is_ok()
}

/// Runs `ip` with these arguments, separated by spaces.
pub fn ip(args: &str) {
    let args: Vec<&str> = args.split(' ').collect();
    assert!(run("ip", &args), "ip {args:?}");
}

/// Runs a program; whether it says that all went well.
pub fn run(program: &str, args: &[&str]) -> bool {
    let command = Command::new(program).args(args.iter().copied());
    let output = LinuxProcess::default().run(&Scope::unbounded(), &command);
    output.is_ok_and(|output| output.exit.success())
}
