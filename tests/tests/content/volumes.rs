//! Volumes: made, found again, shared, removed.

use std::path::Path;
use std::time::Duration;

use pillar_hal::sim::images::{qcow2, qcow2_with_backing};
use pillar_types::Uuid;
use pillar_types::content::ContentTreeConfig;
use pillar_types::disk::ImageFormat;
use pillar_types::state::SwState;
use pillar_types::volume::{VolumeConfig, VolumeSubState};
use pillar_types::volume_ref::VolumeRefConfig;

use crate::bench::{APP, Bench, MIB, TREE, VOLUME, blank, object, reference, volume};

fn key(generation: i64) -> String {
    format!("{VOLUME}#{generation}")
}

fn path(generation: i64, format: &str) -> String {
    format!("/persist/vault/volumes/{VOLUME}#{generation}.{format}")
}

/// A device with an image of this format, loaded.
fn loaded(format: ImageFormat, content: Vec<u8>) -> Bench {
    let mut bench = Bench::new();
    let wanted = ContentTreeConfig { format, ..bench.image(content) };
    bench.add_tree(wanted);
    assert_eq!(bench.tree_state(), Some(SwState::Loaded), "{}", bench.tree_error());
    bench
}

fn error(bench: &Bench) -> String {
    bench.volume(&key(0)).map_or_else(String::new, |volume| volume.error.description.error.clone())
}

#[test]
fn a_volume_waits_for_its_image_and_is_then_a_copy_of_it() {
    let mut bench = Bench::new();
    bench.add_volume(volume(0));
    assert_eq!(bench.volume(&key(0)).unwrap().state, SwState::Initial);
    let content = object(MIB);
    let wanted = bench.image(content.clone());
    bench.add_tree(wanted);

    let volume = bench.volume(&key(0)).unwrap();
    assert_eq!((volume.state, volume.sub_state), (SwState::CreatedVolume, VolumeSubState::Created));
    assert_eq!(volume.file_location, path(0, "raw"));
    assert_eq!((volume.max_vol_size, volume.content_format), (MIB, ImageFormat::Raw));
    assert_eq!(volume.reference_name, format!("{TREE}-disk.img"));
    assert_eq!(bench.content(&path(0, "raw")), Some(content));
    assert_eq!(bench.files("/persist/status/volumemgr/VolumeCreatePending").len(), 0);
}

#[test]
fn ac06_27_volumes_grow_to_their_size_never_shrink_and_isos_stay() {
    let size = |format: ImageFormat, wanted: u64| {
        let mut bench = loaded(format, object(2 * MIB));
        bench.add_volume(volume(wanted));
        assert_eq!(bench.volume(&key(0)).unwrap().state, SwState::CreatedVolume, "{}", error(&bench));
        let path = path(0, &format.name().to_ascii_lowercase());
        bench.content(&path).unwrap().len() as u64
    };
    assert_eq!(size(ImageFormat::Raw, 8 * MIB), 8 * MIB);
    assert_eq!(size(ImageFormat::Raw, MIB), 2 * MIB);
    assert_eq!(size(ImageFormat::Iso, 8 * MIB), 2 * MIB);
    let mut bench = loaded(ImageFormat::Qcow2, qcow2(2 * MIB, b"data"));
    bench.add_volume(volume(8 * MIB));
    assert_eq!(bench.content(&path(0, "qcow2")), Some(qcow2(8 * MIB, b"data")));
}

#[test]
fn an_image_that_stands_upon_a_file_of_the_device_makes_no_volume() {
    let mut bench = loaded(ImageFormat::Qcow2, qcow2_with_backing(MIB));
    bench.add_volume(volume(0));
    bench.pass(Duration::from_hours(1));
    assert!(error(&bench).contains("stands upon another file"), "{}", error(&bench));
    assert_eq!(bench.volume(&key(0)).unwrap().state, SwState::CreatingVolume);
    assert_eq!(bench.files("/persist/vault/volumes").len(), 0);
}

#[test]
fn ac06_28_a_blank_volume_needs_a_size() {
    let mut bench = Bench::new();
    bench.add_volume(blank(0));
    assert!(error(&bench).contains("size"), "{}", error(&bench));
    assert_eq!(bench.files("/persist/vault/volumes").len(), 0);

    let mut bench = Bench::new();
    bench.add_volume(blank(64 * MIB));
    let volume = bench.volume(&key(0)).unwrap();
    assert_eq!((volume.state, volume.content_format), (SwState::CreatedVolume, ImageFormat::Raw));
    assert_eq!(bench.content(&path(0, "raw")).unwrap().len() as u64, 64 * MIB);
}

#[test]
fn ac06_29_generations_and_the_vault_name_the_file() {
    let mut bench = loaded(ImageFormat::Qcow2, qcow2(MIB, b""));
    let clear = VolumeConfig { encrypted: false, generation_counter: 3, ..volume(0) };
    bench.add_volume(clear.clone());
    let purged = VolumeConfig { local_generation_counter: 2, ..clear };
    bench.add_volume(purged);
    let place = |bench: &Bench, generation| bench.volume(&key(generation)).unwrap().file_location.clone();
    assert_eq!(place(&bench, 3), format!("/persist/clear/volumes/{VOLUME}#3.qcow2"));
    assert_eq!(place(&bench, 5), format!("/persist/clear/volumes/{VOLUME}#5.qcow2"));
    assert_eq!(bench.files("/persist/clear/volumes").len(), 2);
}

#[test]
fn ac06_30_a_volume_that_was_half_made_is_made_again_without_a_network() {
    let content = object(4 * MIB);
    let mut bench = loaded(ImageFormat::Raw, content.clone());
    let half = path(0, "raw");
    let marker = "/persist/status/volumemgr/VolumeCreatePending";
    bench.wanted.volumes.insert(key(0), volume(0));
    // The power goes when the marker is on the disk and the first half of the volume written.
    let config = volume(0);
    let empty = |bench: &Bench| bench.files(marker).is_empty();
    bench
        .node
        .put(pillar_core::agents::ZEDAGENT, &config.key(), Some(std::sync::Arc::new(config.clone())))
        .unwrap();
    bench.run_while(empty);
    assert!(!empty(&bench));
    bench.cut();
    bench.disk().put(Path::new(&half), &content[..content.len() / 2]).unwrap();
    bench.internet().stop("store.example:443");

    bench.boot();

    assert_eq!(bench.volume(&key(0)).unwrap().state, SwState::CreatedVolume, "{}", error(&bench));
    assert_eq!(bench.content(&half), Some(content));
    assert!(empty(&bench));
    assert_eq!(bench.asked().len(), 1);
}

#[test]
fn a_volume_that_was_made_keeps_what_was_written_to_it_over_a_power_cut() {
    let mut bench = loaded(ImageFormat::Raw, object(MIB));
    bench.add_volume(volume(0));
    let written = object(MIB + 8);
    bench.disk().put(Path::new(&path(0, "raw")), &written).unwrap();
    bench.power_cut();
    assert_eq!(bench.volume(&key(0)).unwrap().state, SwState::CreatedVolume);
    assert_eq!(bench.content(&path(0, "raw")), Some(written));
}

#[test]
fn ac06_40_volumes_that_nobody_wants_go_at_the_first_sweep_and_other_names_stay() {
    for maintenance in [false, true] {
        let mut bench = Bench::off();
        bench.wanted.settings.insert("timer.gc.vdisk", 600);
        bench.wanted.maintenance = maintenance;
        let (orphan, other) = (path(7, "qcow2"), "/persist/vault/volumes/notes.txt");
        bench.disk().put(Path::new(&orphan), &qcow2(MIB, b"")).unwrap();
        bench.disk().put(Path::new(other), b"mine").unwrap();
        bench.boot();
        bench.pass(Duration::from_secs(59));
        assert!(bench.content(&orphan).is_some());
        bench.pass(Duration::from_secs(3));
        assert_eq!(bench.content(&orphan).is_some(), maintenance);
        assert_eq!(bench.content(other), Some(b"mine".to_vec()));
    }
}

#[test]
fn ac06_41_content_alone_is_loaded_first_and_then_the_volume_made() {
    let mut bench = loaded(ImageFormat::Raw, object(MIB));
    let config = VolumeConfig { has_no_app_references: false, ..volume(0) };
    bench.add_ref(reference(APP, true));
    bench.add_volume(config);
    let status = bench.volume_ref(&reference(APP, true)).unwrap();
    assert_eq!((status.state, &*status.active_file_location), (SwState::Loaded, ""));
    assert_eq!(bench.files("/persist/vault/volumes").len(), 0);

    bench.add_ref(reference(APP, false));
    let status = bench.volume_ref(&reference(APP, false)).unwrap();
    assert_eq!((status.state, &*status.active_file_location), (SwState::CreatedVolume, &*path(0, "raw")));
    assert_eq!((status.content_format, status.verify_only), (ImageFormat::Raw, false));
}

#[test]
fn ac06_42_two_applications_cannot_write_to_one_volume() {
    let other = Uuid([6; 16]);
    let error = |bench: &Bench, app: Uuid| {
        bench.volume_ref(&reference(app, false)).unwrap().error.description.error.clone()
    };
    for read_only in [false, true] {
        let mut bench = loaded(ImageFormat::Qcow2, qcow2(MIB, b""));
        let active = format!("/persist/vault/active-app-instance-config/{APP}.json");
        bench.disk().put(Path::new(&active), b"{}").unwrap();
        bench.add_volume(VolumeConfig { read_only, has_no_app_references: false, ..volume(0) });
        bench.add_ref(reference(APP, false));
        bench.add_ref(reference(other, false));
        assert_eq!(error(&bench, APP), "");
        let contended = error(&bench, other);
        assert_eq!(contended.contains("2 applications"), !read_only, "{contended}");
    }
}

#[test]
fn ac06_44_many_volumes_at_once_are_all_made() {
    let mut bench = Bench::new();
    let ids: Vec<Uuid> = (100..125).map(|number| Uuid([number; 16])).collect();
    for id in &ids {
        bench.add_volume(VolumeConfig { volume_id: *id, ..blank(MIB) });
    }
    for id in &ids {
        assert_eq!(bench.volume(&format!("{id}#0")).unwrap().state, SwState::CreatedVolume);
    }
}

#[test]
fn a_volume_that_nobody_refers_to_is_removed_and_a_purge_makes_a_new_one() {
    let mut bench = loaded(ImageFormat::Raw, object(MIB));
    bench.add_volume(VolumeConfig { has_no_app_references: false, ..volume(0) });
    let used: VolumeRefConfig = reference(APP, false);
    bench.add_ref(used.clone());
    bench.remove_volume(&key(0));
    assert!(bench.content(&path(0, "raw")).is_some(), "an application has it still");
    bench.wanted.refs.clear();
    bench.node.put::<VolumeRefConfig>(pillar_core::agents::ZEDMANAGER, &used.key(), None).unwrap();
    bench.run();
    assert_eq!(bench.content(&path(0, "raw")), None);
    assert!(bench.volume(&key(0)).is_none() && bench.volume_ref(&used).is_none());

    bench.add_volume(VolumeConfig { generation_counter: 1, ..volume(0) });
    assert_eq!(bench.volume(&key(1)).unwrap().state, SwState::CreatedVolume);
}

#[test]
fn what_may_not_change_without_a_new_generation_is_an_error_and_nothing_else() {
    let mut bench = loaded(ImageFormat::Raw, object(MIB));
    bench.add_volume(volume(0));
    bench.add_volume(volume(64 * MIB));
    assert!(error(&bench).contains("generation"), "{}", error(&bench));
    assert_eq!(bench.volume(&key(0)).unwrap().state, SwState::CreatedVolume);
    bench.add_volume(volume(0));
    assert_eq!(error(&bench), "");
}
