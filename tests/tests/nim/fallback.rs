//! Several configurations: falling back, and coming back.

use std::time::Duration;

use pillar_core::agents::{MONITOR, ZEDAGENT};
use pillar_types::port::{DevicePortConfig, DpcState, PortConfigOrigin};

use crate::bench::{Bench, Plan, T, dhcp, dpc, fixed, works_at};

/// Whether eth0 has an address.
fn has(bench: &Bench, address: &str) -> bool {
    bench.network().link("eth0").unwrap().addresses.contains(&address.parse().unwrap())
}

/// A works; B, which is newer, has a wrong gateway.
fn b_is_wrong(settings: &[(&str, &str)]) -> Bench {
    let mut bench = Plan::new().run();
    bench.settings(settings);
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    assert_eq!(bench.is(), works_at(0));
    bench.controller_wants(dpc(1, &[fixed("eth0", "192.0.2.9/24", [192, 0, 2, 254])]));
    bench
}

#[test]
fn ac03_03_the_newer_is_tried_first_and_again_when_time_has_come() {
    let mut bench = b_is_wrong(&[]);
    assert_eq!(bench.is(), works_at(1), "A again");
    let list = bench.list();
    let b = &list.port_config_list[0];
    assert!(b.test_results.has_error() && !b.test_results.last_error.is_empty());
    assert_eq!(b.test_results.last_failed, bench.now(), "it was tested");

    let failed = b.test_results.last_failed;
    bench.pass(Duration::from_secs(590));
    assert_eq!(bench.list().port_config_list[0].test_results.last_failed, failed);
    bench.pass(Duration::from_secs(20));
    assert!(bench.list().port_config_list[0].test_results.last_failed > failed, "tried again");
    assert_eq!(bench.is(), works_at(1));

    bench.pass(Duration::from_secs(580));
    bench.gateway("office", [192, 0, 2, 254]);
    bench.pass(Duration::from_secs(30));
    assert_eq!(bench.is(), works_at(0), "it works now");
}

#[test]
fn ac03_04_without_an_interval_a_better_one_is_not_tried_by_time() {
    let mut bench = b_is_wrong(&[("timer.port.testbetterinterval", "0")]);
    assert_eq!(bench.is(), works_at(1));
    let failed = bench.list().port_config_list[0].test_results.last_failed;
    bench.pass(Duration::from_hours(1));
    assert_eq!(bench.list().port_config_list[0].test_results.last_failed, failed);
}

#[test]
fn ac03_05_when_all_fail_the_first_stays_and_is_tested_on() {
    let mut bench = Plan::new().run();
    bench.answers(Ok(404));
    for (seconds, address) in [(0, "192.0.2.7/24"), (1, "192.0.2.8/24"), (2, "192.0.2.9/24")] {
        let port = fixed("eth0", address, [192, 0, 2, 1]);
        bench.wants(ZEDAGENT, &format!("k{seconds}"), DevicePortConfig { ..dpc(seconds, &[port]) });
    }
    assert_eq!(bench.list().port_config_list.len(), 3);
    assert_eq!(bench.is(), (DpcState::FailWithIpAndDns, 0, false));
    assert!(has(&bench, "192.0.2.9/24"), "its configuration stays applied");
    let mut failed: Vec<Vec<_>> = vec![Vec::new(); 3];
    for _ in 0..3_600 {
        bench.pass(Duration::from_secs(1));
        for (dpc, times) in bench.list().port_config_list.iter().zip(&mut failed) {
            let last = dpc.test_results.last_failed;
            if times.last() != Some(&last) {
                times.push(last);
            }
        }
    }
    for times in &failed {
        assert!(times.len() > 5, "each is tried again: {times:?}");
    }
    assert!(bench.pings.lock().unwrap().len() < 60, "no sooner than after 5 minutes");
    assert_eq!(bench.status().current_index, 0);
    bench.answers(Ok(200));
    bench.pass(Duration::from_secs(610));
    assert_eq!(bench.is(), works_at(0));
}

#[test]
fn ac03_06_behind_one_of_the_monitors_nothing_is_tried() {
    let mut bench = Plan::new().run();
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    bench.wants(MONITOR, "manual", dpc(1, &[fixed("eth0", "192.0.2.9/24", [192, 0, 2, 254])]));
    assert_eq!(bench.keys(), ["manual", "zedagent"]);
    let tried = bench.list().port_config_list[1].test_results.clone();
    bench.pass(Duration::from_hours(1));
    assert_eq!(bench.status().current_index, 0);
    assert_eq!(bench.status().dpc_key, "manual");
    assert_eq!(bench.list().port_config_list[1].test_results, tried);
    assert!(has(&bench, "192.0.2.9/24"));
}

#[test]
fn ac03_08_a_new_one_of_the_monitors_takes_the_place_of_the_old() {
    let mut bench = Plan::new().run();
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    bench.wants(MONITOR, "manual", dpc(1, &[dhcp("eth1")]));
    bench.wants(MONITOR, "manual", dpc(2, &[dhcp("eth0"), dhcp("eth1")]));
    assert_eq!(bench.keys().iter().filter(|key| *key == "manual").count(), 1);
    let list = bench.list();
    let manual = &list.port_config_list[0];
    assert_eq!(manual.key, "manual");
    assert_eq!(manual.ports.len(), 2);
    assert!(manual.ports.iter().all(|port| port.config_source.origin == PortConfigOrigin::Tui));
    assert!(manual.ports.iter().all(|port| port.config_source.submitted_at == manual.time_priority));
}

#[test]
fn ac03_09_what_is_deleted_while_it_waits_has_no_effect_any_more() {
    let mut bench = Plan::new().run();
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    bench.wants(ZEDAGENT, "x", dpc(1, &[dhcp("eth5")]));
    // zedagent's own ranks first; x waits only when the other is gone.
    bench.node.remove::<DevicePortConfig>(ZEDAGENT, "zedagent").unwrap();
    bench.hear();
    assert_eq!((bench.is(), &*bench.status().dpc_key), ((DpcState::IntfWait, 0, true), "x"));
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    bench.node.remove::<DevicePortConfig>(ZEDAGENT, "x").unwrap();
    bench.hear();
    assert_eq!((bench.is(), &*bench.status().dpc_key), (works_at(0), "zedagent"));
    let before = bench.pings.lock().unwrap().len();
    bench.pass(T * 6);
    assert_eq!(bench.pings.lock().unwrap().len(), before, "no timer of x");
    assert_eq!(bench.is(), works_at(0));
}

#[test]
fn ac03_10_a_newer_one_is_tested_from_its_own_start() {
    let mut bench = Plan::new().run();
    bench.controller_wants(dpc(0, &[dhcp("eth5")]));
    bench.pass(Duration::from_secs(50));
    assert_eq!(bench.is(), (DpcState::IntfWait, 0, true));
    bench.controller_wants(dpc(1, &[dhcp("eth6")]));
    bench.pass(Duration::from_secs(50));
    assert_eq!(bench.is(), (DpcState::IntfWait, 0, true), "50 s of its 60");
    assert_eq!(bench.status().ports[0].if_name, "eth6");
    bench.pass(Duration::from_secs(40));
    assert_eq!(bench.list().port_config_list[0].state, DpcState::Fail);
}

#[test]
fn the_same_under_a_newer_priority_interrupts_nothing() {
    let mut bench = Plan::new().run();
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    let (starts, pings) = (bench.network().dhcp_starts(), bench.pings.lock().unwrap().len());
    let results = bench.list().port_config_list[0].test_results.clone();
    bench.controller_wants(dpc(100, &[dhcp("eth0")]));
    assert_eq!(bench.is(), works_at(0));
    assert_eq!(bench.list().port_config_list[0].test_results, results);
    assert_eq!(bench.list().port_config_list[0].time_priority, dpc(100, &[]).time_priority);
    assert_eq!((bench.network().dhcp_starts(), bench.pings.lock().unwrap().len()), (starts, pings));
}

#[test]
fn what_is_not_intended_any_more_is_given_back() {
    let mut bench = Plan::new().run();
    bench.controller_wants(dpc(0, &[dhcp("eth0"), dhcp("eth1")]));
    assert!(bench.network().dhcp_client("eth1").is_some());
    bench.controller_wants(dpc(1, &[dhcp("eth0")]));
    assert_eq!(bench.is(), works_at(0));
    assert!(bench.network().dhcp_client("eth1").is_none(), "released");
    assert!(!bench.network().link("eth1").unwrap().addresses.iter().any(|cidr| cidr.address.is_ipv4()));
}
