//! Guests by QEMU. Each domain has a folder under `/run/hypervisor/kvm`, as EVE's tools expect, and a daemon that
//! outlives us; all that we know of it is in the folder and in `/proc`, so that nothing is lost when we start
//! again.

mod command;
mod events;
mod qmp;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pillar_core::hal::{
    Domain, DomainInfo, DomainState, DomainUsage, Hypervisor, HypervisorError, Process, ProcessError, Scope,
    is_domain_name,
};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde_json::{Value, json};

use super::clock::mono;
use super::wait::{Waiter, Woken};
use command::Files;
use events::Events;
use qmp::{Qmp, failed_io, shortened};

pub use events::DomainEvents;

/// How long QEMU may take until it is a daemon.
const CREATE_TIME: Duration = Duration::from_secs(30);

/// How long QEMU has to end after `quit`, and again after SIGKILL (spec/05, KVM: QMP).
const END_TIME: Duration = Duration::from_secs(5);

/// How guests' instructions are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accel {
    /// By the processor.
    Kvm,
    /// By translation: slow, but everywhere.
    Tcg,
}

/// How QEMU reads and writes disks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aio {
    /// By io_uring, as EVE has it.
    IoUring,
    /// By threads, where the kernel has no io_uring.
    Threads,
}

impl Aio {
    fn name(self) -> &'static str {
        match self {
            Aio::IoUring => "io_uring",
            Aio::Threads => "threads",
        }
    }
}

/// What QEMU there is, and what it can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The program.
    pub program: PathBuf,
    /// How guests' instructions are run.
    pub accel: Accel,
    /// How QEMU reads and writes disks.
    pub aio: Aio,
    /// Whether the kernel moves packets of guests itself.
    pub vhost_net: bool,
}

impl Options {
    /// Where EVE has QEMU, else the one in `PATH`; the rest as `accel` and the kernel allow.
    pub fn detect(accel: Accel) -> Self {
        let eve = Path::new("/usr/lib/xen/bin/qemu-system-x86_64");
        let disabled = fs::read_to_string("/proc/sys/kernel/io_uring_disabled");
        let io_uring = disabled.is_ok_and(|text| text.trim() == "0");
        Options {
            program: if eve.exists() { eve.into() } else { "qemu-system-x86_64".into() },
            accel,
            aio: if io_uring { Aio::IoUring } else { Aio::Threads },
            vhost_net: accel == Accel::Kvm && Path::new("/dev/vhost-net").exists(),
        }
    }
}

/// Guests by QEMU.
pub struct Qemu {
    folder: PathBuf,
    options: Options,
    process: Arc<dyn Process>,
    events: Arc<Events>,
}

impl Qemu {
    /// Guests whose folders are in `run/hypervisor/kvm`. An error is the kernel's about a descriptor.
    pub fn new(run: &Path, options: Options, process: Arc<dyn Process>) -> Result<Self, Errno> {
        Ok(Qemu { folder: run.join("hypervisor/kvm"), options, process, events: Events::new()? })
    }

    /// What happens to domains by themselves.
    pub fn events(&self) -> DomainEvents {
        DomainEvents(self.events.clone())
    }

    fn files(&self, name: &str) -> Result<Files, HypervisorError> {
        if is_domain_name(name) {
            Ok(Files::new(&self.folder, name))
        } else {
            Err(HypervisorError::BadDomain(format!("the name {name:?}")))
        }
    }

    /// Files and process of a domain that is there.
    fn existing(&self, name: &str) -> Result<(Files, Pid), HypervisorError> {
        let files = self.files(name)?;
        let pid = alive(&files, name).ok_or_else(|| HypervisorError::NotFound(name.into()))?;
        Ok((files, pid))
    }

    fn execute(
        &self,
        scope: &Scope,
        name: &str,
        command: &'static str,
        arguments: Value,
    ) -> Result<Value, HypervisorError> {
        let (files, _) = self.existing(name)?;
        Qmp::connect(scope, name, &files.qmp)?.execute(scope, command, arguments)
    }

    /// Has a domain's events told, if they are not.
    fn listen(&self, scope: &Scope, name: &str, files: &Files) -> Result<(), HypervisorError> {
        if self.events.has(name) {
            return Ok(());
        }
        let (socket, lines) = Qmp::connect(scope, name, &files.listener)?.into_parts();
        let failed = |errno: Errno| HypervisorError::Io { what: "epoll".into(), errno: errno.raw_os_error() };
        self.events.add(name, socket, lines).map_err(failed)
    }

    fn launch(&self, scope: &Scope, domain: &Domain, files: &Files) -> Result<u32, HypervisorError> {
        let config = command::config(&self.options, domain, files)?;
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&files.dir)
            .and_then(|()| fs::write(&files.config, config))
            .map_err(|error| failed_io(&files.dir, &error))?;
        let command = command::command(&self.options, domain, files).time(CREATE_TIME);
        let output = self.process.run(scope, &command).map_err(|error| program_failed(domain, error))?;
        if !output.exit.success() {
            let what = shortened(&String::from_utf8_lossy(&output.stderr));
            return Err(HypervisorError::Failed { name: domain.name.clone(), what });
        }
        let pid = alive(files, &domain.name).ok_or_else(|| HypervisorError::Failed {
            name: domain.name.clone(),
            what: "QEMU ended as soon as it had started".into(),
        })?;
        self.listen(scope, &domain.name, files)?;
        Ok(pid.as_raw_nonzero().get().unsigned_abs())
    }
}

impl Hypervisor for Qemu {
    fn name(&self) -> &'static str {
        "kvm"
    }

    fn create(&self, scope: &Scope, domain: &Domain) -> Result<u32, HypervisorError> {
        let files = self.files(&domain.name)?;
        if alive(&files, &domain.name).is_some() {
            return Err(HypervisorError::Exists(domain.name.clone()));
        }
        remove(&files)?;
        let launched = self.launch(scope, domain, &files);
        if launched.is_err() {
            // Also when the scope is over: nothing half made stays.
            self.destroy(&Scope::unbounded(), &domain.name)?;
        }
        launched
    }

    fn set_vnc_password(&self, scope: &Scope, name: &str, password: &str) -> Result<(), HypervisorError> {
        self.execute(scope, name, "change-vnc-password", json!({ "password": password })).map(drop)
    }

    fn start(&self, scope: &Scope, name: &str) -> Result<(), HypervisorError> {
        self.execute(scope, name, "cont", Value::Null)?;
        match self.info(scope, name)?.map(|info| info.state) {
            Some(DomainState::Running) => Ok(()),
            state => {
                let what = format!("does not run after its start: {state:?}");
                Err(HypervisorError::Failed { name: name.into(), what })
            }
        }
    }

    fn shut_down(&self, scope: &Scope, name: &str) -> Result<(), HypervisorError> {
        self.execute(scope, name, "system_powerdown", Value::Null).map(drop)
    }

    fn destroy(&self, scope: &Scope, name: &str) -> Result<(), HypervisorError> {
        let files = self.files(name)?;
        if let Some(pid) = alive(&files, name) {
            // An answer is not needed: SIGKILL follows.
            let _ = Qmp::connect(scope, name, &files.qmp)
                .and_then(|mut qmp| qmp.execute(scope, "quit", Value::Null));
            end(scope, name, pid)?;
        }
        remove(&files)
    }

    fn info(&self, scope: &Scope, name: &str) -> Result<Option<DomainInfo>, HypervisorError> {
        let files = self.files(name)?;
        let Some(pid) = alive(&files, name) else { return Ok(None) };
        let id = pid.as_raw_nonzero().get().unsigned_abs();
        let status = self
            .listen(scope, name, &files)
            .and_then(|()| self.execute(scope, name, "query-status", Value::Null));
        let state = match status {
            Ok(answer) => state_of(answer.get("status").and_then(Value::as_str).unwrap_or_default()),
            Err(HypervisorError::Cancelled) => return Err(HypervisorError::Cancelled),
            Err(HypervisorError::NotFound(_)) => return Ok(None),
            Err(_) => DomainState::Failed("QEMU does not answer"),
        };
        Ok(Some(DomainInfo { id, state }))
    }

    fn list(&self, _: &Scope) -> Result<Vec<String>, HypervisorError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed_io(&self.folder, &error)),
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let there =
            |name: &String| is_domain_name(name) && alive(&Files::new(&self.folder, name), name).is_some();
        let mut names: Vec<String> = names.filter(there).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn usage(&self, _: &Scope, name: &str) -> Result<Option<DomainUsage>, HypervisorError> {
        let files = self.files(name)?;
        Ok(alive(&files, name).and_then(usage_of))
    }
}

/// The domain's process, if it is there and still that domain's: process ids are used again.
fn alive(files: &Files, name: &str) -> Option<Pid> {
    let pid: i32 = fs::read_to_string(&files.pid).ok()?.trim().parse().ok()?;
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
    let ours = words.windows(2).any(|pair| pair == [&b"-name"[..], name.as_bytes()]);
    Pid::from_raw(pid).filter(|_| ours)
}

/// Waits until a process has gone, and helps after a while.
fn end(scope: &Scope, name: &str, pid: Pid) -> Result<(), HypervisorError> {
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return Ok(()) };
    let silent = |_| HypervisorError::Silent { name: name.into(), what: "quit" };
    let waiter = Waiter::new(scope).map_err(silent)?;
    for signal in [Some(Signal::KILL), None] {
        match waiter.wait(&[&process], Some(mono() + END_TIME)).map_err(silent)? {
            Woken::Ready => return Ok(()),
            Woken::Cancelled => return Err(HypervisorError::Cancelled),
            Woken::TimeOver => {}
        }
        if let Some(signal) = signal {
            // It may have ended at this very moment.
            let _ = pidfd_send_signal(&process, signal);
        }
    }
    Err(HypervisorError::Silent { name: name.into(), what: "SIGKILL" })
}

fn remove(files: &Files) -> Result<(), HypervisorError> {
    match fs::remove_dir_all(&files.dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed_io(&files.dir, &error)),
        _ => Ok(()),
    }
}

fn program_failed(domain: &Domain, error: ProcessError) -> HypervisorError {
    match error {
        ProcessError::Cancelled => HypervisorError::Cancelled,
        error => HypervisorError::Failed { name: domain.name.clone(), what: error.to_string() },
    }
}

/// QEMU's run states (spec/05, KVM: QMP).
fn state_of(status: &str) -> DomainState {
    match status {
        "running" => DomainState::Running,
        "shutdown" => DomainState::ShutDown,
        "paused" | "prelaunch" | "suspended" | "postmigrate" | "finish-migrate" | "restore-vm"
        | "save-vm" | "colo" | "preconfig" | "inmigrate" | "watchdog" => DomainState::Paused,
        "internal-error" => DomainState::Failed("internal-error"),
        "io-error" => DomainState::Failed("io-error"),
        "guest-panicked" => DomainState::Failed("guest-panicked"),
        _ => DomainState::Failed("unknown state"),
    }
}

/// What the kernel says a process uses.
fn usage_of(pid: Pid) -> Option<DomainUsage> {
    let pid = pid.as_raw_nonzero();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Fields 14 and 15 of proc(5), counted behind the name, which may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let cpu = Duration::from_millis(ticks.saturating_mul(1000) / per_second);
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches("kB").trim().parse().ok()
    };
    Some(DomainUsage { cpu, memory: kib("VmRSS:")? << 10, max_memory: kib("VmHWM:")? << 10 })
}
