//! State of the device as a whole.

use std::collections::BTreeMap;

use prost::{Enumeration, Message, Oneof};

use super::{
    AttestationInfo, CertInfo, DataSecAtRest, HwSecurityModuleStatus, SecurityInfo, StorageInfo,
    SystemAdapterInfo, ZCellularModuleInfo, ZInfoDevSw, ZInfoDns, ZInfoNetwork, ZInfoStorage, ZSimcardInfo,
    ZioBundle,
};
use crate::google::Timestamp;

/// What the firmware says of the hardware.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoManufacturer {
    /// Manufacturer.
    #[prost(string, tag = "1")]
    pub manufacturer: String,
    /// Product.
    #[prost(string, tag = "2")]
    pub product_name: String,
    /// Version of the product.
    #[prost(string, tag = "3")]
    pub version: String,
    /// Serial number.
    #[prost(string, tag = "4")]
    pub serial_number: String,
    /// UUID of the board; not the device's.
    #[prost(string, tag = "5")]
    pub uuid: String,
    /// `compatible` of the device tree, on ARM.
    #[prost(string, tag = "6")]
    pub compatible: String,
    /// Vendor of the firmware.
    #[prost(string, tag = "7")]
    pub bios_vendor: String,
    /// Version of the firmware.
    #[prost(string, tag = "8")]
    pub bios_version: String,
    /// Date of the firmware.
    #[prost(string, tag = "9")]
    pub bios_release_date: String,
}

/// A setting as it is in force.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoConfigItem {
    /// Value.
    #[prost(string, tag = "1")]
    pub value: String,
    /// Why the wanted value was refused.
    #[prost(string, tag = "2")]
    pub error: String,
}

/// All settings.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoConfigItemStatus {
    /// Known ones by name.
    #[prost(btree_map = "string, message", tag = "1")]
    pub config_items: BTreeMap<String, ZInfoConfigItem>,
    /// Wanted ones that do not exist.
    #[prost(btree_map = "string, message", tag = "2")]
    pub unknown_config_items: BTreeMap<String, ZInfoConfigItem>,
}

/// An application instance that is still there.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoAppInstance {
    /// UUID.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// Display name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Name of its domain.
    #[prost(string, tag = "3")]
    pub domain_name: String,
}

/// A task that is still there.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoDeviceTasks {
    /// Name of the task.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its namespace.
    #[prost(string, tag = "2")]
    pub namespace: String,
}

/// The device.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoDevice {
    /// Architecture as the kernel calls it, for example `x86_64`.
    #[prost(string, tag = "4")]
    pub machine_arch: String,
    /// CPU architecture.
    #[prost(string, tag = "5")]
    pub cpu_arch: String,
    /// Platform.
    #[prost(string, tag = "6")]
    pub platform: String,
    /// CPUs.
    #[prost(uint32, tag = "7")]
    pub ncpu: u32,
    /// MiB.
    #[prost(uint64, tag = "8")]
    pub memory: u64,
    /// MiB of the running system's partition.
    #[prost(uint64, tag = "9")]
    pub storage: u64,
    /// S.M.A.R.T. power cycles of the boot disk; -1 when unknown.
    #[prost(int64, tag = "10")]
    pub power_cycle_counter: i64,
    /// What the firmware says.
    #[prost(message, optional, tag = "11")]
    pub manufacturer_info: Option<ZInfoManufacturer>,
    /// Obsolete; see `system_adapter`.
    #[prost(message, repeated, tag = "13")]
    pub network: Vec<ZInfoNetwork>,
    /// Adapters that applications may get.
    #[prost(message, repeated, tag = "15")]
    pub assignable_adapters: Vec<ZioBundle>,
    /// DNS settings in force.
    #[prost(message, optional, tag = "16")]
    pub dns: Option<ZInfoDns>,
    /// Partitions and disks.
    #[prost(message, repeated, tag = "17")]
    pub storage_list: Vec<ZInfoStorage>,
    /// When the device booted.
    #[prost(message, optional, tag = "18")]
    pub boot_time: Option<Timestamp>,
    /// System partitions, and an image on its way.
    #[prost(message, repeated, tag = "19")]
    pub sw_list: Vec<ZInfoDevSw>,
    /// Host name.
    #[prost(string, tag = "20")]
    pub host_name: String,
    /// Obsolete.
    #[prost(message, repeated, tag = "21")]
    pub metric_items: Vec<DeprecatedMetricItem>,
    /// Why it rebooted last, in words.
    #[prost(string, tag = "22")]
    pub last_reboot_reason: String,
    /// When it rebooted last.
    #[prost(message, optional, tag = "23")]
    pub last_reboot_time: Option<Timestamp>,
    /// Port configurations, with the one in use.
    #[prost(message, optional, tag = "24")]
    pub system_adapter: Option<SystemAdapterInfo>,
    /// Boots so far.
    #[prost(uint32, tag = "25")]
    pub restart_counter: u32,
    /// TPM; a [`HwSecurityModuleStatus`].
    #[prost(enumeration = "HwSecurityModuleStatus", tag = "26")]
    pub hsm_status: i32,
    /// Vendor and version of the TPM.
    #[prost(string, tag = "27")]
    pub hsm_info: String,
    /// Stack of the fault that made it reboot.
    #[prost(string, tag = "28")]
    pub last_reboot_stack: String,
    /// Vaults.
    #[prost(message, optional, tag = "29")]
    pub data_sec_at_rest_info: Option<DataSecAtRest>,
    /// Hashes of root certificates.
    #[prost(message, optional, tag = "30")]
    pub sec_info: Option<SecurityInfo>,
    /// Settings in force.
    #[prost(message, optional, tag = "31")]
    pub config_item_status: Option<ZInfoConfigItemStatus>,
    /// Application instances that are still there.
    #[prost(message, repeated, tag = "32")]
    pub app_instances: Vec<ZInfoAppInstance>,
    /// Last reboot command carried out.
    #[prost(uint32, tag = "33")]
    pub reboot_config_counter: u32,
    /// Why it rebooted last; a [`BootReason`].
    #[prost(enumeration = "BootReason", tag = "34")]
    pub last_boot_reason: i32,
    /// Modems.
    #[prost(message, repeated, tag = "35")]
    pub cell_radios: Vec<ZCellularModuleInfo>,
    /// SIM cards.
    #[prost(message, repeated, tag = "36")]
    pub sims: Vec<ZSimcardInfo>,
    /// Tasks that are still there.
    #[prost(message, repeated, tag = "37")]
    pub tasks: Vec<ZInfoDeviceTasks>,
    /// Maintenance mode is on.
    #[prost(bool, tag = "38")]
    pub maintenance_mode: bool,
    /// Obsolete; see `maintenance_mode_reasons`.
    #[prost(enumeration = "MaintenanceModeReason", tag = "39")]
    pub maintenance_mode_reason: i32,
    /// There is a hardware watchdog.
    #[prost(bool, tag = "40")]
    pub hardware_watchdog_present: bool,
    /// It is about to reboot.
    #[prost(bool, tag = "41")]
    pub reboot_inprogress: bool,
    /// What the hardware can do.
    #[prost(message, optional, tag = "42")]
    pub capabilities: Option<Capabilities>,
    /// Last update retry command taken up.
    #[prost(uint32, tag = "43")]
    pub baseos_update_counter: u32,
    /// A [`ZDeviceState`].
    #[prost(enumeration = "ZDeviceState", tag = "44")]
    pub state: i32,
    /// Profile that a local profile server chose.
    #[prost(string, tag = "45")]
    pub local_profile: String,
    /// Why maintenance mode is on; [`MaintenanceModeReason`] values.
    #[prost(enumeration = "MaintenanceModeReason", repeated, tag = "46")]
    pub maintenance_mode_reasons: Vec<i32>,
    /// Obsolete.
    #[prost(string, tag = "47")]
    pub dormant_time: String,
    /// Storage pools.
    #[prost(message, repeated, tag = "48")]
    pub storage_info: Vec<StorageInfo>,
    /// Last shutdown command carried out.
    #[prost(uint32, tag = "49")]
    pub shutdown_config_counter: u32,
    /// Attestation.
    #[prost(message, optional, tag = "50")]
    pub attestation_info: Option<AttestationInfo>,
    /// Newest part of the API that it understands; an [`ApiCapability`].
    #[prost(enumeration = "ApiCapability", tag = "51")]
    pub api_capability: i32,
    /// Remote access is off.
    #[prost(bool, tag = "52")]
    pub remote_access_disabled: bool,
    /// What this build can do.
    #[prost(message, optional, tag = "53")]
    pub optional_capabilities: Option<OptionalCapabilities>,
    /// As configured.
    #[prost(string, tag = "54")]
    pub device_name: String,
    /// As configured.
    #[prost(string, tag = "55")]
    pub enterprise_name: String,
    /// As configured.
    #[prost(string, tag = "56")]
    pub enterprise_id: String,
    /// As configured.
    #[prost(string, tag = "57")]
    pub project_name: String,
    /// As configured.
    #[prost(string, tag = "58")]
    pub project_id: String,
    /// Certificates got by enrolment.
    #[prost(message, repeated, tag = "60")]
    pub enrolled_certs: Vec<CertInfo>,
}

/// What this build can do.
#[derive(Clone, PartialEq, Message)]
pub struct OptionalCapabilities {
    /// It runs applications by KubeVirt.
    #[prost(bool, tag = "1")]
    pub hv_type_kubevirt: bool,
    /// It sends a hardware inventory.
    #[prost(bool, tag = "2")]
    pub hw_inventory_support: bool,
    /// It can snapshot etcd.
    #[prost(bool, tag = "3")]
    pub etcd_snapshot: bool,
}

/// What the hardware can do.
#[derive(Clone, PartialEq, Message)]
pub struct Capabilities {
    /// VMX, SVM or ARM's virtualisation extensions.
    #[prost(bool, tag = "2")]
    pub hw_assisted_virtualization: bool,
    /// An IOMMU is in use.
    #[prost(bool, tag = "3")]
    pub io_virtualization: bool,
}

/// Where the device is between boot and power-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZDeviceState {
    /// `ZDEVICE_STATE_UNSPECIFIED`.
    Unspecified = 0,
    /// `ZDEVICE_STATE_ONLINE`: has a configuration; says nothing of applications.
    Online = 1,
    /// `ZDEVICE_STATE_REBOOTING`.
    Rebooting = 2,
    /// `ZDEVICE_STATE_MAINTENANCE_MODE`.
    MaintenanceMode = 3,
    /// `ZDEVICE_STATE_BASEOS_UPDATING`.
    BaseOsUpdating = 4,
    /// `ZDEVICE_STATE_BOOTING`.
    Booting = 5,
    /// `ZDEVICE_STATE_PREPARING_POWEROFF`: applications are stopping.
    PreparingPoweroff = 6,
    /// `ZDEVICE_STATE_POWERING_OFF`: on the way down.
    PoweringOff = 7,
    /// `ZDEVICE_STATE_PREPARED_POWEROFF`: applications have stopped.
    PreparedPoweroff = 8,
}

/// Parts of the API, in the order that they came; a number includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ApiCapability {
    /// `API_CAPABILITY_UNSPECIFIED`.
    Unspecified = 0,
    /// `API_CAPABILITY_RETRY_UPDATE`.
    RetryUpdate = 1,
    /// `API_CAPABILITY_SHUTDOWN`.
    Shutdown = 2,
    /// `API_CAPABILITY_START_DELAY_IN_SECONDS`.
    StartDelayInSeconds = 3,
    /// `API_CAPABILITY_EDGEVIEW`.
    Edgeview = 4,
    /// `API_CAPABILITY_VOLUME_SNAPSHOTS`.
    VolumeSnapshots = 5,
    /// `API_CAPABILITY_NETWORK_INSTANCE_ROUTING`.
    NetworkInstanceRouting = 6,
    /// `API_CAPABILITY_BOOT_MODE`.
    BootMode = 7,
    /// `API_CAPABILITY_MTU`.
    Mtu = 8,
    /// `API_CAPABILITY_ADAPTER_USER_LABELS`.
    AdapterUserLabels = 9,
    /// `API_CAPABILITY_ENFORCED_NET_INTERFACE_ORDER`.
    EnforcedNetInterfaceOrder = 10,
    /// `API_CAPABILITY_NTPS_FQDN`.
    NtpsFqdn = 11,
    /// `API_CAPABILITY_WIN_LIC_PASSTHROUGH`.
    WinLicPassthrough = 12,
    /// `API_CAPABILITY_VOLUME_SNAPSHOTS_IMMEDIATE`.
    VolumeSnapshotsImmediate = 13,
    /// `API_CAPABILITY_ENCRYPTED_PATCH_ENVELOPE`.
    EncryptedPatchEnvelope = 14,
    /// `API_CAPABILITY_SINGLE_STACK_IP_NETWORK`.
    SingleStackIpNetwork = 15,
    /// `API_CAPABILITY_CELLULAR_ATTACH_CONFIG`.
    CellularAttachConfig = 16,
    /// `API_CAPABILITY_EDGEVIEW_AUTHENTICATION`.
    EdgeviewAuthentication = 17,
    /// `API_CAPABILITY_DISABLE_VTPM`.
    DisableVtpm = 18,
    /// `API_CAPABILITY_LOC_REBOOT_COLLECT_INFO`.
    LocRebootCollectInfo = 19,
    /// `API_CAPABILITY_SMART_REPORT`.
    SmartReport = 20,
    /// `API_CAPABILITY_REPORT_TPM_EVENTLOG`.
    ReportTpmEventlog = 21,
}

/// Why the device booted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum BootReason {
    /// `BOOT_REASON_UNSPECIFIED`.
    Unspecified = 0,
    /// `BOOT_REASON_FIRST`: first boot after installation.
    First = 1,
    /// `BOOT_REASON_REBOOT_CMD`.
    RebootCmd = 2,
    /// `BOOT_REASON_UPDATE`.
    Update = 3,
    /// `BOOT_REASON_FALLBACK`: an update did not prove itself.
    Fallback = 4,
    /// `BOOT_REASON_DISCONNECT`: controller out of reach for too long.
    Disconnect = 5,
    /// `BOOT_REASON_FATAL`.
    Fatal = 6,
    /// `BOOT_REASON_OOM`.
    Oom = 7,
    /// `BOOT_REASON_WATCHDOG_HUNG`: an agent hung.
    WatchdogHung = 8,
    /// `BOOT_REASON_WATCHDOG_PID`: an agent ended.
    WatchdogPid = 9,
    /// `BOOT_REASON_KERNEL`: kernel panic.
    Kernel = 10,
    /// `BOOT_REASON_POWER_FAIL`.
    PowerFail = 11,
    /// `BOOT_REASON_UNKNOWN`.
    Unknown = 12,
    /// `BOOT_REASON_VAULT_FAILED`.
    VaultFailed = 13,
    /// `BOOT_REASON_POWEROFF_CMD`.
    PoweroffCmd = 14,
    /// `BOOT_REASON_PARSE_FAIL`.
    ParseFail = 255,
}

/// Why maintenance mode is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum MaintenanceModeReason {
    /// `MAINTENANCE_MODE_REASON_NONE`.
    None = 0,
    /// `MAINTENANCE_MODE_REASON_USER_REQUESTED`.
    UserRequested = 1,
    /// `MAINTENANCE_MODE_REASON_VAULT_LOCKED_UP`.
    VaultLockedUp = 2,
    /// `MAINTENANCE_MODE_REASON_LOW_DISK_SPACE`.
    LowDiskSpace = 3,
    /// `MAINTENANCE_MODE_REASON_TPM_ENCRYPTION_FAILURE`.
    TpmEncryptionFailure = 4,
    /// `MAINTENANCE_MODE_REASON_TPM_QUOTE_FAILURE`.
    TpmQuoteFailure = 5,
    /// `MAINTENANCE_MODE_REASON_EDGE_NODE_CERTS_REFUSED`.
    EdgeNodeCertsRefused = 6,
}

/// Obsolete open-ended value.
#[derive(Clone, PartialEq, Message)]
pub struct DeprecatedMetricItem {
    /// Name of the value.
    #[prost(string, tag = "1")]
    pub key: String,
    /// A [`DepMetricItemType`].
    #[prost(enumeration = "DepMetricItemType", tag = "2")]
    pub kind: i32,
    /// The value.
    #[prost(oneof = "DeprecatedMetricItemValue", tags = "3, 4, 5, 6, 7")]
    pub value: Option<DeprecatedMetricItemValue>,
}

/// Value of an obsolete item.
#[derive(Clone, PartialEq, Oneof)]
pub enum DeprecatedMetricItemValue {
    /// A switch.
    #[prost(bool, tag = "3")]
    Bool(bool),
    /// A small number.
    #[prost(uint32, tag = "4")]
    Uint32(u32),
    /// A number.
    #[prost(uint64, tag = "5")]
    Uint64(u64),
    /// A fraction.
    #[prost(float, tag = "6")]
    Float(f32),
    /// A text.
    #[prost(string, tag = "7")]
    String(String),
}

/// How an obsolete value behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum DepMetricItemType {
    /// `DepMetricItemOther`.
    Other = 0,
    /// `DepMetricItemGauge`.
    Gauge = 1,
    /// `DepMetricItemCounter`.
    Counter = 2,
    /// `DepMetricItemState`.
    State = 3,
}
