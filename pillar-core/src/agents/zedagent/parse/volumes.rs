//! Volumes, and whether an application names them.

use std::collections::BTreeSet;

use pillar_proto::config::{EdgeDevConfig, Volume};
use pillar_types::Uuid;
use pillar_types::disk::DiskTarget;
use pillar_types::volume::{VolumeConfig, VolumeContentOriginType};

use super::identity;

/// Volumes.
pub fn volumes(config: &EdgeDevConfig) -> Vec<(String, VolumeConfig)> {
    let references = config.apps.iter().flat_map(|app| &app.volume_ref_list);
    let named: BTreeSet<(Uuid, i64)> =
        references.filter_map(|volume| Some((volume.uuid.parse().ok()?, volume.generation_count))).collect();
    let one = |volume: &Volume| {
        let volume_id = identity("the volume", &volume.display_name, &volume.uuid)?;
        let has_no_app_references = !named.contains(&(volume_id, volume.generation_count));
        let made = VolumeConfig { has_no_app_references, ..make(volume_id, volume) };
        Some((made.key(), made))
    };
    config.volumes.iter().filter_map(one).collect()
}

fn make(volume_id: Uuid, volume: &Volume) -> VolumeConfig {
    let origin = volume.origin.clone().unwrap_or_default();
    VolumeConfig {
        volume_id,
        content_id: origin.download_content_tree_id.parse().unwrap_or_default(),
        volume_content_origin_type: VolumeContentOriginType::from(origin.kind),
        max_vol_size: u64::try_from(volume.max_size_bytes).unwrap_or(0),
        read_only: volume.readonly,
        generation_counter: volume.generation_count,
        encrypted: !volume.clear_text,
        display_name: volume.display_name.clone(),
        target: DiskTarget::from(volume.target),
        ..VolumeConfig::default()
    }
}
