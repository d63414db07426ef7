//! Certificates of the controller and of the device, as `certs` and `attest` carry them.

use prost::{Enumeration, Message};

use crate::common::HashAlgorithm;

/// Answer of `certs`: every certificate that the controller uses now.
#[derive(Clone, PartialEq, Message)]
pub struct ZControllerCert {
    /// The set; it replaces the one before.
    #[prost(message, repeated, tag = "1")]
    pub certs: Vec<ZCert>,
}

/// Data that belongs to a certificate.
#[derive(Clone, PartialEq, Message)]
pub struct ZCertMetaData {
    /// What `meta_data` is; a [`ZCertMetaDataType`].
    #[prost(enumeration = "ZCertMetaDataType", tag = "1")]
    pub kind: i32,
    /// The data.
    #[prost(bytes = "vec", tag = "2")]
    pub meta_data: Vec<u8>,
}

/// One certificate with its use.
#[derive(Clone, PartialEq, Message)]
pub struct ZCert {
    /// How `cert_hash` was made.
    #[prost(enumeration = "HashAlgorithm", tag = "1")]
    pub hash_algo: i32,
    /// Hash of the certificate. The controller hashes the PEM text, a device the DER form.
    #[prost(bytes = "vec", tag = "2")]
    pub cert_hash: Vec<u8>,
    /// What the certificate is for; a [`ZCertType`].
    #[prost(enumeration = "ZCertType", tag = "3")]
    pub kind: i32,
    /// X.509 certificate in PEM; keep these bytes, a hash covers them.
    #[prost(bytes = "vec", tag = "4")]
    pub cert: Vec<u8>,
    /// Where its key lives and whether it may change.
    #[prost(message, optional, tag = "5")]
    pub attributes: Option<ZCertAttr>,
    /// Data that belongs to it, for example the TPM public area of an endorsement key.
    #[prost(message, repeated, tag = "6")]
    pub meta_data_items: Vec<ZCertMetaData>,
}

/// Properties of a certificate.
#[derive(Clone, PartialEq, Message)]
pub struct ZCertAttr {
    /// It may be replaced.
    #[prost(bool, tag = "1")]
    pub is_mutable: bool,
    /// Its key was made by a TPM.
    #[prost(bool, tag = "2")]
    pub is_tpm: bool,
}

/// What the meta data of a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZCertMetaDataType {
    /// `Z_CERT_META_DATA_TYPE_INVALID`.
    Invalid = 0,
    /// `Z_CERT_META_DATA_TYPE_TPM2_PUBLIC`: a `TPM2B_PUBLIC` blob.
    Tpm2Public = 1,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZCertType {
    /// `CERT_TYPE_CONTROLLER_NONE`.
    ControllerNone = 0,
    /// `CERT_TYPE_CONTROLLER_SIGNING`: leaf that signs envelopes.
    ControllerSigning = 1,
    /// `CERT_TYPE_CONTROLLER_INTERMEDIATE`: between the leaves and the root.
    ControllerIntermediate = 2,
    /// `CERT_TYPE_CONTROLLER_ECDH_EXCHANGE`: key agreement for encrypted objects.
    ControllerEcdhExchange = 3,
    /// `CERT_TYPE_DEVICE_ONBOARDING`: identity of the device.
    DeviceOnboarding = 10,
    /// `CERT_TYPE_DEVICE_RESTRICTED_SIGNING`: signs TPM quotes.
    DeviceRestrictedSigning = 11,
    /// `CERT_TYPE_DEVICE_ENDORSEMENT_RSA`: endorsement key of the TPM.
    DeviceEndorsementRsa = 12,
    /// `CERT_TYPE_DEVICE_ECDH_EXCHANGE`: key agreement for encrypted objects.
    DeviceEcdhExchange = 13,
}
