//! A key of P-256 and its file: PEM around the form of SEC 1, as the reference writes it (spec/01, A17).

use pillar_core::controller::pem;
use pillar_core::hal::{Random, SIGNATURE_BYTES};
use pillar_core::time::Wall;
use pillar_types::{Bytes, Secret};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

use crate::keys::Scheme;
use crate::x509::der::{BITS, INTEGER, OCTETS, SEQUENCE};
use crate::x509::der::{bits, octets, oid, sequence, skip, tagged, take, unsigned};
use crate::x509::{self, Name, Template};

/// The label of the file; the reference puts the form of SEC 1 behind the label of PKCS #8.
const LABEL: &str = "PRIVATE KEY";

/// Labels under which keys are found.
const LABELS: [&str; 2] = [LABEL, "EC PRIVATE KEY"];

const DAY: i64 = 86_400;

/// How long a device certificate is valid: 20 years.
const VALID: i64 = 7_305 * DAY;

/// The tags of SEC 1 for the curve and for the public key.
const CURVE: u8 = 0xa0;
const POINT: u8 = 0xa1;

/// A key of P-256 in memory.
pub struct KeyPair {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl KeyPair {
    /// A new key, and its file.
    pub fn generate() -> Option<(Self, Secret<String>)> {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).ok()?;
        let parts = Parts::parse(pkcs8.as_ref())?;
        let key = Self::from_parts(&parts)?;
        let file = Secret::new(pem::encode(LABEL, &parts.sec1()));
        Some((key, file))
    }

    /// The key in a file.
    pub fn from_file(text: &[u8]) -> Option<Self> {
        let content = LABELS.iter().find_map(|label| pem::blocks(text, label).next())?;
        Self::from_parts(&Parts::parse(&content)?)
    }

    fn from_parts(parts: &Parts) -> Option<Self> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let scalar = parts.scalar.expose();
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, &parts.point, &random).ok()?;
        Some(KeyPair { pair, random })
    }

    /// The public key: a point, not compressed.
    pub fn point(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The signature over SHA-256 of a message: r and s.
    pub fn sign(&self, message: &[u8]) -> Option<[u8; SIGNATURE_BYTES]> {
        self.pair.sign(&self.random, message).ok()?.as_ref().try_into().ok()
    }
}

/// Keys of the device as files of P-256.
#[derive(Clone, Copy, Debug, Default)]
pub struct P256;

impl Scheme for P256 {
    type Key = KeyPair;

    fn generate(&self, _: &dyn Random) -> Option<(KeyPair, Secret<String>)> {
        KeyPair::generate()
    }

    fn read(&self, file: &[u8]) -> Option<KeyPair> {
        KeyPair::from_file(file)
    }

    fn sign(&self, key: &KeyPair, message: &[u8]) -> Option<[u8; SIGNATURE_BYTES]> {
        key.sign(message)
    }

    /// The reference's device certificate (spec/01, A17).
    fn self_signed(&self, key: &KeyPair, serial: [u8; 16], now: Wall) -> Option<Vec<u8>> {
        let now = now.0.div_euclid(1_000_000_000);
        let name = Name {
            organization: "The Linux Foundation".into(),
            common_name: "EVE".into(),
            ..Name::default()
        };
        let template = Template {
            subject: name.clone(),
            issuer: name,
            serial,
            not_before: now - DAY,
            not_after: now + VALID,
            authority: true,
            public_key: key.point().to_vec(),
            ..Template::default()
        };
        x509::certificate(&template, |body| key.sign(body).ok_or(())).ok()
    }
}

/// What a key file holds.
struct Parts {
    scalar: Secret<Bytes>,
    point: Vec<u8>,
}

impl Parts {
    /// Reads SEC 1 (RFC 5915), or PKCS #8 (RFC 5208) around it.
    fn parse(content: &[u8]) -> Option<Self> {
        let mut fields = take(&mut &content[..], SEQUENCE)?;
        let version = take(&mut fields, INTEGER)?;
        if version != [0] {
            return Self::parse_sec1(content);
        }
        skip(&mut fields)?; // the algorithm, which the length of the key tells too
        Self::parse_sec1(take(&mut fields, OCTETS)?)
    }

    /// A key without its public half is refused: every tool that makes such keys writes it.
    fn parse_sec1(content: &[u8]) -> Option<Self> {
        let mut fields = take(&mut &content[..], SEQUENCE)?;
        let version = take(&mut fields, INTEGER)?;
        let scalar = take(&mut fields, OCTETS)?;
        if fields.first() == Some(&CURVE) {
            skip(&mut fields)?;
        }
        let point = take(&mut take(&mut fields, POINT)?, BITS)?;
        let (unused, point) = point.split_first()?;
        let scalar = Secret::new(scalar.to_vec().into());
        (version == [1] && *unused == 0).then(|| Parts { scalar, point: point.to_vec() })
    }

    fn sec1(&self) -> Vec<u8> {
        let curve = tagged(CURVE, &oid(x509::P256));
        let point = tagged(POINT, &bits(&self.point));
        sequence(&[&unsigned(&[1]), &octets(self.scalar.expose()), &curve, &point])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_file_and_from_what_others_write() {
        let (key, file) = KeyPair::generate().unwrap();
        let again = KeyPair::from_file(file.expose().as_bytes()).unwrap();
        assert_eq!(again.point(), key.point());
        let sec1 = file.expose().replace(LABEL, "EC PRIVATE KEY");
        assert_eq!(KeyPair::from_file(sec1.as_bytes()).unwrap().point(), key.point());
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        assert!(KeyPair::from_file(pem::encode(LABEL, pkcs8.as_ref()).as_bytes()).is_some());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let (_, file) = KeyPair::generate().unwrap();
        let content = pem::blocks(file.expose().as_bytes(), LABEL).next().unwrap();
        for end in 0..content.len() {
            assert!(KeyPair::from_file(pem::encode(LABEL, &content[..end]).as_bytes()).is_none(), "{end}");
        }
        assert!(KeyPair::from_file(b"").is_none());
    }
}
