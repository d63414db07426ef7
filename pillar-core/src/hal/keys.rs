//! The keys by which a device is known: its own, and the one that it onboards with. Called by jobs that speak with
//! the controller. A private key never leaves the implementation: it is in a file or in a TPM.

use std::fmt;

use super::{Scope, StorageError, Unsupported};

/// How long a signature is: r and s of ECDSA P-256, each padded to 32 bytes (spec/01, A2).
pub const SIGNATURE_BYTES: usize = 64;

/// Whom a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The device, for all of its life.
    Device,
    /// A batch of devices that may register; it only signs `register`.
    Onboarding,
}

/// A certificate as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// The whole file, PEM, byte for byte: a controller may compare it.
    pub pem: Vec<u8>,
    /// The first certificate in it.
    pub der: Vec<u8>,
}

/// The device's keys.
pub trait Keys: Send + Sync {
    /// The certificate of a role.
    fn certificate(&self, scope: &Scope, role: Role) -> Result<Certificate, KeyError>;

    /// The signature over SHA-256 of a message, by the key of a role: r and s.
    fn sign(&self, scope: &Scope, role: Role, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], KeyError>;

    /// Makes the device's key and its self-signed certificate if there is none (spec/01, A17); says whether it did.
    /// What an earlier call made and a power cut left is used again.
    fn create_device_certificate(&self, scope: &Scope) -> Result<bool, KeyError>;
}

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The device has no key or no certificate for this role.
    NotFound(Role),
    /// The key or the certificate is not what it should be; says which.
    Malformed(&'static str),
    /// Its files could not be read or written.
    Storage(StorageError),
    /// Signing failed, or no random numbers could be had.
    Failed,
    /// The job was cancelled or its time is over.
    Cancelled,
    /// The device has no keys.
    Unsupported,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Device => "device",
            Role::Onboarding => "onboarding",
        })
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::NotFound(role) => write!(f, "the device has no {role} key or certificate"),
            KeyError::Malformed(what) => write!(f, "{what} is malformed"),
            KeyError::Storage(error) => error.fmt(f),
            KeyError::Failed => f.write_str("the key could not sign"),
            KeyError::Cancelled => f.write_str("cancelled"),
            KeyError::Unsupported => f.write_str("this device has no keys"),
        }
    }
}

impl std::error::Error for KeyError {}

impl Keys for Unsupported {
    fn certificate(&self, _: &Scope, _: Role) -> Result<Certificate, KeyError> {
        Err(KeyError::Unsupported)
    }

    fn sign(&self, _: &Scope, _: Role, _: &[u8]) -> Result<[u8; SIGNATURE_BYTES], KeyError> {
        Err(KeyError::Unsupported)
    }

    fn create_device_certificate(&self, _: &Scope) -> Result<bool, KeyError> {
        Err(KeyError::Unsupported)
    }
}
