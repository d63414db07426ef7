//! Snapshots of applications (`spec/05`, Volume reference and snapshot types).
//!
//! zedmanager takes them with volumemgr's help. What is written beside a snapshot on disk keeps members that
//! it does not know.

use crate::app_config::AppInstanceOpsCmd;
use crate::base::{List, Map, Time, Uuid};
use crate::errors::{ErrorAndTimeWithSource, ErrorDescription};
use crate::identity::UuidAndVersion;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// Why a snapshot is taken.
    pub enum SnapshotType: i32 {
        /// Not said: none is taken.
        Unspecified = 0,
        /// Before the application is changed.
        AppUpdate = 1,
        /// At once.
        Immediate = 2,
    }
}

codes! {
    /// When the snapshots that were asked for are to be taken.
    pub enum SnapshotWhen: u8 {
        /// Not at all.
        None = 0 "NoSnapshotTake",
        /// At once.
        Immediate = 1 "SnapshotImmediate",
        /// With the next change of the application.
        OnUpgrade = 2 "SnapshotOnUpgrade",
    }
}

codes! {
    /// What to do with a snapshot of volumes.
    pub enum VolumesSnapshotAction: u8 {
        /// Nothing.
        Unspecified = 0 "Unspecified",
        /// Take it.
        Create = 1,
        /// Go back to it.
        Rollback = 2,
        /// Remove it.
        Delete = 3,
    }
}

object! {
    /// A snapshot by name.
    pub struct SnapshotDesc keep {
        /// Its name, given by the controller.
        pub snapshot_id: String = "SnapshotID",
        /// Why it is taken.
        pub snapshot_type: SnapshotType = "SnapshotType",
    }
}

object! {
    /// The snapshots that an application is to have.
    pub struct SnapshotConfig keep {
        /// The one to run, or to go back to.
        pub active_snapshot: String = "ActiveSnapshot",
        /// How many it may have.
        pub max_snapshots: u32 = "MaxSnapshots",
        /// Its counter grows when it is to go back.
        pub rollback_cmd: AppInstanceOpsCmd = "RollbackCmd",
        /// All that it is to have.
        pub snapshots: List<SnapshotDesc> = "Snapshots",
    }
}

object! {
    /// A snapshot of an application, also as it stands beside it on disk (`snapshotInstanceStatus.json`).
    pub struct SnapshotInstanceStatus keep {
        /// Its name.
        pub snapshot: SnapshotDesc = "Snapshot",
        /// Whether the controller has been told.
        pub reported: bool = "Reported",
        /// When it was asked for.
        pub time_triggered: Time = "TimeTriggered",
        /// When it was taken.
        pub time_created: Time = "TimeCreated",
        /// The application.
        pub app_instance_id: Uuid = "AppInstanceID",
        /// The version of the application's configuration then.
        pub config_version: UuidAndVersion = "ConfigVersion",
        /// What went wrong.
        pub error: ErrorDescription = "Error",
    }
}

object! {
    /// What zedmanager does about an application's snapshots.
    pub struct SnapshottingStatus {
        /// How many it may have.
        pub max_snapshots: u32 = "MaxSnapshots",
        /// Asked for, not taken yet.
        pub requested_snapshots: List<SnapshotInstanceStatus> = "RequestedSnapshots",
        /// Taken.
        pub available_snapshots: List<SnapshotInstanceStatus> = "AvailableSnapshots",
        /// To be removed.
        pub snapshots_to_be_deleted: List<SnapshotDesc> = "SnapshotsToBeDeleted",
        /// What volumemgr will be asked for.
        pub prepared_volumes_snapshot_configs: List<VolumesSnapshotConfig> = "PreparedVolumesSnapshotConfigs",
        /// When those asked for are to be taken.
        pub snapshot_taken_type: SnapshotWhen = "SnapshotTakenType",
        /// It is to go back as soon as it is down.
        pub has_rollback_request: bool = "HasRollbackRequest",
        /// The one that it runs, or goes back to.
        pub active_snapshot: String = "ActiveSnapshot",
        /// It is going back.
        pub rollback_in_progress: bool = "RollbackInProgress",
    }
}

object! {
    /// What is to become of a snapshot of volumes; to be removed when withdrawn. zedmanager to volumemgr;
    /// key: [`VolumesSnapshotConfig::key`].
    pub struct VolumesSnapshotConfig topic "VolumesSnapshotConfig" {
        /// Its name.
        pub snapshot_id: String = "SnapshotID",
        /// What to do.
        pub action: VolumesSnapshotAction = "Action",
        /// The volumes in it.
        pub volume_ids: List<Uuid> = "VolumeIDs",
        /// The application.
        pub app_uuid: Uuid = "AppUUID",
    }
}

object! {
    /// What became of a snapshot of volumes, also as it stands beside it on disk
    /// (`volumesSnapshotStatus.json`). volumemgr to zedmanager; key: [`VolumesSnapshotStatus::key`].
    pub struct VolumesSnapshotStatus topic "VolumesSnapshotStatus" keep {
        /// Its name.
        pub snapshot_id: String = "SnapshotID",
        /// By volume, what the volume's format needs to find its snapshot.
        pub volume_snapshot_meta: Map<String, Option<String>> = "VolumeSnapshotMeta",
        /// When it was taken.
        pub time_created: Time = "TimeCreated",
        /// The application.
        pub app_uuid: Uuid = "AppUUID",
        /// How many use it.
        pub ref_count: i64 = "RefCount",
        /// What was done last.
        pub result_of_action: VolumesSnapshotAction = "ResultOfAction",
        /// What went wrong.
        pub error: ErrorAndTimeWithSource = embed,
    }
}

impl SnapshotInstanceStatus {
    /// Whether it has what a file on disk must have to be used.
    pub fn is_complete(&self) -> bool {
        let named = !self.snapshot.snapshot_id.is_empty() && !self.app_instance_id.is_nil();
        named && !self.config_version.uuid.is_nil()
    }
}

impl VolumesSnapshotConfig {
    /// `<snapshot id>`.
    pub fn key(&self) -> String {
        self.snapshot_id.clone()
    }
}

impl VolumesSnapshotStatus {
    /// `<snapshot id>`.
    pub fn key(&self) -> String {
        self.snapshot_id.clone()
    }

    /// Whether it has what a file on disk must have to be used.
    pub fn is_complete(&self) -> bool {
        !self.snapshot_id.is_empty() && !self.app_uuid.is_nil() && !self.volume_snapshot_meta.is_null()
    }
}

pub(crate) const TYPES: &[TypeInfo] =
    &types![object SnapshotInstanceStatus, topic VolumesSnapshotConfig, topic VolumesSnapshotStatus];
