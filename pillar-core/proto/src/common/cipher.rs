//! Encrypted parts of a configuration.

use prost::{Enumeration, Message};

use super::HashAlgorithm;

/// How the key of cipher blocks is agreed.
#[derive(Clone, PartialEq, Message)]
pub struct CipherContext {
    /// Name that blocks refer to.
    #[prost(string, tag = "1")]
    pub context_id: String,
    /// How both hashes were made; a [`HashAlgorithm`].
    #[prost(enumeration = "HashAlgorithm", tag = "2")]
    pub hash_scheme: i32,
    /// A [`KeyExchangeScheme`].
    #[prost(enumeration = "KeyExchangeScheme", tag = "3")]
    pub key_exchange_scheme: i32,
    /// An [`EncryptionScheme`].
    #[prost(enumeration = "EncryptionScheme", tag = "4")]
    pub encryption_scheme: i32,
    /// Hash of the device's ECDH certificate.
    #[prost(bytes = "vec", tag = "5")]
    pub device_cert_hash: Vec<u8>,
    /// Hash of the controller's ECDH certificate.
    #[prost(bytes = "vec", tag = "6")]
    pub controller_cert_hash: Vec<u8>,
}

/// One encrypted value.
#[derive(Clone, PartialEq, Message)]
pub struct CipherBlock {
    /// Context that it was encrypted under.
    #[prost(string, tag = "1")]
    pub cipher_context_id: String,
    /// Initialisation vector, 16 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub initial_value: Vec<u8>,
    /// The encrypted value, mostly an encoded [`EncryptionBlock`].
    #[prost(bytes = "vec", tag = "3")]
    pub cipher_data: Vec<u8>,
    /// SHA-256 of the clear value, to check the result.
    #[prost(bytes = "vec", tag = "4")]
    pub clear_text_sha256: Vec<u8>,
}

/// The clear content of most cipher blocks; each user reads its own members.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct EncryptionBlock {
    /// User name for a datastore.
    #[prost(string, tag = "1")]
    pub ds_api_key: String,
    /// Password for a datastore.
    #[prost(string, tag = "2")]
    pub ds_password: String,
    /// Identity for WPA Enterprise.
    #[prost(string, tag = "3")]
    pub wifi_user_name: String,
    /// Password or key for Wi-Fi.
    #[prost(string, tag = "4")]
    pub wifi_password: String,
    /// User data of an application.
    #[prost(string, tag = "5")]
    pub protected_user_data: String,
    /// User name for the default bearer.
    #[prost(string, tag = "6")]
    pub cellular_net_username: String,
    /// Password for the default bearer.
    #[prost(string, tag = "7")]
    pub cellular_net_password: String,
    /// Token that joins a cluster.
    #[prost(string, tag = "8")]
    pub cluster_token: String,
    /// Who `encrypted_data` is for; an [`EncryptionBlockUser`].
    #[prost(enumeration = "EncryptionBlockUser", tag = "9")]
    pub user: i32,
    /// Value for `user`.
    #[prost(string, tag = "10")]
    pub encrypted_data: String,
    /// User name for the attach bearer.
    #[prost(string, tag = "11")]
    pub cellular_net_attach_username: String,
    /// Password for the attach bearer.
    #[prost(string, tag = "12")]
    pub cellular_net_attach_password: String,
    /// Manifest that registers a cluster, gzip of YAML.
    #[prost(bytes = "vec", tag = "13")]
    pub gzip_registration_manifest_yaml: Vec<u8>,
    /// Shared secret for certificate enrolment.
    #[prost(string, tag = "14")]
    pub scep_challenge_password: String,
}

/// Key agreement of cipher blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum KeyExchangeScheme {
    /// `KEA_NONE`.
    None = 0,
    /// `KEA_ECDH`.
    Ecdh = 1,
}

/// Encryption of cipher blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum EncryptionScheme {
    /// `SA_NONE`.
    None = 0,
    /// `SA_AES_256_CFB`.
    Aes256Cfb = 1,
}

/// Users of the general member of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum EncryptionBlockUser {
    /// `ENCRYPTION_BLOCK_USER_UNSPECIFIED`.
    Unspecified = 0,
    /// `ENCRYPTION_BLOCK_USER_BINARY_ARTIFACT_METADATA`: meta data of a patch artifact.
    BinaryArtifactMetadata = 1,
}

crate::debug_without_content!(EncryptionBlock);
