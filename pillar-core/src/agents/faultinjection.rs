//! faultinjection: fails on purpose, so that what follows can be seen on a device (spec/02, faultinjection). Other
//! agents have the same faults under their own name, by [`Failing`].
//!
//! | State | Event | Next |
//! |---|---|---|
//! | started | the settings arrive | faults from the next tick on, one tick every 25 s |
//! | faults | tick | the fault happens; one that leaves the agent alive happens again |

use std::marker::PhantomData;
use std::time::Duration;

use pillar_types::config_item::ConfigItemValueMap;

use super::ZEDAGENT;
use crate::hal::{Command, Watched};
use crate::node::{Agent, AgentName, Context, JobSpec, Lane};

/// From tick to tick, and how much later one may be.
const TICK: (Duration, Duration) = (Duration::from_secs(25), Duration::from_secs(5));

/// The daemon that reboots the device when somebody hangs.
const WATCHDOG_DAEMON: &str = "/usr/sbin/watchdog";

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The agent says that its process cannot go on (`-F`).
    Fatal,
    /// The agent panics, which is its affair alone (`-P`).
    Panic,
    /// The agent does not come back, and no other agent of its process runs either (`-H`).
    Hang,
    /// The daemon that watches is killed, so that only the hardware watchdog is left (`-W`).
    KillWatchdog,
}

impl Fault {
    fn happen<A: Agent>(self, cx: &mut Context<'_, A>) {
        match self {
            Fault::Fatal => cx.fatal("failing on purpose"),
            Fault::Panic => panic!("failing on purpose"),
            Fault::Hang => loop {
                std::hint::spin_loop();
            },
            Fault::KillWatchdog => {
                let kill = Command::new("pkill").args(["-KILL", "-f", WATCHDOG_DAEMON]);
                // Nobody is there to be told whether there was one.
                let spec = JobSpec { lane: Lane::Process, key: "kill", limit: TICK.0 };
                cx.job_with(
                    spec,
                    move |hal, scope| drop(hal.process.run(scope, &kill)),
                    |_, _, _, _| {},
                    None,
                );
            }
        }
    }
}

/// The agent.
pub struct FaultInjection {
    fault: Option<Fault>,
    ticking: bool,
}

impl FaultInjection {
    /// With a fault, or one that only watches.
    pub fn new(fault: Option<Fault>) -> Self {
        FaultInjection { fault, ticking: false }
    }

    fn tick(&mut self, cx: &mut Context<'_, Self>) {
        cx.after(TICK.0, TICK.1, Self::tick);
        if let Some(fault) = self.fault {
            fault.happen(cx);
        }
    }
}

impl Agent for FaultInjection {
    const NAME: AgentName = AgentName("faultinjection");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        let watch =
            |hal: &crate::hal::Hal, _: &crate::hal::Scope| hal.watchdog.watch(Watched::Kicks(Self::NAME.0));
        cx.job(Lane::Process, "watch", watch, |_, _, result, cx| {
            if let Ok(Err(why)) = result {
                cx.log(log::Level::Error, format_args!("is not watched: {why}"));
            }
        });
        cx.subscribe::<ConfigItemValueMap>(ZEDAGENT, |injection, change, cx| {
            if change.value().is_some() && !std::mem::replace(&mut injection.ticking, true) {
                cx.after(TICK.0, TICK.1, Self::tick);
            }
        });
    }
}

/// A fault in the name of another agent, one tick after its start.
pub struct Failing<A> {
    fault: Fault,
    of: PhantomData<fn() -> A>,
}

impl<A: Agent> Failing<A> {
    /// With a fault.
    pub fn new(fault: Fault) -> Self {
        Failing { fault, of: PhantomData }
    }

    fn tick(&mut self, cx: &mut Context<'_, Self>) {
        self.fault.happen(cx);
    }
}

impl<A: Agent> Agent for Failing<A> {
    const NAME: AgentName = A::NAME;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.after(TICK.0, TICK.1, Self::tick);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::bus::PublishError;
    use crate::hal::{Child, Exit, Hal, Output, Process, ProcessError, Scope};
    use crate::node::{Ending, NodeConfig, TestNode, Trouble};

    fn configured(test: &mut TestNode<FaultInjection>) -> Result<(), PublishError> {
        test.put(ZEDAGENT, ConfigItemValueMap::KEY, ConfigItemValueMap::default())
    }

    #[test]
    fn a_fatal_fault_waits_for_the_settings_and_a_tick() -> Result<(), PublishError> {
        let mut test = TestNode::start(|| FaultInjection::new(Some(Fault::Fatal)));
        test.pass(Duration::from_mins(5));
        assert_eq!(test.node.take_ended(), []);

        configured(&mut test)?;
        test.pass(Duration::from_secs(24));
        assert_eq!(test.node.take_ended(), []);
        test.pass(Duration::from_secs(6));
        assert_eq!(
            test.node.take_ended(),
            [(FaultInjection::NAME, Ending::Fatal("failing on purpose".into()))]
        );
        Ok(())
    }

    #[test]
    fn a_panic_comes_again_after_each_start() -> Result<(), PublishError> {
        let mut test = TestNode::start(|| FaultInjection::new(Some(Fault::Panic)));
        configured(&mut test)?;
        test.pass(Duration::from_mins(2));
        let crashes =
            test.node.reports().iter().filter(|report| matches!(report.trouble, Trouble::Crash { .. }));
        assert!(crashes.count() >= 2);
        assert_eq!(test.node.take_ended(), []);
        Ok(())
    }

    #[test]
    fn without_a_fault_nothing_happens() -> Result<(), PublishError> {
        let mut test = TestNode::start(|| FaultInjection::new(None));
        configured(&mut test)?;
        test.pass(Duration::from_mins(10));
        assert_eq!((test.node.reports().total(), test.node.take_ended().len()), (0, 0));
        Ok(())
    }

    /// Notes what was run.
    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    impl Process for Notes {
        fn run(&self, _: &Scope, command: &Command) -> Result<Output, ProcessError> {
            let line = format!("{} {}", command.program.display(), command.args.join(" "));
            self.0.lock().expect("nobody panics with it").push(line);
            Ok(Output { exit: Exit::Code(0), stdout: Vec::new(), stderr: Vec::new(), truncated: false })
        }

        fn start(&self, _: &Scope, _: &Command) -> Result<Arc<dyn Child>, ProcessError> {
            Err(ProcessError::Unsupported)
        }
    }

    #[test]
    fn the_daemon_that_watches_is_killed_again_and_again() -> Result<(), PublishError> {
        let notes = Arc::new(Notes::default());
        let hal = Hal { process: notes.clone(), ..Hal::default() };
        let make = || FaultInjection::new(Some(Fault::KillWatchdog));
        let mut test = TestNode::start_on(hal, NodeConfig::default(), make);
        configured(&mut test)?;
        test.pass(Duration::from_secs(65));
        let killed = notes.0.lock().expect("nobody panics with it");
        assert_eq!(*killed, ["pkill -KILL -f /usr/sbin/watchdog"; 2]);
        Ok(())
    }

    #[test]
    fn a_fault_can_be_another_agents() {
        let mut test = TestNode::start(|| Failing::<FaultInjection>::new(Fault::Fatal));
        test.pass(Duration::from_secs(30));
        assert_eq!(test.node.take_ended().len(), 1);
    }
}
