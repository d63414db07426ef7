//! The device's keys in files of the config partition, for devices without a TPM and for onboarding. Written once over
//! a [`Scheme`], so that simulated power cuts test what runs on the device.
//!
//! The certificate is written after the key: a certificate without a key means that the key is in a TPM (spec/01,
//! A17), and a power cut must not leave that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pillar_core::controller::pem;
use pillar_core::hal::{
    Certificate, Clock, KeyError, Keys, Random, Role, SIGNATURE_BYTES, Scope, Storage, StorageError,
};
use pillar_core::time::Wall;
use pillar_types::{Bytes, Secret};

/// The longest key or certificate file, in bytes.
const MAX_FILE: usize = 64 << 10;

/// What a key is.
pub trait Scheme: Send + Sync {
    /// A key in memory.
    type Key;

    /// A new key, and its file.
    fn generate(&self, random: &dyn Random) -> Option<(Self::Key, Secret<String>)>;

    /// The key in a file.
    fn read(&self, file: &[u8]) -> Option<Self::Key>;

    /// The signature over SHA-256 of a message.
    fn sign(&self, key: &Self::Key, message: &[u8]) -> Option<[u8; SIGNATURE_BYTES]>;

    /// The device certificate of a key, in DER, made at that time.
    fn self_signed(&self, key: &Self::Key, serial: [u8; 16], now: Wall) -> Option<Vec<u8>>;
}

/// Keys in a directory.
pub struct FileKeys<S> {
    scheme: S,
    dir: PathBuf,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl<S: Scheme> FileKeys<S> {
    /// The keys in a directory, `/config` on a device.
    pub fn new(
        scheme: S,
        dir: impl Into<PathBuf>,
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        FileKeys { scheme, dir: dir.into(), storage, clock, random }
    }

    fn file(&self, role: Role, kind: &str) -> PathBuf {
        let name = match role {
            Role::Device => "device",
            Role::Onboarding => "onboard",
        };
        self.dir.join(format!("{name}.{kind}.pem"))
    }

    /// The content of a file, if there is one.
    fn read(&self, scope: &Scope, path: &Path) -> Result<Option<Vec<u8>>, KeyError> {
        match self.storage.read(scope, path, MAX_FILE) {
            Ok(content) => Ok(Some(content)),
            Err(StorageError::NotFound(_)) => Ok(None),
            Err(other) => Err(error(other)),
        }
    }

    fn write(&self, scope: &Scope, path: &Path, content: &[u8]) -> Result<(), KeyError> {
        self.storage.replace(scope, path, content).map_err(error)
    }

    fn key(&self, scope: &Scope, role: Role) -> Result<Option<S::Key>, KeyError> {
        let Some(file) = self.read(scope, &self.file(role, "key"))? else { return Ok(None) };
        let file = Secret::new(Bytes::from(file));
        self.scheme.read(file.expose()).map(Some).ok_or(KeyError::Malformed("the key file"))
    }

    fn new_key(&self, scope: &Scope) -> Result<S::Key, KeyError> {
        let (key, file) = self.scheme.generate(&*self.random).ok_or(KeyError::Failed)?;
        self.write(scope, &self.file(Role::Device, "key"), file.expose().as_bytes())?;
        Ok(key)
    }
}

impl<S: Scheme> Keys for FileKeys<S> {
    fn certificate(&self, scope: &Scope, role: Role) -> Result<Certificate, KeyError> {
        let pem = self.read(scope, &self.file(role, "cert"))?.ok_or(KeyError::NotFound(role))?;
        let der =
            pem::blocks(&pem, pem::CERTIFICATE).next().ok_or(KeyError::Malformed("the certificate file"))?;
        Ok(Certificate { pem, der })
    }

    fn sign(&self, scope: &Scope, role: Role, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], KeyError> {
        let key = self.key(scope, role)?.ok_or(KeyError::NotFound(role))?;
        self.scheme.sign(&key, message).ok_or(KeyError::Failed)
    }

    fn create_device_certificate(&self, scope: &Scope) -> Result<bool, KeyError> {
        let path = self.file(Role::Device, "cert");
        if self.read(scope, &path)?.is_some() {
            return Ok(false);
        }
        let key = self.key(scope, Role::Device)?.map_or_else(|| self.new_key(scope), Ok)?;
        // Positive, and so also not longer as an integer.
        let mut serial = [0; 16];
        self.random.fill(&mut serial).map_err(|_| KeyError::Failed)?;
        serial[0] &= 0x7f;
        let now = self.clock.now().wall;
        let made = self.scheme.self_signed(&key, serial, now).ok_or(KeyError::Failed)?;
        self.write(scope, &path, pem::encode(pem::CERTIFICATE, &made).as_bytes())?;
        Ok(true)
    }
}

fn error(error: StorageError) -> KeyError {
    match error {
        StorageError::Cancelled => KeyError::Cancelled,
        other => KeyError::Storage(other),
    }
}
