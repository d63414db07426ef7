//! The conformance suites against the device's implementations and the simulator's, and what only the device's
//! can be asked.

mod address_server;
mod can;
mod content;
mod device;
mod dhcp;
mod http;
mod hypervisor;
mod keys;
mod leds;
mod links;
mod namespace;
mod packet_filter;
mod power;
mod process;
mod simulated;
mod storage;
mod swept;
mod system;
mod uevents;
mod watchdog;
