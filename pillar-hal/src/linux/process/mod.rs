//! External programs as child processes, each the leader of its own process group.
//!
//! A process is signalled only while it has not been waited for, so that no signal reaches a stranger that got
//! its number.

mod capture;
mod child;

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pillar_core::hal::{Child, Command, Exit, Output, Process, ProcessError, Scope, is_well_formed};
use rustix::io::Errno;

use super::clock::mono;
use super::wait::{Waiter, Woken};
use capture::Capture;
use child::LinuxChild;

/// How long a program that must go has after SIGTERM.
const TERM_GRACE: Duration = Duration::from_millis(500);

/// Where programs are looked for if our own environment does not say.
const DEFAULT_PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// Programs of this machine.
#[derive(Default)]
pub struct LinuxProcess {
    orphans: Arc<Orphans>,
}

/// Children whose handle is gone, or that could not be ended: waited for now and then, so that they do not stay
/// as zombies.
#[derive(Default)]
struct Orphans(Mutex<Vec<std::process::Child>>);

impl Orphans {
    fn adopt(&self, child: std::process::Child) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(child);
    }

    fn reap(&self) {
        let running = |child: &mut std::process::Child| matches!(child.try_wait(), Ok(None));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain_mut(running);
    }
}

impl Process for LinuxProcess {
    fn run(&self, scope: &Scope, command: &Command) -> Result<Output, ProcessError> {
        self.orphans.reap();
        let failed = |call| move |errno| io(command, call, errno);
        let waiter = Waiter::new(scope).map_err(failed("eventfd"))?;
        let mut process = spawn(scope, command, Stdio::piped)?;
        let until = mono() + command.time;
        let mut stdout = Capture::new(process.stdout.take().map(OwnedFd::from), command.output_limit);
        let mut stderr = Capture::new(process.stderr.take().map(OwnedFd::from), command.output_limit);
        let child = LinuxChild::new(process, self.orphans.clone()).map_err(failed("pidfd_open"))?;
        loop {
            let mut fds = vec![child.ended()];
            fds.extend(stdout.open().into_iter().chain(stderr.open()));
            let woken = waiter.wait(&fds, Some(until)).map_err(failed("poll"));
            if woken != Ok(Woken::Ready) {
                child.end(TERM_GRACE, None)?;
            }
            match woken? {
                Woken::Ready => {}
                Woken::Cancelled => return Err(ProcessError::Cancelled),
                Woken::TimeOver => {
                    return Err(ProcessError::TimedOut {
                        program: command.program.clone(),
                        time: command.time,
                    });
                }
            }
            stdout.read_some();
            stderr.read_some();
            if let Some(exit) = child.exited() {
                stdout.read_rest();
                stderr.read_rest();
                let truncated = stdout.truncated || stderr.truncated;
                return Ok(Output { exit, stdout: stdout.kept, stderr: stderr.kept, truncated });
            }
        }
    }

    fn start(&self, scope: &Scope, command: &Command) -> Result<Arc<dyn Child>, ProcessError> {
        self.orphans.reap();
        let process = spawn(scope, command, Stdio::null)?;
        let child = LinuxChild::new(process, self.orphans.clone());
        Ok(Arc::new(child.map_err(|errno| io(command, "pidfd_open", errno))?))
    }
}

fn spawn(
    scope: &Scope,
    command: &Command,
    output: impl Fn() -> Stdio,
) -> Result<std::process::Child, ProcessError> {
    if scope.cancelled() {
        return Err(ProcessError::Cancelled);
    }
    if !is_well_formed(command) {
        return Err(ProcessError::BadCommand(command.program.clone()));
    }
    let mut process = std::process::Command::new(&command.program);
    process.args(&command.args).env_clear();
    process.env("PATH", std::env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into()));
    process.envs(command.env.iter().map(|(name, value)| (name, value)));
    process.stdin(Stdio::null()).stdout(output()).stderr(output());
    process.current_dir("/").process_group(0);
    process.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => ProcessError::NotFound(command.program.clone()),
        _ => ProcessError::Io {
            program: command.program.clone(),
            call: "spawn",
            errno: error.raw_os_error().unwrap_or(0),
        },
    })
}

fn io(command: &Command, call: &'static str, errno: Errno) -> ProcessError {
    ProcessError::Io { program: command.program.clone(), call, errno: errno.raw_os_error() }
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or(0)),
    }
}
