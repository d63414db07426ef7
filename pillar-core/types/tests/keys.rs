//! Keys of topics that are made of several parts: from the object and back.

use pillar_types::Uuid;
use pillar_types::app_metrics::{AppInstMetaData, AppInstMetaDataType};
use pillar_types::download::{ResolveConfig, ResolveStatus};
use pillar_types::flow::IpFlow;
use pillar_types::numbers::AppInterfaceToNum;
use pillar_types::patch::{PatchEnvelopeInfo, PatchEnvelopeUsage};
use pillar_types::volume::{VolumeConfig, VolumeKey};
use pillar_types::volume_ref::{AppAndImageToHash, VolumeRefConfig, VolumeRefStatus};

const ONE: Uuid = Uuid([1; 16]);
const TWO: Uuid = Uuid([2; 16]);

/// Whether no shorter key and none with something behind is taken for this one.
fn is_exact<T: PartialEq>(parse: impl Fn(&str) -> Option<T>, key: &str) -> bool {
    let whole = parse(key);
    whole.is_some()
        && (0..key.len()).all(|end| parse(&key[..end]) != whole)
        && parse(&format!("{key}x")) != whole
}

#[test]
fn volumes() {
    let volume = VolumeConfig { volume_id: ONE, generation_counter: 3, ..Default::default() };
    assert_eq!(VolumeKey::parse(&volume.key()), Some(VolumeKey::new(ONE, 3, 0)));

    let mut used = VolumeRefConfig { volume_id: ONE, app_uuid: TWO, ..Default::default() };
    (used.generation_counter, used.local_generation_counter) = (3, 4);
    let status =
        VolumeRefStatus { volume_id: ONE, app_uuid: TWO, generation_counter: 7, ..Default::default() };
    assert_eq!(used.key(), status.key());
    assert_eq!(VolumeRefConfig::parse_key(&used.key()), Some((VolumeKey::new(ONE, 7, 0), TWO)));
    assert_eq!(VolumeRefStatus::parse_key(&used.key()), Some((VolumeKey::new(ONE, 7, 0), TWO)));
    assert!(is_exact(VolumeRefStatus::parse_key, &used.key()));

    for purge_counter in [0, 2] {
        let hash = AppAndImageToHash { app_uuid: ONE, image_id: TWO, purge_counter, ..Default::default() };
        assert_eq!(AppAndImageToHash::parse_key(&hash.key()), Some((ONE, TWO, purge_counter)));
        assert!(is_exact(AppAndImageToHash::parse_key, &hash.key()));
    }
    assert_eq!(AppAndImageToHash::parse_key(&format!("{ONE}.{TWO}.0")), None, "it is never written so");
}

#[test]
fn applications() {
    let data = AppInstMetaData {
        app_inst_uuid: ONE,
        data_type: AppInstMetaDataType::CustomStatus,
        ..Default::default()
    };
    assert_eq!(AppInstMetaData::parse_key(&data.key()), Some((ONE, AppInstMetaDataType::CustomStatus)));
    assert!(is_exact(AppInstMetaData::parse_key, &data.key()));

    let number = AppInterfaceToNum { network_instance: ONE, app: TWO, if_idx: 12, ..Default::default() };
    assert_eq!(AppInterfaceToNum::parse_key(&number.key()), Some((ONE, TWO, 12)));
    assert!(is_exact(AppInterfaceToNum::parse_key, &number.key()));

    let mut flow = IpFlow::default();
    flow.scope.app_uuid = ONE;
    flow.scope.net_adapter_name = "eth0-1".into();
    assert_eq!(IpFlow::app_of_key(&flow.key()), Some(ONE));
    assert_eq!(IpFlow::app_of_key(&ONE.to_string()), None);
}

#[test]
fn tags() {
    let config = ResolveConfig { datastore_id: ONE, name: "a/b+c:1".into(), counter: 3 };
    let status =
        ResolveStatus { datastore_id: ONE, name: "a/b+c:1".into(), counter: 3, ..Default::default() };

    assert_eq!(config.key(), status.key());
    assert_eq!(ResolveConfig::parse_key(&config.key()), Some((ONE, "a/b+c:1", 3)));
    assert_eq!(ResolveStatus::parse_key(&config.key()), Some((ONE, "a/b+c:1", 3)));
}

#[test]
fn patch_envelopes() {
    let (patch, app) = (ONE.to_string(), TWO.to_string());
    let info =
        PatchEnvelopeInfo { patch_id: patch.clone(), version: "v1-app-2".into(), ..Default::default() };
    let usage = PatchEnvelopeUsage {
        patch_id: patch,
        version: "v1-app-2".into(),
        app_uuid: app,
        ..Default::default()
    };

    assert_eq!(PatchEnvelopeInfo::parse_key(&info.key()), Some((ONE, "v1-app-2")));
    assert_eq!(PatchEnvelopeUsage::parse_key(&usage.key()), Some((ONE, "v1-app-2", TWO)));
}
