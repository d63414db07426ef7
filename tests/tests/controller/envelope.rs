//! Envelopes: what goes in comes out, and nothing else.

use std::convert::Infallible;

use pillar_core::controller::envelope::{Envelope, EnvelopeError, Sender, seal};
use pillar_core::hal::Crypto;
use pillar_hal::linux::{KeyPair, RingCrypto};
use pillar_hal::sim::certificates::{SimCertificate, SimCrypto, sign};
use pillar_hal::x509::{Name, Template, certificate};
use pillar_proto::auth::AuthContainer;

const LIMIT: usize = 1 << 20;

type Sign = dyn Fn(&[u8]) -> [u8; 64];

/// Somebody who signs.
struct Signer {
    der: Vec<u8>,
    sign: Box<Sign>,
    crypto: Box<dyn Crypto>,
}

impl Signer {
    fn real() -> Self {
        let (key, _) = KeyPair::generate().unwrap();
        let name = Name { common_name: "controller".into(), ..Name::default() };
        let template = Template {
            subject: name.clone(),
            issuer: name,
            serial: [1; 16],
            not_after: 1 << 32,
            public_key: key.point().to_vec(),
            ..Template::default()
        };
        let der = certificate(&template, |body| key.sign(body).ok_or(())).unwrap();
        let sign = Box::new(move |message: &[u8]| key.sign(message).unwrap());
        Signer { der, sign, crypto: Box::new(RingCrypto) }
    }

    fn simulated() -> Self {
        let der = SimCertificate::root("controller").der();
        Signer { der, sign: Box::new(|message| sign("controller", message)), crypto: Box::new(SimCrypto) }
    }

    fn both() -> [Self; 2] {
        [Self::real(), Self::simulated()]
    }

    fn hash(&self) -> [u8; 32] {
        self.crypto.sha256(&self.der)
    }

    fn seal(&self, message: &[u8]) -> Vec<u8> {
        let sender = Sender { hash: self.hash(), certificate: Vec::new() };
        seal(message.to_vec(), sender, |message| Ok::<_, Infallible>((self.sign)(message).to_vec())).unwrap()
    }

    fn open(&self, bytes: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let envelope = Envelope::read(bytes, LIMIT)?;
        if !envelope.is_from(&self.hash())? {
            return Err(EnvelopeError::UnknownSender);
        }
        envelope.verify(&*self.crypto, &self.der)
    }
}

fn changed(bytes: &[u8], change: impl FnOnce(&mut AuthContainer)) -> Vec<u8> {
    let mut container: AuthContainer = pillar_proto::decode(bytes, LIMIT).unwrap();
    change(&mut container);
    pillar_proto::encode(&container)
}

#[test]
fn what_is_sealed_comes_out_whatever_it_is() {
    for signer in Signer::both() {
        for message in [Vec::new(), b"x".to_vec(), vec![0; 100_000]] {
            assert_eq!(signer.open(&signer.seal(&message)), Ok(message));
        }
    }
}

#[test]
fn ac01_02_a_short_number_of_the_signature_is_padded() {
    // Given signatures until one has an r of 31 significant bytes …
    let signer = Signer::real();
    let signature =
        |sealed: &Vec<u8>| pillar_proto::decode::<AuthContainer>(sealed, LIMIT).unwrap().signature_hash;
    let sealed = (0_u32..10_000)
        .map(|number| signer.seal(&number.to_be_bytes()))
        .find(|sealed| signature(sealed)[0] == 0)
        .expect("one in 256 is so");

    // … then it is 64 bytes all the same, and is accepted.
    assert_eq!(signature(&sealed).len(), 64);
    assert!(signer.open(&sealed).is_ok());
}

#[test]
fn ac01_04_hashes_and_signatures_that_cannot_be_are_told_apart() {
    for signer in Signer::both() {
        let sealed = signer.seal(b"message");
        let open = |change: &dyn Fn(&mut AuthContainer)| signer.open(&changed(&sealed, |c| change(c)));

        // Algorithm 2 with a short hash, and hashes of no length.
        assert_eq!(open(&|c| c.sender_cert_hash.truncate(16)), Err(EnvelopeError::UnknownSender));
        assert_eq!(open(&|c| c.sender_cert_hash.truncate(5)), Err(EnvelopeError::HashSize(5)));
        assert_eq!(open(&|c| c.sender_cert_hash.clear()), Err(EnvelopeError::HashSize(0)));
        // An algorithm that is not known.
        assert_eq!(open(&|c| c.algo = 9), Err(EnvelopeError::Algorithm(9)));
        assert_eq!(open(&|c| c.algo = 0), Err(EnvelopeError::Algorithm(0)));
        // Signatures of other lengths.
        for length in [0, 5, 63] {
            assert_eq!(open(&|c| c.signature_hash.truncate(length)), Err(EnvelopeError::Signature));
        }
        assert_eq!(open(&|c| c.signature_hash.push(0)), Err(EnvelopeError::Signature));
        // Algorithm 1 looks at 16 bytes, however many there are.
        assert!(open(&|c| c.algo = 1).is_ok());
        assert!(open(&|c| (c.algo, c.sender_cert_hash) = (1, c.sender_cert_hash[..16].to_vec())).is_ok());
        assert_eq!(
            open(&|c| (c.algo, c.sender_cert_hash[15]) = (1, !c.sender_cert_hash[15])),
            Err(EnvelopeError::UnknownSender)
        );
    }
}

#[test]
fn a_changed_message_and_a_missing_one_are_refused() {
    for signer in Signer::both() {
        let sealed = signer.seal(b"message");
        let other = changed(&sealed, |c| c.protected_payload.as_mut().unwrap().payload[0] ^= 1);
        assert_eq!(signer.open(&other), Err(EnvelopeError::Signature));
        let none = changed(&sealed, |c| c.protected_payload = None);
        assert_eq!(signer.open(&none), Err(EnvelopeError::Signature));
        assert_eq!(signer.open(b""), Err(EnvelopeError::HashSize(0)));
        assert!(matches!(signer.open(&[0xff; 30]), Err(EnvelopeError::Malformed(_))));
        assert!(matches!(Envelope::read(&sealed, 10), Err(EnvelopeError::Malformed(_))));
    }
}

#[test]
fn the_sample_of_the_api_is_read() {
    let sample = include_bytes!("../../../fixtures/golden/eve-api/auth.AuthContainer.pb");
    let envelope = Envelope::read(sample, LIMIT).unwrap();
    let container: AuthContainer = pillar_proto::decode(sample, LIMIT).unwrap();
    assert_eq!(envelope.sender_hash(), container.sender_cert_hash);
    assert_eq!(envelope.sender_certificate(), container.sender_cert);
    assert_eq!(envelope.unverified(), container.protected_payload.unwrap().payload);
}
