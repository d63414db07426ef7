//! Blobs: from wanted to loaded, with the downloader's and the verifier's help (spec/06, Blob).
//!
//! | State | Event, guard | Next | Actions |
//! |---|---|---|---|
//! | INITIAL | loaded before | LOADED | – |
//! | INITIAL | verified before | VERIFIED | counted at the verifier |
//! | INITIAL | no room | INITIAL, error | looked at again when something was measured or removed |
//! | INITIAL | room | DOWNLOADING | asked of the downloader |
//! | DOWNLOADING | downloaded | VERIFYING | asked of the verifier, once it has forgotten an earlier file |
//! | VERIFYING | verified | VERIFIED | – |
//! | VERIFYING | refused, tries left | DOWNLOADING | file given up, download from the first byte |
//! | VERIFIED | image loads | LOADING, LOADED | downloader and verifier let go of it |
//! | any | named by no image, not kept for a while | – | let go of, removed if loaded |

use std::sync::Arc;

use log::Level;
use pillar_types::content::{BlobStatus, ContentTreeStatus, DeferredContentDeleteStatus};
use pillar_types::download::{DownloaderConfig, DownloaderStatus};
use pillar_types::errors::ErrorDescription;
use pillar_types::state::SwState;
use pillar_types::usage::DiskMetric;
use pillar_types::verifier::{VerifyImageConfig, VerifyImageStatus};

use super::VolumeMgr;
use crate::agents::{DOWNLOADER, VERIFIER};
use crate::content_places::{Removed, hex, remove_file, warn_if_kept};
use crate::node::Context;
use crate::settings::keys;

/// What a bare disk image is (spec/06, Content tree).
pub(super) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// The key of the job that removes a blob.
fn job_key(digest: &str) -> String {
    format!("blob {digest}")
}

impl VolumeMgr {
    /// Something about a blob changed: whatever it is a part of moves.
    pub(super) fn update_blob(&mut self, digest: &str, cx: &mut Context<'_, Self>) {
        let trees = trees_naming(digest, cx);
        if trees.is_empty() {
            self.advance_blob(digest, None, cx);
        }
        for tree in trees {
            self.update_tree(&tree.key(), cx);
        }
    }

    /// Moves a blob as far as it can go now; `tree` is the image that wants it. Calling it twice changes nothing.
    pub(super) fn advance_blob(
        &mut self,
        digest: &str,
        tree: Option<&ContentTreeStatus>,
        cx: &mut Context<'_, Self>,
    ) -> Option<BlobStatus> {
        let before = cx.own::<BlobStatus>(digest);
        let refs = trees_naming(digest, cx).len() as u64;
        if refs == 0 && tree.is_none() {
            if let Some(blob) = before {
                self.forget_blob(digest, &blob, cx);
            }
            return None;
        }
        let mut blob = match (before, tree) {
            (Some(blob), _) => (*blob).clone(),
            (None, Some(tree)) => new_blob(digest, tree, cx),
            (None, None) => return None,
        };
        let refs = refs.max(1);
        if blob.ref_count != refs {
            blob.ref_count = refs;
            blob.last_ref_count_change_time = cx.now().wall.into();
        }
        let busy = self.busy.contains(&*job_key(digest));
        if blob.state == SwState::Initial && !busy {
            self.find_or_download(&mut blob, cx);
        }
        if blob.state == SwState::Downloading {
            Self::follow_download(&mut blob, cx);
        }
        if blob.state == SwState::Downloaded || blob.state == SwState::Verifying {
            self.verify(&mut blob, cx);
        }
        cx.publish(digest, blob.clone());
        Some(blob)
    }

    fn find_or_download(&mut self, blob: &mut BlobStatus, cx: &mut Context<'_, Self>) {
        if let Some(size) = self.stored.get(&blob.sha256) {
            (blob.state, blob.size, blob.progress) = (SwState::Loaded, *size, 100);
            (blob.total_size, blob.current_size) = (signed(*size), signed(*size));
            blob.error.description.clear();
            return;
        }
        let verified = cx.get::<VerifyImageStatus>(VERIFIER, &blob.sha256);
        if let Some(status) = verified.filter(|status| !status.expired && status.state == SwState::Verified) {
            let size = u64::try_from(status.size).unwrap_or(0);
            (blob.total_size, blob.current_size, blob.progress) = (status.size, status.size, 100);
            (blob.size, blob.media_type) = (size, status.media_type.clone());
            take_verified(blob, &status);
            return ask_verifier(blob, cx);
        }
        let remaining = self.remaining(cx);
        if remaining < blob.size && !self.settings.get(keys::STORAGE_APPS_IGNORE_DISK_CHECK) {
            let error = format!("the download needs {} bytes, {remaining} may be used", blob.size);
            let error_retry_condition = "will be tried again when there is room".to_owned();
            let error = ErrorDescription { error, error_retry_condition, ..ErrorDescription::default() };
            return set_error::<DiskMetric>(&mut blob.error, error, cx);
        }
        blob.error.clear_from::<DiskMetric>();
        let before = cx.own::<DownloaderConfig>(&blob.sha256);
        let target = self.places.pending().join(file_name(blob, cx));
        let config = DownloaderConfig {
            image_sha256: blob.sha256.clone(),
            datastore_id_list: blob.datastore_id_list.clone(),
            name: blob.relative_url.clone(),
            target: before.map_or_else(|| target.display().to_string(), |before| before.target.clone()),
            size: blob.size,
            ref_count: 1,
            ..DownloaderConfig::default()
        };
        cx.publish(&blob.sha256, config);
        blob.has_downloader_ref = true;
        blob.state = SwState::Downloading;
    }

    fn follow_download(blob: &mut BlobStatus, cx: &mut Context<'_, Self>) {
        let (Some(config), Some(status)) =
            (cx.own::<DownloaderConfig>(&blob.sha256), cx.get::<DownloaderStatus>(DOWNLOADER, &blob.sha256))
        else {
            return;
        };
        if status.expired || status.ref_count == 0 || status.last_retry != config.last_retry {
            return; // of an earlier request
        }
        blob.path.clone_from(&status.target);
        (blob.total_size, blob.current_size) = (status.total_size, status.current_size);
        blob.progress = status.progress;
        if status.error.description.has_error() {
            set_error::<DownloaderStatus>(&mut blob.error, status.error.description.clone(), cx);
        } else {
            blob.error.clear_from::<DownloaderStatus>();
        }
        if status.state == SwState::Downloaded {
            blob.size = status.size;
            blob.state = SwState::Downloaded;
            if blob.media_type.is_empty() {
                blob.media_type.clone_from(&status.content_type);
            }
        }
    }

    fn verify(&mut self, blob: &mut BlobStatus, cx: &mut Context<'_, Self>) {
        let status = cx.get::<VerifyImageStatus>(VERIFIER, &blob.sha256);
        if !blob.has_verifier_ref {
            if let Some(status) = status.as_ref().filter(|s| !s.expired && s.state == SwState::Verified) {
                take_verified(blob, status); // it had one after all
                return ask_verifier(blob, cx);
            }
            // What the verifier says of an earlier file is not about this one.
            if status.is_some() || cx.own::<VerifyImageConfig>(&blob.sha256).is_some() {
                return;
            }
            blob.state = SwState::Verifying;
            return ask_verifier(blob, cx);
        }
        let Some(status) = status.filter(|status| !status.pending_add && !status.expired) else { return };
        if !status.error.description.has_error() {
            return take_verified(blob, &status);
        }
        if blob.retry_count < self.settings.get(keys::BLOB_DOWNLOAD_MAX_RETRIES) {
            cx.log(Level::Warn, format_args!("{}: the content is wrong, fetched again", blob.relative_url));
            blob.retry_count += 1;
            blob.has_verifier_ref = false;
            blob.error.description.clear();
            blob.state = SwState::Downloading;
            (blob.progress, blob.current_size) = (0, 0);
            release_verifier(&blob.sha256, cx);
            if let Some(config) = cx.own::<DownloaderConfig>(&blob.sha256) {
                let now: pillar_types::Time = cx.now().wall.into();
                // Only another time is a new request.
                let last_retry =
                    if now == config.last_retry { now.plus(pillar_types::Duration(1)) } else { now };
                cx.publish(&blob.sha256, DownloaderConfig { last_retry, ..(*config).clone() });
            }
            return;
        }
        set_error::<VerifyImageStatus>(&mut blob.error, status.error.description.clone(), cx);
    }

    /// Nothing names it any more.
    fn forget_blob(&mut self, digest: &str, blob: &BlobStatus, cx: &mut Context<'_, Self>) {
        release(digest, cx);
        let deferred = cx.all_own::<DeferredContentDeleteStatus>();
        let kept = deferred.iter().any(|(_, record)| record.blobs.iter().any(|named| named == digest));
        // Found after the start, and perhaps wanted soon.
        let unasked = !self.swept && blob.state == SwState::Loaded && blob.ref_count == 0;
        if kept || unasked {
            cx.publish(digest, BlobStatus { ref_count: 0, ..blob.clone() });
            return;
        }
        cx.unpublish::<BlobStatus>(digest);
        if self.stored.remove(digest).is_some() {
            let key = job_key(digest);
            self.busy.insert(key.clone());
            let path = self.places.blobs().join(digest);
            remove_file(&key, path, Self::on_blob_removed, cx);
        }
    }

    fn on_blob_removed(&mut self, key: &str, removed: Removed, cx: &mut Context<'_, Self>) {
        self.busy.remove(key);
        warn_if_kept(key, &removed, cx);
        if let Some(digest) = key.strip_prefix("blob ") {
            self.update_blob(digest, cx);
        }
        self.measure(cx);
    }
}

/// The images that name a blob.
pub(super) fn trees_naming(digest: &str, cx: &Context<'_, VolumeMgr>) -> Vec<Arc<ContentTreeStatus>> {
    let trees = cx.all_own::<ContentTreeStatus>().into_iter().map(|(_, tree)| tree);
    trees.filter(|tree| tree.blobs.iter().any(|named| named == digest)).collect()
}

fn new_blob(digest: &str, tree: &ContentTreeStatus, cx: &Context<'_, VolumeMgr>) -> BlobStatus {
    BlobStatus {
        datastore_id_list: tree.datastore_id_list.clone(),
        relative_url: tree.relative_url.clone(),
        sha256: digest.into(),
        size: tree.max_download_size,
        state: SwState::Initial,
        media_type: LAYER.into(),
        create_time: cx.now().wall.into(),
        ..BlobStatus::default()
    }
}

/// `<hash of where it comes from>.<digest>` (spec/06, Downloader): what is left of a download from elsewhere is not
/// gone on with.
fn file_name(blob: &BlobStatus, cx: &Context<'_, VolumeMgr>) -> String {
    let mut text = Vec::new();
    for datastore in &blob.datastore_id_list {
        text.extend_from_slice(&datastore.0);
    }
    text.extend_from_slice(blob.relative_url.as_bytes());
    text.extend_from_slice(blob.size.to_string().as_bytes());
    format!("{}.{}", hex(&cx.quick().crypto.sha256(&text)), blob.sha256)
}

fn take_verified(blob: &mut BlobStatus, status: &VerifyImageStatus) {
    blob.state = SwState::Verified;
    blob.path.clone_from(&status.file_location);
    blob.error.description.clear();
    blob.error.error_source_type.clear();
}

fn ask_verifier(blob: &mut BlobStatus, cx: &mut Context<'_, VolumeMgr>) {
    blob.has_verifier_ref = true;
    let config = VerifyImageConfig {
        image_sha256: blob.sha256.clone(),
        name: blob.relative_url.clone(),
        media_type: blob.media_type.clone(),
        file_location: blob.path.clone(),
        size: signed(blob.size),
        ref_count: 1,
        expired: false,
    };
    cx.publish(&blob.sha256, config);
}

/// Lets go of a blob at the downloader and the verifier: the first step of giving it up.
pub(super) fn release(digest: &str, cx: &mut Context<'_, VolumeMgr>) {
    if let Some(config) = cx.own::<DownloaderConfig>(digest) {
        cx.publish(digest, DownloaderConfig { ref_count: 0, ..(*config).clone() });
        finish_release_of_download(digest, cx);
    }
    release_verifier(digest, cx);
}

fn release_verifier(digest: &str, cx: &mut Context<'_, VolumeMgr>) {
    if let Some(config) = cx.own::<VerifyImageConfig>(digest) {
        cx.publish(digest, VerifyImageConfig { ref_count: 0, expired: true, ..(*config).clone() });
        finish_release_of_file(digest, cx);
    }
}

/// The third step, once the downloader has seen the first; unless it is wanted again.
pub(super) fn finish_release_of_download(digest: &str, cx: &mut Context<'_, VolumeMgr>) {
    let given_up = cx.own::<DownloaderConfig>(digest).is_some_and(|config| config.ref_count == 0);
    let seen = cx.get::<DownloaderStatus>(DOWNLOADER, digest).is_none_or(|status| status.expired);
    if given_up && seen {
        cx.unpublish::<DownloaderConfig>(digest);
    }
}

/// The same with the verifier.
pub(super) fn finish_release_of_file(digest: &str, cx: &mut Context<'_, VolumeMgr>) {
    let given_up =
        cx.own::<VerifyImageConfig>(digest).is_some_and(|config| config.ref_count == 0 && config.expired);
    let seen = cx.get::<VerifyImageStatus>(VERIFIER, digest).is_none_or(|status| status.expired);
    if given_up && seen {
        cx.unpublish::<VerifyImageConfig>(digest);
    }
}

/// Sets an error in the name of `S`, with the time of the first of equal ones.
pub(super) fn set_error<S: pillar_types::object::Named>(
    place: &mut pillar_types::errors::ErrorAndTimeWithSource,
    mut error: ErrorDescription,
    cx: &Context<'_, VolumeMgr>,
) {
    if place.description.error == error.error && place.is_from::<S>() {
        error.error_time = place.description.error_time;
    }
    place.set_from::<S>(error, cx.now().wall.into());
}

pub(super) fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
