//! A hypervisor that a test holds in its hand: it does what it is told, or fails as the test says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pillar_core::hal::{Domain, DomainInfo, DomainState, DomainUsage, Hypervisor, HypervisorError, Scope};

/// The domains, and what was asked.
#[derive(Default)]
pub struct State {
    pub domains: BTreeMap<String, (Domain, DomainInfo)>,
    /// What was asked, such as `create 6f47….1.1`.
    pub calls: Vec<String>,
    /// Makes `create` fail that often.
    pub fail_creates: u32,
    /// Whether it answers at all.
    pub mute: bool,
    last_id: u32,
}

/// The hypervisor.
#[derive(Clone, Default)]
pub struct Guests(Arc<Mutex<State>>);

impl Guests {
    pub fn with<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.0.lock().expect("nobody panics with it"))
    }

    pub fn turn(&self, name: &str, to: DomainState) {
        self.with(|state| state.domains.get_mut(name).expect("it is there").1.state = to);
    }

    pub fn calls(&self) -> Vec<String> {
        self.with(|state| std::mem::take(&mut state.calls))
    }

    fn call<R>(
        &self,
        call: &str,
        name: &str,
        act: impl FnOnce(&mut State) -> Result<R, HypervisorError>,
    ) -> Result<R, HypervisorError> {
        self.with(|state| {
            if call != "info" && call != "list" {
                state.calls.push(format!("{call} {name}"));
            }
            if state.mute {
                return Err(HypervisorError::Silent { name: name.into(), what: "anything" });
            }
            act(state)
        })
    }
}

impl Hypervisor for Guests {
    fn name(&self) -> &'static str {
        "kvm"
    }

    fn create(&self, _: &Scope, domain: &Domain) -> Result<u32, HypervisorError> {
        self.call("create", &domain.name, |state| {
            if state.fail_creates > 0 {
                state.fail_creates -= 1;
                return Err(HypervisorError::Failed {
                    name: domain.name.clone(),
                    what: "no such disk".into(),
                });
            }
            state.last_id += 1;
            let info = DomainInfo { id: state.last_id, state: DomainState::Paused };
            state.domains.insert(domain.name.clone(), (domain.clone(), info));
            Ok(state.last_id)
        })
    }

    fn set_vnc_password(&self, _: &Scope, name: &str, password: &str) -> Result<(), HypervisorError> {
        self.call(&format!("password {password}"), name, |_| Ok(()))
    }

    fn start(&self, _: &Scope, name: &str) -> Result<(), HypervisorError> {
        self.call("start", name, |state| {
            state.domains.get_mut(name).expect("it was made").1.state = DomainState::Running;
            Ok(())
        })
    }

    fn shut_down(&self, _: &Scope, name: &str) -> Result<(), HypervisorError> {
        self.call("shut_down", name, |_| Ok(()))
    }

    fn destroy(&self, _: &Scope, name: &str) -> Result<(), HypervisorError> {
        self.call("destroy", name, |state| {
            state.domains.remove(name);
            Ok(())
        })
    }

    fn info(&self, _: &Scope, name: &str) -> Result<Option<DomainInfo>, HypervisorError> {
        self.call("info", name, |state| Ok(state.domains.get(name).map(|(_, info)| info.clone())))
    }

    fn list(&self, _: &Scope) -> Result<Vec<String>, HypervisorError> {
        self.call("list", "", |state| Ok(state.domains.keys().cloned().collect()))
    }

    fn usage(&self, _: &Scope, name: &str) -> Result<Option<DomainUsage>, HypervisorError> {
        self.with(|state| {
            let usage = DomainUsage { cpu: Duration::from_secs(3), memory: 100 << 20, max_memory: 120 << 20 };
            Ok(state.domains.contains_key(name).then_some(usage))
        })
    }
}
