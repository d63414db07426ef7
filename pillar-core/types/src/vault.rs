//! The vault, its keys, and the TPM's health (`spec/07`, Vault).

use crate::base::{List, Secret, Time};
use crate::errors::ErrorAndTime;
use crate::node::MaintenanceModeReason;
use crate::registry::{TypeInfo, types};
use crate::{Bytes, codes, object};

codes! {
    /// How the vault is, as the controller numbers it.
    pub enum DataSecAtRestStatus: i32 {
        /// Not known yet.
        Undetermined = 0 "DATASEC_AT_REST_UNKNOWN",
        /// Not encrypted.
        Disabled = 1 "DATASEC_AT_REST_DISABLED",
        /// Encrypted and open.
        Enabled = 2 "DATASEC_AT_REST_ENABLED",
        /// Closed.
        Error = 4 "DATASEC_AT_REST_ERROR",
    }
}

codes! {
    /// Whether the TPM has SHA-256 PCRs, as the controller numbers it.
    pub enum PcrStatus: i32 {
        /// Not known yet.
        Undetermined = 0 "PCR_UNKNOWN",
        /// It has.
        Enabled = 1 "PCR_ENABLED",
        /// It has not.
        Disabled = 2 "PCR_DISABLED",
    }
}

codes! {
    /// What opened the vault.
    pub enum VaultUnlockMethod: u8 {
        /// Nothing yet.
        None = 0 "none",
        /// The key that the TPM sealed.
        TpmLocalSealed = 1 "tpm-local-sealed",
        /// The key that the controller kept.
        ControllerKey = 2 "controller-key",
        /// No TPM, nothing to open.
        NoTpm = 3 "no-tpm",
        /// It was made anew, empty.
        Recreated = 4 "recreated",
    }
}

object! {
    /// How the vault's key is made. vaultmgr, which reads it back; key: [`VaultConfig::KEY`].
    pub struct VaultConfig topic "VaultConfig" persistent {
        /// Whether it is the TPM's key; else half of it is a constant, as in vaults of old.
        pub tpm_key_only: bool = "TpmKeyOnly",
    }
}

object! {
    /// When the vault's free blocks were last given back. Kubernetes on ZFS only.
    pub struct VaultTrimStatus {
        /// When that began.
        pub last_start_time: Time = "LastStartTime",
        /// When it ended.
        pub last_end_time: Time = "LastEndTime",
        /// Why it failed.
        pub last_error: String = "LastError",
    }
}

object! {
    /// How the vault is. vaultmgr to diag, monitor, nim, nodeagent, zedagent and those that wait for it; key:
    /// [`VaultStatus::key`].
    pub struct VaultStatus topic "VaultStatus" {
        /// The vault.
        pub name: String = "Name",
        /// How it is.
        pub status: DataSecAtRestStatus = "Status",
        /// Whether the TPM has SHA-256 PCRs.
        pub pcr_status: PcrStatus = "PCRStatus",
        /// Whether what is in it has been converted to today's formats.
        pub conversion_complete: bool = "ConversionComplete",
        /// The PCRs that had changed when the TPM last refused to open it.
        pub mismatching_pcrs: List<i64> = "MismatchingPCRs",
        /// What opened it.
        pub unlock_method: VaultUnlockMethod = "UnlockMethod",
        /// When its free blocks were last given back.
        pub trim_status: VaultTrimStatus = "TrimStatus",
        /// What is wrong with it.
        pub error: ErrorAndTime = embed,
    }
}

object! {
    /// Which PCRs the vault's key is sealed to.
    pub struct VaultKeyPolicyPcr as "VaultKeyPolicyPCR" {
        /// Whether the controller says so; else it is the usual ones.
        pub policy_present: bool = "PolicyPresent",
        /// These PCRs.
        pub indexes: List<i64> = "Indexes",
        /// The controller's number for this choice.
        pub id: i64 = "ID",
    }
}

object! {
    /// The vault's key for the controller to keep. vaultmgr to zedagent, key:
    /// [`EncryptedVaultKeyFromDevice::key`].
    pub struct EncryptedVaultKeyFromDevice topic "EncryptedVaultKeyFromDevice" {
        /// The vault.
        pub name: String = "Name",
        /// Its key, encrypted, with a digest of the clear one; none without a TPM.
        pub encrypted_vault_key: Secret<Bytes> = "EncryptedVaultKey",
        /// Whether there is a TPM.
        pub is_tpm_enabled: bool = "IsTpmEnabled",
    }
}

object! {
    /// The vault's key back from the controller. zedagent to vaultmgr, key:
    /// [`EncryptedVaultKeyFromController::key`].
    pub struct EncryptedVaultKeyFromController topic "EncryptedVaultKeyFromController" {
        /// The vault.
        pub name: String = "Name",
        /// Its key as it was sent; none when the controller has none.
        pub encrypted_vault_key: Secret<Bytes> = "EncryptedVaultKey",
        /// Which PCRs to seal it to.
        pub policy_pcr: VaultKeyPolicyPcr = "PolicyPcr",
    }
}

object! {
    /// Whether the TPM works. tpmmgr to nodeagent, key: [`TpmSanityStatus::key`].
    pub struct TpmSanityStatus topic "TpmSanityStatus" {
        /// The TPM.
        pub name: String = "Name",
        /// What does not work, [`None`](MaintenanceModeReason::None) when all does.
        pub status: MaintenanceModeReason = "Status",
        /// What went wrong.
        pub error: ErrorAndTime = embed,
    }
}

impl VaultConfig {
    /// The only key.
    pub const KEY: &str = "global";
}

impl VaultStatus {
    /// The name of the vault.
    pub const APPLICATION_DATA: &str = "Application Data Store";
    /// The name of another one that devices had before release 5.6.2.
    pub const CONFIGURATION_DATA: &str = "Configuration Data Store";

    /// `<vault name>`.
    pub fn key(&self) -> String {
        self.name.clone()
    }

    /// Whether it is closed.
    pub fn is_in_error(&self) -> bool {
        self.status == DataSecAtRestStatus::Error
    }

    /// Whether others may use what is in it.
    pub fn is_usable(&self) -> bool {
        self.conversion_complete && !self.is_in_error()
    }
}

impl EncryptedVaultKeyFromDevice {
    /// `<vault name>`.
    pub fn key(&self) -> String {
        self.name.clone()
    }
}

impl EncryptedVaultKeyFromController {
    /// `<vault name>`.
    pub fn key(&self) -> String {
        self.name.clone()
    }
}

impl TpmSanityStatus {
    /// `<tpm>`, which is `/dev/tpmrm0`: with its slashes there is no file of it.
    pub fn key(&self) -> String {
        self.name.clone()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic VaultConfig, topic VaultStatus, object VaultKeyPolicyPcr, topic EncryptedVaultKeyFromDevice,
    topic EncryptedVaultKeyFromController, topic TpmSanityStatus
];
