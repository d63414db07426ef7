//! Random faults over the story, while the controller orders at random: whatever happened, device and controller agree
//! in the end, and each order was carried out once.
//!
//! `PILLAR_STORY_SEEDS` says how many seeds there are; the long tier wants 10,000.

use std::env;
use std::time::Duration;

use pillar_core::hal::HttpError;
use pillar_core::node::{AgentName, Report};
use pillar_hal::sim::{Config, Device, Scenario, World, run_seeds};
use pillar_tests::story::{PORT, SEGMENT, Story};

use super::trace;

/// How many seeds there are in the push tier.
const SEEDS: u64 = 20;

/// What goes wrong: all that the simulator knows, not so often that no boot comes to anything.
const FAULTS: &str = "fail/500,full/2000,delay/50,cut/3000,jump/3000,kill/1500";

/// Once in how many looks at it something is ordered, or happens.
const SELDOM: u64 = 250;

/// The most applications.
const MAX_APPS: u64 = 3;

/// A story whose script is drawn.
struct Restless {
    story: Story,
    /// How often a guest may have been started at most, boots aside.
    starts: u32,
}

impl Restless {
    fn new() -> Self {
        Restless { story: Story { calls_fail: true, ..Story::new(1) }, starts: MAX_APPS as u32 }
    }

    fn act(&mut self, device: &mut Device<'_>) {
        let (story, world) = (&mut self.story, device.world);
        let all = MAX_APPS as u32;
        match device.rng.below(12) {
            0 | 1 => {
                story.want(|order| order.restart += 1);
                self.starts += all;
            }
            2 | 3 => {
                story.want(|order| order.purge += 1);
                self.starts += all;
            }
            4 => {
                story.want(|order| order.activate = !order.activate);
                self.starts += all;
            }
            5 | 6 => story.want(|order| order.port_map = !order.port_map),
            7 => {
                let apps = device.rng.below(MAX_APPS + 1) as u32;
                story.want(|order| (order.apps, order.networks) = (apps, apps > 0));
                self.starts += all;
            }
            8 => story.want(|order| order.reboot += 1),
            9 => {
                let failures = vec![HttpError::Refused; device.rng.below(20) as usize];
                story.controller.state().failures = failures.into();
            }
            10 => {
                let refusals = vec![503; device.rng.below(4) as usize];
                story.datastore.store().refusals = refusals;
            }
            _ => {
                let mut network = world.network();
                network.unplug(PORT);
                network.plug(PORT, SEGMENT);
            }
        }
    }
}

impl Scenario for Restless {
    fn agents(&self) -> Vec<AgentName> {
        self.story.agents()
    }

    fn prepare(&mut self, world: &World) {
        self.story.prepare(world);
    }

    fn start(&mut self, device: &mut Device<'_>) {
        self.story.start(device);
    }

    fn input(&mut self, device: &mut Device<'_>) -> bool {
        self.story.input(device);
        if device.rng.chance(1, SELDOM) {
            self.act(device);
        }
        true
    }

    fn check_end(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        self.story.check_end(device)?;
        let started: u32 = device.world.guests().starts().values().sum();
        let most = self.starts + device.world.boots() * MAX_APPS as u32;
        if started > most {
            Err(format!("guests were started {started} times, {most} were ordered"))
        } else {
            Ok(())
        }
    }

    fn expects(&mut self, report: &Report) -> bool {
        self.story.expects(report)
    }
}

#[test]
fn whatever_goes_wrong_device_and_controller_agree_in_the_end() {
    let seeds = env::var("PILLAR_STORY_SEEDS")
        .map_or(SEEDS, |text| text.parse().expect("PILLAR_STORY_SEEDS is a number"));
    let from = env::var("PILLAR_STORY_SEED").map_or(1, |text| text.parse().expect("a number"));
    let config = Config {
        faults: FAULTS.parse().expect("they are known"),
        steps: 10_000,
        settle: Duration::from_hours(1),
        input_every: 4,
        trace: trace(),
        ..Config::default()
    };

    let summary = run_seeds(from..=from + seeds - 1, &config, |_| Restless::new()).expect("no file");

    println!("{} runs, {} power cuts, {} steps", summary.runs, summary.cuts, summary.steps);
    assert!(summary.failed.is_none(), "{}", summary.failed.expect("it failed"));
}
