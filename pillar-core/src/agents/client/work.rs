//! What the client does away from the node: files, and exchanges with the controller.

use std::fmt;
use std::time::Duration;

use pillar_proto::register::ZRegisterMsg;
use pillar_proto::uuid::{UuidRequest, UuidResponse};
use pillar_proto::{MAX_UNSIGNED_BYTES, decode, encode};
use pillar_types::device::OnboardingStatus;
use pillar_types::{Uuid, base64};

use crate::controller::answer::{self, AnswerError, FetchedCerts, SavedCerts};
use crate::controller::certs::Signer;
use crate::controller::exchange::{Exchange, Peer, Question, Unable, exchange};
use crate::controller::facts::{Facts, NoFacts};
use crate::controller::places::Places;
use crate::controller::urls::Endpoint;
use crate::hal::{Command, FileOp, Hal, KeyError, Role, Scope, StorageError};
use crate::hardware_model;

/// The files that outlive a reboot.
const UUID_FILE: &str = "uuid";
const MODEL_FILE: &str = "hardwaremodel";

/// The longest UUID file, in bytes.
const MAX_UUID_FILE: usize = 256;

/// How long setting the host's name may take.
const HOSTNAME_TIME: Duration = Duration::from_secs(10);

/// What the disk knows.
#[derive(Debug)]
pub struct Known {
    /// What the installation says.
    pub facts: Facts,
    /// The UUID of an earlier onboarding.
    pub uuid: Option<Uuid>,
    /// What the device is.
    pub hardware_model: String,
    /// The controller's certificates.
    pub certs: SavedCerts,
}

/// Reads all that.
pub fn read(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
    hardware: &hardware_model::Paths,
) -> Result<Known, NoFacts> {
    let facts = Facts::read(hal, scope, places, hardware)?;
    let uuid = hal.storage.read(scope, &places.status(UUID_FILE), MAX_UUID_FILE).ok();
    let uuid = uuid.and_then(|text| String::from_utf8(text).ok()?.trim().parse().ok());
    let certs = answer::saved_certs(hal, scope, places, &facts.root);
    let hardware_model = hardware_model::model(hal, scope, hardware);
    Ok(Known { facts, uuid: uuid.filter(|uuid: &Uuid| !uuid.is_nil()), hardware_model, certs })
}

/// Asks for the controller's certificates and saves them.
pub fn fetch_certs(hal: &Hal, scope: &Scope, places: &Places, peer: &Peer, root: &str) -> FetchedCerts {
    let fetched = answer::fetch_certs(hal, scope, peer, root);
    if let Ok(set) = &fetched.set
        && let Err(why) = answer::save_certs(hal, scope, places, set)
    {
        log::error!("the controller's certificates cannot be saved: {why}");
    }
    fetched
}

/// How registering went. Its success shows in the UUID that is asked for next.
pub struct Registered {
    /// The exchange.
    pub exchange: Exchange,
}

impl Registered {
    /// In words.
    pub fn outcome(&self) -> String {
        match (self.exchange.code(), &self.exchange.unable) {
            (Some(200), _) => "known already".to_owned(),
            (Some(201), _) => "done".to_owned(),
            (Some(409), _) => "another device was registered in its place".to_owned(),
            (Some(code), _) => format!("refused with status {code}"),
            (None, Some(Unable::Key(why))) => why.to_string(),
            (None, _) => "no answer".to_owned(),
        }
    }
}

/// Introduces the device, with the onboarding key.
pub fn register(hal: &Hal, scope: &Scope, peer: &Peer, serials: (String, String)) -> Registered {
    let message = match hal.keys.certificate(scope, Role::Device) {
        Ok(certificate) => ZRegisterMsg {
            on_board_key: String::new(),
            pem_cert: base64::encode(&certificate.pem).into_bytes(),
            serial: serials.0,
            soft_serial: serials.1,
        },
        Err(why) => return Registered { exchange: cannot(why) },
    };
    let question = Question::post(Endpoint::Register, encode(&message));
    Registered { exchange: exchange(hal, scope, peer, &question) }
}

fn cannot(why: KeyError) -> Exchange {
    Exchange { unable: Some(Unable::Key(why)), ..Exchange::default() }
}

/// How asking for the UUID went.
pub struct Named {
    /// The exchange.
    pub exchange: Exchange,
    /// Who the device is.
    pub status: Result<OnboardingStatus, NoName>,
}

/// Why the device does not know who it is.
#[derive(Clone, Debug, PartialEq)]
pub enum NoName {
    /// No request could be made.
    Unable(Unable),
    /// The controller refused with this status.
    Refused(u16),
    /// The answer is of no use.
    Answer(AnswerError),
    /// What the controller says is no UUID.
    NotUuid,
}

impl NoName {
    /// Whether the answer is not signed as it should be.
    pub fn is_bad_envelope(&self) -> bool {
        matches!(self, NoName::Answer(why) if why.is_bad_envelope())
    }
}

/// Asks what the controller calls the device.
pub fn ask_for_uuid(
    hal: &Hal,
    scope: &Scope,
    peer: &Peer,
    signers: &[Signer],
    hardware: &hardware_model::Paths,
) -> Named {
    let question = Question::post(Endpoint::Uuid, encode(&UuidRequest {}));
    let exchange = exchange(hal, scope, peer, &question);
    let status = name(hal, scope, &exchange, signers, hardware);
    Named { exchange, status }
}

fn name(
    hal: &Hal,
    scope: &Scope,
    exchange: &Exchange,
    signers: &[Signer],
    hardware: &hardware_model::Paths,
) -> Result<OnboardingStatus, NoName> {
    if let Some(why) = &exchange.unable {
        return Err(NoName::Unable(why.clone()));
    }
    let answer = exchange.answer.as_ref().ok_or(NoName::Answer(AnswerError::None))?;
    if !matches!(answer.status, 200 | 201) {
        return Err(NoName::Refused(answer.status));
    }
    let message = answer::open(hal, signers, answer, MAX_UNSIGNED_BYTES).map_err(NoName::Answer)?;
    let response: UuidResponse =
        decode(&message, MAX_UNSIGNED_BYTES).map_err(|why| NoName::Answer(AnswerError::Content(why)))?;
    let device_uuid: Uuid = response.uuid.trim().parse().map_err(|_| NoName::NotUuid)?;
    if device_uuid.is_nil() {
        return Err(NoName::NotUuid);
    }
    let says_model = !response.manufacturer.is_empty() || !response.product_name.is_empty();
    let hardware_model = if says_model {
        hardware_model::format_model(&response.manufacturer, &response.product_name, b"")
    } else {
        hardware_model::model(hal, scope, hardware)
    };
    Ok(OnboardingStatus { device_uuid, hardware_model, ..OnboardingStatus::default() })
}

/// Keeps who the device is, and has the host go by that name.
pub fn write(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
    status: &OnboardingStatus,
) -> Result<(), StorageError> {
    let file = |name, data: String| FileOp::Replace {
        path: places.status(name),
        data: data.into_bytes(),
        backup: false,
    };
    let uuid = status.device_uuid.to_string();
    let ops = [file(UUID_FILE, format!("{uuid}\n")), file(MODEL_FILE, status.hardware_model.clone())];
    for done in hal.storage.apply(scope, &ops) {
        done?;
    }
    let hostname = Command::new("/bin/hostname").args([uuid]).time(HOSTNAME_TIME);
    match hal.process.run(scope, &hostname) {
        Ok(output) if output.exit.success() => {}
        Ok(output) => log::warn!("the host's name was not set: {:?}", output.exit),
        Err(why) => log::warn!("the host's name was not set: {why}"),
    }
    Ok(())
}

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoName::Unable(why) => why.fmt(f),
            NoName::Refused(code) => write!(f, "the controller refused with status {code}"),
            NoName::Answer(why) => why.fmt(f),
            NoName::NotUuid => f.write_str("the controller gave no UUID"),
        }
    }
}
