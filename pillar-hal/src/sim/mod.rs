//! A whole simulated device in memory: deterministic from a seed, faulty on demand.
//!
//! # For your own agents
//!
//! Write a [`Scenario`]: which agents run, what happens to them from outside, and what must hold. [`run_seeds`] runs
//! it once for each seed, with power cuts, failing and slow calls, clock jumps and killed agents as [`Config::faults`]
//! says, and gives the first run that fails, shortened. Events come in any order that the bus allows.
//!
//! ```
//! use std::path::Path;
//! use std::sync::{Arc, Mutex};
//!
//! use pillar_core::node::{Agent, AgentName, Context};
//! use pillar_hal::sim::{Config, Device, Scenario, run_seeds};
//! use pillar_types::codec::{Limits, json};
//! use pillar_types::object;
//!
//! object! {
//!     /// How often the device was switched on.
//!     pub struct Boots topic "Boots" persistent {
//!         /// That many times.
//!         pub number: u64 = "Number",
//!     }
//! }
//!
//! /// What an observer was told: so many boots are counted for good.
//! type Acknowledged = Arc<Mutex<u64>>;
//!
//! /// The agent under test: counts one at each start.
//! struct Counter(Acknowledged);
//!
//! impl Agent for Counter {
//!     const NAME: AgentName = AgentName("counter");
//!
//!     fn start(&mut self, cx: &mut Context<'_, Self>) {
//!         cx.declare::<Boots>();
//!         let number = cx.own::<Boots>("device").map_or(0, |boots| boots.number) + 1;
//!         cx.publish_stored("device", Boots { number, ..Boots::default() }, Self::on_stored);
//!     }
//! }
//!
//! impl Counter {
//!     fn on_stored(&mut self, key: &str, cx: &mut Context<'_, Self>) {
//!         *self.0.lock().unwrap() = cx.own::<Boots>(key).unwrap().number;
//!     }
//! }
//!
//! /// The story: the device is switched on, and that is all.
//! #[derive(Default)]
//! struct SwitchedOn(Acknowledged);
//!
//! impl Scenario for SwitchedOn {
//!     fn agents(&self) -> Vec<AgentName> {
//!         vec![Counter::NAME]
//!     }
//!
//!     fn start(&mut self, device: &mut Device<'_>) {
//!         let acknowledged = self.0.clone();
//!         device.node.add(move || Counter(acknowledged.clone()));
//!     }
//!
//!     /// After each power cut: whatever the disk lost, it is not what was acknowledged.
//!     fn check_boot(&mut self, device: &mut Device<'_>) -> Result<(), String> {
//!         let acknowledged = *self.0.lock().unwrap();
//!         let disk = device.world.disk();
//!         let file = disk.get(Path::new("/persist/status/counter/Boots/device.json"));
//!         let stored = file.map_or(Ok(0), |file| {
//!             json::decode_new::<Boots>(file, &Limits::JSON).map(|boots| boots.number)
//!         });
//!         match stored {
//!             Ok(number) if number >= acknowledged => Ok(()),
//!             other => Err(format!("{acknowledged} boots were acknowledged, the disk has {other:?}")),
//!         }
//!     }
//! }
//!
//! # fn main() -> std::io::Result<()> {
//! let config = Config { faults: "cut/10,delay".parse().unwrap(), steps: 500, ..Config::default() };
//! let summary = run_seeds(1..=50, &config, |_| SwitchedOn::default())?;
//! assert!(summary.cuts > 100);
//! assert!(summary.failed.is_none(), "{}", summary.failed.unwrap());
//! # Ok(())
//! # }
//! ```
//!
//! In a failure's message is what [`Config`] and seed repeat it; [`Config::trace`] shows everything that happens.
//! [`workload`] is a larger example: two agents with jobs, that stand in for all others in the simulator's own tests.

pub mod address_server;
pub mod agenda;
pub mod can;
pub mod certificates;
mod clock;
mod control;
pub mod controller;
pub mod datastore;
pub mod disk;
mod exec;
pub mod faults;
pub mod filter;
pub mod gate;
pub mod hypervisor;
pub mod images;
pub mod internet;
pub mod leds;
mod log;
mod machine;
pub mod net;
pub mod objects;
mod plan;
pub mod power;
pub mod process;
mod run;
mod scenario;
mod seeds;
mod shrink;
pub mod system;
mod trace;
pub mod uevents;
pub mod watchdog;
pub mod workload;
mod world;

pub use exec::{Executor, UnknownExecutor};
pub use faults::Faults;
pub use log::log_to_trace;
pub use pillar_core::node::Rng;
pub use run::{Cause, Config, Failure, Outcome, run};
pub use scenario::{Device, Scenario};
pub use seeds::{Summary, run_seeds};
pub use shrink::Shortest;
pub use trace::{MAX_MEMORY, TraceTo};
pub use world::{MakeStorage, World};
