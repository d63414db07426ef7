//! Commands to the whole device: each is carried out once for each new counter, also across reboots (spec/01, Reboot /
//! shutdown / poweroff commands).
//!
//! | State | Event, guard | Next | Actions |
//! |---|---|---|---|
//! | none seen | a counter | seen | the counter is kept; no more |
//! | seen | the same counter, or none | seen | – |
//! | seen | another counter | keeping | the counter is written |
//! | keeping | durable, no other command under way, no trial of an image | under way | RebootCmd or ShutdownCmd, applications halt |
//! | keeping | durable, a trial | waiting | – |
//! | waiting | the trial is over | under way | the same |
//!
//! A configuration without the command leaves the counter: the reference forgets it, and so takes the next command
//! for the first.

use std::collections::BTreeMap;

use log::Level;
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::codec::json;
use pillar_types::device::DeviceOpsCmd;
use pillar_types::node::BootReason;

use super::ZedAgent;
use super::parse::General;
use crate::hal::StorageError;
use crate::node::{Context, Failed, Lane};

/// What the controller can have the device do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Boot again.
    Reboot,
    /// Halt all applications for good.
    Shutdown,
}

/// The commands that are known, and what became of them.
#[derive(Debug, Default)]
pub struct Commands {
    /// The counter of the last one of each kind; what is being written counts.
    pub seen: BTreeMap<Operation, u32>,
    /// What waits until the trial of an image is over.
    waiting: Option<Operation>,
    /// What is under way: nothing stops it any more.
    pub under_way: Option<Operation>,
}

/// What became of a file.
type Kept = Result<Result<(), StorageError>, Failed>;

impl Operation {
    /// All of them.
    pub const ALL: [Operation; 2] = [Operation::Reboot, Operation::Shutdown];

    /// The name of its file in `/persist/status`.
    pub fn file(self) -> &'static str {
        match self {
            Operation::Reboot => "rebootConfig",
            Operation::Shutdown => "shutdownConfig",
        }
    }

    /// What the files of the next boot say.
    pub fn reason(self) -> (&'static str, BootReason) {
        match self {
            Operation::Reboot => ("NORMAL: controller reboot", BootReason::RebootCmd),
            Operation::Shutdown => ("NORMAL: controller shutdown", BootReason::None),
        }
    }

    fn from_file(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.file() == name)
    }
}

impl ZedAgent {
    /// Looks at the commands of a configuration that the controller gave.
    pub(super) fn see_commands(&mut self, general: &General, cx: &mut Context<'_, Self>) {
        let commands = [(Operation::Reboot, &general.reboot), (Operation::Shutdown, &general.shutdown)];
        for (operation, command) in commands {
            let Some(command) = command else { continue };
            if self.commands.seen.get(&operation) == Some(&command.counter) {
                continue;
            }
            let is_first = self.commands.seen.insert(operation, command.counter).is_none();
            let done = if is_first { Self::on_first_kept } else { Self::on_kept };
            self.keep_command(operation, command, done, cx);
        }
    }

    fn keep_command(
        &self,
        operation: Operation,
        command: &DeviceOpsCmd,
        done: fn(&mut Self, &str, Kept, &mut Context<'_, Self>),
        cx: &mut Context<'_, Self>,
    ) {
        let (path, text) = (self.places.status(operation.file()), json::encode(command));
        let work =
            move |hal: &crate::hal::Hal, scope: &crate::hal::Scope| hal.storage.replace(scope, &path, &text);
        cx.job(Lane::Store, operation.file(), work, done);
    }

    fn on_first_kept(&mut self, file: &str, result: Kept, cx: &mut Context<'_, Self>) {
        self.is_kept(file, &result, cx);
        self.report_device(cx);
    }

    fn on_kept(&mut self, file: &str, result: Kept, cx: &mut Context<'_, Self>) {
        let Some(operation) = Operation::from_file(file) else { return };
        if self.is_kept(file, &result, cx) {
            self.commands.waiting.get_or_insert(operation);
            self.update_commands(cx);
        }
    }

    /// A command that cannot be kept is not carried out: it would be again after each boot. It is seen anew with
    /// the next configuration.
    fn is_kept(&mut self, file: &str, result: &Kept, cx: &mut Context<'_, Self>) -> bool {
        if let Ok(Ok(())) = result {
            return true;
        }
        if let Ok(Err(why)) = result {
            cx.log(Level::Error, format_args!("{file} cannot be kept: {why}"));
        }
        if let Some(operation) = Operation::from_file(file) {
            self.commands.seen.remove(&operation);
            self.forget_config();
        }
        false
    }

    /// Begins what waits, if it may.
    pub(super) fn update_commands(&mut self, cx: &mut Context<'_, Self>) {
        let Some(operation) = self.commands.waiting.filter(|_| !self.is_updating(cx)) else { return };
        self.commands.waiting = None;
        if self.commands.under_way.is_some() {
            return;
        }
        cx.log(Level::Info, format_args!("{}", operation.reason().0));
        self.commands.under_way = Some(operation);
        for (key, app) in cx.all_own::<AppInstanceConfig>() {
            cx.publish(&key, AppInstanceConfig { activate: false, ..AppInstanceConfig::clone(&app) });
        }
        self.publish_status(cx);
    }
}
