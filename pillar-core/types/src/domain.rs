//! Running applications (`spec/05`, DomainConfig, DomainStatus, metrics).

use crate::base::Time;
use crate::identity::UuidAndVersion;
use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// What an application, or with the nil UUID the device, uses. domainmgr, key: the UUID.
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

impl DomainMetric {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic DomainMetric];
