//! The configuration as a whole, and how a device asks for it.

use prost::Message;

use super::{
    AppInstanceConfig, BaseOs, BaseOsConfig, BondAdapter, ContentTree, DatastoreConfig, DisksConfig,
    EdgeNodeCluster, EdgeViewConfig, EvePatchEnvelope, NetworkConfig, NetworkInstanceConfig, PhysicalIo,
    Pnac, ScepProfile, SystemAdapter, VlanAdapter, Volume,
};
use crate::auth::AuthContainer;
use crate::certs::ZCert;
use crate::common::{CipherContext, PhyIoType};
use crate::google::Timestamp;

/// Identity of an object and the version of its configuration.
#[derive(Clone, PartialEq, Message)]
pub struct UuidAndVersion {
    /// UUID.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// Version; compared for equality only.
    #[prost(string, tag = "2")]
    pub version: String,
}

/// A command to the device, carried out once for each new counter.
#[derive(Clone, PartialEq, Message)]
pub struct DeviceOpsCmd {
    /// Number of the command; equal to the last one means done already.
    #[prost(uint32, tag = "2")]
    pub counter: u32,
    /// State wanted; for a reboot always true.
    #[prost(bool, tag = "3")]
    pub desired_state: bool,
    /// When it is to happen, as text; not used.
    #[prost(string, tag = "4")]
    pub ops_time: String,
}

/// One setting of the device.
#[derive(Clone, PartialEq, Message)]
pub struct ConfigItem {
    /// Name of the setting, for example `timer.config.interval`.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Value as text.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// An adapter given to an application, or the port of a network instance.
#[derive(Clone, PartialEq, Message)]
pub struct Adapter {
    /// Kind of adapter; a [`PhyIoType`].
    #[prost(enumeration = "PhyIoType", tag = "1")]
    pub kind: i32,
    /// Assignment group of the adapter, or logical label of the port.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Virtual function wanted, for an Ethernet virtual function.
    #[prost(message, optional, tag = "3")]
    pub eth_vf: Option<EthVf>,
    /// Place among all network interfaces of the application, when the order is enforced.
    #[prost(uint32, tag = "4")]
    pub interface_order: u32,
}

/// Settings of an SR-IOV virtual function.
#[derive(Clone, PartialEq, Message)]
pub struct EthVf {
    /// Number of the function.
    #[prost(uint32, tag = "1")]
    pub index: u32,
    /// MAC address to set.
    #[prost(string, tag = "2")]
    pub mac: String,
    /// VLAN to put it into; 0 for none.
    #[prost(uint32, tag = "3")]
    pub vlan_id: u32,
}

/// Local operator console: a stand-in for the controller on site.
#[derive(Clone, PartialEq, Message)]
pub struct LocConfig {
    /// Its URL.
    #[prost(string, tag = "1")]
    pub loc_url: String,
    /// Datastores for support bundles; the first one is used.
    #[prost(string, repeated, tag = "2")]
    pub datastore_collect_info_id: Vec<String>,
}

/// The whole wanted state of a device.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct EdgeDevConfig {
    /// Device and version of this configuration.
    #[prost(message, optional, tag = "1")]
    pub id: Option<UuidAndVersion>,
    /// Application instances.
    #[prost(message, repeated, tag = "4")]
    pub apps: Vec<AppInstanceConfig>,
    /// Networks of ports.
    #[prost(message, repeated, tag = "5")]
    pub networks: Vec<NetworkConfig>,
    /// Where content is downloaded from.
    #[prost(message, repeated, tag = "6")]
    pub datastores: Vec<DatastoreConfig>,
    /// Obsolete; see `baseos`.
    #[prost(message, repeated, tag = "8")]
    pub base: Vec<BaseOsConfig>,
    /// Reboot command.
    #[prost(message, optional, tag = "9")]
    pub reboot: Option<DeviceOpsCmd>,
    /// Backup command; not carried out.
    #[prost(message, optional, tag = "10")]
    pub backup: Option<DeviceOpsCmd>,
    /// Settings that differ from their defaults.
    #[prost(message, repeated, tag = "11")]
    pub config_items: Vec<ConfigItem>,
    /// Ports: what is used for IP, and how.
    #[prost(message, repeated, tag = "12")]
    pub system_adapter_list: Vec<SystemAdapter>,
    /// Device model: each physical adapter.
    #[prost(message, repeated, tag = "13")]
    pub device_io_list: Vec<PhysicalIo>,
    /// Overrides what the firmware says.
    #[prost(string, tag = "14")]
    pub manufacturer: String,
    /// Overrides what the firmware says.
    #[prost(string, tag = "15")]
    pub product_name: String,
    /// Virtual networks for applications.
    #[prost(message, repeated, tag = "16")]
    pub network_instances: Vec<NetworkInstanceConfig>,
    /// Contexts of the cipher blocks in this message.
    #[prost(message, repeated, tag = "19")]
    pub cipher_contexts: Vec<CipherContext>,
    /// Content trees: what to download.
    #[prost(message, repeated, tag = "20")]
    pub content_info: Vec<ContentTree>,
    /// Volumes: what to make of it.
    #[prost(message, repeated, tag = "21")]
    pub volumes: Vec<Volume>,
    /// Changes when the device is to fetch `certs` again.
    #[prost(string, tag = "22")]
    pub controllercert_confighash: String,
    /// Start no applications.
    #[prost(bool, tag = "24")]
    pub maintenance_mode: bool,
    /// Changes when another controller took over and wants every report again.
    #[prost(int64, tag = "25")]
    pub controller_epoch: i64,
    /// Base operating system wanted.
    #[prost(message, optional, tag = "26")]
    pub baseos: Option<BaseOs>,
    /// Only applications of this profile run; empty for all.
    #[prost(string, tag = "27")]
    pub global_profile: String,
    /// Host and optional port of a local profile server.
    #[prost(string, tag = "28")]
    pub local_profile_server: String,
    /// Secret that its answers must show.
    #[prost(string, tag = "29")]
    pub profile_server_token: String,
    /// VLAN interfaces.
    #[prost(message, repeated, tag = "30")]
    pub vlans: Vec<VlanAdapter>,
    /// Bonded interfaces.
    #[prost(message, repeated, tag = "31")]
    pub bonds: Vec<BondAdapter>,
    /// Remote troubleshooting.
    #[prost(message, optional, tag = "32")]
    pub edgeview: Option<EdgeViewConfig>,
    /// Layout of disks.
    #[prost(message, optional, tag = "33")]
    pub disks: Option<DisksConfig>,
    /// Command to stop all applications.
    #[prost(message, optional, tag = "34")]
    pub shutdown: Option<DeviceOpsCmd>,
    /// Name of the device.
    #[prost(string, tag = "35")]
    pub device_name: String,
    /// Name of its project.
    #[prost(string, tag = "36")]
    pub project_name: String,
    /// UUID of its project.
    #[prost(string, tag = "37")]
    pub project_id: String,
    /// Name of its enterprise.
    #[prost(string, tag = "38")]
    pub enterprise_name: String,
    /// UUID of its enterprise.
    #[prost(string, tag = "39")]
    pub enterprise_id: String,
    /// When the controller made this configuration; older ones must not replace newer ones.
    #[prost(message, optional, tag = "40")]
    pub config_timestamp: Option<Timestamp>,
    /// Local operator console.
    #[prost(message, optional, tag = "41")]
    pub loc_config: Option<LocConfig>,
    /// Files for applications.
    #[prost(message, repeated, tag = "42")]
    pub patch_envelopes: Vec<EvePatchEnvelope>,
    /// Cluster that the device belongs to.
    #[prost(message, optional, tag = "43")]
    pub cluster: Option<EdgeNodeCluster>,
    /// Port authentication (802.1X).
    #[prost(message, repeated, tag = "50")]
    pub pnacs: Vec<Pnac>,
    /// Certificate enrolment.
    #[prost(message, repeated, tag = "51")]
    pub scep_profiles: Vec<ScepProfile>,
}

/// Body of `config`.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct ConfigRequest {
    /// Hash in the last answer that was applied; empty at first.
    #[prost(string, tag = "1")]
    pub config_hash: String,
    /// Token of the last attestation.
    #[prost(bytes = "vec", tag = "2")]
    pub integrity_token: Vec<u8>,
}

/// Answer of `config`.
#[derive(Clone, PartialEq, Message)]
pub struct ConfigResponse {
    /// The configuration; absent when the hash is unchanged.
    #[prost(message, optional, tag = "1")]
    pub config: Option<EdgeDevConfig>,
    /// Opaque name of this configuration, to be sent with the next request.
    #[prost(string, tag = "2")]
    pub config_hash: String,
}

/// First configuration, put into the installer (`bootstrap-config.pb`).
#[derive(Clone, PartialEq, Message)]
pub struct BootstrapConfig {
    /// An [`EdgeDevConfig`] in a signed envelope.
    #[prost(message, optional, tag = "1")]
    pub signed_config: Option<AuthContainer>,
    /// Signing and intermediate certificates to check it with.
    #[prost(message, repeated, tag = "2")]
    pub controller_certs: Vec<ZCert>,
}

crate::debug_without_content!(EdgeDevConfig, ConfigRequest);
