//! Applications as they are (`spec/05`, AppInstanceStatus).

use crate::adapters::IoAdapter;
use crate::app_network::AppNetAdapterStatus;
use crate::base::{List, Time};
use crate::errors::ErrorAndTimeWithSource;
use crate::identity::UuidAndVersion;
use crate::registry::{TypeInfo, types};
use crate::snapshot::SnapshottingStatus;
use crate::state::SwState;
use crate::vm::VmConfig;
use crate::volume_ref::VolumeRefStatus;
use crate::{codes, object};

codes! {
    /// How far a restart, or the making anew of an application, has come.
    pub enum Inprogress: u8 {
        /// There is none.
        None = 0 "NotInprogress",
        /// New content is fetched and verified.
        DownloadAndVerify = 1,
        /// It is being halted.
        BringDown = 2,
        /// Its volumes are being made.
        RecreateVolumes = 3,
        /// It is being started.
        BringUp = 4,
    }
}

object! {
    /// An application. zedmanager to zedagent, diag, monitor, msrv, and itself; key:
    /// [`AppInstanceStatus::key`].
    pub struct AppInstanceStatus topic "AppInstanceStatus" {
        /// The application.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// The hypervisor's name of it, once it has booted.
        pub domain_name: String = "DomainName",
        /// Whether it boots or runs.
        pub activated: bool = "Activated",
        /// Memory is set aside for it, and more may have to be cleaned up if it fails.
        pub activate_inprogress: bool = "ActivateInprogress",
        /// Its resources, as of when it was made.
        pub fixed_resources: VmConfig = "FixedResources",
        /// Its volumes.
        pub volume_ref_status_list: List<VolumeRefStatus> = "VolumeRefStatusList",
        /// Its interfaces.
        pub app_net_adapters: List<AppNetAdapterStatus> = "AppNetAdapters",
        /// When it was started.
        pub boot_time: Time = "BootTime",
        /// Its devices.
        pub io_adapter_list: List<IoAdapter> = "IoAdapterList",
        /// How far its restart has come.
        pub restart_inprogress: Inprogress = "RestartInprogress",
        /// When that began.
        pub restart_started_at: Time = "RestartStartedAt",
        /// How far its making anew has come.
        pub purge_inprogress: Inprogress = "PurgeInprogress",
        /// When that began.
        pub purge_started_at: Time = "PurgeStartedAt",
        /// How far it has come.
        pub state: SwState = "State",
        /// It waits for a network instance.
        pub missing_network: bool = "MissingNetwork",
        /// It waits for memory.
        pub missing_memory: bool = "MissingMemory",
        /// It waits for others that go first.
        pub no_boot_priority: bool = "NoBootPriority",
        /// What went wrong.
        pub error: ErrorAndTimeWithSource = embed,
        /// When its delay ends.
        pub start_time: Time = "StartTime",
        /// Its snapshots.
        pub snap_status: SnapshottingStatus = "SnapStatus",
        /// Memory for the virtual machine monitor in bytes; 0: not known yet.
        pub mem_overhead: u64 = "MemOverhead",
        /// Another node of the cluster reports about it.
        pub no_upload_stats_to_controller: bool = "NoUploadStatsToController",
        /// Whether this is its designated node.
        pub is_designated_node: bool = "IsDesignatedNodeID",
    }
}

object! {
    /// How many applications there are in which condition. zedmanager to ledmanager, diag; key
    /// [`AppInstanceSummary::KEY`].
    pub struct AppInstanceSummary topic "AppInstanceSummary" {
        /// Always nil.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// To run, and not running yet.
        pub total_starting: u8 = "TotalStarting",
        /// To run, and running.
        pub total_running: u8 = "TotalRunning",
        /// Not to run, and running still.
        pub total_stopping: u8 = "TotalStopping",
        /// With an error.
        pub total_error: u8 = "TotalError",
    }
}

impl AppInstanceStatus {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }
}

impl AppInstanceSummary {
    /// The only key: the nil UUID.
    pub const KEY: &str = "00000000-0000-0000-0000-000000000000";

    /// Counts an application that is, or is not, to run. Counters stop at 255.
    pub fn count(&mut self, status: &AppInstanceStatus, wanted: bool) {
        let counter = match (wanted, status.activated) {
            _ if status.error.description.has_error() => &mut self.total_error,
            (true, true) => &mut self.total_running,
            (false, true) => &mut self.total_stopping,
            (true, false) => &mut self.total_starting,
            (false, false) => return,
        };
        *counter = counter.saturating_add(1);
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic AppInstanceStatus, topic AppInstanceSummary];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Uuid;

    #[test]
    fn an_application_is_counted_once() {
        let mut summary = AppInstanceSummary::default();
        let up = AppInstanceStatus { activated: true, ..Default::default() };
        let down = AppInstanceStatus::default();
        let mut broken = up.clone();
        broken.error.description.error = "no space".into();

        for (status, wanted) in [(&up, true), (&up, false), (&down, true), (&down, false), (&broken, true)] {
            summary.count(status, wanted);
        }

        assert_eq!(summary.total_running, 1);
        assert_eq!(summary.total_stopping, 1);
        assert_eq!(summary.total_starting, 1);
        assert_eq!(summary.total_error, 1);
        assert_eq!(AppInstanceSummary::KEY, Uuid::NIL.to_string());
    }
}
