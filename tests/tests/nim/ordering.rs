//! The list: what counts most, what is kept, what an earlier boot left.

use std::time::Duration;

use pillar_core::agents::nim::dpc::{LAST_RESORT, sanitise};
use pillar_core::agents::nim::list::{Added, List, MAX_CONFIGS};
use pillar_core::node::GLOBAL;
use pillar_types::base::Time;
use pillar_types::port::{DevicePortConfig, DevicePortConfigList, TestResults};

use crate::bench::{Plan, dhcp, dpc, works_at};

fn at(seconds: i64) -> Time {
    dpc(seconds, &[]).time_priority
}

/// A configuration of a key; `succeeded` says whether and when it worked.
fn known(key: &str, seconds: i64, port: &str, succeeded: Option<i64>) -> DevicePortConfig {
    let mut known = dpc(seconds, &[dhcp(port)]);
    sanitise(&mut known, key, |_| false);
    known.test_results = match succeeded {
        Some(when) => TestResults { last_succeeded: at(when), ..TestResults::default() },
        None => TestResults { last_failed: at(1), last_error: "no".into(), ..TestResults::default() },
    };
    known
}

fn stored(configs: &[DevicePortConfig]) -> DevicePortConfigList {
    DevicePortConfigList { port_config_list: configs.to_vec().into(), ..Default::default() }
}

fn keys(list: &List) -> Vec<&str> {
    list.entries().iter().map(|entry| &*entry.dpc.key).collect()
}

#[test]
fn ac03_07_the_controller_ranks_before_an_override_of_the_future() {
    let mut bench = Plan::new().run();
    bench.wants(GLOBAL, "override", dpc(2_300_000_000, &[dhcp("eth1")]));
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    assert_eq!(bench.keys(), ["zedagent", "override"]);
    assert_eq!(bench.is(), works_at(0));
}

#[test]
fn ac03_11_what_never_worked_is_dropped_once_the_controllers_works() {
    for (enabled, wanted) in
        [("disabled", &["zedagent", "usb"][..]), ("enabled", &["zedagent", "usb", "lastresort"])]
    {
        let mut old: Vec<DevicePortConfig> =
            (0..10).map(|number| known("zedagent", -number, &format!("x{number}"), None)).collect();
        // The bench begins in 2024.
        old.push(known("usb", -1_000, "eth1", Some(-100_000_000)));
        let mut bench = Plan::new().stored(&stored(&old)).start();
        bench.settings(&[("network.fallback.any.eth", enabled)]);
        bench.controller_wants(dpc(1, &[dhcp("eth0")]));
        assert_eq!(bench.is(), works_at(0));
        assert_eq!(bench.keys(), wanted, "{enabled}");
    }
}

#[test]
fn the_list_of_an_earlier_boot_is_verified_anew() {
    let mut before = known("zedagent", 0, "eth0", Some(0));
    before.ports[0].test_results.record_failure("old", at(5));
    let shared = {
        let mut shared = known("usb", -1, "eth1", None);
        shared.ports[0].is_mgmt = false;
        shared
    };
    let mut list = stored(&[before, shared]);
    list.current_index = 1;
    let bench = Plan::new().stored(&list).run();
    assert_eq!(bench.is(), works_at(0));
    assert_eq!(bench.keys(), ["zedagent"], "one without a port for management is of no use");
    assert!(!bench.port("eth0").test_results.has_error(), "results of ports are of that boot");
}

#[test]
fn a_torn_list_is_no_list() {
    for content in [&b"{\"PortConfigList\":[{"[..], b"", b"[]", b"null"] {
        let file = "/persist/status/nim/DevicePortConfigList/global.json";
        let mut bench = Plan::new().file(file, content).run();
        bench.controller_wants(dpc(0, &[dhcp("eth0")]));
        assert_eq!(bench.is(), works_at(0));
    }
}

#[test]
fn what_failed_in_an_earlier_boot_is_tried_at_once() {
    let bench = Plan::new().stored(&stored(&[known("zedagent", 0, "eth0", None)])).run();
    assert_eq!(bench.is(), works_at(0), "weakness 22: the reference waits for five minutes");
}

#[test]
fn a_success_of_the_future_does_not_count() {
    let list = List::ingest(&stored(&[known("zedagent", 0, "eth0", Some(1_000_000))]), at(10), |_| false);
    assert!(!list.first_worked(), "weakness 4: the reference verifies without end");
}

#[test]
fn ranks_are_by_monitor_then_controller_then_time() {
    let mut list = List::default();
    for (key, seconds) in [("usb", 5), ("override", 9), (LAST_RESORT, -9), ("zedagent", 0), ("zedagent", 3)] {
        let mut next = dpc(seconds, &[dhcp(&format!("{key}{}", seconds + 20))]);
        sanitise(&mut next, key, |_| false);
        assert_eq!(list.add(next, at(0)), Added::Changed);
    }
    assert_eq!(keys(&list), ["zedagent", "zedagent", "override", "usb", "lastresort"]);
    assert_eq!(list.entries()[0].dpc.time_priority, at(3));
    let mut manual = dpc(-50, &[dhcp("eth0")]);
    sanitise(&mut manual, "manual", |_| false);
    list.add(manual.clone(), at(0));
    assert_eq!(keys(&list)[0], "manual");
    assert_eq!(list.add(manual, at(0)), Added::Nothing);
}

#[test]
fn the_list_is_bounded() {
    let mut list = List::default();
    for number in 0..100 {
        let mut next = dpc(number, &[dhcp(&format!("eth{number}"))]);
        sanitise(&mut next, &format!("k{number}"), |_| false);
        list.add(next, at(0));
        list.select(0);
    }
    assert_eq!(
        list.entries().len(),
        MAX_CONFIGS,
        "weakness 26: the reference dies of a list that is too long"
    );
    assert_eq!(keys(&list)[0], "k99");
}

#[test]
fn the_list_outlives_a_boot() {
    let mut bench = Plan::new().run();
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    bench.pass(Duration::from_secs(5));
    assert!(bench.node.node.settled(), "everything is stored");
}
