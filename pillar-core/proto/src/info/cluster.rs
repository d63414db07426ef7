//! The Kubernetes cluster, as one of its nodes sees it.

use prost::{Enumeration, Message};

use super::{ErrorInfo, KubeStorageInfo};
use crate::google::Timestamp;

/// A condition of a node.
#[derive(Clone, PartialEq, Message)]
pub struct KubeNodeCondition {
    /// A [`KubeNodeConditionType`].
    #[prost(enumeration = "KubeNodeConditionType", tag = "1")]
    pub kind: i32,
    /// It holds.
    #[prost(bool, tag = "2")]
    pub is_set: bool,
    /// When it changed.
    #[prost(message, optional, tag = "3")]
    pub last_transition_time: Option<Timestamp>,
}

/// A node.
#[derive(Clone, PartialEq, Message)]
pub struct KubeNodeInfo {
    /// Name of the node.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its conditions.
    #[prost(message, repeated, tag = "2")]
    pub conditions: Vec<KubeNodeCondition>,
    /// It runs the control plane.
    #[prost(bool, tag = "3")]
    pub role_server: bool,
    /// When it joined.
    #[prost(message, optional, tag = "4")]
    pub creation_timestamp: Option<Timestamp>,
    /// Version of its API server.
    #[prost(string, tag = "5")]
    pub api_server_version: String,
    /// Address between nodes.
    #[prost(string, tag = "6")]
    pub internal_ip: String,
    /// It takes new work.
    #[prost(bool, tag = "7")]
    pub schedulable: bool,
    /// A [`NodeAdmission`].
    #[prost(enumeration = "NodeAdmission", tag = "8")]
    pub admission_status: i32,
    /// UUID of the device.
    #[prost(string, tag = "9")]
    pub node_id: String,
}

/// Pods of a namespace by state.
#[derive(Clone, PartialEq, Message)]
pub struct KubePodNameSpaceInfo {
    /// Name of the namespace.
    #[prost(string, tag = "1")]
    pub name: String,
    /// All pods.
    #[prost(uint32, tag = "2")]
    pub pod_count: u32,
    /// Running.
    #[prost(uint32, tag = "3")]
    pub pod_running_count: u32,
    /// Pending.
    #[prost(uint32, tag = "4")]
    pub pod_pending_count: u32,
    /// Failed.
    #[prost(uint32, tag = "5")]
    pub pod_failed_count: u32,
    /// Succeeded.
    #[prost(uint32, tag = "6")]
    pub pod_succeeded_count: u32,
}

/// An application that is a pod.
#[derive(Clone, PartialEq, Message)]
pub struct KubeEveAppPodInfo {
    /// Name of the pod.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A [`KubePodStatus`].
    #[prost(enumeration = "KubePodStatus", tag = "2")]
    pub status: i32,
    /// Restarts.
    #[prost(uint32, tag = "3")]
    pub restart_count: u32,
    /// Last restart.
    #[prost(message, optional, tag = "4")]
    pub restart_timestamp: Option<Timestamp>,
    /// When it was made.
    #[prost(message, optional, tag = "5")]
    pub creation_timestamp: Option<Timestamp>,
    /// Its address.
    #[prost(string, tag = "6")]
    pub ip_address: String,
    /// Its node.
    #[prost(string, tag = "7")]
    pub node_name: String,
}

/// An application that is a virtual machine.
#[derive(Clone, PartialEq, Message)]
pub struct KubeVmiInfo {
    /// Name of the machine.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A [`KubeVmiStatus`].
    #[prost(enumeration = "KubeVmiStatus", tag = "2")]
    pub status: i32,
    /// When it was made.
    #[prost(message, optional, tag = "3")]
    pub creation_time: Option<Timestamp>,
    /// When `is_ready` changed.
    #[prost(message, optional, tag = "4")]
    pub last_transition_time: Option<Timestamp>,
    /// It is ready.
    #[prost(bool, tag = "5")]
    pub is_ready: bool,
    /// Its node.
    #[prost(string, tag = "6")]
    pub node_name: String,
}

/// This node, as the cluster sees it.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoClusterNode {
    /// A [`ZInfoClusterNodeStatus`].
    #[prost(enumeration = "ZInfoClusterNodeStatus", tag = "1")]
    pub node_status: i32,
}

/// Progress of a cluster update.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoKubeClusterUpdateStatus {
    /// Node at work; empty for none.
    #[prost(string, tag = "1")]
    pub current_node: String,
    /// A [`KubeComp`].
    #[prost(enumeration = "KubeComp", tag = "2")]
    pub component: i32,
    /// A [`KubeCompUpdateStatus`].
    #[prost(enumeration = "KubeCompUpdateStatus", tag = "3")]
    pub status: i32,
    /// What is wrong.
    #[prost(message, optional, tag = "4")]
    pub error: Option<ErrorInfo>,
    /// UUID of the cluster.
    #[prost(string, tag = "5")]
    pub cluster_id: String,
}

/// The cluster.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoKubeCluster {
    /// Its nodes.
    #[prost(message, repeated, tag = "1")]
    pub nodes: Vec<KubeNodeInfo>,
    /// Pods by namespace.
    #[prost(message, repeated, tag = "2")]
    pub pod_name_spaces: Vec<KubePodNameSpaceInfo>,
    /// Applications that are pods.
    #[prost(message, repeated, tag = "3")]
    pub eve_apps: Vec<KubeEveAppPodInfo>,
    /// Its storage.
    #[prost(message, optional, tag = "4")]
    pub storage: Option<KubeStorageInfo>,
    /// UUID of the cluster.
    #[prost(string, tag = "5")]
    pub cluster_id: String,
    /// Applications that are virtual machines.
    #[prost(message, repeated, tag = "6")]
    pub eve_vm_apps: Vec<KubeVmiInfo>,
}

/// Conditions of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum KubeNodeConditionType {
    /// `KUBE_NODE_CONDITION_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `KUBE_NODE_CONDITION_TYPE_READY`.
    Ready = 1,
    /// `KUBE_NODE_CONDITION_TYPE_MEMORY_PRESSURE`.
    MemoryPressure = 2,
    /// `KUBE_NODE_CONDITION_TYPE_DISK_PRESSURE`.
    DiskPressure = 3,
    /// `KUBE_NODE_CONDITION_TYPE_PID_PRESSURE`.
    PidPressure = 4,
    /// `KUBE_NODE_CONDITION_TYPE_NETWORK_UNAVAIL`.
    NetworkUnavail = 5,
}

/// Where a node is on its way into a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum NodeAdmission {
    /// `NODE_ADMISSION_UNSPECIFIED`.
    Unspecified = 0,
    /// `NODE_ADMISSION_NOT_CLUSTERED`.
    NotClustered = 1,
    /// `NODE_ADMISSION_LEAVING`.
    Leaving = 2,
    /// `NODE_ADMISSION_JOINING`.
    Joining = 3,
    /// `NODE_ADMISSION_JOINED`.
    Joined = 4,
}

/// State of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum KubePodStatus {
    /// `KUBE_POD_STATUS_UNSPECIFIED`.
    Unspecified = 0,
    /// `KUBE_POD_STATUS_PENDING`.
    Pending = 1,
    /// `KUBE_POD_STATUS_RUNNING`.
    Running = 2,
    /// `KUBE_POD_STATUS_SUCCEEDED`.
    Succeeded = 3,
    /// `KUBE_POD_STATUS_CONTAINER_CREATING`.
    ContainerCreating = 4,
    /// `KUBE_POD_STATUS_CRASHLOOP_BACKOFF`.
    CrashloopBackoff = 5,
    /// `KUBE_POD_STATUS_ERROR`.
    Error = 6,
    /// `KUBE_POD_STATUS_EVICTED`.
    Evicted = 7,
    /// `KUBE_POD_STATUS_FAILED`.
    Failed = 8,
}

/// State of a component's update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum KubeCompUpdateStatus {
    /// `KUBE_COMP_UPDATE_STATUS_UNSPECIFIED`.
    Unspecified = 0,
    /// `KUBE_COMP_UPDATE_STATUS_DOWNLOAD`.
    Download = 1,
    /// `KUBE_COMP_UPDATE_STATUS_DOWNLOAD_FAILED`.
    DownloadFailed = 2,
    /// `KUBE_COMP_UPDATE_STATUS_IN_PROGRESS`.
    InProgress = 3,
    /// `KUBE_COMP_UPDATE_STATUS_FAILED`.
    Failed = 4,
    /// `KUBE_COMP_UPDATE_STATUS_COMPLETED`.
    Completed = 5,
}

/// Components of a cluster, in the order of their update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum KubeComp {
    /// `KUBE_COMP_UNSPECIFIED`.
    Unspecified = 0,
    /// `KUBE_COMP_CONTAINERD`.
    Containerd = 1,
    /// `KUBE_COMP_K3S`.
    K3s = 2,
    /// `KUBE_COMP_MULTUS`.
    Multus = 3,
    /// `KUBE_COMP_KUBEVIRT`.
    Kubevirt = 4,
    /// `KUBE_COMP_CDI`.
    Cdi = 5,
    /// `KUBE_COMP_LONGHORN`.
    Longhorn = 6,
}

/// Phase of a virtual machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum KubeVmiStatus {
    /// `KUBE_VMI_STATUS_UNSPECIFIED`.
    Unspecified = 0,
    /// `KUBE_VMI_STATUS_PENDING`.
    Pending = 1,
    /// `KUBE_VMI_STATUS_SCHEDULING`.
    Scheduling = 2,
    /// `KUBE_VMI_STATUS_SCHEDULED`.
    Scheduled = 3,
    /// `KUBE_VMI_STATUS_RUNNING`.
    Running = 4,
    /// `KUBE_VMI_STATUS_SUCCEEDED`.
    Succeeded = 5,
    /// `KUBE_VMI_STATUS_FAILED`.
    Failed = 6,
    /// `KUBE_VMI_STATUS_UNKNOWN`.
    Unknown = 7,
}

/// State of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZInfoClusterNodeStatus {
    /// `Z_INFO_CLUSTER_NODE_STATUS_UNSPECIFIED`.
    Unspecified = 0,
    /// `Z_INFO_CLUSTER_NODE_STATUS_READY`.
    Ready = 1,
    /// `Z_INFO_CLUSTER_NODE_STATUS_NOTREADY`.
    NotReady = 2,
    /// `Z_INFO_CLUSTER_NODE_STATUS_DOWN`: the API server is out of reach.
    Down = 3,
}
