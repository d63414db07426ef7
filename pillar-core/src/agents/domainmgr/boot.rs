//! The job that makes and starts a domain.

use std::time::Duration;

use crate::hal::{Domain, Hal, HypervisorError, Scope};

/// Tries to make a domain, and the pause between them (spec/05, doActivate step 7).
const CREATE_TRIES: u32 = 3;
const CREATE_PAUSE: Duration = Duration::from_secs(5);

/// Makes and starts a domain, in place of whatever has its name; nothing is left of one that does not start.
pub(super) fn boot(
    hal: &Hal,
    scope: &Scope,
    domain: &Domain,
    password: &str,
) -> Result<u32, HypervisorError> {
    let hypervisor = &*hal.hypervisor;
    hypervisor.destroy(scope, &domain.name)?;
    let id = create(hal, scope, domain)?;
    let started = match &domain.vnc {
        Some(vnc) if vnc.password => hypervisor.set_vnc_password(scope, &domain.name, password),
        _ => Ok(()),
    };
    let started = started.and_then(|()| hypervisor.start(scope, &domain.name));
    if started.is_err() {
        // What is to be told is why it did not start.
        let _ = hypervisor.destroy(&Scope::unbounded(), &domain.name);
    }
    started.map(|()| id)
}

fn create(hal: &Hal, scope: &Scope, domain: &Domain) -> Result<u32, HypervisorError> {
    let mut tries = 1;
    loop {
        match hal.hypervisor.create(scope, domain) {
            Err(HypervisorError::Failed { .. } | HypervisorError::Silent { .. }) if tries < CREATE_TRIES => {
                tries += 1;
                hal.clock.sleep(scope, CREATE_PAUSE);
            }
            created => return created,
        }
    }
}
