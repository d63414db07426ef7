//! What an answer of the controller holds, once it may be believed (spec/01, A3 and A4). Called by jobs.

use std::fmt;

use pillar_proto::{DecodeError, MAX_UNSIGNED_BYTES};

use super::certs::{self, CertificateSet, CertsError, Judge, Signer};
use super::envelope::{Envelope, EnvelopeError};
use super::exchange::{CONTENT_TYPE, Exchange, Peer, Question, exchange};
use super::places::Places;
use super::status::SenderStatus;
use super::urls::Endpoint;
use crate::checkpoint::Checkpoint;
use crate::hal::{Answer, Hal, Scope, StorageError, backup_of};

/// Why an answer is of no use.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerError {
    /// There is none, or it is a refusal.
    None,
    /// Its content is of another type than agreed.
    ContentType(String),
    /// It is not signed as it should be.
    Envelope(EnvelopeError),
    /// What is in the envelope is not what was asked for.
    Content(DecodeError),
    /// Its certificates are not to be trusted.
    Certs(CertsError),
}

impl AnswerError {
    /// Whether the sender is to blame, or somebody between us and it.
    pub fn is_bad_envelope(&self) -> bool {
        matches!(self, AnswerError::Envelope(_))
    }

    /// The class of such an answer.
    pub fn status(&self) -> SenderStatus {
        match self {
            AnswerError::Envelope(why) => SenderStatus::of_envelope(why),
            AnswerError::Certs(CertsError::Chain(_)) => SenderStatus::CertInvalid,
            _ => SenderStatus::Failed,
        }
    }
}

/// The body of an answer that has the right type.
pub fn body(answer: &Answer) -> Result<&[u8], AnswerError> {
    let given = answer.header("content-type").unwrap_or_default();
    let bare = given.split(';').next().unwrap_or_default().trim();
    if answer.body.is_empty() || bare.eq_ignore_ascii_case(CONTENT_TYPE) {
        Ok(&answer.body)
    } else {
        Err(AnswerError::ContentType(given.chars().take(64).collect()))
    }
}

/// The message in an answer that one of the signers made.
pub fn open(hal: &Hal, signers: &[Signer], answer: &Answer, limit: usize) -> Result<Vec<u8>, AnswerError> {
    certs::open(&*hal.crypto, signers, body(answer)?, limit).map_err(AnswerError::Envelope)
}

/// The controller's certificates, asked for and checked.
pub struct FetchedCerts {
    /// How the exchange ended.
    pub exchange: Exchange,
    /// The set.
    pub set: Result<CertificateSet, AnswerError>,
}

/// Asks for the controller's certificates.
pub fn fetch_certs(hal: &Hal, scope: &Scope, peer: &Peer, root: &str) -> FetchedCerts {
    let exchange = exchange(hal, scope, peer, &Question::get(Endpoint::Certs));
    let set = match exchange.answer.as_ref().filter(|_| exchange.succeeded()) {
        None => Err(AnswerError::None),
        Some(answer) => check_certs(hal, answer, root),
    };
    FetchedCerts { exchange, set }
}

/// Their trust comes from the root, not from the envelope's signature.
fn check_certs(hal: &Hal, answer: &Answer, root: &str) -> Result<CertificateSet, AnswerError> {
    let body = body(answer)?;
    let envelope = Envelope::read(body, MAX_UNSIGNED_BYTES).map_err(AnswerError::Envelope)?;
    let raw = envelope.unverified();
    CertificateSet::check(&raw, judge(hal, root, false)).map_err(AnswerError::Certs)
}

fn judge<'a>(hal: &'a Hal, root: &'a str, saved: bool) -> Judge<'a> {
    Judge { crypto: &*hal.crypto, roots: root.as_bytes(), at: hal.clock.now().wall, saved }
}

/// The certificates that were saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SavedCerts {
    /// The last set.
    pub last: Option<CertificateSet>,
    /// Who signed before.
    pub before: Option<Signer>,
}

impl SavedCerts {
    /// Those whose signatures count, the present one first.
    pub fn signers(&self) -> Vec<Signer> {
        let last = self.last.as_ref().map(|set| set.signer.clone());
        let before = self.before.clone().filter(|before| Some(before) != last.as_ref());
        last.into_iter().chain(before).collect()
    }
}

/// Reads the saved certificates; a last set that is of no use gives way to the one before.
pub fn saved_certs(hal: &Hal, scope: &Scope, places: &Places, root: &str) -> SavedCerts {
    let checkpoints = places.checkpoints();
    let check = |raw: &[u8]| CertificateSet::check(raw, judge(hal, root, true)).ok();
    let good = |raw: &[u8]| check(raw).is_some();
    let last = match checkpoints.load(hal, scope, Checkpoint::ControllerCerts, good) {
        Ok(saved) => saved.and_then(|saved| check(&saved.data)),
        Err(why) => {
            log::error!("the controller's saved certificates cannot be read: {why}");
            None
        }
    };
    let before = backup_of(&checkpoints.path(Checkpoint::ControllerCerts));
    let before = hal.storage.read(scope, &before, MAX_UNSIGNED_BYTES).ok().and_then(|raw| check(&raw));
    SavedCerts { last, before: before.map(|set| set.signer) }
}

/// Saves a set; one that is saved already is not written again.
pub fn save_certs(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
    set: &CertificateSet,
) -> Result<(), StorageError> {
    places.checkpoints().save(hal, scope, Checkpoint::ControllerCerts, set.raw.clone())
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnswerError::None => f.write_str("no answer"),
            AnswerError::ContentType(kind) => write!(f, "the answer is of the type {kind:?}"),
            AnswerError::Envelope(why) => why.fmt(f),
            AnswerError::Content(why) => why.fmt(f),
            AnswerError::Certs(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for AnswerError {}
