//! Keys and certificates: of the device, with OpenSSL as a second opinion, and of the simulator.

use std::path::Path;
use std::sync::Arc;

use pillar_core::controller::pem;
use pillar_core::hal::{Clock, Command, Crypto, Keys, Process, Role, Scope};
use pillar_hal::conformance::{self, Certificates};
use pillar_hal::linux::{
    KeyPair, LinuxClock, LinuxFs, LinuxKeys, LinuxProcess, LinuxRandom, LinuxStorage, P256, RingCrypto,
};
use pillar_hal::sim::certificates::{SimCertificate, SimCrypto, SimKeys, SimScheme};
use pillar_hal::x509::{self, Name, Template};

use crate::device::TempDir;

const DAY: i64 = 86_400;

pub fn device_keys(dir: &Path) -> LinuxKeys {
    LinuxKeys::new(
        P256,
        dir,
        Arc::new(LinuxStorage::new(LinuxFs)),
        Arc::new(LinuxClock),
        Arc::new(LinuxRandom),
    )
}

/// Somebody who signs certificates.
pub struct Authority {
    pub name: Name,
    pub key: KeyPair,
    pub der: Vec<u8>,
}

impl Authority {
    /// One that signed itself.
    pub fn root(name: &str) -> Self {
        Self::new(name, None)
    }

    /// One that another signed.
    pub fn new(name: &str, issuer: Option<&Authority>) -> Self {
        let name = Name { common_name: name.into(), ..Name::default() };
        let (key, _) = KeyPair::generate().unwrap();
        let template = Template { authority: true, ..Self::template(&name, issuer, &key) };
        let signer = issuer.map_or(&key, |issuer| &issuer.key);
        let der = x509::certificate(&template, |body| signer.sign(body).ok_or(())).unwrap();
        Authority { name, key, der }
    }

    fn template(name: &Name, issuer: Option<&Authority>, key: &KeyPair) -> Template {
        let now = LinuxClock.now().wall.0 / 1_000_000_000;
        Template {
            subject: name.clone(),
            issuer: issuer.map_or(name, |issuer| &issuer.name).clone(),
            serial: [1; 16],
            not_before: now - DAY,
            not_after: now + DAY,
            public_key: key.point().to_vec(),
            ..Template::default()
        }
    }

    /// A certificate for a server that this one signs, with its key file.
    pub fn server(&self, host: &str, change: impl FnOnce(&mut Template)) -> (Vec<u8>, String) {
        let (key, file) = KeyPair::generate().unwrap();
        let name = Name { common_name: "server".into(), ..Name::default() };
        let mut template =
            Template { dns_names: vec![host.into()], ..Self::template(&name, Some(self), &key) };
        change(&mut template);
        let der = x509::certificate(&template, |body| self.key.sign(body).ok_or(())).unwrap();
        (der, file.expose().clone())
    }

    pub fn pem(&self) -> String {
        pem::encode(pem::CERTIFICATE, &self.der)
    }
}

#[test]
fn keys_in_files_conform() {
    let dir = TempDir::on_disk();
    conformance::keys(&device_keys(dir.path()), &RingCrypto);
}

#[test]
fn simulated_keys_conform() {
    let dir = TempDir::on_disk();
    let storage = Arc::new(LinuxStorage::new(LinuxFs));
    let keys = SimKeys::new(SimScheme, dir.path(), storage, Arc::new(LinuxClock), Arc::new(LinuxRandom));
    conformance::keys(&keys, &SimCrypto);
}

#[test]
fn real_cryptography_conforms() {
    let (root, other) = (Authority::root("root"), Authority::root("other"));
    let intermediate = Authority::new("intermediate", Some(&root));
    let now = LinuxClock.now().wall.0 / 1_000_000_000;
    // All others are valid from yesterday to tomorrow.
    let valid = (now - 1_000, now + 1_000);
    let times = |template: &mut Template| (template.not_before, template.not_after) = valid;
    let given = Certificates {
        leaf: root.server("a.example", times).0,
        deep_leaf: intermediate.server("b.example", |_| ()).0,
        intermediate: intermediate.der,
        roots: [root.der, other.der],
        valid,
    };
    conformance::crypto(&RingCrypto, &given);
}

#[test]
fn simulated_cryptography_conforms() {
    let valid = (1_000, 2_000);
    let leaf = |name: &str, issuer: &str| SimCertificate::new(name, issuer).valid(valid.0, valid.1).der();
    let given = Certificates {
        roots: ["root", "other"].map(|name| SimCertificate::root(name).der()),
        intermediate: SimCertificate::new("between", "root").der(),
        leaf: leaf("a", "root"),
        deep_leaf: leaf("b", "between"),
        valid,
    };
    conformance::crypto(&SimCrypto, &given);
}

/// Runs OpenSSL in a directory; its standard output.
fn openssl(dir: &TempDir, args: &str) -> Result<String, String> {
    let args = args.replace("DIR", dir.path().to_str().unwrap());
    let command = Command::new("openssl").args(args.split(' '));
    let output = LinuxProcess::default().run(&Scope::unbounded(), &command).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.exit.success() { Ok(text) } else { Err(text + &errors) }
}

#[test]
fn openssl_reads_what_is_made_and_agrees_with_its_signatures() {
    let dir = TempDir::on_disk();
    let keys = device_keys(dir.path());
    keys.create_device_certificate(&Scope::unbounded()).unwrap();
    let shown = openssl(&dir, "x509 -in DIR/device.cert.pem -noout -text").unwrap();
    for part in [
        "Version: 3",
        "Subject: O = The Linux Foundation, CN = EVE",
        "Issuer: O = The Linux Foundation, CN = EVE",
        "ASN1 OID: prime256v1",
        "CA:TRUE",
        "Digital Signature, Certificate Sign",
        "TLS Web Server Authentication, TLS Web Client Authentication",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    openssl(&dir, "verify -CAfile DIR/device.cert.pem DIR/device.cert.pem").unwrap();

    // The key file is the one that the certificate is for.
    let public = openssl(&dir, "x509 -in DIR/device.cert.pem -noout -pubkey").unwrap();
    assert_eq!(openssl(&dir, "ec -in DIR/device.key.pem -pubout").ok().as_deref(), Some(&*public));
}

#[test]
fn keys_and_signatures_of_openssl_are_taken() {
    let dir = TempDir::on_disk();
    for (kind, options) in
        [("ec", "-newkey ec -pkeyopt ec_paramgen_curve:P-256"), ("rsa", "-newkey rsa:2048")]
    {
        let made = "-nodes -keyout DIR/key.pem -out DIR/cert.pem -subj /CN=test -days 2";
        openssl(&dir, &format!("req -x509 {options} {made}")).unwrap();
        dir.put("message", "what is said");
        openssl(&dir, "dgst -sha256 -sign DIR/key.pem -out DIR/signature DIR/message").unwrap();
        let certificate = pem::blocks(dir.get("cert.pem").as_bytes(), pem::CERTIFICATE).next().unwrap();
        let signature = std::fs::read(dir.path().join("signature")).unwrap();
        if kind == "rsa" {
            assert_eq!(RingCrypto.verify(&certificate, b"what is said", &signature), Ok(()));
            assert!(RingCrypto.verify(&certificate, b"what is sad", &signature).is_err());
            assert!(RingCrypto.verify(&certificate, b"what is said", &signature[..64]).is_err());
        } else {
            let key = KeyPair::from_file(dir.get("key.pem").as_bytes()).unwrap();
            let signature = key.sign(b"what is said").unwrap();
            assert_eq!(RingCrypto.verify(&certificate, b"what is said", &signature), Ok(()));
        }
    }
}

#[test]
fn a_cut_between_key_and_certificate_keeps_the_key() {
    let dir = TempDir::on_disk();
    let (key, file) = KeyPair::generate().unwrap();
    dir.put("device.key.pem", file.expose());
    let keys = device_keys(dir.path());
    assert_eq!(keys.create_device_certificate(&Scope::unbounded()), Ok(true));
    let certificate = keys.certificate(&Scope::unbounded(), Role::Device).unwrap();
    let signature = key.sign(b"message").unwrap();
    assert_eq!(RingCrypto.verify(&certificate.der, b"message", &signature), Ok(()));
}
