//! A reboot, shutdown or power-off, from the order to the end (spec/07, Node operation).
//!
//! | Phase | Event | Next | Actions |
//! |---|---|---|---|
//! | none | ordered | Announced | the flag is published: applications begin to stop |
//! | Announced | 30 s passed | Recording | the reason is written down, unless it is a shutdown |
//! | Recording | written, or not writable | Halting | – |
//! | Halting | no application runs, or 300 s passed | Halted | `AllDomainsHalted` |
//! | Halted | it is a shutdown | none | the device stays on, without applications |
//! | Halted | 30 s passed | Ending | reset or power-off |
//! | Ending | 120 s passed, still on | – | the process ends, so that a watchdog does it |

use std::time::Duration;

use log::Level;
use pillar_types::domain::DomainStatus;
use pillar_types::node::{BootReason, ZedAgentStatus};

use super::NodeAgent;
use crate::agents::DOMAINMGR;
use crate::hal::StorageError;
use crate::node::{Agent, Context, Failed, JobSpec, Lane};
use crate::reboot::{Event, Records};

/// Between the order and the reason being written down.
const ANNOUNCED: Duration = Duration::from_secs(30);
/// How long applications may take to stop.
const HALTING: Duration = Duration::from_mins(5);
/// Between the last application's end and the device's.
const HALTED: Duration = Duration::from_secs(30);
/// How long the device may take to go down.
const ENDING: Duration = Duration::from_mins(2);
/// How exact all that is.
const SLACK: Duration = Duration::from_secs(1);

/// The timer and the jobs of an operation.
const OPERATION: &str = "operation";

/// What is done to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Reboot,
    PowerOff,
    Shutdown,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Announced,
    Recording,
    Halting,
    Halted,
    Ending,
}

/// An operation under way.
#[derive(Debug)]
pub(super) struct Operation {
    what: What,
    phase: Phase,
    /// Why, for the next boot.
    reason: String,
    why: BootReason,
}

impl What {
    /// In the order in which they are begun if several are ordered at once.
    const ALL: [What; 3] = [What::Reboot, What::PowerOff, What::Shutdown];

    fn is_ordered(self, zedagent: &ZedAgentStatus) -> bool {
        match self {
            What::Reboot => zedagent.reboot_cmd,
            What::PowerOff => zedagent.poweroff_cmd,
            What::Shutdown => zedagent.shutdown_cmd,
        }
    }

    const fn default_reason(self) -> (&'static str, BootReason) {
        match self {
            What::Reboot => ("NORMAL: controller reboot", BootReason::RebootCmd),
            What::PowerOff => ("NORMAL: controller poweroff", BootReason::PoweroffCmd),
            What::Shutdown => ("NORMAL: controller shutdown", BootReason::RebootCmd),
        }
    }
}

impl NodeAgent {
    /// Begins what is ordered, was not done in this boot and does not wait for another operation.
    pub(super) fn obey(&mut self, zedagent: &ZedAgentStatus, cx: &mut Context<'_, Self>) {
        if self.operation.is_some() {
            return;
        }
        let ordered = |what: &What| what.is_ordered(zedagent) && !self.done.contains(what);
        let Some(what) = What::ALL.into_iter().find(ordered) else { return };
        let (mut reason, mut why) =
            (zedagent.requested_reboot_reason.clone(), zedagent.requested_boot_reason);
        let default = what.default_reason();
        if reason.is_empty() {
            default.0.clone_into(&mut reason);
        }
        if why == BootReason::None {
            why = default.1;
        }
        self.begin(what, reason, why, cx);
    }

    /// What a former life of this agent had begun.
    pub(super) fn resume(&mut self, cx: &mut Context<'_, Self>) {
        let begun = [
            (self.status.device_reboot, What::Reboot),
            (self.status.device_poweroff, What::PowerOff),
            (self.status.device_shutdown && !self.status.all_domains_halted, What::Shutdown),
        ];
        if let Some((_, what)) = begun.into_iter().find(|(begun, _)| *begun) {
            let (reason, why) = what.default_reason();
            self.begin(what, reason.to_owned(), why, cx);
        }
        if self.status.device_shutdown {
            self.done.insert(What::Shutdown);
        }
    }

    fn begin(&mut self, what: What, reason: String, why: BootReason, cx: &mut Context<'_, Self>) {
        cx.log(Level::Warn, format_args!("{what:?}: {reason}"));
        self.done.insert(what);
        match what {
            What::Reboot => self.status.device_reboot = true,
            What::PowerOff => self.status.device_poweroff = true,
            What::Shutdown => self.status.device_shutdown = true,
        }
        self.operation = Some(Operation { what, phase: Phase::Announced, reason, why });
        self.publish(cx);
        cx.after_key(ANNOUNCED, SLACK, OPERATION, Self::on_operation_timer);
    }

    fn on_operation_timer(&mut self, _: &str, cx: &mut Context<'_, Self>) {
        let Some(operation) = &self.operation else { return };
        match (operation.phase, operation.what) {
            (Phase::Announced, What::Shutdown) => self.halt(cx),
            (Phase::Announced, _) => self.record(cx),
            (Phase::Halting, _) => {
                cx.log(Level::Warn, format_args!("applications still run; going on without waiting"));
                self.halted(cx);
            }
            (Phase::Halted, _) => self.end(cx),
            (Phase::Ending, _) => cx.fatal("the device did not go down in time"),
            (Phase::Recording, _) => {}
        }
    }

    /// The reason is written down.
    fn record(&mut self, cx: &mut Context<'_, Self>) {
        let Some(operation) = &mut self.operation else { return };
        operation.phase = Phase::Recording;
        let (layout, message, why) = (self.layout.clone(), operation.reason.clone(), operation.why);
        cx.job(
            Lane::Store,
            OPERATION,
            move |hal, scope| {
                let records = Records { storage: &*hal.storage, layout: &layout, scope };
                let event =
                    Event { agent: Self::NAME.0, pid: 0, message: &message, at: hal.clock.now().wall };
                records.planned(&event, why).1
            },
            Self::on_recorded,
        );
    }

    fn on_recorded(
        &mut self,
        _: &str,
        written: Result<Result<(), StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => cx.log(Level::Error, format_args!("the reason is not written down: {error}")),
            Err(failed) => cx.log(Level::Error, format_args!("the reason is not written down: {failed:?}")),
        }
        self.halt(cx);
    }

    fn halt(&mut self, cx: &mut Context<'_, Self>) {
        let Some(operation) = &mut self.operation else { return };
        operation.phase = Phase::Halting;
        cx.after_key(HALTING, SLACK, OPERATION, Self::on_operation_timer);
        self.update_halting(cx);
    }

    /// Goes on once no application runs. Called after every event of a domain.
    pub(super) fn update_halting(&mut self, cx: &mut Context<'_, Self>) {
        let halting = self.operation.as_ref().is_some_and(|operation| operation.phase == Phase::Halting);
        let runs = || cx.all::<DomainStatus>(DOMAINMGR).iter().any(|(_, domain)| domain.activated);
        if halting && !runs() {
            self.halted(cx);
        }
    }

    fn halted(&mut self, cx: &mut Context<'_, Self>) {
        let Some(operation) = &mut self.operation else { return };
        operation.phase = Phase::Halted;
        let shutdown = operation.what == What::Shutdown;
        self.status.all_domains_halted = true;
        self.publish(cx);
        if !shutdown {
            cx.after_key(HALTED, SLACK, OPERATION, Self::on_operation_timer);
            return;
        }
        cx.stop_key(OPERATION);
        self.operation = None;
        self.obey_last(cx);
    }

    fn end(&mut self, cx: &mut Context<'_, Self>) {
        let Some(operation) = &mut self.operation else { return };
        operation.phase = Phase::Ending;
        let off = operation.what == What::PowerOff;
        cx.after_key(ENDING, SLACK, OPERATION, Self::on_operation_timer);
        let spec = JobSpec { lane: Lane::Process, key: OPERATION, limit: ENDING };
        cx.job_with(
            spec,
            move |hal, scope| if off { hal.power.power_off(scope) } else { hal.power.reset(scope) },
            |_, _, ended, cx| {
                if let Ok(Err(error)) = ended {
                    cx.log(Level::Error, format_args!("{error}"));
                }
            },
            None,
        );
    }
}
