//! A whole simulated device in memory: deterministic from a seed, faulty on demand.

pub mod disk;
pub mod gate;
mod rng;

pub use rng::Rng;
