//! The suites inside the simulator: as a job of an agent, behind the gate, on the simulated clock. LEDs and
//! watchdogs, which a suite must look at from outside, are not among them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pillar_core::hal::Hal;
use pillar_core::node::{Agent, AgentName, Context, Failed, Lane};
use pillar_hal::conformance::{self, TransferGround};
use pillar_hal::sim::internet::Internet;
use pillar_hal::sim::{Config, Device, Executor, Scenario, World, run};

use crate::content::simulated_sources;
use crate::http::simulated_internet;
use crate::links::network;
use crate::process::programs;

/// An agent that runs the suites as one job.
struct Examiner(Arc<AtomicBool>);

impl Agent for Examiner {
    const NAME: AgentName = AgentName("examiner");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.job(Lane::Process, "suites", |hal, _| examine(hal), Self::on_examined);
    }
}

impl Examiner {
    /// A suite that panics is a report, which makes the run fail.
    fn on_examined(&mut self, _: &str, result: Result<(), Failed>, _: &mut Context<'_, Self>) {
        self.0.store(result.is_ok(), Ordering::Relaxed);
    }
}

fn examine(hal: &Hal) {
    conformance::storage(&*hal.storage, Path::new("/persist/suite"));
    conformance::storage(&*hal.storage, Path::new("/run/suite"));
    conformance::storage_full(&*hal.storage, Path::new("/small"));
    conformance::clock(&*hal.clock);
    conformance::random(&*hal.random);
    conformance::process(&*hal.process, &*hal.clock);
    conformance::links(&*hal.links);
    conformance::can_links(&*hal.can_links);
    conformance::system(&*hal.system);
    conformance::hypervisor(&*hal.hypervisor);
    conformance::keys(&*hal.keys, &*hal.crypto);
    conformance::content(&*hal.content, &*hal.storage, &*hal.crypto, Path::new("/persist/content"));
    conformance::images(&*hal.images, &*hal.storage, Path::new("/persist/images"));
    let ground = TransferGround {
        subject: &*hal.transfer,
        content: &*hal.content,
        storage: &*hal.storage,
        clock: &*hal.clock,
        crypto: &*hal.crypto,
    };
    let sources = simulated_sources(&mut Internet::default(), Path::new("/persist/transfer"));
    conformance::transfer(&ground, &sources);
    let (_, servers) = simulated_internet();
    conformance::http(&*hal.http, &*hal.clock, &servers);
}

struct Examination(Arc<AtomicBool>);

impl Scenario for Examination {
    fn agents(&self) -> Vec<AgentName> {
        vec![Examiner::NAME]
    }

    fn prepare(&mut self, world: &World) {
        *world.programs() = programs();
        *world.network() = network();
        *world.internet() = simulated_internet().0;
        simulated_sources(&mut world.internet(), Path::new("/persist/transfer"));
        let mut disk = world.disk();
        for dir in ["/persist/suite", "/run/suite", "/persist/content", "/persist/images"] {
            disk.make_dir(Path::new(dir)).unwrap();
        }
        disk.mount(Path::new("/small"), false, 512 << 10).unwrap();
    }

    fn start(&mut self, device: &mut Device<'_>) {
        let done = self.0.clone();
        device.node.add(move || Examiner(done.clone()));
    }
}

#[test]
fn the_simulator_conforms_on_both_executors() {
    for executor in [Executor::Coroutines, Executor::Baton] {
        let done = Arc::new(AtomicBool::new(false));
        let config = Config { executor, steps: 100_000, ..Config::default() };
        let outcome = run(1, &config, &mut Examination(done.clone())).unwrap();
        assert_eq!(outcome.failure, None);
        assert!(done.load(Ordering::Relaxed), "the suites ran to their end");
    }
}
