//! Hashes, signatures and certificates of others. Called by jobs: checking takes a millisecond. Needs nothing of the
//! device; it is a trait because the code that does it well is native code.

use std::fmt;

use super::Unsupported;
use crate::time::Wall;

/// SHA-256.
pub type Sha256 = [u8; 32];

/// A certificate with what may connect it to a root; all in DER.
#[derive(Clone, Copy, Debug)]
pub struct CertificateChain<'a> {
    /// The certificate.
    pub leaf: &'a [u8],
    /// What may stand between it and a root.
    pub intermediates: &'a [Vec<u8>],
    /// Whom we believe.
    pub roots: &'a [Vec<u8>],
}

/// Cryptography without secrets.
pub trait Crypto: Send + Sync {
    /// SHA-256 of the data.
    fn sha256(&self, data: &[u8]) -> Sha256;

    /// Checks a signature over SHA-256 of a message by the key of a certificate (DER): ECDSA with r and s padded to
    /// the key size, or RSA PKCS #1 v1.5. Of the certificate only the key counts.
    fn verify(&self, certificate: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CertificateError>;

    /// From when on a certificate (DER) is valid.
    fn valid_from(&self, certificate: &[u8]) -> Result<Wall, CertificateError>;

    /// Checks that a certificate for servers leads to one of the roots at that time.
    fn check_chain(&self, chain: CertificateChain<'_>, at: Wall) -> Result<(), CertificateError>;
}

/// Why a certificate or a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateError {
    /// Not a certificate, or one with a key that cannot be used.
    Malformed,
    /// A certificate of the chain is out of date.
    Expired,
    /// A certificate of the chain is not valid yet.
    NotYetValid,
    /// It does not lead to a root that is believed.
    UnknownAuthority,
    /// It is not for this use.
    WrongUsage,
    /// The signature is not of this key over this message.
    BadSignature,
    /// The device has no cryptography.
    Unsupported,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CertificateError::Malformed => "the certificate is malformed or of an unknown kind",
            CertificateError::Expired => "the certificate is out of date, or the device's clock is wrong",
            CertificateError::NotYetValid => {
                "the certificate is not valid yet, or the device's clock is wrong"
            }
            CertificateError::UnknownAuthority => "the certificate is signed by an unknown authority",
            CertificateError::WrongUsage => "the certificate is for another use",
            CertificateError::BadSignature => "the signature is wrong",
            CertificateError::Unsupported => "this device has no cryptography",
        })
    }
}

impl std::error::Error for CertificateError {}

impl Crypto for Unsupported {
    /// Zeros: nothing can be signed or verified with them here.
    fn sha256(&self, _: &[u8]) -> Sha256 {
        [0; 32]
    }

    fn verify(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), CertificateError> {
        Err(CertificateError::Unsupported)
    }

    fn valid_from(&self, _: &[u8]) -> Result<Wall, CertificateError> {
        Err(CertificateError::Unsupported)
    }

    fn check_chain(&self, _: CertificateChain<'_>, _: Wall) -> Result<(), CertificateError> {
        Err(CertificateError::Unsupported)
    }
}
