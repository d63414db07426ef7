//! The agents of this build: an entry here is all that one needs to be hosted, linked and started.
//!
//! Columns that are as [`Hosted::PLAIN`] has them are left out. What they should be is in spec/02, zedbox
//! dispatch. Paths are written out, so that the feature of an agent stands in one place.

use super::Hosted;

/// All agents of this build, by name.
pub const AGENTS: &[Hosted] = &[
    #[cfg(feature = "tools")]
    crate::demo::COUNTER,
    #[cfg(feature = "client")]
    Hosted {
        bus: "zedclient",
        with_device: false,
        inline: |_| true,
        flags: &[super::Flag {
            name: "r",
            value: Some("N"),
            help: "give up after N tries; 0, as without, never",
        }],
        words: "[selfRegister] [getUuid]",
        add: |node, given| {
            let tasks = client_tasks(given)?;
            let places = pillar_core::controller::places::Places::below(&given.root);
            let hardware = pillar_core::hardware_model::Paths::below(&given.root);
            node.add(move || {
                pillar_core::agents::client::Client::new(tasks.clone(), places.clone(), hardware.clone())
            });
            Ok(())
        },
        ..Hosted::PLAIN.named("client")
    },
    #[cfg(feature = "domainmgr")]
    Hosted {
        flags: &[HYPERVISOR],
        add: |node, given| {
            check_hypervisor(given)?;
            node.add(pillar_core::agents::domainmgr::DomainMgr::default);
            Ok(())
        },
        ..Hosted::PLAIN.named("domainmgr")
    },
    #[cfg(feature = "downloader")]
    Hosted {
        add: |node, given| {
            let places = pillar_core::content_places::Places::below(&given.root);
            node.add(move || pillar_core::agents::downloader::Downloader::new(places.clone()));
            Ok(())
        },
        ..Hosted::PLAIN.named("downloader")
    },
    #[cfg(feature = "faultinjection")]
    Hosted {
        with_device: false,
        flags: &[super::faults::FATAL, super::faults::PANIC, super::faults::HANG, super::faults::WATCHDOG],
        add: |node, given| {
            let fault = super::faults::fault(given);
            node.add(move || pillar_core::agents::faultinjection::FaultInjection::new(fault));
            Ok(())
        },
        ..Hosted::PLAIN.named("faultinjection")
    },
    #[cfg(feature = "ledmanager")]
    Hosted {
        flags: &[super::faults::FATAL, super::faults::HANG],
        add: |node, given| {
            let paths = pillar_core::hardware_model::Paths::below(&given.root);
            super::faults::with_fault(node, given, move || {
                pillar_core::agents::ledmanager::LedManager::new(paths.clone())
            });
            Ok(())
        },
        ..Hosted::PLAIN.named("ledmanager")
    },
    #[cfg(feature = "nim")]
    Hosted {
        add: |node, given| {
            let paths = pillar_core::agents::nim::Paths::below(&given.root);
            node.add(move || pillar_core::agents::nim::Nim::new(paths.clone()));
            Ok(())
        },
        ..Hosted::PLAIN.named("nim")
    },
    #[cfg(feature = "nodeagent")]
    Hosted {
        add: |node, given| {
            let layout = pillar_core::controller::places::Places::below(&given.root).layout();
            node.add(move || pillar_core::agents::nodeagent::NodeAgent::new(layout.clone()));
            Ok(())
        },
        ..Hosted::PLAIN.named("nodeagent")
    },
    #[cfg(feature = "vaultmgr")]
    Hosted {
        add: |node, given| {
            let places = pillar_core::controller::places::Places::below(&given.root);
            node.add(move || pillar_core::agents::vaultmgr::VaultMgr::new(&places));
            Ok(())
        },
        ..Hosted::PLAIN.named("vaultmgr")
    },
    #[cfg(feature = "verifier")]
    Hosted {
        add: |node, given| {
            let places = pillar_core::content_places::Places::below(&given.root);
            node.add(move || pillar_core::agents::verifier::Verifier::new(places.clone()));
            Ok(())
        },
        ..Hosted::PLAIN.named("verifier")
    },
    #[cfg(feature = "volumemgr")]
    Hosted {
        add: |node, given| {
            let places = pillar_core::content_places::Places::below(&given.root);
            node.add(move || pillar_core::agents::volumemgr::VolumeMgr::new(places.clone()));
            Ok(())
        },
        ..Hosted::PLAIN.named("volumemgr")
    },
    #[cfg(feature = "waitforaddr")]
    Hosted {
        with_device: false,
        inline: |_| true,
        add: |node, _| {
            node.add(|| pillar_core::agents::waitforaddr::WaitForAddr);
            Ok(())
        },
        ..Hosted::PLAIN.named("waitforaddr")
    },
    #[cfg(feature = "zedagent")]
    Hosted {
        flags: &[super::faults::FATAL, super::faults::HANG],
        add: |node, given| {
            let places = pillar_core::controller::places::Places::below(&given.root);
            let hardware = pillar_core::hardware_model::Paths::below(&given.root);
            super::faults::with_fault(node, given, move || {
                pillar_core::agents::zedagent::ZedAgent::new(places.clone(), hardware.clone())
            });
            Ok(())
        },
        ..Hosted::PLAIN.named("zedagent")
    },
    #[cfg(feature = "zedmanager")]
    Hosted {
        flags: &[HYPERVISOR],
        add: |node, given| {
            check_hypervisor(given)?;
            node.add(pillar_core::agents::zedmanager::ZedManager::default);
            Ok(())
        },
        ..Hosted::PLAIN.named("zedmanager")
    },
    #[cfg(feature = "zedrouter")]
    Hosted {
        add: |node, _| {
            node.add(pillar_core::agents::zedrouter::Zedrouter::default);
            Ok(())
        },
        ..Hosted::PLAIN.named("zedrouter")
    },
];

/// What EVE's scripts have the client do; the UUID is always asked for.
#[cfg(feature = "client")]
fn client_tasks(given: &super::Given) -> Result<pillar_core::agents::client::Tasks, String> {
    if let Some(word) = given.words.iter().find(|word| !["selfRegister", "getUuid"].contains(&word.as_str()))
    {
        return Err(format!("unknown argument '{word}'"));
    }
    let register = given.words.iter().any(|word| word == "selfRegister");
    let tries = given.parsed("r")?.filter(|tries| *tries > 0);
    Ok(pillar_core::agents::client::Tasks { register, tries })
}

/// Which hypervisor EVE's scripts say there is.
#[cfg(any(feature = "domainmgr", feature = "zedmanager"))]
const HYPERVISOR: super::Flag =
    super::Flag { name: "h", value: Some("HYPERVISOR"), help: "the hypervisor; this build has kvm" };

#[cfg(any(feature = "domainmgr", feature = "zedmanager"))]
fn check_hypervisor(given: &super::Given) -> Result<(), String> {
    match given.value("h") {
        None | Some("kvm") => Ok(()),
        Some(other) => Err(format!("-h {other}: this build has kvm only")),
    }
}
