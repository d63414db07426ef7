//! zedbox's host: drives one node on the real device until it is told to end. Called by `zedbox run`.
//!
//! All agents run on the main thread; jobs run on [`Workers`]. Nothing ticks: the main thread sleeps until a
//! timer of the node is due, a job has ended, a signal comes or the watchdog wants its kick. The second thread of
//! [`Overrun`] only ever wakes when a handler does not end.

mod alarm;
mod dump;
mod kicks;
mod overrun;
mod workers;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_signal::{Signal, Signals};
use pillar_core::bus::files::{self, Layout};
use pillar_core::hal::{Hal, Quick, Scope, StorageError, WatchdogError};
use pillar_core::node::{AgentName, JobId, JobOut, JobStart, Lane, Node, NodeConfig};
use pillar_core::time::Mono;
use smol::channel::{Receiver, Sender};
use smol::future;
use smol::stream::StreamExt;

use alarm::{Alarm, ClockJumps};
use kicks::Kicks;
use overrun::Overrun;
use workers::Workers;

/// How many events run between two looks at signals and results.
const BUDGET: u32 = 256;

/// How long files may take to be written at the end. Who asks a process to end gives it some 10 s.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// How often a loop that does not come back is looked at. A handler may take some 10 ms; this is far beyond, so
/// that a busy machine is not mistaken for a bad handler.
const LOOK: Duration = Duration::from_secs(1);

/// The name of this process in pid and touch files.
const NAME: &str = "zedbox";

/// Why there is nothing to run, or no way to.
#[derive(Debug)]
pub enum HostError {
    /// Another zedbox runs, or its pid file cannot be written.
    Claim(WatchdogError),
    /// What the agents left in files cannot be read: without it they would begin anew.
    Files(StorageError),
    /// The kernel refused something that the host stands on.
    Os(&'static str, io::Error),
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostError::Claim(why) => write!(f, "cannot run here: {why}"),
            HostError::Files(why) => write!(f, "cannot read what was stored: {why}"),
            HostError::Os(what, why) => write!(f, "no {what}: {why}"),
        }
    }
}

impl std::error::Error for HostError {}

/// How a host ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All that agents had published is in its files.
    Settled,
    /// Some of it is not: files could not be written in time.
    Unsettled,
}

/// Hosts the agents that `add` gives the node, until SIGTERM or SIGINT.
pub fn run(hal: Hal, layout: Layout, add: impl FnOnce(&mut Node)) -> Result<End, HostError> {
    hal.watchdog.claim(NAME).map_err(HostError::Claim)?;
    let mut node = Node::new(NodeConfig {
        seed: seed(&hal),
        files: Some(layout.clone()),
        quick: Quick { leds: hal.leds.clone(), random: hal.random.clone() },
        panic_detail: pillar_hal::panic::take,
        ..NodeConfig::default()
    });
    add(&mut node);
    let agents: Vec<AgentName> = node.agents().collect();
    let loaded =
        files::read(&*hal.storage, &Scope::unbounded(), &layout, &agents).map_err(HostError::Files)?;
    node.preload(loaded);
    let mut host = Host::new(node, hal, layout)?;
    future::block_on(host.serve())
}

/// Without randomness agents still run; what they choose at random is then the same at each start.
fn seed(hal: &Hal) -> u64 {
    let mut seed = [0; 8];
    hal.random.fill(&mut seed).map_or(0, |()| u64::from_ne_bytes(seed))
}

/// A node with all that it needs around it.
struct Host {
    node: Node,
    hal: Arc<Hal>,
    layout: Layout,
    workers: Workers,
    /// Jobs that run, for the dump.
    running: BTreeMap<JobId, Running>,
    done: (Sender<Done>, Receiver<Done>),
    /// Holds one note at most: that there is progress to look at.
    progress: Receiver<()>,
    signals: Signals,
    alarm: Alarm,
    jumps: ClockJumps,
    kicks: Kicks,
    overrun: Overrun,
    /// How many of the node's reports were logged.
    reported: u64,
}

/// A job that has ended.
type Done = (JobId, JobOut);

/// A job that runs.
struct Running {
    agent: AgentName,
    key: String,
    lane: Lane,
    since: Mono,
}

/// What ended a sleep.
enum Wake {
    /// A job has ended.
    Done(JobId, JobOut),
    /// A signal.
    Signal(Signal),
    /// Time, progress of a job, or a jump of the wall clock: the node looks for itself.
    Look,
}

impl Host {
    fn new(mut node: Node, hal: Hal, layout: Layout) -> Result<Self, HostError> {
        let signals = Signals::new([Signal::Term, Signal::Int, Signal::Usr1]);
        // Bounded by the places of the node's lanes.
        let done = smol::channel::unbounded();
        let (wake, progress) = smol::channel::bounded(1);
        node.set_wake(Arc::new(move || {
            // Full is as good: the note that is there was not looked at yet.
            let _ = wake.try_send(());
        }));
        Ok(Host {
            overrun: Overrun::watch(node.activity(), LOOK, overrun::log)
                .map_err(|why| HostError::Os("watching thread", why))?,
            kicks: Kicks::new(&node, hal.watchdog.clone()),
            node,
            hal: Arc::new(hal),
            layout,
            workers: Workers::default(),
            running: BTreeMap::new(),
            done,
            progress,
            signals: signals.map_err(|why| HostError::Os("signals", why))?,
            alarm: Alarm::new().map_err(|why| HostError::Os("timer", why))?,
            jumps: ClockJumps::new().map_err(|why| HostError::Os("clock watch", why))?,
            reported: 0,
        })
    }

    /// The loop, and what follows it.
    async fn serve(&mut self) -> Result<End, HostError> {
        log::info!("{} agents, process {}", self.node.agents().count(), std::process::id());
        loop {
            let busy = self.turn();
            let wake = if busy { future::poll_once(self.wake()).await } else { Some(self.wake().await) };
            match wake {
                Some(Wake::Done(id, out)) => self.job_done(id, out),
                Some(Wake::Signal(Signal::Usr1)) => self.dump(),
                Some(Wake::Signal(signal)) => {
                    log::info!("ending on {signal:?}");
                    return Ok(self.end().await);
                }
                Some(Wake::Look) | None => {}
            }
        }
    }

    /// Runs what is due; whether there is more. Afterwards the alarm is set for what comes next.
    fn turn(&mut self) -> bool {
        self.overrun.expect_end();
        while let Ok((id, out)) = self.done.1.try_recv() {
            self.job_done(id, out);
        }
        let now = self.hal.clock.now();
        let next = self.node.poll(now, BUDGET);
        for job in next.jobs {
            self.start(job, now.mono);
        }
        self.log_reports();
        let kick = self.kicks.kick(now.mono);
        if !next.busy {
            self.overrun.asleep();
            self.alarm.set(next.at.map_or(kick, |at| at.min(kick)));
        }
        next.busy
    }

    /// Whatever comes first. Results come before signals, so that none is left behind at the end.
    async fn wake(&mut self) -> Wake {
        let Host { done, progress, signals, alarm, jumps, .. } = self;
        let done = async {
            match done.1.recv().await {
                Ok((id, out)) => Wake::Done(id, out),
                Err(_) => future::pending().await,
            }
        };
        let signal = async {
            match signals.next().await {
                Some(Ok(signal)) => Wake::Signal(signal),
                Some(Err(_)) | None => future::pending().await,
            }
        };
        let progress = async {
            let _ = progress.recv().await;
            Wake::Look
        };
        let time = async {
            alarm.rings().await;
            Wake::Look
        };
        let jump = async {
            jumps.next().await;
            Wake::Look
        };
        future::or(future::or(done, signal), future::or(time, future::or(progress, jump))).await
    }

    fn start(&mut self, job: JobStart, now: Mono) {
        let (id, hal, done) = (job.id(), self.hal.clone(), self.done.0.clone());
        let (agent, key, lane) = (job.agent(), job.key().to_owned(), job.lane());
        self.running.insert(id, Running { agent, key, lane, since: now });
        self.workers.run(Box::new(move || {
            // Nobody listens any more only when the process ends.
            let _ = done.try_send((id, job.run(&hal)));
        }));
    }

    fn job_done(&mut self, id: JobId, out: JobOut) {
        self.running.remove(&id);
        self.node.job_done(id, out);
    }

    /// Logs what went wrong since the last time, each once.
    fn log_reports(&mut self) {
        let reports = self.node.reports();
        for report in reports.since(self.reported) {
            log::error!(target: report.agent.0, "{}", report.trouble);
        }
        self.reported = reports.total();
    }

    /// Lets the store lane finish what was asked for. No handler runs any more, so nothing new is.
    async fn end(&mut self) -> End {
        let until = self.hal.clock.now().mono + LAST_WRITES;
        self.alarm.set(until);
        loop {
            let now = self.hal.clock.now();
            self.node.advance(now);
            for job in self.node.take_jobs() {
                if job.lane() == Lane::Store {
                    self.start(job, now.mono);
                }
            }
            self.log_reports();
            let storing = self.running.values().any(|job| job.lane == Lane::Store);
            if self.node.settled() && !storing {
                return End::Settled;
            }
            match self.wake().await {
                Wake::Done(id, out) => self.job_done(id, out),
                // Whoever asks twice does not want to wait.
                Wake::Signal(Signal::Term | Signal::Int) => return End::Unsettled,
                Wake::Look if self.hal.clock.now().mono >= until => return End::Unsettled,
                Wake::Signal(_) | Wake::Look => {}
            }
        }
    }
}
