//! A whole simulated device in memory: deterministic from a seed, faulty on demand.

pub mod address_server;
pub mod agenda;
pub mod certificates;
mod clock;
mod control;
pub mod disk;
mod exec;
pub mod faults;
pub mod filter;
pub mod gate;
pub mod hypervisor;
pub mod internet;
pub mod leds;
mod log;
mod machine;
pub mod net;
mod plan;
pub mod process;
mod run;
mod scenario;
mod seeds;
mod shrink;
mod trace;
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
