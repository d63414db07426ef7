//! nodeagent: why the device booted, and rebooting it on command.

use pillar_core::agents::nodeagent::NodeAgent;
use pillar_core::agents::{DOMAINMGR, ZEDAGENT};
use pillar_core::bus::files::Layout;
use pillar_core::hal::Exit;
use pillar_hal::sim::process::Scripted;
use pillar_types::domain::DomainStatus;
use pillar_types::node::{BootReason, NodeAgentStatus, ZedAgentStatus};

use crate::bench::{Bench, Device, SECOND};

fn layout() -> Layout {
    Layout { run: "/run".into(), persist: "/persist".into() }
}

fn start(device: Device) -> Bench<NodeAgent> {
    device.start(|| NodeAgent::new(layout()))
}

fn status(bench: &Bench<NodeAgent>) -> NodeAgentStatus {
    (*bench.test.get::<NodeAgentStatus>(NodeAgentStatus::KEY).unwrap()).clone()
}

#[test]
fn the_files_of_the_last_boot_are_read_once_and_boots_are_counted() {
    let device = Device::new();
    device.put("/persist/reboot-reason", "NORMAL: controller reboot\n");
    device.put("/persist/boot-reason", "BootReasonRebootCmd");
    device.put("/persist/reboot-image", "IMGA");
    device.put("/persist/status/restartcounter", "7");
    let bench = start(device);

    let told = status(&bench);
    assert_eq!(
        (told.boot_reason, &*told.reboot_reason),
        (BootReason::RebootCmd, "NORMAL: controller reboot")
    );
    assert_eq!((told.restart_counter, &*told.reboot_image), (7, "IMGA"));
    assert_eq!(bench.device.file("/persist/status/restartcounter"), Some(b"8".to_vec()));
    for file in ["reboot-reason", "boot-reason", "reboot-image"] {
        assert_eq!(bench.device.file(&format!("/persist/{file}")), None, "{file}");
    }
}

#[test]
fn a_boot_that_nobody_explained_is_the_first_or_unknown() {
    assert_eq!(status(&start(Device::new())).boot_reason, BootReason::Unexplained);
    let device = Device::new();
    device.put("/run/global/first-boot", "");
    assert_eq!(status(&start(device)).boot_reason, BootReason::First);
    let device = Device::new();
    device.put("/persist/boot-reason", "BootReasonFatal");
    assert_eq!(status(&start(device)).boot_reason, BootReason::Fatal);
}

fn domain(bench: &mut Bench<NodeAgent>, activated: bool) {
    let domain = DomainStatus { activated, ..DomainStatus::default() };
    bench.test.put(DOMAINMGR, "app", domain).unwrap();
}

fn command(bench: &mut Bench<NodeAgent>, reboot: bool) {
    let zedagent = ZedAgentStatus {
        reboot_cmd: reboot,
        shutdown_cmd: !reboot,
        requested_reboot_reason: "NORMAL: controller reboot".into(),
        requested_boot_reason: BootReason::RebootCmd,
        ..ZedAgentStatus::default()
    };
    bench.test.put(ZEDAGENT, ZedAgentStatus::KEY, zedagent).unwrap();
}

fn resets(bench: &Bench<NodeAgent>) -> usize {
    bench.device.programs().started().filter(|command| command.program.ends_with("zboot")).count()
}

#[test]
fn a_reboot_waits_until_applications_are_halted_and_happens_once() {
    let device = Device::new();
    device.programs().install("/usr/bin/zboot", |_| Scripted::ends(Exit::Code(0), ""));
    let mut bench = start(device);
    domain(&mut bench, true);
    command(&mut bench, true);
    assert!(status(&bench).device_reboot);

    bench.pass(SECOND * 40);
    assert_eq!(bench.device.file("/persist/boot-reason"), Some(b"BootReasonRebootCmd".to_vec()));
    assert!(!status(&bench).all_domains_halted);
    domain(&mut bench, false);
    bench.pass(SECOND * 10);
    assert!(status(&bench).all_domains_halted);
    assert_eq!(resets(&bench), 0);
    bench.pass(SECOND * 40);
    assert_eq!(resets(&bench), 1);
}

#[test]
fn a_domain_that_does_not_halt_holds_a_reboot_up_for_five_minutes() {
    let device = Device::new();
    device.programs().install("/usr/bin/zboot", |_| Scripted::ends(Exit::Code(0), ""));
    let mut bench = start(device);
    domain(&mut bench, true);
    command(&mut bench, true);
    bench.pass(SECOND * 300);
    assert_eq!(resets(&bench), 0);
    bench.pass(SECOND * 150);
    assert_eq!(resets(&bench), 1);
}

#[test]
fn after_a_shutdown_the_device_stays_up_without_applications() {
    let mut bench = start(Device::new());
    command(&mut bench, false);
    bench.pass(SECOND * 600);
    assert!(status(&bench).device_shutdown && status(&bench).all_domains_halted);
    assert_eq!(bench.device.file("/persist/boot-reason"), None);
    assert_eq!(resets(&bench), 0);
}
