//! Processes.

use prost::Message;

use crate::google::Timestamp;

/// A process.
#[derive(Clone, PartialEq, Message)]
pub struct ZMetricProcess {
    /// Number of the process.
    #[prost(int32, tag = "1")]
    pub pid: i32,
    /// Name of the program.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Not a kernel thread.
    #[prost(bool, tag = "3")]
    pub user_process: bool,
    /// The watchdog watches it.
    #[prost(bool, tag = "4")]
    pub watched: bool,
    /// Open files.
    #[prost(int32, tag = "5")]
    pub num_fds: i32,
    /// Threads.
    #[prost(int32, tag = "6")]
    pub num_threads: i32,
    /// Seconds in user mode.
    #[prost(double, tag = "7")]
    pub user_time: f64,
    /// Seconds in the kernel.
    #[prost(double, tag = "8")]
    pub system_time: f64,
    /// Percent of one CPU.
    #[prost(double, tag = "9")]
    pub cpu_percent: f64,
    /// When it started.
    #[prost(message, optional, tag = "10")]
    pub create_time: Option<Timestamp>,
    /// Bytes of address space.
    #[prost(uint64, tag = "11")]
    pub vm_bytes: u64,
    /// Bytes resident.
    #[prost(uint64, tag = "12")]
    pub rss_bytes: u64,
    /// Percent of memory.
    #[prost(float, tag = "13")]
    pub memory_percent: f32,
    /// Stack, for a process that is not watched.
    #[prost(string, tag = "14")]
    pub stack: String,
}
