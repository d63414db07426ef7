//! What the access rules of applications let pass.

use pillar_core::hal::{Layer, UDP};
use pillar_core::time::Mono;
use pillar_hal::sim::filter::{Frame, Verdict};
use pillar_types::acl::AceAction;

use super::bench::{APP, APP2, Bench, NET, ace, allow_all, app, eth0, local, port, port_map};
use super::journey::{Fate, ping, tcp};

const OUTSIDE: [u8; 4] = [203, 0, 113, 5];
const BRIDGE: [u8; 4] = [10, 1, 0, 1];

/// A device with running applications that have these rules.
fn running(apps: &[(&str, &[pillar_types::acl::Ace])]) -> Bench {
    let mut bench = Bench::new();
    bench.network(local(NET));
    for (key, aces) in apps {
        bench.app(app(key, aces));
        let vif = bench.vif(key);
        bench.plug_in(&vif);
    }
    bench
}

#[test]
fn ac04_17_a_port_map_leads_to_the_application_from_outside_and_from_a_neighbour() {
    let bench = running(&[(APP, &[port_map(1, "tcp", 2222, 22)]), (APP2, &[allow_all()])]);
    let guest = bench.address(APP).0;

    let Fate::Guest(vif, frame) = bench.received("eth0", tcp(OUTSIDE, [192, 168, 1, 10], 2222)) else {
        panic!("it does not arrive");
    };
    assert_eq!(vif, "nbu1x1");
    assert_eq!((frame.destination, frame.destination_port), (guest, 22));
    assert_eq!(frame.source.octets(), BRIDGE);

    let neighbour = bench.address(APP2).0.octets();
    let Fate::Guest(vif, frame) = bench.sent(APP2, tcp(neighbour, [192, 168, 1, 10], 2222)) else {
        panic!("it does not arrive from the neighbour");
    };
    assert_eq!((&*vif, frame.destination, frame.destination_port), ("nbu1x1", guest, 22));
    assert_eq!(frame.source.octets(), BRIDGE);

    // Answers go back to the bridge, and nothing else comes in.
    let answer = Frame { source_port: 22, destination_port: 40_000, ..tcp(guest.octets(), BRIDGE, 0) };
    assert!(matches!(bench.sent(APP, answer), Fate::Device(_)));
    assert!(bench.received("eth0", tcp(OUTSIDE, guest.octets(), 23)).is_dropped());
    let other_port = bench.received("eth0", tcp(OUTSIDE, [192, 168, 1, 10], 2223));
    assert!(matches!(other_port, Fate::Device(_)), "not ours: {other_port:?}");
}

#[test]
fn a_port_map_follows_the_address_of_its_port() {
    let mut bench = running(&[(APP, &[port_map(1, "tcp", 2222, 22)])]);
    bench.ports([port("eth0", [192, 168, 1, 20], "192.168.1.0/24")]);

    let arrives = |to| matches!(bench.received("eth0", tcp(OUTSIDE, to, 2222)), Fate::Guest(..));
    assert!(arrives([192, 168, 1, 20]));
    assert!(!arrives([192, 168, 1, 10]));
}

#[test]
fn a_port_map_comes_and_goes_with_its_rule_while_the_guest_runs() {
    let mut bench = running(&[(APP, &[port_map(1, "tcp", 2222, 22)])]);
    let arrives = |bench: &Bench| {
        matches!(bench.received("eth0", tcp(OUTSIDE, [192, 168, 1, 10], 2222)), Fate::Guest(..))
    };
    assert!(arrives(&bench));
    bench.app(app(APP, &[]));
    assert!(!arrives(&bench));
    bench.app(app(APP, &[port_map(1, "tcp", 2222, 22)]));
    assert!(arrives(&bench));
    assert_eq!(bench.net().link("nbu1x1").expect("it was never away").master.as_deref(), Some("bn1"));
}

#[test]
fn ac04_22_without_rules_only_address_names_and_metadata_are_allowed() {
    let bench = running(&[(APP, &[]), (APP2, &[allow_all()])]);
    let own = bench.address(APP).0.octets();
    let to_device = |frame: Frame| matches!(bench.sent(APP, frame), Fate::Device(_));

    assert!(to_device(Frame { protocol: UDP, ..tcp(own, BRIDGE, 67) }), "DHCP, renewed");
    let discover = Frame { protocol: UDP, ..tcp([0; 4], [255; 4], 67) };
    assert!(!bench.sent(APP, discover).is_dropped(), "DHCP, the first time");
    assert!(to_device(Frame { protocol: UDP, ..tcp(own, BRIDGE, 53) }) && to_device(tcp(own, BRIDGE, 53)));
    let Fate::Device(asked) = bench.sent(APP, tcp(own, [169, 254, 169, 254], 80)) else {
        panic!("no metadata");
    };
    assert_eq!((asked.destination.octets(), asked.destination_port), (BRIDGE, 80));

    let neighbour = bench.address(APP2).0.octets();
    for (what, frame) in [
        ("the web", tcp(own, OUTSIDE, 443)),
        ("DNS of others", Frame { protocol: UDP, ..tcp(own, [8, 8, 8, 8], 53) }),
        ("the device", tcp(own, BRIDGE, 22)),
        ("a neighbour", tcp(own, neighbour, 22)),
        ("a ping", ping(own, OUTSIDE)),
        ("the device by another address", tcp(own, [192, 168, 1, 10], 22)),
        ("IPv6", Frame { ether_type: 0x86dd, ..Frame::default() }),
    ] {
        assert!(bench.sent(APP, frame).is_dropped(), "{what}");
    }
    assert!(bench.sent(APP2, tcp(neighbour, own, 22)).is_dropped(), "from a neighbour");
    assert!(bench.received("eth0", tcp(OUTSIDE, own, 22)).is_dropped(), "from outside");
}

#[test]
fn ac04_23_a_host_that_was_resolved_is_reached_and_no_other() {
    let rule = ace(1, &[("host", "example.com")], None);
    let bench = running(&[(APP, &[rule])]);
    let watched = bench.servers().served("bn1").expect("served").watched.clone();
    assert_eq!(watched.iter().map(|name| &*name.name).collect::<Vec<_>>(), ["example.com"]);
    assert!(!bench.reaches_out(APP, [93, 184, 216, 34]), "nobody has asked yet");

    // The DNS server answers for www.example.com: it fills the sets of the name above it.
    for layer in [Layer::Bridge, Layer::Ip] {
        let (table, set) = (&watched[0].table, &watched[0].set);
        assert!(bench.filters().fill(table, layer, set, [93, 184, 216, 34].into()));
    }
    assert!(bench.reaches_out(APP, [93, 184, 216, 34]));
    assert!(!bench.reaches_out(APP, OUTSIDE));
}

#[test]
fn ac04_24_what_exceeds_a_limit_is_dropped_and_counted_for_that_interface_alone() {
    let action = AceAction {
        limit: true,
        limit_rate: 10,
        limit_unit: "s".into(),
        limit_burst: 30,
        ..AceAction::default()
    };
    let limited = ace(1, &[("ip", "0.0.0.0/0")], Some(action));
    let mut bench = running(&[(APP, &[limited]), (APP2, &[allow_all()])]);
    let frame = Frame { in_link: "nbu1x1".into(), ..tcp(bench.address(APP).0.octets(), OUTSIDE, 443) };
    let mut passed = 0;
    for number in 0..1_000 {
        let at = Mono(number * 1_000_000);
        let hook = pillar_core::hal::Hook::In;
        if bench.filters().judge(Layer::Bridge, hook, &frame, at) == Verdict::Accept {
            passed += 1;
        }
    }
    assert!((39..=41).contains(&passed), "{passed}");

    bench.test.pass(std::time::Duration::from_secs(20));
    let metrics =
        bench.test.get::<pillar_types::network_metrics::NetworkMetrics>("global").expect("measured");
    let of = |vif: &str| {
        let metric = metrics.metric_list.iter().find(|metric| metric.if_name == vif).expect("it is one");
        (metric.rx_acl_rate_limit_drops, metric.rx_acl_drops)
    };
    assert_eq!((of("nbu1x1"), of("nbu1x2")), ((1_000 - passed, 0), (0, 0)));
}

/// The reference matches interfaces by the beginning of their names (weakness 2).
#[test]
fn ac04_25_an_interface_whose_name_begins_like_anothers_has_its_own_rules() {
    for ten_first in [false, true] {
        let mut bench = Bench::new();
        bench.network(local(NET));
        let key = |number: u8| format!("{number:02x}47a423-e41c-48db-8339-acc3e1f7dad5");
        for number in 1..=10 {
            bench.app(app(&key(number), &[]));
        }
        let mut order = [1, 10];
        if ten_first {
            order.reverse();
        }
        for number in order {
            let aces = if number == 1 { vec![allow_all()] } else { vec![] };
            bench.remove_app(&key(number));
            bench.app(app(&key(number), &aces));
            let vif = bench.vif(&key(number));
            assert_eq!(vif, format!("nbu1x{number}"));
            bench.plug_in(&vif);
        }
        assert!(bench.reaches_out(&key(1), OUTSIDE));
        assert!(!bench.reaches_out(&key(10), OUTSIDE));
    }
}

#[test]
fn rules_are_tried_in_order_and_the_first_decides() {
    let drop = AceAction { drop: true, ..AceAction::default() };
    let bench = running(&[(APP, &[ace(1, &[("ip", "203.0.113.0/24")], Some(drop)), allow_all()])]);
    assert!(!bench.reaches_out(APP, OUTSIDE));
    assert!(bench.reaches_out(APP, [198, 51, 100, 1]));
    let Fate::Out(frame) = bench.sent(APP, tcp([10, 1, 0, 128], [198, 51, 100, 1], 80)) else {
        panic!("it does not get out");
    };
    assert_eq!(frame.source.octets(), [192, 168, 1, 10], "with the port's address");
}

#[test]
fn a_label_limits_a_port_map_to_ports_that_have_it() {
    let action = AceAction { port_map: true, target_port: 22, ..AceAction::default() };
    let matches = [("protocol", "tcp"), ("lport", "2222"), ("adapter", "eth1")];
    let mut bench = running(&[(APP, &[ace(1, &matches, Some(action))])]);
    bench.ports([eth0(), port("eth1", [172, 16, 0, 10], "172.16.0.0/24")]);
    let arrives = |by: &str, to| matches!(bench.received(by, tcp(OUTSIDE, to, 2222)), Fate::Guest(..));
    assert!(!arrives("eth0", [192, 168, 1, 10]));
    assert!(arrives("eth1", [172, 16, 0, 10]));
}
