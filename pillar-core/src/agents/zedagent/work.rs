//! What zedagent does away from the node: files, and exchanges with the controller. All of it runs as jobs.

use std::fmt;

use pillar_proto::attest::{ZAttestReq, ZAttestResponse};
use pillar_proto::config::{ConfigRequest, ConfigResponse, EdgeDevConfig};
use pillar_proto::{DecodeError, MAX_SIGNED_BYTES, MAX_UNSIGNED_BYTES, decode, encode};
use pillar_types::Uuid;
use pillar_types::codec::{Limits, json};
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device::DeviceOpsCmd;

use super::commands::Operation;
use super::parse::{self, Parsed, Surroundings};
use crate::checkpoint::Checkpoint;
use crate::controller::answer::{self, AnswerError, SavedCerts};
use crate::controller::certs::{self, Signer};
use crate::controller::envelope::EnvelopeError;
use crate::controller::exchange::{Exchange, Peer, Question, Unable, exchange};
use crate::controller::facts::{Facts, NoFacts};
use crate::controller::places::Places;
use crate::controller::urls::Endpoint;
use crate::hal::{Hal, Scope, Sha256, StorageError, SystemInfo, backup_of};
use crate::hardware_model;
use crate::settings::{self, Settings};

/// The longest small file that is read, in bytes.
const MAX_SMALL: usize = 64 << 10;

/// The longest file of settings.
const MAX_SETTINGS: usize = 1 << 20;

/// Where an installer leaves settings.
const FIRST_SETTINGS: &str = "GlobalConfig/global.json";

/// What the disk knows.
#[derive(Debug)]
pub struct Ground {
    /// What the installation says.
    pub facts: Facts,
    /// The controller's certificates.
    pub certs: SavedCerts,
    /// The settings of the last configuration, or the installer's.
    pub settings: Option<settings::parse::Parsed>,
    /// The last command of each kind that was seen.
    pub commands: Vec<(Operation, u32)>,
    /// Whether the device's key is in a TPM.
    pub tpm: bool,
    /// What the device is; empty where that is not known.
    pub system: SystemInfo,
    /// Its memory, in bytes.
    pub memory: u64,
}

/// Reads all that.
pub fn read(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
    hardware: &hardware_model::Paths,
) -> Result<Ground, NoFacts> {
    let facts = Facts::read(hal, scope, places, hardware)?;
    let certs = answer::saved_certs(hal, scope, places, &facts.root);
    let settings = first_settings(hal, scope, places, &certs.signers());
    let there = |name: &str| hal.storage.read(scope, &places.config(name), MAX_SMALL).is_ok();
    let tpm = there("device.cert.pem") && !there("device.key.pem");
    let commands = Operation::ALL.into_iter().filter_map(|operation| {
        let text = hal.storage.read(scope, &places.status(operation.file()), MAX_SMALL).ok()?;
        let mut command = DeviceOpsCmd::default();
        json::decode(&mut command, &text, &Limits::JSON).ok()?;
        Some((operation, command.counter))
    });
    let commands = commands.collect();
    let system = hal.system.info(scope).unwrap_or_default();
    let memory = hal.system.memory(scope).map_or(0, |memory| memory.total);
    Ok(Ground { facts, certs, settings, commands, tpm, system, memory })
}

/// The settings before there is a configuration: those of the last one, or what the installer left.
fn first_settings(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
    signers: &[Signer],
) -> Option<settings::parse::Parsed> {
    let is_good = |raw: &[u8]| open(hal, signers, raw).is_ok();
    let saved = places.checkpoints().load(hal, scope, Checkpoint::LastConfig, is_good).ok().flatten();
    if let Some(config) = saved.and_then(|saved| Some(open(hal, signers, &saved.data).ok()?.config)) {
        return Some(parse::settings(&config, None));
    }
    let text = hal.storage.read(scope, &places.config(FIRST_SETTINGS), MAX_SETTINGS).ok()?;
    let mut map = ConfigItemValueMap::default();
    if let Err(why) = json::decode(&mut map, &text, &Limits::JSON) {
        log::error!(target: "zedagent", "{FIRST_SETTINGS} is of no use: {why}");
        return None;
    }
    let (settings, refused) = Settings::read_map(&map);
    Some(settings::parse::Parsed { settings, refused })
}

/// A configuration as it came, and what it says.
pub struct Received {
    /// How the controller calls it.
    pub hash: String,
    /// The hash of all of it: an answer with the same is not looked at again.
    pub digest: Sha256,
    /// The whole answer, to be kept.
    pub envelope: Vec<u8>,
    /// What it says.
    pub parsed: Box<Parsed>,
}

/// What asking for the configuration brought.
pub enum Outcome {
    /// It is as it was.
    Unchanged,
    /// Another one.
    New(Received),
    /// Nothing, and why.
    Nothing(NoConfig),
}

/// Why there is no configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum NoConfig {
    /// No request could be made.
    Unable(Unable),
    /// The controller refused with this status.
    Refused(u16),
    /// The answer is of no use.
    Answer(AnswerError),
    /// It is no such message.
    Malformed(DecodeError),
    /// There is a hash, but nothing that it belongs to.
    Empty,
    /// It is for another device.
    OtherDevice(String),
}

/// What is asked.
pub struct Asked {
    /// The controller.
    pub peer: Peer,
    /// Whose signatures count.
    pub signers: Vec<Signer>,
    /// How the controller calls the configuration that is in force; empty if none is.
    pub hash: String,
    /// The hash of all of that.
    pub digest: Option<Sha256>,
    /// What parsing needs to know.
    pub around: Surroundings,
}

/// Asks for the configuration.
pub fn fetch(hal: &Hal, scope: &Scope, places: &Places, asked: &Asked) -> (Exchange, Outcome) {
    let token = hal.storage.read(scope, &places.integrity_token(), MAX_SMALL).unwrap_or_default();
    let request = ConfigRequest { config_hash: asked.hash.clone(), integrity_token: token };
    let question =
        Question { answer_limit: MAX_SIGNED_BYTES, ..Question::post(Endpoint::Config, encode(&request)) };
    let exchange = exchange(hal, scope, &asked.peer, &question);
    let outcome = read_answer(hal, &exchange, asked).unwrap_or_else(Outcome::Nothing);
    (exchange, outcome)
}

fn read_answer(hal: &Hal, exchange: &Exchange, asked: &Asked) -> Result<Outcome, NoConfig> {
    if let Some(why) = &exchange.unable {
        return Err(NoConfig::Unable(why.clone()));
    }
    let answer = exchange.answer.as_ref().ok_or(NoConfig::Answer(AnswerError::None))?;
    match answer.status {
        204 | 304 => return Ok(Outcome::Unchanged),
        200 | 201 => {}
        other => return Err(NoConfig::Refused(other)),
    }
    let body = answer::body(answer).map_err(NoConfig::Answer)?;
    let message = message(hal, &asked.signers, body)?;
    // An unchanged configuration costs one hash, whatever the controller calls it.
    let digest = hal.crypto.sha256(&message);
    if asked.digest == Some(digest) {
        return Ok(Outcome::Unchanged);
    }
    let response: ConfigResponse = decode(&message, MAX_SIGNED_BYTES).map_err(NoConfig::Malformed)?;
    if asked.digest.is_some() && response.config_hash == asked.hash {
        return Ok(Outcome::Unchanged);
    }
    let config = response.config.ok_or(NoConfig::Empty)?;
    check_device(&config, asked.around.device)?;
    Ok(Outcome::New(Received {
        hash: response.config_hash,
        digest,
        envelope: body.to_vec(),
        parsed: Box::new(parse::parse(&config, &asked.around)),
    }))
}

/// The signed message of an answer with a configuration.
fn message(hal: &Hal, signers: &[Signer], raw: &[u8]) -> Result<Vec<u8>, NoConfig> {
    certs::open(&*hal.crypto, signers, raw, MAX_SIGNED_BYTES)
        .map_err(|why| NoConfig::Answer(AnswerError::Envelope(why)))
}

/// A saved configuration.
struct Opened {
    config: EdgeDevConfig,
}

fn open(hal: &Hal, signers: &[Signer], raw: &[u8]) -> Result<Opened, NoConfig> {
    let message = message(hal, signers, raw)?;
    let response: ConfigResponse = decode(&message, MAX_SIGNED_BYTES).map_err(NoConfig::Malformed)?;
    Ok(Opened { config: response.config.ok_or(NoConfig::Empty)? })
}

/// A configuration is for one device only.
fn check_device(config: &EdgeDevConfig, device: Uuid) -> Result<(), NoConfig> {
    let named = config.id.as_ref().map(|id| id.uuid.as_str()).unwrap_or_default();
    if named.parse() == Ok(device) {
        Ok(())
    } else {
        Err(NoConfig::OtherDevice(named.chars().take(64).collect()))
    }
}

/// The configuration that was kept: the last one, or, if that may be what made the device fail, the one that proved
/// good before it.
pub fn load_saved(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
    signers: &[Signer],
    only_proved: bool,
    around: &Surroundings,
) -> Option<Box<Parsed>> {
    let checkpoints = places.checkpoints();
    let good = |raw: &[u8]| {
        let opened = open(hal, signers, raw).ok()?;
        check_device(&opened.config, around.device).ok().map(|()| opened.config)
    };
    let config = if only_proved {
        let path = backup_of(&checkpoints.path(Checkpoint::LastConfig));
        hal.storage.read(scope, &path, crate::checkpoint::MAX_FILE).ok().and_then(|raw| good(&raw))
    } else {
        let saved = checkpoints.load(hal, scope, Checkpoint::LastConfig, |raw| good(raw).is_some());
        saved.ok().flatten().and_then(|saved| good(&saved.data))
    };
    Some(Box::new(parse::parse(&config?, around)))
}

/// Keeps what was received.
pub fn save(hal: &Hal, scope: &Scope, places: &Places, envelope: Vec<u8>) -> Result<(), StorageError> {
    places.checkpoints().save(hal, scope, Checkpoint::LastConfig, envelope)
}

/// Says that the configuration that was kept has proved good.
pub fn prove(hal: &Hal, scope: &Scope, places: &Places) -> Result<(), StorageError> {
    places.checkpoints().prove(hal, scope, Checkpoint::LastConfig)
}

/// A step of attestation.
pub fn attest(
    hal: &Hal,
    scope: &Scope,
    peer: &Peer,
    signers: &[Signer],
    request: &ZAttestReq,
) -> (Exchange, Result<ZAttestResponse, NoConfig>) {
    let exchange = exchange(hal, scope, peer, &Question::post(Endpoint::Attest, encode(request)));
    let read = || {
        if let Some(why) = &exchange.unable {
            return Err(NoConfig::Unable(why.clone()));
        }
        let answer = exchange.answer.as_ref().ok_or(NoConfig::Answer(AnswerError::None))?;
        if !matches!(answer.status, 200 | 201) {
            return Err(NoConfig::Refused(answer.status));
        }
        let message = answer::open(hal, signers, answer, MAX_UNSIGNED_BYTES).map_err(NoConfig::Answer)?;
        decode(&message, MAX_UNSIGNED_BYTES).map_err(NoConfig::Malformed)
    };
    let response = read();
    (exchange, response)
}

impl NoConfig {
    /// Whether the answer is not signed as it should be.
    pub fn is_bad_envelope(&self) -> bool {
        matches!(self, NoConfig::Answer(why) if why.is_bad_envelope())
    }

    /// Whether the controller signs with a certificate that nobody knows.
    pub fn is_unknown_signer(&self) -> bool {
        *self == NoConfig::Answer(AnswerError::Envelope(EnvelopeError::UnknownSender))
    }
}

impl fmt::Display for NoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoConfig::Unable(why) => why.fmt(f),
            NoConfig::Refused(code) => write!(f, "the controller refused with status {code}"),
            NoConfig::Answer(why) => why.fmt(f),
            NoConfig::Malformed(why) => why.fmt(f),
            NoConfig::Empty => f.write_str("there is no configuration in the answer"),
            NoConfig::OtherDevice(other) => write!(f, "the configuration is for the device {other:?}"),
        }
    }
}
