//! What the host offers, and what applications and processes use of it (`spec/05`, Metrics and
//! capabilities). All of it from domainmgr.

use crate::base::Time;
use crate::identity::UuidAndVersion;
use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// What an application, or with the nil UUID the device, uses. domainmgr to zedagent; key:
    /// [`DomainMetric::key`].
    pub struct DomainMetric topic "DomainMetric" {
        /// The application.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// Nanoseconds of CPU, divided by virtual CPUs.
        pub cpu_total_ns: u64 = "CPUTotalNs",
        /// How many CPUs they were divided by.
        pub cpu_scaled: u32 = "CPUScaled",
        /// Memory given, in MB.
        pub allocated_mb: u32 = "AllocatedMB",
        /// Memory used, in MB.
        pub used_memory: u32 = "UsedMemory",
        /// The most memory ever used, in MB.
        pub max_used_memory: u32 = "MaxUsedMemory",
        /// Memory left, in MB.
        pub available_memory: u32 = "AvailableMemory",
        /// Memory used, in percent.
        pub used_memory_percent: f64 = "UsedMemoryPercent",
        /// When this was measured.
        pub last_heard: Time = "LastHeard",
        /// Whether it was running.
        pub activated: bool = "Activated",
        /// The node of the cluster that it runs on.
        pub node_name: String = "NodeName",
    }
}

object! {
    /// The memory of the host. domainmgr to watcher, zedagent, zedmanager; key `global`.
    pub struct HostMemory topic "HostMemory" {
        /// All of it, in MB.
        pub total_memory_mb: u64 = "TotalMemoryMB",
        /// What nobody uses, in MB.
        pub free_memory_mb: u64 = "FreeMemoryMB",
        /// What EVE itself uses, in MB.
        pub used_eve_mb: u64 = "UsedEveMB",
        /// What the kernel uses for EVE, in MB.
        pub kmem_used_eve_mb: u64 = "KmemUsedEveMB",
        /// How many CPUs the host has.
        pub ncpus: u32 = "Ncpus",
    }
}

object! {
    /// What hardware and hypervisor can do. domainmgr to volumemgr, zedagent; key `global`.
    pub struct Capabilities topic "Capabilities" {
        /// Run VMs with the help of the CPU.
        pub hw_assisted_virtualization: bool = "HWAssistedVirtualization",
        /// Give devices to VMs.
        pub io_virtualization: bool = "IOVirtualization",
        /// Give CPUs to VMs for themselves.
        pub cpu_pinning: bool = "CPUPinning",
        /// Serve LUNs to VMs from the kernel (vhost).
        pub use_vhost: bool = "UseVHost",
    }
}

object! {
    /// What a process of EVE uses. domainmgr to zedagent; key: [`ProcessMetric::key`].
    pub struct ProcessMetric topic "ProcessMetric" {
        /// Its number.
        pub pid: i32 = "Pid",
        /// Its name.
        pub name: String = "Name",
        /// Whether it runs a program; a thread of the kernel does not.
        pub user_process: bool = "UserProcess",
        /// Whether the watchdog watches it.
        pub watched: bool = "Watched",
        /// How many files it has open.
        pub num_fds: i32 = "NumFDs",
        /// How many threads it has.
        pub num_threads: i32 = "NumThreads",
        /// CPU time in user space, in seconds.
        pub user_time: f64 = "UserTime",
        /// CPU time in the kernel, in seconds.
        pub system_time: f64 = "SystemTime",
        /// CPU used since it began, in percent of one CPU.
        pub cpu_percent: f64 = "CPUPercent",
        /// When it began.
        pub create_time: Time = "CreateTime",
        /// Its address space, in bytes.
        pub vm_bytes: u64 = "VMBytes",
        /// Its memory, in bytes.
        pub rss_bytes: u64 = "RssBytes",
        /// Its memory, in percent of the host's.
        pub memory_percent: f32 = "MemoryPercent",
        /// Where it is in the kernel; for old processes that nobody watches, at most 1024 bytes.
        pub stack: String = "Stack",
    }
}

impl DomainMetric {
    /// `<uuid>`; all zeros for the device.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }
}

impl HostMemory {
    /// The only key.
    pub const KEY: &str = "global";
}

impl Capabilities {
    /// The only key.
    pub const KEY: &str = "global";
}

impl ProcessMetric {
    /// `<pid>`.
    pub fn key(&self) -> String {
        self.pid.to_string()
    }
}

pub(crate) const TYPES: &[TypeInfo] =
    &types![topic DomainMetric, topic HostMemory, topic Capabilities, topic ProcessMetric];
