//! Room on the disk: what may be used, who waits for it.

use std::path::Path;

use pillar_core::agents::VOLUMEMGR;
use pillar_types::Uuid;
use pillar_types::state::SwState;
use pillar_types::volume::{VolumeConfig, VolumeMgrStatus};

use crate::bench::{Bench, MIB, VOLUME, blank, object, volume};

const GIB: u64 = 1 << 30;

fn remaining(bench: &Bench) -> u64 {
    let status = bench.node.get::<VolumeMgrStatus>(VOLUMEMGR, VolumeMgrStatus::KEY).expect("measured");
    status.remaining_space
}

fn error(bench: &Bench, id: Uuid) -> String {
    bench.volume(&format!("{id}#0")).unwrap().error.description.error.clone()
}

/// The disk of the bench has 8 GiB; the device keeps a fifth of it, and 2 GiB for logs.
fn available() -> u64 {
    8 * GIB - 8 * GIB / 5 - 2 * GIB
}

#[test]
fn what_remains_is_what_is_not_promised_to_the_byte() {
    let mut bench = Bench::new();
    assert_eq!(remaining(&bench), available());
    let size = 5 * MIB;
    let wanted = bench.image(object(size));
    bench.add_tree(wanted);
    bench.add_volume(VolumeConfig { has_no_app_references: false, ..blank(50 * MIB) });
    bench.add_ref(crate::bench::reference(crate::bench::APP, false));
    assert_eq!(bench.volume(&format!("{VOLUME}#0")).unwrap().state, SwState::CreatedVolume);
    assert_eq!(remaining(&bench), available() - size - 50 * MIB);
}

#[test]
fn ac06_35_a_volume_without_room_is_made_when_another_one_goes() {
    let mut bench = Bench::new();
    let other = Uuid([8; 16]);
    let large = available() - 100 * MIB;
    // The first is promised all of its size, of which it takes little.
    let wanted = bench.image(pillar_hal::sim::images::qcow2(large, b""));
    let wanted =
        pillar_types::content::ContentTreeConfig { format: pillar_types::disk::ImageFormat::Qcow2, ..wanted };
    bench.add_tree(wanted);
    bench.add_volume(VolumeConfig { has_no_app_references: false, ..volume(large) });
    bench.add_ref(crate::bench::reference(crate::bench::APP, false));
    assert_eq!(bench.volume(&format!("{VOLUME}#0")).unwrap().state, SwState::CreatedVolume);
    bench.add_volume(VolumeConfig { volume_id: other, ..blank(200 * MIB) });
    let text = error(&bench, other);
    let left = remaining(&bench);
    assert!(text.contains(&(200 * MIB).to_string()) && text.contains(&left.to_string()), "{text}");

    bench.wanted.refs.clear();
    let key = crate::bench::reference(crate::bench::APP, false).key();
    bench
        .node
        .put::<pillar_types::volume_ref::VolumeRefConfig>(pillar_core::agents::ZEDMANAGER, &key, None)
        .unwrap();
    bench.remove_volume(&format!("{VOLUME}#0"));
    assert_eq!(bench.volume(&format!("{other}#0")).unwrap().state, SwState::CreatedVolume);
    assert_eq!(error(&bench, other), "");
}

#[test]
fn ac06_37_a_blob_without_room_is_fetched_when_there_is_some() {
    let mut bench = Bench::off();
    let hog = Path::new("/persist/agentdebug/hog");
    bench.disk().put(hog, &vec![0; 16 << 20]).unwrap();
    bench.disk().set_free(hog, MIB).unwrap();
    bench.boot();
    assert_eq!(remaining(&bench), 0);
    let wanted = bench.image(object(4 * MIB));
    bench.add_tree(wanted);
    assert!(bench.tree_error().contains("4194304"), "{}", bench.tree_error());
    assert!(bench.asked().is_empty());

    bench.disk().set_free(hog, 8 * GIB).unwrap();
    bench.pass(std::time::Duration::from_mins(10));
    assert!(remaining(&bench) > 0);
    assert_eq!((bench.tree_state(), &*bench.tree_error()), (Some(SwState::Loaded), ""));
}
