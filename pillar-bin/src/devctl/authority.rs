//! The controller's keys and certificates, made once by `devctl init` (spec/01, A1 and A4):
//!
//! ```text
//! ca ─┬─ tls                        the server
//!     └─ intermediate ─┬─ signing   signs what devices are sent
//!                      └─ ecdh      for encrypted objects
//! ```
//!
//! Each is `<name>.cert.pem` and `<name>.key.pem` in the controller's directory. Devices trust `ca` alone.

use std::net::IpAddr;

use pillar_core::controller::envelope::{Sender, seal};
use pillar_core::controller::pem;
use pillar_core::hal::Crypto as _;
use pillar_hal::linux::{KeyPair, RingCrypto};
use pillar_hal::x509::{self, Name, Template};
use pillar_proto::certs::{ZCert, ZCertType, ZControllerCert};
use pillar_proto::common::HashAlgorithm;
use pillar_proto::encode;

use super::store::{Store, about, random, read_if_there, write};
use super::time;

/// The label of a key's file.
const KEY: &str = "PRIVATE KEY";

const DAY_SECONDS: i64 = 86_400;

/// How long certificates are valid.
const VALID_SECONDS: i64 = 7_305 * DAY_SECONDS;

/// A certificate with its key.
pub struct Identity {
    subject: Name,
    /// The certificate, as it is written.
    pub certificate: String,
    /// The key, as it is written.
    pub key_file: String,
    key: KeyPair,
}

/// What a certificate is for.
#[derive(Default)]
struct Purpose<'a> {
    authority: bool,
    host: Option<&'a str>,
}

impl Identity {
    fn make(name: &str, purpose: Purpose<'_>, issuer: Option<&Identity>) -> Result<Self, String> {
        let (key, file) = KeyPair::generate().ok_or("no key could be made")?;
        let subject =
            Name { organization: "zedbox devctl".into(), common_name: name.into(), ..Name::default() };
        // Not negative, and so also not longer as an integer.
        let mut serial = random::<16>()?;
        serial[0] &= 0x7f;
        let now = time::now().unix_seconds();
        let address: Option<IpAddr> = purpose.host.and_then(|host| host.parse().ok());
        let dns_name = purpose.host.filter(|_| address.is_none()).map(str::to_owned);
        let template = Template {
            subject: subject.clone(),
            issuer: issuer.map_or_else(|| subject.clone(), |issuer| issuer.subject.clone()),
            serial,
            not_before: now - DAY_SECONDS,
            not_after: now + VALID_SECONDS,
            authority: purpose.authority,
            dns_names: dns_name.into_iter().collect(),
            addresses: address.into_iter().collect(),
            public_key: key.point().to_vec(),
        };
        let signer = issuer.map_or(&key, |issuer| &issuer.key);
        let der =
            x509::certificate(&template, |body| signer.sign(body).ok_or("no certificate could be signed"))?;
        let certificate = pem::encode(pem::CERTIFICATE, &der);
        Ok(Identity { subject, certificate, key_file: file.expose().to_owned(), key })
    }

    fn write(&self, store: &Store, name: &str) -> Result<(), String> {
        write(&store.path(&format!("{name}.key.pem")), self.key_file.as_bytes())?;
        write(&store.path(&format!("{name}.cert.pem")), self.certificate.as_bytes())
    }
}

/// Makes and writes all that a new controller needs. `host` is how devices call it.
pub fn init(store: &Store, host: &str) -> Result<(), String> {
    let authority = || Purpose { authority: true, ..Purpose::default() };
    let ca = Identity::make("Controller CA", authority(), None)?;
    let intermediate = Identity::make("Controller intermediate", authority(), Some(&ca))?;
    let tls = Identity::make(host, Purpose { host: Some(host), ..Purpose::default() }, Some(&ca))?;
    let signing = Identity::make("Controller signing", Purpose::default(), Some(&intermediate))?;
    let ecdh = Identity::make("Controller ECDH", Purpose::default(), Some(&intermediate))?;
    let all =
        [("ca", ca), ("intermediate", intermediate), ("tls", tls), ("signing", signing), ("ecdh", ecdh)];
    all.iter().try_for_each(|(name, identity)| identity.write(store, name))
}

/// A key and a certificate by which one device may register.
pub fn onboarding(name: &str) -> Result<Identity, String> {
    Identity::make(name, Purpose::default(), None)
}

/// What the server needs: its certificates and keys.
pub struct Authority {
    /// The server's certificate, DER.
    pub tls_certificate: Vec<u8>,
    /// The server's key, SEC 1.
    pub tls_key: Vec<u8>,
    signing: Vec<u8>,
    intermediate: Vec<u8>,
    ecdh: Vec<u8>,
    signing_key: KeyPair,
}

impl Authority {
    /// Reads them.
    pub fn read(store: &Store) -> Result<Self, String> {
        let file = |name: &str| {
            let path = store.path(name);
            read_if_there(&path)?.ok_or_else(|| about(&path, "no such file"))
        };
        let block = |name: &str, label: &str| {
            let content = file(name)?;
            pem::blocks(&content, label).next().ok_or_else(|| about(&store.path(name), "not PEM"))
        };
        let signing_key = KeyPair::from_file(&file("signing.key.pem")?)
            .ok_or_else(|| about(&store.path("signing.key.pem"), "no key of P-256"))?;
        Ok(Authority {
            tls_certificate: block("tls.cert.pem", pem::CERTIFICATE)?,
            tls_key: block("tls.key.pem", KEY)?,
            signing: file("signing.cert.pem")?,
            intermediate: file("intermediate.cert.pem")?,
            ecdh: file("ecdh.cert.pem")?,
            signing_key,
        })
    }

    /// A message to a device in its envelope; `None` if it could not be signed.
    pub fn seal(&self, message: Vec<u8>) -> Option<Vec<u8>> {
        let sender = Sender { hash: RingCrypto.sha256(&self.signing), certificate: Vec::new() };
        seal(message, sender, |message| self.signing_key.sign(message).map(Vec::from).ok_or(())).ok()
    }

    /// The set of certificates that devices are told.
    pub fn certificates(&self) -> Vec<u8> {
        let certificate = |kind: ZCertType, pem: &[u8]| ZCert {
            hash_algo: HashAlgorithm::Sha256Full as i32,
            cert_hash: RingCrypto.sha256(pem).to_vec(),
            kind: kind as i32,
            cert: pem.to_vec(),
            attributes: None,
            meta_data_items: Vec::new(),
        };
        let certs = vec![
            certificate(ZCertType::ControllerSigning, &self.signing),
            certificate(ZCertType::ControllerIntermediate, &self.intermediate),
            certificate(ZCertType::ControllerEcdhExchange, &self.ecdh),
        ];
        encode(&ZControllerCert { certs })
    }
}
