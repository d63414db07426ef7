//! The signed envelope around every message of API v2, both ways (spec/01, A2 and A3): shared by the device and by
//! the controller to develop against. Pure but for the cryptography that it is given; called inside jobs.
//!
//! A sender puts the message as it is into the envelope, with a signature over it and the hash of its certificate.
//! The receiver finds the certificate by that hash and checks the signature before it reads the message.

use std::fmt;

use pillar_proto::auth::{AuthBody, AuthContainer};
use pillar_proto::common::HashAlgorithm;
use pillar_proto::{DecodeError, decode, encode};

use crate::hal::{Crypto, Sha256};

/// How many bytes of a hash a short one has.
const SHORT_HASH: usize = 16;

/// Who signs, as the receiver will look for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Hash of the certificate: a device's over DER, a controller's over the PEM text.
    pub hash: Sha256,
    /// The certificate itself, base64 of the PEM file, while the receiver cannot know it; else empty.
    pub certificate: Vec<u8>,
}

/// An envelope around a message, in wire form. `sign` makes the signature over SHA-256 of what it is given.
pub fn seal<E>(
    message: Vec<u8>,
    sender: Sender,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let signature = sign(&message)?;
    Ok(encode(&AuthContainer {
        protected_payload: Some(AuthBody { payload: message }),
        algo: HashAlgorithm::Sha256Full as i32,
        sender_cert_hash: sender.hash.to_vec(),
        signature_hash: signature,
        sender_cert: sender.certificate,
        cipher_context: None,
        cipher_data: None,
    }))
}

/// An envelope that was received; its message is not to be believed before it is verified.
#[derive(Clone, PartialEq)]
pub struct Envelope {
    message: Vec<u8>,
    hash: SenderHash,
    signature: Vec<u8>,
    certificate: Vec<u8>,
}

/// How an envelope names its sender. Both are kept until somebody asks, because a bad hash is only told to who
/// wanted to verify.
#[derive(Clone, Debug, PartialEq)]
struct SenderHash {
    algorithm: i32,
    bytes: Vec<u8>,
}

impl Envelope {
    /// Reads an envelope of at most `limit` bytes.
    pub fn read(bytes: &[u8], limit: usize) -> Result<Self, EnvelopeError> {
        let container: AuthContainer = decode(bytes, limit).map_err(EnvelopeError::Malformed)?;
        Ok(Envelope {
            message: container.protected_payload.map(|body| body.payload).unwrap_or_default(),
            hash: SenderHash { algorithm: container.algo, bytes: container.sender_cert_hash },
            signature: container.signature_hash,
            certificate: container.sender_cert,
        })
    }

    /// Whether it names the sender whose certificate has this hash.
    pub fn is_from(&self, hash: &Sha256) -> Result<bool, EnvelopeError> {
        let SenderHash { algorithm, bytes } = &self.hash;
        if ![SHORT_HASH, hash.len()].contains(&bytes.len()) {
            return Err(EnvelopeError::HashSize(bytes.len()));
        }
        match HashAlgorithm::try_from(*algorithm) {
            Ok(HashAlgorithm::Sha256Full) => Ok(bytes[..] == hash[..]),
            Ok(HashAlgorithm::Sha256Prefix16) => Ok(bytes[..SHORT_HASH] == hash[..SHORT_HASH]),
            _ => Err(EnvelopeError::Algorithm(*algorithm)),
        }
    }

    /// The sender's hash as it is, to look the sender up by.
    pub fn sender_hash(&self) -> &[u8] {
        &self.hash.bytes
    }

    /// The sender's certificate as it is sent, if it is: base64 of PEM. Only a claim.
    pub fn sender_certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The message, once it is known to be signed by the key of this certificate (DER).
    pub fn verify(self, crypto: &dyn Crypto, certificate: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        match crypto.verify(certificate, &self.message, &self.signature) {
            Ok(()) => Ok(self.message),
            Err(_) => Err(EnvelopeError::Signature),
        }
    }

    /// The message, signed or not: for certificates, which are checked up to the root (spec/01, A4).
    pub fn unverified(self) -> Vec<u8> {
        self.message
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope").field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// Why an envelope is not accepted.
#[derive(Clone, Debug, PartialEq)]
pub enum EnvelopeError {
    /// Not an envelope.
    Malformed(DecodeError),
    /// The sender's hash has a length that no hash has.
    HashSize(usize),
    /// The sender's hash is made in an unknown way.
    Algorithm(i32),
    /// The sender is nobody whose certificate is known.
    UnknownSender,
    /// The signature is not the sender's.
    Signature,
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnvelopeError::Malformed(why) => write!(f, "not a signed message: {why}"),
            EnvelopeError::HashSize(bytes) => write!(f, "the sender's hash has {bytes} bytes, not 16 or 32"),
            EnvelopeError::Algorithm(number) => {
                write!(f, "the sender's hash is of the unknown kind {number}")
            }
            EnvelopeError::UnknownSender => f.write_str("the sender's certificate is not known"),
            EnvelopeError::Signature => f.write_str("the signature is wrong"),
        }
    }
}

impl std::error::Error for EnvelopeError {}
