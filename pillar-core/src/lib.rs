//! The logic of pillar: agents as state machines, the node that runs them, the bus between them, and the
//! traits by which they reach the device.
//!
//! No I/O, no threads, no clock, no async, no unsafe: a host drives a [`node::Node`] and brings its own.

#![forbid(unsafe_code)]

pub mod agents;
pub mod bus;
pub mod canbus;
pub mod checkpoint;
pub mod content_places;
pub mod controller;
pub mod flextimer;
pub mod hal;
pub mod hardware_model;
pub mod http_proxy;
pub mod node;
pub mod objtonum;
pub mod persist_cache;
pub mod reboot;
pub mod reconcile;
pub mod resolv_conf;
pub mod settings;
pub mod time;
pub mod worker;
