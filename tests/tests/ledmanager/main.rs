//! ledmanager on a whole device: on a tree like sysfs, by the clock of the test, and in the simulator.

mod apps;
mod board;
mod models;
mod pulses;
mod simulated;
