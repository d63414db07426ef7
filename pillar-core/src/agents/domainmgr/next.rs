//! What to do about a domain next. Pure: the agent asks after every event and does what it is told.
//!
//! `wanted`: there is a configuration, it says Activate, and the domain that is there was started with its restart
//! and purge counters. `there`: the hypervisor has the domain.
//!
//! | wanted | there | and | next |
//! |---|---|---|---|
//! | yes | no | a counter is another than when it was last tried | boot |
//! | yes | no | it broke, or it cannot be made as configured | nothing, until it is deactivated or restarted |
//! | yes | no | it failed to boot, or ended by itself, less than `timer.boot.retry` ago | wait |
//! | yes | no | otherwise | boot |
//! | yes | yes | the guest has switched itself off, or failed | destroy; the status says which |
//! | yes | yes | otherwise | nothing |
//! | no | yes | the guest has switched itself off, or failed | destroy |
//! | no | yes | a guest with a power button has not been asked | ask |
//! | no | yes | it was asked once, and its time is over | ask again |
//! | no | yes | it was asked twice, and its time is over; or it has no power button | destroy |
//! | no | no | there is no configuration | forget it |
//! | no | no | otherwise | halted |

use std::time::Duration;

use pillar_types::domain::{DomainConfig, DomainStatus};
use pillar_types::state::SwState;
use pillar_types::vm::VmMode;

use crate::time::Mono;

/// How long a guest has after its power button was pressed the first time (spec/05, Graceful stop).
const FIRST_TIME: Duration = Duration::from_mins(1);

/// How long a guest has otherwise: when it is only halted, and when its configuration is gone.
const PATIENT: Duration = Duration::from_mins(10);
const IMPATIENT: Duration = Duration::from_mins(1);

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing, until something changes.
    Rest,
    /// Nothing, until then.
    Wait(Mono),
    /// Make and start it.
    Boot,
    /// Press the guest's power button; it has until then.
    Ask(Mono),
    /// End it and remove what is left.
    Destroy,
    /// The status says that it is down.
    Halted,
    /// Nothing is left but the status.
    Forget,
}

/// What the agent remembers of a domain while zedbox runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// How often the guest was asked to switch itself off, and until when it has time.
    pub asked: Option<(u32, Mono)>,
    /// Whether the guest is off or has failed, and its hypervisor's process is still there.
    pub over: bool,
    /// When it may be booted again.
    pub boot_again: Option<Mono>,
}

/// What to do next.
pub fn next(config: Option<&DomainConfig>, status: &DomainStatus, memory: &Memory, now: Mono) -> Next {
    let there = status.domain_id != 0;
    let wanted = is_wanted(config, status);
    match (wanted, there) {
        (_, true) if memory.over => Next::Destroy,
        (true, true) => Next::Rest,
        (true, false) if config.is_some_and(|config| !is_current(config, status)) => Next::Boot,
        (true, false) => boot(status, memory, now),
        (false, true) => halt(config, status, memory, now),
        (false, false) if config.is_none() => Next::Forget,
        (false, false) if is_down(status) => Next::Rest,
        (false, false) => Next::Halted,
    }
}

/// Whether the domain, as it is there, is to run.
pub fn is_wanted(config: Option<&DomainConfig>, status: &DomainStatus) -> bool {
    let there = status.domain_id != 0;
    config.is_some_and(|config| config.activate && (!there || is_current(config, status)))
}

/// Whether the domain was tried last with the counters that the configuration has.
fn is_current(config: &DomainConfig, status: &DomainStatus) -> bool {
    config.restart_counter == status.restart_counter && config.purge_counter == status.purge_counter
}

fn boot(status: &DomainStatus, memory: &Memory, now: Mono) -> Next {
    if status.config_failed || status.state == SwState::Broken && !status.boot_failed {
        return Next::Rest;
    }
    match memory.boot_again {
        Some(again) if status.boot_failed && again > now => Next::Wait(again),
        _ => Next::Boot,
    }
}

fn halt(config: Option<&DomainConfig>, status: &DomainStatus, memory: &Memory, now: Mono) -> Next {
    if !matches!(status.vm.virtualization_mode, VmMode::Hvm | VmMode::Fml | VmMode::Pv) {
        return Next::Destroy;
    }
    let long = if config.is_some() { PATIENT } else { IMPATIENT };
    let first = if status.vm.virtualization_mode == VmMode::Pv { long } else { FIRST_TIME };
    match memory.asked {
        None => Next::Ask(now + first),
        Some((_, until)) if until > now => Next::Wait(until),
        Some((1, _)) => Next::Ask(now + long),
        Some(_) => Next::Destroy,
    }
}

/// Whether the status of a domain that is not there says so already.
fn is_down(status: &DomainStatus) -> bool {
    let settled = matches!(status.state, SwState::Installed | SwState::Halted);
    settled && !status.activated && !status.boot_failed && !status.error.description.has_error()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Mono = Mono(1_000_000_000_000);

    fn wanted(activate: bool) -> DomainConfig {
        DomainConfig { activate, ..DomainConfig::default() }
    }

    fn status(domain_id: i64, state: SwState) -> DomainStatus {
        let mut status = DomainStatus { domain_id, state, ..DomainStatus::default() };
        status.vm.virtualization_mode = VmMode::Fml;
        status
    }

    #[test]
    fn what_is_wanted_is_booted_unless_it_broke_or_has_to_wait() {
        let later = NOW + Duration::from_secs(5);
        let again = Memory { boot_again: Some(later), ..Memory::default() };
        let failed = DomainStatus { boot_failed: true, ..status(0, SwState::Halted) };
        let unmakeable = DomainStatus { config_failed: true, ..status(0, SwState::Installed) };
        let cases = [
            (status(0, SwState::Installed), Memory::default(), Next::Boot),
            (status(0, SwState::Halted), Memory::default(), Next::Boot),
            (status(0, SwState::Broken), Memory::default(), Next::Rest),
            (unmakeable, Memory::default(), Next::Rest),
            (failed.clone(), again, Next::Wait(later)),
            (failed.clone(), Memory { boot_again: Some(NOW), ..again }, Next::Boot),
            (DomainStatus { state: SwState::Broken, ..failed }, Memory::default(), Next::Boot),
            (status(7, SwState::Running), Memory::default(), Next::Rest),
            (status(7, SwState::Running), Memory { over: true, ..Memory::default() }, Next::Destroy),
        ];
        for (status, memory, expected) in cases {
            assert_eq!(next(Some(&wanted(true)), &status, &memory, NOW), expected, "{status:?} {memory:?}");
        }
    }

    /// Asks until it is destroyed; how long that takes if the guest never listens.
    fn patience(config: Option<&DomainConfig>, mode: VmMode) -> (u32, Duration) {
        let mut domain = status(7, SwState::Running);
        domain.vm.virtualization_mode = mode;
        let (mut memory, mut now, mut asked) = (Memory::default(), NOW, 0);
        loop {
            match next(config, &domain, &memory, now) {
                Next::Ask(until) => {
                    asked += 1;
                    memory.asked = Some((asked, until));
                }
                Next::Wait(until) => now = until,
                Next::Destroy => return (asked, now.since(NOW)),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn ac05_24_a_guest_that_ignores_its_power_button_is_ended_after_660_or_120_seconds() {
        let off = wanted(false);
        let seconds = Duration::from_secs;
        assert_eq!(patience(Some(&off), VmMode::Fml), (2, seconds(660)));
        assert_eq!(patience(None, VmMode::Fml), (2, seconds(120)));
        assert_eq!(patience(Some(&off), VmMode::Pv), (2, seconds(1200)));
        assert_eq!(patience(Some(&off), VmMode::Legacy), (0, Duration::ZERO));
    }

    #[test]
    fn a_guest_that_is_off_is_not_waited_for() {
        let memory = Memory { over: true, asked: Some((1, NOW + PATIENT)), boot_again: None };
        assert_eq!(next(Some(&wanted(false)), &status(7, SwState::Halting), &memory, NOW), Next::Destroy);
    }

    #[test]
    fn what_is_down_is_said_to_be_and_then_left_alone() {
        let memory = Memory::default();
        let off = wanted(false);
        assert_eq!(next(Some(&off), &status(0, SwState::Halting), &memory, NOW), Next::Halted);
        assert_eq!(next(Some(&off), &status(0, SwState::Broken), &memory, NOW), Next::Halted);
        assert_eq!(next(Some(&off), &status(0, SwState::Halted), &memory, NOW), Next::Rest);
        assert_eq!(next(Some(&off), &status(0, SwState::Installed), &memory, NOW), Next::Rest);
        assert_eq!(next(None, &status(0, SwState::Broken), &memory, NOW), Next::Forget);
    }
}
