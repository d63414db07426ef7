//! [`Keys`] and [`Crypto`].

use pillar_core::controller::pem;
use pillar_core::hal::{CertificateChain, CertificateError, Crypto, KeyError, Keys, Role, Scope};
use pillar_core::time::Wall;

/// Runs the suite on a device that has no keys yet and may write some; `crypto` knows their kind.
pub fn keys(subject: &dyn Keys, crypto: &dyn Crypto) {
    let scope = Scope::unbounded();
    let none = Err(KeyError::NotFound(Role::Device));
    assert_eq!(subject.certificate(&scope, Role::Device), none);
    assert_eq!(subject.sign(&scope, Role::Device, b"x").map(drop), none.clone().map(drop));

    assert_eq!(subject.create_device_certificate(&scope), Ok(true));
    let certificate = subject.certificate(&scope, Role::Device).unwrap();
    assert_eq!(pem::blocks(&certificate.pem, pem::CERTIFICATE).next(), Some(certificate.der.clone()));
    assert_eq!(subject.create_device_certificate(&scope), Ok(false), "there is one");
    assert_eq!(subject.certificate(&scope, Role::Device), Ok(certificate.clone()), "it stays");
    let other = Err(KeyError::NotFound(Role::Onboarding));
    assert_eq!(subject.certificate(&scope, Role::Onboarding), other);

    for message in [Vec::new(), b"message".to_vec(), vec![7; 100_000]] {
        let signature = subject.sign(&scope, Role::Device, &message).unwrap();
        assert_eq!(crypto.verify(&certificate.der, &message, &signature), Ok(()));
    }
    signatures_are_checked(subject, crypto, &certificate.der);
}

fn signatures_are_checked(subject: &dyn Keys, crypto: &dyn Crypto, certificate: &[u8]) {
    let signature = subject.sign(&Scope::unbounded(), Role::Device, b"message").unwrap();
    let bad = Err(CertificateError::BadSignature);
    assert_eq!(crypto.verify(certificate, b"Message", &signature), bad);
    for byte in 0..signature.len() {
        let mut other = signature;
        other[byte] ^= 1;
        assert_eq!(crypto.verify(certificate, b"message", &other), bad, "byte {byte}");
    }
    for length in [0, 5, 32, 63] {
        assert_eq!(crypto.verify(certificate, b"message", &signature[..length]), bad, "{length} bytes");
    }
    for longer in [65, 96, 256, 4096] {
        let mut other = signature.to_vec();
        other.resize(longer, 0);
        assert_eq!(crypto.verify(certificate, b"message", &other), bad, "{longer} bytes");
    }
    let malformed = Err(CertificateError::Malformed);
    for length in [0, 1, certificate.len() / 2] {
        assert_eq!(crypto.verify(&certificate[..length], b"message", &signature), malformed);
    }
}

/// Certificates in DER for the suite of [`crypto`].
pub struct Certificates {
    /// Two roots.
    pub roots: [Vec<u8>; 2],
    /// Signed by the first root.
    pub intermediate: Vec<u8>,
    /// For a server, signed by the first root.
    pub leaf: Vec<u8>,
    /// For a server, signed by the intermediate.
    pub deep_leaf: Vec<u8>,
    /// When the leaves become valid and when they are so no more, in seconds since 1970.
    pub valid: (i64, i64),
}

/// Runs the suite.
pub fn crypto(subject: &dyn Crypto, given: &Certificates) {
    // FIPS 180-2, appendix B.1.
    let abc = subject.sha256(b"abc");
    assert_eq!((&abc[..4], &abc[28..]), (&[0xba, 0x78, 0x16, 0xbf][..], &[0xf2, 0x00, 0x15, 0xad][..]));

    let from = Wall(given.valid.0 * 1_000_000_000);
    assert_eq!(subject.valid_from(&given.leaf), Ok(from));
    assert_eq!(subject.valid_from(&given.leaf[..20]), Err(CertificateError::Malformed));

    let [root, other] = &given.roots;
    let at = |seconds: i64| Wall(seconds * 1_000_000_000);
    let now = given.valid.0 + 1;
    let check = |leaf: &[u8], between: &[&Vec<u8>], roots: &[&Vec<u8>], seconds: i64| {
        let owned = |all: &[&Vec<u8>]| all.iter().map(|der| (*der).clone()).collect::<Vec<_>>();
        let (intermediates, roots) = (owned(between), owned(roots));
        subject
            .check_chain(CertificateChain { leaf, intermediates: &intermediates, roots: &roots }, at(seconds))
    };
    let unknown = Err(CertificateError::UnknownAuthority);
    assert_eq!(check(&given.leaf, &[], &[root], now), Ok(()));
    assert_eq!(check(&given.leaf, &[], &[other, root], now), Ok(()), "any of the roots");
    assert_eq!(check(&given.leaf, &[], &[other], now), unknown);
    assert_eq!(check(&given.leaf, &[], &[], now), unknown);
    assert_eq!(check(&given.deep_leaf, &[], &[root], now), unknown, "the way is missing");
    assert_eq!(check(&given.deep_leaf, &[&given.intermediate], &[root], now), Ok(()));
    assert_eq!(check(&given.deep_leaf, &[&given.intermediate], &[other], now), unknown);
    let early = check(&given.leaf, &[], &[root], given.valid.0 - 1);
    assert_eq!(early, Err(CertificateError::NotYetValid));
    let late = check(&given.leaf, &[], &[root], given.valid.1 + 1);
    assert_eq!(late, Err(CertificateError::Expired));
    assert_eq!(check(b"no certificate", &[], &[root], now), Err(CertificateError::Malformed));
}
