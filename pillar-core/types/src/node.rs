//! How the device is, and why it booted (`spec/07`, Node health; `spec/02`, BootReason).

use crate::attest::AttestState;
use crate::base::{Duration, List, Time};
use crate::device_network::RadioSilence;
use crate::registry::{TypeInfo, types};
use crate::vault::{DataSecAtRestStatus, PcrStatus};
use crate::{codes, object};

codes! {
    /// Why the device booted; the name is what `/persist/boot-reason` holds.
    pub enum BootReason: u8 {
        /// Not known yet.
        None = 0 "BootReasonNone",
        /// For the first time after it was installed.
        First = 1 "BootReasonFirst",
        /// The controller or the local server asked for it.
        RebootCmd = 2 "BootReasonRebootCmd",
        /// To try a new image.
        Update = 3 "BootReasonUpdate",
        /// The controller could not be reached during a trial.
        Fallback = 4 "BootReasonFallback",
        /// The controller could not be reached for very long.
        Disconnect = 5 "BootReasonDisconnect",
        /// An agent hit a fatal error.
        Fatal = 6 "BootReasonFatal",
        /// Memory ran out.
        Oom = 7 "BootReasonOOM",
        /// An agent hung.
        WatchdogHung = 8 "BootReasonWatchdogHung",
        /// A process that is watched vanished.
        WatchdogPid = 9 "BootReasonWatchdogPid",
        /// The kernel crashed.
        Kernel = 10 "BootReasonKernel",
        /// The power failed.
        PowerFail = 11 "BootReasonPowerFail",
        /// Nobody knows.
        Unexplained = 12 "BootReasonUnknown",
        /// The vault did not open during a trial.
        VaultFailure = 13 "BootReasonVaultFailure",
        /// It was told to switch off.
        PoweroffCmd = 14 "BootReasonPoweroffCmd",
        /// From a single node to a cluster or back. Newer than April 2024.
        KubeTransition = 15 "BootReasonKubeTransition",
        /// The hardware watchdog reset it. Newer than April 2024.
        HwWatchdog = 16 "BootReasonHWWatchdog",
        /// The file holds something else.
        ParseFail = 255 "BootReasonParseFail",
    }
}

codes! {
    /// Why the device is in maintenance mode.
    pub enum MaintenanceModeReason: i32 {
        /// It is not.
        None = 0 "MAINTENANCE_MODE_REASON_NONE",
        /// Somebody wants it.
        UserRequested = 1 "MAINTENANCE_MODE_REASON_USER_REQUESTED",
        /// The vault does not open.
        VaultLockedUp = 2 "MAINTENANCE_MODE_REASON_VAULT_LOCKED_UP",
        /// The disk is full.
        LowDiskSpace = 3 "MAINTENANCE_MODE_REASON_LOW_DISK_SPACE",
        /// The TPM does not encrypt.
        TpmEncryptionFailure = 4 "MAINTENANCE_MODE_REASON_TPM_ENCRYPTION_FAILURE",
        /// The TPM does not quote.
        TpmQuoteFailure = 5 "MAINTENANCE_MODE_REASON_TPM_QUOTE_FAILURE",
        /// The controller refuses the device's certificates.
        EdgeNodeCertsRefused = 6 "MAINTENANCE_MODE_REASON_EDGE_NODE_CERTS_REFUSED",
    }
}

codes! {
    /// How the last fetch of the configuration went.
    pub enum ConfigGetStatus: u8 {
        /// The controller answered.
        Success = 1,
        /// It did not.
        Fail = 2,
        /// It answered that it cannot now.
        TemporaryFail = 3,
        /// It did not, and what was saved is used.
        ReadSaved = 4,
    }
}

codes! {
    /// What the device is doing, as the controller numbers it.
    pub enum DeviceState: u8 {
        /// Not said.
        Unspecified = 0,
        /// Its work.
        Online = 1,
        /// Rebooting.
        Rebooting = 2,
        /// Waiting in maintenance mode.
        MaintenanceMode = 3,
        /// Updating the base OS.
        BaseOsUpdating = 4,
        /// Booting: it has no configuration yet.
        Booting = 5,
        /// Halting applications before it is switched off.
        PreparingPoweroff = 6,
        /// Switching off.
        PoweringOff = 7,
        /// Waiting to be switched off.
        PreparedPoweroff = 8,
    }
}

object! {
    /// What nodeagent knows and does. To baseosmgr, domainmgr, zedagent; key: [`NodeAgentStatus::KEY`].
    pub struct NodeAgentStatus topic "NodeAgentStatus" {
        /// `nodeagent`.
        pub name: String = "Name",
        /// The slot that the device runs from.
        pub cur_part: String = "CurPart",
        /// Whether an image is on trial.
        pub update_inprogress: bool = "UpdateInprogress",
        /// What is left of the trial.
        pub remaining_test_time: Duration = "RemainingTestTime",
        /// Whether the device is about to reboot.
        pub device_reboot: bool = "DeviceReboot",
        /// Whether applications are halted for good.
        pub device_shutdown: bool = "DeviceShutdown",
        /// Whether the device is about to be switched off.
        pub device_poweroff: bool = "DevicePoweroff",
        /// Whether no application runs.
        pub all_domains_halted: bool = "AllDomainsHalted",
        /// Why it booted, in words.
        pub reboot_reason: String = "RebootReason",
        /// Why it booted.
        pub boot_reason: BootReason = "BootReason",
        /// The stack of what made it reboot.
        pub reboot_stack: String = "RebootStack",
        /// When that was.
        pub reboot_time: Time = "RebootTime",
        /// How often it booted.
        pub restart_counter: u32 = "RestartCounter",
        /// The slot that it ran from then.
        pub reboot_image: String = "RebootImage",
        /// Whether it should be in maintenance mode for its own reasons.
        pub local_maintenance_mode: bool = "LocalMaintenanceMode",
        /// These reasons.
        pub local_maintenance_mode_reasons: List<MaintenanceModeReason> = "LocalMaintenanceModeReasons",
        /// Whether Kubernetes runs the applications.
        pub hv_type_kube: bool = "HVTypeKube",
        /// Whether the cluster has to move applications away first.
        pub wait_drain_inprogress: bool = "WaitDrainInProgress",
    }
}

object! {
    /// What zedagent knows and wants. To baseosmgr, diag, loguploader, monitor, nim, nodeagent, scepclient,
    /// volumemgr, zedkube, zedmanager; key: [`ZedAgentStatus::KEY`].
    pub struct ZedAgentStatus topic "ZedAgentStatus" {
        /// `zedagent`.
        pub name: String = "Name",
        /// How the last fetch of the configuration went.
        pub config_get_status: ConfigGetStatus = "ConfigGetStatus",
        /// Whether the device should reboot.
        pub reboot_cmd: bool = "RebootCmd",
        /// Whether applications should halt for good.
        pub shutdown_cmd: bool = "ShutdownCmd",
        /// Whether the device should be switched off.
        pub poweroff_cmd: bool = "PoweroffCmd",
        /// Why, in words.
        pub requested_reboot_reason: String = "RequestedRebootReason",
        /// Why.
        pub requested_boot_reason: BootReason = "RequestedBootReason",
        /// Whether the device is in maintenance mode.
        pub maintenance_mode: bool = "MaintenanceMode",
        /// Why it is.
        pub maintenance_mode_reasons: List<MaintenanceModeReason> = "MaintenanceModeReasons",
        /// Whether the controller refuses the device's certificates.
        pub edge_node_certs_refused: bool = "EdgeNodeCertsRefused",
        /// Another number here makes the device boot from the other slot.
        pub force_fallback_counter: u32 = "ForceFallbackCounter",
        /// The profile in force, which says which applications run.
        pub current_profile: String = "CurrentProfile",
        /// Whether radios should be off.
        pub radio_silence: RadioSilence = "RadioSilence",
        /// What the device is doing.
        pub device_state: DeviceState = "DeviceState",
        /// How far attestation is.
        pub attest_state: AttestState = "AttestState",
        /// Why attestation failed.
        pub attest_error: String = "AttestError",
        /// How the vault is.
        pub vault_status: DataSecAtRestStatus = "VaultStatus",
        /// Whether the TPM has SHA-256 PCRs.
        pub pcr_status: PcrStatus = "PCRStatus",
        /// What is wrong with the vault.
        pub vault_err: String = "VaultErr",
        /// Whether no controller is expected.
        pub airgap_mode: bool = "AirgapMode",
        /// The local operator console.
        pub loc_url: String = "LOCUrl",
    }
}

impl BootReason {
    /// Reads what `/persist/boot-reason` holds: nothing means [`None`](Self::None), what is no reason means
    /// [`ParseFail`](Self::ParseFail).
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::None;
        }
        (0..=u8::MAX)
            .map(Self::from)
            .find(|reason| !matches!(reason, Self::Unknown(_)) && reason.name() == text)
            .unwrap_or(Self::ParseFail)
    }

    /// Whether the last configuration may be used after such a boot; else only the one before it, as the
    /// last one may have been the cause.
    pub const fn starts_from_saved_config(self) -> bool {
        matches!(
            self,
            Self::RebootCmd
                | Self::Update
                | Self::Disconnect
                | Self::Kernel
                | Self::PowerFail
                | Self::Unexplained
                | Self::PoweroffCmd
                | Self::KubeTransition
        )
    }
}

impl NodeAgentStatus {
    /// The only key, and the name.
    pub const KEY: &str = "nodeagent";
}

impl ZedAgentStatus {
    /// The only key, and the name.
    pub const KEY: &str = "zedagent";
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic NodeAgentStatus, topic ZedAgentStatus];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boot_reasons_come_back_from_their_text() {
        for number in (0..=16).chain([255]) {
            let reason = BootReason::from(number);
            assert_eq!(BootReason::parse(&format!(" {}\n", reason.name())), reason);
        }
        assert_eq!(BootReason::parse(" \n"), BootReason::None);
        for text in ["Unknown", "BootReason", "bootreasonfatal", "BootReasonFatal x"] {
            assert_eq!(BootReason::parse(text), BootReason::ParseFail, "{text}");
        }
    }

    #[test]
    fn eight_boot_reasons_start_from_the_saved_config() {
        let starting: Vec<u8> =
            (0..=u8::MAX).filter(|number| BootReason::from(*number).starts_from_saved_config()).collect();

        assert_eq!(starting, [2, 3, 5, 10, 11, 12, 14, 15]);
    }
}
