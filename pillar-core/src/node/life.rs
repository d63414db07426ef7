//! An agent's end and new beginning, and the node's own business: files.

use std::any::Any;
use std::panic::resume_unwind;
use std::time::Duration;

use super::agent::{AgentId, AgentName};
use super::call::Subject;
use super::inbox::{EventName, Item};
use super::jobs::{Failed, Lane};
use super::report::Trouble;
use super::timers::Action;
use super::{Node, back_off};
use crate::bus::files::{self, Written};
use crate::hal::{Hal, PowerCut, Scope};

/// The node itself, where an agent is asked for.
pub(super) const NODE: AgentId = AgentId(u16::MAX);

/// Its name in reports.
pub(super) const NODE_NAME: AgentName = AgentName("node");

/// The key of the job that writes files.
pub(super) const FILES: &str = "files";

/// An agent that ran this long without a crash is well again.
const WELL: Duration = Duration::from_mins(10);

impl Node {
    /// Ends an agent as if it had crashed: for hosts that have to, and for the simulator.
    pub fn kill(&mut self, name: AgentName) -> bool {
        let Some(index) = self.cells.iter().position(|cell| cell.name == name && cell.agent.is_some()) else {
            return false;
        };
        self.end(AgentId(index as u16));
        true
    }

    pub(super) fn crashed(
        &mut self,
        id: AgentId,
        event: &EventName,
        subject: Subject,
        payload: Box<dyn Any + Send>,
    ) {
        if PowerCut::is(&*payload) {
            resume_unwind(payload);
        }
        let detail = self.panic_detail(&*payload);
        let name = self.name_of(id);
        let aside = subject.and_then(|(table, key, version)| {
            self.core.aside.crashed(&self.core.bus, (id, table, key), version, &detail.message)
        });
        self.core.report_of(name, Trouble::Crash { event: event.to_string(), detail });
        if let Some(what) = aside {
            self.core.report_of(name, Trouble::PutAside(what));
        }
        self.end(id);
    }

    /// Stops an agent, and starts it again later.
    pub(super) fn end(&mut self, id: AgentId) {
        let now = self.core.now.mono;
        let cell = &mut self.cells[id.index()];
        cell.crashes = if now.since(cell.started) >= WELL { 1 } else { cell.crashes.saturating_add(1) };
        let wait = back_off(cell.crashes);
        self.stop(id);
        let timer = self.core.timers.new_id();
        self.core.timers.set(timer, now, wait, wait / 10, Action::Restart(id));
    }

    /// Takes everything from an agent but what it published.
    pub(super) fn stop(&mut self, id: AgentId) {
        let cell = &mut self.cells[id.index()];
        cell.agent = None;
        cell.life += 1;
        cell.inbox.clear();
        for follower in self.core.subscriptions.remove_agent(id) {
            self.core.bus.unfollow(follower);
        }
        self.core.timers.remove_agent(id);
        self.waits.remove_agent(id);
        for job in self.core.jobs.agent_gone(id) {
            self.watch_stopped(job);
        }
    }

    /// Starts a job that writes what has changed, unless one is under way.
    pub(super) fn write_files(&mut self) {
        let Some(batch) = self.core.files.next_batch(&mut self.core.bus) else { return };
        let work = move |hal: &Hal, scope: &Scope| files::write(&*hal.storage, scope, batch);
        self.host_job(Lane::Store, FILES, work);
    }

    pub(super) fn files_written(&mut self, result: Result<Box<dyn Any + Send>, Failed>) {
        let Ok(Ok(written)) = result.map(<Box<dyn Any + Send>>::downcast::<Vec<Written>>) else {
            // Out of time, or a panic, which was reported.
            let after = self.core.files.batch_failed();
            return self.retry_files(after);
        };
        for file in &*written {
            match (&file.result, &file.key) {
                (Ok(()), Some(key)) => {
                    for wait in self.waits.satisfied(file.table, key, file.version) {
                        if self.cells[wait.agent.index()].life == wait.life {
                            self.deliver(wait.agent, Item::Stored { key: key.clone(), then: wait.then });
                        }
                    }
                }
                (Ok(()), None) => {}
                (Err(why), key) => {
                    let table = self.core.bus.table(file.table).name;
                    let key = key.clone().unwrap_or_else(|| files::layout::RESTARTED.into());
                    self.core.report_of(table.agent, Trouble::NotStored { table, key, why: why.clone() });
                }
            }
        }
        let after = self.core.files.batch_done(&mut self.core.bus, &written);
        self.retry_files(after);
    }

    fn retry_files(&mut self, after: Option<Duration>) {
        if let Some(after) = after {
            let timer = self.core.timers.new_id();
            self.core.timers.set(timer, self.core.now.mono, after, after / 10, Action::RetryFiles);
        }
    }
}
