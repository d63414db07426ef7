//! A whole simulated device in memory: deterministic from a seed, faulty on demand.

pub mod disk;
pub mod gate;
pub mod leds;
pub mod process;
mod rng;
pub mod watchdog;

pub use rng::Rng;
