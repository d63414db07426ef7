//! The agents that can be hosted: one entry each in [`AGENTS`]. What is not in the table has no link either.
//!
//! There is no column for EVE's first kick of the watchdog: the host kicks for every agent from its start on.

#[cfg(any(feature = "faultinjection", feature = "ledmanager", feature = "zedagent"))]
mod faults;
mod flags;
mod table;

use pillar_core::node::{Node, NodeConfig};

pub use flags::{Flag, Given, usage};
pub use table::AGENTS;

use crate::args::Stop;

/// An agent that can be hosted.
pub struct Hosted {
    /// Its name, which is its link's, too.
    pub name: &'static str,
    /// Its name on the bus, and so in watchdog and pid files; most have the one.
    pub bus: &'static str,
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
    /// An agent as most are: part of the device, in zedbox, with a pid file, and nothing on its command line.
    #[cfg(feature = "agents")]
    pub const PLAIN: Self = Hosted {
        name: "",
        bus: "",
        with_device: true,
        inline: |_| false,
        pid_file: true,
        flags: &[],
        words: "",
        add: |_, _| Err("an agent that is none".to_owned()),
    };

    /// The same by another name.
    #[cfg(feature = "agents")]
    pub const fn named(self, name: &'static str) -> Self {
        Hosted { name, bus: name, ..self }
    }

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

    /// The agents that features can pick, by `Cargo.toml`; `device` has them all.
    fn features() -> Vec<&'static str> {
        let manifest = include_str!("../Cargo.toml");
        let list = manifest.split_once("device = [").and_then(|(_, rest)| rest.split_once(']'));
        let (list, _) = list.expect("the feature");
        list.split(',').map(|name| name.trim().trim_matches('"')).filter(|name| !name.is_empty()).collect()
    }

    #[test]
    fn each_agent_has_its_feature() {
        let tools = ["counter"];
        let all: Vec<&str> =
            AGENTS.iter().map(|agent| agent.name).filter(|name| !tools.contains(name)).collect();
        if cfg!(feature = "device") {
            assert_eq!(all, features());
        } else {
            assert!(all.iter().all(|name| features().contains(name)), "{all:?}");
        }
    }

    #[test]
    fn names_are_unique_and_can_be_files() {
        for (place, agent) in AGENTS.iter().enumerate() {
            assert!(
                !agent.name.is_empty() && pillar_core::hal::is_watchdog_name(agent.name),
                "{}",
                agent.name
            );
            assert!(AGENTS[..place].iter().all(|other| other.name != agent.name), "{}", agent.name);
        }
    }
}
