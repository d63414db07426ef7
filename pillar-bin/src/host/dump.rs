//! What every agent is doing, as text: on SIGUSR1, which EVE's watchdog sends to a process that hangs, and from the
//! debug server (spec/02, Signals and debug server). The loop says it; of one that hangs, others say what can be seen
//! from outside.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use pillar_core::bus::Table;
use pillar_core::bus::files::Layout;
use pillar_core::hal::{Clock, Scope, Storage};
use pillar_core::node::{Activity, Current, JobId, Node};
use pillar_core::time::Mono;
use smol::channel::Sender;

use super::watch::Duties;
use super::{Host, Role, Running, debug, threads};

/// How long the loop may take to answer. A handler may take some 10 ms.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who wants to know, and gets the answer.
pub type Question = SyncSender<String>;

impl Host {
    /// Somebody wants to know what every agent is doing.
    pub(super) fn answer(&self, question: &Question) {
        // Whoever asked may have given up.
        let _ = question.try_send(text(&self.node, &self.running, self.hal.clock.now().mono));
    }
}

/// The one who asks, from any thread but the loop's.
#[derive(Clone)]
pub struct Onlooker {
    /// To the loop.
    pub ask: Sender<Question>,
    /// What can be seen of the loop from outside.
    pub activity: Arc<Activity>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Writes files.
    pub storage: Arc<dyn Storage>,
    /// Where files are.
    pub layout: Layout,
    /// The device's root directory.
    pub root: PathBuf,
    /// Whose files they are.
    pub role: Role,
    /// The debug server, which is one at most.
    pub server: debug::Slot,
}

impl Onlooker {
    /// What the loop says, or what is seen of it, and what every thread is doing.
    pub fn report(&self) -> String {
        let agents = self.agents().unwrap_or_else(|| self.hanging());
        format!("{agents}{}", threads::text())
    }

    fn agents(&self) -> Option<String> {
        let (question, answer): (Question, Receiver<String>) = sync_channel(1);
        self.ask.try_send(question).ok()?;
        answer.recv_timeout(PATIENCE).ok()
    }

    fn hanging(&self) -> String {
        match self.activity.current() {
            Some(handler) => {
                let time = self.clock.now().mono.since(handler.since.mono).as_secs();
                format!("the loop does not answer: {} on {} for {time} s\n", handler.agent, handler.event)
            }
            None => "the loop does not answer, and runs no handler\n".to_owned(),
        }
    }

    /// Logs a text, and writes it to a file where EVE's tools look.
    pub fn keep(&self, file: &str, text: &str) {
        for line in text.lines() {
            log::warn!("{line}");
        }
        let path = self.layout.persist.join("agentdebug").join(self.role.name()).join(file);
        if let Err(why) = self.storage.replace(&Scope::unbounded(), &path, text.as_bytes()) {
            log::error!("the dump was not written: {why}");
        }
    }
}

impl Duties for Onlooker {
    /// Names the agent and the event: what whoever reads the log of a device that hangs needs to know.
    fn overrun(&mut self, time: Duration, handler: &Current) {
        log::error!(
            target: handler.agent.0,
            "does not come back from {} for {} s", handler.event, time.as_secs()
        );
    }

    fn dump(&mut self) {
        self.keep("sigusr1", &self.report());
    }

    fn serve(&mut self) {
        debug::serve(self);
    }
}

/// What every agent is doing.
pub(super) fn text(node: &Node, running: &BTreeMap<JobId, Running>, now: Mono) -> String {
    let mut text = String::new();
    // Writing to memory does not fail.
    let _ = writeln!(text, "{} reports of trouble so far", node.reports().total());
    for agent in node.agents() {
        let _ = writeln!(text, "agent {agent}");
        for (_, table) in node.bus().tables().filter(|(_, table)| table.name.agent == agent) {
            let _ = writeln!(text, "  table {}", table_text(table));
        }
        for (_, what) in node.put_aside().filter(|(name, _)| *name == agent) {
            let _ = writeln!(text, "  put aside {} {}: {}", what.table, what.key, what.reason);
        }
    }
    for job in running.values() {
        let time = now.since(job.since).as_secs();
        let _ = writeln!(text, "job {} of {} in lane {:?} for {time} s", job.key, job.agent, job.lane);
    }
    text
}

fn table_text(table: &Table) -> String {
    format!("{} with {} keys, restarted {}", table.name, table.iter().count(), table.restarted)
}
