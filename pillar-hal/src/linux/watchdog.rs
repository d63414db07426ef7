//! The watchdog's files, as EVE's watchdog container looks at them, and the hardware device for systems without
//! such a container (spec/02, Watchdog contract; kernel, watchdog-api).

use std::ffi::c_int;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pillar_core::hal::{Watchdog, WatchdogError, Watched, is_watchdog_name};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, Timestamps, UTIME_NOW};
use rustix::io::Errno;
use rustix::ioctl::{Opcode, Updater, opcode};
use rustix::process::Pid;
use rustix::time::Timespec;

use crate::files::Fs;

use super::LinuxFs;

/// `WDIOC_SETTIMEOUT` of linux/watchdog.h: seconds in, seconds that the hardware agreed to out.
const SET_TIMEOUT: Opcode = opcode::read_write::<c_int>(b'W', 6);

/// Writing this before closing stops the device ("magic close").
const MAGIC_CLOSE: &[u8] = b"V";

/// The most digits of a process id, and a newline.
const MAX_PID: usize = 11;

/// Watchdogs below `/run` and one hardware device.
pub struct LinuxWatchdog {
    run: PathBuf,
    device: PathBuf,
    armed: Mutex<Option<OwnedFd>>,
}

impl LinuxWatchdog {
    /// Files below `run`, `/run` on a device; the hardware at `device`, such as `/dev/watchdog`.
    pub fn new(run: impl Into<PathBuf>, device: impl Into<PathBuf>) -> Self {
        LinuxWatchdog { run: run.into(), device: device.into(), armed: Mutex::default() }
    }

    fn registration(&self, what: Watched<'_>) -> Result<PathBuf, WatchdogError> {
        let watchdog = self.run.join("watchdog");
        match what {
            Watched::Kicks(name) => Ok(watchdog.join("file").join(file_name(name, ".touch")?)),
            Watched::Process(name) => Ok(watchdog.join("pid").join(file_name(name, ".pid")?)),
        }
    }

    fn kick_name(&self, name: &str) -> Result<(), WatchdogError> {
        touch(&self.run.join(file_name(name, ".touch")?))
    }

    fn kick_device(&self) -> Result<(), WatchdogError> {
        match &*self.device() {
            Some(device) => rustix::io::write(device, b"\0").map(drop).map_err(|e| io("write", e)),
            None => Ok(()),
        }
    }

    fn device(&self) -> MutexGuard<'_, Option<OwnedFd>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watchdog for LinuxWatchdog {
    fn kick(&self, names: &[&str]) -> Result<(), WatchdogError> {
        let kicks = names.iter().map(|name| self.kick_name(name));
        // All of them, whatever fails.
        kicks.fold(self.kick_device(), Result::and)
    }

    fn watch(&self, what: Watched<'_>) -> Result<(), WatchdogError> {
        let file = self.registration(what)?;
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir).map_err(|e| os("mkdir", &e))?;
        }
        touch(&file)
    }

    fn unwatch(&self, what: Watched<'_>) -> Result<(), WatchdogError> {
        match rustix::fs::unlink(self.registration(what)?) {
            Ok(()) | Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
            Err(errno) => Err(io("unlink", errno)),
        }
    }

    fn claim(&self, name: &str) -> Result<(), WatchdogError> {
        let file = self.run.join(file_name(name, ".pid")?);
        if let Some(pid) = holder(&file)?.filter(|pid| is_one_of_ours(*pid, name)) {
            return Err(WatchdogError::InUse { pid: pid.as_raw_nonzero().get().unsigned_abs() });
        }
        // The daemon may read at any time, so the file appears with its content.
        let fresh = self.run.join(file_name(name, ".pid.new")?);
        write_new(&fresh, std::process::id().to_string().as_bytes()).map_err(|e| os("write", &e))?;
        rustix::fs::rename(&fresh, &file).map_err(|e| io("rename", e))
    }

    fn arm(&self, time: Duration) -> Result<Duration, WatchdogError> {
        let mut armed = self.device();
        let device = match armed.take() {
            Some(device) => device,
            None => open_device(&self.device)?,
        };
        let agreed = set_timeout(&device, time);
        match agreed {
            Ok(_) => *armed = Some(device),
            // Opening has armed it; without a time that we know it is of no use.
            Err(_) => stop(device)?,
        }
        agreed
    }

    fn disarm(&self) -> Result<(), WatchdogError> {
        let device = self.device().take();
        device.map_or(Ok(()), stop)
    }
}

fn file_name(name: &str, suffix: &str) -> Result<String, WatchdogError> {
    if is_watchdog_name(name) { Ok(format!("{name}{suffix}")) } else { Err(WatchdogError::BadName) }
}

/// Sets the time of a file to now; makes it if need be.
fn touch(file: &Path) -> Result<(), WatchdogError> {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now, last_modification: now };
    match rustix::fs::utimensat(CWD, file, &times, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => {}
        done => return done.map_err(|e| io("utimensat", e)),
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(file, flags, Mode::from_raw_mode(0o644)).map(drop).map_err(|e| io("open", e))
}

/// The process that a pid file names. Anything but a number counts as none (spec/02, pidfile).
fn holder(file: &Path) -> Result<Option<Pid>, WatchdogError> {
    match LinuxFs.read(file, MAX_PID) {
        Ok(content) => {
            let number = std::str::from_utf8(&content).ok().and_then(|text| text.trim().parse().ok());
            Ok(number.filter(|pid| *pid > 0).and_then(Pid::from_raw))
        }
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(io("read", errno)),
    }
}

/// Whether a process lives that is not this one and runs our program, or one of that name. Process ids are used
/// again, so a number in a file left by a crash may be any program's by now.
fn is_one_of_ours(pid: Pid, name: &str) -> bool {
    if pid.as_raw_nonzero().get().unsigned_abs() == std::process::id() {
        return false;
    }
    if rustix::process::test_kill_process(pid) == Err(Errno::SRCH) {
        return false;
    }
    let program = std::fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero()));
    let program = match program {
        Ok(program) => program,
        // What has ended runs no program, although its id stays taken until its parent has asked for its status.
        Err(error) => return error.kind() != std::io::ErrorKind::NotFound,
    };
    let ours = std::env::current_exe().ok();
    program.file_name() == ours.as_deref().and_then(Path::file_name) || program.ends_with(name)
}

fn write_new(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o644);
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(file)?.write_all(content)
}

fn open_device(path: &Path) -> Result<OwnedFd, WatchdogError> {
    match rustix::fs::open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()) {
        Err(Errno::NOENT | Errno::NODEV | Errno::NXIO) => Err(WatchdogError::Unsupported),
        done => done.map_err(|e| io("open", e)),
    }
}

/// Sets the time, in whole seconds, rounded up; returns what the hardware made of it.
fn set_timeout(device: &OwnedFd, time: Duration) -> Result<Duration, WatchdogError> {
    let whole = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0)).max(1);
    let mut seconds = c_int::try_from(whole).unwrap_or(c_int::MAX);
    // SAFETY: WDIOC_SETTIMEOUT reads and writes one int, which `seconds` is; it lives until the call returns.
    let done = unsafe { rustix::ioctl::ioctl(device, Updater::<SET_TIMEOUT, c_int>::new(&mut seconds)) };
    match done {
        Ok(()) => Ok(Duration::from_secs(u64::from(seconds.unsigned_abs()))),
        Err(Errno::NOTTY | Errno::OPNOTSUPP) => Err(WatchdogError::Unsupported),
        Err(errno) => Err(io("ioctl", errno)),
    }
}

fn stop(device: OwnedFd) -> Result<(), WatchdogError> {
    rustix::io::write(device, MAGIC_CLOSE).map(drop).map_err(|e| io("write", e))
}

fn io(call: &'static str, errno: Errno) -> WatchdogError {
    WatchdogError::Io { call, errno: errno.raw_os_error() }
}

fn os(call: &'static str, error: &std::io::Error) -> WatchdogError {
    WatchdogError::Io { call, errno: error.raw_os_error().unwrap_or(0) }
}
