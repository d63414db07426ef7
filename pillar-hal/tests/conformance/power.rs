use std::sync::{Arc, Mutex};

use pillar_core::hal::{Power, PowerError, Scope};
use pillar_hal::conformance;
use pillar_hal::linux::{LinuxProcess, Zboot};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::power::{End, SimPower};

use crate::device::TempDir;

/// A program in the place of zboot.
fn zboot(dir: &TempDir, script: &str) -> Zboot {
    dir.put("zboot", &format!("#!/bin/sh\n{script}\n"));
    let program = dir.path().join("zboot");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    Zboot::new(program, Arc::new(LinuxProcess::default()))
}

#[test]
fn zboot_conforms() {
    let dir = TempDir::on_tmpfs();
    let log = dir.path().join("log");
    let zboot = zboot(&dir, &format!("echo $1 >>{}", log.display()));
    let ends = || std::fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect();
    conformance::power(&zboot, &ends);
}

#[test]
fn a_zboot_that_fails_says_why() {
    let dir = TempDir::on_tmpfs();
    let zboot = zboot(&dir, "echo no permission >&2; exit 3");
    let Err(PowerError::Failed(why)) = zboot.reset(&Scope::unbounded()) else { panic!("it failed") };
    assert!(why.ends_with("zboot reset: Code(3): no permission"), "{why}");
}

#[test]
fn the_simulated_switch_conforms() {
    let ends = Arc::new(Mutex::new(Vec::new()));
    let power = SimPower::new(ends.clone(), Arc::new(Open));
    let name = |end: &End| match end {
        End::Reset => "reset".to_owned(),
        End::PowerOff => "poweroff".to_owned(),
    };
    conformance::power(&power, &|| ends.lock().unwrap().iter().map(name).collect());
}
