//! Memory, CPU, disks and connections of the device.

use prost::{Enumeration, Message, Oneof};

use super::{
    BondMetrics, CellularMetric, FlowlogMetric, LogMetric, NetworkMetric, NewlogMetric, PnacMetrics,
    StorageMetric,
};
use crate::google::Timestamp;

/// Obsolete; see [`DeviceMemoryMetric`] and [`AppMemoryMetric`].
#[derive(Clone, PartialEq, Message)]
pub struct MemoryMetric {
    /// MiB.
    #[prost(uint32, tag = "2")]
    pub used_mem: u32,
    /// MiB.
    #[prost(uint32, tag = "3")]
    pub avail_mem: u32,
    /// Percent.
    #[prost(double, tag = "4")]
    pub used_percentage: f64,
    /// Percent.
    #[prost(double, tag = "5")]
    pub avail_percentage: f64,
}

/// Memory of an application.
#[derive(Clone, PartialEq, Message)]
pub struct AppMemoryMetric {
    /// MiB given to it.
    #[prost(uint32, tag = "1")]
    pub allocated_mb: u32,
    /// MiB that it uses.
    #[prost(uint32, tag = "2")]
    pub used_mb: u32,
}

/// Memory of the device.
#[derive(Clone, PartialEq, Message)]
pub struct DeviceMemoryMetric {
    /// MiB in all.
    #[prost(uint32, tag = "1")]
    pub memory_mb: u32,
    /// MiB given to applications.
    #[prost(uint32, tag = "2")]
    pub allocated_apps_mb: u32,
    /// MiB given to the system.
    #[prost(uint32, tag = "3")]
    pub allocated_eve_mb: u32,
    /// MiB that the system uses.
    #[prost(uint32, tag = "4")]
    pub used_eve_mb: u32,
}

/// CPU time.
#[derive(Clone, PartialEq, Message)]
pub struct AppCpuMetric {
    /// Since when it is counted.
    #[prost(message, optional, tag = "4")]
    pub up_time: Option<Timestamp>,
    /// Seconds used.
    #[prost(uint64, tag = "5")]
    pub total: u64,
    /// Seconds of the whole machine, idle included.
    #[prost(uint64, tag = "6")]
    pub system_total: u64,
    /// Nanoseconds used.
    #[prost(uint64, tag = "7")]
    pub total_ns: u64,
}

/// A disk or partition, since boot.
#[derive(Clone, PartialEq, Message)]
pub struct DiskMetric {
    /// Name of the device; empty for a directory.
    #[prost(string, tag = "1")]
    pub disk: String,
    /// Where it is mounted.
    #[prost(string, tag = "2")]
    pub mount_path: String,
    /// MiB read.
    #[prost(uint64, tag = "3")]
    pub read_bytes: u64,
    /// MiB written.
    #[prost(uint64, tag = "4")]
    pub write_bytes: u64,
    /// Reads.
    #[prost(uint64, tag = "5")]
    pub read_count: u64,
    /// Writes.
    #[prost(uint64, tag = "6")]
    pub write_count: u64,
    /// MiB.
    #[prost(uint64, tag = "7")]
    pub total: u64,
    /// MiB.
    #[prost(uint64, tag = "8")]
    pub used: u64,
    /// MiB.
    #[prost(uint64, tag = "9")]
    pub free: u64,
}

/// Exchange with the controller over one port.
#[derive(Clone, PartialEq, Message)]
pub struct ZedcloudMetric {
    /// Interface name.
    #[prost(string, tag = "1")]
    pub if_name: String,
    /// Requests that failed.
    #[prost(uint64, tag = "2")]
    pub failures: u64,
    /// Requests that succeeded.
    #[prost(uint64, tag = "3")]
    pub success: u64,
    /// Last failure.
    #[prost(message, optional, tag = "4")]
    pub last_failure: Option<Timestamp>,
    /// Last success.
    #[prost(message, optional, tag = "5")]
    pub last_success: Option<Timestamp>,
    /// The same by URL.
    #[prost(message, repeated, tag = "6")]
    pub url_metrics: Vec<UrlcloudMetric>,
    /// Answers whose envelope was not valid.
    #[prost(uint64, tag = "7")]
    pub auth_verify_failure: u64,
}

/// Exchange with one URL.
#[derive(Clone, PartialEq, Message)]
pub struct UrlcloudMetric {
    /// The URL.
    #[prost(string, tag = "1")]
    pub url: String,
    /// Requests tried.
    #[prost(int64, tag = "2")]
    pub try_msg_count: i64,
    /// Their bytes.
    #[prost(int64, tag = "3")]
    pub try_byte_count: i64,
    /// Requests sent.
    #[prost(int64, tag = "4")]
    pub sent_msg_count: i64,
    /// Their bytes.
    #[prost(int64, tag = "5")]
    pub sent_byte_count: i64,
    /// Answers received.
    #[prost(int64, tag = "6")]
    pub recv_msg_count: i64,
    /// Their bytes.
    #[prost(int64, tag = "7")]
    pub recv_byte_count: i64,
    /// Milliseconds spent on requests that succeeded.
    #[prost(int64, tag = "8")]
    pub total_time_spent: i64,
    /// TLS sessions resumed.
    #[prost(int64, tag = "9")]
    pub sess_resume_count: i64,
}

/// Decryption by one agent.
#[derive(Clone, PartialEq, Message)]
pub struct CipherMetric {
    /// The agent.
    #[prost(string, tag = "1")]
    pub agent_name: String,
    /// Failures.
    #[prost(uint64, tag = "2")]
    pub failure_count: u64,
    /// Successes.
    #[prost(uint64, tag = "3")]
    pub success_count: u64,
    /// Last failure.
    #[prost(message, optional, tag = "4")]
    pub last_failure: Option<Timestamp>,
    /// Last success.
    #[prost(message, optional, tag = "5")]
    pub last_success: Option<Timestamp>,
    /// Counts by outcome.
    #[prost(message, repeated, tag = "6")]
    pub counters: Vec<TypeCounter>,
}

/// How often an outcome was seen.
#[derive(Clone, PartialEq, Message)]
pub struct TypeCounter {
    /// A [`CipherError`].
    #[prost(enumeration = "CipherError", tag = "1")]
    pub error_code: i32,
    /// How often.
    #[prost(uint64, tag = "2")]
    pub count: u64,
}

/// Access rules.
#[derive(Clone, PartialEq, Message)]
pub struct AclMetric {
    /// Rules in force.
    #[prost(uint64, tag = "1")]
    pub total_rule_count: u64,
}

/// An open-ended value.
#[derive(Clone, PartialEq, Message)]
pub struct MetricItem {
    /// Name of the value.
    #[prost(string, tag = "1")]
    pub key: String,
    /// A [`MetricItemType`].
    #[prost(enumeration = "MetricItemType", tag = "2")]
    pub kind: i32,
    /// The value.
    #[prost(oneof = "MetricItemValue", tags = "3, 4, 5, 6, 7")]
    pub value: Option<MetricItemValue>,
}

/// Value of an open-ended item.
#[derive(Clone, PartialEq, Oneof)]
pub enum MetricItemValue {
    /// A switch.
    #[prost(bool, tag = "3")]
    Bool(bool),
    /// A small number.
    #[prost(uint32, tag = "4")]
    Uint32(u32),
    /// A number.
    #[prost(uint64, tag = "5")]
    Uint64(u64),
    /// A fraction.
    #[prost(float, tag = "6")]
    Float(f32),
    /// A text.
    #[prost(string, tag = "7")]
    String(String),
}

/// The process of the agents.
#[derive(Clone, PartialEq, Message)]
pub struct ZedboxStats {
    /// Goroutines; tasks in this implementation.
    #[prost(uint32, tag = "1")]
    pub num_goroutines: u32,
}

/// The device.
#[derive(Clone, PartialEq, Message)]
pub struct DeviceMetric {
    /// Obsolete; see `device_memory`.
    #[prost(message, optional, tag = "2")]
    pub memory: Option<MemoryMetric>,
    /// Ports.
    #[prost(message, repeated, tag = "3")]
    pub network: Vec<NetworkMetric>,
    /// Exchange with the controller by port.
    #[prost(message, repeated, tag = "4")]
    pub zedcloud: Vec<ZedcloudMetric>,
    /// Disks, partitions and some directories.
    #[prost(message, repeated, tag = "6")]
    pub disk: Vec<DiskMetric>,
    /// CPU time of the device.
    #[prost(message, optional, tag = "7")]
    pub cpu_metric: Option<AppCpuMetric>,
    /// Open-ended values.
    #[prost(message, repeated, tag = "8")]
    pub metric_items: Vec<MetricItem>,
    /// MiB of persistent storage used by the system.
    #[prost(uint64, tag = "9")]
    pub runtime_storage_overhead_mb: u64,
    /// MiB of persistent storage used by applications.
    #[prost(uint64, tag = "10")]
    pub app_run_time_storage_mb: u64,
    /// Obsolete.
    #[prost(message, optional, tag = "11")]
    pub system_services_memory_mb: Option<MemoryMetric>,
    /// Obsolete; see `newlog`.
    #[prost(message, optional, tag = "12")]
    pub log: Option<LogMetric>,
    /// Decryption by agent.
    #[prost(message, repeated, tag = "13")]
    pub cipher: Vec<CipherMetric>,
    /// Access rules.
    #[prost(message, optional, tag = "14")]
    pub acl: Option<AclMetric>,
    /// Upload of logs.
    #[prost(message, optional, tag = "15")]
    pub newlog: Option<NewlogMetric>,
    /// The process of the agents.
    #[prost(message, optional, tag = "16")]
    pub zedbox: Option<ZedboxStats>,
    /// Memory.
    #[prost(message, optional, tag = "17")]
    pub device_memory: Option<DeviceMemoryMetric>,
    /// Last new configuration received.
    #[prost(message, optional, tag = "18")]
    pub last_received_config: Option<Timestamp>,
    /// Last new configuration applied.
    #[prost(message, optional, tag = "19")]
    pub last_processed_config: Option<Timestamp>,
    /// Modems.
    #[prost(message, repeated, tag = "20")]
    pub cellular: Vec<CellularMetric>,
    /// Upload of flow records.
    #[prost(message, optional, tag = "21")]
    pub flowlog: Option<FlowlogMetric>,
    /// After so many seconds without a message the controller may call the device inactive.
    #[prost(uint64, tag = "22")]
    pub dormant_time_in_seconds: u64,
    /// Storage pools.
    #[prost(message, repeated, tag = "23")]
    pub storage_metrics: Vec<StorageMetric>,
    /// Port authentication.
    #[prost(message, repeated, tag = "30")]
    pub pnac_metrics: Vec<PnacMetrics>,
    /// Bonds.
    #[prost(message, repeated, tag = "31")]
    pub bond_metrics: Vec<BondMetrics>,
}

/// Outcomes of decryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum CipherError {
    /// `CIPHER_ERROR_INVALID`.
    Invalid = 0,
    /// `CIPHER_ERROR_NOT_READY`: certificate or context missing.
    NotReady = 1,
    /// `CIPHER_ERROR_DECRYPT_FAILED`.
    DecryptFailed = 2,
    /// `CIPHER_ERROR_UNMARSHAL_FAILED`.
    UnmarshalFailed = 3,
    /// `CIPHER_ERROR_CLEARTEXT_FALLBACK`: failed, clear value used.
    CleartextFallback = 4,
    /// `CIPHER_ERROR_MISSING_FALLBACK`: failed, no clear value.
    MissingFallback = 5,
    /// `CIPHER_ERROR_NO_CIPHER`: clear value only.
    NoCipher = 6,
    /// `CIPHER_ERROR_NO_DATA`: neither; not an error.
    NoData = 7,
}

/// How a value behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum MetricItemType {
    /// `MetricItemOther`.
    Other = 0,
    /// `MetricItemGauge`: goes up and down.
    Gauge = 1,
    /// `MetricItemCounter`: only grows.
    Counter = 2,
    /// `MetricItemState`: on or off.
    State = 3,
}
