//! Cryptography on ring and rustls-webpki.

mod p256;

use pillar_core::hal::{CertificateChain, CertificateError, Crypto, Sha256};
use pillar_core::time::Wall;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert, ring as algorithms};

use crate::x509::{self, der};

pub use p256::{KeyPair, P256};

/// Signatures that chains may have.
pub(super) const CHAIN_SIGNATURES: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    algorithms::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
    algorithms::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
    algorithms::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// ring and rustls-webpki.
#[derive(Clone, Copy, Debug, Default)]
pub struct RingCrypto;

impl Crypto for RingCrypto {
    fn sha256(&self, data: &[u8]) -> Sha256 {
        let digest = ring::digest::digest(&ring::digest::SHA256, data);
        digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    fn verify(&self, certificate: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CertificateError> {
        let certificate = CertificateDer::from(certificate);
        let certificate = EndEntityCert::try_from(&certificate).map_err(error)?;
        let rsa = certificate.verify_signature(algorithms::RSA_PKCS1_2048_8192_SHA256, message, signature);
        match rsa {
            Err(Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)) => {}
            other => return other.map_err(|_| CertificateError::BadSignature),
        }
        // The key size follows from the curve: r and s of another length are no signature.
        let algorithm: &dyn SignatureVerificationAlgorithm = match signature.len() {
            64 => algorithms::ECDSA_P256_SHA256,
            96 => algorithms::ECDSA_P384_SHA256,
            _ => return Err(CertificateError::BadSignature),
        };
        let signature = der::signature(signature);
        let ecdsa = certificate.verify_signature(algorithm, message, &signature);
        ecdsa.map_err(|_| CertificateError::BadSignature)
    }

    fn valid_from(&self, certificate: &[u8]) -> Result<Wall, CertificateError> {
        let seconds = x509::valid_from(certificate).ok_or(CertificateError::Malformed)?;
        Ok(Wall(seconds.saturating_mul(1_000_000_000)))
    }

    fn check_chain(&self, chain: CertificateChain<'_>, at: Wall) -> Result<(), CertificateError> {
        let roots: Vec<CertificateDer<'_>> =
            chain.roots.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let anchors: Vec<_> = roots.iter().filter_map(|root| anchor_from_trusted_cert(root).ok()).collect();
        let intermediates: Vec<CertificateDer<'_>> =
            chain.intermediates.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let leaf = CertificateDer::from(chain.leaf);
        let leaf = EndEntityCert::try_from(&leaf).map_err(error)?;
        let seconds = u64::try_from(at.0.div_euclid(1_000_000_000)).unwrap_or(0);
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        leaf.verify_for_usage(
            CHAIN_SIGNATURES,
            &anchors,
            &intermediates,
            at,
            KeyUsage::server_auth(),
            None,
            None,
        )
        .map(drop)
        .map_err(error)
    }
}

fn error(error: Error) -> CertificateError {
    match error {
        Error::CertExpired { .. } => CertificateError::Expired,
        Error::CertNotValidYet { .. } => CertificateError::NotYetValid,
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => CertificateError::UnknownAuthority,
        Error::RequiredEkuNotFoundContext(_) | Error::EndEntityUsedAsCa | Error::CaUsedAsEndEntity => {
            CertificateError::WrongUsage
        }
        _ => CertificateError::Malformed,
    }
}
