//! The objects on pillar's bus: what agents say to each other, with EVE's names and JSON forms.
//!
//! Every object is declared once, by [`object!`], which makes the struct and the table of its fields. One
//! codec over those tables reads and writes JSON (files, EVE's sockets) and postcard (our own sockets).

#![forbid(unsafe_code)]

pub mod base;
pub mod base64;
pub mod codec;
mod codes;
pub mod object;
pub mod registry;
pub mod table;
pub mod topic;
pub mod value;
pub mod walk;

pub mod attest;
pub mod base_os;
pub mod cipher;
pub mod config_item;
pub mod content;
pub mod controller_metrics;
pub mod device;
pub mod disk;
pub mod domain;
pub mod download;
pub mod errors;
pub mod identity;
pub mod led;
pub mod link;
pub mod network_metrics;
pub mod newlog;
pub mod numbers;
pub mod port;
pub mod scep;
pub mod state;
pub mod usage;
pub mod verifier;
pub mod volume;
pub mod wireless;
pub mod zfs;

pub use base::{Bytes, Duration, IpAddr, IpNet, List, Mac, Map, Secret, Time, Unknown, Uuid};
pub use topic::Topic;
pub use value::Data;
