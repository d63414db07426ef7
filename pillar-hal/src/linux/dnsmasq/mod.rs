//! DHCP and DNS servers as dnsmasq processes, one a bridge, with generated files (spec/04, dnsmasq).
//!
//! A server is our child. One that an earlier life of ours left behind is ended before another is started in its
//! place. Hosts and names that are only added are taken by the running server; for anything else it is started
//! anew, without leases that stand against the hosts.

mod files;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pillar_core::hal::{
    AddressServer, Child, Command, Exit, Lease, Process, ProcessError, Scope, ServerConfig, ServerError,
    is_link_name,
};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::clock::mono;
use super::wait::Waiter;
use files::{Paths, is_stale, lease, name_files};

pub use files::{config_text, host_files};

/// How long a server may take to come up, and to end (spec/04, dnsmasq).
const START_TIME: Duration = Duration::from_secs(3);
const STOP_TIME: Duration = Duration::from_secs(30);

/// How often a server that comes up is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// The most bytes of a lease file that are read.
const MAX_LEASES: u64 = 4 * 1024 * 1024;

/// The user that dnsmasq becomes, and groups of that user: distributions do not agree.
const USER: &str = "nobody";
const GROUPS: [&str; 2] = ["nobody", "nogroup"];

/// The DHCP and DNS servers of this machine.
pub struct Dnsmasq {
    run: PathBuf,
    process: Arc<dyn Process>,
    servers: Mutex<BTreeMap<String, Server>>,
}

/// One that was started.
struct Server {
    child: Arc<dyn Child>,
    config: ServerConfig,
}

impl Dnsmasq {
    /// With files below `run`, on a device `/run/zedrouter` (spec/04, Files).
    pub fn new(run: impl Into<PathBuf>, process: Arc<dyn Process>) -> Self {
        Dnsmasq { run: run.into(), process, servers: Mutex::default() }
    }

    fn servers(&self) -> MutexGuard<'_, BTreeMap<String, Server>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, scope: &Scope, paths: &Paths) -> Result<Arc<dyn Child>, ServerError> {
        let config = paths.config.display().to_string();
        let args = ["-k", "-u", USER, "-g", group(), "-C", &config];
        let child = self.process.start(scope, &Command::new("dnsmasq").args(args)).map_err(process_error)?;
        let waiter = Waiter::new(scope).map_err(|errno| system(&paths.pid, "eventfd", errno.into()))?;
        let until = mono() + START_TIME;
        while !is_up(paths, child.pid()) {
            if let Some(exit) = child.exited() {
                return Err(ServerError::NotUp(reason(exit).to_owned()));
            }
            if scope.cancelled() || mono() >= until {
                let _ = child.terminate(scope, STOP_TIME);
                let cancelled = scope.cancelled();
                return Err(if cancelled {
                    ServerError::Cancelled
                } else {
                    ServerError::NotUp(String::new())
                });
            }
            let _ = waiter.wait(&[], Some(mono() + LOOK));
        }
        Ok(child)
    }
}

impl AddressServer for Dnsmasq {
    fn serve(&self, scope: &Scope, config: &ServerConfig) -> Result<(), ServerError> {
        config.check()?;
        let paths = Paths::of(&self.run, &config.bridge);
        let before = self.servers().remove(&config.bridge);
        if let Some(server) = before {
            let kept = server.child.exited().is_none()
                && only_adds(&server.config, config)
                && !leases(&paths)?.iter().any(|lease| is_stale(lease, &config.hosts));
            if kept {
                let written = write_hosts(&paths, config);
                self.servers().insert(config.bridge.clone(), Server { config: config.clone(), ..server });
                return written;
            }
            server.child.terminate(scope, STOP_TIME).map_err(process_error)?;
        }
        end_stray(scope, &paths)?;
        make_dirs(&self.run, &paths)?;
        write_hosts(&paths, config)?;
        prune(&paths, config)?;
        write(&paths.config, &config_text(&self.run, config))?;
        remove(&paths.pid)?;
        let child = self.start(scope, &paths)?;
        self.servers().insert(config.bridge.clone(), Server { child, config: config.clone() });
        Ok(())
    }

    fn stop(&self, scope: &Scope, bridge: &str) -> Result<(), ServerError> {
        if !is_link_name(bridge) {
            return Err(ServerError::BadName(bridge.into()));
        }
        let paths = Paths::of(&self.run, bridge);
        let before = self.servers().remove(bridge);
        if let Some(server) = before
            && let Err(error) = server.child.terminate(scope, STOP_TIME)
        {
            self.servers().insert(bridge.into(), server);
            return Err(process_error(error));
        }
        end_stray(scope, &paths)?;
        for file in [&paths.config, &paths.leases, &paths.pid] {
            remove(file)?;
        }
        for dir in [&paths.names, &paths.hosts] {
            match fs::remove_dir_all(dir) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(system(dir, "rmdir", error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn runs(&self, bridge: &str) -> bool {
        let child = self.servers().get(bridge).map(|server| server.child.clone());
        child.is_some_and(|child| child.exited().is_none())
    }

    fn leases(&self, _: &Scope, bridge: &str) -> Result<Vec<Lease>, ServerError> {
        if !is_link_name(bridge) {
            return Err(ServerError::BadName(bridge.into()));
        }
        leases(&Paths::of(&self.run, bridge))
    }
}

/// Whether the running server can take a new configuration by itself: all that is new are hosts and names.
fn only_adds(before: &ServerConfig, now: &ServerConfig) -> bool {
    let settings = |config: &ServerConfig| ServerConfig { hosts: vec![], names: vec![], ..config.clone() };
    settings(before) == settings(now)
        && before.hosts.iter().all(|host| now.hosts.contains(host))
        && before.names.iter().all(|name| now.names.contains(name))
}

/// Whether the server has written that it is ready.
fn is_up(paths: &Paths, pid: u32) -> bool {
    fs::read_to_string(&paths.pid).is_ok_and(|text| text.trim() == pid.to_string())
}

/// What dnsmasq's exit codes say (dnsmasq(8), EXIT CODES).
fn reason(exit: Exit) -> &'static str {
    match exit {
        Exit::Code(1) => "its configuration makes no sense to it",
        Exit::Code(2) => "an address or port is taken, or may not be used",
        Exit::Code(3) => "a file cannot be read or written",
        Exit::Code(4) => "no memory",
        _ => "it ended",
    }
}

/// Ends a server of this bridge that is not our child: an earlier life of ours left it behind.
fn end_stray(scope: &Scope, paths: &Paths) -> Result<(), ServerError> {
    let Ok(text) = fs::read_to_string(&paths.pid) else { return Ok(()) };
    let Some(pid) = text.trim().parse().ok().and_then(Pid::from_raw) else { return Ok(()) };
    let failed = |call| move |errno: rustix::io::Errno| system(&paths.pid, call, errno.into());
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return Ok(()) };
    // Looked at after it was opened: the number may be a stranger's by now.
    let command = fs::read(format!("/proc/{text}/cmdline", text = text.trim())).unwrap_or_default();
    let mut args = command.split(|byte| *byte == 0);
    if !args.any(|arg| arg == paths.config.as_os_str().as_encoded_bytes()) {
        return Ok(());
    }
    let waiter = Waiter::new(scope).map_err(failed("eventfd"))?;
    for (signal, time) in [(Signal::TERM, STOP_TIME), (Signal::KILL, START_TIME)] {
        let _ = pidfd_send_signal(&process, signal); // it may have ended by now
        if waiter.wait(&[&process], Some(mono() + time)) == Ok(super::wait::Woken::Ready) {
            return Ok(());
        }
    }
    Err(if scope.cancelled() {
        ServerError::Cancelled
    } else {
        ServerError::NotUp("another is in the way".into())
    })
}

/// Directories that dnsmasq, as nobody, can read.
fn make_dirs(run: &Path, paths: &Paths) -> Result<(), ServerError> {
    let leases = paths.leases.parent().unwrap_or(run);
    for dir in [run, leases, &paths.names, &paths.hosts] {
        fs::create_dir_all(dir).map_err(|error| system(dir, "mkdir", error))?;
        open_up(dir, 0o755)?;
    }
    Ok(())
}

fn open_up(path: &Path, mode: u32) -> Result<(), ServerError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::Permissions::from_mode(mode);
    fs::set_permissions(path, mode).map_err(|error| system(path, "chmod", error))
}

/// Brings the files of hosts and names in line. What is the same is not written: the server would read it again.
fn write_hosts(paths: &Paths, config: &ServerConfig) -> Result<(), ServerError> {
    for (dir, files) in [(&paths.hosts, host_files(config)), (&paths.names, name_files(config))] {
        for entry in fs::read_dir(dir).map_err(|error| system(dir, "readdir", error))? {
            let entry = entry.map_err(|error| system(dir, "readdir", error))?;
            if !entry.file_name().to_str().is_some_and(|name| files.contains_key(name)) {
                remove(&entry.path())?;
            }
        }
        for (name, content) in files {
            let path = dir.join(name);
            if fs::read_to_string(&path).is_ok_and(|before| before == content) {
                continue;
            }
            write(&path, &content)?;
        }
    }
    Ok(())
}

/// Takes leases that stand against the hosts out of the file. No server runs.
fn prune(paths: &Paths, config: &ServerConfig) -> Result<(), ServerError> {
    let text = lease_text(paths)?;
    let stale = |line: &str| lease(line).is_some_and(|lease| is_stale(&lease, &config.hosts));
    if !text.lines().any(stale) {
        return Ok(());
    }
    let kept: String = text.lines().filter(|line| !stale(line)).flat_map(|line| [line, "\n"]).collect();
    write(&paths.leases, &kept)
}

fn leases(paths: &Paths) -> Result<Vec<Lease>, ServerError> {
    Ok(lease_text(paths)?.lines().filter_map(lease).collect())
}

fn lease_text(paths: &Paths) -> Result<String, ServerError> {
    let mut bytes = Vec::new();
    let read = fs::File::open(&paths.leases).and_then(|file| file.take(MAX_LEASES).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(system(&paths.leases, "read", error)),
        _ => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), ServerError> {
    fs::write(path, text).map_err(|error| system(path, "write", error))?;
    open_up(path, 0o644)
}

fn remove(path: &Path) -> Result<(), ServerError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(system(path, "unlink", error)),
        _ => Ok(()),
    }
}

/// The group of the user nobody on this machine.
fn group() -> &'static str {
    let known = fs::read_to_string("/etc/group").unwrap_or_default();
    let has = |group: &&str| known.lines().any(|line| line.split(':').next() == Some(group));
    GROUPS.into_iter().find(has).unwrap_or(GROUPS[0])
}

fn system(path: &Path, call: &'static str, error: io::Error) -> ServerError {
    ServerError::Io { what: path.display().to_string(), call, errno: error.raw_os_error().unwrap_or(0) }
}

fn process_error(error: ProcessError) -> ServerError {
    match error {
        ProcessError::Cancelled => ServerError::Cancelled,
        ProcessError::Io { program, call, errno } => {
            ServerError::Io { what: program.display().to_string(), call, errno }
        }
        other => ServerError::NotUp(other.to_string()),
    }
}
