//! QEMU, which is there where it is installed; guests run by translation, so that no KVM is needed.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::process::Command as Program;
use std::sync::Arc;

use pillar_core::hal::source::Source;
use pillar_core::hal::{DomainState, Hypervisor, Scope};
use pillar_hal::conformance::{self, bare_domain};
use pillar_hal::linux::LinuxProcess;
use pillar_hal::linux::qemu::{Accel, DomainEvents, Options, Qemu};
use rustix::event::{PollFd, PollFlags, poll};

use crate::device::TempDir;

const NAME: &str = "6f47a423-e41c-48db-8339-acc3e1f7dad5.1.2";

/// QEMU with folders of its own; none where there is no QEMU.
fn qemu(dir: &TempDir) -> Option<Qemu> {
    let options = Options::detect(Accel::Tcg);
    if Program::new(&options.program).arg("--version").output().is_err() {
        eprintln!("skipped: {} is not installed", options.program.display());
        return None;
    }
    Some(Qemu::new(dir.path(), options, Arc::new(LinuxProcess::default())).expect("descriptors"))
}

/// Waits until something is told.
fn told(events: &mut DomainEvents) -> BTreeMap<String, u64> {
    let mut told = BTreeMap::new();
    while told.is_empty() {
        poll(&mut [PollFd::new(&events.as_fd(), PollFlags::IN)], None).expect("it can be waited for");
        events.drain(&mut |domain, notice| {
            told.insert(domain.to_owned(), notice.serial);
        });
    }
    told
}

#[test]
fn qemu_conforms() {
    let dir = TempDir::on_tmpfs();
    if let Some(qemu) = qemu(&dir) {
        conformance::hypervisor(&qemu);
    }
}

#[test]
fn a_domain_outlives_who_started_it_and_its_end_is_told() {
    let (dir, scope) = (TempDir::on_tmpfs(), Scope::unbounded());
    let Some(first) = qemu(&dir) else { return };
    let id = first.create(&scope, &bare_domain(NAME)).expect("it can be made");
    first.start(&scope, NAME).expect("it starts");
    drop(first);

    let second = qemu(&dir).expect("it was there before");
    assert_eq!(second.list(&scope), Ok(vec![NAME.into()]));
    let info = second.info(&scope, NAME).expect("it answers").expect("it is there");
    assert_eq!((info.id, info.state), (id, DomainState::Running));

    let pid = rustix::process::Pid::from_raw(id.cast_signed()).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it is ours");
    let mut events = second.events();
    assert!(told(&mut events).contains_key(NAME));
    while second.info(&scope, NAME).expect("it answers").is_some() {}
    assert_eq!(second.destroy(&scope, NAME), Ok(()));
    assert!(!dir.path().join("hypervisor/kvm").join(NAME).exists());
}
