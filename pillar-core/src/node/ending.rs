//! Ends of agents that are no crashes: an agent has done what it was started for, or says that its process cannot
//! go on. The host takes them from the node and acts; an agent that has ended is not started again.

use super::Node;
use super::agent::{AgentId, AgentName};
use super::report::Trouble;

/// How an agent ended for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is done, with this exit status: 0 is success.
    Finished(i32),
    /// No new start of the agent would help, for this reason: the host records it and ends the process.
    Fatal(String),
}

impl Node {
    /// The agents that have ended since the last call.
    pub fn take_ended(&mut self) -> Vec<(AgentName, Ending)> {
        std::mem::take(&mut self.ended)
    }

    pub(super) fn ends(&mut self, id: AgentId, ending: Ending) {
        if self.cells[id.index()].ended {
            return;
        }
        self.cells[id.index()].ended = true;
        self.stop(id);
        if let Ending::Fatal(why) = &ending {
            self.core.report_of(self.name_of(id), Trouble::Fatal(why.clone()));
        }
        self.ended.push((self.name_of(id), ending));
    }
}
