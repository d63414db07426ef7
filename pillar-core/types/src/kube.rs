//! What Kubernetes says of a cluster: nodes, applications, storage, services (`spec/01`, ZiKubeCluster).
//!
//! All of it from zedkube.

use crate::base::{List, Time};
use crate::errors::ErrorDescription;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// How a node is.
    pub enum KubeNodeStatus: i8 {
        /// Not known.
        Unspecified = 0 "Unknown",
        /// Well.
        Ready = 1,
        /// Unwell.
        NotReady = 2,
        /// Silent.
        NotReachable = 3,
    }
}

codes! {
    /// How far a node belongs to the cluster.
    pub enum NodeAdmission: u8 {
        /// Not known.
        Unspecified = 0 "Unknown",
        /// It belongs to none.
        NotClustered = 1,
        /// It is leaving.
        Leaving = 2,
        /// It is joining.
        Joining = 3,
        /// It belongs to it.
        Joined = 4,
    }
}

codes! {
    /// How a pod is.
    pub enum KubePodStatus: i8 {
        /// Not known.
        Unspecified = 0 "Unknown",
        /// It waits.
        Pending = 1,
        /// It runs.
        Running = 2,
        /// It ended well.
        Succeeded = 3,
        /// It ended badly.
        Failed = 4,
    }
}

codes! {
    /// How a VM is.
    pub enum KubeVmiStatus: i8 {
        /// Not said.
        Unset = 0,
        /// It waits.
        Pending = 1,
        /// A node is being looked for.
        Scheduling = 2,
        /// A node has been found.
        Scheduled = 3,
        /// It runs.
        Running = 4,
        /// It ended well.
        Succeeded = 5,
        /// It ended badly.
        Failed = 6,
        /// Kubernetes does not know.
        NotKnown = 7 "Unknown",
    }
}

codes! {
    /// How the storage is.
    pub enum KubeServiceStatus: i8 {
        /// Not said.
        Unset = 0,
        /// It does not work.
        Failed = 1,
        /// It works with something missing.
        Degraded = 2,
        /// Well.
        Healthy = 3,
    }
}

codes! {
    /// What is being done with a volume.
    pub enum StorageVolumeState: u8 {
        /// Not known.
        Unspecified = 0 "Unknown",
        /// It is being made.
        Creating = 1,
        /// It can be used.
        Attached = 2,
        /// Nobody uses it.
        Detached = 3,
        /// It is being made usable.
        Attaching = 4,
        /// It is being put aside.
        Detaching = 5,
        /// It is being removed.
        Deleting = 6,
    }
}

codes! {
    /// Whether a volume would survive the loss of a node.
    pub enum StorageVolumeRobustness: u8 {
        /// Not known.
        Unspecified = 0 "Unknown",
        /// Yes.
        Healthy = 1,
        /// Copies are missing.
        Degraded = 2,
        /// All copies are broken.
        Faulted = 3,
    }
}

codes! {
    /// The same in more detail.
    pub enum StorageHealthStatus: u8 {
        /// Not known.
        Unspecified = 0 "Unknown",
        /// All copies are there.
        Healthy = 1,
        /// Two copies are left, another one is being made.
        Degraded2Replicating = 2 "Degraded2ReplicaAvailableReplicating",
        /// Two copies are left.
        Degraded2 = 3 "Degraded2ReplicaAvailableNotReplicating",
        /// One copy is left, another one is being made.
        Degraded1Replicating = 4 "Degraded1ReplicaAvailableReplicating",
        /// One copy is left.
        Degraded1 = 5 "Degraded1ReplicaAvailableNotReplicating",
        /// No copy is left.
        Failed = 6,
    }
}

codes! {
    /// Whether a volume claim has its volume.
    pub enum StorageVolumePvcStatus: u8 {
        /// Not known.
        Unspecified = 0 "Unknown",
        /// It has.
        Bound = 1,
        /// It waits for one.
        Pending = 2,
        /// The volume is free.
        Available = 3,
        /// The claim is gone.
        Released = 4,
        /// The volume is broken.
        Faulted = 5,
    }
}

codes! {
    /// How a copy of a volume is.
    pub enum StorageVolumeReplicaStatus: u8 {
        /// Not known.
        Unspecified = 0 "Unknown",
        /// It is being made.
        Rebuilding = 1,
        /// It is in use.
        Online = 2,
        /// It is broken.
        Failed = 3,
        /// Its node is away.
        Offline = 4,
        /// It is being started.
        Starting = 5,
        /// It is being stopped.
        Stopping = 6,
    }
}

object! {
    /// A node.
    pub struct KubeNodeInfo {
        /// Its name.
        pub name: String = "Name",
        /// How it is.
        pub status: KubeNodeStatus = "Status",
        /// Whether it is a server.
        pub is_master: bool = "IsMaster",
        /// Whether it holds a copy of the cluster's state.
        pub uses_etcd: bool = "UsesEtcd",
        /// When it joined.
        pub creation_time: Time = "CreationTime",
        /// When it last became well or unwell.
        pub last_transition_time: Time = "LastTransitionTime",
        /// The version of Kubernetes.
        pub kubelet_version: String = "KubeletVersion",
        /// Its address in the cluster.
        pub internal_ip: String = "InternalIP",
        /// Its address outside.
        pub external_ip: String = "ExternalIP",
        /// Whether it takes applications.
        pub schedulable: bool = "Schedulable",
        /// How far it belongs to the cluster.
        pub admission: NodeAdmission = "Admission",
        /// The device.
        pub node_id: String = "NodeID",
    }
}

object! {
    /// A pod.
    pub struct KubePodInfo {
        /// Its name.
        pub name: String = "Name",
        /// How it is.
        pub status: KubePodStatus = "Status",
        /// How often it was started again.
        pub restart_count: i32 = "RestartCount",
        /// When it was last started again.
        pub restart_timestamp: Time = "RestartTimestamp",
        /// When it was made.
        pub creation_timestamp: Time = "CreationTimestamp",
        /// Its address.
        pub pod_ip: String = "PodIP",
        /// Its node.
        pub node_name: String = "NodeName",
    }
}

object! {
    /// A VM.
    pub struct KubeVmiInfo as "KubeVMIInfo" {
        /// Its name.
        pub name: String = "Name",
        /// How it is.
        pub status: KubeVmiStatus = "Status",
        /// When it was made.
        pub creation_time: Time = "CreationTime",
        /// When that last changed.
        pub last_transition_time: Time = "LastTransitionTime",
        /// Whether it can be used.
        pub is_ready: bool = "IsReady",
        /// Its node.
        pub node_name: String = "NodeName",
    }
}

object! {
    /// A copy of a volume.
    pub struct KubeVolumeReplicaInfo {
        /// Its name.
        pub name: String = "Name",
        /// Its node.
        pub owner_node: String = "OwnerNode",
        /// How far its making is, in percent.
        pub rebuild_progress_percentage: u8 = "RebuildProgressPercentage",
        /// How it is.
        pub status: StorageVolumeReplicaStatus = "Status",
    }
}

object! {
    /// A volume.
    pub struct KubeVolumeInfo {
        /// Its name.
        pub name: String = "Name",
        /// What is being done with it.
        pub state: StorageVolumeState = "State",
        /// Whether it would survive the loss of a node.
        pub robustness: StorageVolumeRobustness = "Robustness",
        /// When it was made.
        pub created_at: Time = "CreatedAt",
        /// Its size, in bytes.
        pub provisioned_bytes: u64 = "ProvisionedBytes",
        /// What it takes, in bytes.
        pub allocated_bytes: u64 = "AllocatedBytes",
        /// Whether its claim has it.
        pub pvc_status: StorageVolumePvcStatus = "PvcStatus",
        /// Copy by copy.
        pub replicas: List<KubeVolumeReplicaInfo> = "Replicas",
        /// Whether it would survive the loss of a node, in more detail.
        pub robustness_substate: StorageHealthStatus = "RobustnessSubstate",
        /// The volume, as the controller knows it.
        pub volume_id: String = "VolumeID",
    }
}

object! {
    /// The storage.
    pub struct KubeStorageInfo {
        /// How it is.
        pub health: KubeServiceStatus = "Health",
        /// Since when.
        pub transition_time: Time = "TransitionTime",
        /// Volume by volume.
        pub volumes: List<KubeVolumeInfo> = "Volumes",
    }
}

object! {
    /// How many pods a namespace has.
    pub struct KubePodNameSpaceInfo {
        /// The namespace.
        pub name: String = "Name",
        /// All of them.
        pub pod_count: u32 = "PodCount",
        /// That run.
        pub pod_running_count: u32 = "PodRunningCount",
        /// That wait.
        pub pod_pending_count: u32 = "PodPendingCount",
        /// That ended badly.
        pub pod_failed_count: u32 = "PodFailedCount",
        /// That ended well.
        pub pod_succeeded_count: u32 = "PodSucceededCount",
    }
}

object! {
    /// The cluster, from the node that reports for it. zedkube to zedagent; key `global`.
    pub struct KubeClusterInfo topic "KubeClusterInfo" {
        /// Node by node.
        pub nodes: List<KubeNodeInfo> = "Nodes",
        /// Pods of applications.
        pub app_pods: List<KubePodInfo> = "pubsub-large-AppPods",
        /// VMs of applications.
        pub app_vmis: List<KubeVmiInfo> = "pubsub-large-AppVMIs",
        /// The storage.
        pub storage: KubeStorageInfo = "pubsub-large-Storage",
        /// How many pods each namespace has.
        pub pod_ns_info: List<KubePodNameSpaceInfo> = "PodNsInfo",
    }
}

object! {
    /// A service that a user runs.
    pub struct KubeServiceInfo {
        /// Its name.
        pub name: String = "Name",
        /// Its namespace.
        pub namespace: String = "Namespace",
        /// `TCP`, `UDP` or `SCTP`.
        pub protocol: String = "Protocol",
        /// Its port.
        pub port: i32 = "Port",
        /// The port on each node; 0: none.
        pub node_port: i32 = "NodePort",
        /// `ClusterIP`, `NodePort` or `LoadBalancer`.
        pub service_type: String = "Type",
        /// Its address outside.
        pub load_balancer_ip: String = "LoadBalancerIP",
        /// Whether the cluster may be reached without the controller.
        pub ace_enabled: bool = "ACEenabled",
    }
}

object! {
    /// A way from outside to a service.
    pub struct KubeIngressInfo {
        /// Its name.
        pub name: String = "Name",
        /// Its namespace.
        pub namespace: String = "Namespace",
        /// The host that is asked for.
        pub hostname: String = "Hostname",
        /// The path that is asked for.
        pub path: String = "Path",
        /// `Prefix` or `Exact`.
        pub path_type: String = "PathType",
        /// `http` or `https`.
        pub protocol: String = "Protocol",
        /// The service.
        pub service: String = "Service",
        /// The service's port.
        pub service_port: i32 = "ServicePort",
        /// `ClusterIP`, `NodePort` or `LoadBalancer`.
        pub service_type: String = "ServiceType",
        /// Its addresses outside.
        pub ingress_ip: List<String> = "IngressIP",
    }
}

object! {
    /// Addresses for services.
    pub struct KubeLbPoolStatus as "KubeLBPoolStatus" {
        /// The interface that has them.
        pub interface: String = "Interface",
        /// All of them: an address with the length of the prefix.
        pub ip_prefix: String = "IPPrefix",
        /// Those in use.
        pub allocated_ips: List<String> = "AllocatedIPs",
        /// Why they are not used.
        pub error: ErrorDescription = "Error",
    }
}

object! {
    /// Services that users run. zedkube to nim; key `global`.
    pub struct KubeUserServices topic "KubeUserServices" {
        /// Service by service.
        pub user_service: List<KubeServiceInfo> = "UserService",
        /// Ways to them from outside.
        pub user_ingress: List<KubeIngressInfo> = "UserIngress",
        /// Addresses for them, if there are any.
        pub lb_pool_status: Option<Box<KubeLbPoolStatus>> = "LBPoolStatus",
        /// What somebody should look at.
        pub service_error: ErrorDescription = "ServiceError",
    }
}

impl KubeClusterInfo {
    /// The only key.
    pub const KEY: &str = "global";
}

impl KubeUserServices {
    /// The only key.
    pub const KEY: &str = "global";
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic KubeClusterInfo, topic KubeUserServices];
