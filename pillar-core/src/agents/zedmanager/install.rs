//! Step 1: the volumes of an application are asked for, and what came of them is copied (spec/05, doInstall).

use pillar_types::app_status::Inprogress;
use pillar_types::errors::{ErrorDescription, ErrorEntity, ErrorEntityType, ErrorSeverity};
use pillar_types::state::SwState;
use pillar_types::volume_ref::{VolumeRefConfig, VolumeRefStatus};

use super::{App, ZedManager, of, set_error};
use crate::agents::VOLUMEMGR;
use crate::node::Context;

/// Asks for volumes and copies their states; whether all are as far as is needed now.
pub(super) fn advance(app: &mut App, cx: &mut Context<'_, ZedManager>) -> bool {
    add_wanted(app);
    let config = app.config.clone();
    for wanted in &config.volume_ref_config_list {
        ask_for(app, wanted, cx);
    }
    for volume in &mut app.status.volume_ref_status_list {
        if let Some(status) = of::<VolumeRefStatus>(VOLUMEMGR, &volume.key(), cx) {
            *volume = VolumeRefStatus { pending_add: false, ..VolumeRefStatus::clone(&status) };
        }
    }
    copy_errors(app, cx);
    let wanted = |volume: &&VolumeRefStatus| is_wanted(app, volume);
    let states: Vec<SwState> =
        app.status.volume_ref_status_list.iter().filter(wanted).map(|volume| volume.state).collect();
    let least = states.iter().copied().min().unwrap_or(SwState::CreatedVolume);
    if app.status.state < SwState::Booting && app.status.purge_inprogress == Inprogress::None {
        app.status.state = least;
    }
    let enough = match app.status.purge_inprogress {
        Inprogress::DownloadAndVerify => SwState::Loaded,
        _ => SwState::CreatedVolume,
    };
    states.iter().all(|state| *state >= enough)
}

/// Whether the configuration has the volume; otherwise a purge will drop it.
fn is_wanted(app: &App, volume: &VolumeRefStatus) -> bool {
    app.config.volume_ref_config_list.iter().any(|wanted| wanted.key() == volume.key())
}

/// Volumes that are wanted and not known yet: at the beginning, and while a purge is under way.
fn add_wanted(app: &mut App) {
    let new = app.status.volume_ref_status_list.is_empty() && app.status.state == SwState::Initial;
    if !new && app.status.purge_inprogress == Inprogress::None {
        return;
    }
    let known: Vec<String> = app.status.volume_ref_status_list.iter().map(VolumeRefStatus::key).collect();
    let unknown = app.config.volume_ref_config_list.iter().filter(|wanted| !known.contains(&wanted.key()));
    let added: Vec<VolumeRefStatus> = unknown
        .map(|wanted| VolumeRefStatus {
            volume_id: wanted.volume_id,
            generation_counter: wanted.generation_counter,
            local_generation_counter: wanted.local_generation_counter,
            app_uuid: wanted.app_uuid,
            state: SwState::Initial,
            pending_add: true,
            verify_only: true,
            ..VolumeRefStatus::default()
        })
        .collect();
    app.status.volume_ref_status_list.extend(added);
}

/// Content first; the volume itself only once its content is there, and not while the old one is in use.
fn ask_for(app: &App, wanted: &VolumeRefConfig, cx: &mut Context<'_, ZedManager>) {
    let key = wanted.key();
    let Some(known) = app.status.volume_ref_status_list.iter().find(|volume| volume.key() == key) else {
        return;
    };
    let state = of::<VolumeRefStatus>(VOLUMEMGR, &key, cx).map_or(known.state, |status| status.state);
    let may_make = matches!(
        app.status.purge_inprogress,
        Inprogress::None | Inprogress::RecreateVolumes | Inprogress::BringUp
    );
    let asked = cx.own::<VolumeRefConfig>(&key);
    let made = asked.is_some_and(|asked| !asked.verify_only);
    let make = made || may_make && state >= SwState::Loaded;
    cx.publish(&key, VolumeRefConfig { verify_only: !make, ..wanted.clone() });
}

fn copy_errors(app: &mut App, cx: &Context<'_, ZedManager>) {
    let failed =
        app.status.volume_ref_status_list.iter().filter(|volume| volume.error.description.has_error());
    let failed: Vec<&VolumeRefStatus> = failed.collect();
    if failed.is_empty() {
        app.status.error.clear_from::<VolumeRefStatus>();
        return;
    }
    let texts: Vec<&str> = failed.iter().map(|volume| &*volume.error.description.error).collect();
    let worst = failed.iter().map(|volume| volume.error.description.error_severity).max();
    let mut conditions = failed.iter().map(|volume| &*volume.error.description.error_retry_condition);
    let condition = conditions.rfind(|text| !text.is_empty()).unwrap_or_default().to_owned();
    let severity = worst.filter(|_| !condition.is_empty()).unwrap_or(ErrorSeverity::Error);
    let entity = |volume: &&VolumeRefStatus| {
        let (entity_type, entity_id) = (ErrorEntityType::Volume, volume.volume_id.to_string());
        Some(Box::new(ErrorEntity { entity_type, entity_id, ..ErrorEntity::default() }))
    };
    let error = ErrorDescription {
        error: texts.join("\n\n") + "\n\n",
        error_severity: severity,
        error_retry_condition: condition,
        error_entities: failed.iter().map(entity).collect(),
        ..ErrorDescription::default()
    };
    set_error::<VolumeRefStatus>(&mut app.status, error, cx);
}
