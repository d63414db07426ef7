//! Restarts, power cuts and failures: what is kept, what is tried again, what is never seen half done.

use std::time::Duration;

use pillar_core::agents::ZEDMANAGER;
use pillar_types::app_network::AppNetworkConfig;
use pillar_types::numbers::{AppInterfaceToNum, UuidToNum};

use super::bench::{APP, APP2, Bench, NET, adapter, allow_all, app, eth0, local, port_map};

fn all_said(bench: &mut Bench) {
    bench.settings(&[]);
    bench.onboard();
    bench.ports([eth0()]);
    bench.network(local(NET));
}

#[test]
fn zedrouter_starts_again_and_running_guests_notice_nothing() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));
    bench.plug_in("nbu1x1");
    let now = |bench: &Bench| ["bn1", "nbu1x1"].map(|name| bench.net().link(name).cloned());
    let before = now(&bench);

    let mut bench = bench.restart();
    all_said(&mut bench);
    assert_eq!(now(&bench), before, "nothing is touched before all is said");
    bench.app(app(APP, &[allow_all()]));
    bench.test.restarted::<AppNetworkConfig>(ZEDMANAGER, 1).expect("a good count");
    bench.settle();

    assert!(bench.app_status(APP).activated && bench.status(NET).activated);
    assert_eq!(now(&bench), before, "the same links: neither was made again");
    assert!(bench.reaches_out(APP, [203, 0, 113, 5]));
}

#[test]
fn what_is_wanted_no_more_after_a_restart_is_taken_down() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));
    bench.plug_in("nbu1x1");

    let mut bench = bench.restart();
    bench.settings(&[]);
    bench.onboard();
    bench.ports([eth0()]);
    bench.test.restarted::<AppNetworkConfig>(ZEDMANAGER, 1).expect("a good count");
    bench.settle();

    assert!(bench.net().link("bn1").is_none() && bench.tables().is_empty());
    let link = bench.net().link("nbu1x1").cloned().expect("it is the hypervisor's");
    assert_eq!((link.master, link.admin_up), (None, false));
}

#[test]
fn numbers_of_those_that_do_not_come_back_are_free_in_the_end() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[]));
    bench.app(app(APP2, &[]));

    let mut bench = bench.reboot();
    all_said(&mut bench);
    bench.app(app(APP2, &[]));
    assert_eq!(bench.app_status(APP2).app_num, 2);
    assert_eq!(bench.test.published::<AppInterfaceToNum>().len(), 2, "kept for a while");
    bench.test.pass(Duration::from_mins(6));
    assert_eq!(bench.test.published::<AppInterfaceToNum>().len(), 1);
    assert_eq!(bench.test.published::<UuidToNum>().len(), 2, "application and bridge");
}

#[test]
fn ac04_42_an_access_rule_changes_live_and_other_packets_go_on_passing() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));
    bench.plug_in("nbu1x1");
    let links = |bench: &Bench| ["bn1", "nbu1x1"].map(|name| bench.net().link(name).cloned());
    let before = links(&bench);

    bench.app(app(APP, &[allow_all(), port_map(2, "tcp", 2222, 22)]));

    // One transaction puts the new table in force; links and guest are not touched.
    assert_eq!(links(&bench), before);
    assert!(bench.reaches_out(APP, [203, 0, 113, 5]));
    assert!(bench.app_status(APP).config_in_sync);
}

#[test]
fn an_interface_more_changes_nothing_of_the_first() {
    let mut bench = Bench::new();
    bench.network(local(NET));
    bench.app(app(APP, &[allow_all()]));
    let before = (bench.address(APP), bench.vif(APP));

    let mut second = adapter(NET, &[]);
    second.if_idx = 1;
    let adapters = [adapter(NET, &[allow_all()]), second.clone()];
    bench.app(AppNetworkConfig { app_net_adapter_list: adapters.into(), ..app(APP, &[]) });

    let status = bench.app_status(APP);
    assert_eq!((bench.address(APP), bench.vif(APP)), before);
    let vifs: Vec<&str> =
        status.app_net_adapter_list.iter().map(|adapter| &*adapter.vif.config.vif).collect();
    assert_eq!(vifs, ["nbu1x1", "nbu2x1"]);
    assert_eq!(bench.servers().served("bn1").expect("served").hosts.len(), 2);

    bench.app(app(APP, &[allow_all()]));
    assert_eq!(bench.servers().served("bn1").expect("served").hosts.len(), 1);
    assert_eq!(bench.test.published::<AppInterfaceToNum>().len(), 1);
}
