//! zedrouter from configuration to networks, addresses and rules, on a simulated device.

mod applications;
mod bench;
mod journey;
mod kernel;
mod lives;
mod names;
mod networks;
mod rules;
