//! Images: fetched, verified, loaded, given up.

use std::path::Path;
use std::time::Duration;

use pillar_types::Uuid;
use pillar_types::content::ContentTreeConfig;
use pillar_types::disk::ImageFormat;
use pillar_types::download::{DatastoreConfig, DatastoreType};
use pillar_types::errors::ErrorEntityType;
use pillar_types::state::SwState;

use crate::bench::{Bench, MIB, OTHER_STORE, STORE, TREE, digest, https, object, tree};

const BLOBS: &str = "/persist/vault/containerd";

#[test]
fn ac06_01_an_image_is_fetched_verified_and_loaded_and_nothing_is_left_over() {
    // Given settings with a short retry and a datastore that speaks http …
    let mut bench = Bench::off();
    bench.wanted.settings.insert("timer.download.retry", 60);
    let plain = DatastoreConfig { ds_type: DatastoreType::Http, ..https(STORE, "store.example") };
    bench.wanted.datastores.insert(STORE.to_string(), plain);
    bench.boot();

    // … when an object of 10 MiB is wanted …
    let content = object(10 * MIB);
    let wanted = bench.image(content.clone());
    bench.add_tree(wanted);

    // … then it gets there step by step, and only the loaded blob is on the disk.
    let steps = [SwState::Downloading, SwState::Verified, SwState::Loading, SwState::Loaded];
    let seen = bench.states.iter().filter(|state| steps.contains(state)).copied().collect::<Vec<_>>();
    assert_eq!(seen, steps, "{}", bench.tree_error());
    assert_eq!(bench.files("/persist/vault/downloader"), Vec::<std::path::PathBuf>::new());
    assert_eq!(bench.files("/persist/vault/verifier"), Vec::<std::path::PathBuf>::new());
    let loaded = bench.files(BLOBS);
    assert_eq!(loaded.len(), 1);
    assert_eq!(bench.disk().get(&loaded[0]), Some(&*content));
    let tree = bench.tree(TREE).unwrap();
    assert_eq!((tree.total_size, tree.progress, &*tree.file_location), (10 << 20, 100, ""));
    assert!(bench.download(&digest(&content)).is_none() && bench.file_status(&digest(&content)).is_none());
}

#[test]
fn ac06_02_wrong_content_is_fetched_five_times_more_and_never_loaded() {
    let mut bench = Bench::new();
    let content = object(MIB);
    let mut wrong = content.clone();
    *wrong.last_mut().unwrap() ^= 1;
    let wanted = tree(TREE, &content);
    bench.datastore.put("/disk.img", wrong);
    bench.add_tree(wanted);

    bench.pass(Duration::from_hours(1));

    assert_eq!(bench.asked().len(), 1 + 5);
    let tree = bench.tree(TREE).unwrap();
    let entities = &tree.error.description.error_entities;
    assert!(tree.error.description.error.contains("SHA-256"), "{}", tree.error.description.error);
    assert_eq!(entities[0].as_ref().unwrap().entity_type, ErrorEntityType::ContentBlob);
    assert!(tree.state < SwState::Verified);
    assert_eq!(bench.files(BLOBS), Vec::<std::path::PathBuf>::new());
}

#[test]
fn ac06_03_a_digest_that_is_a_path_is_refused_and_others_go_on() {
    let mut bench = Bench::new();
    let bad =
        ContentTreeConfig { content_id: Uuid([7; 16]), content_sha256: "../../x".into(), ..tree(TREE, b"") };
    let before = bench.files("/persist/vault");
    bench.add_tree(bad);
    assert_eq!(bench.files("/persist/vault"), before);
    let error = &bench.tree(Uuid([7; 16])).unwrap().error.description.error.clone();
    assert!(error.contains("../../x"), "{error}");

    let good = bench.image(object(MIB));
    bench.add_tree(good);
    assert_eq!(bench.tree_state(), Some(SwState::Loaded));
}

#[test]
fn ac06_08_content_of_two_images_stays_while_one_of_them_is_wanted() {
    let mut bench = Bench::new();
    let content = object(MIB);
    let first = bench.image(content.clone());
    let second = ContentTreeConfig { content_id: Uuid([7; 16]), ..first.clone() };
    bench.add_tree(first);
    bench.add_tree(second);
    assert_eq!(bench.tree(Uuid([7; 16])).unwrap().state, SwState::Loaded);
    assert_eq!(bench.blob(&digest(&content)).unwrap().ref_count, 2);

    bench.remove_tree(TREE);
    assert_eq!(bench.files(BLOBS).len(), 1);
    assert_eq!(bench.blob(&digest(&content)).unwrap().ref_count, 1);
    assert_eq!(bench.asked().len(), 1);

    bench.remove_tree(Uuid([7; 16]));
    assert_eq!(bench.files(BLOBS).len(), 0);
    assert!(bench.blob(&digest(&content)).is_none());
}

#[test]
fn ac06_20_a_registry_with_a_second_datastore_is_refused() {
    let mut bench = Bench::new();
    let registry =
        DatastoreConfig { ds_type: DatastoreType::ContainerRegistry, ..https(OTHER_STORE, "reg.example") };
    bench.add_datastore(registry);
    let content = object(MIB);
    let wanted = ContentTreeConfig {
        datastore_id_list: vec![OTHER_STORE, STORE].into(),
        format: ImageFormat::Container,
        ..bench.image(content)
    };
    bench.add_tree(wanted);
    assert!(bench.tree_error().contains("fallback"), "{}", bench.tree_error());
    assert!(bench.asked().is_empty());
}

#[test]
fn containers_are_refused_with_a_clear_error() {
    let mut bench = Bench::new();
    let wanted = ContentTreeConfig { format: ImageFormat::Container, ..bench.image(object(MIB)) };
    bench.add_tree(wanted);
    assert!(bench.tree_error().contains("not supported yet"), "{}", bench.tree_error());
    assert!(bench.asked().is_empty());
}

#[test]
fn an_image_waits_for_its_datastore() {
    let mut bench = Bench::off();
    let store = bench.wanted.datastores.remove(&STORE.to_string()).unwrap();
    bench.boot();
    let wanted = bench.image(object(MIB));
    bench.add_tree(wanted);
    assert_eq!((bench.tree_state(), &*bench.tree_error()), (Some(SwState::Initial), ""));
    bench.add_datastore(store);
    assert_eq!(bench.tree_state(), Some(SwState::Loaded));
}

#[test]
fn ac06_25_at_boot_damaged_and_unfinished_files_go_and_are_fetched_again() {
    let mut bench = Bench::off();
    let content = object(MIB);
    let mut flipped = content.clone();
    flipped[1000] ^= 1;
    let wanted = bench.image(content.clone());
    let kept = format!("/persist/vault/verifier/verified/{}.x", digest(&content));
    let leftover = "/persist/vault/verifier/verifier/0.x.y";
    bench.disk().put(Path::new(&kept), &flipped).unwrap();
    bench.disk().put(Path::new(leftover), b"half").unwrap();
    bench.wanted.trees.insert(wanted.key(), wanted);

    bench.boot();

    assert_eq!((bench.content(&kept), bench.content(leftover)), (None, None));
    assert_eq!((bench.tree_state(), bench.asked().len()), (Some(SwState::Loaded), 1));
}

#[test]
fn ac06_26_a_verified_file_is_used_after_a_boot_with_its_media_type() {
    let mut bench = Bench::off();
    let content = object(MIB);
    let wanted = bench.image(content.clone());
    let name = "application%2Fvnd.oci.image.manifest.v1+json";
    let kept = format!("/persist/vault/verifier/verified/{}.{name}", digest(&content));
    bench.disk().put(Path::new(&kept), &content).unwrap();
    bench.boot();
    let status = bench.file_status(&digest(&content)).unwrap();
    assert_eq!((status.state, status.ref_count), (SwState::Verified, 0));

    bench.add_tree(wanted);

    assert_eq!(bench.states.first(), Some(&SwState::Verified));
    let blob = bench.blob(&digest(&content)).unwrap();
    assert_eq!(blob.media_type, "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(bench.tree_state(), Some(SwState::Loaded));
    assert!(bench.asked().is_empty());
}

#[test]
fn ac06_38_deleted_content_is_kept_for_a_while_also_over_a_reboot() {
    for (reboot, away, downloads) in [(false, 300, 1), (false, 700, 2), (true, 300, 1), (true, 700, 2)] {
        let mut bench = Bench::new();
        bench.set("timer.defer.content.delete", 600);
        let wanted = bench.image(object(MIB));
        bench.add_tree(wanted.clone());
        bench.remove_tree(TREE);
        if reboot {
            bench.pass(Duration::from_secs(200));
            bench.power_cut();
        }
        let left = if reboot { away - 200 } else { away };
        bench.pass(Duration::from_secs(left));
        bench.add_tree(wanted);
        assert_eq!(bench.tree_state(), Some(SwState::Loaded));
        assert_eq!(bench.asked().len(), downloads, "{away} s, reboot: {reboot}");
    }
}

#[test]
fn after_a_reboot_what_was_loaded_is_loaded_without_a_network() {
    let mut bench = Bench::new();
    let wanted = bench.image(object(MIB));
    bench.add_tree(wanted);
    bench.internet().stop("store.example:443");
    bench.power_cut();
    assert_eq!((bench.tree_state(), bench.asked().len()), (Some(SwState::Loaded), 1));
}
