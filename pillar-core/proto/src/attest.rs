//! Remote attestation: nonce, TPM quote, and the keys that the controller keeps for a device.

use prost::{Enumeration, Message};

use crate::certs::ZCert;

/// Body of `attest`.
#[derive(Clone, PartialEq, Message)]
pub struct ZAttestReq {
    /// Which member counts; a [`ZAttestReqType`].
    #[prost(enumeration = "ZAttestReqType", tag = "1")]
    pub req_type: i32,
    /// With type quote.
    #[prost(message, optional, tag = "2")]
    pub quote: Option<ZAttestQuote>,
    /// With type cert: the device's certificates.
    #[prost(message, repeated, tag = "3")]
    pub certs: Vec<ZCert>,
    /// With type store-keys.
    #[prost(message, optional, tag = "4")]
    pub storage_keys: Option<AttestStorageKeys>,
}

/// Answer of `attest`.
#[derive(Clone, PartialEq, Message)]
pub struct ZAttestResponse {
    /// Which member counts; a [`ZAttestRespType`].
    #[prost(enumeration = "ZAttestRespType", tag = "1")]
    pub resp_type: i32,
    /// With type nonce.
    #[prost(message, optional, tag = "2")]
    pub nonce: Option<ZAttestNonceResp>,
    /// With type quote.
    #[prost(message, optional, tag = "3")]
    pub quote_resp: Option<ZAttestQuoteResp>,
    /// With type store-keys.
    #[prost(message, optional, tag = "4")]
    pub storage_keys_resp: Option<AttestStorageKeysResp>,
}

/// A nonce for the next quote.
#[derive(Clone, PartialEq, Message)]
pub struct ZAttestNonceResp {
    /// 12 to 32 random bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub nonce: Vec<u8>,
}

/// One digest of a measured event.
#[derive(Clone, PartialEq, Message)]
pub struct TpmEventDigest {
    /// Algorithm; a [`TpmHashAlgo`].
    #[prost(enumeration = "TpmHashAlgo", tag = "1")]
    pub hash_algo: i32,
    /// Digest.
    #[prost(bytes = "vec", tag = "2")]
    pub digest: Vec<u8>,
}

/// One event of the TCG log; superseded by the binary log.
#[derive(Clone, PartialEq, Message)]
pub struct TpmEventLogEntry {
    /// Position in the log.
    #[prost(uint32, tag = "1")]
    pub index: u32,
    /// Register that was extended.
    #[prost(uint32, tag = "2")]
    pub pcr_index: u32,
    /// TCG event type.
    #[prost(uint32, tag = "3")]
    pub event_type: u32,
    /// What was measured.
    #[prost(message, optional, tag = "4")]
    pub digest: Option<TpmEventDigest>,
    /// Data of the event as logged.
    #[prost(bytes = "vec", tag = "5")]
    pub event_data_binary: Vec<u8>,
    /// The same as text.
    #[prost(string, tag = "6")]
    pub event_data_string: String,
    /// Size of the data in bytes, also when it is left out.
    #[prost(uint32, tag = "7")]
    pub event_binary_size: u32,
}

/// Where the device says it is; not used.
#[derive(Clone, PartialEq, Message)]
pub struct AttestGpsCoordinates {
    /// Whether the values count.
    #[prost(enumeration = "AttestGpsInput", tag = "1")]
    pub gps_input: i32,
    /// Degrees.
    #[prost(double, tag = "2")]
    pub latitude: f64,
    /// Degrees.
    #[prost(double, tag = "3")]
    pub longitude: f64,
}

/// Version of a piece of software that the quote covers.
#[derive(Clone, PartialEq, Message)]
pub struct AttestVersionInfo {
    /// Which software; an [`AttestVersionType`].
    #[prost(enumeration = "AttestVersionType", tag = "1")]
    pub version_type: i32,
    /// Its version.
    #[prost(string, tag = "2")]
    pub version: String,
}

/// Value of one platform configuration register.
#[derive(Clone, PartialEq, Message)]
pub struct TpmPcrValue {
    /// Number of the register.
    #[prost(uint32, tag = "1")]
    pub index: u32,
    /// Bank.
    #[prost(enumeration = "TpmHashAlgo", tag = "2")]
    pub hash_algo: i32,
    /// Content.
    #[prost(bytes = "vec", tag = "3")]
    pub value: Vec<u8>,
}

/// Proof of the device's state. Empty from a device without TPM.
#[derive(Clone, PartialEq, Message)]
pub struct ZAttestQuote {
    /// `TPMS_ATTEST` as the TPM signed it, nonce inside.
    #[prost(bytes = "vec", tag = "1")]
    pub attest_data: Vec<u8>,
    /// Signature over `attest_data`.
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
    /// Registers that the quote covers.
    #[prost(message, repeated, tag = "3")]
    pub pcr_values: Vec<TpmPcrValue>,
    /// Obsolete; see `tpm_binary_event_log`.
    #[prost(message, repeated, tag = "4")]
    pub event_log: Vec<TpmEventLogEntry>,
    /// Versions of system and firmware.
    #[prost(message, repeated, tag = "5")]
    pub versions: Vec<AttestVersionInfo>,
    /// Not used.
    #[prost(message, optional, tag = "6")]
    pub gps_info: Option<AttestGpsCoordinates>,
    /// TCG binary event log, gzip.
    #[prost(bytes = "vec", tag = "7")]
    pub tpm_binary_event_log: Vec<u8>,
}

/// A key of a vault, sealed by the TPM, in the controller's keeping.
#[derive(Clone, PartialEq, Message)]
pub struct AttestVolumeKey {
    /// What the key opens; an [`AttestVolumeKeyType`].
    #[prost(enumeration = "AttestVolumeKeyType", tag = "1")]
    pub key_type: i32,
    /// An encoded [`AttestVolumeKeyData`].
    #[prost(bytes = "vec", tag = "2")]
    pub key: Vec<u8>,
    /// `policy_pcr_list` is meant, even when it is empty.
    #[prost(bool, tag = "4")]
    pub has_policy_pcr_list: bool,
    /// Registers to seal the key to.
    #[prost(message, optional, tag = "5")]
    pub policy_pcr_list: Option<AttestPolicyPcrList>,
}

/// Verdict on a quote.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct ZAttestQuoteResp {
    /// A [`ZAttestResponseCode`].
    #[prost(enumeration = "ZAttestResponseCode", tag = "1")]
    pub response: i32,
    /// With success: to be shown with each `config` request.
    #[prost(bytes = "vec", tag = "2")]
    pub integrity_token: Vec<u8>,
    /// With success: keys stored earlier.
    #[prost(message, repeated, tag = "3")]
    pub keys: Vec<AttestVolumeKey>,
}

/// Keys to keep for the device.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct AttestStorageKeys {
    /// Token of the last attestation.
    #[prost(bytes = "vec", tag = "1")]
    pub integrity_token: Vec<u8>,
    /// The keys.
    #[prost(message, repeated, tag = "2")]
    pub keys: Vec<AttestVolumeKey>,
}

/// Answer to storing keys.
#[derive(Clone, PartialEq, Message)]
pub struct AttestStorageKeysResp {
    /// An [`AttestStorageKeysResponseCode`].
    #[prost(enumeration = "AttestStorageKeysResponseCode", tag = "1")]
    pub response: i32,
}

/// Registers that a key is sealed to.
#[derive(Clone, PartialEq, Message)]
pub struct AttestPolicyPcrList {
    /// Numbers of the registers.
    #[prost(uint32, repeated, tag = "1")]
    pub pcr_indices: Vec<u32>,
    /// Names the policy in records.
    #[prost(uint32, tag = "2")]
    pub policy_id: u32,
}

/// Content of [`AttestVolumeKey::key`].
#[derive(Clone, PartialEq, Message)]
pub struct AttestVolumeKeyData {
    /// The key, encrypted with a key that the TPM holds.
    #[prost(bytes = "vec", tag = "1")]
    pub encrypted_key: Vec<u8>,
    /// SHA-256 of the clear key.
    #[prost(bytes = "vec", tag = "2")]
    pub digest_sha256: Vec<u8>,
    /// How it was encrypted; an [`AttestVolumeKeyVersion`].
    #[prost(enumeration = "AttestVolumeKeyVersion", tag = "5")]
    pub version: i32,
}

/// Steps of attestation, as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZAttestReqType {
    /// `ATTEST_REQ_NONE`.
    None = 0,
    /// `ATTEST_REQ_CERT`.
    Cert = 1,
    /// `ATTEST_REQ_NONCE`.
    Nonce = 2,
    /// `ATTEST_REQ_QUOTE`.
    Quote = 3,
    /// `Z_ATTEST_REQ_TYPE_STORE_KEYS`.
    StoreKeys = 4,
}

/// Steps of attestation, as answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZAttestRespType {
    /// `ATTEST_RESP_NONE`.
    None = 0,
    /// `ATTEST_RESP_CERT`.
    Cert = 1,
    /// `ATTEST_RESP_NONCE`.
    Nonce = 2,
    /// `ATTEST_RESP_QUOTE_RESP`.
    Quote = 3,
    /// `Z_ATTEST_RESP_TYPE_STORE_KEYS`.
    StoreKeys = 4,
}

/// Hash algorithms of the TPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum TpmHashAlgo {
    /// `TPM_HASH_ALGO_INVALID`.
    Invalid = 0,
    /// `TPM_HASH_ALGO_SHA1`.
    Sha1 = 1,
    /// `TPM_HASH_ALGO_SHA256`.
    Sha256 = 2,
    /// `TPM_HASH_ALGO_SHA512`.
    Sha512 = 3,
}

/// Whether coordinates are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AttestGpsInput {
    /// `ATTEST_GPS_INPUT_INVALID`.
    Invalid = 0,
    /// `ATTEST_GPS_INPUT_PRESENT`.
    Present = 1,
    /// `ATTEST_GPS_INPUT_ABSENT`.
    Absent = 2,
}

/// Software whose version is attested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AttestVersionType {
    /// `ATTEST_VERSION_TYPE_INVALID`.
    Invalid = 0,
    /// `ATTEST_VERSION_TYPE_EVE`: the base operating system.
    Eve = 1,
    /// `ATTEST_VERSION_TYPE_FIRMWARE`: BIOS or UEFI.
    Firmware = 2,
}

/// Verdicts on a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZAttestResponseCode {
    /// `Z_ATTEST_RESPONSE_CODE_INVALID`.
    Invalid = 0,
    /// `Z_ATTEST_RESPONSE_CODE_SUCCESS`.
    Success = 1,
    /// `Z_ATTEST_RESPONSE_CODE_NONCE_MISMATCH`.
    NonceMismatch = 2,
    /// `Z_ATTEST_RESPONSE_CODE_NO_CERT_FOUND`: the attestation certificate was never sent.
    NoCertFound = 3,
    /// `Z_ATTEST_RESPONSE_CODE_QUOTE_FAILED`: registers or signature do not match.
    QuoteFailed = 4,
}

/// What a stored key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AttestVolumeKeyType {
    /// `ATTEST_VOLUME_KEY_TYPE_INVALID`.
    Invalid = 0,
    /// `ATTEST_VOLUME_KEY_TYPE_VSK`: volume storage key, for `/persist/vault`.
    Vsk = 1,
}

/// How a stored key is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AttestVolumeKeyVersion {
    /// `ATTEST_VOLUME_KEY_VERSION_LEGACY`.
    Legacy = 0,
    /// `ATTEST_VOLUME_KEY_VERSION_V1`: AES-GCM with a key bound to the TPM.
    V1 = 1,
}

/// Answers to storing keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AttestStorageKeysResponseCode {
    /// `ATTEST_STORAGE_KEYS_RESPONSE_CODE_INVALID`.
    Invalid = 0,
    /// `ATTEST_STORAGE_KEYS_RESPONSE_CODE_SUCCESS`.
    Success = 1,
    /// `ATTEST_STORAGE_KEYS_RESPONSE_CODE_ITOKEN_MISMATCH`: token not valid, attest again.
    ItokenMismatch = 2,
}

crate::debug_without_content!(ZAttestQuoteResp, AttestStorageKeys);
