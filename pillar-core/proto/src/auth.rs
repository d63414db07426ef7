//! The envelope around every message of API v2: who signed it, and how.

use prost::Message;

use crate::common::{CipherBlock, CipherContext, HashAlgorithm};

/// What the signature of an envelope covers.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct AuthBody {
    /// The inner message in wire form, or a gzip file when logs are sent.
    #[prost(bytes = "vec", tag = "1")]
    pub payload: Vec<u8>,
}

/// The signed envelope of each request and answer.
#[derive(Clone, PartialEq, Message)]
pub struct AuthContainer {
    /// The signed content.
    #[prost(message, optional, tag = "1")]
    pub protected_payload: Option<AuthBody>,
    /// How `sender_cert_hash` was made; a [`HashAlgorithm`].
    #[prost(enumeration = "HashAlgorithm", tag = "2")]
    pub algo: i32,
    /// Hash of the sender's certificate, to be found among the known ones.
    #[prost(bytes = "vec", tag = "3")]
    pub sender_cert_hash: Vec<u8>,
    /// Signature over SHA-256 of the payload: for ECDSA, r and s, each padded to the key size.
    #[prost(bytes = "vec", tag = "4")]
    pub signature_hash: Vec<u8>,
    /// The certificate itself, base64 of PEM; only while the receiver cannot know it.
    #[prost(bytes = "vec", tag = "5")]
    pub sender_cert: Vec<u8>,
    /// Key exchange for `cipher_data`; answers of a local operator console only.
    #[prost(message, optional, tag = "6")]
    pub cipher_context: Option<CipherContext>,
    /// Encrypted part; answers of a local operator console only.
    #[prost(message, optional, tag = "7")]
    pub cipher_data: Option<CipherBlock>,
}

crate::debug_without_content!(AuthBody);
