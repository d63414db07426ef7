//! [`System`], on a device that runs at least one process.

use pillar_core::hal::{Scope, System, SystemError};

/// No process has this number: it is larger than the kernel gives (`PID_MAX_LIMIT`).
const NO_PROCESS: u32 = 1 << 30;

/// How much of a stack is asked for.
const STACK: usize = 1_000;

/// Runs the suite.
pub fn system(subject: &dyn System) {
    let scope = Scope::unbounded();

    let info = subject.info(&scope).unwrap();
    assert!(!info.architecture.is_empty() && !info.kernel.is_empty() && !info.kernel_release.is_empty());
    assert!(!info.processors.is_empty());
    assert!(info.processors.is_sorted_by(|a, b| a.number < b.number), "{:?}", info.processors);
    assert_eq!(subject.info(&scope).unwrap(), info, "it does not change");
    assert!(!subject.host_name(&scope).unwrap().is_empty());

    let memory = subject.memory(&scope).unwrap();
    assert!(memory.total > 0 && memory.total >= memory.free && memory.total >= memory.available);
    assert!(memory.total >= memory.cached && memory.total >= memory.kernel);
    let before = subject.processor_time(&scope).unwrap();
    let after = subject.processor_time(&scope).unwrap();
    assert!(before.user <= after.user && before.system <= after.system, "{before:?} {after:?}");
    match subject.memory_pressure(&scope) {
        Ok(pressure) => {
            let shares = [pressure.some, pressure.full].map(|p| [p.avg10, p.avg60, p.avg300]);
            assert!(shares.as_flattened().iter().all(|share| (0.0..=100.0).contains(share)), "{shares:?}");
        }
        Err(why) => assert_eq!(why, SystemError::Unsupported),
    }

    let disks = subject.disks(&scope).unwrap();
    assert!(disks.is_sorted_by(|a, b| a.name < b.name), "{disks:?}");
    assert!(disks.iter().all(|disk| disk.size > 0));
    let is_there = |name: &String| disks.iter().any(|disk| disk.name == *name && disk.part_of.is_none());
    assert!(disks.iter().filter_map(|disk| disk.part_of.as_ref()).all(is_there), "{disks:?}");
    let mounts = subject.mounts(&scope).unwrap();
    assert!(mounts.iter().any(|mount| mount.path.as_os_str() == "/"));

    let places = subject.temperatures(&scope).unwrap();
    assert!(places.is_sorted_by(|a, b| a.place <= b.place), "{places:?}");
    for controller in subject.memory_controllers(&scope).unwrap() {
        assert!(controller.ranks.is_sorted_by(|a, b| a.0 < b.0), "{controller:?}");
    }

    let processes = subject.processes(&scope).unwrap();
    assert!(!processes.is_empty() && processes.is_sorted_by(|a, b| a.pid < b.pid));
    assert!(processes.iter().all(|process| process.pid > 0 && process.threads > 0));
    assert!(processes.iter().any(|process| process.has_program));
    assert_eq!(subject.kernel_stack(&scope, NO_PROCESS, STACK), Err(SystemError::NotFound));
    match subject.kernel_stack(&scope, processes[0].pid, STACK) {
        Ok(stack) => assert!(stack.len() <= STACK),
        Err(SystemError::Io { .. } | SystemError::Unsupported | SystemError::NotFound) => {}
        Err(why) => panic!("{why}"),
    }

    scope.cancel();
    assert_eq!(subject.info(&scope), Err(SystemError::Cancelled));
    assert_eq!(subject.memory(&scope), Err(SystemError::Cancelled));
    assert_eq!(subject.disks(&scope), Err(SystemError::Cancelled));
    assert_eq!(subject.processes(&scope), Err(SystemError::Cancelled));
}
