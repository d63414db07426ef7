//! Why the device booted, read once a boot from the files that the end of the last one left (spec/07, Reason of the
//! last boot).
//!
//! | Stored reason | First boot | Power cycles of the disk | Card reset by the watchdog | Result |
//! |---|---|---|---|---|
//! | present | – | – | – | as stored |
//! | none | yes | – | – | First |
//! | none | no | more than at the last boot | – | PowerFail |
//! | none | no | – | yes | HwWatchdog |
//! | none | no | as many | no | Kernel |
//! | none | no | not known | no | Unexplained |
//!
//! A reason in `boot-reason` always wins. The files are removed only after what they say was told: a power cut between
//! the two has it told again.

use std::path::PathBuf;

use pillar_types::Time;
use pillar_types::node::BootReason;
use serde_json::Value;

use crate::bus::files::Layout;
use crate::hal::{FileOp, Hal, Scope, StorageError};
use crate::reboot::{MAX_REASON, MAX_STACK};

/// A file of another program may be this long; of it, what its reader takes is used.
const MAX_FILE: usize = 1 << 20;

/// A stack longer than this is told by its end only …
const LONG_STACK: usize = 1_700;

/// … of so many characters.
const STACK_END: usize = 1_600;

/// What is read of a report of the disk.
const MAX_REPORT: usize = 64 << 10;

/// What the files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Boot {
    pub(super) why: BootReason,
    pub(super) reason: String,
    pub(super) stack: String,
    pub(super) at: Time,
    pub(super) image: String,
    pub(super) restarts: u32,
    pub(super) partition: String,
}

/// Reads them.
pub(super) fn read(hal: &Hal, scope: &Scope, layout: &Layout) -> Boot {
    let files = Files { hal, scope, layout };
    let stored = files.persist("reboot-reason", MAX_REASON);
    let why = BootReason::parse(&files.persist("boot-reason", MAX_REASON));
    let (found, told) = if stored.trim().is_empty() { files.guess() } else { (BootReason::None, stored) };
    let at = hal.storage.modified(scope, &layout.persist.join("boot-reason"));
    Boot {
        why: if why == BootReason::None { found } else { why },
        reason: told,
        stack: end_of(files.persist("reboot-stack", MAX_STACK)),
        at: at.map(Time::from).unwrap_or_default(),
        image: files.persist("reboot-image", MAX_REASON).trim().to_owned(),
        restarts: files.persist("status/restartcounter", MAX_REASON).trim().parse().unwrap_or_default(),
        partition: files.read(layout.run.join("eve.id"), MAX_REASON).trim().to_owned(),
    }
}

/// What they said has been told: they are removed, and the boot is counted.
pub(super) fn told(hal: &Hal, scope: &Scope, layout: &Layout, restarts: u32) -> Result<(), StorageError> {
    let remove = |name: &str| FileOp::Remove { path: layout.persist.join(name) };
    let mut ops: Vec<FileOp> =
        ["reboot-reason", "reboot-stack", "boot-reason", "reboot-image"].map(remove).into();
    ops.push(FileOp::Remove { path: first_boot(layout) });
    let counted = restarts.wrapping_add(1).to_string();
    let counter = layout.status().join("restartcounter");
    hal.storage.replace(scope, &counter, counted.as_bytes())?;
    hal.storage.apply(scope, &ops).into_iter().collect()
}

/// The marker of EVE's scripts.
fn first_boot(layout: &Layout) -> PathBuf {
    layout.run.join("global/first-boot")
}

struct Files<'a> {
    hal: &'a Hal,
    scope: &'a Scope,
    layout: &'a Layout,
}

impl Files<'_> {
    fn persist(&self, name: &str, limit: usize) -> String {
        self.read(self.layout.persist.join(name), limit)
    }

    /// What cannot be read says nothing.
    fn read(&self, path: PathBuf, limit: usize) -> String {
        let mut bytes = self.hal.storage.read(self.scope, &path, MAX_FILE).unwrap_or_default();
        bytes.truncate(limit);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Nobody wrote down why: what else there is to go by.
    fn guess(&self) -> (BootReason, String) {
        let now = Time::from(self.hal.clock.now().wall);
        let text = |what: &str| format!("{what} - at {now}");
        if self.hal.storage.read(self.scope, &first_boot(self.layout), 1 << 10).is_ok() {
            return (BootReason::First, text("NORMAL: First boot of device"));
        }
        let cycles = |name| power_cycles(&self.persist(name, MAX_REPORT));
        let known = cycles("SMART_details.json").zip(cycles("SMART_details_previous.json"));
        if known.is_some_and(|(now, before)| now > before) {
            return (BootReason::PowerFail, text("Power failure: the disk was switched off"));
        }
        let flags = self.persist("hw_watchdog_bootstatus", MAX_REASON);
        if flags.lines().any(|flag| flag.trim() == "CARDRESET") {
            return (BootReason::HwWatchdog, text("Reset by the hardware watchdog"));
        }
        if known.is_some() {
            return (BootReason::Kernel, text("Reset, or kernel panic without a dump"));
        }
        (BootReason::Unexplained, text("Unknown reason: power failure, reset or kernel panic"))
    }
}

/// How often the disk was switched on, as `smartctl --json` says.
fn power_cycles(report: &str) -> Option<i64> {
    let report: Value = serde_json::from_str(report).ok()?;
    report.get("power_cycle_count")?.as_i64().filter(|cycles| *cycles >= 0)
}

/// The end of a stack that is too long to be told whole.
fn end_of(stack: String) -> String {
    let characters = stack.chars().count();
    if characters <= LONG_STACK {
        return stack;
    }
    let end: String = stack.chars().skip(characters - STACK_END).collect();
    format!("...\n{end}")
}
