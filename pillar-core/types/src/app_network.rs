//! Applications' connections to network instances (`spec/04`, AppNetworkConfig / AppNetworkStatus).
//!
//! zedmanager says what zedrouter is to connect, zedrouter says what is connected.

use crate::acl::Ace;
use crate::address::AssignedAddrs;
use crate::base::{IpAddr, List, Mac, Secret, Uuid};
use crate::cipher::CipherBlockStatus;
use crate::errors::ErrorAndTime;
use crate::identity::UuidAndVersion;
use crate::registry::{TypeInfo, types};
use crate::vif::{AppPod, VifInfo};
use crate::vm::{AppRuntimeType, MetaDataType};
use crate::{codes, object};

codes! {
    /// How an application's MAC addresses are made. An application keeps the way that it began with.
    pub enum MacGenerator: i64 {
        /// Not decided yet.
        Unspecified = 0,
        /// Unique on this node.
        NodeScoped = 1,
        /// Unique among all devices.
        GloballyScoped = 2,
        /// The same on all nodes of a cluster.
        ClusterDeterministic = 3,
    }
}

object! {
    /// An interface that an application is to have.
    pub struct AppNetAdapterConfig keep {
        /// Its name, given by the controller.
        pub name: String = "Name",
        /// The MAC address that it must have.
        pub app_mac_addr: Mac = "AppMacAddr",
        /// The address that it must have.
        pub app_ip_addr: IpAddr = "AppIPAddr",
        /// Its place among the application's interfaces.
        pub intf_order: u32 = "IntfOrder",
        /// What is wrong with its configuration.
        pub error: String = "Error",
        /// The network instance.
        pub network: Uuid = "Network",
        /// What may pass; nothing, without a rule.
        pub acls: List<Ace> = "ACLs",
        /// Its VLAN on a switch; up to 1: it gets and sends tags itself.
        pub access_vlan_id: u32 = "AccessVlanID",
        /// Which of the application's interfaces on the network instance, from 0.
        pub if_idx: u32 = "IfIdx",
        /// Whether through it the addresses of other applications may be asked for.
        pub allow_to_discover: bool = "AllowToDiscover",
    }
}

object! {
    /// An interface of an application.
    pub struct AppNetAdapterStatus {
        /// As it was asked for.
        pub config: AppNetAdapterConfig = embed,
        /// The host's side of it.
        pub vif: VifInfo = embed,
        /// The bridge's MAC address.
        pub bridge_mac: Mac = "BridgeMac",
        /// The bridge's address, which is the gateway.
        pub bridge_ip_addr: IpAddr = "BridgeIPAddr",
        /// Its addresses.
        pub assigned_addresses: AssignedAddrs = "AssignedAddresses",
        /// Whether it has an IPv4 address.
        pub ipv4_assigned: bool = "IPv4Assigned",
        /// It was to have another address than DHCP gave it.
        pub ip_addr_mismatch: bool = "IPAddrMisMatch",
        /// Its name for DHCP: the application's UUID.
        pub host_name: String = "HostName",
    }
}

object! {
    /// How an application is to be connected. zedmanager to zedrouter, msrv; key: [`AppNetworkConfig::key`].
    pub struct AppNetworkConfig topic "AppNetworkConfig" {
        /// The application.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// What people call it; only one application of the device may be called so.
        pub display_name: String = "DisplayName",
        /// Whether it is to be connected.
        pub activate: bool = "Activate",
        /// Where its statistics of containers are fetched.
        pub get_stats_ip_addr: IpAddr = "GetStatsIPAddr",
        /// Its interfaces.
        pub app_net_adapter_list: List<AppNetAdapterConfig> = "AppNetAdapterList",
        /// User data in base64, when it is not encrypted, for the metadata server.
        pub cloud_init_user_data: Option<Secret<String>> = "pubsub-large-CloudInitUserData",
        /// User data, encrypted.
        pub cipher: CipherBlockStatus = "CipherBlockStatus",
        /// How user data reaches it.
        pub meta_data_type: MetaDataType = "MetaDataType",
        /// What it runs inside itself.
        pub deployment_type: AppRuntimeType = "DeploymentType",
    }
}

object! {
    /// How an application is connected. zedrouter to zedmanager, zedagent, msrv; key:
    /// [`AppNetworkStatus::key`].
    pub struct AppNetworkStatus topic "AppNetworkStatus" {
        /// The application.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// Its number on this device.
        pub app_num: i64 = "AppNum",
        /// Whether it is connected.
        pub activated: bool = "Activated",
        /// Being made.
        pub pending_add: bool = "PendingAdd",
        /// Being changed.
        pub pending_modify: bool = "PendingModify",
        /// Being removed.
        pub pending_delete: bool = "PendingDelete",
        /// Whether the last configuration is in force.
        pub config_in_sync: bool = "ConfigInSync",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// The pod in which it runs.
        pub app_pod: AppPod = "AppPod",
        /// Where its statistics of containers are fetched.
        pub get_stats_ip_addr: IpAddr = "GetStatsIPAddr",
        /// What it runs inside itself.
        pub deployment_type: AppRuntimeType = "DeploymentType",
        /// Its interfaces.
        pub app_net_adapter_list: List<AppNetAdapterStatus> = "AppNetAdapterList",
        /// It waits for a network instance.
        pub await_network_instance: bool = "AwaitNetworkInstance",
        /// How its MAC addresses are made.
        pub mac_generator: MacGenerator = "MACGenerator",
        /// What went wrong.
        pub error: ErrorAndTime = embed,
    }
}

impl AppNetworkConfig {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }
}

impl AppNetworkStatus {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }

    /// Whether it is on the way and readers must not look at it yet.
    pub fn is_pending(&self) -> bool {
        self.pending_add || self.pending_modify || self.pending_delete
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic AppNetworkConfig, topic AppNetworkStatus];
