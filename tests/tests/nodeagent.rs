//! nodeagent alone: why the device booted, and how it goes down.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pillar_core::agents::nodeagent::NodeAgent;
use pillar_core::agents::{DOMAINMGR, ZEDAGENT};
use pillar_core::bus::files::Layout;
use pillar_core::hal::Hal;
use pillar_core::node::{NodeConfig, TestNode};
use pillar_hal::files::Files;
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::power::{End, SimPower};
use pillar_tests::clock::HandClock;
use pillar_types::domain::DomainStatus;
use pillar_types::node::{BootReason, NodeAgentStatus, ZedAgentStatus};

const APP: &str = "6f47a423-e41c-48db-8339-acc3e1f7dad5";
const SECOND: Duration = Duration::from_secs(1);

struct Bench {
    test: TestNode<NodeAgent>,
    disk: Arc<Mutex<Disk>>,
    ends: Arc<Mutex<Vec<End>>>,
}

impl Bench {
    /// A device that boots with these files.
    fn boot(files: &[(&str, &str)]) -> Self {
        let mut disk = Disk::new(16 << 20);
        disk.mount(Path::new("/run"), true, 1 << 20).expect("an empty disk takes any mount");
        disk.mount(Path::new("/persist"), false, 8 << 20).expect("an empty disk takes any mount");
        for (path, content) in files {
            disk.put(Path::new(path), content.as_bytes()).expect("there is room");
        }
        let (disk, ends) = (Arc::new(Mutex::new(disk)), Arc::new(Mutex::new(Vec::new())));
        let clock = Arc::new(HandClock::default());
        let hal = Hal {
            storage: Arc::new(Files::new(SimFs::new(disk.clone(), Arc::new(Open), clock.clone()))),
            power: Arc::new(SimPower::new(ends.clone(), Arc::new(Open))),
            clock,
            ..Hal::default()
        };
        let test = TestNode::start_on(hal, NodeConfig::default(), || NodeAgent::new(Layout::default()));
        Bench { test, disk, ends }
    }

    fn status(&self) -> NodeAgentStatus {
        (*self.test.get::<NodeAgentStatus>(NodeAgentStatus::KEY).expect("it says how it is")).clone()
    }

    fn file(&self, path: &str) -> Option<String> {
        let disk = self.disk.lock().expect("nobody panicked");
        disk.get(Path::new(path)).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    fn order(&mut self, order: ZedAgentStatus) {
        self.test.put(ZEDAGENT, ZedAgentStatus::KEY, order).expect("there is room");
    }

    fn domain(&mut self, activated: bool) {
        let status = DomainStatus { activated, ..DomainStatus::default() };
        self.test.put(DOMAINMGR, APP, status).expect("there is room");
    }

    fn ends(&self) -> Vec<End> {
        self.ends.lock().expect("nobody panicked").clone()
    }
}

fn reboot() -> ZedAgentStatus {
    ZedAgentStatus {
        reboot_cmd: true,
        requested_reboot_reason: "NORMAL: controller reboot".into(),
        requested_boot_reason: BootReason::RebootCmd,
        ..ZedAgentStatus::default()
    }
}

#[test]
fn ac07_23_the_first_cause_stays_first() {
    let bench = Bench::boot(&[
        ("/persist/reboot-reason", "Reboot from agent A\nwatchdog report B\n"),
        ("/persist/boot-reason", "BootReasonFatal"),
        ("/persist/reboot-image", "IMGB"),
        ("/persist/status/restartcounter", "6"),
        ("/run/eve.id", "IMGA\n"),
    ]);
    let status = bench.status();
    assert_eq!(status.boot_reason, BootReason::Fatal);
    assert!(status.reboot_reason.starts_with("Reboot from agent A"), "{}", status.reboot_reason);
    assert!(status.reboot_reason.contains("watchdog report B"));
    assert_eq!((&*status.reboot_image, &*status.cur_part, status.restart_counter), ("IMGB", "IMGA", 6));
    // Told once: the files are gone, and the boot is counted.
    for name in ["reboot-reason", "boot-reason", "reboot-image"] {
        assert_eq!(bench.file(&format!("/persist/{name}")), None, "{name}");
    }
    assert_eq!(bench.file("/persist/status/restartcounter").as_deref(), Some("7"));
}

#[test]
fn ac07_24_a_disk_that_was_switched_off_tells_of_a_power_failure() {
    let bench = Bench::boot(&[
        ("/persist/SMART_details_previous.json", r#"{"power_cycle_count": 10}"#),
        ("/persist/SMART_details.json", r#"{"power_cycle_count": 11}"#),
    ]);
    assert_eq!(bench.status().boot_reason, BootReason::PowerFail);
}

#[test]
fn ac07_25_the_hardware_watchdog_is_named() {
    let bench = Bench::boot(&[
        ("/persist/SMART_details_previous.json", r#"{"power_cycle_count": 10}"#),
        ("/persist/SMART_details.json", r#"{"power_cycle_count": 10}"#),
        ("/persist/hw_watchdog_bootstatus", "KEEPALIVEPING\nCARDRESET\n"),
    ]);
    assert_eq!(bench.status().boot_reason, BootReason::HwWatchdog);
}

#[test]
fn ac07_26_the_first_boot_is_known_by_its_marker() {
    let bench = Bench::boot(&[("/run/global/first-boot", "")]);
    let status = bench.status();
    assert_eq!(status.boot_reason, BootReason::First);
    assert!(status.reboot_reason.starts_with("NORMAL: First boot of device"), "{}", status.reboot_reason);
    assert_eq!(bench.file("/run/global/first-boot"), None);
}

#[test]
fn ac07_27_a_long_stack_is_told_by_its_end() {
    let stack: String = (0..5_000).map(|n| char::from(b'a' + (n % 26) as u8)).collect();
    let bench = Bench::boot(&[("/persist/reboot-stack", &stack)]);
    assert_eq!(bench.status().reboot_stack, format!("...\n{}", &stack[5_000 - 1_600..]));
}

#[test]
fn nothing_known_is_said_to_be_unknown_and_equal_cycles_to_be_the_kernel() {
    assert_eq!(Bench::boot(&[]).status().boot_reason, BootReason::Unexplained);
    let cycles = r#"{"power_cycle_count": 10}"#;
    let bench = Bench::boot(&[
        ("/persist/SMART_details_previous.json", cycles),
        ("/persist/SMART_details.json", cycles),
    ]);
    assert_eq!(bench.status().boot_reason, BootReason::Kernel);
}

#[test]
fn ac07_19_a_reboot_waits_for_domains_and_writes_its_reason_first() {
    let mut bench = Bench::boot(&[]);
    bench.domain(true);
    bench.order(reboot());
    assert!(bench.status().device_reboot);
    bench.test.pass(29 * SECOND);
    assert_eq!(bench.file("/persist/reboot-reason"), None);

    bench.test.pass(3 * SECOND);
    let reason = bench.file("/persist/reboot-reason").expect("written at 30 s");
    assert!(reason.starts_with("NORMAL: controller reboot at EVE version"), "{reason}");
    assert_eq!(bench.file("/persist/boot-reason").as_deref(), Some("BootReasonRebootCmd"));

    bench.test.pass(8 * SECOND);
    assert!(!bench.status().all_domains_halted);
    bench.domain(false);
    assert!(bench.status().all_domains_halted);
    bench.test.pass(29 * SECOND);
    assert_eq!(bench.ends(), []);
    bench.test.pass(3 * SECOND);
    assert_eq!(bench.ends(), [End::Reset]);
}

#[test]
fn ac07_20_a_domain_that_never_halts_does_not_hold_up_a_reboot_for_ever() {
    let mut bench = Bench::boot(&[]);
    bench.domain(true);
    bench.order(reboot());
    bench.test.pass(358 * SECOND);
    assert_eq!(bench.ends(), []);
    bench.test.pass(6 * SECOND);
    assert_eq!(bench.ends(), [End::Reset]);
}

#[test]
fn ac07_21_a_shutdown_leaves_the_device_on_and_writes_no_reason() {
    let mut bench = Bench::boot(&[]);
    bench.domain(true);
    bench.order(ZedAgentStatus { shutdown_cmd: true, ..ZedAgentStatus::default() });
    assert!(bench.status().device_shutdown);
    bench.test.pass(40 * SECOND);
    bench.domain(false);
    bench.test.pass(600 * SECOND);
    assert!(bench.status().all_domains_halted);
    assert_eq!((bench.ends(), bench.file("/persist/reboot-reason")), (vec![], None));

    // A reboot is still obeyed, a second shutdown would not be.
    bench.order(reboot());
    bench.test.pass(70 * SECOND);
    assert_eq!(bench.ends(), [End::Reset]);
}

#[test]
fn a_power_off_switches_the_device_off_once() {
    let mut bench = Bench::boot(&[]);
    bench.order(ZedAgentStatus { poweroff_cmd: true, ..ZedAgentStatus::default() });
    bench.test.pass(62 * SECOND);
    assert_eq!(bench.ends(), [End::PowerOff]);
    assert_eq!(bench.file("/persist/boot-reason").as_deref(), Some("BootReasonPoweroffCmd"));
}
