//! One exchange with the controller: a request over the ports in the order of their cost, until one of them brings an
//! answer (spec/01, A2 and A5). Called by jobs.

use std::time::Duration;

use pillar_types::{Uuid, base64};

use super::envelope::{Sender, seal};
use super::status::{SenderStatus, is_success};
use super::urls::{Endpoint, Server};
use super::ways::Way;
use crate::hal::{Answer, Hal, HttpError, KeyError, Method, Request, Role, Scope, Trust};
use crate::time::{Mono, Now};

/// The type of bodies, both ways.
pub const CONTENT_TYPE: &str = "application/x-proto-binary";

/// The longest a whole exchange may take.
const MAX_TIME: Duration = Duration::from_mins(4);

/// How many attempts' worth of time a whole exchange has.
const ATTEMPTS: u32 = 3;

/// What every request to a controller needs.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The controller.
    pub server: Server,
    /// What it calls the device, if that is known.
    pub device: Option<Uuid>,
    /// Serial number and soft serial number, by which it knows the device until then.
    pub serials: (String, String),
    /// The ways to it, best first.
    pub ways: Vec<Way>,
    /// Who may sign its certificate.
    pub trust: Trust,
    /// How long an attempt may take; zero for as long as the whole exchange.
    pub send_time: Duration,
    /// How long connecting may take.
    pub dial_time: Duration,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Where.
    pub endpoint: Endpoint,
    /// What is said, to be put into an envelope; nothing where one only asks.
    pub message: Option<Vec<u8>>,
    /// The longest answer that is taken, in bytes.
    pub answer_limit: usize,
    /// Whether any refusal ends the exchange, so that no other port is tried.
    pub stop_at_refusal: bool,
}

impl Question {
    /// Says something.
    pub fn post(endpoint: Endpoint, message: Vec<u8>) -> Self {
        Question {
            endpoint,
            message: Some(message),
            answer_limit: pillar_proto::MAX_UNSIGNED_BYTES,
            stop_at_refusal: false,
        }
    }

    /// Only asks.
    pub fn get(endpoint: Endpoint) -> Self {
        Question { message: None, ..Question::post(endpoint, Vec::new()) }
    }
}

/// One attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The interface.
    pub interface: String,
    /// The URL.
    pub url: String,
    /// When it ended.
    pub at: Now,
    /// How long it took.
    pub took: Duration,
    /// How many bytes the body had.
    pub sent: usize,
    /// The status code and how many bytes the answer's body had, or why there is none.
    pub result: Result<(u16, usize), HttpError>,
}

/// How an exchange ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange {
    /// In which class.
    pub status: SenderStatus,
    /// The answer that ended it, or the last one.
    pub answer: Option<Answer>,
    /// What was tried.
    pub attempts: Vec<Attempt>,
    /// Why nothing could be tried.
    pub unable: Option<Unable>,
}

/// Why no attempt could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unable {
    /// No port has an address to send from.
    NoWay,
    /// The message could not be signed.
    Key(KeyError),
    /// The device has no random numbers.
    NoRandom,
    /// The job was cancelled or is out of time.
    Cancelled,
}

impl std::fmt::Display for Unable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unable::NoWay => f.write_str("no port has an address"),
            Unable::Key(why) => why.fmt(f),
            Unable::NoRandom => f.write_str("no random numbers"),
            Unable::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl Exchange {
    /// The status code of the answer.
    pub fn code(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// Whether the controller took the request.
    pub fn succeeded(&self) -> bool {
        self.code().is_some_and(is_success)
    }

    fn unable(why: Unable) -> Self {
        Exchange { status: SenderStatus::Failed, unable: Some(why), ..Exchange::default() }
    }
}

/// Asks a controller, over one way after the other until one brings an answer that ends it.
pub fn exchange(hal: &Hal, scope: &Scope, peer: &Peer, question: &Question) -> Exchange {
    if peer.ways.is_empty() {
        return Exchange::unable(Unable::NoWay);
    }
    let body = match &question.message {
        None => Vec::new(),
        Some(message) => match sealed(hal, scope, question.endpoint, message) {
            Ok(body) => body,
            Err(KeyError::Cancelled) => return Exchange::unable(Unable::Cancelled),
            Err(why) => return Exchange::unable(Unable::Key(why)),
        },
    };
    let mut exchange = Exchange::default();
    let end = hal.clock.now().mono + whole_time(peer.send_time);
    for way in &peer.ways {
        let left = end.since(hal.clock.now().mono);
        if left.is_zero() {
            break;
        }
        let Some(request) = request(hal, peer, question, &body, way, left) else {
            return Exchange { unable: Some(Unable::NoRandom), status: SenderStatus::Failed, ..exchange };
        };
        let through_proxy = request.via.proxy.is_some();
        let begun = hal.clock.now().mono;
        let result = hal.http.send(scope, &request);
        exchange.attempts.push(attempt(hal, way, request, begun, &result));
        match result {
            Err(HttpError::Cancelled) => return Exchange { unable: Some(Unable::Cancelled), ..exchange },
            Err(why) => {
                exchange.status = exchange.status.max(SenderStatus::of_error(&why, through_proxy));
            }
            Ok(answer) => {
                let status = SenderStatus::of_code(answer.status);
                let ends = is_success(answer.status)
                    || status == SenderStatus::Forbidden
                    || question.stop_at_refusal;
                exchange.status = if ends { status } else { exchange.status.max(status) };
                exchange.answer = Some(answer);
                if ends {
                    break;
                }
            }
        }
    }
    exchange
}

/// How long all attempts together may take.
fn whole_time(send_time: Duration) -> Duration {
    if send_time.is_zero() { MAX_TIME } else { MAX_TIME.min(send_time * ATTEMPTS) }
}

/// The message in an envelope, signed by the key that the endpoint wants.
fn sealed(hal: &Hal, scope: &Scope, endpoint: Endpoint, message: &[u8]) -> Result<Vec<u8>, KeyError> {
    let registering = endpoint == Endpoint::Register;
    let role = if registering { Role::Onboarding } else { Role::Device };
    let certificate = hal.keys.certificate(scope, role)?;
    let sender = Sender {
        hash: hal.crypto.sha256(&certificate.der),
        certificate: if registering { base64::encode(&certificate.pem).into() } else { Vec::new() },
    };
    seal(message.to_vec(), sender, |message| hal.keys.sign(scope, role, message).map(Into::into))
}

fn request(
    hal: &Hal,
    peer: &Peer,
    question: &Question,
    body: &[u8],
    way: &Way,
    left: Duration,
) -> Option<Request> {
    let url = peer.server.url(question.endpoint, peer.device);
    let mut headers = vec![("X-Request-Id".to_owned(), random_uuid(hal)?.to_string())];
    if peer.device.is_none() {
        headers.push(("X-Serial-Number".to_owned(), peer.serials.0.clone()));
        headers.push(("X-Soft-Serial".to_owned(), peer.serials.1.clone()));
    }
    if question.message.is_some() {
        headers.push(("Content-Type".to_owned(), CONTENT_TYPE.to_owned()));
    }
    let time = if peer.send_time.is_zero() { left } else { left.min(peer.send_time) };
    Some(Request {
        method: if question.message.is_some() { Method::Post } else { Method::Get },
        via: way.via(&url),
        url,
        headers,
        body: body.to_vec(),
        trust: peer.trust.clone(),
        time,
        connect_time: if peer.dial_time.is_zero() { time } else { peer.dial_time.min(time) },
        body_limit: question.answer_limit,
    })
}

/// A random UUID (RFC 9562, version 4).
fn random_uuid(hal: &Hal) -> Option<Uuid> {
    let mut bytes = [0; 16];
    hal.random.fill(&mut bytes).ok()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Some(Uuid(bytes))
}

fn attempt(
    hal: &Hal,
    way: &Way,
    request: Request,
    begun: Mono,
    result: &Result<Answer, HttpError>,
) -> Attempt {
    let at = hal.clock.now();
    Attempt {
        interface: way.interface.clone(),
        url: request.url,
        at,
        took: at.mono.since(begun),
        sent: request.body.len(),
        result: result.as_ref().map(|answer| (answer.status, answer.body.len())).map_err(Clone::clone),
    }
}
