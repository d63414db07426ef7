//! A run: one seed, from the first boot through all power cuts to the last check. Called by tests and `zedbox sim`.

use std::io;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pillar_core::bus::files::{self, Layout, Loaded};
use pillar_core::hal::{Hal, PowerCut, Quick, Scope};
use pillar_core::node::{AgentName, GRACE, Node, NodeConfig, Order, Report, Trouble};
use pillar_core::time::Now;

use super::Rng;
use super::exec::{Executor, Pool, Turn};
use super::faults::{Fault, Faults};
use super::log::Inside;
use super::machine::{Machine, Ran};
use super::scenario::{Device, Scenario};
use super::trace::{Trace, TraceTo};
use super::world::{MakeStorage, Stream, World};
use crate::files::Files;

/// How long a device waits before it reads its files again when that failed.
const LOAD_AGAIN: Duration = Duration::from_secs(1);

/// How many steps a device may take to settle: one that spins does not get further.
const MAX_SETTLE_STEPS: u32 = 1_000_000;

/// How a run is done.
#[derive(Clone, Debug)]
pub struct Config {
    /// How jobs are interleaved. Changes nothing that can be seen.
    pub executor: Executor,
    /// What goes wrong.
    pub faults: Faults,
    /// After how many steps the run ends; it also ends when nothing is left to happen.
    pub steps: u64,
    /// How long the device is left alone at the end, without faults and inputs, before the last check: long
    /// enough for whatever waits to be tried again.
    pub settle: Duration,
    /// Once in how many steps the scenario is asked for an input.
    pub input_every: u64,
    /// Where the trace goes.
    pub trace: TraceTo,
    /// The device's storage, for tests that need a faulty one.
    pub storage: MakeStorage,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            executor: Executor::Coroutines,
            faults: Faults::none(),
            steps: 10_000,
            settle: Duration::from_mins(5),
            input_every: 16,
            trace: TraceTo::Nothing,
            storage: |fs| Arc::new(Files::new(fs)),
        }
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Which run this was.
    pub seed: u64,
    /// Things that ran: events of the node, jobs up to their next call, moves of time, boots.
    pub steps: u64,
    /// Calls of the simulated device.
    pub operations: u64,
    /// Power cuts by faults; the one at the end of every run is not counted.
    pub cuts: u64,
    /// Boots, those included that a power cut ended early.
    pub boots: u32,
    /// The hash of the trace, if there was one.
    pub trace_hash: Option<u64>,
    /// The trace, if it went to memory.
    pub trace: String,
    /// The faults that happened: repeats the run without drawing.
    pub faults: Faults,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
}

/// Why and where a run failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// After this step.
    pub step: u64,
    /// At this time.
    pub at: Now,
    /// What did not hold.
    pub cause: Cause,
}

/// What did not hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// The scenario's check after a boot.
    AfterBoot(String),
    /// The scenario's check at the end.
    AtEnd(String),
    /// A report that the scenario does not expect.
    Report(Box<Report>),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "step {}, {} s after boot: ", self.step, self.at.mono)?;
        match &self.cause {
            Cause::AfterBoot(what) => write!(f, "after a boot: {what}"),
            Cause::AtEnd(what) => write!(f, "at the end: {what}"),
            Cause::Report(report) => write!(f, "{report}"),
        }
    }
}

/// Runs a scenario once. An error is one of the trace's file.
pub fn run(seed: u64, config: &Config, scenario: &mut dyn Scenario) -> io::Result<Outcome> {
    run_in(&Pool::new(config.executor), seed, config, scenario)
}

/// [`run`] with stacks or threads that earlier runs left.
pub(super) fn run_in(
    pool: &Pool,
    seed: u64,
    config: &Config,
    scenario: &mut dyn Scenario,
) -> io::Result<Outcome> {
    let trace = Trace::new(&config.trace)?;
    trace.line(format_args!("seed {seed} steps {} faults {}", config.steps, config.faults));
    let world = World::new(seed, &config.faults, trace, config.storage);
    let mut run = Run {
        config,
        seed,
        pool,
        scenario,
        machine: None,
        schedule: Stream::Schedule.rng(seed, 0),
        inputs: Stream::Inputs.rng(seed, 0),
        reports: 0,
        world,
    };
    run.scenario.prepare(&run.world);
    let inside = Inside::of(&run.world.control);
    let failure = run.whole().err();
    run.power_off();
    drop(inside);
    let control = &run.world.control;
    if let Some(failure) = &failure {
        control.trace.line(format_args!("failed: {failure}"));
    }
    control.trace.flush()?;
    let counts = control.counts();
    Ok(Outcome {
        seed,
        steps: counts.steps,
        operations: counts.operations,
        cuts: counts.cuts,
        boots: counts.boots,
        trace_hash: control.trace.hash(),
        trace: control.trace.text(),
        faults: control.all_that_came(),
        failure,
    })
}

struct Run<'a> {
    config: &'a Config,
    seed: u64,
    pool: &'a Pool,
    scenario: &'a mut dyn Scenario,
    machine: Option<Machine>,
    schedule: Rng,
    inputs: Rng,
    /// Reports of this boot's node that were looked at.
    reports: u64,
    world: World,
}

impl Run<'_> {
    fn whole(&mut self) -> Result<(), Failure> {
        self.boot()?;
        while self.in_time() && !self.scenario.is_over() && self.step()? {}
        self.end()
    }

    fn in_time(&self) -> bool {
        self.world.control.counts().steps < self.config.steps
    }

    /// Switches the device on, again if a power cut ends that early.
    fn boot(&mut self) -> Result<(), Failure> {
        loop {
            let control = &self.world.control;
            if !self.in_time() {
                control.spare();
            }
            control.step();
            let hal = self.world.power_on();
            if control.trace.is_on() {
                let (now, boot) = (control.now(), self.world.boots());
                control.trace.line(format_args!("{} boot {boot} wall {}", now.mono, now.wall.0));
            }
            match self.load(&hal) {
                Some(loaded) => return self.start(hal, loaded),
                None => self.power_off(),
            }
        }
    }

    /// What a host does before its node starts: reads the files, again after a pause if that fails; `None` if
    /// the power goes meanwhile. It is a task, so that every call of it can be cut and delayed.
    fn load(&self, hal: &Hal) -> Option<Loaded> {
        let result = Arc::new(Mutex::new(None));
        let (theirs, hal, agents) = (result.clone(), hal.clone(), self.scenario.agents());
        let control = self.world.control.clone();
        let mut task = self.pool.task(Box::new(move || {
            let _inside = Inside::of(&control);
            let loaded = loop {
                let scope = Scope::unbounded();
                files::sweep(&*hal.storage, &scope, &Layout::default());
                match files::read(&*hal.storage, &scope, &Layout::default(), &agents) {
                    Ok(loaded) => break loaded,
                    Err(_) => hal.clock.sleep(&scope, LOAD_AGAIN),
                };
            };
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(loaded);
        }));
        let control = &self.world.control;
        control.set_actor(&"load".into());
        loop {
            match task.resume() {
                Turn::Done(Ok(())) => return result.lock().unwrap_or_else(PoisonError::into_inner).take(),
                Turn::Done(Err(payload)) if PowerCut::is(&*payload) => return None,
                Turn::Done(Err(payload)) => resume_unwind(payload),
                Turn::Yielded => {
                    let now = control.now().mono;
                    control.advance(control.take_wait().map_or(now, |wait| wait.until(now)));
                }
            }
        }
    }

    fn start(&mut self, hal: Hal, loaded: Loaded) -> Result<(), Failure> {
        let control = self.world.control.clone();
        let mut node = Node::new(NodeConfig {
            seed: Stream::Node.seed(self.seed, self.world.boots().into()),
            order: Order::Shuffled,
            files: Some(Layout::default()),
            quick: Quick { leds: hal.leds.clone(), random: hal.random.clone(), crypto: hal.crypto.clone() },
            ..NodeConfig::default()
        });
        node.preload(loaded);
        if control.trace.is_on() {
            let control = control.clone();
            node.set_trace(Some(Box::new(move |now, agent, event| {
                control.trace.line(format_args!("{} {agent} {event}", now.mono));
            })));
        }
        node.advance(control.now());
        self.reports = 0;
        let notices = (self.world.link_notices(), self.world.uevents());
        let agenda = self.world.agenda().clone();
        let machine = self.machine.insert(Machine::new(node, control, hal, notices, agenda));
        let mut device = Device { node: &mut machine.node, world: &self.world, rng: &mut self.inputs };
        let checked = self.scenario.check_boot(&mut device);
        self.scenario.start(&mut device);
        checked.map_err(|what| self.failure(Cause::AfterBoot(what)))
    }

    /// Runs one thing; false once nothing is left to happen.
    fn step(&mut self) -> Result<bool, Failure> {
        for fault in self.world.control.step() {
            self.disturb(fault);
        }
        if self.schedule.chance(1, self.config.input_every) {
            self.input();
            if !self.world.control.is_alive() {
                self.power_off();
                self.boot()?;
                return Ok(true);
            }
        }
        let Some(machine) = &mut self.machine else { return Ok(false) };
        let ran = machine.turn(&mut self.schedule, self.pool);
        self.look_at_reports()?;
        match ran {
            Ran::Something => Ok(true),
            Ran::Nothing => Ok(self.input()),
            Ran::PowerCut => {
                self.power_off();
                self.boot()?;
                Ok(true)
            }
        }
    }

    /// Lets the scenario do something; false if there is nothing more to come.
    fn input(&mut self) -> bool {
        let Some(machine) = &mut self.machine else { return false };
        let mut device = Device { node: &mut machine.node, world: &self.world, rng: &mut self.inputs };
        self.scenario.input(&mut device)
    }

    /// A fault between two steps.
    fn disturb(&mut self, fault: Fault) {
        let Some(Machine { node, .. }) = &mut self.machine else { return };
        let control = &self.world.control;
        let fault = match fault {
            Fault::Jump { seconds } => {
                control.jump(seconds);
                node.advance(control.now());
                fault
            }
            Fault::Kill { agent } => {
                let names: Vec<AgentName> = node.agents().collect();
                let drawn = Stream::Kills.rng(self.seed, control.counts().steps).below(names.len() as u64);
                let chosen = match &agent {
                    Some(name) => names.into_iter().find(|agent| agent.0 == name),
                    None => names.get(drawn as usize).copied(),
                };
                let Some(chosen) = chosen.filter(|chosen| node.kill(*chosen)) else { return };
                Fault::Kill { agent: Some(chosen.0.into()) }
            }
            Fault::Fail { .. } | Fault::Full { .. } | Fault::Delay { .. } | Fault::Cut => return,
        };
        if control.trace.is_on() {
            let (now, kind) = (control.now(), fault.kind().name());
            control.trace.line(format_args!("{} fault {kind}", now.mono));
        }
        control.came(fault);
    }

    /// Reports end the run, unless they are expected.
    fn look_at_reports(&mut self) -> Result<(), Failure> {
        let Some(machine) = &self.machine else { return Ok(()) };
        let reports = machine.node.reports();
        if reports.total() == self.reports {
            return Ok(());
        }
        let control = &self.world.control;
        let unexpected = reports.since(self.reports).find(|report| {
            let by_fault = match report.trouble {
                Trouble::NotStored { .. } | Trouble::NotLoaded { .. } => control.calls_failed(),
                // It is reported within twice the grace, which several delayed calls use up.
                Trouble::Overdue { .. } => control.delayed_within(2 * GRACE),
                _ => false,
            };
            !(by_fault || self.scenario.expects(report))
        });
        self.reports = reports.total();
        match unexpected.cloned() {
            Some(report) => Err(self.failure(Cause::Report(Box::new(report)))),
            None => Ok(()),
        }
    }

    /// The power goes; what still runs finds that out and ends.
    fn power_off(&mut self) {
        self.world.power_off();
        self.machine = None;
    }

    /// The end of every run: time without faults and inputs, the scenario's last look at the running device,
    /// then a power cut and a last boot.
    fn end(&mut self) -> Result<(), Failure> {
        self.world.control.spare();
        let mut until = self.world.now().mono + self.config.settle;
        for _ in 0..MAX_SETTLE_STEPS {
            let Some(machine) = &mut self.machine else { break };
            if self.world.now().mono >= until {
                break;
            }
            self.world.control.step();
            let ran = machine.turn(&mut self.schedule, self.pool);
            self.look_at_reports()?;
            match ran {
                Ran::Something => {}
                Ran::Nothing => break,
                // The software has reset the device.
                Ran::PowerCut => {
                    self.power_off();
                    self.boot()?;
                    until = self.world.now().mono + self.config.settle;
                }
            }
        }
        if let Some(machine) = &mut self.machine {
            let mut device = Device { node: &mut machine.node, world: &self.world, rng: &mut self.inputs };
            self.scenario.check_end(&mut device).map_err(|what| self.failure(Cause::AtEnd(what)))?;
        }
        self.power_off();
        self.boot()
    }

    fn failure(&self, cause: Cause) -> Failure {
        let control = &self.world.control;
        Failure { step: control.counts().steps, at: control.now(), cause }
    }
}
