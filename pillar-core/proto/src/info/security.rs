//! TPM, vaults, root certificates and attestation.

use prost::{Enumeration, Message};

use super::ErrorInfo;

/// A vault.
#[derive(Clone, PartialEq, Message)]
pub struct VaultInfo {
    /// Name of the vault.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A [`DataSecAtRestStatus`].
    #[prost(enumeration = "DataSecAtRestStatus", tag = "2")]
    pub status: i32,
    /// Why it is not open.
    #[prost(message, optional, tag = "3")]
    pub vault_err: Option<ErrorInfo>,
    /// Whether its key is bound to the TPM's registers; a [`PcrStatus`].
    #[prost(enumeration = "PcrStatus", tag = "4")]
    pub pcr_status: i32,
}

/// Encryption of stored data.
#[derive(Clone, PartialEq, Message)]
pub struct DataSecAtRest {
    /// Obsolete; see `vault_list`.
    #[prost(enumeration = "DataSecAtRestStatus", tag = "1")]
    pub status: i32,
    /// Obsolete; see `vault_list`.
    #[prost(string, tag = "2")]
    pub info: String,
    /// Each vault.
    #[prost(message, repeated, tag = "3")]
    pub vault_list: Vec<VaultInfo>,
}

/// SHA-256 of root certificates.
#[derive(Clone, PartialEq, Message)]
pub struct SecurityInfo {
    /// Of `root-certificate.pem`.
    #[prost(bytes = "vec", tag = "1")]
    pub sha_root_ca: Vec<u8>,
    /// Of `v2tlsbaseroot-certificates.pem`.
    #[prost(bytes = "vec", tag = "2")]
    pub sha_tls_root_ca: Vec<u8>,
}

/// Progress of attestation.
#[derive(Clone, PartialEq, Message)]
pub struct AttestationInfo {
    /// An [`AttestationState`].
    #[prost(enumeration = "AttestationState", tag = "1")]
    pub state: i32,
    /// Last error.
    #[prost(message, optional, tag = "2")]
    pub error: Option<ErrorInfo>,
}

/// Presence and use of a TPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum HwSecurityModuleStatus {
    /// `UNKNOWN`.
    Unknown = 0,
    /// `NOTFOUND`.
    NotFound = 1,
    /// `DISABLED`: there, not used.
    Disabled = 2,
    /// `ENABLED`.
    Enabled = 3,
}

/// State of a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum DataSecAtRestStatus {
    /// `DATASEC_AT_REST_UNKNOWN`.
    Unknown = 0,
    /// `DATASEC_AT_REST_DISABLED`: no encryption.
    Disabled = 1,
    /// `DATASEC_AT_REST_ENABLED`: open.
    Enabled = 2,
    /// `DATASEC_AT_REST_ERROR`.
    Error = 4,
}

/// Whether a key is bound to PCR values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum PcrStatus {
    /// `PCR_UNKNOWN`.
    Unknown = 0,
    /// `PCR_ENABLED`.
    Enabled = 1,
    /// `PCR_DISABLED`.
    Disabled = 2,
}

/// States of attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AttestationState {
    /// `ATTESTATION_STATE_UNSPECIFIED`.
    Unspecified = 0,
    /// `ATTESTATION_STATE_NONCE_WAIT`.
    NonceWait = 1,
    /// `ATTESTATION_STATE_TPM_QUOTE_WAIT`.
    TpmQuoteWait = 2,
    /// `ATTESTATION_STATE_TPM_ESCROW_WAIT`.
    TpmEscrowWait = 3,
    /// `ATTESTATION_STATE_ATTEST_WAIT`.
    AttestWait = 4,
    /// `ATTESTATION_STATE_ATTEST_ESCROW_WAIT`.
    AttestEscrowWait = 5,
    /// `ATTESTATION_STATE_RESTART_WAIT`.
    RestartWait = 6,
    /// `ATTESTATION_STATE_COMPLETE`.
    Complete = 7,
}
