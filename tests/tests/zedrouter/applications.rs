//! Applications' connections: addresses, names, numbers, and what stands against them.

use std::net::Ipv4Addr;
use std::time::Duration;

use pillar_core::hal::{Links, Scope};
use pillar_types::app_network::{AppNetAdapterConfig, AppNetworkConfig, AppNetworkStatus, MacGenerator};
use pillar_types::network_instance::NetworkInstanceConfig;
use pillar_types::numbers::AppInterfaceToNum;
use pillar_types::vif::VifConfig;

use super::bench::{APP, APP2, APP3, Bench, NET, NET2, ace, adapter, allow_all, app, local, port_map};

#[test]
fn an_application_is_connected_before_its_guest_runs_and_its_interface_is_put_on_the_bridge() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));

    let status = bench.app_status(APP);
    assert!(status.activated && status.config_in_sync && !status.is_pending());
    assert_eq!((status.app_num, status.mac_generator), (1, MacGenerator::GloballyScoped));
    let adapter = status.app_net_adapter_list.first().expect("one").clone();
    let VifConfig { bridge, vif, mac, mtu, .. } = adapter.vif.config.clone();
    assert_eq!((&*bridge, &*vif, mtu), ("bn1", "nbu1x1", 1500));
    // The vector of the specification: application number 1, interface 1.
    assert_eq!(mac.to_string(), "4a:9c:1a:f1:c8:6a");
    assert_eq!(bench.address(APP).0, Ipv4Addr::new(10, 1, 0, 128));
    assert_eq!(adapter.host_name, APP);
    let network = bench.status(NET);
    assert_eq!(network.info.vifs.first().expect("it is one of them").name, "nbu1x1");
    let assigned = network.info.ip_assignments.get("4a:9c:1a:f1:c8:6a").expect("it has an address");
    assert_eq!(assigned.ipv4_addrs.first().expect("one").address.to_string(), "10.1.0.128");

    bench.plug_in("nbu1x1");
    let link = bench.net().link("nbu1x1").cloned().expect("there");
    assert_eq!((link.master.as_deref(), link.admin_up), (Some("bn1"), true));
    let given = bench.servers().request("bn1", bench.address(APP).1, 0);
    assert_eq!(given, Some(Ipv4Addr::new(10, 1, 0, 128)));
}

#[test]
fn a_guest_that_restarts_gets_its_interface_back_on_the_bridge() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));
    bench.plug_in("nbu1x1");
    bench.unplug("nbu1x1");
    assert!(bench.app_status(APP).activated);
    bench.plug_in("nbu1x1");
    assert_eq!(bench.net().link("nbu1x1").expect("there").master.as_deref(), Some("bn1"));

    // It goes and comes faster than anybody looks.
    bench.links().remove(&Scope::unbounded(), "nbu1x1").expect("it was there");
    bench.plug_in("nbu1x1");
    assert_eq!(bench.net().link("nbu1x1").expect("there").master.as_deref(), Some("bn1"));
}

#[test]
fn ac04_05_applications_have_the_same_addresses_after_a_reboot_in_another_order() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[]));
    bench.app(app(APP2, &[]));
    let before = [APP, APP2].map(|key| (bench.address(key), bench.vif(key)));
    assert_eq!([before[0].0.0, before[1].0.0], [[10, 1, 0, 128], [10, 1, 0, 129]].map(Ipv4Addr::from));

    let mut bench = bench.reboot();
    bench.settings(&[]);
    bench.onboard();
    bench.app(app(APP2, &[]));
    bench.app(app(APP, &[]));
    bench.network(local(NET));
    bench.ports([super::bench::eth0()]);
    bench.settle();

    assert_eq!([APP, APP2].map(|key| (bench.address(key), bench.vif(key))), before);
}

fn fixed(key: &str, address: [u8; 4]) -> AppNetworkConfig {
    let adapter = AppNetAdapterConfig { app_ip_addr: address.into(), ..adapter(NET, &[]) };
    AppNetworkConfig { app_net_adapter_list: [adapter].into(), ..app(key, &[]) }
}

#[test]
fn ac04_06_an_address_may_be_fixed_outside_of_the_range() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(fixed(APP, [10, 1, 0, 5]));

    let (address, mac) = bench.address(APP);
    assert_eq!(address, Ipv4Addr::new(10, 1, 0, 5));
    let hosts = bench.servers().served("bn1").expect("served").hosts.clone();
    assert_eq!(hosts.iter().map(|host| (host.address, host.mac)).collect::<Vec<_>>(), [(address, mac)]);
    let (_, record) = bench.test.published::<AppInterfaceToNum>().pop().expect("it has a number");
    assert_eq!(record.number, 255);

    bench.app(fixed(APP2, [10, 1, 0, 130]));
    let range = "DhcpRange(10.1.0.128, 10.1.0.254)";
    assert_eq!(bench.error(APP2), format!("static IP(10.1.0.130) is in {range}"));
    assert!(!bench.app_status(APP2).activated);
    bench.app(fixed(APP2, [10, 2, 0, 5]));
    assert_eq!(bench.error(APP2), "static IP is outside subnet range");
}

#[test]
fn ac04_07_a_range_that_is_used_up_is_said_and_an_address_that_gets_free_is_given() {
    let mut bench = Bench::new();
    let mut config = local(NET);
    config.dhcp_range.end = config.dhcp_range.start;
    bench.network(config);
    bench.app(app(APP, &[]));
    bench.app(app(APP2, &[]));
    assert_eq!(bench.error(APP2), "no free IP addresses in DHCP range(10.1.0.128, 10.1.0.128)");

    bench.remove_app(APP);
    bench.test.pass(Duration::from_mins(1));
    assert!(bench.app_status(APP2).activated);
    assert_eq!((bench.error(APP2), bench.address(APP2).0), (String::new(), Ipv4Addr::new(10, 1, 0, 128)));
}

#[test]
fn ac04_09_how_mac_addresses_are_made_is_decided_once() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[]));
    let before = bench.address(APP).1;

    let mut bench = bench.reboot();
    bench.settings(&[("network.local.legacy.mac.address", true)]);
    bench.onboard();
    bench.ports([super::bench::eth0()]);
    bench.network(local(NET));
    bench.app(app(APP, &[]));
    bench.app(app(APP2, &[]));

    assert_eq!(bench.address(APP).1, before);
    assert_eq!(bench.address(APP2).1, [0, 0x16, 0x3e, 0, 1, 2]);
    assert_eq!(bench.app_status(APP2).mac_generator, MacGenerator::NodeScoped);
}

#[test]
fn ac04_19_two_applications_cannot_map_one_port() {
    let mut bench = Bench::new();
    let mut second = local(NET2);
    second.subnet = "10.2.0.0/24".parse().ok();
    second.gateway = [10, 2, 0, 1].into();
    second.dhcp_range.start = [10, 2, 0, 128].into();
    second.dhcp_range.end = [10, 2, 0, 254].into();
    bench.network(local(NET));
    bench.network(second);
    bench.app(app(APP, &[port_map(1, "tcp", 2222, 22)]));
    let other = adapter(NET2, &[port_map(1, "tcp", 2222, 80)]);
    bench.app(AppNetworkConfig { app_net_adapter_list: [other].into(), ..app(APP2, &[]) });

    assert_eq!(bench.error(APP2), "apps app6f and app7f have overlapping portmaps");
    assert!(!bench.app_status(APP2).activated);
    // Not the same protocol: no conflict.
    bench.app(app(APP3, &[port_map(1, "udp", 2222, 22)]));
    assert!(bench.app_status(APP3).activated);

    bench.remove_app(APP);
    bench.settle();
    assert!(bench.app_status(APP2).activated);
}

#[test]
fn two_applications_with_one_port_that_come_together_do_not_both_get_it() {
    let mut bench = Bench::booted();
    bench.network(local(NET));
    bench.app(app(APP, &[port_map(1, "tcp", 2222, 22)]));
    bench.app(app(APP2, &[port_map(1, "tcp", 2222, 22)]));
    bench.settings(&[]);
    bench.onboard();
    bench.ports([super::bench::eth0()]);
    bench.settle();
    assert_eq!([APP, APP2].iter().filter(|key| bench.app_status(key).activated).count(), 1);
}

#[test]
fn ac04_20_a_port_map_needs_a_port() {
    let mut bench = Bench::new();
    bench.network(NetworkInstanceConfig { port_label: String::new(), ..local(NET) });
    bench.app(app(APP, &[port_map(1, "tcp", 2222, 22)]));
    assert_eq!(bench.error(APP), "network with no port, has portmap");
    assert!(!bench.app_status(APP).activated);
}

#[test]
fn ac04_21_a_rule_that_makes_no_sense_is_left_out_alone_and_said() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    let senseless = ace(7, &[("adapter", "uplink"), ("protocol", "tcp")], None);
    bench.app(app(APP, &[senseless, allow_all()]));

    let status = bench.app_status(APP);
    assert!(status.activated && !status.error.description.has_error());
    let adapter = status.app_net_adapter_list.first().expect("one");
    assert_eq!(adapter.config.error, "rule 7: an adapter is matched without a port map");
    bench.plug_in("nbu1x1");
    assert!(bench.reaches_out(APP, [203, 0, 113, 5]), "the other rule is in force");
}

#[test]
fn ac04_41_an_application_waits_for_its_network_without_error() {
    let mut bench = Bench::new();
    bench.app(app(APP, &[allow_all()]));
    let status = bench.app_status(APP);
    assert!(status.await_network_instance && !status.activated && !status.is_pending());
    assert_eq!(bench.error(APP), "");

    bench.network(local(NET));
    assert!(bench.app_status(APP).activated && !bench.app_status(APP).await_network_instance);
}

#[test]
fn ac04_43_an_address_passes_to_another_application_at_its_first_request() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(fixed(APP, [10, 1, 0, 5]));
    let first = bench.address(APP).1;
    assert!(bench.servers().request("bn1", first, 0).is_some());

    bench.remove_app(APP);
    bench.app(fixed(APP2, [10, 1, 0, 5]));
    let second = bench.address(APP2).1;
    assert_ne!(first, second);
    assert_eq!(bench.servers().request("bn1", second, 0), Some(Ipv4Addr::new(10, 1, 0, 5)));
}

#[test]
fn deactivated_and_active_again_it_has_the_same_numbers() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));
    bench.plug_in("nbu1x1");
    let before = (bench.address(APP), bench.vif(APP));
    bench.unplug("nbu1x1");

    bench.app(AppNetworkConfig { activate: false, ..app(APP, &[allow_all()]) });
    let status = bench.app_status(APP);
    assert!(!status.activated && !status.is_pending());
    assert!(bench.servers().served("bn1").expect("served").hosts.is_empty());
    // Another one in between takes nothing of it.
    bench.app(app(APP2, &[]));
    assert_ne!(bench.address(APP2).0, before.0.0);

    bench.app(app(APP, &[allow_all()]));
    bench.plug_in("nbu1x1");
    assert_eq!((bench.address(APP), bench.vif(APP)), before);
    assert_eq!(bench.net().link("nbu1x1").expect("there").master.as_deref(), Some("bn1"));
}

#[test]
fn a_deleted_application_leaves_nothing() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));
    bench.remove_app(APP);
    bench.settle();
    assert!(bench.test.published::<AppNetworkStatus>().is_empty());
    assert!(bench.test.published::<AppInterfaceToNum>().is_empty());
    assert!(bench.test.published::<pillar_types::numbers::AppMacGenerator>().is_empty());
    assert_eq!(bench.test.published::<pillar_types::numbers::UuidToNum>().len(), 1, "the bridge's");
    assert!(bench.status(NET).info.vifs.is_empty());
}
