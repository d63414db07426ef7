//! Volumes: from configured to made, and to removed (spec/06, Volume). A volume is a file; what has been made survives,
//! and what was half made is removed at the next start.
//!
//! | State / SubState | Event, guard | Next | Actions |
//! |---|---|---|---|
//! | – | config, found on the disk | CREATED_VOLUME / Created | – |
//! | – | config | INITIAL / Initial | – |
//! | < CREATING_VOLUME | no room for MaxVolSize | same, error | looked at again when there is more |
//! | < CREATING_VOLUME | image not loaded | the image's state | sizes and errors copied |
//! | < CREATING_VOLUME | content only is wanted | LOADED | – |
//! | < CREATING_VOLUME | all is there | CREATING_VOLUME / PrepareDone | marker; once it is stored, job |
//! | CREATING_VOLUME | job failed | same, error | tried again after a while if that may help |
//! | CREATING_VOLUME | job done | same | marker removed; once that is stored: CREATED_VOLUME / Created |
//! | Created | nobody refers to it | Deleting | job |
//! | Deleting | job failed | same, error | tried again at the next sweeps |
//! | Deleting | job done | – | unpublished |
//! | any other | nobody refers to it | – | job cancelled, what it left removed |

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use log::Level;
use pillar_types::app_metrics::AppDiskMetric;
use pillar_types::content::ContentTreeStatus;
use pillar_types::disk::ImageFormat;
use pillar_types::errors::{ErrorDescription, ErrorEntity, ErrorEntityType, ErrorSeverity};
use pillar_types::state::SwState;
use pillar_types::usage::DiskMetric;
use pillar_types::volume::VolumeContentOriginType as Origin;
use pillar_types::volume::{VolumeConfig, VolumeCreatePending, VolumeKey, VolumeStatus, VolumeSubState};
use pillar_types::volume_ref::VolumeRefConfig;

use super::blobs::{set_error, signed};
use super::work::{Found, NotMade, Plan};
use super::{AGAIN, VolumeMgr, work};
use crate::agents::{ZEDAGENT, ZEDMANAGER};
use crate::content_places::{self, Removed};
use crate::hal::{Hal, Scope};
use crate::node::{Context, Failed, JobSpec, Lane};
use crate::settings::keys;

/// How long making a volume may take (spec/06, constants: convert).
const MAKE_TIME: Duration = Duration::from_hours(120);

/// How often a volume that cannot be removed is tried again.
const MAX_REMOVALS: u32 = 12;

impl VolumeMgr {
    /// The volumes that begin with an image move.
    pub(super) fn update_volumes_of(&mut self, content: &str, cx: &mut Context<'_, Self>) {
        let volumes = cx.all_own::<VolumeStatus>();
        for (key, _) in volumes.iter().filter(|(_, volume)| volume.content_id.to_string() == content) {
            self.update_volume(key, cx);
        }
    }

    /// Moves a volume as far as it can go now, and those who refer to it. Calling it twice changes nothing.
    pub(super) fn update_volume(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        if !self.open {
            return;
        }
        let config = cx.get::<VolumeConfig>(ZEDAGENT, key);
        let refs = refs_of(key, cx);
        let count = u64::from(config.is_some()) + refs.len() as u64;
        let before = cx.own::<VolumeStatus>(key);
        let status = match (before, &config) {
            (Some(status), _) => Some((*status).clone()),
            (None, Some(config)) => Some(self.new_volume(config, cx)),
            (None, None) => None,
        };
        if let Some(mut status) = status {
            if status.ref_count != count {
                status.ref_count = count;
                status.last_ref_count_change_time = cx.now().wall.into();
            }
            if let Some(config) = &config {
                take_changes(&mut status, config, cx);
            }
            if count > 0 && status.sub_state != VolumeSubState::Deleting {
                let verify_only = is_verify_only(config.as_deref(), &refs);
                self.advance_volume(key, &mut status, verify_only, cx);
                cx.publish(key, status);
            } else {
                self.remove_volume(key, status, cx);
            }
        }
        for reference in refs {
            self.update_ref(&reference.key(), cx);
        }
    }

    fn new_volume(&self, config: &VolumeConfig, cx: &Context<'_, Self>) -> VolumeStatus {
        let mut status = VolumeStatus {
            volume_id: config.volume_id,
            content_id: config.content_id,
            volume_content_origin_type: config.volume_content_origin_type,
            max_vol_size: config.max_vol_size,
            read_only: config.read_only,
            generation_counter: config.generation_counter,
            local_generation_counter: config.local_generation_counter,
            encrypted: config.encrypted,
            display_name: config.display_name.clone(),
            target: config.target,
            custom_meta: config.custom_meta.clone(),
            is_replicated: config.is_replicated,
            is_native_container: config.is_native_container,
            state: SwState::Initial,
            ..VolumeStatus::default()
        };
        if let Some(found) = self.found.get(&config.volume_key()) {
            let tree = tree_of(&status, cx);
            status.reference_name = tree.map(|tree| tree.reference_id()).unwrap_or_default();
            take_file(&mut status, found);
        }
        if status.is_replicated {
            (status.state, status.sub_state) = (SwState::CreatedVolume, VolumeSubState::Created);
        }
        status
    }

    fn advance_volume(
        &mut self,
        key: &str,
        status: &mut VolumeStatus,
        verify_only: bool,
        cx: &mut Context<'_, Self>,
    ) {
        if status.state < SwState::CreatingVolume && !self.may_make(status, verify_only, cx) {
            return;
        }
        let idle = !self.busy.contains(key) && !self.again.contains(key);
        if status.state == SwState::CreatingVolume && idle {
            self.busy.insert(key.into());
            let marker = VolumeCreatePending {
                volume_id: status.volume_id,
                generation_counter: status.generation_counter,
                local_generation_counter: status.local_generation_counter,
                content_format: status.content_format,
                encrypted: status.encrypted,
                ..VolumeCreatePending::default()
            };
            cx.publish_stored(key, marker, Self::on_marked);
        }
    }

    /// Whether all that a volume needs is there; it is then being made.
    fn may_make(&self, status: &mut VolumeStatus, verify_only: bool, cx: &Context<'_, Self>) -> bool {
        match status.volume_content_origin_type {
            Origin::Blank if status.max_vol_size == 0 => {
                fail::<VolumeStatus>(status, "a blank volume needs a size", cx);
                return false;
            }
            Origin::Blank => {
                status.content_format = ImageFormat::Raw;
                status.reference_name.clear();
                let size = signed(status.max_vol_size);
                (status.total_size, status.current_size, status.progress) = (size, size, 100);
            }
            Origin::Download => {
                if !copy_tree(status, cx) {
                    return false;
                }
            }
            other => {
                fail::<VolumeStatus>(status, &format!("volumes cannot begin with {}", other.name()), cx);
                return false;
            }
        }
        if verify_only {
            status.state = SwState::Loaded;
            return false;
        }
        let remaining = self.remaining(cx);
        if remaining < status.max_vol_size && !self.settings.get(keys::STORAGE_APPS_IGNORE_DISK_CHECK) {
            let error = format!("the volume needs {} bytes, {remaining} may be used", status.max_vol_size);
            let error_retry_condition = "will be tried again when there is room".to_owned();
            let error = ErrorDescription { error, error_retry_condition, ..ErrorDescription::default() };
            set_error::<DiskMetric>(&mut status.error, error, cx);
            return false;
        }
        status.error.clear_from::<DiskMetric>();
        (status.state, status.sub_state) = (SwState::CreatingVolume, VolumeSubState::PrepareDone);
        true
    }

    /// The marker is on the disk: whatever is written from now on is removed at the next start.
    fn on_marked(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let wanted = |status: &Arc<VolumeStatus>| status.state == SwState::CreatingVolume;
        let Some(status) = cx.own::<VolumeStatus>(key).filter(wanted) else {
            self.busy.remove(key);
            cx.unpublish::<VolumeCreatePending>(key);
            return;
        };
        let blob = tree_of(&status, cx).and_then(|tree| tree.blobs.first().cloned());
        let blob = blob.filter(|_| status.volume_content_origin_type == Origin::Download);
        let plan = Plan {
            blob: blob.map(|digest| self.places.blobs().join(digest)),
            path: self.path_of(&status),
            format: status.content_format,
            size: status.max_vol_size,
        };
        cx.log(Level::Info, format_args!("{}: the volume is being made", status.display_name));
        let spec = JobSpec { lane: Lane::Process, key, limit: MAKE_TIME };
        let make = move |hal: &Hal, scope: &Scope| work::make(hal, scope, &plan);
        cx.job_with(spec, make, Self::on_made, None);
    }

    fn on_made(
        &mut self,
        key: &str,
        result: Result<Result<(u64, u64), NotMade>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let Some(status) = cx.own::<VolumeStatus>(key) else {
            // Given up meanwhile. The marker stays until nothing of it is left.
            let path = VolumeKey::parse(key).zip(cx.own::<VolumeCreatePending>(key));
            match path.map(|(volume, marker)| self.marked_path(volume, &marker)) {
                Some(path) => self.remove_file(key, path, cx),
                None => {
                    self.busy.remove(key);
                }
            }
            return;
        };
        match result.unwrap_or(Err(NotMade::BrokeOff)) {
            Ok((virtual_size, actual_size)) => {
                let (format, encrypted) = (status.content_format, status.encrypted);
                let path = self.path_of(&status);
                let found = Found { format, encrypted, path, virtual_size, actual_size };
                self.found.insert(status.volume_key(), found);
                // With the marker still there a power cut would take the volume away.
                cx.unpublish_stored::<VolumeCreatePending>(key, Self::on_unmarked);
            }
            Err(why) => {
                self.busy.remove(key);
                let mut status = (*status).clone();
                cx.log(Level::Error, format_args!("{}: {why}", status.display_name));
                fail::<VolumeStatus>(&mut status, &why.to_string(), cx);
                if why.may_pass() {
                    let again = format!("will be tried again in {} s", AGAIN.as_secs());
                    status.error.description.error_retry_condition = again;
                    cx.after_key(AGAIN, AGAIN / 10, key, Self::make_again);
                }
                self.again.insert(key.into());
                cx.publish(key, status);
                self.update_volume(key, cx);
            }
        }
    }

    fn make_again(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        self.again.remove(key);
        self.update_volume(key, cx);
    }

    fn on_unmarked(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        self.busy.remove(key);
        let Some(status) = cx.own::<VolumeStatus>(key) else { return };
        let Some(found) = self.found.get(&status.volume_key()) else { return };
        let mut status = (*status).clone();
        take_file(&mut status, found);
        status.create_time = cx.now().wall.into();
        cx.log(Level::Info, format_args!("{}: the volume is made", status.display_name));
        cx.publish(key, status);
        self.update_volume(key, cx);
        self.measure(cx);
    }

    /// Nobody refers to it.
    fn remove_volume(&mut self, key: &str, mut status: VolumeStatus, cx: &mut Context<'_, Self>) {
        self.again.remove(key);
        match status.sub_state {
            VolumeSubState::Created if !status.is_replicated => {
                status.sub_state = VolumeSubState::Deleting;
                let path = PathBuf::from(&status.file_location);
                cx.log(Level::Info, format_args!("{}: the volume is removed", status.display_name));
                cx.publish(key, status);
                self.remove_file(key, path, cx);
            }
            // After a start: the job went with an earlier life of this process.
            VolumeSubState::Deleting if !self.busy.contains(key) && !self.removals.contains_key(key) => {
                let path = PathBuf::from(&status.file_location);
                cx.publish(key, status);
                self.remove_file(key, path, cx);
            }
            VolumeSubState::Deleting => cx.publish(key, status),
            _ => {
                cx.cancel(key); // a job that makes it ends, and its end cleans up
                cx.stop_key(key);
                cx.unpublish::<VolumeStatus>(key);
            }
        }
    }

    pub(super) fn remove_file(&mut self, key: &str, path: PathBuf, cx: &mut Context<'_, Self>) {
        self.busy.insert(key.into());
        content_places::remove_file(key, path, Self::on_removed, cx);
    }

    fn on_removed(&mut self, key: &str, removed: Removed, cx: &mut Context<'_, Self>) {
        self.busy.remove(key);
        if matches!(removed, Ok(Ok(()))) {
            self.removals.remove(key);
            if let Some(volume) = VolumeKey::parse(key) {
                self.found.remove(&volume);
            }
            cx.unpublish::<VolumeCreatePending>(key);
            if let Some(status) = cx.own::<VolumeStatus>(key)
                && status.sub_state == VolumeSubState::Deleting
            {
                cx.unpublish::<AppDiskMetric>(&metric_of(&status).key());
                cx.unpublish::<VolumeStatus>(key);
            }
            self.update_volume(key, cx); // it may be wanted again by now
            return self.measure(cx);
        }
        *self.removals.entry(key.into()).or_default() += 1;
        let what = match removed {
            Ok(Err(why)) => why.to_string(),
            _ => "the job broke off".into(),
        };
        cx.log(Level::Error, format_args!("{key}: the volume cannot be removed: {what}"));
        if let Some(status) = cx.own::<VolumeStatus>(key) {
            let mut status = (*status).clone();
            fail::<VolumeStatus>(&mut status, &format!("the volume cannot be removed: {what}"), cx);
            cx.publish(key, status);
        }
    }

    /// Tries again what could not be removed.
    pub(super) fn remove_again(&mut self, cx: &mut Context<'_, Self>) {
        for (key, status) in cx.all_own::<VolumeStatus>() {
            let tries = self.removals.get(&*key).copied().unwrap_or(0);
            if status.sub_state == VolumeSubState::Deleting
                && (1..=MAX_REMOVALS).contains(&tries)
                && !self.busy.contains(&*key)
            {
                self.remove_file(&key, PathBuf::from(&status.file_location), cx);
            }
        }
    }

    fn path_of(&self, status: &VolumeStatus) -> PathBuf {
        let name = status.volume_key().file_name(status.content_format);
        self.places.volumes(status.encrypted).join(name)
    }

    /// The file that a marker is about.
    pub(super) fn marked_path(&self, key: VolumeKey, marker: &VolumeCreatePending) -> PathBuf {
        self.places.volumes(marker.encrypted).join(key.file_name(marker.content_format))
    }
}

/// What a volume takes, for the controller.
pub(super) fn metric_of(status: &VolumeStatus) -> AppDiskMetric {
    AppDiskMetric { disk_path: status.file_location.clone(), ..AppDiskMetric::default() }
}

fn refs_of(key: &str, cx: &Context<'_, VolumeMgr>) -> Vec<Arc<VolumeRefConfig>> {
    let all = cx.all::<VolumeRefConfig>(ZEDMANAGER).into_iter().map(|(_, reference)| reference);
    all.filter(|reference| reference.volume_key().to_string() == key).collect()
}

/// Whether only the content is wanted: nobody wants the volume itself yet.
fn is_verify_only(config: Option<&VolumeConfig>, refs: &[Arc<VolumeRefConfig>]) -> bool {
    if refs.is_empty() {
        return !config.is_some_and(|config| config.has_no_app_references);
    }
    refs.iter().all(|reference| reference.verify_only)
}

/// What may change without a new generation is taken over; what may not is an error.
fn take_changes(status: &mut VolumeStatus, config: &VolumeConfig, cx: &Context<'_, VolumeMgr>) {
    status.display_name.clone_from(&config.display_name);
    let resized = config.max_vol_size != 0 && config.max_vol_size != status.max_vol_size;
    // An image may be larger than what was asked for.
    let by_image = status.state == SwState::CreatedVolume && config.max_vol_size < status.max_vol_size;
    let changed = status.content_id != config.content_id
        || status.volume_content_origin_type != config.volume_content_origin_type
        || status.read_only != config.read_only
        || resized && !by_image && !status.is_replicated;
    if changed {
        let error = "content, origin, size or access of the volume changed without a new generation".into();
        let error = ErrorDescription { error, ..ErrorDescription::default() };
        set_error::<VolumeConfig>(&mut status.error, error, cx);
    } else {
        status.error.clear_from::<VolumeConfig>();
    }
}

/// The volume is made, and this is its file.
fn take_file(status: &mut VolumeStatus, found: &Found) {
    (status.state, status.sub_state) = (SwState::CreatedVolume, VolumeSubState::Created);
    status.file_location = found.path.display().to_string();
    (status.content_format, status.encrypted) = (found.format, found.encrypted);
    if status.max_vol_size == 0 {
        status.max_vol_size = found.virtual_size;
    }
    let size = signed(found.actual_size);
    (status.total_size, status.current_size, status.progress) = (size, size, 100);
    status.error.description.clear();
    status.error.error_source_type.clear();
}

fn tree_of(status: &VolumeStatus, cx: &Context<'_, VolumeMgr>) -> Option<Arc<ContentTreeStatus>> {
    cx.own::<ContentTreeStatus>(&status.content_id.to_string())
}

/// Takes over how far the image is; whether it is loaded.
fn copy_tree(status: &mut VolumeStatus, cx: &Context<'_, VolumeMgr>) -> bool {
    let Some(tree) = tree_of(status, cx) else {
        status.state = SwState::Initial;
        return false;
    };
    status.state = tree.state.min(SwState::Loaded);
    (status.total_size, status.current_size) = (tree.total_size, tree.current_size);
    status.progress = tree.progress;
    (status.content_format, status.reference_name) = (tree.format, tree.reference_id());
    if tree.error.description.has_error() {
        let entity = ErrorEntity {
            entity_type: ErrorEntityType::ContentTree,
            entity_id: tree.content_id.to_string(),
            ..ErrorEntity::default()
        };
        let error = ErrorDescription {
            error_entities: vec![Some(Box::new(entity))].into(),
            ..tree.error.description.clone()
        };
        set_error::<ContentTreeStatus>(&mut status.error, error, cx);
    } else {
        status.error.clear_from::<ContentTreeStatus>();
    }
    tree.state >= SwState::Loaded && !tree.blobs.is_empty()
}

fn fail<S: pillar_types::object::Named>(status: &mut VolumeStatus, why: &str, cx: &Context<'_, VolumeMgr>) {
    let error_severity = ErrorSeverity::Error;
    let error = ErrorDescription { error: why.into(), error_severity, ..ErrorDescription::default() };
    set_error::<S>(&mut status.error, error, cx);
}
