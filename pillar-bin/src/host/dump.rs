//! What every agent is doing, as text: on SIGUSR1, which EVE's watchdog sends to a process that hangs (spec/02,
//! Signals and debug server).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use pillar_core::bus::Table;
use pillar_core::hal::Scope;
use pillar_core::node::{JobId, Node};
use pillar_core::time::Mono;

use super::{Host, Running};

impl Host {
    /// Logs it, and writes it to the file where EVE's tools look.
    pub(super) fn dump(&self) {
        let text = text(&self.node, &self.running, self.hal.clock.now().mono);
        for line in text.lines() {
            log::warn!("{line}");
        }
        let path = self.layout.persist.join(Path::new("agentdebug").join(self.role.name()).join("sigusr1"));
        let storage = self.hal.storage.clone();
        self.workers.run(Box::new(move || {
            if let Err(why) = storage.replace(&Scope::unbounded(), &path, text.as_bytes()) {
                log::error!("the dump was not written: {why}");
            }
        }));
    }
}

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
