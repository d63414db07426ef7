//! A node with files and transports below a directory of its own, driven by its test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pillar_core::bus::files::{self, Layout};
use pillar_core::bus::wire::Wire;
use pillar_core::hal::{Clock, Hal, Scope};
use pillar_core::node::{Node, NodeConfig};
use pillar_core::time::Now;
use pillar_hal::ipc::{Connection, InUse, Ipc};
use pillar_hal::linux::{LinuxClock, LinuxFs, LinuxRandom, LinuxStorage};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often [`Site::serve`] asks whether it is done.
const LOOK: Duration = Duration::from_millis(20);

/// A directory that goes with its test. Short, since a socket's path has 107 bytes at most.
#[derive(Debug)]
pub struct Dir(PathBuf);

impl Dir {
    /// A directory with an empty `run`, in memory where that can be had.
    pub fn new() -> Dir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let base = Path::new("/dev/shm");
        let base = if base.is_dir() { base.into() } else { std::env::temp_dir() };
        let dir = base.join(format!("pillar-{}-{number}", std::process::id()));
        std::fs::create_dir_all(dir.join("run")).expect("room for a directory");
        Dir(dir)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The roots of a device below it.
    pub fn layout(&self) -> Layout {
        layout(&self.0)
    }
}

impl Default for Dir {
    fn default() -> Self {
        Dir::new()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The roots of a device below a directory.
pub fn layout(root: &Path) -> Layout {
    Layout { run: root.join("run"), persist: root.join("persist") }
}

/// A node with its transports.
pub struct Site {
    /// The node.
    pub node: Node,
    ipc: Ipc,
    hal: Hal,
    skipped: Duration,
}

impl Site {
    /// A node with the agents that `add` gives it; links ask for `wire`. What files hold is loaded.
    pub fn new(root: &Path, wire: Wire, add: impl FnOnce(&mut Node)) -> Site {
        Site::start(root, wire, true, add)
    }

    /// The same without files of tables.
    pub fn without_files(root: &Path, wire: Wire, add: impl FnOnce(&mut Node)) -> Site {
        Site::start(root, wire, false, add)
    }

    fn start(root: &Path, wire: Wire, has_files: bool, add: impl FnOnce(&mut Node)) -> Site {
        let layout = layout(root);
        let hal = Hal {
            storage: Arc::new(LinuxStorage::new(LinuxFs)),
            random: Arc::new(LinuxRandom),
            ..Hal::default()
        };
        let files = has_files.then(|| layout.clone());
        let mut node = Node::new(NodeConfig { files, ..NodeConfig::default() });
        add(&mut node);
        if has_files {
            let agents: Vec<_> = node.agents().collect();
            let loaded = files::read(&*hal.storage, &Scope::unbounded(), &layout, &agents);
            node.preload(loaded.expect("files that can be read"));
        }
        let ipc = Ipc::new(&mut node, layout, wire).expect("a descriptor");
        Site { node, ipc, hal, skipped: Duration::ZERO }
    }

    /// The time that the node is told.
    pub fn now(&self) -> Now {
        let now = LinuxClock.now();
        Now { mono: now.mono + self.skipped, wall: now.wall + self.skipped }
    }

    /// Moves the node's time ahead.
    pub fn skip(&mut self, time: Duration) {
        self.skipped += time;
    }

    /// Runs all that can be done now, jobs included.
    pub fn turn(&mut self) -> Result<(), InUse> {
        loop {
            let now = self.now();
            self.ipc.receive(&mut self.node, now.mono);
            let mut jobs = self.node.poll(now, 1_000).jobs;
            let at = self.ipc.send(&mut self.node, now.mono)?;
            jobs.extend(self.node.take_jobs());
            let idle = jobs.is_empty() && !self.node.busy() && at.is_none_or(|at| at > now.mono);
            for job in jobs {
                let id = job.id();
                let out = job.run(&self.hal);
                self.node.job_done(id, out);
            }
            if idle && !self.has_input() {
                return Ok(());
            }
        }
    }

    /// Whether the transports have something that they have not looked at.
    fn has_input(&self) -> bool {
        let mut descriptor = [PollFd::new(&self.ipc, PollFlags::IN)];
        poll(&mut descriptor, Some(&Timespec::default())).expect("a descriptor") > 0
    }

    /// Runs as a host does, asleep while there is nothing to do, until `done`, which is asked now and then, too.
    pub fn serve(&mut self, done: impl FnMut(&mut Node) -> bool) {
        self.serve_at_least(Some(LOOK), done);
    }

    /// The same where only what a turn does can make it `done`.
    pub fn serve_turns(&mut self, done: impl FnMut(&mut Node) -> bool) {
        self.serve_at_least(None, done);
    }

    fn serve_at_least(&mut self, often: Option<Duration>, mut done: impl FnMut(&mut Node) -> bool) {
        loop {
            let now = self.now();
            self.ipc.receive(&mut self.node, now.mono);
            let mut jobs = self.node.poll(now, 1_000).jobs;
            let at = self.ipc.send(&mut self.node, now.mono).expect("tables of our own");
            jobs.extend(self.node.take_jobs());
            let busy = self.node.busy() || !jobs.is_empty() || at.is_some_and(|at| at <= now.mono);
            for job in jobs {
                let id = job.id();
                let out = job.run(&self.hal);
                self.node.job_done(id, out);
            }
            if done(&mut self.node) {
                return;
            }
            if !busy && !self.node.busy() {
                let at = [at, self.node.next()].into_iter().flatten().min();
                let time = at.map(|at| at.since(self.now().mono));
                self.ipc.wait([time, often].into_iter().flatten().min());
            }
        }
    }

    /// What its transports are connected to.
    pub fn connections(&self) -> Vec<Connection> {
        self.ipc.connections(&self.node)
    }

    /// Runs until `done`; the test fails if that takes too long.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&Node) -> bool) {
        let start = Instant::now();
        loop {
            self.turn().expect("tables of our own");
            if done(&self.node) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "in vain: {what}");
            self.ipc.wait(Some(Duration::from_millis(2)));
        }
    }

    /// Runs for a while of real time.
    pub fn run(&mut self, time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time {
            self.turn().expect("tables of our own");
            self.ipc.wait(Some(Duration::from_millis(1)));
        }
    }
}
