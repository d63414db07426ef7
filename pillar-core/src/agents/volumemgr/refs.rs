//! What applications see of volumes (spec/06, VolumeRefStatus): mirrors of the volumes, and who may share one.

use std::collections::BTreeSet;

use pillar_types::disk::ImageFormat;
use pillar_types::errors::{ErrorDescription, ErrorEntity, ErrorEntityType};
use pillar_types::state::SwState;
use pillar_types::volume::VolumeStatus;
use pillar_types::volume_ref::{VolumeRefConfig, VolumeRefStatus};

use super::blobs::set_error;
use super::{VolumeMgr, work};
use crate::agents::ZEDMANAGER;
use crate::hal::{Hal, Scope, StorageError};
use crate::node::{Context, Failed, Lane};

/// The key of the job that looks for active applications.
const ACTIVE: &str = "active applications";

impl VolumeMgr {
    /// Says to an application how far a volume is. Calling it twice changes nothing.
    pub(super) fn update_ref(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let Some(config) = cx.get::<VolumeRefConfig>(ZEDMANAGER, key) else {
            cx.unpublish::<VolumeRefStatus>(key);
            return;
        };
        let before = cx.own::<VolumeRefStatus>(key).map(|status| status.error.clone());
        let mut status = VolumeRefStatus {
            volume_id: config.volume_id,
            generation_counter: config.generation_counter,
            local_generation_counter: config.local_generation_counter,
            app_uuid: config.app_uuid,
            verify_only: config.verify_only,
            state: SwState::Initial,
            error: before.unwrap_or_default(),
            ..VolumeRefStatus::default()
        };
        if let Some(volume) = cx.own::<VolumeStatus>(&config.volume_key().to_string()) {
            self.mirror(&mut status, &volume, cx);
        } else {
            status.error.description.clear();
            status.error.error_source_type.clear();
        }
        cx.publish(key, status);
    }

    fn mirror(&self, status: &mut VolumeRefStatus, volume: &VolumeStatus, cx: &Context<'_, Self>) {
        status.state = volume.state;
        status.active_file_location.clone_from(&volume.file_location);
        (status.content_format, status.read_only) = (volume.content_format, volume.read_only);
        status.display_name.clone_from(&volume.display_name);
        (status.max_vol_size, status.target) = (volume.max_vol_size, volume.target);
        status.wwn.clone_from(&volume.wwn);
        status.custom_meta.clone_from(&volume.custom_meta);
        status.reference_name.clone_from(&volume.reference_name);
        let entity = ErrorEntity {
            entity_type: ErrorEntityType::Volume,
            entity_id: volume.volume_id.to_string(),
            ..ErrorEntity::default()
        };
        let error_entities = vec![Some(Box::new(entity))].into();
        let contended = volume.ref_count > 2
            && volume.content_format != ImageFormat::Container
            && !volume.read_only
            && !self.active_apps.contains(&status.app_uuid.to_string());
        if contended {
            let apps = volume.ref_count - 1;
            let error = format!("{apps} applications want to write to volume {}", volume.display_name);
            let error = ErrorDescription { error, error_entities, ..ErrorDescription::default() };
            set_error::<VolumeRefConfig>(&mut status.error, error, cx);
        } else if volume.error.description.has_error() {
            let error = ErrorDescription { error_entities, ..volume.error.description.clone() };
            set_error::<VolumeStatus>(&mut status.error, error, cx);
        } else {
            status.error.description.clear();
            status.error.error_source_type.clear();
        }
    }

    /// Looks which applications were active, when several want the same volume.
    pub(super) fn look_for_active_apps(&mut self, cx: &mut Context<'_, Self>) {
        let shared = cx.all_own::<VolumeStatus>().iter().any(|(_, volume)| volume.ref_count > 2);
        if shared && self.busy.insert(ACTIVE.into()) {
            let places = self.places.clone();
            let look = move |hal: &Hal, scope: &Scope| work::active_apps(hal, scope, &places);
            cx.job(Lane::Store, ACTIVE, look, Self::on_active_apps);
        }
    }

    fn on_active_apps(
        &mut self,
        key: &str,
        result: Result<Result<BTreeSet<String>, StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        self.busy.remove(key);
        if let Ok(Ok(apps)) = result
            && self.active_apps != apps
        {
            self.active_apps = apps;
            for key in cx.keys::<VolumeRefStatus>() {
                self.update_ref(&key, cx);
            }
        }
    }
}
