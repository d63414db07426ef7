//! Downloads: ways, servers that behave badly, what is gone on with.

use std::path::Path;
use std::time::Duration;

use pillar_core::content_places::hex;
use pillar_core::hal::{Crypto, HttpError, Request};
use pillar_core::time::Now;
use pillar_hal::sim::certificates::{SimCertificate, SimCrypto};
use pillar_hal::sim::datastore::{Datastore, ROOT};
use pillar_hal::sim::internet::{Reply, Server};
use pillar_hal::sim::objects::Pace;
use pillar_types::content::ContentTreeConfig;
use pillar_types::download::{DatastoreConfig, DatastoreType};
use pillar_types::state::SwState;

use crate::bench::{Bench, MIB, OTHER_STORE, STORE, TREE, digest, https, object, port};

const PENDING: &str = "/persist/vault/downloader/pending";

/// A datastore that answers so often and then refuses.
struct Tired(Datastore, u32);

impl Server for Tired {
    fn answer(&mut self, request: &Request, now: Now) -> Reply {
        self.object(request, now).0
    }

    fn object(&mut self, request: &Request, now: Now) -> (Reply, Pace) {
        if self.1 == 0 {
            return (Reply::status(503), Pace::default());
        }
        self.1 -= 1;
        self.0.object(request, now)
    }
}

/// A device that has 60 % of an image, and no more to get for now.
fn with_60_percent() -> (Bench, Vec<u8>) {
    let mut bench = Bench::new();
    let content = object(MIB);
    let wanted = bench.image(content.clone());
    let part = MIB as usize * 6 / 10;
    bench.datastore.store().pace = Pace { breaks_after: Some(part), ..Pace::default() };
    let certificates = vec![SimCertificate::new("store.example", ROOT)];
    let tired = Tired(bench.datastore.clone(), 1);
    bench.internet().serve("store.example:443", certificates, tired);
    bench.add_tree(wanted);
    assert!(bench.tree_error().contains("503"), "{}", bench.tree_error());
    bench.datastore.store().pace = Pace::default();
    bench.datastore.serve(&mut bench.internet(), "store.example:443");
    (bench, content)
}

/// The same after a power cut, before it boots.
fn cut_at_60_percent() -> (Bench, Vec<u8>) {
    let (mut bench, content) = with_60_percent();
    bench.cut();
    (bench, content)
}

#[test]
fn ac06_13_a_download_that_was_cut_goes_on_where_it_stopped() {
    let (mut bench, content) = cut_at_60_percent();
    let there = bench.files(PENDING).iter().map(|path| bench.disk().get(path).map_or(0, <[u8]>::len)).max();
    let before = bench.asked().len();

    bench.boot();

    let asked = bench.asked();
    let range = asked[before].1.clone().expect("a range");
    let from: usize =
        range.strip_prefix("bytes=").and_then(|r| r.strip_suffix('-')).unwrap().parse().unwrap();
    assert!(from > 0 && Some(from) <= there, "{from} of {there:?}");
    assert_eq!(bench.tree_state(), Some(SwState::Loaded), "{}", bench.tree_error());
    assert!(
        bench
            .files("/persist/vault/containerd")
            .iter()
            .all(|path| { bench.disk().get(path) == Some(&*content) })
    );
}

#[test]
fn ac06_14_a_server_without_ranges_makes_it_begin_anew_and_no_accept_ranges_is_needed() {
    let (mut bench, _) = cut_at_60_percent();
    bench.datastore.store().ignores_ranges = true;
    bench.boot();
    assert_eq!(bench.tree_state(), Some(SwState::Loaded), "{}", bench.tree_error());

    // The simulated datastore never sends Accept-Ranges.
    let (mut bench, _) = cut_at_60_percent();
    let before = bench.asked().len();
    bench.boot();
    assert!(bench.asked()[before].1.is_some());
    assert_eq!(bench.tree_state(), Some(SwState::Loaded), "{}", bench.tree_error());
}

#[test]
fn ac06_15_a_progress_file_counts_if_its_hash_is_right_also_under_its_temporary_name() {
    let size = 300_000;
    let parts = format!("{{\"PartSize\":{size},\"Parts\":[{{\"i\":0,\"s\":{size}}}]}}");
    let hash = hex(&SimCrypto.sha256(parts.as_bytes()));
    let progress = |hash: &str| format!("{{\"version\":1,\"hash\":\"{hash}\",\"parts\":{parts}}}");
    let wrong = "0".repeat(64);
    for (end, hash, range) in [
        (".progress", &hash, Some(format!("bytes={size}-"))),
        (".progress.tmp", &hash, Some(format!("bytes={size}-"))),
        (".progress", &wrong, None),
        (".progress.tmp", &wrong, None),
    ] {
        let mut bench = Bench::off();
        let content = object(MIB);
        let wanted = bench.image(content.clone());
        let url = SimCrypto.sha256(&[&STORE.0[..], b"disk.img", MIB.to_string().as_bytes()].concat());
        let target = format!("{PENDING}/{}.{}", hex(&url), digest(&content));
        bench.disk().put(Path::new(&target), &content[..size + 5]).unwrap();
        bench.disk().put(Path::new(&format!("{target}{end}")), progress(hash).as_bytes()).unwrap();
        bench.wanted.trees.insert(wanted.key(), wanted);
        bench.boot();
        assert_eq!(bench.asked()[0].1, range, "{end} {hash}");
        assert_eq!(bench.tree_state(), Some(SwState::Loaded), "{}", bench.tree_error());
    }
}

#[test]
fn ac06_16_an_object_that_is_too_long_is_given_up_with_both_sizes() {
    let mut bench = Bench::new();
    let content = object(MIB);
    let wanted = ContentTreeConfig { max_download_size: MIB - 1, ..bench.image(content) };
    bench.add_tree(wanted);
    let error = bench.tree_error();
    assert!(error.contains("1048576") && error.contains("1048575"), "{error}");
}

#[test]
fn ac06_17_a_server_that_says_nothing_is_left_and_the_next_address_is_tried() {
    let mut bench = Bench::off();
    bench.wanted.settings.insert("timer.download.stalled", 20);
    bench.wanted.ports.push(port("eth1", 0));
    bench.boot();
    bench.datastore.store().pace = Pace { stalls_after: Some(100_000), ..Pace::default() };
    bench.datastore.store().bad_answers = 1;
    let wanted = bench.image(object(MIB));
    let before = bench.now().mono;
    bench.add_tree(wanted);
    let took = bench.now().mono.since(before);
    assert!(took >= Duration::from_secs(20) && took <= Duration::from_secs(25), "{took:?}");
    assert_eq!(bench.tree_state(), Some(SwState::Loaded), "{}", bench.tree_error());
    let internet = bench.internet();
    let ways: Vec<_> = internet.asked().map(|(_, request)| request.via.interface.clone().unwrap()).collect();
    assert_eq!(ways, ["eth0", "eth1"]);
}

#[test]
fn ac06_18_ports_are_tried_by_cost_and_none_that_costs_too_much() {
    let ways = |bench: &Bench| {
        let internet = bench.internet();
        let ways = internet.asked().map(|(_, request)| request.via.interface.clone().unwrap_or_default());
        ways.collect::<Vec<_>>()
    };
    let mut bench = Bench::off();
    bench.wanted.settings.insert("network.download.max.cost", 10);
    bench.wanted.ports = vec![port("wwan0", 10), port("eth0", 0)];
    bench.boot();
    bench.internet().break_way("eth0", Some(HttpError::Unreachable));
    let wanted = bench.image(object(MIB));
    bench.add_tree(wanted);
    assert_eq!(ways(&bench), ["wwan0"], "what went by eth0 did not arrive");
    assert_eq!(bench.tree_state(), Some(SwState::Loaded), "{}", bench.tree_error());

    let mut bench = Bench::off();
    bench.wanted.settings.insert("network.download.max.cost", 0);
    bench.wanted.ports = vec![port("wwan0", 10)];
    bench.boot();
    let wanted = bench.image(object(MIB));
    bench.add_tree(wanted);
    bench.pass(Duration::from_hours(1));
    assert!(ways(&bench).is_empty());
    assert!(bench.tree_error().contains("costs 0 or less"), "{}", bench.tree_error());
    // When a port comes that may be used, it is used at once.
    bench.wanted.ports.push(port("eth0", 0));
    bench.tell_network();
    bench.run();
    assert_eq!(bench.tree_state(), Some(SwState::Loaded), "{}", bench.tree_error());
}

#[test]
fn ac06_19_the_second_datastore_is_used_when_the_first_refuses() {
    let mut bench = Bench::new();
    let content = object(MIB);
    let other = Datastore::default();
    other.put("/disk.img", content.clone());
    other.serve(&mut bench.internet(), "other.example:443");
    bench.add_datastore(https(OTHER_STORE, "other.example"));
    bench.datastore.store().refusals = vec![503; 100];
    let wanted =
        ContentTreeConfig { datastore_id_list: vec![STORE, OTHER_STORE].into(), ..bench.image(content) };
    bench.add_tree(wanted);
    assert_eq!((bench.tree_state(), &*bench.tree_error()), (Some(SwState::Loaded), ""));
    let hosts: Vec<_> = bench.asked().into_iter().map(|(url, _)| url).collect();
    assert_eq!(hosts, ["https://store.example/disk.img", "https://other.example/disk.img"]);
}

#[test]
fn ac06_21_credentials_go_over_http_only_if_that_is_allowed() {
    let mut bench = Bench::off();
    let store = DatastoreConfig {
        ds_type: DatastoreType::Http,
        api_key: pillar_types::Secret::new("Basic".into()),
        password: pillar_types::Secret::new("dXNlcjpwdw==".into()),
        ..https(STORE, "store.example")
    };
    bench.wanted.datastores.insert(STORE.to_string(), store);
    bench.boot();
    bench.datastore.store().authorization = Some("Basic dXNlcjpwdw==".into());
    let wanted = bench.image(object(MIB));
    bench.add_tree(wanted);
    assert!(bench.asked().is_empty());
    assert!(bench.tree_error().contains("without encryption"), "{}", bench.tree_error());

    bench.switch("datastore.http.security.allowinsecureauth", true);
    bench.pass(Duration::from_secs(602));
    assert_eq!(bench.tree_state(), Some(SwState::Loaded), "{}", bench.tree_error());
}

#[test]
fn credentials_that_cannot_be_decrypted_are_an_error_and_nobody_is_asked() {
    let mut bench = Bench::off();
    let mut store = https(STORE, "store.example");
    store.cipher_block.is_cipher = true;
    bench.wanted.datastores.insert(STORE.to_string(), store);
    bench.boot();
    let wanted = bench.image(object(MIB));
    bench.add_tree(wanted);
    assert!(bench.asked().is_empty());
    assert!(bench.tree_error().contains("cannot be decrypted"), "{}", bench.tree_error());
}

#[test]
fn when_an_image_is_deleted_its_half_download_goes_too() {
    let (mut bench, content) = with_60_percent();
    assert!(!bench.files(PENDING).is_empty());

    bench.remove_tree(TREE);

    assert_eq!(bench.files(PENDING), Vec::<std::path::PathBuf>::new());
    assert!(bench.download(&digest(&content)).is_none());
    assert!(bench.blob(&digest(&content)).is_none());
}

#[test]
fn a_download_that_failed_is_tried_again_after_the_time_that_is_set() {
    let mut bench = Bench::new();
    bench.set("timer.download.retry", 60);
    bench.datastore.store().refusals = vec![404];
    let wanted = bench.image(object(MIB));
    bench.add_tree(wanted);
    assert!(bench.tree_error().contains("404"), "{}", bench.tree_error());
    bench.pass(Duration::from_secs(59));
    assert_eq!(bench.asked().len(), 1);
    bench.pass(Duration::from_secs(3));
    assert_eq!((bench.tree_state(), &*bench.tree_error()), (Some(SwState::Loaded), ""));
}
