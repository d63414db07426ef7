//! What the controller answers to a request of API v2, as the device sees it (spec/01, Controller endpoints): which
//! endpoint it is, who asks, and whether that is true. What is behind an endpoint is in the modules below.
//!
//! | Request | Status |
//! |---|---|
//! | unknown path; other method | 404; 405 |
//! | no envelope, or no message in it that the endpoint knows | 422 |
//! | sender's hash or signature wrong | 401 |
//! | nobody who has registered | 400 |
//! | not allowed | 403 |
//! | the state directory cannot be read or written | 500 |

mod attest;
mod register;

use std::collections::BTreeMap;

use pillar_core::controller::envelope::{Envelope, EnvelopeError};
use pillar_core::controller::pem;
use pillar_core::hal::Crypto as _;
use pillar_hal::linux::RingCrypto;
use pillar_proto::config::{ConfigRequest, ConfigResponse};
use pillar_proto::uuid::{UuidRequest, UuidResponse};
use pillar_proto::{decode, encode};
use pillar_types::Uuid;

use super::authority::Authority;
use super::http::{MAX_BODY, Request, Response};
use super::reports::{self, Report};
use super::store::{Device, Store};
use super::{document, hex, time};
use crate::output;

/// What all paths begin with.
const BASE: &str = "/api/v2/edgedevice/";

/// A device's certificate, once it has one.
const DEVICE_CERTIFICATE: &str = "device.cert.pem";

/// The controller, as a server of its state directory.
pub struct Controller {
    store: Store,
    authority: Authority,
    /// What devices are to quote, until they have.
    nonces: BTreeMap<Uuid, Vec<u8>>,
    /// What was last said about a device, so that polls do not repeat it.
    said: BTreeMap<Uuid, String>,
}

/// Why a request is refused.
struct Refused {
    status: u16,
    why: String,
}

type Answer = Result<Response, Refused>;

/// What may be asked of a device.
enum Endpoint<'a> {
    Ping,
    Certs,
    Register,
    Uuid,
    Config(Uuid),
    Attest(Uuid),
    Report(Uuid, Report<'a>),
}

impl<'a> Endpoint<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let words: Vec<&str> = path.strip_prefix(BASE)?.split('/').collect();
        let device = |id: &str| id.parse::<Uuid>().ok();
        Some(match words.as_slice() {
            ["ping"] | ["id", _, "ping"] => Endpoint::Ping,
            ["certs"] => Endpoint::Certs,
            ["register"] => Endpoint::Register,
            ["uuid"] => Endpoint::Uuid,
            ["id", id, "config"] => Endpoint::Config(device(id)?),
            ["id", id, "attest"] => Endpoint::Attest(device(id)?),
            ["id", id, "apps", "instanceid", app, "newlogs"] => {
                Endpoint::Report(device(id)?, Report::AppLog(app.parse().ok()?))
            }
            ["id", id, action] => Endpoint::Report(device(id)?, Report::of(action)?),
            _ => return None,
        })
    }

    fn method(&self) -> &'static str {
        match self {
            Endpoint::Ping | Endpoint::Certs => "GET",
            _ => "POST",
        }
    }
}

impl Controller {
    /// The controller of a state directory.
    pub fn new(store: Store) -> Result<Self, String> {
        let authority = Authority::read(&store)?;
        Ok(Controller { store, authority, nonces: BTreeMap::new(), said: BTreeMap::new() })
    }

    /// Its certificates and keys.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The answer to a request.
    pub fn answer(&mut self, request: &Request) -> Response {
        let Some(endpoint) = Endpoint::of(&request.path) else { return Response::status(404) };
        if request.method != endpoint.method() {
            return Response::status(405);
        }
        let body = &request.body;
        let answer = match endpoint {
            Endpoint::Ping => Ok(Response::status(200)),
            Endpoint::Certs => self.sealed(200, self.authority.certificates()),
            Endpoint::Register => self.register(body),
            Endpoint::Uuid => self.uuid(body),
            Endpoint::Config(uuid) => self.config(uuid, body),
            Endpoint::Attest(uuid) => self.attest(uuid, body),
            Endpoint::Report(uuid, report) => self.report(uuid, report, body),
        };
        answer.unwrap_or_else(|Refused { status, why }| {
            // Paths have no line breaks; what a peer put into the reason is shown with escapes.
            output::print(&format!("{} {status} {}: {why}\n", time::of_day(time::now()), request.path));
            Response::status(status)
        })
    }

    fn say(&mut self, device: &Device, what: &str) {
        if self.said.get(&device.uuid).is_none_or(|said| said != what) {
            output::print(&format!("{} {}: {what}\n", time::of_day(time::now()), device.name));
            self.said.insert(device.uuid, what.to_owned());
        }
    }

    /// A message to a device.
    fn sealed(&self, status: u16, message: Vec<u8>) -> Answer {
        let body = self.authority.seal(message).ok_or_else(|| refused(500, "the answer cannot be signed"))?;
        Ok(Response { status, body })
    }

    /// Who sent an envelope, and what, if that is true.
    fn open(&self, body: &[u8]) -> Result<(Device, Vec<u8>), Refused> {
        let envelope = read_envelope(body)?;
        for device in self.store.devices()? {
            let Some(pem) = device.read(DEVICE_CERTIFICATE)? else { continue };
            let Some(der) = pem::blocks(&pem, pem::CERTIFICATE).next() else { continue };
            if envelope.is_from(&RingCrypto.sha256(&der)).map_err(bad_envelope)? {
                let message = envelope.verify(&RingCrypto, &der).map_err(bad_envelope)?;
                return Ok((device, message));
            }
        }
        Err(refused(400, "the sender has not registered"))
    }

    /// What a device sent to its own URL.
    fn open_own(&self, uuid: Uuid, body: &[u8]) -> Result<(Device, Vec<u8>), Refused> {
        let (device, message) = self.open(body)?;
        if device.uuid != uuid {
            return Err(refused(403, "the sender is another device"));
        }
        Ok((device, message))
    }

    fn uuid(&mut self, body: &[u8]) -> Answer {
        let (device, message) = self.open(body)?;
        decode::<UuidRequest>(&message, MAX_BODY).map_err(undecodable)?;
        let config = document::served(&device)?.config;
        self.say(&device, "was told its UUID");
        let response = UuidResponse {
            uuid: device.uuid.to_string(),
            manufacturer: config.manufacturer,
            product_name: config.product_name,
        };
        self.sealed(200, encode(&response))
    }

    fn config(&mut self, uuid: Uuid, body: &[u8]) -> Answer {
        let (device, message) = self.open_own(uuid, body)?;
        let request: ConfigRequest = decode(&message, MAX_BODY).map_err(undecodable)?;
        if attest::token(&device)?.is_none_or(|token| token != request.integrity_token) {
            self.say(&device, "is to be attested before it gets its configuration");
            return Ok(Response::status(403));
        }
        let served = document::served(&device)?;
        let config_hash = hex::encode(&RingCrypto.sha256(&served.bytes));
        let problem = served.problem.map(|why| format!("; an earlier one, because of {why}"));
        let problem = problem.unwrap_or_default();
        if request.config_hash == config_hash {
            self.say(&device, &format!("has configuration {}{problem}", &config_hash[..12]));
            return Ok(Response::status(304));
        }
        self.say(&device, &format!("gets configuration {}{problem}", &config_hash[..12]));
        let response = ConfigResponse { config: Some(served.config), config_hash };
        self.sealed(200, encode(&response))
    }

    fn report(&mut self, uuid: Uuid, report: Report<'_>, body: &[u8]) -> Answer {
        let (device, message) = self.open_own(uuid, body)?;
        match reports::store(&device, &report, &message) {
            Ok(()) => Ok(Response::status(200)),
            Err(reports::Fault::Malformed(why)) => Err(refused(422, why)),
            Err(reports::Fault::TooMany) => Err(refused(429, "too many objects")),
            Err(reports::Fault::Store(why)) => Err(refused(500, why)),
        }
    }
}

fn read_envelope(body: &[u8]) -> Result<Envelope, Refused> {
    Envelope::read(body, MAX_BODY).map_err(bad_envelope)
}

fn bad_envelope(why: EnvelopeError) -> Refused {
    let status = if matches!(why, EnvelopeError::Malformed(_)) { 422 } else { 401 };
    refused(status, why)
}

fn undecodable(why: pillar_proto::DecodeError) -> Refused {
    refused(422, why)
}

fn refused(status: u16, why: impl std::fmt::Display) -> Refused {
    Refused { status, why: why.to_string().escape_debug().to_string() }
}

impl From<String> for Refused {
    /// The state directory is not as it should be.
    fn from(why: String) -> Self {
        refused(500, why)
    }
}
