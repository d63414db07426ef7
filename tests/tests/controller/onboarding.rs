//! client: from an installed device to one that knows its UUID.

use pillar_core::agents::client::{Client, Tasks};
use pillar_core::controller::places::Places;
use pillar_core::hal::{Crypto, HttpError, Method, Role, Scope};
use pillar_core::hardware_model;
use pillar_hal::sim::certificates::{SimCertificate, SimCrypto};
use pillar_proto::auth::AuthContainer;
use pillar_proto::register::ZRegisterMsg;
use pillar_types::base64;
use pillar_types::device::OnboardingStatus;
use pillar_types::port::DpcState;

use crate::bench::{Bench, DEVICE, Device, SECOND, SERVER, port};

const LIMIT: usize = 1 << 20;

fn start(device: Device, tasks: Tasks) -> Bench<Client> {
    device.start(move || Client::new(tasks.clone(), Places::default(), hardware_model::Paths::default()))
}

fn register() -> Tasks {
    Tasks { register: true, tries: None }
}

fn status(bench: &Bench<Client>) -> Option<OnboardingStatus> {
    bench.test.get::<OnboardingStatus>(OnboardingStatus::KEY).map(|status| (*status).clone())
}

#[test]
fn ac01_12_a_new_device_registers_and_learns_its_uuid() {
    // Given no UUID file, a controller that registers (201) and then knows the device (200) …
    let mut bench = start(Device::new(), register());
    assert_eq!(bench.ended(), None);

    // … when there is a network …
    bench.connect();

    // … then the UUID is kept and told, LED 4, exit 0.
    assert_eq!(bench.asked(), ["certs", "register", "uuid"]);
    assert_eq!(bench.device.file("/persist/status/uuid"), Some(format!("{DEVICE}\n").into_bytes()));
    assert_eq!(status(&bench).map(|status| status.device_uuid), Some(DEVICE));
    assert_eq!(bench.led(), Some(4));
    assert_eq!(bench.ended(), Some(0));
    let hostname = bench.device.programs().started().last().unwrap().clone();
    assert_eq!(
        (hostname.program.to_str(), &*hostname.args[0]),
        (Some("/bin/hostname"), &*DEVICE.to_string())
    );
    assert!(bench.device.file("/persist/checkpoint/controllercerts").is_some());
}

#[test]
fn ac01_03_register_is_signed_by_the_onboarding_key_and_carries_both_certificates() {
    let mut bench = start(Device::new(), register());
    bench.connect();

    let request = bench.device.internet().asked().map(|(_, request)| request.clone()).nth(1).unwrap();
    assert_eq!(request.url, format!("https://{SERVER}/api/v2/edgedevice/register"));
    let envelope: AuthContainer = pillar_proto::decode(&request.body, LIMIT).unwrap();
    let onboarding = SimCertificate::root("onboarding");
    let message = envelope.protected_payload.unwrap().payload;
    assert_eq!(envelope.sender_cert_hash, SimCrypto.sha256(&onboarding.der()));
    assert_eq!(envelope.sender_cert, base64::encode(onboarding.pem().as_bytes()).into_bytes());
    assert_eq!(SimCrypto.verify(&onboarding.der(), &message, &envelope.signature_hash), Ok(()));

    let message: ZRegisterMsg = pillar_proto::decode(&message, LIMIT).unwrap();
    let own = bench.device.hal.keys.certificate(&Scope::unbounded(), Role::Device).unwrap();
    assert_eq!(message.pem_cert, base64::encode(&own.pem).into_bytes());
    assert_eq!((&*message.serial, &*message.soft_serial), ("S1", "soft"));
}

#[test]
fn requests_say_who_asks_by_serial_number_while_nothing_else_is_known() {
    let mut bench = start(Device::new(), register());
    bench.connect();

    let internet = bench.device.internet();
    let mut ids = Vec::new();
    for (_, request) in internet.asked() {
        let header = |wanted: &str| request.headers.iter().find(|(name, _)| name == wanted);
        let value = |wanted: &str| header(wanted).map(|(_, value)| value.clone());
        assert_eq!(value("X-Serial-Number").as_deref(), Some("S1"));
        assert_eq!(value("X-Soft-Serial").as_deref(), Some("soft"));
        assert_eq!(value("Content-Type").is_some(), request.method == Method::Post);
        ids.push(value("X-Request-Id").unwrap());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "each request has its own");
}

#[test]
fn ac01_13_without_a_network_the_uuid_that_is_known_counts() {
    // Given certificates and UUID on disk and no network …
    let mut bench = start(Device::onboarded(), Tasks::default());
    bench.network(DpcState::Fail, Vec::new());
    assert_eq!(bench.ended(), None);

    // … then it ends within 6 s, with success.
    bench.pass(6 * SECOND);
    assert_eq!(bench.ended(), Some(0));
    assert_eq!(status(&bench).map(|status| status.device_uuid), Some(DEVICE));
    assert_eq!(bench.asked(), Vec::<String>::new());
}

#[test]
fn what_is_not_known_is_waited_for() {
    for missing in ["/persist/status/uuid", "/persist/checkpoint/controllercerts"] {
        let device = Device::onboarded();
        device.put(missing, "");
        let mut bench = start(device, Tasks::default());
        bench.pass(60 * SECOND);
        assert_eq!(bench.ended(), None, "{missing}");
        bench.connect();
        assert_eq!(bench.ended(), Some(0), "{missing}");
    }
}

#[test]
fn ac01_14_a_conflict_shows_on_the_led_and_the_tries_end() {
    // Given 409 to register and 401 to uuid, and 10 tries …
    let device = Device::new();
    let refusals = [("register", 409), ("uuid", 401)];
    device.controller.state().refusals =
        refusals.into_iter().map(|(action, code)| (action, vec![code; 100].into())).collect();
    let mut bench = start(device, Tasks { tries: Some(10), ..register() });
    let mut seen = Vec::new();
    bench.connect();
    seen.extend(bench.led());
    let mut status = None;
    for _ in 0..3_600 {
        bench.pass(SECOND);
        seen.extend(bench.led());
        status = status.or(bench.ended());
    }

    // … then exit 1 after 10 tries, and LED 17 was seen.
    assert_eq!(status, Some(1));
    assert_eq!(bench.asked().iter().filter(|action| *action == "uuid").count(), 10);
    assert_eq!(bench.asked().iter().filter(|action| *action == "register").count(), 10);
    assert!(seen.contains(&17), "{seen:?}");
}

#[test]
fn ac01_15_without_an_onboarding_key_only_the_uuid_is_asked_for_until_the_device_is_known() {
    // Given no onboarding key and no UUID, and a controller that does not know the device …
    let device = Device::new();
    device.put("/config/onboard.cert.pem", "");
    let mut bench = start(device, register());
    bench.connect();
    bench.pass(20 * SECOND);
    assert!(bench.asked().iter().all(|action| action != "register"), "{:?}", bench.asked());
    assert!(bench.asked().iter().any(|action| action == "uuid"));
    assert_eq!(bench.ended(), None);

    // … when somebody registers it there, then it learns its UUID.
    let certificate = bench.device.hal.keys.certificate(&Scope::unbounded(), Role::Device).unwrap();
    bench.device.controller.state().registered = Some(certificate.der);
    bench.pass(60 * SECOND);
    assert_eq!(bench.ended(), Some(0));
}

#[test]
fn the_led_tells_why_there_is_no_uuid() {
    for (code, led) in [(403, 18), (400, 10), (500, 10), (504, 10), (409, 17), (304, 17), (401, 3)] {
        let device = Device::onboarded();
        device.controller.state().refusals.insert("uuid", vec![code].into());
        let mut bench = start(device, Tasks::default());
        bench.connect();
        assert_eq!((bench.led(), bench.ended()), (Some(led), None), "{code}");
        // … and the next try takes what comes then.
        bench.pass(2 * SECOND);
        assert_eq!((bench.led(), bench.ended()), (Some(4), Some(0)), "{code}");
    }
}

#[test]
fn certificates_that_lead_to_no_root_of_ours_show_led_14_and_are_not_kept() {
    let device = Device::new();
    device.put("/config/root-certificate.pem", &SimCertificate::root("another root").pem());
    // The server itself is believed by the system.
    device.internet().believe(SimCertificate::root(pillar_hal::sim::controller::ROOT));
    let mut bench = start(device, register());
    bench.connect();
    assert_eq!(bench.led(), Some(14));
    bench.pass(10 * SECOND);
    assert!(bench.asked().iter().all(|action| action == "certs"));
    assert_eq!(bench.device.file("/persist/checkpoint/controllercerts"), None);
}

#[test]
fn a_controller_that_signs_anew_is_believed_after_its_certificates_are() {
    // Given saved certificates, and a controller that uses another one and answers the first question by it …
    let device = Device::onboarded();
    let mut bench = {
        device.controller.state().sign_as("controller signing 2");
        start(device, Tasks::default())
    };
    bench.connect();

    // … then the set is fetched first, and the answer is believed.
    assert_eq!(bench.asked(), ["certs", "uuid"]);
    assert_eq!(bench.ended(), Some(0));
    let saved = bench.device.file("/persist/checkpoint/controllercerts.bak").unwrap();
    let old = SimCertificate::new("controller signing", pillar_hal::sim::controller::ROOT).pem();
    assert!(saved.windows(old.len()).any(|part| part == old.as_bytes()), "the one before is the backup");
}

#[test]
fn no_answer_is_tried_again_at_growing_distances() {
    let device = Device::onboarded();
    device.controller.state().failures = vec![HttpError::Unreachable; 100].into();
    let mut bench = start(device, Tasks::default());
    bench.connect();
    bench.pass(3_600 * SECOND);
    let times: Vec<u64> = bench.device.internet().asked().map(|(at, _)| at.0 / 1_000_000_000).collect();
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.is_sorted() && gaps[0] <= 2 && gaps.iter().all(|gap| *gap <= 660), "{gaps:?}");
    assert!((10..20).contains(&times.len()), "{times:?}");
    assert_eq!(bench.led(), Some(2), "it is still connecting");
}

#[test]
fn attempts_are_counted_by_interface() {
    let device = Device::onboarded();
    device.internet().break_way("eth0", Some(HttpError::Refused));
    let mut bench = start(device, Tasks::default());
    bench.network(DpcState::Success, vec![port("eth0", 0), port("eth1", 1)]);
    assert_eq!(bench.ended(), Some(0));
    let (one, other) = (bench.counters("eth0"), bench.counters("eth1"));
    assert_eq!((one.failure_count, one.success_count), (2, 0));
    assert_eq!((other.failure_count, other.success_count), (0, 2));
    let url = format!("https://{SERVER}/api/v2/edgedevice/uuid");
    let counters = other.url_counters.get(&url).unwrap();
    assert_eq!((counters.try_msg_count, counters.recv_msg_count), (1, 1));
    assert!(counters.sent_byte_count > 64 && counters.recv_byte_count > 64);
}
