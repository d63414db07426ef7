//! Restart, purge, halt, and changes that need one of them.

use pillar_core::agents::{VOLUMEMGR, ZEDAGENT, ZEDMANAGER};
use pillar_types::acl::Ace;
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::app_network::AppNetAdapterConfig;
use pillar_types::app_status::Inprogress;
use pillar_types::numbers::UuidToNum;
use pillar_types::state::SwState;
use pillar_types::volume_ref::VolumeRefStatus;

use super::bench::{APP, Bench, NETWORK, OTHER, app, volume};

fn counter(bench: &Bench) -> i64 {
    bench.test.get::<UuidToNum>(APP).expect("stored").number
}

#[test]
fn ac05_06_a_restart_command_halts_and_starts() {
    let mut bench = Bench::running(app(APP));
    let mut again = app(APP);
    again.restart_cmd.counter = 1;
    let volumes = bench.volumes();

    bench.configure(again);
    assert_eq!(bench.status(APP).restart_inprogress, Inprogress::BringDown);
    assert_eq!(bench.status(APP).state, SwState::Halting);
    assert!(!bench.domain(APP).expect("there").activate);
    bench.run(APP);
    assert_eq!(bench.status(APP).restart_inprogress, Inprogress::BringUp);
    let domain = bench.domain(APP).expect("there");
    assert_eq!((domain.activate, domain.restart_counter), (true, 1));
    bench.run(APP);

    let status = bench.status(APP);
    assert_eq!((status.restart_inprogress, status.state), (Inprogress::None, SwState::Running));
    assert_eq!(bench.volumes(), volumes);
}

#[test]
fn ac05_07_somebody_on_site_restarts_it_like_the_controller() {
    let mut bench = Bench::running(app(APP));
    let mut again = app(APP);
    again.local_restart_cmd.counter = 1;

    bench.configure(again);
    bench.run(APP);
    bench.run(APP);

    assert_eq!(bench.status(APP).restart_inprogress, Inprogress::None);
    assert_eq!(bench.domain(APP).expect("there").restart_counter, 1);
}

#[test]
fn ac05_08_what_is_not_to_run_is_not_restarted() {
    let mut bench = Bench::running(app(APP));
    bench.configure(AppInstanceConfig { activate: false, ..app(APP) });
    bench.run(APP);
    assert_eq!(bench.status(APP).state, SwState::Halted);

    let mut again = AppInstanceConfig { activate: false, ..app(APP) };
    again.restart_cmd.counter = 2;
    bench.configure(again);

    assert_eq!(bench.status(APP).restart_inprogress, Inprogress::None);
    assert!(!bench.domain(APP).expect("there").activate);
}

#[test]
fn resources_change_with_a_restart_only() {
    let mut bench = Bench::running(app(APP));
    let mut more = app(APP);
    more.fixed_resources.vcpus = 4;

    bench.configure(more.clone());
    assert!(bench.error(APP).contains("restartCmd"), "{}", bench.error(APP));
    assert_eq!(bench.domain(APP).expect("there").vm.vcpus, 2);
    more.restart_cmd.counter = 1;
    bench.configure(more);
    bench.run(APP);
    bench.run(APP);

    assert_eq!(bench.domain(APP).expect("there").vm.vcpus, 4);
    assert_eq!((bench.status(APP).state, bench.error(APP)), (SwState::Running, String::new()));
}

#[test]
fn ac05_11_a_purge_fetches_halts_makes_anew_and_starts() {
    let mut bench = Bench::running(app(APP));
    let mut new = app(APP);
    new.volume_ref_config_list = vec![volume(new.uuid_and_version.uuid, 1)].into();
    bench.configure(new.clone());
    assert!(bench.error(APP).contains("purgeCmd"), "{}", bench.error(APP));
    let old = bench.volumes();

    new.purge_cmd.counter = 1;
    bench.configure(new);
    let phase = |bench: &Bench| bench.status(APP).purge_inprogress;
    assert_eq!(phase(&bench), Inprogress::DownloadAndVerify);
    assert_eq!(bench.volumes().len(), 2, "the old one stays while the new one is fetched");
    assert!(bench.domain(APP).expect("there").activate);
    assert_eq!(bench.status(APP).state, SwState::Running);

    bench.volumes_are(APP, SwState::Loaded);
    assert_eq!((phase(&bench), bench.status(APP).state), (Inprogress::BringDown, SwState::Halting));
    assert_eq!(counter(&bench), 0);
    bench.run(APP);
    assert!(!bench.network(APP).expect("there").activate);
    bench.connect(APP);
    assert_eq!(phase(&bench), Inprogress::RecreateVolumes);
    assert!(!bench.volumes().contains(&old[0]), "the old volume is let go");
    assert_eq!(counter(&bench), 1);

    bench.volumes_are(APP, SwState::CreatedVolume);
    assert_eq!(phase(&bench), Inprogress::BringUp);
    bench.connect(APP);
    bench.run(APP);
    assert_eq!((phase(&bench), bench.status(APP).state), (Inprogress::None, SwState::Running));
}

#[test]
fn ac05_12_a_purge_that_was_ordered_while_the_device_was_off_is_done_once() {
    let uuid = APP.parse().expect("a UUID");
    let done = UuidToNum { uuid, number: 5, num_type: "purgeCmdCounter".into(), ..UuidToNum::default() };
    let mut bench = Bench::with_stored(&done);
    let mut config = app(APP);
    config.purge_cmd.counter = 6;

    bench.configure(config.clone());
    let phase = |bench: &Bench| bench.status(APP).purge_inprogress;
    assert_eq!((phase(&bench), counter(&bench)), (Inprogress::DownloadAndVerify, 5));
    bench.volumes_are(APP, SwState::Loaded);
    assert_eq!((phase(&bench), counter(&bench)), (Inprogress::RecreateVolumes, 6));
    bench.volumes_are(APP, SwState::CreatedVolume);
    bench.connect(APP);
    bench.run(APP);

    assert_eq!((phase(&bench), bench.status(APP).state), (Inprogress::None, SwState::Running));
}

#[test]
fn the_counter_of_an_application_that_was_deleted_while_the_device_was_off_is_forgotten() {
    let uuid = OTHER.parse().expect("a UUID");
    let gone = UuidToNum { uuid, number: 5, num_type: "purgeCmdCounter".into(), ..UuidToNum::default() };
    let mut bench = Bench::with_stored(&gone);
    bench.configure(app(APP));
    assert_eq!(bench.test.published::<UuidToNum>().len(), 2);

    bench.test.restarted::<AppInstanceConfig>(ZEDAGENT, 1).expect("a good count");

    assert_eq!(counter(&bench), 0);
    assert_eq!(bench.test.published::<UuidToNum>().len(), 1);
}

#[test]
fn ac05_13_the_first_time_there_is_no_purge() {
    let mut bench = Bench::new();
    let mut config = app(APP);
    config.purge_cmd.counter = 6;

    bench.configure(config);

    assert_eq!((bench.status(APP).purge_inprogress, counter(&bench)), (Inprogress::None, 6));
}

#[test]
fn ac05_14_another_network_waits_for_a_restart_and_rules_do_not() {
    let mut bench = Bench::running(app(APP));
    let rule = Ace { rule_id: 1, ..Ace::default() };
    let adapter = |network| AppNetAdapterConfig { network, ..AppNetAdapterConfig::default() };
    let mut moved = app(APP);
    moved.app_net_adapter_list = vec![adapter(pillar_types::Uuid([8; 16]))].into();

    bench.configure(moved.clone());
    let networks = |bench: &Bench| bench.network(APP).expect("there").app_net_adapter_list[0].network;
    assert_eq!(networks(&bench), NETWORK);
    let mut ruled = app(APP);
    ruled.app_net_adapter_list =
        vec![AppNetAdapterConfig { acls: vec![rule].into(), ..adapter(NETWORK) }].into();
    bench.configure(ruled);
    assert_eq!(bench.network(APP).expect("there").app_net_adapter_list[0].acls.len(), 1);

    moved.restart_cmd.counter = 1;
    bench.configure(moved);
    bench.run(APP);
    assert_eq!(networks(&bench), pillar_types::Uuid([8; 16]));
}

#[test]
fn what_is_halted_keeps_network_and_volumes() {
    let mut bench = Bench::running(app(APP));

    bench.configure(AppInstanceConfig { activate: false, ..app(APP) });
    assert_eq!(bench.status(APP).state, SwState::Halting);
    bench.run(APP);

    assert_eq!((bench.status(APP).state, bench.status(APP).activated), (SwState::Halted, false));
    assert!(bench.network(APP).expect("there").activate);
    assert_eq!(bench.volumes().len(), 1);
    bench.configure(app(APP));
    bench.run(APP);
    assert_eq!(bench.status(APP).state, SwState::Running);
}

#[test]
fn after_a_crash_of_zedmanager_what_runs_goes_on() {
    let mut bench = Bench::running(app(APP));
    let before = bench.status(APP);

    assert!(bench.test.node.kill(ZEDMANAGER));
    bench.test.pass(std::time::Duration::from_secs(60));

    assert_eq!(bench.status(APP), before);
    assert!(bench.domain(APP).expect("there").activate);
    assert!(bench.test.node.get::<VolumeRefStatus>(VOLUMEMGR, &bench.volumes()[0]).is_some());
    assert!(bench.test.node.get::<AppInstanceConfig>(ZEDAGENT, APP).is_some());
}
