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

pub mod acl;
pub mod adapters;
pub mod address;
pub mod app_config;
pub mod app_metrics;
pub mod app_network;
pub mod app_status;
pub mod attest;
pub mod base_os;
pub mod bond;
pub mod cipher;
pub mod cluster;
pub mod config_item;
pub mod content;
pub mod controller_metrics;
pub mod device;
pub mod device_network;
pub mod disk;
pub mod domain;
pub mod download;
pub mod drain;
pub mod edgeview;
pub mod errors;
pub mod flow;
pub mod host;
pub mod identity;
pub mod kube;
pub mod led;
pub mod link;
pub mod mgmt_proxy;
pub mod network;
pub mod network_instance;
pub mod network_instance_status;
pub mod network_metrics;
pub mod newlog;
pub mod node;
pub mod numbers;
pub mod patch;
pub mod physical_io;
pub mod pnac;
pub mod port;
pub mod port_choice;
mod port_compare;
pub mod scep;
pub mod snapshot;
pub mod sriov;
pub mod state;
pub mod usage;
pub mod vault;
pub mod verifier;
pub mod vif;
pub mod vm;
pub mod volume;
pub mod volume_ref;
pub mod wireless;
pub mod wwan;
pub mod wwan_metrics;
pub mod zfs;

pub use base::{Bytes, Duration, IpAddr, IpNet, List, Mac, Map, Secret, Time, Unknown, Uuid};
pub use topic::Topic;
pub use value::Data;
