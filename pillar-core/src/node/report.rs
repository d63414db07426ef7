//! What went wrong, kept for whoever looks: the host's log, the simulator, the controller.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::AgentName;
use super::jobs::Lane;
use crate::bus::wire::WireTrouble;
use crate::bus::{PublishError, TableName};
use crate::hal::StorageError;
use crate::time::Now;

/// How many reports are kept; older ones are dropped and counted.
pub const MAX_REPORTS: usize = 256;

/// Where and why a panic happened, as far as the host's hook saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PanicDetail {
    /// What was said.
    pub message: String,
    /// File and line.
    pub location: String,
    /// Back-trace, bounded by the hook.
    pub backtrace: String,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// When.
    pub at: Now,
    /// Whose fault it is.
    pub agent: AgentName,
    /// What.
    pub trouble: Trouble,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// A handler panicked; the agent starts again.
    Crash {
        /// The event it was called with.
        event: String,
        /// The panic.
        detail: PanicDetail,
    },
    /// A job panicked; its agent got the failure as the job's result.
    JobCrash {
        /// The job's key.
        key: String,
        /// The panic.
        detail: PanicDetail,
    },
    /// The agent ended for good: its process cannot go on.
    Fatal(String),
    /// A value made the agent crash three times and is kept from it.
    PutAside(PutAside),
    /// Agents keep answering each other without ever resting.
    PingPong {
        /// The table that goes round.
        table: TableName,
        /// The key.
        key: Arc<str>,
    },
    /// A job should have ended and has not.
    Overdue {
        /// The job's key.
        key: String,
        /// Its lane, which it blocks a place of.
        lane: Lane,
    },
    /// A publish was refused.
    Refused {
        /// The table.
        table: TableName,
        /// The key.
        key: String,
        /// Why.
        why: PublishError,
    },
    /// A key cannot be a file name: its value lives in memory only.
    NoFile {
        /// The table.
        table: TableName,
        /// The key.
        key: String,
        /// Why.
        why: &'static str,
    },
    /// The agent asked for more timers or jobs than it may have at once; the rest were refused.
    TooMany {
        /// Of what.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// A file could not be written; it is tried again until it can.
    NotStored {
        /// The table.
        table: TableName,
        /// The key.
        key: Arc<str>,
        /// Why.
        why: StorageError,
    },
    /// A file could not be read back at start.
    NotLoaded {
        /// The table.
        table: TableName,
        /// The key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// A table does not travel between processes as it should.
    Wire {
        /// The table.
        table: TableName,
        /// What happened.
        what: WireTrouble,
    },
}

/// A value that is kept from an agent because it crashes on it.
#[derive(Clone, Debug, PartialEq)]
pub struct PutAside {
    /// The table.
    pub table: TableName,
    /// The key.
    pub key: Arc<str>,
    /// What the agent said when it crashed.
    pub reason: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.agent, self.trouble)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Crash { event, detail } => {
                write!(f, "crashed on {event}: {} ({})", detail.message, detail.location)
            }
            Trouble::JobCrash { key, detail } => {
                write!(f, "job {key} crashed: {} ({})", detail.message, detail.location)
            }
            Trouble::Fatal(why) => write!(f, "cannot go on: {why}"),
            Trouble::PutAside(what) => {
                write!(f, "put {} {} aside after three crashes: {}", what.table, what.key, what.reason)
            }
            Trouble::PingPong { table, key } => {
                write!(f, "{table} {key} goes round without end")
            }
            Trouble::Overdue { key, lane } => write!(f, "job {key} in lane {lane:?} does not end"),
            Trouble::Refused { table, key, why } => write!(f, "{table} {key} was not published: {why}"),
            Trouble::NoFile { table, key, why } => write!(f, "{table} {key}: {why}"),
            Trouble::TooMany { what, limit } => write!(f, "asked for more than {limit} {what}"),
            Trouble::NotStored { table, key, why } => write!(f, "{table} {key} is not stored yet: {why}"),
            Trouble::NotLoaded { table, key, why } => write!(f, "{table} {key} was not loaded: {why}"),
            Trouble::Wire { table, what } => write!(f, "{table}: {what}"),
        }
    }
}

/// The latest reports.
#[derive(Debug, Default)]
pub struct Reports {
    kept: VecDeque<Report>,
    /// How many there were in all.
    total: u64,
}

impl Reports {
    pub(super) fn push(&mut self, report: Report) {
        if self.kept.len() == MAX_REPORTS {
            self.kept.pop_front();
        }
        self.total += 1;
        self.kept.push_back(report);
    }

    /// How many there were in all, dropped ones included.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Those kept, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Report> {
        self.kept.iter()
    }

    /// The reports after the first `seen`, for a host that logs each once.
    pub fn since(&self, seen: u64) -> impl Iterator<Item = &Report> {
        let new = self.total.saturating_sub(seen).min(self.kept.len() as u64) as usize;
        self.kept.iter().skip(self.kept.len() - new)
    }
}
