//! The agents of this build: one line each in [`AGENTS`]. What is not in the table cannot be hosted, and has no link.
//!
//! There is no column for EVE's first kick of the watchdog: the host kicks for every agent from its start on.

mod flags;

#[cfg(feature = "domainmgr")]
use pillar_core::agents::domainmgr::DomainMgr;
#[cfg(feature = "ledmanager")]
use pillar_core::agents::ledmanager::LedManager;
#[cfg(feature = "zedmanager")]
use pillar_core::agents::zedmanager::ZedManager;
#[cfg(feature = "ledmanager")]
use pillar_core::hardware_model::Paths;
use pillar_core::node::{Node, NodeConfig};

pub use flags::{Flag, Given, usage};

use crate::args::Stop;

/// An agent that can be hosted.
pub struct Hosted {
    /// Its name, which is its link's, too.
    pub name: &'static str,
    /// Whether it is one of those that make up the device; others run when somebody asks for them.
    pub with_device: bool,
    /// Whether it runs in the process that is called by its name, until it has done its work, and not in zedbox.
    pub inline: fn(&Given) -> bool,
    /// Whether `/run/<name>.pid` says who runs it (spec/02, zedbox dispatch).
    pub pid_file: bool,
    /// What it takes besides `-d`.
    pub flags: &'static [Flag],
    /// What it takes after its flags, for its usage; empty if nothing.
    pub words: &'static str,
    /// Adds it to the node, as its command line wants it; an error says what is wrong with that.
    pub add: fn(&mut Node, &Given) -> Result<(), String>,
}

/// All agents of this build, by name.
pub const AGENTS: &[Hosted] = &[
    #[cfg(feature = "ledmanager")]
    Hosted {
        name: "ledmanager",
        with_device: true,
        inline: |_| false,
        pid_file: true,
        flags: &[],
        words: "",
        add: |node, given| {
            let paths = Paths::below(&given.root);
            node.add(move || LedManager::new(paths.clone()));
            Ok(())
        },
    },
    #[cfg(feature = "domainmgr")]
    Hosted {
        name: "domainmgr",
        with_device: true,
        inline: |_| false,
        pid_file: true,
        flags: &[],
        words: "",
        add: |node, _| {
            node.add(DomainMgr::default);
            Ok(())
        },
    },
    #[cfg(feature = "zedmanager")]
    Hosted {
        name: "zedmanager",
        with_device: true,
        inline: |_| false,
        pid_file: true,
        flags: &[],
        words: "",
        add: |node, _| {
            node.add(ZedManager::default);
            Ok(())
        },
    },
    #[cfg(feature = "tools")]
    crate::demo::COUNTER,
];

/// The agent of that name.
pub fn find(name: &str) -> Option<&'static Hosted> {
    AGENTS.iter().find(|agent| agent.name == name)
}

/// Those that make up the device.
pub fn with_device() -> impl Iterator<Item = &'static Hosted> {
    AGENTS.iter().filter(|agent| agent.with_device)
}

/// Their names, for people.
pub fn names() -> String {
    let names: Vec<&str> = AGENTS.iter().map(|agent| agent.name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Hosted {
    /// Reads a command line, and sees whether the agent can be added with it.
    pub fn read(&self, args: &[String]) -> Result<Given, Stop> {
        let given = Given::read(self, args)?;
        (self.add)(&mut Node::new(NodeConfig::default()), &given).map_err(Stop::Wrong)?;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_can_be_files() {
        for (place, agent) in AGENTS.iter().enumerate() {
            assert!(pillar_core::hal::is_watchdog_name(agent.name), "{}", agent.name);
            assert!(AGENTS[..place].iter().all(|other| other.name != agent.name), "{}", agent.name);
        }
    }
}
