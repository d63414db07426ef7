//! Jobs: work that may block or take long, run by the host on a worker.
//!
//! A key is taken from the moment its job is accepted until the job has really ended, also when its agent
//! crashed meanwhile. Requests for a taken key wait behind it, each answered in the end: by its result, or by
//! the reason why there is none. Lanes bound how many run at once, so that one kind cannot starve another; in a lane
//! the agents take turns. The job that writes the files of tables needs no place in any.
//!
//! | State of a request | Event | Next |
//! |---|---|---|
//! | – | key free | queued in its lane |
//! | – | key taken | waiting for the key |
//! | – | too many | answered `Refused` |
//! | waiting | key's job ended | queued in its lane |
//! | waiting or queued | cancelled | answered `Cancelled` |
//! | queued | place in the lane | running |
//! | running | cancelled or out of time | running, told to stop |
//! | running | told to stop, and still there after [`GRACE`] | stuck: reported, its place free, its key taken |
//! | running or stuck | ended | answered; key and place free |

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::agent::{AgentId, AgentName, Handler};
use super::life::{FILES, NODE};
use super::report::PanicDetail;
use crate::hal::{Hal, PowerCut, Progress, Scope};
use crate::time::Mono;

/// The most requests of one agent, running ones included; more are answered [`Failed::Refused`].
pub const MAX_JOBS: usize = 4_096;

/// How long after its end was asked for a job is called overdue: HAL calls return within a second of that.
pub const GRACE: Duration = Duration::from_secs(10);

/// How many stuck jobs of a lane give their places to others; so many threads a host may lose to each lane.
pub const MAX_STUCK: usize = 16;

/// What kind of work a job is, and so which workers it shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Small files: persistence.
    Store,
    /// Content over the network.
    Transfer,
    /// External programs, the hypervisor, netlink.
    Process,
    /// Work for the processor: hashes, large parses.
    Compute,
}

impl Lane {
    /// All lanes.
    pub const ALL: [Lane; 4] = [Lane::Store, Lane::Transfer, Lane::Process, Lane::Compute];

    /// How many jobs of a lane run at once unless the host says otherwise.
    pub const DEFAULT_PLACES: [usize; 4] = [2, 8, 4, 2];

    /// How long a job may run if its agent does not say.
    pub fn time_limit(self) -> Duration {
        match self {
            Lane::Store => Duration::from_mins(1),
            Lane::Transfer => Duration::from_hours(24),
            Lane::Process => Duration::from_secs(100),
            Lane::Compute => Duration::from_mins(10),
        }
    }
}

/// Names one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub(super) u64);

/// Why there is no result.
#[derive(Clone, Debug, PartialEq)]
pub enum Failed {
    /// The job panicked.
    Panicked(PanicDetail),
    /// The agent cancelled it.
    Cancelled,
    /// It used up its time.
    TimedOut,
    /// The agent has [`MAX_JOBS`] requests already.
    Refused,
}

type Output = Box<dyn Any + Send>;
pub(super) type Work = Box<dyn FnOnce(&Hal, &Scope) -> Output + Send>;
pub(super) type Done = Handler<(Arc<str>, Result<Output, Failed>)>;
pub(super) type OnProgress = Handler<(Arc<str>, Progress)>;

/// A job's result, on its way from the worker to the node.
pub struct JobOut(Result<Output, PanicDetail>);

/// A job for the host to run.
pub struct JobStart {
    id: JobId,
    lane: Lane,
    agent: AgentName,
    key: Arc<str>,
    scope: Scope,
    work: Work,
    panic_detail: fn() -> Option<PanicDetail>,
}

impl JobStart {
    /// For [`Node::job_done`](super::Node::job_done).
    pub fn id(&self) -> JobId {
        self.id
    }

    /// Its lane.
    pub fn lane(&self) -> Lane {
        self.lane
    }

    /// Whose it is.
    pub fn agent(&self) -> AgentName {
        self.agent
    }

    /// Its key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Runs it. A panic becomes a result; a [`PowerCut`] is passed on.
    pub fn run(self, hal: &Hal) -> JobOut {
        let JobStart { scope, work, panic_detail, .. } = self;
        match catch_unwind(AssertUnwindSafe(|| work(hal, &scope))) {
            Ok(output) => JobOut(Ok(output)),
            Err(payload) if PowerCut::is(&*payload) => resume_unwind(payload),
            Err(payload) => JobOut(Err(panic_detail().unwrap_or_else(|| said(&*payload)))),
        }
    }
}

/// What a panic said, for hosts without a hook.
pub(super) fn said(payload: &(dyn Any + Send)) -> PanicDetail {
    let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "panic".to_owned(),
    };
    PanicDetail { message, ..PanicDetail::default() }
}

/// One request.
pub(super) struct Request {
    pub id: JobId,
    pub agent: AgentId,
    pub name: AgentName,
    pub life: u32,
    pub key: Arc<str>,
    pub lane: Lane,
    pub limit: Duration,
    pub work: Option<Work>,
    pub done: Done,
    pub progress: Option<OnProgress>,
}

/// What the node does about a job that ended or never ran.
pub(super) struct Answer {
    pub agent: AgentId,
    pub life: u32,
    pub key: Arc<str>,
    pub done: Done,
    pub result: Result<Output, Failed>,
}

struct Running {
    request: Request,
    scope: Scope,
    /// Set once it was told to stop.
    stop: Option<Failed>,
    place: Place,
}

/// What a running job takes up of its lane.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing: it writes files.
    None,
    /// A place.
    Taken,
    /// It does not end, and its place was given to others.
    GivenBack,
}

#[derive(Default)]
struct LaneState {
    running: usize,
    stuck: usize,
    /// Agents with requests that wait for a place, in turn.
    turn: VecDeque<AgentId>,
    waiting: BTreeMap<AgentId, VecDeque<JobId>>,
}

impl LaneState {
    fn push(&mut self, agent: AgentId, id: JobId) {
        let waiting = self.waiting.entry(agent).or_default();
        if waiting.is_empty() {
            self.turn.push_back(agent);
        }
        waiting.push_back(id);
    }

    /// The next request of the agent whose turn it is.
    fn pop(&mut self) -> Option<JobId> {
        let agent = self.turn.pop_front()?;
        let waiting = self.waiting.get_mut(&agent)?;
        let next = waiting.pop_front();
        if !waiting.is_empty() {
            self.turn.push_back(agent);
        }
        next
    }

    fn remove(&mut self, agent: AgentId, id: JobId) {
        let Some(waiting) = self.waiting.get_mut(&agent) else { return };
        waiting.retain(|other| *other != id);
        if waiting.is_empty() {
            self.turn.retain(|other| *other != agent);
        }
    }
}

/// All jobs of a node.
pub(super) struct Jobs {
    places: [usize; 4],
    lanes: [LaneState; 4],
    /// Those that wait for no place.
    at_once: Vec<JobId>,
    queued: BTreeMap<JobId, Request>,
    running: BTreeMap<JobId, Running>,
    /// Requests for taken keys, in order. An entry without requests is a taken key.
    keys: BTreeMap<(AgentId, Arc<str>), VecDeque<Request>>,
    counts: BTreeMap<AgentId, usize>,
    last_id: u64,
    /// Jobs with progress that nobody has looked at.
    progressed: Arc<Mutex<Vec<JobId>>>,
    wake: Arc<dyn Fn() + Send + Sync>,
    panic_detail: fn() -> Option<PanicDetail>,
}

impl Jobs {
    pub fn new(places: [usize; 4], panic_detail: fn() -> Option<PanicDetail>) -> Self {
        Jobs {
            places,
            lanes: Default::default(),
            at_once: Vec::new(),
            queued: BTreeMap::new(),
            running: BTreeMap::new(),
            keys: BTreeMap::new(),
            counts: BTreeMap::new(),
            last_id: 0,
            progressed: Arc::default(),
            wake: Arc::new(|| {}),
            panic_detail,
        }
    }

    pub fn set_wake(&mut self, wake: Arc<dyn Fn() + Send + Sync>) {
        self.wake = wake;
    }

    pub fn new_id(&mut self) -> JobId {
        self.last_id += 1;
        JobId(self.last_id)
    }

    /// How many requests an agent has.
    pub fn count(&self, agent: AgentId) -> usize {
        self.counts.get(&agent).copied().unwrap_or(0)
    }

    /// Accepts a request; it waits if its key is taken.
    pub fn submit(&mut self, request: Request) {
        *self.counts.entry(request.agent).or_default() += 1;
        let place = (request.agent, request.key.clone());
        if let Some(waiting) = self.keys.get_mut(&place) {
            waiting.push_back(request);
            return;
        }
        self.keys.insert(place, VecDeque::new());
        self.enqueue(request);
    }

    fn enqueue(&mut self, request: Request) {
        if request.agent == NODE && *request.key == *FILES {
            self.at_once.push(request.id);
        } else {
            self.lanes[request.lane as usize].push(request.agent, request.id);
        }
        self.queued.insert(request.id, request);
    }

    /// The jobs that have a place now. `started` sees each with its time limit.
    pub fn start(&mut self, now: Mono, mut started: impl FnMut(JobId, Duration)) -> Vec<JobStart> {
        let mut next: Vec<(JobId, Place)> = self.at_once.drain(..).map(|id| (id, Place::None)).collect();
        for (lane, places) in self.lanes.iter_mut().zip(self.places) {
            while lane.running < places {
                let Some(id) = lane.pop() else { break };
                lane.running += 1;
                next.push((id, Place::Taken));
            }
        }
        let mut starts = Vec::new();
        for (id, place) in next {
            let Some(request) = self.queued.remove(&id) else { continue };
            started(id, request.limit);
            starts.extend(self.run(request, place, now));
        }
        starts
    }

    fn run(&mut self, mut request: Request, place: Place, now: Mono) -> Option<JobStart> {
        let id = request.id;
        let work = request.work.take()?;
        let (progressed, wake) = (self.progressed.clone(), self.wake.clone());
        let notify = Box::new(move || {
            progressed.lock().unwrap_or_else(PoisonError::into_inner).push(id);
            wake();
        });
        let scope = Scope::new(Some(now + request.limit), notify);
        let start = JobStart {
            id,
            lane: request.lane,
            agent: request.name,
            key: request.key.clone(),
            scope: scope.clone(),
            work,
            panic_detail: self.panic_detail,
        };
        self.running.insert(id, Running { request, scope, stop: None, place });
        Some(start)
    }

    /// Takes in a result: frees key and place.
    pub fn ended(&mut self, id: JobId, out: JobOut) -> Option<(Answer, Option<PanicDetail>)> {
        let Running { request, stop, place, .. } = self.running.remove(&id)?;
        let lane = &mut self.lanes[request.lane as usize];
        match place {
            Place::None => {}
            Place::Taken => lane.running -= 1,
            Place::GivenBack => lane.stuck -= 1,
        }
        self.free(&request);
        let (result, panic) = match (out.0, stop) {
            (Err(detail), _) => (Err(Failed::Panicked(detail.clone())), Some(detail)),
            (Ok(_), Some(stopped)) => (Err(stopped), None),
            (Ok(output), None) => (Ok(output), None),
        };
        Some((answer(request, result), panic))
    }

    /// The key's next request gets its turn.
    fn free(&mut self, request: &Request) {
        if let Some(count) = self.counts.get_mut(&request.agent) {
            *count -= 1;
        }
        let place = (request.agent, request.key.clone());
        let next = self.keys.get_mut(&place).and_then(VecDeque::pop_front);
        match next {
            Some(next) => self.enqueue(next),
            None => {
                self.keys.remove(&place);
            }
        }
    }

    /// Stops an agent's requests for a key: what has not begun is answered now, what runs is told to stop.
    /// Gives the running job's id.
    pub fn cancel(&mut self, agent: AgentId, key: &str, answers: &mut Vec<Answer>) -> Option<JobId> {
        let place = (agent, Arc::from(key));
        let waiting = self.keys.get_mut(&place).map(std::mem::take).unwrap_or_default();
        for request in waiting {
            *self.counts.entry(agent).or_default() -= 1;
            answers.push(answer(request, Err(Failed::Cancelled)));
        }
        let matches = |request: &Request| request.agent == agent && *request.key == *key;
        if let Some(id) = self.queued.values().find(|request| matches(request)).map(|request| request.id)
            && let Some(request) = self.queued.remove(&id)
        {
            self.lanes[request.lane as usize].remove(agent, id);
            self.free(&request);
            answers.push(answer(request, Err(Failed::Cancelled)));
            return None;
        }
        let running = self.running.values().find(|running| matches(&running.request))?.request.id;
        self.stop(running, Failed::Cancelled).then_some(running)
    }

    /// Tells a job to stop; `false` if it does not run or was told before.
    pub fn stop(&mut self, id: JobId, why: Failed) -> bool {
        let Some(running) = self.running.get_mut(&id) else { return false };
        running.scope.cancel();
        let first = running.stop.is_none();
        running.stop.get_or_insert(why);
        first
    }

    /// A job should have ended by now. If it has not, it loses its place, unless too many have; gives whose it is.
    pub fn overdue(&mut self, id: JobId) -> Option<(AgentName, Arc<str>, Lane)> {
        let Running { request, place, .. } = self.running.get_mut(&id)?;
        let lane = &mut self.lanes[request.lane as usize];
        if *place == Place::Taken && lane.stuck < MAX_STUCK {
            *place = Place::GivenBack;
            lane.running -= 1;
            lane.stuck += 1;
        }
        Some((request.name, request.key.clone(), request.lane))
    }

    /// An agent is gone: what has not begun is dropped, what runs is told to stop and keeps its key.
    pub fn agent_gone(&mut self, agent: AgentId) -> Vec<JobId> {
        let mut unanswered = Vec::new();
        let keys: Vec<Arc<str>> =
            self.keys.keys().filter(|(owner, _)| *owner == agent).map(|(_, key)| key.clone()).collect();
        keys.iter().filter_map(|key| self.cancel(agent, key, &mut unanswered)).collect()
    }

    /// The jobs with progress that nobody was told of yet. One is not given again until its progress was taken.
    pub fn take_progressed(&mut self) -> Vec<(AgentId, JobId)> {
        let mut ids = std::mem::take(&mut *self.progressed.lock().unwrap_or_else(PoisonError::into_inner));
        ids.sort_unstable();
        ids.into_iter().filter_map(|id| Some((self.running.get(&id)?.request.agent, id))).collect()
    }

    /// Takes a job's latest progress, if it still runs and its agent lives the same life.
    pub fn take_progress(&self, id: JobId, life: u32) -> Option<(OnProgress, Arc<str>, Progress)> {
        let Running { request, scope, .. } = self.running.get(&id)?;
        let progress = scope.take_progress()?;
        (request.life == life).then_some((request.progress.clone()?, request.key.clone(), progress))
    }
}

fn answer(request: Request, result: Result<Output, Failed>) -> Answer {
    Answer { agent: request.agent, life: request.life, key: request.key, done: request.done, result }
}
