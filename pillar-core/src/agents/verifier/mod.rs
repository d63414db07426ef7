//! verifier: takes downloaded files over, sees whether they are what was meant, and keeps those that are (spec/06,
//! Verifier). It has no network, and nobody else writes to its directory.
//!
//! | State | Event, guard | Next | Actions |
//! |---|---|---|---|
//! | – | start | – | unfinished files removed, verified ones looked at again and published with RefCount 0 |
//! | – | config | VERIFYING, PendingAdd | file taken over, digest looked at |
//! | – | config with a bad digest, without a file | VERIFYING, error | – |
//! | VERIFYING | equal | VERIFIED | file among the verified ones |
//! | VERIFYING | differs | VERIFYING, error | file stays until nobody wants it |
//! | any | config changed | same | RefCount and Expired copied |
//! | any | config gone | – | file removed, then unpublished |

mod files;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use log::Level;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device::OnboardingStatus;
use pillar_types::errors::ErrorDescription;
use pillar_types::state::SwState;
use pillar_types::topic::Topic;
use pillar_types::vault::VaultStatus;
use pillar_types::verifier::{VerifyImageConfig, VerifyImageStatus};

use self::files::Verified;
use super::{VAULTMGR, VOLUMEMGR, ZEDAGENT, ZEDCLIENT};
use crate::content_places::{Places, Removed, checked_digest, may_begin, remove_file, warn_if_kept};
use crate::hal::{Hal, Scope, StorageError};
use crate::node::{Agent, AgentName, Change, Context, Event, Failed, JobSpec, Lane};

/// How long reading one file, or all of them after a start, may take.
const READ_TIME: Duration = Duration::from_hours(24);

/// When the first look at the files is tried again.
const AGAIN: Duration = Duration::from_secs(10);

/// The job that looks at all files.
const RESCAN: &str = "rescan";

/// The agent.
#[derive(Default)]
pub struct Verifier {
    places: Places,
    /// Whether it may begin, and has.
    begun: bool,
    open: bool,
    /// Digests with a job under way.
    busy: BTreeSet<Arc<str>>,
}

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// No digest was given that a file can have.
    BadDigest(String),
    /// No file was given, or it is not one of the downloads.
    BadPlace(String),
    /// There is no such file.
    NoFile(PathBuf),
    /// The media type is too long.
    MediaType,
    /// The content is another.
    Differs {
        /// The digest that it should have.
        wanted: String,
        /// The one that it has.
        found: String,
        /// Where it is.
        path: PathBuf,
    },
    /// A file could not be moved or read.
    Storage(StorageError),
    /// There are no random numbers.
    NoRandom,
    /// The job broke off.
    BrokeOff,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerifyError::BadDigest(text) => write!(f, "{text:?} is no SHA-256"),
            VerifyError::BadPlace(text) => write!(f, "{text:?} is no downloaded file"),
            VerifyError::NoFile(path) => write!(f, "{}: no such file", path.display()),
            VerifyError::MediaType => f.write_str("the media type is too long"),
            VerifyError::Differs { wanted, found, .. } => {
                write!(f, "the content is wrong: its SHA-256 is {found} and should be {wanted}")
            }
            VerifyError::Storage(why) => why.fmt(f),
            VerifyError::NoRandom => f.write_str("no random numbers"),
            VerifyError::BrokeOff => f.write_str("the verification broke off"),
        }
    }
}

impl Agent for Verifier {
    const NAME: AgentName = super::VERIFIER;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<VerifyImageStatus>();
        cx.subscribe::<OnboardingStatus>(ZEDCLIENT, Self::on_gate);
        cx.subscribe::<VaultStatus>(VAULTMGR, Self::on_gate);
        cx.subscribe::<ConfigItemValueMap>(ZEDAGENT, Self::on_gate);
        cx.subscribe(VOLUMEMGR, Self::on_config);
    }
}

impl Verifier {
    /// For a device whose files are at these places.
    pub fn new(places: Places) -> Self {
        Verifier { places, ..Verifier::default() }
    }

    fn on_gate<T: Topic>(&mut self, _: Change<'_, T>, cx: &mut Context<'_, Self>) {
        if !self.begun && may_begin(cx) {
            self.begun = true;
            self.rescan(cx);
        }
    }

    fn rescan(&mut self, cx: &mut Context<'_, Self>) {
        let places = self.places.clone();
        let spec = JobSpec { lane: Lane::Compute, key: RESCAN, limit: READ_TIME };
        let rescan = move |hal: &Hal, scope: &Scope| files::rescan(hal, scope, &places);
        cx.job_with(spec, rescan, Self::on_rescanned, None);
    }

    fn on_rescanned(
        &mut self,
        _: &str,
        result: Result<Result<Vec<Verified>, StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let Ok(Ok(found)) = result else {
            cx.log(Level::Error, format_args!("the verified files cannot be looked at: {result:?}"));
            cx.after(AGAIN, AGAIN / 10, Self::rescan);
            return;
        };
        // What an earlier life of this process published may be gone.
        cx.retain::<VerifyImageStatus>(|key| found.iter().any(|file| file.digest == key));
        for file in found {
            let before = cx.own::<VerifyImageStatus>(&file.digest);
            let ref_count = before.map_or(0, |status| status.ref_count);
            let status = VerifyImageStatus {
                image_sha256: file.digest.clone(),
                ref_count,
                ..VerifyImageStatus::default()
            };
            cx.publish(&file.digest, with_file(status, &file));
        }
        self.open = true;
        cx.signal_restarted::<VerifyImageStatus>();
        self.update_all(cx);
    }

    fn on_config(&mut self, change: Change<'_, VerifyImageConfig>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Created(_) | Event::Modified { .. } | Event::Deleted(_) => {
                self.update_file(change.key, cx);
            }
            // volumemgr may have given up some while we were away.
            Event::Synced => self.update_all(cx),
            Event::Restarted(_) | Event::Resync => {}
        }
    }

    fn update_all(&mut self, cx: &mut Context<'_, Self>) {
        let wanted = cx.all::<VerifyImageConfig>(VOLUMEMGR).into_iter().map(|(key, _)| key);
        let mut keys: Vec<Arc<str>> = wanted.chain(cx.keys::<VerifyImageStatus>()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            self.update_file(&key, cx);
        }
    }

    /// Moves a file as far as it can go now. Calling it twice changes nothing.
    fn update_file(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        if !self.open || self.busy.contains(key) {
            return;
        }
        match (cx.get::<VerifyImageConfig>(VOLUMEMGR, key), cx.own::<VerifyImageStatus>(key)) {
            (Some(config), Some(status)) => {
                let (ref_count, expired) = (config.ref_count, config.expired);
                let waits = status.pending_add;
                cx.publish(key, VerifyImageStatus { ref_count, expired, ..(*status).clone() });
                if waits {
                    self.verify(key, &config, cx); // the job went with an earlier life of this process
                }
            }
            (Some(config), None) => {
                let status = VerifyImageStatus {
                    image_sha256: config.image_sha256.clone(),
                    name: config.name.clone(),
                    media_type: config.media_type.clone(),
                    file_location: config.file_location.clone(),
                    size: config.size,
                    ref_count: config.ref_count,
                    expired: config.expired,
                    pending_add: true,
                    state: SwState::Verifying,
                    ..VerifyImageStatus::default()
                };
                cx.publish(key, status);
                self.verify(key, &config, cx);
            }
            // Found after a start, and volumemgr has not said yet whether it is wanted.
            (None, Some(status)) if status.ref_count == 0 && !status.expired => {}
            (None, Some(status)) if cx.synced::<VerifyImageConfig>(VOLUMEMGR) => {
                self.discard(key, &status, cx);
            }
            (None, _) => {}
        }
    }

    fn verify(&mut self, key: &str, config: &VerifyImageConfig, cx: &mut Context<'_, Self>) {
        let Some(digest) = checked_digest(&config.image_sha256) else {
            return self.refused(key, &VerifyError::BadDigest(config.image_sha256.clone()), cx);
        };
        let file = PathBuf::from(&config.file_location);
        if file.parent() != Some(&self.places.pending()) || file.file_name().is_none() {
            return self.refused(key, &VerifyError::BadPlace(config.file_location.clone()), cx);
        }
        let (places, media_type) = (self.places.clone(), config.media_type.clone());
        self.busy.insert(key.into());
        let spec = JobSpec { lane: Lane::Compute, key, limit: READ_TIME };
        let verify =
            move |hal: &Hal, scope: &Scope| files::verify(hal, scope, &places, &digest, &media_type, &file);
        cx.job_with(spec, verify, Self::on_verified, None);
    }

    fn on_verified(
        &mut self,
        key: &str,
        result: Result<Result<Verified, VerifyError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        self.busy.remove(key);
        match result.unwrap_or(Err(VerifyError::BrokeOff)) {
            Ok(file) => {
                let Some(status) = cx.own::<VerifyImageStatus>(key) else { return };
                cx.log(Level::Info, format_args!("{}: verified", status.name));
                let mut status = with_file((*status).clone(), &file);
                status.error.description.clear();
                cx.publish(key, status);
            }
            Err(why) => self.refused(key, &why, cx),
        }
        self.update_file(key, cx);
    }

    fn refused(&self, key: &str, why: &VerifyError, cx: &mut Context<'_, Self>) {
        let Some(status) = cx.own::<VerifyImageStatus>(key) else { return };
        let mut status = (*status).clone();
        cx.log(Level::Error, format_args!("{}: {why}", status.name));
        status.pending_add = false;
        if let VerifyError::Differs { path, .. } = why {
            status.file_location = path.display().to_string();
        }
        let error = ErrorDescription { error: why.to_string(), ..ErrorDescription::default() };
        status.error.description.set(error, cx.now().wall.into());
        cx.publish(key, status);
    }

    /// Nobody wants it.
    fn discard(&mut self, key: &str, status: &VerifyImageStatus, cx: &mut Context<'_, Self>) {
        let path = PathBuf::from(&status.file_location);
        let ours = [self.places.verifying(), self.places.verified()];
        if !path.parent().is_some_and(|dir| ours.iter().any(|own| dir == own)) {
            cx.unpublish::<VerifyImageStatus>(key); // it was never taken over
            return;
        }
        self.busy.insert(key.into());
        remove_file(key, path, Self::on_discarded, cx);
    }

    fn on_discarded(&mut self, key: &str, removed: Removed, cx: &mut Context<'_, Self>) {
        self.busy.remove(key);
        warn_if_kept(key, &removed, cx);
        if !matches!(removed, Ok(Ok(()))) {
            cx.after_key(AGAIN, AGAIN / 10, key, Self::update_file);
            return;
        }
        cx.unpublish::<VerifyImageStatus>(key);
        self.update_file(key, cx); // it may be wanted again by now
    }
}

fn with_file(status: VerifyImageStatus, file: &Verified) -> VerifyImageStatus {
    VerifyImageStatus {
        file_location: file.path.display().to_string(),
        media_type: file.media_type.clone(),
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        pending_add: false,
        state: SwState::Verified,
        ..status
    }
}
