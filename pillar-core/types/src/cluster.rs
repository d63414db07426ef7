//! Clusters of nodes, as far as one node is concerned (`spec/01`, EdgeNodeClusterConfig; `spec/05`, patch
//! envelope types and what follows).

use crate::base::{IpAddr, IpNet, List, Secret, Time, Uuid};
use crate::cipher::CipherBlockStatus;
use crate::errors::{ErrorAndTime, ErrorDescription};
use crate::identity::UuidAndVersion;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// The kind of a cluster.
    pub enum ClusterType: u8 {
        /// Not said.
        None = 0,
        /// Kubernetes and nothing else: no replicated storage, no VMs.
        K3sBase = 1,
        /// With storage that survives the loss of a node.
        ReplicatedStorage = 2,
        /// That survives the loss of a node in other ways.
        Ha = 3,
    }
}

codes! {
    /// What Kubernetes says of an application.
    pub enum AppKubeStatus: u8 {
        /// Nothing yet.
        Unspecified = 0 "Unknown",
        /// It cannot be asked.
        ApiUnreachable = 1 "APIUnreachable",
        /// It does not know it.
        NotInCluster = 2,
        /// It knows it, and it does not run.
        NotRunning = 3 "NotRunningState",
        /// It runs.
        Running = 4 "RunningState",
    }
}

codes! {
    /// A part of the cluster's software.
    pub enum KubeComp: u8 {
        /// Not said.
        Unspecified = 0 "CompUnknown",
        /// containerd.
        Containerd = 1 "CompContainerd",
        /// K3s.
        K3s = 2 "CompK3s",
        /// Multus.
        Multus = 3 "CompMultus",
        /// KubeVirt.
        Kubevirt = 4 "CompKubevirt",
        /// The containerised data importer.
        Cdi = 5 "CompCdi",
        /// Longhorn.
        Longhorn = 6 "CompLonghorn",
    }
}

codes! {
    /// How far the update of a part of the cluster's software is.
    pub enum KubeCompUpdateStatus: u8 {
        /// Not said.
        Unspecified = 0 "CompStatusUnknown",
        /// Being fetched.
        Download = 1 "CompStatusDownload",
        /// It could not be fetched.
        DownloadFailed = 2 "CompStatusDownloadFailed",
        /// Under way.
        InProgress = 3 "CompStatusInProgress",
        /// It failed.
        Failed = 4 "CompStatusFailed",
        /// Done.
        Completed = 5 "CompStatusCompleted",
    }
}

object! {
    /// An interface on which services of the cluster have addresses.
    pub struct LbInterfaceConfig as "LBInterfaceConfig" {
        /// The logical label of the port.
        pub interface: String = "Interface",
        /// The addresses: an address with the length of the prefix.
        pub ip_prefix: String = "IPPrefix",
    }
}

object! {
    /// The cluster that the device belongs to. zedagent to domainmgr, volumemgr, zedkube, kube-init; key
    /// `global`.
    pub struct EdgeNodeClusterConfig topic "EdgeNodeClusterConfig" {
        /// Whether the controller has been asked.
        pub initialized: bool = "Initialized",
        /// Whether there is a cluster.
        pub valid: bool = "Valid",
        /// What people call it.
        pub cluster_name: String = "ClusterName",
        /// The cluster.
        pub cluster_id: UuidAndVersion = "ClusterID",
        /// The port to the other nodes, by logical label.
        pub cluster_interface: String = "ClusterInterface",
        /// The node's address there, and its network.
        pub cluster_ip_prefix: Option<IpNet> = "ClusterIPPrefix",
        /// Otherwise it is one of the servers.
        pub is_worker_node: bool = "IsWorkerNode",
        /// The server through which it joins.
        pub join_server_ip: IpAddr = "JoinServerIP",
        /// Whether it is that server, which begins the cluster.
        pub bootstrap_node: bool = "BootstrapNode",
        /// The token to join with, encrypted.
        pub cipher_token: CipherBlockStatus = "CipherToken",
        /// What registers the cluster elsewhere, compressed and encrypted.
        pub cipher_gzip_registration_manifest_yaml: CipherBlockStatus = "CipherGzipRegistrationManifestYaml",
        /// Its kind.
        pub cluster_type: ClusterType = "ClusterType",
        /// The node that only votes and runs nothing.
        pub tie_breaker_node_id: UuidAndVersion = "TieBreakerNodeID",
        /// Whether users may run things on it in Kubernetes' own way.
        pub enable_native_k8s_orchestration: bool = "EnableNativeK8SOrchestration",
        /// Where services have addresses.
        pub lb_interfaces: List<LbInterfaceConfig> = "LBInterfaces",
        /// All nodes that are to be servers.
        pub master_node_ids: List<Uuid> = "MasterNodeIDs",
    }
}

object! {
    /// How the device takes part in its cluster. zedkube to nim, kube-init; key `global`.
    pub struct EdgeNodeClusterStatus topic "EdgeNodeClusterStatus" {
        /// What people call it.
        pub cluster_name: String = "ClusterName",
        /// The cluster.
        pub cluster_id: UuidAndVersion = "ClusterID",
        /// The interface to the other nodes, by the kernel's name.
        pub cluster_interface: String = "ClusterInterface",
        /// The node's address there, and its network.
        pub cluster_ip_prefix: Option<IpNet> = "ClusterIPPrefix",
        /// Whether the interface has that address.
        pub cluster_ip_is_ready: bool = "ClusterIPIsReady",
        /// Otherwise it is one of the servers.
        pub is_worker_node: bool = "IsWorkerNode",
        /// The server through which it joins.
        pub join_server_ip: IpAddr = "JoinServerIP",
        /// Whether it is that server, which begins the cluster.
        pub bootstrap_node: bool = "BootstrapNode",
        /// The token to join with: in clear, whatever EVE calls it.
        pub cluster_token: Secret<String> = "EncryptedClusterToken",
        /// Where services have addresses; only of the server that begins the cluster.
        pub lb_interfaces: List<LbInterfaceConfig> = "LBInterfaces",
        /// The addresses of services: they are not the node's own.
        pub lb_ip_prefixes: List<String> = "LBIPPrefixes",
        /// Addresses of services are also those of a port.
        pub lb_config_error: ErrorDescription = "LBConfigError",
        /// What went wrong.
        pub error: ErrorDescription = "Error",
    }
}

object! {
    /// Where in the cluster an application runs. zedkube to zedmanager; key: [`EnClusterAppStatus::key`].
    pub struct EnClusterAppStatus as "ENClusterAppStatus" topic "ENClusterAppStatus" {
        /// The application.
        pub app_uuid: Uuid = "AppUUID",
        /// Whether this is its designated node.
        pub is_designated_node: bool = "IsDNidNode",
        /// Whether it was put on this node.
        pub scheduled_on_this_node: bool = "ScheduledOnThisNode",
        /// What Kubernetes says of it.
        pub app_kube_status: AppKubeStatus = "AppKubeStatus",
        /// Whether it is a VM.
        pub app_is_vmi: bool = "AppIsVMI",
        /// Kubernetes' name of the VM.
        pub vmi_name: String = "VMIName",
        /// The port of its VNC console.
        pub vnc_port: u32 = "VNCPort",
    }
}

object! {
    /// How far the update of the cluster's software is. Written by zedkube for zedagent, which reads it, as
    /// does kube-init; key `global`.
    pub struct KubeClusterUpdateStatus topic "KubeClusterUpdateStatus" persistent {
        /// The node that is being updated.
        pub current_node: String = "CurrentNode",
        /// The part that is being updated.
        pub component: KubeComp = "Component",
        /// How far it is.
        pub status: KubeCompUpdateStatus = "Status",
        /// The version that it leads to.
        pub destination_kube_update_version: u32 = "DestinationKubeUpdateVersion",
        /// What went wrong.
        pub error: ErrorAndTime = embed,
    }
}

object! {
    /// When VMs are moved to where they belong.
    pub struct VmiDescheduleConfig keep {
        /// When the node has booted.
        pub on_boot: bool = "OnBoot",
    }
}

object! {
    /// Settings of Kubernetes. zedkube to kube-init; key `global`.
    pub struct KubeConfig topic "KubeConfig" persistent {
        /// The version of K3s; empty: the one in the image.
        pub k3s_version: String = "K3sVersion",
        /// When VMs are moved to where they belong.
        pub vmi_deschedule_events: VmiDescheduleConfig = "VmiDescheduleEvents",
    }
}

object! {
    /// Which node reports for the cluster. zedkube, for people; key `global`.
    pub struct KubeLeaderElectInfo topic "KubeLeaderElectInfo" {
        /// Whether this node takes part in the election.
        pub in_leader_election: bool = "InLeaderElection",
        /// Whether this node reports.
        pub is_stats_leader: bool = "IsStatsLeader",
        /// Whether the election is under way.
        pub election_running: bool = "ElectionRunning",
        /// The node that reports.
        pub leader_identity: String = "LeaderIdentity",
        /// When any of this last changed.
        pub latest_change: Time = "LatestChange",
    }
}

impl EdgeNodeClusterConfig {
    /// The only key.
    pub const KEY: &str = "global";
}

impl EdgeNodeClusterStatus {
    /// The only key.
    pub const KEY: &str = "global";
}

impl EnClusterAppStatus {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.app_uuid.to_string()
    }

    /// Whether this node reports about the application: it runs it, or is designated and nobody runs it.
    pub fn is_reported_here(&self) -> bool {
        let nobody = self.app_kube_status == AppKubeStatus::NotInCluster;
        self.scheduled_on_this_node || (self.is_designated_node && nobody)
    }
}

impl KubeClusterUpdateStatus {
    /// The only key.
    pub const KEY: &str = "global";
}

impl KubeConfig {
    /// The only key.
    pub const KEY: &str = "global";
}

impl KubeLeaderElectInfo {
    /// The only key.
    pub const KEY: &str = "global";
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic EdgeNodeClusterConfig,
    topic EdgeNodeClusterStatus,
    topic EnClusterAppStatus,
    topic KubeClusterUpdateStatus,
    topic KubeConfig,
    topic KubeLeaderElectInfo,
];
