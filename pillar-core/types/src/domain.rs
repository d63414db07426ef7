//! Running applications (`spec/05`, DomainConfig, DomainStatus).
//!
//! zedmanager says what domainmgr is to run, domainmgr says what runs.

use crate::adapters::IoAdapter;
use crate::base::{List, Map, Secret, Time, Uuid};
use crate::cipher::CipherBlockStatus;
use crate::disk::{DiskConfig, DiskStatus, ImageFormat};
use crate::errors::ErrorAndTime;
use crate::identity::UuidAndVersion;
use crate::registry::{TypeInfo, types};
use crate::state::SwState;
use crate::vif::{VifConfig, VifInfo};
use crate::vm::{Affinity, AppRuntimeType, MetaDataType, VmConfig};
use crate::{codes, object};

codes! {
    /// What happened to a guest that crashed.
    pub enum CrashHandlingState: u8 {
        /// It has not.
        None = 0 "CrashNone",
        /// Its memory is being saved.
        CaptureInProgress = 1 "CrashCaptureInProgress",
        /// Its memory has been saved.
        Captured = 2 "CrashCaptured",
        /// It stands still for somebody to look.
        Held = 3 "CrashHeld",
    }
}

object! {
    /// What the firmware of the host says it is.
    pub struct DmiSystemInfo {
        /// Who made it.
        pub manufacturer: String = "Manufacturer",
        /// What it is.
        pub product_name: String = "ProductName",
        /// Its version.
        pub version: String = "Version",
        /// Its serial number.
        pub serial_number: String = "SerialNumber",
        /// Its UUID, as the firmware writes it.
        pub uuid: String = "UUID",
        /// Its number in the catalogue.
        pub sku_number: String = "SKUNumber",
        /// Its family of products.
        pub family: String = "Family",
    }
}

object! {
    /// How QEMU hands on the Windows licence.
    pub struct QemuLicenseKeyInfo {
        /// Arguments for it.
        pub domain_arguments: List<String> = "DomainArguments",
    }
}

object! {
    /// How Xen hands on the Windows licence: nothing is known yet.
    pub struct XenLicenseKeyInfo keep {}
}

object! {
    /// The host's Windows licence, for an application that may see it.
    pub struct OemWindowsLicenseKeyInfo {
        /// What the host says it is.
        pub system_info: DmiSystemInfo = "SystemInfo",
        /// For QEMU.
        pub qemu: QemuLicenseKeyInfo = "Qemu",
        /// For Xen.
        pub xen: XenLicenseKeyInfo = "Xen",
    }
}

object! {
    /// What an application is to run as. zedmanager to domainmgr; key: [`DomainConfig::key`].
    pub struct DomainConfig topic "DomainConfig" {
        /// The application.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// Whether it is to run here.
        pub activate: bool = "Activate",
        /// Whether it is to run at all, here or on another node of the cluster.
        pub user_activate: bool = "UserActivate",
        /// The application's number on this device.
        pub app_num: i64 = "AppNum",
        /// Its resources.
        pub vm: VmConfig = embed,
        /// Whether its console is not logged.
        pub disable_logs: bool = "DisableLogs",
        /// `legacy`: it sees a VGA card; or empty.
        pub gpu_config: String = "GPUConfig",
        /// Its disks, in order.
        pub disk_config_list: List<DiskConfig> = "DiskConfigList",
        /// Its interfaces.
        pub vif_list: List<VifConfig> = "VifList",
        /// Its devices.
        pub io_adapter_list: List<IoAdapter> = "IoAdapterList",
        /// The image that Kubernetes runs.
        pub kube_image_name: String = "KubeImageName",
        /// How often it was purged, by the controller or locally.
        pub purge_counter: u32 = "PurgeCounter",
        /// How often it was restarted, by the controller or locally.
        pub restart_counter: u32 = "RestartCounter",
        /// Whether this is its designated node.
        pub is_designated_node: bool = "IsDNidNode",
        /// How strongly it clings to that node.
        pub affinity_type: Affinity = "AffinityType",
        /// User data in base64, when it is not encrypted.
        pub cloud_init_user_data: Option<Secret<String>> = "pubsub-large-CloudInitUserData",
        /// User data, encrypted.
        pub cipher: CipherBlockStatus = embed,
        /// How user data reaches it.
        pub meta_data_type: MetaDataType = "MetaDataType",
        /// Whether it is a service of the device: a container without isolation.
        pub service: bool = "Service",
        /// Grows when it is to read user data again.
        pub cloud_init_version: u32 = "CloudInitVersion",
        /// The host's Windows licence.
        pub oem_windows_license_key_info: OemWindowsLicenseKeyInfo = "OemWindowsLicenseKeyInfo",
        /// What it runs inside itself.
        pub deployment_type: AppRuntimeType = "DeploymentType",
    }
}

object! {
    /// A file that user data puts into a container.
    pub struct WritableFile {
        /// Where, within the container.
        pub path: String = "Path",
        /// What, as `encoding` says.
        pub content: Secret<String> = "Content",
        /// Permissions, in octal.
        pub permissions: String = "Permissions",
        /// Plain when empty; otherwise of base64 and gzip.
        pub encoding: String = "Encoding",
        /// Not supported.
        pub owner: String = "Owner",
    }
}

object! {
    /// What an application runs as. domainmgr to zedmanager, usbmanager, nodeagent, msrv, newlogd; key:
    /// [`DomainStatus::key`].
    pub struct DomainStatus topic "DomainStatus" {
        /// The application.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// How far it has come.
        pub state: SwState = "State",
        /// Whether it has been started.
        pub activated: bool = "Activated",
        /// The application's number on this device.
        pub app_num: i64 = "AppNum",
        /// How often it was purged.
        pub purge_counter: u32 = "PurgeCounter",
        /// How often it was restarted.
        pub restart_counter: u32 = "RestartCounter",
        /// Being made: what follows is not final.
        pub pending_add: bool = "PendingAdd",
        /// Being changed.
        pub pending_modify: bool = "PendingModify",
        /// Being removed.
        pub pending_delete: bool = "PendingDelete",
        /// The hypervisor's name of it.
        pub domain_name: String = "DomainName",
        /// Its process; 0 only when it certainly does not exist.
        pub domain_id: i64 = "DomainId",
        /// When it was started.
        pub boot_time: Time = "BootTime",
        /// Its disks.
        pub disk_status_list: List<DiskStatus> = "DiskStatusList",
        /// Its interfaces.
        pub vif_list: List<VifInfo> = "VifList",
        /// Its devices.
        pub io_adapter_list: List<IoAdapter> = "IoAdapterList",
        /// Whether its console is not logged.
        pub disable_logs: bool = "DisableLogs",
        /// How often its start was tried.
        pub tried_count: i64 = "TriedCount",
        /// What went wrong.
        pub error: ErrorAndTime = embed,
        /// It could not be prepared; tried again from time to time.
        pub config_failed: bool = "ConfigFailed",
        /// It could not be booted; tried again from time to time.
        pub boot_failed: bool = "BootFailed",
        /// Its devices could not be had; tried again from time to time.
        pub adapters_failed: bool = "AdaptersFailed",
        /// Where a container's configuration is.
        pub oci_config_dir: String = "OCIConfigDir",
        /// Environment of a container, from user data.
        pub env_variables: Map<String, Secret<String>> = "EnvVariables",
        /// Files of a container, from user data.
        pub writable_files: List<WritableFile> = "WritableFiles",
        /// Its resources.
        pub vm: VmConfig = embed,
        /// Whether it is a service of the device.
        pub service: bool = "Service",
        /// Whether it has a virtual TPM.
        pub virtual_tpm: bool = "VirtualTPM",
        /// The display's resolution, from user data (FML mode).
        pub fml_custom_resolution: String = "FmlCustomResolution",
        /// Whether this is its designated node.
        pub is_designated_node: bool = "IsDNidNode",
        /// The node of the cluster that it runs on.
        pub node_name: String = "NodeName",
        /// Whether it sees the host's Windows licence.
        pub passthrough_windows_license_key: bool = "PassthroughWindowsLicenseKey",
        /// What it runs inside itself.
        pub deployment_type: AppRuntimeType = "DeploymentType",
        /// What happened after it crashed.
        pub crash_state: CrashHandlingState = "CrashState",
        /// What QEMU called its state when it crashed.
        pub crash_run_state: String = "CrashRunState",
        /// Where its memory was saved.
        pub guest_core_dump_path: String = "GuestCoreDumpPath",
        /// Until when it stands still for somebody to look.
        pub hold_until: Time = "HoldUntil",
        /// Where a debugger may attach to it.
        pub gdb_socket: String = "GdbSocket",
    }
}

impl DomainConfig {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }

    /// The task's name: `<uuid>.<version>.<application number>`.
    pub fn task_name(&self) -> String {
        format!("{}.{}.{}", self.uuid_and_version.uuid, self.uuid_and_version.version, self.app_num)
    }

    /// Whether it is a container: its first disk is one.
    pub fn is_oci_container(&self) -> bool {
        self.disk_config_list.first().is_some_and(|disk| disk.format == ImageFormat::Container)
    }
}

/// Application, version and application number of a task's name. Xen's own domain, `Domain-0`, is the nil
/// application.
pub fn parse_task_name(name: &str) -> Option<(Uuid, &str, i64)> {
    if name == "Domain-0" {
        return Some((Uuid::NIL, "", 0));
    }
    let (uuid, rest) = name.split_once('.')?;
    let (version, app_num) = rest.split_once('.')?;
    Some((uuid.parse().ok()?, version, app_num.parse().ok()?))
}

impl DomainStatus {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }

    /// Whether it is on the way and not final.
    pub fn is_pending(&self) -> bool {
        self.pending_add || self.pending_modify || self.pending_delete
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic DomainConfig, topic DomainStatus];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_name_has_three_parts() {
        let uuid: Uuid = "6f47a423-e41c-48db-8339-acc3e1f7dad5".parse().expect("a UUID");
        let config = DomainConfig {
            uuid_and_version: UuidAndVersion { uuid, version: "3".into(), ..Default::default() },
            app_num: 7,
            ..Default::default()
        };
        let name = config.task_name();

        assert_eq!(name, "6f47a423-e41c-48db-8339-acc3e1f7dad5.3.7");
        assert_eq!(parse_task_name(&name), Some((uuid, "3", 7)));
        assert_eq!(parse_task_name("Domain-0"), Some((Uuid::NIL, "", 0)));
        for wrong in ["", "a.b.c", "6f47a423-e41c-48db-8339-acc3e1f7dad5.3", &format!("{name}.1")] {
            assert_eq!(parse_task_name(wrong), None, "{wrong}");
        }
    }
}
