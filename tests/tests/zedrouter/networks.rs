//! Network instances by themselves.

use std::net::Ipv4Addr;
use std::time::Duration;

use pillar_core::agents::ZEDAGENT;
use pillar_core::hal::{Action, DnsOffer, Layer};
use pillar_types::address::AddressType;
use pillar_types::network_instance::{IpRouteConfig, NetworkInstanceConfig, NetworkInstanceType};
use pillar_types::network_instance_status::ChangeInProgress;
use pillar_types::network_metrics::{NetworkInstanceMetrics, NetworkMetrics};
use pillar_types::numbers::UuidToNum;

use super::bench::{APP, Bench, NET, NET2, allow_all, app, eth0, local, port};

/// Everything that matters is said in any order, and the network instance becomes active.
#[test]
fn a_network_instance_waits_for_settings_node_and_port() {
    let mut bench = Bench::booted();
    bench.network(local(NET));
    assert!(bench.test.get::<pillar_types::network_instance_status::NetworkInstanceStatus>(NET).is_none());

    bench.settings(&[]);
    bench.onboard();
    bench.settle();
    let status = bench.status(NET);
    assert!(!status.activated);
    assert_eq!(status.port_err.description.error, "no port is matching label 'uplink'");

    bench.ports([eth0()]);
    bench.settle();
    let status = bench.status(NET);
    assert!(status.activated);
    assert_eq!(status.error.description.error, "");
    assert_eq!(status.change_in_progress, ChangeInProgress::None);
    assert_eq!(status.ports.to_vec(), ["eth0"]);
    assert_eq!((status.info.bridge_num, &*status.info.bridge_name), (1, "bn1"));
    assert_eq!(status.info.bridge_mac.to_string(), "00:16:3e:85:bc:01");
    let link = bench.net().link("bn1").cloned().expect("made");
    assert!(link.admin_up);
    assert_eq!((link.mac, link.mtu), ([0, 0x16, 0x3e, 0x85, 0xbc, 1], 1500));
    assert_eq!(link.addresses[0].to_string(), "10.1.0.1/24");
    assert_eq!(bench.tables(), ["pillar-bn1"]);
    assert!(bench.net().forwards(), "packets pass between the bridge and the port");
    assert!(bench.servers().served("bn1").is_some());
}

#[test]
fn ac04_03_a_gateway_inside_the_dhcp_range_fails_and_its_applications_say_so() {
    let mut bench = Bench::new();
    let mut config = local(NET);
    config.dhcp_range.start = [10, 1, 0, 2].into();
    config.gateway = [10, 1, 0, 10].into();
    bench.network(config);
    bench.app(app(APP, &[allow_all()]));

    let status = bench.status(NET);
    let why = "gateway 10.1.0.10 is inside the DHCP range";
    assert!(!status.activated);
    assert_eq!(status.validation_err.description.error, why);
    assert_eq!(bench.error(APP), format!("network instance network 3b is in error state: {why}"));
    assert!(bench.app_status(APP).await_network_instance);
    assert!(bench.net().link("bn1").is_none());

    bench.network(local(NET));
    assert!(bench.status(NET).activated && bench.app_status(APP).activated);
    assert_eq!(bench.error(APP), "");
}

#[test]
fn what_is_not_there_yet_is_refused_and_says_so() {
    let refused = |change: &dyn Fn(&mut NetworkInstanceConfig)| {
        let mut bench = Bench::new();
        let mut config = local(NET);
        change(&mut config);
        bench.network(config);
        let status = bench.status(NET);
        (status.activated, status.error.description.error.clone())
    };
    for (kind, why) in [
        (NetworkInstanceType::Switch, "switch network instances are not supported yet"),
        (NetworkInstanceType::Cloud, "network instance type 3 is not supported"),
    ] {
        assert_eq!(refused(&|config| config.instance_type = kind), (false, why.to_owned()));
    }
    let v6 = refused(&|config| config.ip_type = AddressType::Ipv6);
    assert_eq!(v6, (false, "IPv6 network instances are not supported yet".to_owned()));
    let route = IpRouteConfig { dst_network: "10.50.0.0/24".parse().ok(), ..IpRouteConfig::default() };
    let (active, why) = refused(&|config| config.static_routes = [route.clone()].into());
    assert!(active && why.contains("static routes are not supported yet"), "{why}");
}

#[test]
fn the_type_of_a_network_instance_never_changes() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.network(NetworkInstanceConfig { instance_type: NetworkInstanceType::Switch, ..local(NET) });

    let status = bench.status(NET);
    let why = "changing Type of NetworkInstance from 2 to 1 is not supported";
    assert_eq!(status.validation_err.description.error, why);
    assert!(status.activated && bench.net().link("bn1").is_some());
}

#[test]
fn ac04_12_a_port_with_a_smaller_mtu_decides() {
    let mut bench = Bench::new();
    let mut small = eth0();
    small.mtu = 1400;
    bench.ports([small]);
    bench.network(NetworkInstanceConfig { mtu: 1500, ..local(NET) });

    let status = bench.status(NET);
    assert!(status.activated && status.mtu_conflict_err.description.has_error());
    assert_eq!(status.mtu, 1400);
    assert_eq!(bench.net().link("bn1").expect("made").mtu, 1400);
    assert_eq!(bench.servers().served("bn1").expect("served").mtu, Some(1400));

    bench.ports([eth0()]);
    let status = bench.status(NET);
    assert_eq!((status.mtu, status.mtu_conflict_err.description.has_error()), (1500, false));
    assert_eq!(bench.net().link("bn1").expect("made").mtu, 1500);
}

#[test]
fn ac04_13_without_port_nothing_leads_out() {
    let mut bench = Bench::new();
    bench.network(NetworkInstanceConfig { port_label: String::new(), ..local(NET) });

    assert!(bench.status(NET).activated);
    let served = bench.servers().served("bn1").cloned().expect("served");
    assert!(!served.default_route);
    assert_eq!((served.dns, served.forwarders.len()), (DnsOffer::Nothing, 0));
    let filters = bench.filters();
    let (_, table) = filters.tables().next().expect("in force");
    let all = table.chains.iter().filter(|chain| chain.layer == Layer::Ip).flat_map(|chain| &chain.rules);
    let mut translated = all.filter(|rule| matches!(rule.action, Action::Masquerade | Action::ToSource(_)));
    assert_eq!(translated.next(), None);
}

#[test]
fn ac04_15_the_subnets_of_ports_are_told_if_they_are_to_be() {
    let mut bench = Bench::new();
    bench.ports([port("eth0", [192, 168, 5, 7], "192.168.5.0/24")]);
    bench.network(local(NET));
    let told = |bench: &Bench| {
        let routes = bench.servers().served("bn1").expect("served").routes.clone();
        routes.iter().any(|(to, by)| to.to_string() == "192.168.5.0/24" && *by == Ipv4Addr::new(10, 1, 0, 1))
    };
    assert!(!told(&bench));

    bench.network(NetworkInstanceConfig { propagate_conn_routes: true, ..local(NET) });
    assert!(told(&bench));
}

#[test]
fn the_way_out_is_offered_if_a_port_has_one() {
    let mut bench = Bench::new();
    let mut app_shared = eth0();
    app_shared.is_mgmt = false;
    app_shared.default_routers = [].into();
    bench.ports([app_shared]);
    bench.network(local(NET));
    assert!(!bench.servers().served("bn1").expect("served").default_route);

    bench.ports([eth0()]);
    let served = bench.servers().served("bn1").cloned().expect("served");
    assert!(served.default_route);
    assert_eq!(served.dns, DnsOffer::Own);
    assert_eq!(served.forwarders, [(Ipv4Addr::new(192, 168, 1, 253).into(), "eth0".to_owned())]);
}

#[test]
fn ac04_39_a_subnet_that_a_port_gets_isolates_the_network_until_the_port_leaves_it() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));
    let vif = bench.vif(APP);
    bench.plug_in(&vif);
    assert_eq!(bench.net().link(&vif).expect("there").master.as_deref(), Some("bn1"));

    bench.ports([port("eth0", [10, 1, 0, 50], "10.1.0.0/24")]);

    let status = bench.status(NET);
    assert_eq!(status.ip_conflict_err.description.error, "subnet conflicts with port eth0");
    let link = bench.net().link(&vif).cloned().expect("the guest still runs");
    assert_eq!((link.master, link.admin_up), (None, false));
    assert!(bench.net().link("bn1").is_none() && bench.tables().is_empty());
    assert!(bench.servers().served("bn1").is_none());
    assert!(bench.app_status(APP).activated, "it is not restarted");

    bench.ports([eth0()]);
    assert!(!bench.status(NET).ip_conflict_err.description.has_error());
    let link = bench.net().link(&vif).cloned().expect("there");
    assert_eq!((link.master.as_deref(), link.admin_up), (Some("bn1"), true));
    assert!(bench.servers().served("bn1").is_some());
}

#[test]
fn of_two_network_instances_with_one_subnet_the_first_has_it() {
    let mut bench = Bench::new();
    bench.network(local(NET2));
    bench.network(local(NET));
    assert!(bench.status(NET2).activated);
    let status = bench.status(NET);
    assert!(!status.activated);
    assert_eq!(status.ip_conflict_err.description.error, "subnet conflicts with network instance network 4b");

    bench.remove_network(NET2);
    bench.settle();
    assert!(bench.status(NET).activated);
}

#[test]
fn two_network_instances_with_one_subnet_that_come_together_do_not_block_each_other() {
    let mut bench = Bench::booted();
    bench.network(local(NET2));
    bench.network(local(NET));
    bench.settings(&[]);
    bench.onboard();
    bench.ports([eth0()]);
    bench.settle();
    assert_eq!([NET, NET2].map(|key| bench.status(key).activated), [true, false]);
}

#[test]
fn ac04_40_a_network_instance_stays_until_its_last_application_is_gone() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));

    bench.remove_network(NET);
    assert_eq!(bench.status(NET).change_in_progress, ChangeInProgress::Delete);
    assert!(bench.net().link("bn1").is_some() && bench.servers().served("bn1").is_some());

    bench.remove_app(APP);
    bench.settle();
    assert!(
        bench.test.published::<pillar_types::network_instance_status::NetworkInstanceStatus>().is_empty()
    );
    assert!(bench.net().link("bn1").is_none());
    assert!(bench.tables().is_empty() && bench.servers().served("bn1").is_none());
    assert!(bench.test.published::<UuidToNum>().is_empty(), "its number is free");
}

#[test]
fn a_network_instance_that_is_not_to_be_active_stays_while_it_is_used() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[]));
    bench.network(NetworkInstanceConfig { activate: false, ..local(NET) });
    assert!(bench.status(NET).activated);

    bench.remove_app(APP);
    bench.settle();
    assert!(!bench.status(NET).activated);
    assert!(bench.net().link("bn1").is_none() && bench.tables().is_empty());

    bench.network(local(NET));
    assert!(bench.status(NET).activated);
}

#[test]
fn ac04_44_a_server_that_is_killed_comes_back_and_its_network_says_so_meanwhile() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.servers().kill("bn1");
    let mut seen = String::new();
    for _ in 0..40 {
        bench.test.pass(Duration::from_secs(1));
        let error = bench.status(NET).error.description.error.clone();
        if !error.is_empty() {
            seen = error;
        }
        if !seen.is_empty() && bench.servers().served("bn1").is_some() {
            break;
        }
    }
    assert_eq!(seen, "failed items: Dnsmasq/bn1 (the DHCP server has ended)");
    assert!(bench.servers().served("bn1").is_some());
    assert_eq!(bench.status(NET).error.description.error, "");
}

#[test]
fn traffic_is_measured_by_interface_and_by_network() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));
    let vif = bench.vif(APP);
    bench.plug_in(&vif);

    bench.test.pass(Duration::from_secs(20));

    let all = bench.test.get::<NetworkMetrics>(NetworkMetrics::KEY).expect("measured");
    assert!(all.total_rule_count > 0);
    let names: Vec<&str> = all.metric_list.iter().map(|metric| &*metric.if_name).collect();
    assert!(names.contains(&"bn1") && names.contains(&&*vif), "{names:?}");
    let own = bench.test.get::<NetworkInstanceMetrics>(NET).expect("measured");
    let names: Vec<&str> = own.network_metrics.metric_list.iter().map(|metric| &*metric.if_name).collect();
    assert_eq!(names, ["bn1", &*vif]);
    bench.test.remove::<NetworkInstanceConfig>(ZEDAGENT, NET).expect("it was there");
    bench.remove_app(APP);
    bench.settle();
    assert!(bench.test.published::<NetworkInstanceMetrics>().is_empty());
}
