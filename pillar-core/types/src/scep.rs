//! Certificates enrolled by SCEP (`spec/01`, A19).

use crate::base::{Bytes, IpAddr, List, Time};
use crate::cipher::CipherBlockStatus;
use crate::errors::ErrorDescription;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// The kind of a key, as the controller numbers it.
    pub enum KeyType: i32 {
        /// Not said.
        Unspecified = 0,
        /// RSA, 2048 bits.
        Rsa2048 = 1,
        /// RSA, 3072 bits.
        Rsa3072 = 2,
        /// RSA, 4096 bits.
        Rsa4096 = 3,
        /// ECDSA on P-256.
        EcdsaP256 = 10,
        /// ECDSA on P-384.
        EcdsaP384 = 11,
        /// ECDSA on P-521.
        EcdsaP521 = 12,
    }
}

codes! {
    /// How something is hashed, as the controller numbers it.
    pub enum HashAlgorithm: i32 {
        /// Not said.
        Unspecified = 0,
        /// SHA-256.
        Sha256 = 1,
        /// SHA-384.
        Sha384 = 2,
        /// SHA-512.
        Sha512 = 3,
    }
}

codes! {
    /// How a certificate is, as the controller numbers it.
    pub enum CertStatus: i32 {
        /// Not said.
        Unspecified = 0 "CERT_STATUS_UNSPECIFIED",
        /// Here and valid.
        Available = 1 "CERT_STATUS_AVAILABLE",
        /// Asked for.
        Pending = 2 "CERT_STATUS_PENDING",
        /// Here, and a new one asked for.
        RenewalPending = 3 "CERT_STATUS_RENEWAL_PENDING",
        /// Expired.
        Expired = 4 "CERT_STATUS_EXPIRED",
        /// Revoked.
        Revoked = 5 "CERT_STATUS_REVOKED",
        /// Refused.
        EnrollmentFailed = 6 "CERT_STATUS_ENROLLMENT_FAILED",
        /// Here, and a new one refused.
        RenewalFailed = 7 "CERT_STATUS_RENEWAL_FAILED",
        /// Its profile is wrong.
        InvalidConfig = 8 "CERT_STATUS_INVALID_CONFIG",
    }
}

object! {
    /// The name of a certificate's owner.
    pub struct CertDistinguishedName keep {
        /// Common name.
        pub common_name: String = "CommonName",
        /// Serial number.
        pub serial_number: String = "SerialNumber",
        /// Organizations.
        pub organization: List<String> = "Organization",
        /// Their units.
        pub organizational_unit: List<String> = "OrganizationalUnit",
        /// Countries.
        pub country: List<String> = "Country",
        /// States or provinces.
        pub state: List<String> = "State",
        /// Localities.
        pub locality: List<String> = "Locality",
    }
}

object! {
    /// Further names of a certificate's owner.
    pub struct CertSubjectAlternativeName keep {
        /// Host names.
        pub dns_names: List<String> = "DNSNames",
        /// Mail addresses.
        pub email_addresses: List<String> = "EmailAddresses",
        /// IP addresses.
        pub ip_addresses: List<IpAddr> = "IPAddresses",
        /// URIs.
        pub uris: List<String> = "URIs",
    }
}

object! {
    /// What to ask for.
    pub struct CsrProfile as "CSRProfile" keep {
        /// The owner's name.
        pub subject: CertDistinguishedName = "Subject",
        /// The owner's further names.
        pub san: CertSubjectAlternativeName = "SAN",
        /// After how much of its life it is renewed, in percent; 0: half.
        pub renew_period_percent: u8 = "RenewPeriodPercent",
        /// The kind of its key.
        pub key_type: KeyType = "KeyType",
        /// How it is hashed.
        pub hash_algorithm: HashAlgorithm = "HashAlgorithm",
    }
}

object! {
    /// A certificate that the device should have. zedagent to scepclient, key: [`ScepProfile::key`].
    pub struct ScepProfile as "SCEPProfile" topic "SCEPProfile" {
        /// Its name.
        pub profile_name: String = "ProfileName",
        /// Who gives it.
        pub scep_server_url: String = "SCEPServerURL",
        /// Whether to go there through the controller.
        pub use_controller_proxy: bool = "UseControllerProxy",
        /// The password to ask with, encrypted.
        pub encrypted_challenge_password: CipherBlockStatus = "EncryptedChallengePassword",
        /// Certificates in PEM that the giver must be signed by.
        pub ca_cert_pem: List<Bytes> = "pubsub-large-ProxyCertPEM",
        /// What to ask for.
        pub csr_profile: CsrProfile = "CSRProfile",
        /// What is wrong with all that.
        pub parsing_error: ErrorDescription = "ParsingError",
    }
}

object! {
    /// A certificate that the device has or asks for. scepclient to nim and zedagent, key:
    /// [`EnrolledCertificateStatus::key`].
    pub struct EnrolledCertificateStatus topic "EnrolledCertificateStatus" persistent {
        /// Its profile.
        pub cert_enrollment_profile_name: String = "CertEnrollmentProfileName",
        /// What was asked for.
        pub csr_profile: CsrProfile = "CSRProfile",
        /// Who gave it.
        pub enrollment_server_url: String = "EnrollmentServerURL",
        /// SHA-256 of the certificates that the giver had to be signed by.
        pub trust_anchor_fingerprints: List<String> = "TrustAnchorFingerprints",
        /// What went wrong.
        pub error: ErrorDescription = "Error",
        /// Its owner's name.
        pub subject: CertDistinguishedName = "Subject",
        /// Its giver's name.
        pub issuer: CertDistinguishedName = "Issuer",
        /// Its owner's further names.
        pub san: CertSubjectAlternativeName = "SAN",
        /// After how much of its life it is renewed, in percent.
        pub renew_period_percent: u8 = "RenewPeriodPercent",
        /// The kind of its key.
        pub key_type: KeyType = "KeyType",
        /// How it is hashed.
        pub hash_algorithm: HashAlgorithm = "HashAlgorithm",
        /// From when it is valid.
        pub issue_timestamp: Time = "IssueTimestamp",
        /// Until when it is valid.
        pub expiration_timestamp: Time = "ExpirationTimestamp",
        /// Its SHA-256.
        pub sha256_fingerprint: String = "SHA256Fingerprint",
        /// How it is.
        pub cert_status: CertStatus = "CertStatus",
        /// Its file.
        pub cert_filepath: String = "CertFilepath",
        /// The file of the certificates that signed it.
        pub ca_cert_bundle_filepath: String = "CACertBundleFilepath",
        /// The file of its key.
        pub private_key_filepath: String = "PrivateKeyFilepath",
    }
}

impl ScepProfile {
    /// `<profile name>`.
    pub fn key(&self) -> String {
        self.profile_name.clone()
    }
}

impl EnrolledCertificateStatus {
    /// `<profile name>`.
    pub fn key(&self) -> String {
        self.cert_enrollment_profile_name.clone()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    object CertDistinguishedName, object CertSubjectAlternativeName, topic ScepProfile,
    topic EnrolledCertificateStatus
];
