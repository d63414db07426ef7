//! nim on a simulated network: acceptance cases of spec/03 in simulated time.

mod bench;
mod fallback;
mod files;
mod ordering;
mod ports;
mod verifying;
