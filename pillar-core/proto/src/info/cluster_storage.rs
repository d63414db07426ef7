//! Replicated storage of a cluster.

use prost::{Enumeration, Message};

use crate::google::Timestamp;

/// A replica of a volume.
#[derive(Clone, PartialEq, Message)]
pub struct KubeVolumeReplicaInfo {
    /// Name of the replica.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its node.
    #[prost(string, tag = "2")]
    pub owner_node: String,
    /// Percent.
    #[prost(uint32, tag = "3")]
    pub rebuild_progress_percentage: u32,
    /// A [`StorageVolumeReplicaStatus`].
    #[prost(enumeration = "StorageVolumeReplicaStatus", tag = "4")]
    pub status: i32,
}

/// A volume.
#[derive(Clone, PartialEq, Message)]
pub struct KubeVolumeInfo {
    /// Name of the volume.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A [`StorageVolumeState`].
    #[prost(enumeration = "StorageVolumeState", tag = "2")]
    pub state: i32,
    /// A [`StorageVolumeRobustness`].
    #[prost(enumeration = "StorageVolumeRobustness", tag = "3")]
    pub robustness: i32,
    /// When it was made.
    #[prost(message, optional, tag = "4")]
    pub creation_timestamp: Option<Timestamp>,
    /// Size promised.
    #[prost(uint64, tag = "5")]
    pub provisioned_bytes: u64,
    /// Size in use.
    #[prost(uint64, tag = "6")]
    pub allocated_bytes: u64,
    /// A [`StorageVolumePvcStatus`].
    #[prost(enumeration = "StorageVolumePvcStatus", tag = "7")]
    pub pvc_status: i32,
    /// Its replicas.
    #[prost(message, repeated, tag = "8")]
    pub replicas: Vec<KubeVolumeReplicaInfo>,
    /// A [`StorageHealthStatus`].
    #[prost(enumeration = "StorageHealthStatus", tag = "9")]
    pub robustness_substate: i32,
    /// UUID of the volume in the configuration.
    #[prost(string, tag = "10")]
    pub volume_id: String,
}

/// Storage of the cluster.
#[derive(Clone, PartialEq, Message)]
pub struct KubeStorageInfo {
    /// A [`ServiceStatus`].
    #[prost(enumeration = "ServiceStatus", tag = "1")]
    pub health: i32,
    /// When `health` changed.
    #[prost(message, optional, tag = "2")]
    pub transition_time: Option<Timestamp>,
    /// Its volumes.
    #[prost(message, repeated, tag = "3")]
    pub volumes: Vec<KubeVolumeInfo>,
}

/// Replicas left, and whether they are being rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum StorageHealthStatus {
    /// `STORAGE_HEALTH_STATUS_UNSPECIFIED`.
    Unspecified = 0,
    /// `STORAGE_HEALTH_STATUS_HEALTHY`.
    Healthy = 1,
    /// `STORAGE_HEALTH_STATUS_DEGRADED_2_REPLICA_AVAILABLE_REPLICATING`.
    Degraded2ReplicaAvailableReplicating = 2,
    /// `STORAGE_HEALTH_STATUS_DEGRADED_2_REPLICA_AVAILABLE_NOT_REPLICATING`.
    Degraded2ReplicaAvailableNotReplicating = 3,
    /// `STORAGE_HEALTH_STATUS_DEGRADED_1_REPLICA_AVAILABLE_REPLICATING`.
    Degraded1ReplicaAvailableReplicating = 4,
    /// `STORAGE_HEALTH_STATUS_DEGRADED_1_REPLICA_AVAILABLE_NOT_REPLICATING`.
    Degraded1ReplicaAvailableNotReplicating = 5,
    /// `STORAGE_HEALTH_STATUS_FAILED`.
    Failed = 6,
}

/// Attachment of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum StorageVolumeState {
    /// `STORAGE_VOLUME_STATE_UNSPECIFIED`.
    Unspecified = 0,
    /// `STORAGE_VOLUME_STATE_CREATING`.
    Creating = 1,
    /// `STORAGE_VOLUME_STATE_ATTACHED`.
    Attached = 2,
    /// `STORAGE_VOLUME_STATE_DETACHED`.
    Detached = 3,
    /// `STORAGE_VOLUME_STATE_ATTACHING`.
    Attaching = 4,
    /// `STORAGE_VOLUME_STATE_DETACHING`.
    Detaching = 5,
    /// `STORAGE_VOLUME_STATE_DELETING`.
    Deleting = 6,
}

/// Redundancy of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum StorageVolumeRobustness {
    /// `STORAGE_VOLUME_ROBUSTNESS_UNSPECIFIED`.
    Unspecified = 0,
    /// `STORAGE_VOLUME_ROBUSTNESS_HEALTHY`.
    Healthy = 1,
    /// `STORAGE_VOLUME_ROBUSTNESS_DEGRADED`.
    Degraded = 2,
    /// `STORAGE_VOLUME_ROBUSTNESS_FAULTED`.
    Faulted = 3,
}

/// Phase of a volume claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum StorageVolumePvcStatus {
    /// `STORAGE_VOLUME_PVC_STATUS_UNSPECIFIED`.
    Unspecified = 0,
    /// `STORAGE_VOLUME_PVC_STATUS_BOUND`.
    Bound = 1,
    /// `STORAGE_VOLUME_PVC_STATUS_PENDING`.
    Pending = 2,
    /// `STORAGE_VOLUME_PVC_STATUS_AVAILABLE`.
    Available = 3,
    /// `STORAGE_VOLUME_PVC_STATUS_RELEASED`.
    Released = 4,
    /// `STORAGE_VOLUME_PVC_STATUS_FAILED`.
    Failed = 5,
}

/// State of a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum StorageVolumeReplicaStatus {
    /// `STORAGE_VOLUME_REPLICA_STATUS_UNSPECIFIED`.
    Unspecified = 0,
    /// `STORAGE_VOLUME_REPLICA_STATUS_REBUILDING`.
    Rebuilding = 1,
    /// `STORAGE_VOLUME_REPLICA_STATUS_ONLINE`.
    Online = 2,
    /// `STORAGE_VOLUME_REPLICA_STATUS_FAILED`.
    Failed = 3,
    /// `STORAGE_VOLUME_REPLICA_STATUS_OFFLINE`.
    Offline = 4,
    /// `STORAGE_VOLUME_REPLICA_STATUS_STARTING`.
    Starting = 5,
    /// `STORAGE_VOLUME_REPLICA_STATUS_STOPPING`.
    Stopping = 6,
}

/// Health of a service of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ServiceStatus {
    /// `SERVICE_STATUS_UNSPECIFIED`.
    Unspecified = 0,
    /// `SERVICE_STATUS_FAILED`.
    Failed = 1,
    /// `SERVICE_STATUS_DEGRADED`.
    Degraded = 2,
    /// `SERVICE_STATUS_HEALTHY`.
    Healthy = 3,
}
