//! The real binary, started as EVE's scripts and people start it, below a folder of its own. Without
//! privileges, but for what needs a network.

mod calls;
mod deaths;
mod debug;
mod demo;
#[cfg(feature = "devctl")]
mod devctl;
mod device;
mod lab;
mod links;
mod monitor;
mod nim;
mod starts;
mod wires;
