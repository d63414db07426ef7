//! What the tests stand on: directories of their own, a clock that moves only when asked.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pillar_core::hal::{Clock, Scope};
use pillar_core::time::{Mono, Now};

use crate::namespace::run;

/// A directory that goes with its test.
pub struct TempDir(PathBuf);

impl TempDir {
    /// A new one on a disk.
    pub fn on_disk() -> Self {
        TempDir::below(&std::env::temp_dir())
    }

    /// A new one on a tmpfs, where the machine has one.
    pub fn on_tmpfs() -> Self {
        TempDir::below(Path::new("/dev/shm"))
    }

    fn below(dir: &Path) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = dir.join(format!("pillar-hal-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        TempDir(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file below it, with the directories it needs.
    pub fn put(&self, path: &str, content: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// The content of a file below it.
    pub fn get(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.join(path)).unwrap()
    }

    pub fn has(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A small tmpfs, mounted while the test runs.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this user may not mount.
    pub fn mount(size: &str) -> Option<Self> {
        let dir = TempDir::on_disk();
        let options = format!("size={size}");
        let place = dir.path().to_str()?.to_owned();
        let mounted = run("mount", &["-t", "tmpfs", "-o", &options, "none", &place]);
        mounted.then_some(SmallDisk(dir))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run("umount", &["-l", self.path().to_str().unwrap_or_default()]);
    }
}

/// Says that a part was not tested, past the test harness, one line each: `ci/test.sh` counts them.
pub fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// A clock on which time passes by sleeping only.
#[derive(Default)]
pub struct TestClock(Mutex<Now>);

impl TestClock {
    /// Moves both clocks.
    pub fn jump(&self, time: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = Now { mono: now.mono + time, wall: now.wall + time };
    }
}

impl Clock for TestClock {
    fn now(&self) -> Now {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, scope: &Scope, time: Duration) -> bool {
        let until = self.now().mono + time;
        let end = scope.deadline().map_or(until, |deadline| deadline.min(until));
        if !scope.cancelled() {
            let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            now.mono = Mono(now.mono.0.max(end.0));
        }
        end == until && !scope.cancelled()
    }
}
