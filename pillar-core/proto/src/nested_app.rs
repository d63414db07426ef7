//! What a container runtime inside an application tells about the applications it runs (JSON over HTTP
//! inside the device).

use prost::Message;

/// Content of a log line that a runtime wrote for one of its containers.
#[derive(Clone, PartialEq, Message)]
pub struct NestedAppInstanceLogMsg {
    /// UUID of the nested application.
    #[prost(string, tag = "1")]
    pub nested_app_id: String,
    /// Service and replica, for example `web-1`.
    #[prost(string, tag = "2")]
    pub container_name: String,
    /// The container's own text.
    #[prost(string, tag = "3")]
    pub msg: String,
}

/// Use of resources by a nested application or one of its containers.
#[derive(Clone, PartialEq, Message)]
pub struct NestedAppMetrics {
    /// UUID of the application; for a container that, a dash and its name.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Up, paused or stopped, in words.
    #[prost(string, tag = "2")]
    pub status: String,
    /// Processes.
    #[prost(uint32, tag = "3")]
    pub pids: u32,
    /// Nanoseconds since start.
    #[prost(int64, tag = "4")]
    pub uptime: i64,
    /// CPU time used, nanoseconds.
    #[prost(uint64, tag = "5")]
    pub cpu_total: u64,
    /// CPU time of the whole runtime in the same span, nanoseconds.
    #[prost(uint64, tag = "6")]
    pub system_cpu_total: u64,
    /// MiB.
    #[prost(uint32, tag = "7")]
    pub used_mem: u32,
    /// MiB.
    #[prost(uint32, tag = "8")]
    pub allocated_mem: u32,
    /// Bytes sent.
    #[prost(uint64, tag = "9")]
    pub tx_bytes: u64,
    /// Bytes received.
    #[prost(uint64, tag = "10")]
    pub rx_bytes: u64,
    /// MiB read.
    #[prost(uint64, tag = "11")]
    pub read_bytes: u64,
    /// MiB written.
    #[prost(uint64, tag = "12")]
    pub write_bytes: u64,
    /// The same for each container.
    #[prost(message, repeated, tag = "13")]
    pub child_container_metrics: Vec<NestedAppMetrics>,
}

/// A nested application that the runtime knows.
#[derive(Clone, PartialEq, Message)]
pub struct NestedAppStatus {
    /// UUID.
    #[prost(string, tag = "1")]
    pub app_id: String,
    /// Display name.
    #[prost(string, tag = "2")]
    pub app_name: String,
    /// Its logs are not wanted.
    #[prost(bool, tag = "3")]
    pub disable_logs: bool,
}

/// All nested applications of a runtime.
#[derive(Clone, PartialEq, Message)]
pub struct NestedAppInventory {
    /// One entry each.
    #[prost(message, repeated, tag = "1")]
    pub apps: Vec<NestedAppStatus>,
}
