//! zedbox's host: drives one node on the real device until it is told to end. Called by `zedbox run`, and for agents
//! that run in the process that is called by their name.
//!
//! All agents run on the main thread; jobs run on [`Workers`]. Nothing ticks: the main thread sleeps until a
//! timer of the node is due, a job has ended, a signal comes or the watchdog wants its kick. The second thread of
//! [`Watch`] only ever wakes when a handler does not end, or when a signal asks for a dump.

mod alarm;
mod deaths;
mod debug;
mod dump;
mod kicks;
mod own;
mod requests;
pub mod sources;
mod starts;
mod threads;
mod watch;
mod wires;
mod workers;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_signal::{Signal, Signals};
use pillar_core::bus::files::{self, Layout};
use pillar_core::hal::{Hal, Quick, Scope, StorageError, WatchdogError};
use pillar_core::node::{AgentName, JobId, JobOut, JobStart, Lane, Node, NodeConfig};
use pillar_core::time::Mono;
use pillar_hal::ipc::InUse;
use pillar_types::device::ServiceInitStatus;
use smol::channel::{Receiver, Sender};
use smol::future;
use smol::stream::StreamExt;

use alarm::{Alarm, ClockJumps};
use dump::{Onlooker, Question};
use kicks::Kicks;
use requests::Requests;
use sources::{AnySource, Sources};
use starts::Refused;
use watch::Watch;
use wires::Wires;
use workers::Workers;

use crate::agents::{self, Given, Hosted};

/// How many events run between two looks at signals and results.
const BUDGET: u32 = 256;

/// How long files may take to be written at the end. Who asks a process to end gives it some 10 s.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// How often a loop that does not come back is looked at. A handler may take some 10 ms; this is far beyond, so
/// that a busy machine is not mistaken for a bad handler.
const LOOK: Duration = Duration::from_secs(1);

/// How many may ask at once what agents are doing; more are not heard.
const QUESTIONS: usize = 4;

/// Why there is nothing to run, or no way to.
#[derive(Debug)]
pub enum HostError {
    /// Another process runs what goes by this name, or its pid file cannot be written.
    Claim(&'static str, WatchdogError),
    /// What the agents left in files cannot be read: without it they would begin anew.
    Files(StorageError),
    /// The kernel refused something that the host stands on.
    Os(&'static str, io::Error),
    /// Another process publishes what an agent here does: both would write the same files.
    InUse(InUse),
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostError::Claim(name, why) => write!(f, "{name} cannot run here: {why}"),
            HostError::Files(why) => write!(f, "cannot read what was stored: {why}"),
            HostError::Os(what, why) => write!(f, "no {what}: {why}"),
            HostError::InUse(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for HostError {}

/// How a host ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All that agents had published is in its files.
    Settled,
    /// Some of it is not: files could not be written in time.
    Unsettled,
    /// The agent that the process is for has done its work, with this exit status.
    Finished(i32),
    /// An agent, by name, sees no way on for the process, for this reason, which was told.
    Fatal(&'static str, String),
}

/// What is hosted, and where.
pub struct Setup {
    /// The device.
    pub hal: Hal,
    /// What it tells by itself.
    pub sources: Vec<Box<dyn AnySource>>,
    /// The device's root directory.
    pub root: PathBuf,
    /// Where files are.
    pub layout: Layout,
    /// What this process is for.
    pub role: Role,
    /// The agents to start with.
    pub agents: Vec<(&'static Hosted, Given)>,
}

/// What a process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is the device's zedbox: others ask it to start agents.
    Zedbox,
    /// It hosts some agents, and goes by the name of the first.
    Some(&'static str),
    /// It was called by an agent's name, and ends when that has.
    Inline(&'static str),
}

impl Role {
    /// Whether the process ends when this agent, by its name on the bus, has.
    fn is_for(self, agent: AgentName) -> bool {
        matches!(self, Role::Inline(name) if agents::find(name).is_some_and(|own| own.bus == agent.0))
    }

    /// The name of the process in its own files.
    pub fn name(self) -> &'static str {
        match self {
            Role::Zedbox => "zedbox",
            Role::Some(agent) | Role::Inline(agent) => agent,
        }
    }
}

/// Hosts agents until SIGTERM or SIGINT, or until they have ended if that is what the process is for.
pub fn run(setup: Setup) -> Result<End, HostError> {
    let Setup { hal, sources, root, layout, role, agents } = setup;
    if role == Role::Zedbox {
        hal.watchdog.claim(role.name()).map_err(|why| HostError::Claim(role.name(), why))?;
        files::sweep(&*hal.storage, &Scope::unbounded(), &layout);
    }
    let mut node = Node::new(NodeConfig {
        seed: seed(&hal),
        files: Some(layout.clone()),
        quick: Quick { leds: hal.leds.clone(), random: hal.random.clone(), crypto: hal.crypto.clone() },
        panic_detail: pillar_hal::panic::take,
        ..NodeConfig::default()
    });
    // Those that may be asked for later too: files are read once, before anything runs.
    let names: Vec<AgentName> = match role {
        Role::Zedbox => agents::AGENTS.iter().map(|agent| AgentName(agent.bus)).collect(),
        Role::Some(_) | Role::Inline(_) => agents.iter().map(|(agent, _)| AgentName(agent.bus)).collect(),
    };
    let loaded =
        files::read(&*hal.storage, &Scope::unbounded(), &layout, &names).map_err(HostError::Files)?;
    node.preload(loaded);
    node.add(|| own::Own);
    let sources = Sources::new(sources).map_err(|why| HostError::Os("event set", why))?;
    let mut host = Host::new(node, hal, sources, root, layout, role)?;
    for (agent, given) in &agents {
        match host.start(agent, given) {
            Ok(()) => {}
            Err(why) if role == Role::Zedbox => log::error!("{} was not started: {why}", agent.name),
            Err(Refused::Claim(why)) => return Err(HostError::Claim(agent.name, why)),
            Err(why) => log::error!("{}: {why}", agent.name),
        }
    }
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
    root: PathBuf,
    layout: Layout,
    role: Role,
    /// Who asks for agents; nobody asks a process that is not the device's zedbox.
    requests: Option<Requests>,
    workers: Workers,
    /// Jobs that run, for the dump.
    running: BTreeMap<JobId, Running>,
    done: (Sender<Done>, Receiver<Done>),
    /// Holds one note at most: that there is progress to look at.
    progress: Receiver<()>,
    signals: Signals,
    wires: Wires,
    sources: Sources,
    alarm: Alarm,
    jumps: ClockJumps,
    kicks: Kicks,
    watch: Watch,
    /// Who wants to know what every agent is doing.
    questions: Receiver<Question>,
    /// Whether a source has something.
    told: bool,
    /// How many of the node's reports were logged.
    reported: u64,
    /// Why the process ends, once it is known.
    end: Option<End>,
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
    /// Somebody wants to know what every agent is doing.
    Question(Question),
    /// Somebody wants an agent started.
    Asked(ServiceInitStatus),
    /// The hardware has something to tell.
    Told,
    /// Time, progress of a job, or a jump of the wall clock: the node looks for itself.
    Look,
}

impl Host {
    fn new(
        mut node: Node,
        hal: Hal,
        sources: Sources,
        root: PathBuf,
        layout: Layout,
        role: Role,
    ) -> Result<Self, HostError> {
        let requests = match role {
            Role::Zedbox => {
                Some(Requests::listen(&layout).map_err(|why| HostError::Os("start socket", why))?)
            }
            Role::Some(_) | Role::Inline(_) => None,
        };
        let signals = Signals::new([Signal::Term, Signal::Int]);
        let (ask, questions) = smol::channel::bounded(QUESTIONS);
        let onlooker = Onlooker {
            ask,
            activity: node.activity(),
            clock: hal.clock.clone(),
            storage: hal.storage.clone(),
            layout: layout.clone(),
            root: root.clone(),
            role,
            server: debug::Slot::default(),
        };
        // Bounded by the places of the node's lanes.
        let done = smol::channel::unbounded();
        let (wake, progress) = smol::channel::bounded(1);
        node.set_wake(Arc::new(move || {
            // Full is as good: the note that is there was not looked at yet.
            let _ = wake.try_send(());
        }));
        Ok(Host {
            watch: Watch::start(node.activity(), LOOK, onlooker)
                .map_err(|why| HostError::Os("watching thread", why))?,
            questions,
            kicks: Kicks::new(role.name(), hal.watchdog.clone()),
            wires: Wires::new(&mut node, &layout).map_err(|why| HostError::Os("event descriptor", why))?,
            node,
            hal: Arc::new(hal),
            sources,
            root,
            layout,
            role,
            requests,
            workers: Workers::default(),
            running: BTreeMap::new(),
            done,
            progress,
            signals: signals.map_err(|why| HostError::Os("signals", why))?,
            alarm: Alarm::new().map_err(|why| HostError::Os("timer", why))?,
            jumps: ClockJumps::new().map_err(|why| HostError::Os("clock watch", why))?,
            told: true,
            reported: 0,
            end: None,
        })
    }

    /// The loop, and what follows it.
    async fn serve(&mut self) -> Result<End, HostError> {
        log::info!("{} agents, process {}", self.node.agents().count() - 1, std::process::id());
        loop {
            let busy = self.turn().map_err(HostError::InUse)?;
            if let Some(end) = self.end.take() {
                if let End::Fatal(agent, why) = &end {
                    self.record_fatal(agent, why);
                }
                let settled = self.settle().await;
                return Ok(if end == End::Settled { settled } else { end });
            }
            let wake = if busy { future::poll_once(self.wake()).await } else { Some(self.wake().await) };
            match wake {
                Some(Wake::Done(id, out)) => self.job_done(id, out),
                Some(Wake::Question(question)) => self.answer(&question),
                Some(Wake::Signal(signal)) => {
                    log::info!("ending on {signal:?}");
                    self.end = Some(End::Settled);
                }
                Some(Wake::Asked(request)) => self.asked(&request),
                Some(Wake::Told) => self.told = true,
                Some(Wake::Look) | None => {}
            }
        }
    }

    /// Runs what is due; whether there is more. Afterwards the alarm is set for what comes next.
    fn turn(&mut self) -> Result<bool, InUse> {
        self.watch.expect_end();
        if std::mem::take(&mut self.told) {
            self.sources.drain(&mut self.node);
        }
        while let Ok((id, out)) = self.done.1.try_recv() {
            self.job_done(id, out);
        }
        let now = self.hal.clock.now();
        self.wires.receive(&mut self.node, now.mono);
        let next = self.node.poll(now, BUDGET);
        let wires = self.wires.send(&mut self.node, now.mono)?;
        for job in next.jobs.into_iter().chain(self.node.take_jobs()) {
            self.start_job(job, now.mono);
        }
        self.look_at_reports();
        self.look_at_ended();
        let kick = self.kicks.kick(now.mono);
        let busy = self.node.busy() || wires.is_some_and(|at| at <= now.mono);
        if !busy {
            self.watch.asleep();
            let at = [self.node.next(), wires].into_iter().flatten().fold(kick, Mono::min);
            self.alarm.set(at);
        }
        Ok(busy)
    }

    /// Whatever comes first. Results come before signals, so that none is left behind at the end.
    async fn wake(&mut self) -> Wake {
        let Host { done, progress, signals, questions, wires, sources, alarm, jumps, requests, .. } = self;
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
        let asked = async {
            match requests {
                Some(requests) => Wake::Asked(requests.next().await),
                None => future::pending().await,
            }
        };
        let wires = async {
            wires.ready().await;
            Wake::Look
        };
        let told = async {
            sources.told().await;
            Wake::Told
        };
        let question = async {
            match questions.recv().await {
                Ok(question) => Wake::Question(question),
                Err(_) => future::pending().await,
            }
        };
        let others = future::or(future::or(progress, told), future::or(jump, future::or(question, asked)));
        future::or(future::or(done, signal), future::or(wires, future::or(time, others))).await
    }

    fn start_job(&mut self, job: JobStart, now: Mono) {
        let (id, hal, done) = (job.id(), self.hal.clone(), self.done.0.clone());
        let (agent, key, lane) = (job.agent(), job.key().to_owned(), job.lane());
        self.running.insert(id, Running { agent, key, lane, since: now });
        self.workers.run(Box::new(move || {
            threads::name(&format!("{} {}", job.agent(), job.key()));
            // Nobody listens any more only when the process ends.
            let _ = done.try_send((id, job.run(&hal)));
            threads::name("worker");
        }));
    }

    fn job_done(&mut self, id: JobId, out: JobOut) {
        self.running.remove(&id);
        self.node.job_done(id, out);
    }

    /// Lets the store lane finish what was asked for. No handler runs any more, so nothing new is.
    async fn settle(&mut self) -> End {
        let until = self.hal.clock.now().mono + LAST_WRITES;
        self.alarm.set(until);
        loop {
            let now = self.hal.clock.now();
            self.wires.receive(&mut self.node, now.mono);
            self.node.advance(now);
            // Others hear the last values too. A table that somebody else serves is no more trouble now.
            let _ = self.wires.send(&mut self.node, now.mono);
            for job in self.node.take_jobs() {
                if job.lane() == Lane::Store {
                    self.start_job(job, now.mono);
                }
            }
            self.look_at_reports();
            let storing = self.running.values().any(|job| job.lane == Lane::Store);
            if self.node.settled() && !storing {
                return End::Settled;
            }
            match self.wake().await {
                Wake::Done(id, out) => self.job_done(id, out),
                // Whoever asks twice does not want to wait.
                Wake::Signal(Signal::Term | Signal::Int) => return End::Unsettled,
                Wake::Look if self.hal.clock.now().mono >= until => return End::Unsettled,
                Wake::Question(question) => self.answer(&question),
                Wake::Signal(_) | Wake::Look | Wake::Asked(_) | Wake::Told => {}
            }
        }
    }
}
