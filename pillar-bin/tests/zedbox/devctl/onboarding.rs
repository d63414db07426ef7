//! What a device goes through until it has its configuration.

use std::fs;
use std::path::Path;

use pillar_core::agents::NIM;
use pillar_core::agents::client::{Client, Tasks};
use pillar_core::controller::urls::Endpoint;
use pillar_core::node::{NodeConfig, TestNode};
use pillar_proto::attest::{
    AttestStorageKeys, ZAttestQuote, ZAttestReq, ZAttestReqType, ZAttestResponse, ZAttestResponseCode,
};
use pillar_proto::config::{ConfigRequest, ConfigResponse};
use pillar_proto::info::{InfoContent, ZInfoApp, ZInfoMsg};
use pillar_proto::{decode, encode};
use pillar_types::Uuid;
use pillar_types::device::OnboardingStatus;
use pillar_types::device_network::DeviceNetworkStatus;

use crate::device::Device as Folder;

use super::Controller;
use super::device::{Device, network};

const LIMIT: usize = 1 << 20;

/// Runs the client to its end: the UUID that it learned.
pub fn onboard(device: &Device) -> Option<Uuid> {
    let (places, hardware) = (device.places(), device.hardware());
    let make =
        move || Client::new(Tasks { register: true, tries: Some(1) }, places.clone(), hardware.clone());
    let mut client = TestNode::start_on(device.hal.clone(), NodeConfig::default(), make);
    client.put(NIM, DeviceNetworkStatus::KEY, network()).unwrap();
    client.get::<OnboardingStatus>(OnboardingStatus::KEY).map(|status| status.device_uuid)
}

fn uuid_of(made: &Path) -> Uuid {
    made.file_name().unwrap().to_str().unwrap().parse().unwrap()
}

fn attest(device: &Device, uuid: Uuid, request: ZAttestReq) -> ZAttestResponse {
    let (status, answer) = device.ask(Some(uuid), Endpoint::Attest, encode(&request));
    assert_eq!(status, 201);
    decode(&answer, LIMIT).unwrap()
}

fn step(kind: ZAttestReqType) -> ZAttestReq {
    ZAttestReq { req_type: kind as i32, ..ZAttestReq::default() }
}

fn quote(device: &Device, uuid: Uuid, quote: ZAttestQuote) -> (i32, Vec<u8>) {
    let request = ZAttestReq { quote: Some(quote), ..step(ZAttestReqType::Quote) };
    let response = attest(device, uuid, request).quote_resp.unwrap();
    (response.response, response.integrity_token)
}

/// Nonce, quote, token.
pub fn token(device: &Device, uuid: Uuid) -> Vec<u8> {
    let nonce = attest(device, uuid, step(ZAttestReqType::Nonce)).nonce.unwrap().nonce;
    assert!((12..=32).contains(&nonce.len()));
    let (code, token) = quote(device, uuid, ZAttestQuote::default());
    assert_eq!((code, token.is_empty()), (ZAttestResponseCode::Success as i32, false));
    token
}

fn config(device: &Device, uuid: Uuid, hash: &str, token: &[u8]) -> (u16, ConfigResponse) {
    let request = ConfigRequest { config_hash: hash.into(), integrity_token: token.into() };
    let (status, answer) = device.ask(Some(uuid), Endpoint::Config, encode(&request));
    (status, decode(&answer, LIMIT).unwrap())
}

#[test]
fn the_client_registers_and_learns_the_uuid_that_the_controller_gave() {
    // Given a controller with two devices …
    let mut controller = Controller::new();
    controller.create("other", &[]);
    let made = controller.create("one", &[]);
    controller.serve();

    // … when the client of one runs on what was made for its /config …
    let device = Device::installed(&controller, &made);
    let uuid = onboard(&device);

    // … then it is that device, for both of them, and stays it.
    assert_eq!(uuid, Some(uuid_of(&made)));
    assert_eq!(device.folder.text("persist/status/uuid").trim(), uuid_of(&made).to_string());
    assert_eq!(
        fs::read(made.join("device.cert.pem")).unwrap(),
        fs::read(device.folder.path("config/device.cert.pem")).unwrap()
    );
    assert!(controller.log().contains("one: has registered"), "{}", controller.log());
    assert_eq!(onboard(&device), uuid);
}

#[test]
fn only_the_device_that_was_made_can_onboard() {
    let mut controller = Controller::new();
    let made = controller.create("one", &[]);
    let with_serial = controller.create("two", &["--serial", "S2"]);
    controller.serve();
    let first = Device::installed(&controller, &made);
    assert_eq!(onboard(&first), Some(uuid_of(&made)));

    // Another device with the same onboarding certificate comes too late (409).
    let second = Device::installed(&controller, &made);
    assert_eq!(onboard(&second), None);
    assert!(controller.log().contains("409"), "{}", controller.log());

    // One without the serial number is not let in (403), one with it is.
    let third = Device::installed(&controller, &with_serial);
    assert_eq!(onboard(&third), None);
    assert!(controller.log().contains("403"), "{}", controller.log());
    third.folder.put("config/soft_serial", "S2\n");
    assert_eq!(onboard(&third), Some(uuid_of(&with_serial)));
}

#[test]
fn a_configuration_needs_the_token_of_an_attestation() {
    let mut controller = Controller::new();
    let made = controller.create("one", &["--port", "uplink=eth7"]);
    controller.serve();
    let device = Device::installed(&controller, &made);
    let uuid = onboard(&device).unwrap();

    // Without a token, or with a wrong one: attest again.
    assert_eq!(config(&device, uuid, "", b"").0, 403);
    assert_eq!(config(&device, uuid, "", b"wrong").0, 403);

    // A quote without a nonce is refused, one of a TPM cannot be checked; an empty one after a nonce is good.
    let nonce_mismatch = ZAttestResponseCode::NonceMismatch as i32;
    assert_eq!(quote(&device, uuid, ZAttestQuote::default()), (nonce_mismatch, Vec::new()));
    attest(&device, uuid, step(ZAttestReqType::Nonce));
    let of_tpm = ZAttestQuote { attest_data: vec![1; 100], ..ZAttestQuote::default() };
    assert_eq!(quote(&device, uuid, of_tpm).0, ZAttestResponseCode::NoCertFound as i32);
    let token = token(&device, uuid);
    assert_eq!(quote(&device, uuid, ZAttestQuote::default()).0, nonce_mismatch, "a nonce serves once");

    // With the token there is a configuration, and then nothing new.
    let (status, first) = config(&device, uuid, "", &token);
    let wanted = first.config.unwrap();
    assert_eq!((status, &*wanted.id.unwrap().uuid), (200, &*uuid.to_string()));
    assert_eq!(wanted.device_io_list[0].phy_addrs["Ifname"], "eth7");
    assert_eq!(config(&device, uuid, &first.config_hash, &token).0, 304);

    // Keys are stored for who has the token.
    for (given, wanted) in [(token.clone(), 1), (b"wrong".to_vec(), 2)] {
        let keys = AttestStorageKeys { integrity_token: given, keys: Vec::new() };
        let request = ZAttestReq { storage_keys: Some(keys), ..step(ZAttestReqType::StoreKeys) };
        assert_eq!(attest(&device, uuid, request).storage_keys_resp.unwrap().response, wanted);
    }
}

#[test]
fn a_configuration_is_edited_by_hand_and_a_broken_one_harms_nobody() {
    let mut controller = Controller::new();
    let made = controller.create("one", &[]);
    controller.serve();
    let device = Device::installed(&controller, &made);
    let uuid = onboard(&device).unwrap();
    let token = token(&device, uuid);
    let (_, first) = config(&device, uuid, "", &token);

    // When somebody edits the file, the device gets it with its next request …
    let file = made.join("config.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        text.replace("\"product_name\": \"devctl\"", "\"product_name\": \"edited\"")
            .replace("\"productName\": \"devctl\"", "\"productName\": \"edited\""),
    )
    .unwrap();
    let (status, second) = config(&device, uuid, &first.config_hash, &token);
    assert_eq!((status, &*second.config.unwrap().product_name), (200, "edited"));

    // … when it is broken, the last good one stays, and who looks is told where …
    fs::write(&file, "{\n  \"apps\": [{\"activate\": 7}]\n}\n").unwrap();
    assert_eq!(config(&device, uuid, &second.config_hash, &token).0, 304);
    assert!(controller.log().contains("apps[0].activate"), "{}", controller.log());
    fs::write(&file, "{\n  \"apps\": [\n").unwrap();
    assert_eq!(config(&device, uuid, &first.config_hash, &token).0, 200);
    assert!(controller.log().contains("line 3"), "{}", controller.log());

    // … and when it is mended, all is well.
    fs::write(&file, text).unwrap();
    let (status, third) = config(&device, uuid, &second.config_hash, &token);
    assert_eq!((status, third.config_hash), (200, first.config_hash));
}

#[test]
fn what_a_device_tells_is_kept_as_json_until_it_says_that_it_is_gone() {
    let mut controller = Controller::new();
    let made = controller.create("one", &[]);
    controller.serve();
    let device = Device::installed(&controller, &made);
    let uuid = onboard(&device).unwrap();
    let tell = |name: &str, state: i32| {
        let app = ZInfoApp { app_id: "../a".into(), app_name: name.into(), state, ..ZInfoApp::default() };
        let message = ZInfoMsg {
            info_type: 3,
            dev_id: uuid.to_string(),
            content: Some(InfoContent::App(Box::new(app))),
            at_time_stamp: None,
        };
        device.ask(Some(uuid), Endpoint::Info, encode(&message)).0
    };
    let file = made.join("info/app-x2e2e2f61.json");

    assert_eq!(tell("web", 7), 200);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"AppName\": \"web\"") && text.contains("\"RUNNING\""), "{text}");
    assert_eq!(tell("", 0), 200);
    assert!(!file.exists());
    assert_eq!(device.ask(Some(uuid), Endpoint::Metrics, Vec::new()).0, 200);
    assert!(made.join("metrics.json").exists());
}

#[test]
fn tpmmgr_gives_the_device_a_key_once() {
    // Given a device as scripts set it up, with a certificate made by tpmmgr and not by this test …
    let folder = Folder::new();
    let made = |folder: &Folder| folder.text("config/device.cert.pem");
    fs::create_dir_all(folder.path("config")).unwrap();
    assert!(folder.call("tpmmgr", &["createSoftDeviceCert"]).status.success());
    let first = made(&folder);
    assert!(first.contains("BEGIN CERTIFICATE") && folder.has("config/device.key.pem"));

    // … which stays, however often it is called …
    assert!(folder.call("tpmmgr", &["createSoftDeviceCert"]).status.success());
    assert_eq!(made(&folder), first);

    // … then calls that make no sense are told so.
    for (name, word) in [("tpmmgr", "createDeviceCert"), ("tpmmgr", "x"), ("client", "x")] {
        assert_eq!(folder.call(name, &[word]).status.code(), Some(2), "{name} {word}");
    }
}
