//! The real binary, started as EVE's scripts and people start it, below a folder of its own and without privileges.

mod calls;
mod deaths;
mod debug;
#[cfg(feature = "devctl")]
mod devctl;
mod device;
mod links;
mod starts;
mod wires;
