//! Images: from configured to loaded (spec/06, Content tree).
//!
//! | State | Event, guard | Next | Actions |
//! |---|---|---|---|
//! | – | config, not for this node | LOADED | no blobs |
//! | – | config | INITIAL | – |
//! | INITIAL | bad digest, datastore that is not supported | INITIAL, error | – |
//! | INITIAL | a datastore is not known yet | INITIAL | waits |
//! | INITIAL | all is well | DOWNLOADING | blob wanted |
//! | DOWNLOADING | blob verified | VERIFIED | – |
//! | VERIFIED | at once; unless the blob loads for another image | LOADING | job |
//! | LOADING | job failed | LOADING, error | tried again after a while |
//! | LOADING | blob loaded | LOADED | downloader and verifier let go of it |
//! | any | config names other content | INITIAL | begins anew |
//! | any | config gone | – | blob given up, or kept for `timer.defer.content.delete` |

use std::path::PathBuf;
use std::time::Duration;

use log::Level;
use pillar_types::content::{BlobStatus, ContentTreeConfig, ContentTreeStatus, DeferredContentDeleteStatus};
use pillar_types::disk::ImageFormat;
use pillar_types::download::{DatastoreConfig, DatastoreType};
use pillar_types::errors::{ErrorDescription, ErrorEntity, ErrorEntityType};
use pillar_types::state::SwState;

use super::blobs::{release, set_error, trees_naming};
use super::{AGAIN, VolumeMgr, work};
use crate::agents::ZEDAGENT;
use crate::content_places::checked_digest;
use crate::hal::{Hal, Scope, StorageError};
use crate::node::{Context, Failed, Lane};
use crate::settings::keys;

/// The key of the timer of an image.
fn job_key(tree: &str) -> String {
    format!("tree {tree}")
}

impl VolumeMgr {
    /// Moves an image as far as it can go now, and what is made from it. Calling it twice changes nothing.
    pub(super) fn update_tree(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        if !self.open {
            return;
        }
        let config = cx.get::<ContentTreeConfig>(ZEDAGENT, key);
        let status = cx.own::<ContentTreeStatus>(key);
        if let Some(status) = &status
            && config.as_ref().is_none_or(|config| is_other_content(status, config))
        {
            self.remove_tree(key, status, cx);
        }
        if let Some(config) = config {
            let mut status = cx
                .own::<ContentTreeStatus>(key)
                .map_or_else(|| new_tree(&config), |status| (*status).clone());
            status.display_name.clone_from(&config.display_name);
            status.datastore_id_list = config.datastore_id_list.clone();
            status.max_download_size = config.max_download_size;
            self.advance_tree(key, &mut status, cx);
            cx.publish(key, status);
        }
        self.update_volumes_of(key, cx);
    }

    fn advance_tree(&mut self, key: &str, status: &mut ContentTreeStatus, cx: &mut Context<'_, Self>) {
        if !status.is_local {
            status.state = SwState::Loaded;
            return;
        }
        cx.unpublish::<DeferredContentDeleteStatus>(key);
        note_datastores(status, cx);
        if let Some(error) = refusal(status) {
            let error = ErrorDescription { error, ..ErrorDescription::default() };
            return set_error::<ContentTreeStatus>(&mut status.error, error, cx);
        }
        if !status.all_datastores_resolved && status.state < SwState::Loaded {
            return;
        }
        let Some(digest) = checked_digest(&status.content_sha256) else { return };
        if status.blobs.is_empty() {
            status.blobs = vec![digest.clone()].into();
            cx.publish(key, status.clone());
        }
        let Some(blob) = self.advance_blob(&digest, Some(status), cx) else { return };
        copy_blob(status, &blob, cx);
        match blob.state {
            SwState::Loaded if status.state >= SwState::Loading => self.loaded(status, &blob, cx),
            SwState::Loaded if status.state == SwState::Verified => {
                cx.after_key(Duration::ZERO, Duration::ZERO, &job_key(key), Self::load);
            }
            state if state < SwState::Verified => status.state = SwState::Downloading,
            _ if status.state < SwState::Verified => {
                status.state = SwState::Verified;
                cx.after_key(Duration::ZERO, Duration::ZERO, &job_key(key), Self::load);
            }
            _ => {}
        }
    }

    /// The next step after VERIFIED, which others are to see.
    fn load(&mut self, timer: &str, cx: &mut Context<'_, Self>) {
        let Some(key) = timer.strip_prefix("tree ") else { return };
        let Some(status) = cx.own::<ContentTreeStatus>(key) else { return };
        let blob = status.blobs.first().and_then(|digest| cx.own::<BlobStatus>(digest));
        let (Some(blob), SwState::Verified | SwState::Loading) = (blob, status.state) else { return };
        let mut status = (*status).clone();
        match blob.state {
            SwState::Verified | SwState::Loaded => status.state = SwState::Loading,
            _ => return, // it loads for another image, whose end is an event of this one too
        }
        cx.publish(key, status);
        if blob.state == SwState::Loaded {
            return self.update_tree(key, cx);
        }
        cx.publish(&blob.sha256, BlobStatus { state: SwState::Loading, ..(*blob).clone() });
        let (verified, stored) = (PathBuf::from(&blob.path), self.places.blobs().join(&blob.sha256));
        let load = move |hal: &Hal, scope: &Scope| work::load(hal, scope, &verified, &stored);
        cx.job(Lane::Store, &format!("load {}", blob.sha256), load, Self::on_loaded);
    }

    fn on_loaded(
        &mut self,
        job: &str,
        result: Result<Result<(), StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let Some(digest) = job.strip_prefix("load ") else { return };
        let blob = cx.own::<BlobStatus>(digest).map(|blob| (*blob).clone());
        if matches!(result, Ok(Ok(()))) {
            let size = blob.as_ref().map_or(0, |blob| blob.size);
            self.stored.insert(digest.into(), size);
            if let Some(mut blob) = blob {
                blob.state = SwState::Loaded;
                blob.path.clear();
                (blob.has_downloader_ref, blob.has_verifier_ref) = (false, false);
                cx.publish(digest, blob);
            }
            release(digest, cx);
            return self.update_blob(digest, cx);
        }
        let what = match result {
            Ok(Err(why)) => why.to_string(),
            _ => "the job broke off".into(),
        };
        cx.log(Level::Error, format_args!("{digest}: loading failed: {what}"));
        if let Some(blob) = blob {
            cx.publish(digest, BlobStatus { state: SwState::Verified, ..blob });
        }
        for tree in trees_naming(digest, cx) {
            let error = ErrorDescription {
                error: format!("loading failed: {what}"),
                error_retry_condition: format!("will be tried again in {} s", AGAIN.as_secs()),
                ..ErrorDescription::default()
            };
            let mut status = (*tree).clone();
            set_error::<ContentTreeStatus>(&mut status.error, error, cx);
            cx.publish(&tree.key(), status);
            cx.after_key(AGAIN, AGAIN / 10, &job_key(&tree.key()), Self::load);
        }
    }

    /// After a start: what was loading begins to load again.
    pub(super) fn load_again(&mut self, cx: &mut Context<'_, Self>) {
        for (digest, blob) in cx.all_own::<BlobStatus>() {
            if blob.state == SwState::Loading {
                cx.publish(&digest, BlobStatus { state: SwState::Verified, ..(*blob).clone() });
            }
        }
        for (key, tree) in cx.all_own::<ContentTreeStatus>() {
            if matches!(tree.state, SwState::Verified | SwState::Loading) {
                cx.after_key(Duration::ZERO, Duration::ZERO, &job_key(&key), Self::load);
            }
        }
    }

    fn loaded(&mut self, status: &mut ContentTreeStatus, blob: &BlobStatus, cx: &mut Context<'_, Self>) {
        if status.state != SwState::Loaded {
            cx.log(Level::Info, format_args!("{}: loaded", status.display_name));
            status.state = SwState::Loaded;
            status.create_time = cx.now().wall.into();
            self.measure(cx);
        }
        status.file_location.clear();
        status.error.description.clear();
        status.error.error_source_type.clear();
        (status.total_size, status.current_size) = (blob.total_size, blob.current_size);
        status.progress = 100;
    }

    fn remove_tree(&mut self, key: &str, status: &ContentTreeStatus, cx: &mut Context<'_, Self>) {
        let defer = self.settings.get(keys::TIMER_DEFER_CONTENT_DELETE);
        if status.state == SwState::Loaded && !defer.is_zero() && !status.blobs.is_empty() {
            let record = DeferredContentDeleteStatus {
                content_id: status.content_id,
                generation_counter: status.generation_counter,
                reference_id: status.reference_id(),
                blobs: status.blobs.clone(),
                delete_time: (cx.now().wall + defer).into(),
                ..DeferredContentDeleteStatus::default()
            };
            cx.publish(key, record);
            self.look_at_deferred(cx);
        }
        cx.log(Level::Info, format_args!("{}: given up", status.display_name));
        cx.stop_key(&job_key(key));
        cx.unpublish::<ContentTreeStatus>(key);
        for digest in &status.blobs {
            self.update_blob(digest, cx);
        }
    }

    /// Content of images that were given up long enough ago goes.
    pub(super) fn look_at_deferred(&mut self, cx: &mut Context<'_, Self>) {
        let now: pillar_types::Time = cx.now().wall.into();
        let mut next: Option<pillar_types::Duration> = None;
        for (key, record) in cx.all_own::<DeferredContentDeleteStatus>() {
            let left = record.delete_time.since(now);
            if left.0 > 0 {
                next = Some(next.map_or(left, |next| if left.0 < next.0 { left } else { next }));
                continue;
            }
            cx.unpublish::<DeferredContentDeleteStatus>(&key);
            for digest in &record.blobs {
                self.update_blob(digest, cx);
            }
        }
        if let Some(next) = next {
            let wait = Duration::from_nanos(next.0.unsigned_abs());
            let look = |this: &mut Self, _: &str, cx: &mut Context<'_, Self>| this.look_at_deferred(cx);
            cx.after_key(wait, Duration::from_secs(1), "deferred", look);
        }
    }
}

fn new_tree(config: &ContentTreeConfig) -> ContentTreeStatus {
    ContentTreeStatus {
        content_id: config.content_id,
        datastore_id_list: config.datastore_id_list.clone(),
        relative_url: config.relative_url.clone(),
        format: config.format,
        content_sha256: config.content_sha256.to_ascii_lowercase(),
        max_download_size: config.max_download_size,
        generation_counter: config.generation_counter,
        display_name: config.display_name.clone(),
        is_local: config.is_local,
        state: SwState::Initial,
        ..ContentTreeStatus::default()
    }
}

/// Whether the image that is configured is another one.
fn is_other_content(status: &ContentTreeStatus, config: &ContentTreeConfig) -> bool {
    status.relative_url != config.relative_url
        || status.format != config.format
        || status.content_sha256 != config.content_sha256.to_ascii_lowercase()
        || status.is_local != config.is_local
}

/// What the datastores are, as far as they are known.
fn note_datastores(status: &mut ContentTreeStatus, cx: &Context<'_, VolumeMgr>) {
    let kind = |uuid: &pillar_types::Uuid| {
        cx.get::<DatastoreConfig>(ZEDAGENT, &uuid.to_string()).map(|datastore| datastore.ds_type.clone())
    };
    let kinds: Vec<Option<DatastoreType>> = status.datastore_id_list.iter().map(kind).collect();
    status.all_datastores_resolved = kinds.iter().all(Option::is_some);
    status.datastore_types_list =
        kinds.into_iter().map(|kind| kind.unwrap_or(DatastoreType::Unset)).collect();
    status.is_oci_registry = status.datastore_types_list.contains(&DatastoreType::ContainerRegistry);
}

/// Why an image cannot be had at all.
fn refusal(status: &ContentTreeStatus) -> Option<String> {
    let digest = &status.content_sha256;
    if status.is_oci_registry && status.datastore_id_list.len() > 1 {
        Some("a fallback list of datastores is not supported with registries".into())
    } else if status.is_oci_registry || status.format == ImageFormat::Container {
        Some("containers and registries are not supported yet".into())
    } else if digest.is_empty() {
        Some("the image has no SHA-256".into())
    } else if checked_digest(digest).is_none() {
        Some(format!("{digest:?} is no SHA-256"))
    } else {
        None
    }
}

fn copy_blob(status: &mut ContentTreeStatus, blob: &BlobStatus, cx: &Context<'_, VolumeMgr>) {
    (status.total_size, status.current_size) = (blob.total_size, blob.current_size);
    status.progress = blob.progress;
    status.file_location.clone_from(&blob.path);
    if !blob.error.description.has_error() {
        if status.state < SwState::Loading || status.error.is_from::<BlobStatus>() {
            status.error.description.clear();
            status.error.error_source_type.clear();
        }
        return;
    }
    let entity = ErrorEntity {
        entity_type: ErrorEntityType::ContentBlob,
        entity_id: blob.sha256.clone(),
        ..ErrorEntity::default()
    };
    let error = ErrorDescription {
        error_entities: vec![Some(Box::new(entity))].into(),
        ..blob.error.description.clone()
    };
    set_error::<BlobStatus>(&mut status.error, error, cx);
}
