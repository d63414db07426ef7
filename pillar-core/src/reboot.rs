//! Why the device goes down, in the files that EVE's tools read after the next boot (spec/02, Fatal, panic, reboot
//! files). Called by hosts whose process must die, and by jobs of the agent that reboots the device.
//!
//! The first cause stays first: what comes later, until nodeagent has read the files and removed them, is appended.
//! The reference appends when it should begin anew, and the other way round.

use std::path::{Path, PathBuf};

use pillar_types::Time;
use pillar_types::node::BootReason;

use crate::bus::files::Layout;
use crate::hal::{Scope, Storage, StorageError};
use crate::time::Wall;

/// What readers take of a reason.
pub const MAX_REASON: usize = 16 << 10;

/// What readers take of a stack.
pub const MAX_STACK: usize = 512 << 10;

/// What is kept of the logs of all reasons and stacks: the newest. The reference keeps all.
pub const MAX_LOG: usize = 1 << 20;

/// The longest message of an agent in a reason.
const MAX_MESSAGE: usize = 4 << 10;

/// What happened, to whom, when.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The agent that it happened to, or that asks for it.
    pub agent: &'a str,
    /// The process that runs the agent.
    pub pid: u32,
    /// In words.
    pub message: &'a str,
    /// Wall clock.
    pub at: Wall,
}

/// Who writes where.
#[derive(Clone, Copy)]
pub struct Records<'a> {
    /// The files.
    pub storage: &'a dyn Storage,
    /// Where they are.
    pub layout: &'a Layout,
    /// Bounds the work.
    pub scope: &'a Scope,
}

impl Records<'_> {
    /// The process of this agent must die, and the device with it: reason, image and stack are what the next boot
    /// reports. Writes all that it can; gives the reason as it was written, and the first thing that failed.
    pub fn fatal(&self, event: &Event<'_>, stack: &str) -> (String, Result<(), StorageError>) {
        let Event { agent, pid, .. } = event;
        let reason = format!(
            "{}fatal: agent {agent}[{pid}]: {}\n",
            self.head("Reboot from", event),
            line(event.message)
        );
        let stack = tail(stack, MAX_STACK);
        let written = [
            self.reason(&reason),
            self.replace(&self.debug(agent, "fatal-reason"), &reason),
            self.image(),
            self.boot_reason(BootReason::Fatal),
            self.replace(&self.layout.persist.join("reboot-stack"), stack),
            self.append("log/reboot-stack.log", stack, MAX_LOG),
            self.replace(&self.debug(agent, "fatal-stack"), stack),
        ];
        (reason, written.into_iter().collect())
    }

    /// The device is about to be rebooted or switched off because somebody wants it.
    pub fn planned(&self, event: &Event<'_>, why: BootReason) -> (String, Result<(), StorageError>) {
        let reason =
            format!("{} at EVE version {} at {}\n", line(event.message), self.version(), time(event.at));
        let written = [self.reason(&reason), self.image(), self.boot_reason(why)];
        (reason, written.into_iter().collect())
    }

    /// An agent crashed and starts again: for whoever looks for the reason, while the device goes on.
    pub fn contained(&self, event: &Event<'_>, stack: &str) -> Result<(), StorageError> {
        let reason = format!("{}{}\n", self.head("Restart of", event), line(event.message));
        self.replace(&self.debug(event.agent, "fatal-reason"), &reason)?;
        self.replace(&self.debug(event.agent, "fatal-stack"), tail(stack, MAX_STACK))
    }

    fn head(&self, what: &str, event: &Event<'_>) -> String {
        let Event { agent, pid, at, .. } = event;
        let (image, version) = (self.partition(), self.version());
        format!(
            "{what} agent {agent}[{pid}] in partition {image} at EVE version {version} at {}: ",
            time(*at)
        )
    }

    fn reason(&self, reason: &str) -> Result<(), StorageError> {
        let path = self.layout.persist.join("reboot-reason");
        let recorded = !self.read(&self.boot_reason_path()).is_empty();
        let before = if recorded { self.read(&path) } else { String::new() };
        let written = self.replace(&path, head(&format!("{before}{reason}"), MAX_REASON));
        self.append("log/reboot-reason.log", reason, MAX_LOG).and(written)
    }

    /// The first reason stays.
    fn boot_reason(&self, why: BootReason) -> Result<(), StorageError> {
        let path = self.boot_reason_path();
        if self.read(&path).trim().is_empty() { self.replace(&path, why.name()) } else { Ok(()) }
    }

    fn boot_reason_path(&self) -> PathBuf {
        self.layout.persist.join("boot-reason")
    }

    fn image(&self) -> Result<(), StorageError> {
        self.replace(&self.layout.persist.join("reboot-image"), &self.partition())
    }

    fn partition(&self) -> String {
        self.read(&self.layout.run.join("eve.id")).trim().to_owned()
    }

    fn version(&self) -> String {
        self.read(&self.layout.run.join("eve-release")).trim().to_owned()
    }

    fn debug(&self, agent: &str, file: &str) -> PathBuf {
        self.layout.persist.join("agentdebug").join(agent).join(file)
    }

    /// Adds to a file below `/persist`, of which the newest `limit` bytes stay.
    fn append(&self, file: &str, text: &str, limit: usize) -> Result<(), StorageError> {
        let path = self.layout.persist.join(file);
        let before = self.read(&path);
        self.replace(&path, tail(&format!("{before}{text}"), limit))
    }

    fn replace(&self, path: &Path, text: &str) -> Result<(), StorageError> {
        self.storage.replace(self.scope, path, text.as_bytes())
    }

    /// What cannot be read counts as empty: what is written is worth more.
    fn read(&self, path: &Path) -> String {
        let bytes = self.storage.read(self.scope, path, MAX_LOG).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn time(at: Wall) -> Time {
    Time::from_unix(at.0.div_euclid(1_000_000_000), at.0.rem_euclid(1_000_000_000) as u32)
}

/// One line, whatever somebody said.
fn line(text: &str) -> String {
    head(text.trim(), MAX_MESSAGE).replace(|c: char| c.is_control(), " ")
}

fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

fn tail(text: &str, limit: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(limit))..]
}
