//! The node: agents, their bus, timers and jobs, as one struct that a host drives.
//!
//! A host tells the time with [`Node::advance`], runs events with [`Node::step`] (or both and more with
//! [`Node::poll`]), runs the jobs it is handed on workers, and brings their results back. The node never
//! blocks, never reads a clock and starts no thread. A panic in a handler is caught at its agent's boundary:
//! nothing that the handler asked for happened, the agent's publications stay, and it starts again.
//!
//! | State of an agent | Event | Next |
//! |---|---|---|
//! | new or waiting to start | its `Start` event | running |
//! | running | handler returns | running; what it asked for is done |
//! | running | handler panics, or it is killed | waiting to start, after 1 s, 2 s, … 60 s |
//! | running | [`Context::finish`] or [`Context::fatal`] | ended: its publications stay, and it does not start again |
//! | running | 10 minutes without a crash | running, and the next wait is 1 s again |

mod activity;
mod agent;
mod aside;
mod call;
mod change;
mod context;
mod core;
mod dispatch;
mod ending;
mod inbox;
mod jobs;
mod life;
mod outside;
mod report;
mod rng;
mod stored;
mod subscriptions;
mod test_node;
mod timers;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use pillar_types::topic::Topic;

use self::agent::AgentCell;
use self::core::Core;
use self::inbox::Item;
use self::stored::Waits;
use self::timers::Action;
use crate::bus::files::{Files, Layout, Loaded};
use crate::bus::{Bus, Delivery, TableId, TableName, TapFilter, TapId, Transaction, typed};
use crate::hal::Quick;
use crate::time::{Mono, Now};

pub use self::activity::{Activity, Current};
pub use self::agent::{Agent, AgentId, AgentName, GLOBAL};
pub use self::change::{Change, Event};
pub use self::context::{Context, JobSpec, Place};
pub use self::core::MAX_ASKED;
pub use self::ending::Ending;
pub use self::inbox::{EventName, MAX_INBOX};
pub use self::jobs::{Failed, GRACE, JobId, JobOut, JobStart, Lane, MAX_JOBS, MAX_STUCK};
pub use self::outside::HostAnswer;
pub use self::report::{MAX_REPORTS, PanicDetail, PutAside, Report, Reports, Trouble};
pub use self::rng::Rng;
pub use self::test_node::TestNode;
pub use self::timers::{MAX_TIMERS, TimerId};

/// In which order events that may come in any order come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they arose, the agents in turn.
    #[default]
    Fifo,
    /// As the seed decides, within the guarantees of the bus.
    Shuffled,
}

/// How a node is set up.
#[derive(Clone)]
pub struct NodeConfig {
    /// Decides every random choice.
    pub seed: u64,
    /// In which order events come.
    pub order: Order,
    /// How many jobs run at once in each lane, in the order of [`Lane::ALL`].
    pub places: [usize; 4],
    /// Where the files of tables are; without it nothing is written and everything counts as stored.
    pub files: Option<Layout>,
    /// What handlers may touch.
    pub quick: Quick,
    /// The detail of this thread's last panic, if the host installed a hook that keeps it.
    pub panic_detail: fn() -> Option<PanicDetail>,
}

impl Default for NodeConfig {
    fn default() -> Self {
        NodeConfig {
            seed: 0,
            order: Order::Fifo,
            places: Lane::DEFAULT_PLACES,
            files: None,
            quick: Quick::default(),
            panic_detail: || None,
        }
    }
}

/// What the host does next.
pub struct Next {
    /// Whether events are left: poll again.
    pub busy: bool,
    /// When to poll again at the latest.
    pub at: Option<Mono>,
    /// Jobs to run.
    pub jobs: Vec<JobStart>,
}

/// Sees each step: the time, the agent and the event.
pub type Trace = Box<dyn FnMut(Now, AgentName, &EventName) + Send>;

/// Agents and all that connects them.
pub struct Node {
    core: Core,
    cells: Vec<AgentCell>,
    ready: VecDeque<AgentId>,
    order: Order,
    waits: Waits,
    panic_detail: fn() -> Option<PanicDetail>,
    trace: Option<Trace>,
    activity: Arc<Activity>,
    /// Agents that have ended, for the host.
    ended: Vec<(AgentName, Ending)>,
    /// Results of the host's own jobs that it has not taken yet.
    host_answers: Vec<HostAnswer>,
}

impl Node {
    /// A node without agents.
    pub fn new(config: NodeConfig) -> Self {
        let mut bus = Bus::default();
        let files = config.files.map(|layout| Files::new(layout, &mut bus)).unwrap_or_default();
        let core = Core {
            bus,
            transaction: Transaction::default(),
            timers: timers::Timers::default(),
            jobs: jobs::Jobs::new(config.places, config.panic_detail),
            subscriptions: subscriptions::Subscriptions::default(),
            own: Vec::new(),
            files,
            reports: Reports::default(),
            effects: Vec::new(),
            asked_too_much: false,
            aside: aside::Aside::default(),
            rng: Rng::new(config.seed),
            quick: config.quick,
            now: Now::default(),
            agent: life::NODE,
            name: life::NODE_NAME,
            life: 0,
        };
        Node {
            core,
            cells: Vec::new(),
            ready: VecDeque::new(),
            order: config.order,
            waits: Waits::default(),
            panic_detail: config.panic_detail,
            trace: None,
            activity: Arc::default(),
            ended: Vec::new(),
            host_answers: Vec::new(),
        }
    }

    /// Adds an agent; it starts with the next step. `make` is called again after a crash.
    pub fn add<A: Agent>(&mut self, make: impl Fn() -> A + Send + 'static) {
        let id = AgentId(u16::try_from(self.cells.len()).expect("agents are few"));
        self.cells.push(AgentCell {
            name: A::NAME,
            make: Box::new(move || Box::new(make())),
            agent: None,
            life: 0,
            inbox: VecDeque::new(),
            queued: false,
            ended: false,
            crashes: 0,
            started: self.core.now.mono,
        });
        self.deliver(id, Item::Start);
    }

    /// The names of the agents that have not ended, in the order they were added.
    pub fn agents(&self) -> impl Iterator<Item = AgentName> {
        self.cells.iter().filter(|cell| !cell.ended).map(|cell| cell.name)
    }

    /// Hands over what the files held at start; call it before the first step.
    pub fn preload(&mut self, loaded: Loaded) {
        self.core.files.preload(loaded);
    }

    /// Runs up to `budget` events and says what to do next.
    pub fn poll(&mut self, now: Now, budget: u32) -> Next {
        self.advance(now);
        let mut left = budget;
        while left > 0 && self.step() {
            left -= 1;
        }
        Next { busy: !self.ready.is_empty(), at: self.next(), jobs: self.take_jobs() }
    }

    /// Tells the time. Due timers become events, and so does a jump of the wall clock.
    pub fn advance(&mut self, now: Now) {
        let before = std::mem::replace(&mut self.core.now, now);
        if before != Now::default() {
            self.notice_jump(before, now);
        }
        while let Some(id) = self.core.timers.next_due(now.mono) {
            match self.core.timers.agent_of(id) {
                Some(agent) => self.deliver(agent, Item::Timer(id)),
                None => self.own_timer(id),
            }
        }
        for (agent, job) in self.core.jobs.take_progressed() {
            self.deliver(agent, Item::Progress(job));
        }
    }

    fn notice_jump(&mut self, before: Now, now: Now) {
        /// Clocks that are slewed drift less than this between two looks.
        const JUMP: u64 = 1_000_000_000;
        let passed = i64::try_from(now.mono.since(before.mono).as_nanos()).unwrap_or(i64::MAX);
        let jump = (now.wall - before.wall).saturating_sub(passed);
        if jump.unsigned_abs() > JUMP {
            for index in 0..self.cells.len() {
                self.deliver_jump(AgentId(index as u16), jump);
            }
        }
    }

    fn own_timer(&mut self, id: TimerId) {
        match self.core.timers.remove(id) {
            Some(Action::Restart(agent)) => self.deliver(agent, Item::Start),
            Some(Action::JobDeadline(job)) => self.stop_job(job, Failed::TimedOut),
            Some(Action::JobOverdue(job)) => {
                if let Some((agent, key, lane)) = self.core.jobs.overdue(job) {
                    self.core.report_of(agent, Trouble::Overdue { key: key.to_string(), lane });
                }
            }
            Some(Action::RetryFiles) => self.core.files.retry(),
            Some(Action::Call { .. }) | None => {}
        }
    }

    fn stop_job(&mut self, job: JobId, why: Failed) {
        if self.core.jobs.stop(job, why) {
            self.watch_stopped(job);
        }
    }

    /// A job that was told to stop is reported if it does not.
    fn watch_stopped(&mut self, job: JobId) {
        let id = self.core.timers.new_id();
        self.core.timers.set(id, self.core.now.mono, GRACE, GRACE, Action::JobOverdue(job));
    }

    /// When the next timer must fire at the latest.
    pub fn next(&self) -> Option<Mono> {
        self.core.timers.wake_at()
    }

    /// Whether events wait to be run.
    pub fn busy(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The jobs that may start now: the lanes' places are kept.
    pub fn take_jobs(&mut self) -> Vec<JobStart> {
        self.write_files();
        let mut limits = Vec::new();
        let starts = self.core.jobs.start(self.core.now.mono, |id, limit| limits.push((id, limit)));
        for (job, limit) in limits {
            let id = self.core.timers.new_id();
            let slack = limit / 10;
            self.core.timers.set(id, self.core.now.mono, limit, slack, Action::JobDeadline(job));
        }
        starts
    }

    /// Brings back a job's result.
    pub fn job_done(&mut self, id: JobId, out: JobOut) {
        let Some((answer, panic)) = self.core.jobs.ended(id, out) else { return };
        if let Some(detail) = panic {
            let name = self.name_of(answer.agent);
            self.core.report_of(name, Trouble::JobCrash { key: answer.key.to_string(), detail });
        }
        if answer.agent != life::NODE {
            self.deliver(answer.agent, Item::Answer(answer));
        } else if &*answer.key == life::FILES {
            self.files_written(answer.result);
        } else {
            self.host_answers.push((answer.key, answer.result));
        }
    }

    /// Called from a worker's thread when a job has progress to show: wake the host.
    pub fn set_wake(&mut self, wake: Arc<dyn Fn() + Send + Sync>) {
        self.core.jobs.set_wake(wake);
    }

    /// Whether nothing is left to write and every file is stored.
    pub fn settled(&self) -> bool {
        self.core.files.settled(&self.core.bus)
    }

    /// A published value, whoever published it.
    pub fn get<T: Topic>(&self, from: AgentName, key: &str) -> Option<Arc<T>> {
        let id = self.core.bus.find(&TableName { agent: from, scope: "", topic: T::NAME })?;
        typed(self.core.bus.table(id).get(key)?)
    }

    /// The bus, to look at.
    pub fn bus(&self) -> &Bus {
        &self.core.bus
    }

    /// Adds a tap that follows the tables `filter` picks.
    pub fn tap(&mut self, filter: TapFilter) -> TapId {
        self.core.bus.tap(filter)
    }

    /// Gives up to `max` changes to `out`; whether there are more.
    pub fn drain(&mut self, tap: TapId, max: usize, out: &mut dyn FnMut(TableId, Delivery)) -> bool {
        for _ in 0..max {
            match self.core.bus.drain(tap) {
                Some((table, delivery)) => out(table, delivery),
                None => return false,
            }
        }
        !self.core.bus.tap_is_empty(tap)
    }

    /// What went wrong so far.
    pub fn reports(&self) -> &Reports {
        &self.core.reports
    }

    /// Values that are kept from agents because they crash on them.
    pub fn put_aside(&self) -> impl Iterator<Item = (AgentName, &PutAside)> {
        self.core.aside.iter(&self.core.bus).map(|(agent, what)| (self.name_of(agent), what))
    }

    /// What runs now, for a thread that watches for handlers that overrun.
    pub fn activity(&self) -> Arc<Activity> {
        self.activity.clone()
    }

    /// Sees every step from now on.
    pub fn set_trace(&mut self, trace: Option<Trace>) {
        self.trace = trace;
    }

    fn name_of(&self, agent: AgentId) -> AgentName {
        self.cells.get(agent.index()).map_or(life::NODE_NAME, |cell| cell.name)
    }
}

/// The wait before an agent starts again after its n-th crash in a row, from one.
fn back_off(crashes: u32) -> Duration {
    Duration::from_secs(1 << crashes.saturating_sub(1).min(6)).min(Duration::from_mins(1))
}
