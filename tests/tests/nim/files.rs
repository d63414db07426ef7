//! What a device does before any controller is known: files, and the configuration of last resort.

use std::time::Duration;

use pillar_types::port::{DpcState, PortConfigOrigin};

use crate::bench::{Plan, dhcp, dpc, works_at};

const OVERRIDE: &str = "/config/DevicePortConfig/override.json";

/// An override for eth0 with these members besides.
fn override_file(more: &str) -> Vec<u8> {
    format!(
        "{{\"Version\":1,{more}\"Ports\":[{{\"IfName\":\"eth0\",\"IsMgmt\":true,\"Dhcp\":4,\"Type\":5}}]}}"
    )
    .into()
}

#[test]
fn ac03_19_without_anything_a_configuration_of_last_resort_is_made() {
    let bench = Plan::bare().run();
    assert_eq!(bench.keys(), ["lastresort"]);
    assert_eq!(bench.is(), works_at(0));

    let mut bench = Plan::bare().file("/config/bootstrap-config.pb", b"x").run();
    assert_eq!(bench.list().port_config_list.len(), 0, "one is expected");
    bench.pass(Duration::from_secs(59));
    assert_eq!(bench.list().port_config_list.len(), 0);
    bench.pass(Duration::from_secs(3));
    assert_eq!(bench.keys(), ["lastresort"]);
    assert_eq!(bench.is(), works_at(0));
}

#[test]
fn ac03_20_the_last_resort_takes_in_wired_interfaces_that_appear_and_no_others() {
    let mut plan = Plan::bare();
    plan.network.remove_nic("eth1");
    let mut bench = plan.run();
    let ports = |bench: &crate::bench::Bench| -> Vec<String> {
        bench.status().ports.iter().map(|port| port.if_name.clone()).collect()
    };
    assert_eq!(ports(&bench), ["eth0"]);
    bench.change(|network| {
        for (last, name) in ["wlan0", "wwan0", "nbu1x1", "vif1.0", "keth9", "eth1"].iter().enumerate() {
            network.add_nic(name, [2, 0, 0, 0, 9, last as u8]);
        }
    });
    assert_eq!(ports(&bench), ["eth0", "eth1"]);
    let port = bench.port("eth1");
    assert!(port.is_mgmt && port.is_l3_port);
    assert_eq!(port.config_source.origin, PortConfigOrigin::LastResort);
    let list = bench.list();
    assert_eq!(list.port_config_list[0].time_priority, "1970-01-01T00:00:00Z".parse().unwrap());
}

#[test]
fn ac03_21_keys_match_in_any_case_and_a_bad_file_harms_no_other() {
    let good = br#"{"version":1,"extra":[1],"Ports":[{"ifname":"eth0","ISMGMT":true,"dhcp":1,"Type":5,
        "AddrSubnet":"192.0.2.20/24","GATEWAY":"192.0.2.1","dnsservers":["192.0.2.53"]}]}"#;
    let long = vec![b' '; 16_385];
    let bench = Plan::bare()
        .file("/config/DevicePortConfig/a.json", b"{")
        .file("/config/DevicePortConfig/b.json", &long)
        .file("/config/DevicePortConfig/c.json", b"")
        .file("/config/DevicePortConfig/d.txt", &override_file(""))
        .file(OVERRIDE, good)
        .run();
    assert_eq!(bench.keys(), ["override"]);
    assert_eq!(bench.is(), works_at(0));
    let port = bench.port("eth0");
    assert_eq!(port.configured_ip.to_string(), "192.0.2.20");
    assert_eq!(port.dns_servers[0].to_string(), "192.0.2.53");
    assert_eq!(port.config_source.origin, PortConfigOrigin::Override);
}

#[test]
fn ac03_22_a_device_that_had_a_configuration_takes_no_files() {
    for name in ["lastconfig", "lastconfig.bak"] {
        let bench = Plan::bare()
            .file(&format!("/persist/checkpoint/{name}"), b"x")
            .file(OVERRIDE, &override_file("\"TimePriority\":\"2026-03-01T00:00:00Z\","))
            .run();
        assert_eq!(bench.keys(), ["lastresort"], "{name}");
    }
}

#[test]
fn an_override_without_priority_is_of_1980_and_counts_until_the_controller_speaks() {
    let mut bench = Plan::bare().file(OVERRIDE, &override_file("")).run();
    assert_eq!(bench.list().port_config_list[0].time_priority, "1980-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(bench.is(), works_at(0));
    bench.controller_wants(dpc(0, &[dhcp("eth1")]));
    assert_eq!(bench.keys()[0], "zedagent");
    assert_eq!(bench.is(), works_at(0));
}

#[test]
fn nothing_happens_before_the_settings_are_there() {
    let mut bench = Plan::bare().file(OVERRIDE, &override_file("")).start();
    bench.pass(Duration::from_mins(5));
    assert!(!bench.network().link("eth0").unwrap().admin_up);
    bench.settings(&[]);
    assert_eq!(bench.is(), works_at(0));
}

#[test]
fn the_setting_adds_and_removes_the_last_resort() {
    let mut bench = Plan::bare().run();
    bench.settings(&[("network.fallback.any.eth", "enabled")]);
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    assert_eq!(bench.keys(), ["zedagent", "lastresort"]);
    bench.settings(&[("network.fallback.any.eth", "disabled")]);
    assert_eq!(bench.keys(), ["zedagent"]);
    assert_eq!(bench.is(), works_at(0));
    bench.settings(&[("network.fallback.any.eth", "enabled")]);
    assert_eq!(bench.keys(), ["zedagent", "lastresort"]);
    assert_ne!(bench.status().state, DpcState::Fail);
}
