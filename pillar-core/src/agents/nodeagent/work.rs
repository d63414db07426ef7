//! What nodeagent does away from the node: files of the last boot, and the reboot itself.

use std::path::PathBuf;
use std::time::Duration;

use pillar_types::Time;
use pillar_types::node::{BootReason, NodeAgentStatus};

use crate::bus::files::Layout;
use crate::hal::{Command, FileOp, Hal, ProcessError, Scope, StorageError};
use crate::reboot::{Event, MAX_REASON, MAX_STACK, Records};
use crate::time::Wall;

/// The files that say why the device booted; removed once they are read.
const REASON: &str = "reboot-reason";
const STACK: &str = "reboot-stack";
const BOOT_REASON: &str = "boot-reason";
const IMAGE: &str = "reboot-image";

/// Counts boots.
const COUNTER: &str = "status/restartcounter";

/// There if this boot is the first after installation.
const FIRST_BOOT: &str = "global/first-boot";

/// The slot that the device runs from.
const SLOT: &str = "eve.id";

/// The longest small file, in bytes.
const MAX_SMALL: usize = 4 << 10;

/// Of a stack longer than this the end is told (spec/07, Reason of the last boot).
const LONG_STACK: usize = 1_700;
const TOLD_STACK: usize = 1_600;

/// How long asking for the reboot may take.
const RESET_TIME: Duration = Duration::from_mins(2);

/// What EVE reboots by.
const ZBOOT: &str = "/usr/bin/zboot";

/// Finds out why the device booted, and counts this boot.
pub fn read_boot(hal: &Hal, scope: &Scope, layout: &Layout) -> NodeAgentStatus {
    let text = |path: PathBuf, limit| {
        let bytes = hal.storage.read(scope, &path, limit).unwrap_or_default();
        String::from_utf8_lossy(&bytes).trim().to_owned()
    };
    let kept = |name: &str, limit| text(layout.persist.join(name), limit);
    let stored = BootReason::parse(&kept(BOOT_REASON, MAX_SMALL));
    let stored_at = hal.storage.modified(scope, &layout.persist.join(BOOT_REASON)).ok();
    let now = hal.clock.now().wall;
    let first = hal.storage.read(scope, &layout.run.join(FIRST_BOOT), MAX_SMALL).is_ok();
    let (reboot_reason, made_up) = match kept(REASON, MAX_REASON) {
        text if !text.is_empty() => (text, BootReason::Unexplained),
        _ if first => (format!("NORMAL: First boot of device - at {}", Time::from(now)), BootReason::First),
        _ => (
            format!("Unknown reboot reason - power failure or crash - at {}", Time::from(now)),
            BootReason::Unexplained,
        ),
    };
    let counter: u32 = kept(COUNTER, MAX_SMALL).parse().unwrap_or(0);
    let status = NodeAgentStatus {
        name: NodeAgentStatus::KEY.into(),
        cur_part: text(layout.run.join(SLOT), MAX_SMALL),
        reboot_reason,
        boot_reason: if stored == BootReason::None { made_up } else { stored },
        reboot_stack: shortened(&kept(STACK, MAX_STACK)),
        reboot_time: stored_at.map_or_else(|| Time::from(now), Time::from),
        reboot_image: kept(IMAGE, MAX_SMALL),
        restart_counter: counter,
        ..NodeAgentStatus::default()
    };
    let path = |name: &str| layout.persist.join(name);
    let mut ops = vec![FileOp::Replace {
        path: path(COUNTER),
        data: counter.wrapping_add(1).to_string().into_bytes(),
        backup: false,
    }];
    ops.extend([REASON, STACK, BOOT_REASON, IMAGE].map(|name| FileOp::Remove { path: path(name) }));
    for done in hal.storage.apply(scope, &ops) {
        if let Err(why) = done {
            log::error!(target: "nodeagent", "a file of the last boot: {why}");
        }
    }
    status
}

fn shortened(stack: &str) -> String {
    if stack.len() <= LONG_STACK {
        return stack.to_owned();
    }
    format!("...\n{}", &stack[stack.ceil_char_boundary(stack.len() - TOLD_STACK)..])
}

/// Writes why the device is about to boot, for the next one to read.
pub fn write_reason(
    hal: &Hal,
    scope: &Scope,
    layout: &Layout,
    message: &str,
    why: BootReason,
    at: Wall,
) -> Result<(), StorageError> {
    let records = Records { storage: &*hal.storage, layout, scope };
    records.planned(&Event { agent: NodeAgentStatus::KEY, pid: 0, message, at }, why).1
}

/// Reboots the device. On one that is EVE nothing comes after it.
pub fn reset(hal: &Hal, scope: &Scope) -> Result<(), ProcessError> {
    let output = hal.process.run(scope, &Command::new(ZBOOT).args(["reset".to_owned()]).time(RESET_TIME))?;
    if !output.exit.success() {
        log::error!(target: "nodeagent", "zboot reset: {:?}", output.exit);
    }
    Ok(())
}
