//! [`Hypervisor`] with a domain that has nothing to boot: it runs, and does not listen to its power button.

use std::path::PathBuf;

use pillar_core::hal::{Disk, DiskBus, DiskFormat, Domain, DomainState, Hypervisor, HypervisorError, Scope};
use pillar_types::vm::VmMode;

const NAME: &str = "6f47a423-e41c-48db-8339-acc3e1f7dad5.1.1";

/// Runs the suite on a hypervisor without domains, and leaves none.
pub fn hypervisor(subject: &dyn Hypervisor) {
    let scope = Scope::unbounded();
    let suite = Suite { subject, scope: &scope };
    suite.knows_nothing_of_what_is_not_there();
    suite.runs_a_domain_to_its_end();
    suite.refuses_what_cannot_be();
}

/// A domain without disks and interfaces.
pub fn bare_domain(name: &str) -> Domain {
    Domain {
        name: name.into(),
        uuid: "6f47a423-e41c-48db-8339-acc3e1f7dad5".parse().expect("a UUID"),
        mode: VmMode::Hvm,
        memory: 64 << 20,
        vcpus: 1,
        firmware: None,
        kernel: None,
        disks: Vec::new(),
        nics: Vec::new(),
        vnc: None,
    }
}

struct Suite<'a> {
    subject: &'a dyn Hypervisor,
    scope: &'a Scope,
}

impl Suite<'_> {
    fn state(&self) -> Option<DomainState> {
        self.subject.info(self.scope, NAME).expect("it answers").map(|info| info.state)
    }

    fn knows_nothing_of_what_is_not_there(&self) {
        let missing = HypervisorError::NotFound(NAME.into());
        assert_eq!(self.subject.list(self.scope), Ok(Vec::new()));
        assert_eq!(self.subject.info(self.scope, NAME), Ok(None));
        assert_eq!(self.subject.usage(self.scope, NAME), Ok(None));
        assert_eq!(self.subject.start(self.scope, NAME), Err(missing.clone()));
        assert_eq!(self.subject.shut_down(self.scope, NAME), Err(missing));
        assert_eq!(self.subject.destroy(self.scope, NAME), Ok(()));
    }

    fn runs_a_domain_to_its_end(&self) {
        let domain = bare_domain(NAME);
        let id = self.subject.create(self.scope, &domain).expect("it can be made");
        let info = self.subject.info(self.scope, NAME).expect("it answers").expect("it is there");
        assert_eq!((info.id, info.state), (id, DomainState::Paused));
        assert_eq!(self.subject.list(self.scope), Ok(vec![NAME.into()]));
        let again = self.subject.create(self.scope, &domain);
        assert_eq!(again, Err(HypervisorError::Exists(NAME.into())));

        self.subject.start(self.scope, NAME).expect("it starts");
        assert_eq!(self.state(), Some(DomainState::Running));
        let usage = self.subject.usage(self.scope, NAME).expect("it answers").expect("it is there");
        assert!(usage.memory > 0 && usage.max_memory >= usage.memory);
        self.subject.shut_down(self.scope, NAME).expect("it is told");

        self.subject.destroy(self.scope, NAME).expect("it ends");
        assert_eq!(self.state(), None);
        assert_eq!(self.subject.list(self.scope), Ok(Vec::new()));
    }

    fn refuses_what_cannot_be(&self) {
        let name = Domain { name: "../x".into(), ..bare_domain(NAME) };
        let memory = Domain { memory: 0, ..bare_domain(NAME) };
        let mode = Domain { mode: VmMode::NoHyper, ..bare_domain(NAME) };
        for bad in [name, memory, mode] {
            let refused = self.subject.create(self.scope, &bad);
            assert!(matches!(refused, Err(HypervisorError::BadDomain(_))), "{refused:?}");
        }
        let path = PathBuf::from("/nowhere/disk");
        let disk = Disk { path, format: DiskFormat::Raw, bus: DiskBus::Virtio, read_only: false };
        let missing = Domain { disks: vec![disk], ..bare_domain(NAME) };
        let Err(HypervisorError::Failed { what, .. }) = self.subject.create(self.scope, &missing) else {
            panic!("there is no such disk")
        };
        assert!(what.contains("/nowhere/disk"), "{what}");
        assert_eq!(self.subject.list(self.scope), Ok(Vec::new()));
    }
}
