//! Log entries, one JSON line each in the files that a device uploads.

use std::collections::BTreeMap;

use prost::Message;

use crate::google::Timestamp;

/// One line of a log.
#[derive(Clone, PartialEq, Message)]
pub struct LogEntry {
    /// Level in words, for example `info`.
    #[prost(string, tag = "1")]
    pub severity: String,
    /// Agent or container that wrote it.
    #[prost(string, tag = "2")]
    pub source: String,
    /// Instance of the source, usually its process id.
    #[prost(string, tag = "3")]
    pub iid: String,
    /// The text.
    #[prost(string, tag = "4")]
    pub content: String,
    /// Counts up, so that gaps show.
    #[prost(uint64, tag = "5")]
    pub msgid: u64,
    /// Further labels.
    #[prost(btree_map = "string, string", tag = "6")]
    pub tags: BTreeMap<String, String>,
    /// When it was written.
    #[prost(message, optional, tag = "7")]
    pub timestamp: Option<Timestamp>,
    /// Source file and line, when known.
    #[prost(string, tag = "8")]
    pub filename: String,
    /// Function, when known.
    #[prost(string, tag = "9")]
    pub function: String,
}

/// Log entries of a device; obsolete as a request body.
#[derive(Clone, PartialEq, Message)]
pub struct LogBundle {
    /// UUID of the device.
    #[prost(string, tag = "1")]
    pub dev_id: String,
    /// Partition that ran when the entries were written, for example `IMGA`.
    #[prost(string, tag = "2")]
    pub image: String,
    /// The entries.
    #[prost(message, repeated, tag = "3")]
    pub log: Vec<LogEntry>,
    /// When the bundle was sent.
    #[prost(message, optional, tag = "4")]
    pub timestamp: Option<Timestamp>,
    /// Version of the running system.
    #[prost(string, tag = "5")]
    pub eve_version: String,
}

/// Log entries of an application instance; obsolete as a request body.
#[derive(Clone, PartialEq, Message)]
pub struct AppInstanceLogBundle {
    /// The entries.
    #[prost(message, repeated, tag = "1")]
    pub log: Vec<LogEntry>,
    /// When the bundle was sent.
    #[prost(message, optional, tag = "2")]
    pub timestamp: Option<Timestamp>,
}

/// What the controller tells about itself in answer to `newlogs`, as JSON.
#[derive(Clone, PartialEq, Message)]
pub struct ServerMetrics {
    /// Load of the controller, percent.
    #[prost(float, tag = "1")]
    pub cpu_percentage: f32,
    /// Time that it took over the file, milliseconds.
    #[prost(uint32, tag = "2")]
    pub log_process_delay_msec: u32,
}
