//! Certificate enrolment (SCEP, RFC 8894).

use prost::{Enumeration, Message};

use crate::common::CipherBlock;

/// One certificate to enrol for.
#[derive(Clone, PartialEq, Message)]
pub struct ScepProfile {
    /// Name that port authentication refers to.
    #[prost(string, tag = "1")]
    pub profile_name: String,
    /// URL of the server.
    #[prost(string, tag = "2")]
    pub scep_url: String,
    /// Reach the server through the controller.
    #[prost(bool, tag = "3")]
    pub use_controller_proxy: bool,
    /// Shared secret, encrypted.
    #[prost(message, optional, tag = "4")]
    pub scep_challenge_password: Option<CipherBlock>,
    /// Certificates of the authority, PEM.
    #[prost(bytes = "vec", repeated, tag = "5")]
    pub ca_cert_pem: Vec<Vec<u8>>,
    /// What to ask for.
    #[prost(message, optional, tag = "6")]
    pub csr_profile: Option<CsrProfile>,
}

/// Content of the certificate request.
#[derive(Clone, PartialEq, Message)]
pub struct CsrProfile {
    /// CN.
    #[prost(string, tag = "1")]
    pub common_name: String,
    /// O.
    #[prost(string, tag = "2")]
    pub organization: String,
    /// OU.
    #[prost(string, tag = "3")]
    pub organizational_unit: String,
    /// C.
    #[prost(string, tag = "4")]
    pub country: String,
    /// ST.
    #[prost(string, tag = "5")]
    pub state: String,
    /// L.
    #[prost(string, tag = "6")]
    pub locality: String,
    /// DNS names among the alternative names.
    #[prost(string, repeated, tag = "10")]
    pub san_dns: Vec<String>,
    /// Addresses among the alternative names.
    #[prost(string, repeated, tag = "11")]
    pub san_ip: Vec<String>,
    /// URIs among the alternative names.
    #[prost(string, repeated, tag = "12")]
    pub san_uri: Vec<String>,
    /// Mail addresses among the alternative names.
    #[prost(string, repeated, tag = "13")]
    pub san_email: Vec<String>,
    /// Renew after so many percent of the validity.
    #[prost(uint32, tag = "20")]
    pub renew_period_percent: u32,
    /// A [`KeyType`].
    #[prost(enumeration = "KeyType", tag = "21")]
    pub key_type: i32,
    /// A [`HashAlgorithm`].
    #[prost(enumeration = "HashAlgorithm", tag = "22")]
    pub hash_algorithm: i32,
}

/// Keys for enrolled certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum KeyType {
    /// `KEY_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `KEY_TYPE_RSA_2048`.
    Rsa2048 = 1,
    /// `KEY_TYPE_RSA_3072`.
    Rsa3072 = 2,
    /// `KEY_TYPE_RSA_4096`.
    Rsa4096 = 3,
    /// `KEY_TYPE_ECDSA_P256`.
    EcdsaP256 = 10,
    /// `KEY_TYPE_ECDSA_P384`.
    EcdsaP384 = 11,
    /// `KEY_TYPE_ECDSA_P521`.
    EcdsaP521 = 12,
}

/// Hash for requests and signatures of enrolment. Not the one of certificate hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum HashAlgorithm {
    /// `HASH_ALGORITHM_UNSPECIFIED`.
    Unspecified = 0,
    /// `HASH_ALGORITHM_SHA256`.
    Sha256 = 1,
    /// `HASH_ALGORITHM_SHA384`.
    Sha384 = 2,
    /// `HASH_ALGORITHM_SHA512`.
    Sha512 = 3,
}
