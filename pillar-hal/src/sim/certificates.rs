//! Simulated certificates and keys: whoever knows a name can sign in its name. Deterministic and a thousand times
//! cheaper than real ones; chains, times and tampering are told apart like on the device.

use pillar_core::controller::pem;
use pillar_core::hal::{CertificateChain, CertificateError, Crypto, Random, SIGNATURE_BYTES, Sha256};
use pillar_core::time::Wall;
use pillar_types::Secret;

use crate::keys::{FileKeys, Scheme};

/// The label of key files.
const KEY: &str = "PRIVATE KEY";

/// The longest chain.
const MAX_CHAIN: usize = 8;

const SECOND: i64 = 1_000_000_000;

/// A certificate of the simulated world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimCertificate {
    /// Whose it is, on one line; as good as the key.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Valid from, in seconds since 1970.
    pub not_before: i64,
    /// Valid until.
    pub not_after: i64,
}

impl SimCertificate {
    /// One that is always valid.
    pub fn new(subject: &str, issuer: &str) -> Self {
        SimCertificate { subject: subject.into(), issuer: issuer.into(), not_before: 0, not_after: i64::MAX }
    }

    /// One that signed itself: a root.
    pub fn root(subject: &str) -> Self {
        Self::new(subject, subject)
    }

    /// With other times.
    #[must_use]
    pub fn valid(mut self, from: i64, until: i64) -> Self {
        (self.not_before, self.not_after) = (from, until);
        self
    }

    /// Its bytes, in place of DER.
    pub fn der(&self) -> Vec<u8> {
        let body = self.body();
        let seal = sign(&self.issuer, body.as_bytes());
        [body.as_bytes(), &seal].concat()
    }

    /// The same as PEM.
    pub fn pem(&self) -> String {
        pem::encode(pem::CERTIFICATE, &self.der())
    }

    /// The file of its key.
    pub fn key_file(&self) -> String {
        pem::encode(KEY, self.subject.as_bytes())
    }

    fn body(&self) -> String {
        let SimCertificate { subject, issuer, not_before, not_after } = self;
        format!("simulated certificate\n{subject}\n{issuer}\n{not_before}\n{not_after}\n")
    }

    /// Reads one; the seal is another's to check.
    fn parse(der: &[u8]) -> Option<(Self, [u8; SIGNATURE_BYTES])> {
        let (body, seal) = der.split_last_chunk()?;
        let mut lines = std::str::from_utf8(body).ok()?.split('\n');
        let mut next = || lines.next().map(ToOwned::to_owned);
        next().filter(|head| head == "simulated certificate")?;
        let certificate = SimCertificate {
            subject: next()?,
            issuer: next()?,
            not_before: next()?.parse().ok()?,
            not_after: next()?.parse().ok()?,
        };
        (certificate.body().as_bytes() == body).then_some((certificate, *seal))
    }

    fn check_time(&self, at: Wall) -> Result<(), CertificateError> {
        match at.0.div_euclid(SECOND) {
            now if now < self.not_before => Err(CertificateError::NotYetValid),
            now if now > self.not_after => Err(CertificateError::Expired),
            _ => Ok(()),
        }
    }
}

/// The signature over a message in someone's name.
pub fn sign(name: &str, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
    let half = |part: u8| sha256(&[&[part, 0], name.as_bytes(), &[0], &sha256(message)[..]].concat());
    let mut signature = [0; SIGNATURE_BYTES];
    signature[..32].copy_from_slice(&half(1));
    signature[32..].copy_from_slice(&half(2));
    signature
}

fn sha256(data: &[u8]) -> Sha256 {
    let digest = ring::digest::digest(&ring::digest::SHA256, data);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// The cryptography of the simulated world.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimCrypto;

impl Crypto for SimCrypto {
    fn sha256(&self, data: &[u8]) -> Sha256 {
        sha256(data)
    }

    fn verify(&self, certificate: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CertificateError> {
        let (certificate, _) = SimCertificate::parse(certificate).ok_or(CertificateError::Malformed)?;
        let same = signature == sign(&certificate.subject, message);
        if same { Ok(()) } else { Err(CertificateError::BadSignature) }
    }

    fn valid_from(&self, certificate: &[u8]) -> Result<Wall, CertificateError> {
        let (certificate, _) = SimCertificate::parse(certificate).ok_or(CertificateError::Malformed)?;
        Ok(Wall(certificate.not_before.saturating_mul(SECOND)))
    }

    fn check_chain(&self, chain: CertificateChain<'_>, at: Wall) -> Result<(), CertificateError> {
        let parsed = |all: &[Vec<u8>]| -> Vec<SimCertificate> {
            all.iter().filter_map(|der| SimCertificate::parse(der)).map(|(parsed, _)| parsed).collect()
        };
        let (roots, between) = (parsed(chain.roots), parsed(chain.intermediates));
        let (mut current, mut seal) = SimCertificate::parse(chain.leaf).ok_or(CertificateError::Malformed)?;
        for _ in 0..MAX_CHAIN {
            if seal != sign(&current.issuer, current.body().as_bytes()) {
                return Err(CertificateError::UnknownAuthority);
            }
            current.check_time(at)?;
            if roots.iter().any(|root| root.subject == current.issuer) {
                return Ok(());
            }
            let issuer = between.iter().find(|other| other.subject == current.issuer);
            let found = issuer.ok_or(CertificateError::UnknownAuthority)?;
            (current, seal) = (found.clone(), sign(&found.issuer, found.body().as_bytes()));
        }
        Err(CertificateError::UnknownAuthority)
    }
}

/// Keys of the simulated device: a name.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimScheme;

/// The simulated device's keys, in files of its disk.
pub type SimKeys = FileKeys<SimScheme>;

impl Scheme for SimScheme {
    type Key = String;

    fn generate(&self, random: &dyn Random) -> Option<(String, Secret<String>)> {
        let mut number = [0; 8];
        random.fill(&mut number).ok()?;
        let name = format!("device {:016x}", u64::from_le_bytes(number));
        let file = pem::encode(KEY, name.as_bytes());
        Some((name, file.into()))
    }

    fn read(&self, file: &[u8]) -> Option<String> {
        String::from_utf8(pem::blocks(file, KEY).next()?).ok()
    }

    fn sign(&self, key: &String, message: &[u8]) -> Option<[u8; SIGNATURE_BYTES]> {
        Some(sign(key, message))
    }

    fn self_signed(&self, key: &String, _: [u8; 16], now: Wall) -> Option<Vec<u8>> {
        let from = now.0.div_euclid(SECOND) - 86_400;
        Some(SimCertificate::root(key).valid(from, i64::MAX).der())
    }
}
