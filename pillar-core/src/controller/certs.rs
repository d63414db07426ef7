//! The set of certificates that a controller signs with (spec/01, A4). Called by jobs: checking a chain takes a
//! millisecond. A set is taken as a whole or not at all.

use std::fmt;

use pillar_proto::certs::{ZCert, ZCertType, ZControllerCert};
use pillar_proto::{DecodeError, MAX_UNSIGNED_BYTES, decode};

use super::envelope::{Envelope, EnvelopeError};
use super::pem;
use crate::hal::{CertificateChain, CertificateError, Crypto, Sha256};
use crate::time::Wall;

/// The most certificates of a set.
const MAX_CERTIFICATES: usize = 64;

/// Who signs the controller's answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Hash of the certificate's PEM text, as the answers name it.
    pub hash: Sha256,
    /// The certificate.
    pub der: Vec<u8>,
}

/// A set that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct CertificateSet {
    /// As it was received.
    pub raw: Vec<u8>,
    /// Certificate by certificate.
    pub certificates: Vec<ZCert>,
    /// Who signs.
    pub signer: Signer,
}

/// By what a set is judged.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// Hashes and signatures.
    pub crypto: &'a dyn Crypto,
    /// The roots that the controller's certificates must lead to, PEM.
    pub roots: &'a [u8],
    /// When they must be valid.
    pub at: Wall,
    /// Whether the set was checked when it was saved: then a certificate that has become out of date since says
    /// nothing against what it signed.
    pub saved: bool,
}

impl CertificateSet {
    /// Checks a set.
    pub fn check(raw: &[u8], judge: Judge<'_>) -> Result<Self, CertsError> {
        let set: ZControllerCert = decode(raw, MAX_UNSIGNED_BYTES).map_err(CertsError::Malformed)?;
        if set.certs.len() > MAX_CERTIFICATES {
            return Err(CertsError::TooMany(set.certs.len()));
        }
        let mut signing = Vec::new();
        let mut leaves = Vec::new();
        let mut intermediates = Vec::new();
        for certificate in &set.certs {
            let der = pem::blocks(&certificate.cert, pem::CERTIFICATE).next().ok_or(CertsError::NotPem)?;
            match ZCertType::try_from(certificate.kind) {
                Ok(ZCertType::ControllerSigning) => {
                    signing.push(Signer { hash: judge.crypto.sha256(&certificate.cert), der: der.clone() });
                    leaves.push(der);
                }
                Ok(ZCertType::ControllerEcdhExchange) => leaves.push(der),
                Ok(ZCertType::ControllerIntermediate) => intermediates.push(der),
                _ => return Err(CertsError::Kind(certificate.kind)),
            }
        }
        let [signer] = &signing[..] else { return Err(CertsError::Signing(signing.len())) };
        if leaves.len() < 2 {
            return Err(CertsError::NoExchange);
        }
        let roots: Vec<Vec<u8>> = pem::blocks(judge.roots, pem::CERTIFICATE).collect();
        for leaf in &leaves {
            judge.chain(leaf, &intermediates, &roots).map_err(CertsError::Chain)?;
        }
        Ok(CertificateSet { raw: raw.to_vec(), certificates: set.certs, signer: signer.clone() })
    }
}

impl Judge<'_> {
    fn chain(
        self,
        leaf: &[u8],
        intermediates: &[Vec<u8>],
        roots: &[Vec<u8>],
    ) -> Result<(), CertificateError> {
        let chain = CertificateChain { leaf, intermediates, roots };
        match self.crypto.check_chain(chain, self.at) {
            Err(CertificateError::Expired | CertificateError::NotYetValid) if self.saved => {
                self.crypto.check_chain(chain, self.crypto.valid_from(leaf)?)
            }
            other => other,
        }
    }
}

/// The message of an envelope that one of the signers made.
pub fn open(
    crypto: &dyn Crypto,
    signers: &[Signer],
    bytes: &[u8],
    limit: usize,
) -> Result<Vec<u8>, EnvelopeError> {
    let envelope = Envelope::read(bytes, limit)?;
    for signer in signers {
        if envelope.is_from(&signer.hash)? {
            return envelope.verify(crypto, &signer.der);
        }
    }
    Err(EnvelopeError::UnknownSender)
}

/// Why a set is not taken.
#[derive(Clone, Debug, PartialEq)]
pub enum CertsError {
    /// Not such a message.
    Malformed(DecodeError),
    /// More certificates than a set may have.
    TooMany(usize),
    /// A certificate that is not PEM.
    NotPem,
    /// A certificate of a kind that does not belong there.
    Kind(i32),
    /// So many certificates to sign with, in place of one.
    Signing(usize),
    /// None to agree on keys with.
    NoExchange,
    /// A certificate does not lead to the root.
    Chain(CertificateError),
}

impl fmt::Display for CertsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CertsError::Malformed(why) => write!(f, "not a set of certificates: {why}"),
            CertsError::TooMany(count) => write!(f, "{count} certificates are more than {MAX_CERTIFICATES}"),
            CertsError::NotPem => f.write_str("a certificate is not PEM"),
            CertsError::Kind(kind) => {
                write!(f, "a certificate is of the kind {kind}, which has no place here")
            }
            CertsError::Signing(count) => write!(f, "{count} signing certificates in place of one"),
            CertsError::NoExchange => f.write_str("no certificate for key exchange"),
            CertsError::Chain(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for CertsError {}
