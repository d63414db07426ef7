//! Applications as they should be (`spec/05`, AppInstanceConfig).
//!
//! A copy stands beside each snapshot on disk (`appInstanceConfig.json`), so all parts keep members that
//! they do not know.

use crate::adapters::IoAdapter;
use crate::app_network::AppNetAdapterConfig;
use crate::base::{Duration, IpAddr, List, Secret};
use crate::cipher::CipherBlockStatus;
use crate::identity::UuidAndVersion;
use crate::object;
use crate::registry::{TypeInfo, types};
use crate::snapshot::SnapshotConfig;
use crate::vm::{Affinity, AppRuntimeType, BootOrder, BootOrderSource, MetaDataType, VmConfig};
use crate::volume_ref::VolumeRefConfig;

object! {
    /// An order that is carried out each time its counter grows.
    pub struct AppInstanceOpsCmd keep {
        /// How often it was given.
        pub counter: u32 = "Counter",
        /// When, as the controller writes it.
        pub apply_time: String = "ApplyTime",
    }
}

object! {
    /// An application. zedagent to zedmanager, loguploader, wstunnelclient, zedkube; from zedmanager to
    /// itself while it goes back to a snapshot. Key: [`AppInstanceConfig::key`].
    pub struct AppInstanceConfig topic "AppInstanceConfig" keep {
        /// The application.
        pub uuid_and_version: UuidAndVersion = "UUIDandVersion",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// What is wrong with its configuration; with any, it is not made.
        pub errors: List<String> = "Errors",
        /// Its resources; a change needs a restart.
        pub fixed_resources: VmConfig = "FixedResources",
        /// Whether its console is not logged.
        pub disable_logs: bool = "DisableLogs",
        /// Its volumes, in the order of its disks.
        pub volume_ref_config_list: List<VolumeRefConfig> = "VolumeRefConfigList",
        /// Whether it is to run.
        pub activate: bool = "Activate",
        /// Its interfaces, in order.
        pub app_net_adapter_list: List<AppNetAdapterConfig> = "AppNetAdapterList",
        /// Its devices.
        pub io_adapter_list: List<IoAdapter> = "IoAdapterList",
        /// Restart, from the controller.
        pub restart_cmd: AppInstanceOpsCmd = "RestartCmd",
        /// Make anew, from the controller.
        pub purge_cmd: AppInstanceOpsCmd = "PurgeCmd",
        /// Restart, from somebody on site.
        pub local_restart_cmd: AppInstanceOpsCmd = "LocalRestartCmd",
        /// Make anew, from somebody on site.
        pub local_purge_cmd: AppInstanceOpsCmd = "LocalPurgeCmd",
        /// User data in base64, when it is not encrypted.
        pub cloud_init_user_data: Option<Secret<String>> = "pubsub-large-CloudInitUserData",
        /// Whether its console can be reached from the controller.
        pub remote_console: bool = "RemoteConsole",
        /// Where its statistics of containers are fetched.
        pub collect_stats_ip_addr: IpAddr = "CollectStatsIPAddr",
        /// User data, encrypted.
        pub cipher: CipherBlockStatus = embed,
        /// How user data reaches it.
        pub meta_data_type: MetaDataType = "MetaDataType",
        /// The profiles in which it runs; empty: all.
        pub profile_list: List<String> = "ProfileList",
        /// How long after the start of the device it is started.
        pub delay: Duration = "Delay",
        /// Whether it is a service of the device: a container without isolation.
        pub service: bool = "Service",
        /// Grows when it is to read user data again.
        pub cloud_init_version: u32 = "CloudInitVersion",
        /// Its snapshots.
        pub snapshot: SnapshotConfig = "Snapshot",
        /// Whether it may ask for the addresses of other applications.
        pub allow_to_discover: bool = "AllowToDiscover",
        /// Whether this is its designated node; true where none is designated.
        pub is_designated_node: bool = "IsDesignatedNodeID",
        /// How strongly it clings to that node.
        pub affinity_type: Affinity = "AffinityType",
        /// What it runs inside itself.
        pub deployment_type: AppRuntimeType = "DeploymentType",
        /// The boot order that the controller asks for, before others have their say.
        pub controller_boot_order: BootOrder = "ControllerBootOrder",
        /// Who decided on the boot order in `fixed_resources`.
        pub boot_order_source: BootOrderSource = "BootOrderSource",
    }
}

impl AppInstanceConfig {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid_and_version.uuid.to_string()
    }

    /// Whether it is to run while this profile is in force; empty: none is, and all may run.
    pub fn is_wanted_in(&self, profile: &str) -> bool {
        let fits = profile.is_empty() || self.profile_list.is_empty();
        self.activate && (fits || self.profile_list.iter().any(|other| other == profile))
    }

    /// How often it was to be restarted, by the controller or locally.
    pub fn restart_counter(&self) -> u32 {
        self.restart_cmd.counter.wrapping_add(self.local_restart_cmd.counter)
    }

    /// How often it was to be made anew, by the controller or locally.
    pub fn purge_counter(&self) -> u32 {
        self.purge_cmd.counter.wrapping_add(self.local_purge_cmd.counter)
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic AppInstanceConfig];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_selects_applications() {
        let always = AppInstanceConfig { activate: true, ..Default::default() };
        let night = AppInstanceConfig { profile_list: ["night".to_owned()].into(), ..always.clone() };
        let off = AppInstanceConfig { activate: false, ..night.clone() };

        let wanted_in = |profile| [&always, &night, &off].map(|app| app.is_wanted_in(profile));
        assert_eq!(wanted_in(""), [true, true, false]);
        assert_eq!(wanted_in("night"), [true, true, false]);
        assert_eq!(wanted_in("day"), [true, false, false]);
    }
}
