//! A simulated controller of API v2: registers devices, attests them, gives them their configuration, and keeps what
//! they send. A scenario holds it and looks into it between two steps.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pillar_core::controller::envelope::{Envelope, Sender, seal};
use pillar_core::controller::exchange::CONTENT_TYPE;
use pillar_core::controller::pem;
use pillar_core::hal::{Answer, Crypto, HttpError, Request, Sha256};
use pillar_core::time::{Mono, Now};
use pillar_proto::attest::{
    ZAttestNonceResp, ZAttestQuoteResp, ZAttestReq, ZAttestReqType, ZAttestRespType, ZAttestResponse,
    ZAttestResponseCode,
};
use pillar_proto::certs::{ZCert, ZCertType, ZControllerCert};
use pillar_proto::common::HashAlgorithm;
use pillar_proto::config::{ConfigRequest, ConfigResponse, EdgeDevConfig};
use pillar_proto::register::ZRegisterMsg;
use pillar_proto::uuid::UuidResponse;
use pillar_proto::{MAX_SIGNED_BYTES, decode, encode};
use pillar_types::{Uuid, base64};

use super::certificates::{SimCertificate, SimCrypto, sign};
use super::internet::{Internet, Reply, Server};

/// The most messages that are kept; older ones are dropped.
const MAX_KEPT: usize = 10_000;

/// The root that its certificates lead to.
pub const ROOT: &str = "controller root";

/// A controller, shared between the internet and who looks into it.
#[derive(Clone)]
pub struct SimController(Arc<Mutex<State>>);

/// What it knows and does.
pub struct State {
    /// Who signs its answers.
    pub signer: String,
    /// Its certificates, as `certs` gives them; made from `signer` unless somebody says otherwise.
    pub certs: ZControllerCert,
    /// What it calls the device.
    pub device: Uuid,
    /// The device's certificate, once it has registered; DER.
    pub registered: Option<Vec<u8>>,
    /// The subject of the onboarding certificate that it accepts.
    pub onboarding: String,
    /// The device's configuration; none until there is one.
    pub config: Option<EdgeDevConfig>,
    /// It gives the configuration also to who has it already.
    pub gives_again: bool,
    /// What a device must show to get it; empty for nothing.
    pub token: Vec<u8>,
    /// The nonce that it gives.
    pub nonce: Vec<u8>,
    /// Statuses that it answers next with, by action, in place of what it would.
    pub refusals: BTreeMap<&'static str, VecDeque<u16>>,
    /// What its next requests end with, in place of an answer.
    pub failures: VecDeque<HttpError>,
    /// How long it takes to answer.
    pub takes: Duration,
    /// What it was sent: when, by which action, and the message.
    pub received: VecDeque<(Mono, String, Vec<u8>)>,
}

impl SimController {
    /// One that waits for a device to register.
    pub fn new(device: Uuid) -> Self {
        let mut state = State {
            signer: String::new(),
            certs: ZControllerCert::default(),
            device,
            registered: None,
            onboarding: "onboarding".into(),
            config: None,
            gives_again: false,
            token: Vec::new(),
            nonce: b"a nonce of 21 bytes..".to_vec(),
            refusals: BTreeMap::new(),
            failures: VecDeque::new(),
            takes: Duration::ZERO,
            received: VecDeque::new(),
        };
        state.sign_as("controller signing");
        SimController(Arc::new(Mutex::new(state)))
    }

    /// Puts it into the internet at `host:port`.
    pub fn serve(&self, internet: &mut Internet, place: &str) {
        internet.serve(place, vec![SimCertificate::new("controller server", ROOT)], self.clone());
    }

    /// What it knows.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// From now on it signs with another certificate.
    pub fn sign_as(&mut self, signer: &str) {
        signer.clone_into(&mut self.signer);
        let entry = |subject: &str, kind: ZCertType| {
            let pem = SimCertificate::new(subject, ROOT).pem().into_bytes();
            ZCert {
                hash_algo: HashAlgorithm::Sha256Prefix16 as i32,
                cert_hash: SimCrypto.sha256(&pem)[..16].to_vec(),
                kind: kind as i32,
                cert: pem,
                ..ZCert::default()
            }
        };
        let certs = vec![
            entry(signer, ZCertType::ControllerSigning),
            entry("controller exchange", ZCertType::ControllerEcdhExchange),
        ];
        self.certs = ZControllerCert { certs };
    }

    /// The messages that came by an action.
    pub fn messages(&self, action: &str) -> Vec<&[u8]> {
        self.received
            .iter()
            .filter(|(_, other, _)| other == action)
            .map(|(_, _, message)| &**message)
            .collect()
    }

    /// The hash by which the configuration is known: it changes with its content.
    pub fn config_hash(&self) -> String {
        let hash = self.config.as_ref().map(|config| SimCrypto.sha256(&encode(config))).unwrap_or_default();
        hash[..8].iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
    }

    fn answer(&mut self, request: &Request, now: Now) -> Answer {
        let action = request.url.rsplit('/').next().unwrap_or_default().to_owned();
        if let Some(status) = self.refusal(&action) {
            self.keep(now, &action, request);
            return Answer { status, ..Answer::default() };
        }
        if action == "certs" {
            let raw = encode(&self.certs);
            return self.sealed(200, raw);
        }
        let Ok(envelope) = Envelope::read(&request.body, MAX_SIGNED_BYTES) else { return status(500) };
        self.keep(now, &action, request);
        if action == "register" {
            return self.register(envelope);
        }
        let Some(message) = self.message_of_device(envelope) else { return status(401) };
        match &*action {
            "uuid" => {
                let uuid = self.device.to_string();
                self.sealed(200, encode(&UuidResponse { uuid, ..UuidResponse::default() }))
            }
            "config" => self.give_config(&message),
            "attest" => self.attest(&message),
            "info" | "metrics" => status(201),
            _ => status(404),
        }
    }

    fn refusal(&mut self, action: &str) -> Option<u16> {
        self.refusals.get_mut(action)?.pop_front()
    }

    fn keep(&mut self, now: Now, action: &str, request: &Request) {
        if self.received.len() == MAX_KEPT {
            self.received.pop_front();
        }
        let message = Envelope::read(&request.body, MAX_SIGNED_BYTES).map(Envelope::unverified);
        self.received.push_back((now.mono, action.to_owned(), message.unwrap_or_default()));
    }

    /// The message of an envelope, if the registered device signed it.
    fn message_of_device(&self, envelope: Envelope) -> Option<Vec<u8>> {
        let device = self.registered.as_ref()?;
        let known = envelope.is_from(&SimCrypto.sha256(device)) == Ok(true);
        if known { envelope.verify(&SimCrypto, device).ok() } else { None }
    }

    fn register(&mut self, envelope: Envelope) -> Answer {
        let certificate = |text: &[u8]| {
            let pem = base64::decode(text).ok()?;
            pem::blocks(&pem, pem::CERTIFICATE).next()
        };
        let onboarding = SimCertificate::root(&self.onboarding).der();
        let sent = certificate(envelope.sender_certificate());
        let hash: Sha256 = SimCrypto.sha256(&onboarding);
        if sent.as_ref() != Some(&onboarding) || envelope.is_from(&hash) != Ok(true) {
            return status(403);
        }
        let Ok(message) = envelope.verify(&SimCrypto, &onboarding) else { return status(401) };
        let Ok(message) = decode::<ZRegisterMsg>(&message, MAX_SIGNED_BYTES) else { return status(400) };
        let Some(device) = certificate(&message.pem_cert) else { return status(400) };
        match &self.registered {
            Some(other) if *other != device => status(409),
            Some(_) => status(200),
            None => {
                self.registered = Some(device);
                status(201)
            }
        }
    }

    fn give_config(&self, message: &[u8]) -> Answer {
        let Ok(asked) = decode::<ConfigRequest>(message, MAX_SIGNED_BYTES) else { return status(400) };
        if asked.integrity_token != self.token {
            return status(403);
        }
        let Some(config) = &self.config else { return status(404) };
        let config_hash = self.config_hash();
        if asked.config_hash == config_hash && !self.gives_again {
            return status(304);
        }
        self.sealed(200, encode(&ConfigResponse { config: Some(config.clone()), config_hash }))
    }

    /// A device without a TPM is attested by asking.
    fn attest(&self, message: &[u8]) -> Answer {
        let Ok(asked) = decode::<ZAttestReq>(message, MAX_SIGNED_BYTES) else { return status(400) };
        let response = match ZAttestReqType::try_from(asked.req_type) {
            Ok(ZAttestReqType::Nonce) => ZAttestResponse {
                resp_type: ZAttestRespType::Nonce as i32,
                nonce: Some(ZAttestNonceResp { nonce: self.nonce.clone() }),
                ..ZAttestResponse::default()
            },
            Ok(ZAttestReqType::Quote) => ZAttestResponse {
                resp_type: ZAttestRespType::Quote as i32,
                quote_resp: Some(ZAttestQuoteResp {
                    response: ZAttestResponseCode::Success as i32,
                    integrity_token: self.token.clone(),
                    keys: Vec::new(),
                }),
                ..ZAttestResponse::default()
            },
            _ => return status(400),
        };
        self.sealed(201, encode(&response))
    }

    /// An answer, signed.
    fn sealed(&self, status: u16, message: Vec<u8>) -> Answer {
        let pem = SimCertificate::new(&self.signer, ROOT).pem();
        let sender = Sender { hash: SimCrypto.sha256(pem.as_bytes()), certificate: Vec::new() };
        let signed = |message: &[u8]| Ok::<_, std::convert::Infallible>(sign(&self.signer, message).to_vec());
        let Ok(body) = seal(message, sender, signed);
        let headers = vec![("content-type".to_owned(), CONTENT_TYPE.to_owned())];
        Answer { status, headers, body }
    }
}

fn status(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

impl Server for SimController {
    fn answer(&mut self, request: &Request, now: Now) -> Reply {
        let mut state = self.state();
        let after = state.takes;
        if let Some(failure) = state.failures.pop_front() {
            return Reply { result: Err(failure), after };
        }
        Reply { result: Ok(state.answer(request, now)), after }
    }
}
