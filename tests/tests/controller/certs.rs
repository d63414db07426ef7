//! The controller's set of certificates: which are taken, and which are kept.

use pillar_core::controller::answer;
use pillar_core::controller::certs::{CertificateSet, CertsError, Judge};
use pillar_core::controller::places::Places;
use pillar_core::hal::{CertificateError, Scope};
use pillar_core::time::Wall;
use pillar_hal::sim::certificates::{SimCertificate, SimCrypto};
use pillar_hal::sim::controller::{ROOT, SimController};
use pillar_proto::certs::{ZCert, ZCertType, ZControllerCert};
use pillar_proto::encode;

use crate::bench::{DEVICE, Device};

fn entry(subject: &str, issuer: &str, kind: i32) -> ZCert {
    ZCert { kind, cert: SimCertificate::new(subject, issuer).pem().into_bytes(), ..ZCert::default() }
}

fn good() -> Vec<ZCert> {
    SimController::new(DEVICE).state().certs.certs.clone()
}

fn check_at(certs: Vec<ZCert>, at: Wall, saved: bool) -> Result<CertificateSet, CertsError> {
    let roots = SimCertificate::root(ROOT).pem();
    let judge = Judge { crypto: &SimCrypto, roots: roots.as_bytes(), at, saved };
    CertificateSet::check(&encode(&ZControllerCert { certs }), judge)
}

fn check(certs: Vec<ZCert>) -> Result<CertificateSet, CertsError> {
    check_at(certs, Wall(1_000_000_000), false)
}

#[test]
fn ac01_06_a_set_that_is_not_whole_is_refused() {
    let with = |more: ZCert| check([good(), vec![more]].concat()).err();
    assert!(check(good()).is_ok());
    assert_eq!(with(entry("two", ROOT, ZCertType::ControllerSigning as i32)), Some(CertsError::Signing(2)));
    assert_eq!(with(entry("what", ROOT, 40)), Some(CertsError::Kind(40)));
    let device = ZCertType::DeviceOnboarding as i32;
    assert_eq!(with(entry("device", ROOT, device)), Some(CertsError::Kind(device)));
    let only = |index: usize| check(vec![good().swap_remove(index)]);
    assert_eq!(only(0), Err(CertsError::NoExchange));
    assert_eq!(only(1), Err(CertsError::Signing(0)));
    assert_eq!(check(Vec::new()), Err(CertsError::Signing(0)));
    let many = vec![entry("many", ROOT, ZCertType::ControllerIntermediate as i32); 100];
    assert_eq!(check(many), Err(CertsError::TooMany(100)));
    let text = ZCert { cert: b"no PEM".to_vec(), ..good().swap_remove(0) };
    assert_eq!(check(vec![text]), Err(CertsError::NotPem));
}

#[test]
fn ac01_06_a_set_that_is_refused_leaves_the_old_one_in_use() {
    let device = Device::onboarded();
    let scope = Scope::unbounded();
    let roots = SimCertificate::root(ROOT).pem();
    let places = Places::default();
    let before = answer::saved_certs(&device.hal, &scope, &places, &roots);
    device.controller.state().certs.certs.push(entry("what", ROOT, 40));
    let peer = crate::exchange::peer();
    let fetched = answer::fetch_certs(&device.hal, &scope, &peer, &roots);
    assert!(fetched.set.is_err() && fetched.exchange.succeeded());
    assert!(before.last.is_some());
    assert_eq!(answer::saved_certs(&device.hal, &scope, &places, &roots), before);
}

#[test]
fn every_leaf_must_lead_to_the_root() {
    let (signing, exchange) = (ZCertType::ControllerSigning as i32, ZCertType::ControllerEcdhExchange as i32);
    let stranger = vec![entry("signing", ROOT, signing), entry("exchange", "stranger", exchange)];
    let unknown = Err(CertsError::Chain(CertificateError::UnknownAuthority));
    assert_eq!(check(stranger.clone()), unknown);
    let between = entry("stranger", ROOT, ZCertType::ControllerIntermediate as i32);
    assert!(check([stranger, vec![between]].concat()).is_ok());
}

#[test]
fn a_saved_set_outlives_its_certificates() {
    // Weakness 28 of the reference: an expired certificate makes the saved configuration unusable.
    let certificate = |subject: &str, kind: ZCertType, issuer: &str| ZCert {
        kind: kind as i32,
        cert: SimCertificate::new(subject, issuer).valid(100, 200).pem().into_bytes(),
        ..ZCert::default()
    };
    let set = |issuer: &str| {
        vec![
            certificate("signing", ZCertType::ControllerSigning, issuer),
            certificate("exchange", ZCertType::ControllerEcdhExchange, issuer),
        ]
    };
    let late = Wall(300_000_000_000);
    assert_eq!(check_at(set(ROOT), late, false), Err(CertsError::Chain(CertificateError::Expired)));
    assert!(check_at(set(ROOT), late, true).is_ok());
    let early = Wall(1_000_000_000);
    assert!(check_at(set(ROOT), early, true).is_ok(), "the clock may be wrong at boot");
    assert!(check_at(set("stranger"), late, true).is_err(), "it still has to lead to the root");
}

#[test]
fn a_saved_set_that_is_broken_gives_way_to_the_one_before() {
    let device = Device::onboarded();
    let (scope, places) = (Scope::unbounded(), Places::default());
    let roots = SimCertificate::root(ROOT).pem();
    let load = || answer::saved_certs(&device.hal, &scope, &places, &roots);
    let first = load().last.unwrap();

    // A new set is saved, and the one before becomes the backup.
    device.controller.state().sign_as("controller signing 2");
    let second = check(device.controller.state().certs.certs.clone()).unwrap();
    answer::save_certs(&device.hal, &scope, &places, &second).unwrap();
    assert_eq!(load().signers(), [second.signer.clone(), first.signer.clone()]);

    // The file is destroyed: the backup takes its place, for good.
    device.put("/persist/checkpoint/controllercerts", "rubbish");
    assert_eq!(load().last, Some(first.clone()));
    assert_eq!(device.file("/persist/checkpoint/controllercerts"), Some(first.raw.clone()));

    // Both are destroyed: there is none.
    for file in ["controllercerts", "controllercerts.bak"] {
        device.put(&format!("/persist/checkpoint/{file}"), "rubbish");
    }
    assert_eq!(load().signers(), []);
}
