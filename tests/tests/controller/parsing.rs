//! From a configuration to objects: what is wrong with one is told on it and harms no other, whatever the bytes.

use pillar_core::agents::zedagent::parse::{Parsed, Surroundings, parse};
use pillar_core::node::Rng;
use pillar_proto::common::{IpRange, IpSpec};
use pillar_proto::config::{
    Ace, AceAction, AceMatch, ContentTree, DatastoreConfig, EdgeDevConfig, NetworkAdapter,
    NetworkInstanceConfig, UuidAndVersion, Volume, VolumeRef, ZNetworkInstType,
};
use pillar_proto::{MAX_SIGNED_BYTES, decode, encode};
use pillar_types::Time;
use pillar_types::network_instance::NetworkInstanceConfig as Network;

use crate::agent::{app, app_uuid, config};
use crate::bench::DEVICE;

fn read(config: &EdgeDevConfig) -> Parsed {
    parse(config, &Surroundings { device: DEVICE, now: Time::from_unix(1, 0), settings: None })
}

fn network(number: u8, subnet: &str) -> NetworkInstanceConfig {
    NetworkInstanceConfig {
        uuid_and_version: Some(UuidAndVersion { uuid: app_uuid(number).to_string(), version: "1".into() }),
        display_name: "local".into(),
        inst_type: ZNetworkInstType::Local as i32,
        activate: true,
        ip: Some(IpSpec { subnet: subnet.into(), ..IpSpec::default() }),
        ..NetworkInstanceConfig::default()
    }
}

/// An application with a volume, an image and a port map.
fn whole() -> EdgeDevConfig {
    let mut config = config();
    let mut one = app(1);
    one.volume_ref_list =
        vec![VolumeRef { uuid: app_uuid(2).to_string(), generation_count: 3, ..VolumeRef::default() }];
    let matches = [("protocol", "tcp"), ("lport", "8080")]
        .map(|(kind, value)| AceMatch { kind: kind.into(), value: value.into() });
    let map = AceAction { port_map: true, app_port: 80, ..AceAction::default() };
    one.interfaces = vec![NetworkAdapter {
        name: "eth0".into(),
        network_id: app_uuid(5).to_string(),
        acls: vec![Ace { id: 1, matches: matches.into(), actions: vec![map], ..Ace::default() }],
        ..NetworkAdapter::default()
    }];
    config.apps = vec![one, app(9)];
    config.volumes = vec![Volume {
        uuid: app_uuid(2).to_string(),
        generation_count: 3,
        max_size_bytes: 1 << 30,
        ..Volume::default()
    }];
    config.content_info = vec![ContentTree {
        uuid: app_uuid(3).to_string(),
        ds_id: app_uuid(4).to_string(),
        sha256: "AB".repeat(32),
        ..ContentTree::default()
    }];
    config.datastores = vec![DatastoreConfig {
        id: app_uuid(4).to_string(),
        fqdn: "http://store.example".into(),
        ..DatastoreConfig::default()
    }];
    config.network_instances = vec![network(5, "10.1.0.0/24")];
    config
}

#[test]
fn an_application_and_what_it_needs_come_out_whole() {
    let parsed = read(&whole());
    let (_, app) = &parsed.apps[0];
    assert!(app.errors.is_empty(), "{:?}", app.errors);
    assert_eq!(app.volume_ref_config_list[0].key(), format!("{}#3#{}", app_uuid(2), app_uuid(1)));
    let adapter = &app.app_net_adapter_list[0];
    assert_eq!((adapter.network, adapter.acls[0].actions[0].target_port), (app_uuid(5), 80));
    let (key, volume) = &parsed.volumes[0];
    assert_eq!((key.clone(), volume.has_no_app_references), (format!("{}#3", app_uuid(2)), false));
    let (_, tree) = &parsed.content_trees[0];
    assert_eq!(tree.content_sha256, "ab".repeat(32));
    assert_eq!(tree.datastore_id_list.to_vec(), [app_uuid(4)]);
    assert_eq!(parsed.datastores[0].1.region, "us-west-2");
}

fn range(network: &Network) -> (String, String, String) {
    let range = &network.dhcp_range;
    (network.gateway.to_string(), range.start.to_string(), range.end.to_string())
}

#[test]
fn what_a_network_instance_leaves_open_has_its_default() {
    let one = |subnet: &str| read(&EdgeDevConfig { network_instances: vec![network(5, subnet)], ..config() });
    let of = |subnet: &str| range(&one(subnet).network_instances[0].1);
    let texts = |gateway: &str, start: &str, end: &str| (gateway.into(), start.into(), end.into());
    assert_eq!(of("10.1.0.0/24"), texts("10.1.0.1", "10.1.0.128", "10.1.0.254"));
    assert_eq!(of("10.1.0.0/29"), texts("10.1.0.1", "10.1.0.2", "10.1.0.6"));
    // At most 256 addresses.
    assert_eq!(of("10.0.0.0/16"), texts("10.0.0.1", "10.0.128.0", "10.0.128.255"));
}

#[test]
fn an_object_that_makes_no_sense_says_so_and_harms_no_other() {
    let mut config = whole();
    config.network_instances.push(network(6, "10.2.0.0/31"));
    config.network_instances.push(network(7, "rubbish"));
    let mut mesh = network(8, "10.3.0.0/24");
    mesh.inst_type = ZNetworkInstType::Mesh as i32;
    config.network_instances.push(mesh);
    let mut gateway_in_range = network(10, "10.4.0.0/24");
    let ip = gateway_in_range.ip.as_mut().unwrap();
    ip.gateway = "10.4.0.20".into();
    ip.dhcp_range = Some(IpRange { start: "10.4.0.10".into(), end: "10.4.0.30".into() });
    config.network_instances.push(gateway_in_range);
    let mut nameless = app(2);
    nameless.uuid_and_version.as_mut().unwrap().uuid = "no uuid".into();
    config.apps.push(nameless);
    let mut bad = app(3);
    bad.interfaces = vec![NetworkAdapter {
        network_id: app_uuid(5).to_string(),
        mac_address: "zz".into(),
        ..NetworkAdapter::default()
    }];
    bad.service = true;
    config.apps.push(bad);

    let parsed = read(&config);
    let wrong: Vec<bool> =
        parsed.network_instances.iter().map(|(_, it)| it.error.description.has_error()).collect();
    assert_eq!(wrong, [false, true, true, true, true]);
    let errors: Vec<usize> = parsed.apps.iter().map(|(_, app)| app.errors.len()).collect();
    assert_eq!(errors, [0, 0, 2], "one without a UUID is left out, one has two faults");
}

#[test]
fn no_bytes_make_the_parser_panic() {
    let good = encode(&whole());
    let mut rng = Rng::new(11);
    let mut taken = 0;
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..=rng.next_u64() % 8 {
            let at = rng.next_u64() as usize % bytes.len();
            bytes[at] = rng.next_u64() as u8;
        }
        bytes.truncate(bytes.len() - rng.next_u64() as usize % 3);
        if let Ok(config) = decode::<EdgeDevConfig>(&bytes, MAX_SIGNED_BYTES) {
            taken += 1;
            read(&config);
        }
    }
    assert!(taken > 100, "{taken} of them are configurations");
}
