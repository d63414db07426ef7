//! Attestation of a device without a TPM.

use pillar_core::time::Mono;
use pillar_proto::attest::{ZAttestQuote, ZAttestReq, ZAttestReqType};
use pillar_proto::{MAX_SIGNED_BYTES, decode};
use pillar_types::attest::AttestState;
use pillar_types::node::{BootReason, ConfigGetStatus};
use pillar_types::vault::EncryptedVaultKeyFromController;

use crate::agent::{config, device_info, next_poll, online, requests, start, status};
use crate::bench::{Bench, Device, SECOND};
use pillar_core::agents::zedagent::ZedAgent;

const TOKEN: &str = "/run/eve.integrity_token";

fn asked(bench: &Bench<ZedAgent>) -> Vec<(Mono, ZAttestReq)> {
    let state = bench.device.controller.state();
    let all = state.received.iter().filter(|(_, action, _)| action == "attest");
    all.map(|(at, _, message)| (*at, decode(message, MAX_SIGNED_BYTES).unwrap())).collect()
}

fn kinds(bench: &Bench<ZedAgent>) -> Vec<ZAttestReqType> {
    asked(bench).iter().map(|(_, asked)| ZAttestReqType::try_from(asked.req_type).unwrap()).collect()
}

#[test]
fn ac01_36_a_device_without_a_tpm_sends_an_empty_quote_and_gets_its_token() {
    // Given a controller that gives no configuration without a token …
    let device = Device::onboarded();
    device.controller.state().config = Some(config());
    device.controller.state().token = b"token".to_vec();
    let mut bench = start(device, BootReason::PowerFail);

    // … when a device without a TPM connects …
    bench.connect();
    bench.pass(SECOND);

    // … then its quote is empty, no key is asked for or published, and the next poll brings the configuration.
    assert_eq!(kinds(&bench), [ZAttestReqType::Nonce, ZAttestReqType::Quote]);
    assert_eq!(asked(&bench)[1].1.quote, Some(ZAttestQuote::default()));
    assert!(asked(&bench).iter().all(|(_, asked)| asked.storage_keys.is_none()));
    assert!(bench.test.published::<EncryptedVaultKeyFromController>().is_empty());
    assert_eq!(bench.device.file(TOKEN), Some(b"token".to_vec()));
    assert_eq!(requests(&bench).last().unwrap().integrity_token, b"token");
    assert_eq!(status(&bench).attest_state, AttestState::Complete);
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::Success);
}

#[test]
fn ac01_27_a_refused_token_is_fetched_anew() {
    let mut bench = online(config());
    assert_eq!(status(&bench).attest_state, AttestState::Complete);
    assert_eq!(kinds(&bench).len(), 2);

    // When the controller wants another token …
    bench.device.controller.state().token = b"new".to_vec();
    next_poll(&mut bench);
    let refused = bench.test.now().mono;

    // … then a nonce is asked for within 16 s, and the next poll carries the new token.
    assert_eq!(status(&bench).attest_state, AttestState::RestartWait);
    bench.pass(SECOND * 16);
    let (at, nonce) = asked(&bench)[2].clone();
    assert_eq!(nonce.req_type, ZAttestReqType::Nonce as i32);
    assert!(at.since(refused) <= SECOND * 16);
    bench.pass(SECOND);
    assert_eq!(requests(&bench).last().unwrap().integrity_token, b"new");
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::Success);
}

#[test]
fn ac01_37_a_short_nonce_is_refused_and_told() {
    let device = Device::onboarded();
    device.controller.state().config = Some(config());
    device.controller.state().nonce = vec![1; 8];
    let mut bench = start(device, BootReason::PowerFail);
    bench.connect();
    bench.pass(SECOND);

    assert_eq!(kinds(&bench), [ZAttestReqType::Nonce]);
    let told = device_info(&bench).attestation_info.unwrap().error.unwrap();
    assert_eq!(told.description, "the controller's nonce has 8 bytes");

    bench.device.controller.state().nonce = vec![1; 12];
    bench.pass(SECOND * 16);
    assert_eq!(status(&bench).attest_state, AttestState::Complete);
    assert_eq!(status(&bench).attest_error, "");
}

#[test]
fn a_controller_that_answers_later_attests_later() {
    // Given a controller that fails at first …
    let device = Device::onboarded();
    device.controller.state().config = Some(config());
    device.controller.state().refusals.insert("attest", [500, 503, 401].into());
    let mut bench = start(device, BootReason::PowerFail);
    bench.connect();
    assert_eq!(status(&bench).attest_state, AttestState::NonceWait);
    assert!(status(&bench).attest_error.contains("500"), "{}", status(&bench).attest_error);

    // … then it is asked every 15 s until it attests.
    bench.pass(SECOND * 16 * 3);
    assert_eq!(status(&bench).attest_state, AttestState::Complete);
}

#[test]
fn certificates_that_come_while_it_is_under_way_are_no_reason_to_wait() {
    // Given a device that was onboarded just now: its certificates were not there when zedagent started …
    let device = Device::onboarded();
    device.controller.state().config = Some(config());
    device.put("/persist/checkpoint/controllercerts", "");
    let mut bench = start(device, BootReason::PowerFail);

    // … then it is attested and configured as soon as they were fetched.
    bench.connect();
    bench.pass(SECOND);
    assert_eq!(status(&bench).attest_state, AttestState::Complete);
    assert_eq!(status(&bench).config_get_status, ConfigGetStatus::Success);

    // What was asked for without a token, and refused, is no reason to attest again.
    let before = kinds(&bench);
    bench.pass(SECOND * 20);
    assert_eq!(kinds(&bench), before);
}
