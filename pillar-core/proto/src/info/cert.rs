//! Certificates got by enrolment.

use prost::{Enumeration, Message};

use super::ErrorInfo;
use crate::google::Timestamp;

/// A certificate.
#[derive(Clone, PartialEq, Message)]
pub struct CertInfo {
    /// Enrolment profile.
    #[prost(string, tag = "1")]
    pub cert_enrollment_profile_name: String,
    /// Whom it names.
    #[prost(message, optional, tag = "2")]
    pub subject: Option<CertDistinguishedName>,
    /// Who issued it.
    #[prost(message, optional, tag = "3")]
    pub issuer: Option<CertDistinguishedName>,
    /// DNS names among the alternative names.
    #[prost(string, repeated, tag = "4")]
    pub san_dns: Vec<String>,
    /// Addresses among the alternative names.
    #[prost(string, repeated, tag = "5")]
    pub san_ip: Vec<String>,
    /// URIs among the alternative names.
    #[prost(string, repeated, tag = "6")]
    pub san_uri: Vec<String>,
    /// Mail addresses among the alternative names.
    #[prost(string, repeated, tag = "7")]
    pub san_email: Vec<String>,
    /// Valid from.
    #[prost(message, optional, tag = "8")]
    pub issue_timestamp: Option<Timestamp>,
    /// Valid until.
    #[prost(message, optional, tag = "9")]
    pub expiration_timestamp: Option<Timestamp>,
    /// Renewal begins after so many percent of the validity.
    #[prost(uint32, tag = "10")]
    pub renew_period_percent: u32,
    /// SHA-256 of its DER form, hex.
    #[prost(string, tag = "11")]
    pub sha256_fingerprint: String,
    /// A [`CertStatus`].
    #[prost(enumeration = "CertStatus", tag = "12")]
    pub status: i32,
    /// What is wrong.
    #[prost(message, optional, tag = "13")]
    pub err: Option<ErrorInfo>,
}

/// A distinguished name.
#[derive(Clone, PartialEq, Message)]
pub struct CertDistinguishedName {
    /// CN.
    #[prost(string, tag = "1")]
    pub common_name: String,
    /// SERIALNUMBER.
    #[prost(string, tag = "2")]
    pub serial_number: String,
    /// O.
    #[prost(string, repeated, tag = "3")]
    pub organization: Vec<String>,
    /// OU.
    #[prost(string, repeated, tag = "4")]
    pub organizational_unit: Vec<String>,
    /// C.
    #[prost(string, repeated, tag = "5")]
    pub country: Vec<String>,
    /// ST.
    #[prost(string, repeated, tag = "6")]
    pub state_or_province: Vec<String>,
    /// L.
    #[prost(string, repeated, tag = "7")]
    pub locality: Vec<String>,
}

/// State of an enrolled certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum CertStatus {
    /// `CERT_STATUS_UNSPECIFIED`.
    Unspecified = 0,
    /// `CERT_STATUS_AVAILABLE`.
    Available = 1,
    /// `CERT_STATUS_PENDING`.
    Pending = 2,
    /// `CERT_STATUS_RENEWAL_PENDING`.
    RenewalPending = 3,
    /// `CERT_STATUS_EXPIRED`.
    Expired = 4,
    /// `CERT_STATUS_REVOKED`.
    Revoked = 5,
    /// `CERT_STATUS_ENROLLMENT_FAILED`.
    EnrollmentFailed = 6,
    /// `CERT_STATUS_RENEWAL_FAILED`.
    RenewalFailed = 7,
    /// `CERT_STATUS_INVALID_CONFIG`.
    InvalidConfig = 8,
}
