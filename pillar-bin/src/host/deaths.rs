//! What is left for others to read when an agent crashes, and when the process must die (spec/02, Fatal, panic,
//! reboot files). One agent's crash is that agent's alone: the device goes on, and its files say what happened.

use pillar_core::hal::Scope;
use pillar_core::node::{PanicDetail, Report, Trouble};
use pillar_core::reboot::{Event, Records};

use super::{Host, dump};
use crate::crash;

impl Host {
    /// An agent sees no way on for the process.
    pub(super) fn record_fatal(&self, agent: &str, why: &str) {
        let stack = dump::text(&self.node, &self.running, self.hal.clock.now().mono);
        crash::record(&self.root, agent, why, &stack);
    }

    /// Logs what went wrong since the last time, each once, and keeps the detail of crashes.
    pub(super) fn look_at_reports(&mut self) {
        let reports = self.node.reports();
        for report in reports.since(self.reported) {
            log::error!(target: report.agent.0, "{}", report.trouble);
            if let Trouble::Crash { detail, .. } | Trouble::JobCrash { detail, .. } = &report.trouble {
                self.record_crash(report, detail);
            }
        }
        self.reported = reports.total();
    }

    fn record_crash(&self, report: &Report, detail: &PanicDetail) {
        let (storage, layout) = (self.hal.storage.clone(), self.layout.clone());
        let (agent, at) = (report.agent.0, report.at.wall);
        let message = report.trouble.to_string();
        let stack = format!("panic: {} ({})\n{}", detail.message, detail.location, detail.backtrace);
        self.workers.run(Box::new(move || {
            let scope = Scope::unbounded();
            let records = Records { storage: &*storage, layout: &layout, scope: &scope };
            let event = Event { agent, pid: std::process::id(), message: &message, at };
            if let Err(why) = records.contained(&event, &stack) {
                log::error!(target: agent, "the crash was not written: {why}");
            }
        }));
    }
}
