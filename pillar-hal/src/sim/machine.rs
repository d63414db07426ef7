//! One boot: a node and its jobs, each job a task. Runs whatever chance picks among what can run; only when nothing
//! can, time moves. The runner makes one for each boot and ends it when its power is gone.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{Hal, PowerCut, source};
use pillar_core::node::{JobId, JobOut, JobStart, Node};
use pillar_core::time::Mono;

use super::Rng;
use super::agenda::Agenda;
use super::control::{Control, Wait};
use super::exec::{Pool, Task, Turn, Work};
use super::log::Inside;
use super::net::SimLinkNotices;
use super::uevents::SimUevents;

/// What a turn was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// Something ran, or time moved.
    Something,
    /// There is nothing to run, and nothing to wait for.
    Nothing,
    /// The power went.
    PowerCut,
}

/// A node that runs.
pub(super) struct Machine {
    pub(super) node: Node,
    control: Arc<Control>,
    hal: Arc<Hal>,
    agenda: Agenda,
    jobs: Vec<Job>,
    /// What the kernel says about links.
    link_notices: SimLinkNotices,
    /// What it says about devices.
    uevents: SimUevents,
    /// Whether the node may have something to do.
    busy: bool,
    node_actor: Arc<str>,
}

/// A job that runs.
struct Job {
    id: JobId,
    task: Task,
    out: Arc<Mutex<Option<JobOut>>>,
    wait: Option<Wait>,
    actor: Arc<str>,
}

impl Machine {
    pub(super) fn new(
        node: Node,
        control: Arc<Control>,
        hal: Hal,
        (link_notices, uevents): (SimLinkNotices, SimUevents),
        agenda: Agenda,
    ) -> Self {
        let (hal, node_actor) = (Arc::new(hal), "node".into());
        Machine {
            node,
            control,
            hal,
            agenda,
            jobs: Vec::new(),
            link_notices,
            uevents,
            busy: true,
            node_actor,
        }
    }

    /// Runs one thing.
    pub(super) fn turn(&mut self, rng: &mut Rng, pool: &Pool) -> Ran {
        loop {
            let now = self.control.now().mono;
            while let Some(happens) = self.agenda.take(now) {
                happens(&mut self.node);
            }
            let ready = self.jobs.iter().filter(|job| job.ready_at(now) <= now).count() as u64;
            let notices = u64::from(self.link_notices.pending() || self.uevents.pending());
            let choices = ready + notices + u64::from(self.busy || self.node.busy());
            if choices == 0 {
                return self.move_time(rng, now);
            }
            let chosen = rng.below(choices);
            if chosen < ready {
                return self.run_job(chosen as usize, now);
            }
            if chosen < ready + notices {
                return self.take_notices();
            }
            if let Some(ran) = self.run_node(pool) {
                return ran;
            }
        }
    }

    /// One event of the node; `None` if it had none.
    fn run_node(&mut self, pool: &Pool) -> Option<Ran> {
        self.control.set_actor(&self.node_actor);
        let stepped = catch_unwind(AssertUnwindSafe(|| self.node.step()));
        match stepped {
            Err(payload) if PowerCut::is(&*payload) => return Some(Ran::PowerCut),
            Err(payload) => resume_unwind(payload),
            Ok(busy) => self.busy = busy,
        }
        for start in self.node.take_jobs() {
            let job = Job::new(start, &self.hal, pool, &self.control);
            self.jobs.push(job);
        }
        self.busy.then_some(Ran::Something)
    }

    /// A job up to its next call or its end. `chosen` counts those that can run now.
    fn run_job(&mut self, chosen: usize, now: Mono) -> Ran {
        let mut ready = self.jobs.iter().enumerate().filter(|(_, job)| job.ready_at(now) <= now);
        let Some((index, _)) = ready.nth(chosen) else { return Ran::Something };
        let job = &mut self.jobs[index];
        self.control.set_actor(&job.actor);
        match job.task.resume() {
            Turn::Yielded => job.wait = self.control.take_wait(),
            Turn::Done(Ok(())) => {
                let Job { id, out, .. } = self.jobs.remove(index);
                if let Some(out) = out.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    self.node.job_done(id, out);
                }
                self.busy = true;
            }
            Turn::Done(Err(payload)) if PowerCut::is(&*payload) => return Ran::PowerCut,
            Turn::Done(Err(payload)) => resume_unwind(payload),
        }
        if self.control.is_alive() { Ran::Something } else { Ran::PowerCut }
    }

    /// What hardware has to say becomes known.
    fn take_notices(&mut self) -> Ran {
        let links = source::drain(&mut self.node, &mut self.link_notices);
        let devices = source::drain(&mut self.node, &mut self.uevents);
        links
            .and(devices)
            .expect("nobody else publishes what hardware says, and names of links and subsystems are few");
        self.busy = true;
        Ran::Something
    }

    /// Time moves to the next thing that is due, or, by chance, not as far: timers may fire before their slack
    /// is used up.
    fn move_time(&mut self, rng: &mut Rng, now: Mono) -> Ran {
        let waits = self.jobs.iter().map(|job| job.ready_at(now));
        let Some(next) = waits.chain(self.node.next()).chain(self.agenda.next()).min() else {
            return Ran::Nothing;
        };
        let far = next.0.saturating_sub(now.0);
        let step = if rng.chance(1, 4) { rng.below(far) + 1 } else { far };
        self.control.advance(Mono(now.0 + step.min(far)));
        self.node.advance(self.control.now());
        self.busy = true;
        Ran::Something
    }
}

impl Job {
    fn new(start: JobStart, hal: &Arc<Hal>, pool: &Pool, control: &Arc<Control>) -> Self {
        let id = start.id();
        let traced = control.trace.is_on();
        let actor = if traced { format!("{}:{}", start.agent(), start.key()) } else { String::new() };
        let out = Arc::new(Mutex::new(None));
        let (hal, result, control) = (hal.clone(), out.clone(), control.clone());
        let work: Work = Box::new(move || {
            let _inside = Inside::of(&control);
            let ended = start.run(&hal);
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        });
        Job { id, task: pool.task(work), out, wait: None, actor: actor.into() }
    }

    /// When it can go on; now, if it waits for nothing.
    fn ready_at(&self, now: Mono) -> Mono {
        self.wait.as_ref().map_or(now, |wait| wait.until(now))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Jobs in the middle of a call find that the power is gone, and end.
        self.control.cut();
    }
}
