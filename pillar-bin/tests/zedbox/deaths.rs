//! Crashes of agents, which are theirs alone, and ends of the whole process, which the next boot reports.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use crate::device::{Device, until};

/// A device whose boot scripts have said what runs.
fn device() -> Device {
    let device = Device::new();
    device.put("run/eve.id", "IMGB\n");
    device.put("run/eve-release", "14.5.0-kvm-amd64\n");
    device
}

fn say_no_way_on(device: &Device) -> u32 {
    let mut zedbox = device.run(&["--on-request"]);
    assert!(device.call("counter", &["-n", "1", "-F"]).status.success());
    assert_eq!(zedbox.wait().code(), Some(1));
    let log = zedbox.log();
    assert!(log.contains(r#"{"level":"fatal","msg":"boom","#), "{log}");
    zedbox.pid()
}

#[test]
fn ac02_40_a_fatal_agent_ends_the_process_and_the_next_boot_knows_why() {
    let device = device();
    device.put("dev/tty", "");
    device.put("persist/reboot-reason", "left by nobody knows whom\n");

    let pid = say_no_way_on(&device);

    assert_eq!(device.text("persist/boot-reason"), "BootReasonFatal");
    assert_eq!(device.text("persist/reboot-image"), "IMGB");
    let reason = device.text("persist/reboot-reason");
    let begin =
        format!("Reboot from agent counter[{pid}] in partition IMGB at EVE version 14.5.0-kvm-amd64 at 20");
    assert!(reason.starts_with(&begin), "without a boot reason it begins anew: {reason}");
    assert!(reason.ends_with(&format!(": fatal: agent counter[{pid}]: boom\n")), "{reason}");
    let stack = device.text("persist/reboot-stack");
    assert!(stack.contains("agent zedbox\n"), "{stack}");
    assert_eq!(device.text("persist/agentdebug/counter/fatal-reason"), reason);
    assert_eq!(device.text("persist/agentdebug/counter/fatal-stack"), stack);
    assert_eq!(device.text("persist/log/reboot-reason.log"), reason);
    assert_eq!(device.text("persist/log/reboot-stack.log"), stack);
    assert_eq!(device.text("dev/tty"), format!("Rebooting EVE. Reason: {reason}"));
}

#[test]
fn ac02_41_the_first_boot_reason_stays_and_reasons_are_appended() {
    let device = device();
    device.put("persist/boot-reason", "BootReasonOOM");
    device.put("persist/reboot-reason", "Memory ran out\n");

    say_no_way_on(&device);

    assert_eq!(device.text("persist/boot-reason"), "BootReasonOOM");
    let reason = device.text("persist/reboot-reason");
    assert!(reason.starts_with("Memory ran out\nReboot from agent counter["), "{reason}");
}

#[test]
fn a_crash_of_one_agent_is_written_down_and_stops_nothing_else() {
    let device = device();
    let mut zedbox = device.run(&["--on-request"]);
    assert!(device.call("counter", &["-n", "1", "-P"]).status.success());
    until(|| device.has("persist/agentdebug/counter/fatal-stack"));
    let reason = device.text("persist/agentdebug/counter/fatal-reason");
    let begin = format!("Restart of agent counter[{}] in partition IMGB", zedbox.pid());
    assert!(reason.starts_with(&begin) && reason.contains("boom at 1"), "{reason}");
    let stack = device.text("persist/agentdebug/counter/fatal-stack");
    assert!(stack.starts_with("panic: boom at 1 (pillar-bin/src/demo/counter.rs:"), "{stack}");

    // Nothing says that the device went down, and the log collector finds no crash of the whole.
    for file in ["persist/reboot-reason", "persist/boot-reason", "persist/reboot-stack"] {
        assert!(!device.has(file), "{file}");
    }
    zedbox.logs(r#""source":"counter""#);
    assert!(zedbox.log().lines().all(|line| line.starts_with('{')), "{}", zedbox.log());
    assert!(zedbox.end().success());
}

#[test]
fn ac02_42_an_abort_is_known_by_its_line() {
    let device = Device::new();
    let mut zedbox = device.run(&["--on-request"]);
    zedbox.signal("ABRT");
    let status = zedbox.wait();
    assert_eq!(status.signal(), Some(6), "{status}");
    assert!(zedbox.log().lines().any(|line| line.starts_with("SIGABRT:")), "{}", zedbox.log());
}

#[test]
fn ac02_43_a_loop_that_hangs_kicks_no_more_and_is_named() {
    let device = Device::new();
    let mut zedbox = device.run(&["--on-request"]);
    let kicked = || fs::metadata(device.path("run/zedbox.touch")).unwrap().modified().unwrap();

    // Given: who is started is kicked for at once, and everybody with it.
    until(|| device.has("run/zedbox.touch"));
    let before = kicked();
    assert!(device.call("ledmanager", &[]).status.success());
    until(|| device.has("run/ledmanager.touch") && kicked() > before);

    // When: an agent hangs in its first handler.
    let before = kicked();
    assert!(device.call("counter", &["-n", "0", "-H"]).status.success());
    zedbox.logs(r#""does not come back from start for 1 s""#);
    assert!(!device.has("run/counter.touch"));
    assert_eq!(kicked(), before);

    // Then: what EVE's watchdog asks for before it reboots is answered all the same.
    zedbox.signal("USR1");
    until(|| device.has("persist/agentdebug/zedbox/sigusr1"));
    let dump = device.text("persist/agentdebug/zedbox/sigusr1");
    assert!(dump.starts_with("the loop does not answer: counter on start for "), "{dump}");
    zedbox.signal("KILL");
    zedbox.wait();
}
