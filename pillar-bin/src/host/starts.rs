//! Agents come and go: started at the beginning or because somebody asked, ended when they say so.
//!
//! What one agent is asked wrongly, or is refused, changes nothing for the others.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use pillar_core::hal::WatchdogError;
use pillar_core::node::Ending;
use pillar_types::device::ServiceInitStatus;

use super::{End, Host};
use crate::agents::{self, Given, Hosted};
use crate::args::Stop;
use crate::logging;

/// Why an agent is not started.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// It runs here already.
    Runs,
    /// Its command line makes no sense.
    Flags(String),
    /// It runs in another process, or its pid file cannot be written.
    Claim(WatchdogError),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Runs => f.write_str("it runs already"),
            Refused::Flags(why) => f.write_str(why),
            Refused::Claim(why) => why.fmt(f),
        }
    }
}

impl Host {
    /// Starts an agent.
    pub(super) fn start(&mut self, agent: &'static Hosted, given: &Given) -> Result<(), Refused> {
        if self.node.agents().any(|running| running.0 == agent.bus) {
            return Err(Refused::Runs);
        }
        if agent.pid_file {
            self.hal.watchdog.claim(agent.bus).map_err(Refused::Claim)?;
        }
        (agent.add)(&mut self.node, given).map_err(Refused::Flags)?;
        self.kicks.add(agent.bus);
        if given.trace {
            logging::trace(agent.bus);
        }
        Ok(())
    }

    /// Somebody wants an agent started. Nobody waits for an answer.
    pub(super) fn asked(&mut self, request: &ServiceInitStatus) {
        let (name, args) = (&request.service_name, &request.cmd_args);
        let Some(agent) = agents::find(name) else {
            log::error!("asked to start {name:?}, which is not among {}", agents::names());
            return;
        };
        let given = agent.read(args).map(|given| given.below(&self.root));
        match given.map(|given| self.start(agent, &given)) {
            Ok(Ok(())) => log::info!("started {name} with {args:?}"),
            Ok(Err(why)) => log::error!("asked to start {name}, and did not: {why}"),
            Err(Stop::Wrong(why)) => log::error!("asked to start {name}, and did not: {why}"),
            Err(Stop::Help) => {
                log::error!("asked to start {name}, and did not: help is given where it is called");
            }
        }
    }

    /// Leaves what EVE's scripts look for of agents that have ended, and ends with them if the process is theirs.
    pub(super) fn look_at_ended(&mut self) {
        for (agent, ending) in self.node.take_ended() {
            self.kicks.remove(agent.0);
            match ending {
                Ending::Finished(status) => {
                    log::info!(target: agent.0, "ended with status {status}");
                    let path = self.layout.run.join(format!("{agent}.done"));
                    let write = move || {
                        if let Err(why) = write_done(&path, status) {
                            log::error!(target: agent.0, "{}: {why}", path.display());
                        }
                    };
                    if self.role.is_for(agent) {
                        write();
                        self.end = Some(End::Finished(status));
                    } else {
                        self.workers.run(Box::new(write));
                    }
                }
                Ending::Fatal(why) => self.end = Some(End::Fatal(agent.0, why)),
            }
        }
    }
}

/// The status as decimal digits, mode 0700 (spec/02, zedbox agent start).
fn write_done(path: &Path, status: i32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o700);
    options.open(path)?.write_all(status.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use pillar_core::node::AgentName;

    use super::super::Role;

    #[test]
    fn a_process_for_one_agent_ends_with_it_by_its_name_on_the_bus() {
        assert!(Role::Inline("client").is_for(AgentName("zedclient")));
        assert!(Role::Inline("waitforaddr").is_for(AgentName("waitforaddr")));
        assert!(
            !Role::Inline("client").is_for(AgentName("zedbox")) && !Role::Zedbox.is_for(AgentName("nim"))
        );
    }
}
