//! One configuration: how it is verified.

use std::time::Duration;

use pillar_core::agents::{NIM, ZEDAGENT};
use pillar_core::hal::HttpError;
use pillar_types::port::{DevicePortConfig, DpcState, NetworkPortConfig};
use pillar_types::wireless::WirelessType;

use crate::bench::{Bench, Plan, T, dhcp, dpc, fixed, server, works_at};

const MINUTE: Duration = Duration::from_mins(1);

fn device(ports: &[NetworkPortConfig]) -> Bench {
    let mut bench = Plan::new().run();
    bench.controller_wants(dpc(0, ports));
    bench
}

#[test]
fn ac03_01_a_lease_and_an_answer_are_success() {
    let bench = device(&[dhcp("eth0")]);
    assert_eq!(bench.is(), works_at(0));
    let list = bench.list();
    assert_eq!(list.current_index, 0);
    assert_eq!(list.port_config_list[0].test_results.last_succeeded, bench.now());
    assert_eq!(bench.port("eth0").test_results.last_succeeded, bench.now());
    assert_eq!(list.port_config_list[0].last_ip_and_dns, bench.now());
}

#[test]
fn ac03_02_a_lost_address_is_noticed_by_the_second_test_and_its_return_at_once() {
    let mut bench = device(&[dhcp("eth0")]);
    bench.change(|network| network.stop_dhcp("office"));
    assert_eq!(bench.is(), works_at(0), "it may come back");
    bench.pass(Duration::from_secs(302));
    assert_eq!(bench.is(), works_at(0), "one failed test");
    assert!(bench.port("eth0").test_results.has_error());
    bench.pass(Duration::from_secs(302));
    assert_eq!(bench.is(), (DpcState::IpDnsWait, 0, true), "the second");
    bench.pass(T * 5);
    assert_eq!(bench.is(), (DpcState::Fail, 0, false));
    bench.pass(Duration::from_secs(10));
    bench.change(|network| network.serve_dhcp("office", server("192.0.2.0/24", [192, 0, 2, 1])));
    bench.pass(T);
    assert_eq!(bench.is(), works_at(0), "within T");
}

#[test]
fn ac03_13_a_nic_of_an_application_is_not_touched() {
    let mut bench = Plan::new().run();
    bench.set_aside(&[("eth1", Some([7; 16]))]);
    bench.controller_wants(dpc(0, &[dhcp("eth1")]));
    assert_eq!(bench.is(), (DpcState::Fail, 0, false));
    let error = bench.list().port_config_list[0].test_results.last_error.clone();
    assert_eq!(error, format!("port eth1 in PCIBack is used by {}", pillar_types::Uuid([7; 16])));
    assert_eq!(bench.port("eth1").test_results.last_error, "port eth1 is in PCIBack");
    let network = bench.network();
    assert!(!network.link("eth1").unwrap().admin_up && network.dhcp_client("eth1").is_none());
}

#[test]
fn ac03_14_a_nic_that_is_given_back_is_used_at_once() {
    let mut bench = Plan::new().run();
    bench.set_aside(&[("eth1", None)]);
    bench.controller_wants(dpc(0, &[dhcp("eth1")]));
    assert_eq!(bench.is(), (DpcState::PciWait, 0, true));
    bench.pass(Duration::from_secs(10));
    bench.set_aside(&[]);
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.is(), works_at(0));
}

#[test]
fn ac03_15_a_missing_interface_does_not_hold_up_the_others() {
    let bench = device(&[dhcp("eth5"), dhcp("eth0")]);
    assert_eq!(bench.is(), works_at(0));
    assert_eq!(bench.port("eth5").test_results.last_error, "interface eth5 is missing");
    assert!(!bench.port("eth0").test_results.has_error());

    let mut bench = device(&[dhcp("eth5")]);
    assert_eq!(bench.is(), (DpcState::IntfWait, 0, true));
    bench.pass(Duration::from_secs(59));
    assert_eq!(bench.is(), (DpcState::IntfWait, 0, true));
    bench.pass(T);
    assert_eq!(bench.is(), (DpcState::Fail, 0, false));
    assert_eq!(bench.list().port_config_list[0].test_results.last_error, "missing interface eth5");
    bench.change(|network| {
        network.add_nic("eth5", [2, 0, 0, 0, 0, 5]);
        network.plug("eth5", "office");
    });
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.is(), works_at(0), "it came");
}

#[test]
fn ac03_16_a_controller_that_is_unwell_is_no_reason_to_fall_back() {
    let mut bench = device(&[dhcp("eth0")]);
    bench.answers(Ok(503));
    bench.controller_wants(dpc(1, &[dhcp("eth1")]));
    assert_eq!(bench.is(), (DpcState::RemoteWait, 0, false));
    let warning = bench.list().port_config_list[0].test_results.last_warning.clone();
    assert_eq!(warning, "controller answers with status 503");

    bench.answers(Ok(404));
    bench.pings.lock().unwrap().clear();
    bench.controller_wants(dpc(2, &[fixed("eth1", "198.51.100.9/24", [198, 51, 100, 1])]));
    assert_eq!(bench.list().port_config_list[0].state, DpcState::FailWithIpAndDns);
    assert_eq!(
        bench.pings.lock().unwrap()[..],
        ["eth1", "eth1", "eth0"],
        "fell back to each of the older ones"
    );
}

#[test]
fn ac03_17_an_expired_certificate_is_the_controllers_and_a_reset_is_not() {
    let mut bench = device(&[dhcp("eth0")]);
    bench.answers(Err(HttpError::CertificateExpired));
    bench.controller_wants(dpc(1, &[dhcp("eth1")]));
    assert_eq!(bench.is(), (DpcState::RemoteWait, 0, false));
    for middlebox in [HttpError::Broken("reset".into()), HttpError::Refused] {
        let mut bench = device(&[dhcp("eth0")]);
        bench.answers(Err(middlebox.clone()));
        bench.controller_wants(dpc(1, &[dhcp("eth1")]));
        let newest = bench.list().port_config_list[0].clone();
        assert_eq!(newest.state, DpcState::FailWithIpAndDns, "{middlebox}: nothing proves the controller");
    }
}

#[test]
fn a_refused_connection_is_the_controllers_where_it_was_reached_before() {
    let mut bench = device(&[dhcp("eth0")]);
    bench.answers(Err(HttpError::Refused));
    bench.pass(Duration::from_secs(302));
    assert_eq!(bench.is(), (DpcState::RemoteWait, 0, false));
}

#[test]
fn ac03_18_names_that_do_not_resolve_for_a_while_are_waited_for() {
    let mut bench = Plan::new().run();
    bench.answers(Err(HttpError::Dns { host: "zedcloud.example".into(), temporary: true }));
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    assert_eq!(bench.is(), (DpcState::IpDnsWait, 0, true));
    bench.pass(Duration::from_secs(20));
    bench.answers(Ok(200));
    bench.pass(T);
    assert_eq!(bench.is(), works_at(0));
    assert!(bench.list().port_config_list[0].test_results.last_failed.is_zero(), "no fallback");
}

#[test]
fn a_dhcp_server_that_is_silent_is_waited_for_and_found_when_it_speaks() {
    let mut plan = Plan::new();
    plan.network.stop_dhcp("office");
    let mut bench = plan.run();
    bench.controller_wants(dpc(0, &[dhcp("eth0")]));
    assert_eq!(bench.is(), (DpcState::IpDnsWait, 0, true));
    assert!(bench.pings.lock().unwrap().is_empty(), "no packet without an address");
    bench.change(|network| network.serve_dhcp("office", server("192.0.2.0/24", [192, 0, 2, 1])));
    assert_eq!(bench.is(), works_at(0), "at once");
}

#[test]
fn a_clock_that_is_set_back_a_year_starts_no_endless_verification() {
    let mut bench = device(&[dhcp("eth0")]);
    bench.node.jump_wall(-365 * 24 * 3_600 * 1_000_000_000);
    let before = bench.pings.lock().unwrap().len();
    bench.pass(MINUTE * 60);
    assert_eq!(bench.is(), works_at(0));
    let pings = bench.pings.lock().unwrap().len() - before;
    assert!((8..=13).contains(&pings), "{pings} in an hour, one each five minutes");
}

#[test]
fn what_is_not_supported_is_said_on_the_port_and_does_not_stop_the_others() {
    let mut wlan = dhcp("wlan0");
    wlan.wireless.w_type = WirelessType::Wifi;
    let bench = device(&[wlan.clone(), dhcp("eth0")]);
    assert_eq!(bench.is(), works_at(0));
    assert_eq!(bench.port("wlan0").test_results.last_error, "Wi-Fi is not supported yet");
    assert!(bench.port("wlan0").test_results.has_error());

    let bench = device(&[wlan]);
    assert_eq!(bench.status().state, DpcState::None, "never tested");
    assert_eq!(bench.port("wlan0").test_results.last_error, "Wi-Fi is not supported yet");
}

#[test]
fn pulling_the_plug_is_noticed_within_a_second() {
    let mut bench = device(&[dhcp("eth0")]);
    bench.change(|network| network.unplug("eth0"));
    assert_eq!(
        bench.is(),
        (DpcState::IpDnsWait, 0, true),
        "weakness 1: the reference waits for the test timer"
    );
    assert!(!bench.port("eth0").up);
    bench.change(|network| network.plug("eth0", "office"));
    assert_eq!(bench.is(), works_at(0));
}

#[test]
fn a_dhcp_client_that_dies_is_started_again() {
    let mut bench = device(&[dhcp("eth0")]);
    let starts = bench.network().dhcp_starts();
    bench.change(|network| network.kill_dhcp_client("eth0"));
    bench.pass(MINUTE);
    assert_eq!(bench.network().dhcp_starts(), starts + 1, "weakness 25: the reference does not notice");
    assert_eq!(bench.is(), works_at(0));
}

#[test]
fn without_a_port_that_can_reach_the_controller_nothing_is_tested() {
    let mut shared = dhcp("eth0");
    shared.is_mgmt = false;
    let mut bench = Plan::new().run();
    bench.wants(ZEDAGENT, "zedagent", DevicePortConfig { version: 1, ..dpc(0, &[shared]) });
    assert_eq!(bench.status().state, DpcState::None);
    assert!(bench.network().link("eth0").unwrap().admin_up, "it is configured all the same");
}

#[test]
fn a_nim_that_crashes_goes_on_where_it_was() {
    let mut bench = device(&[dhcp("eth0")]);
    let starts = bench.network().dhcp_starts();
    let addresses = bench.network().link("eth0").unwrap().addresses.clone();
    assert!(bench.node.node.kill(NIM));
    bench.pass(MINUTE);
    assert_eq!(bench.is(), works_at(0));
    assert_eq!(bench.network().dhcp_starts(), starts, "the client was kept");
    assert_eq!(bench.network().link("eth0").unwrap().addresses, addresses);
}
