//! The real binary, started as EVE's scripts and people start it, below a folder of its own and without privileges.

mod calls;
mod deaths;
mod debug;
mod demo;
#[cfg(feature = "devctl")]
mod devctl;
mod device;
mod links;
mod monitor;
mod starts;
mod wires;
