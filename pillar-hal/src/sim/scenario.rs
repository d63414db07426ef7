//! What a simulation is about: which agents, which inputs, and what must hold. Written by whoever tests agents.

use pillar_core::node::{AgentName, Node, Report};

use super::Rng;
use super::world::World;

/// A device as a scenario sees it, between two steps.
pub struct Device<'a> {
    /// The node: give it inputs, read its tables.
    pub node: &'a mut Node,
    /// All around it.
    pub world: &'a World,
    /// For choices of the scenario, decided by the seed.
    pub rng: &'a mut Rng,
}

/// A test on a simulated device. It is made anew for each run and lives through all boots of the run, so it can
/// remember what was acknowledged.
pub trait Scenario {
    /// The agents whose files under /run are read at boot; those under /persist always are.
    fn agents(&self) -> Vec<AgentName>;

    /// Before the first boot: what this device has on its disk, which LEDs, which programs.
    fn prepare(&mut self, world: &World) {
        let _ = world;
    }

    /// The device boots: adds the agents. Files that survived are loaded by then.
    fn start(&mut self, device: &mut Device<'_>);

    /// Called now and then while the device runs, and when it has nothing to do: something from outside happens.
    /// Gives `false` once nothing more will come.
    fn input(&mut self, device: &mut Device<'_>) -> bool {
        let _ = device;
        false
    }

    /// Whether the run may end before its steps are used up.
    fn is_over(&self) -> bool {
        false
    }

    /// What must hold whenever the device has just booted, before any agent ran.
    fn check_boot(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        let _ = device;
        Ok(())
    }

    /// What must hold when the run ends, with the device still on and left alone for a while.
    fn check_end(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        let _ = device;
        Ok(())
    }

    /// Whether a report of the node is part of the scenario; others make the run fail.
    fn expects(&mut self, report: &Report) -> bool {
        let _ = report;
        false
    }
}
