//! Step 2: an application is made anew when that is ordered (spec/05, Restart and purge commands).
//!
//! | Phase | Event | Next |
//! |---|---|---|
//! | DownloadAndVerify | new content is there; the old domain ran on until now | BringDown |
//! | BringDown | domain down, network down | old volumes let go, the counter stored: RecreateVolumes |
//! | RecreateVolumes | new volumes made | BringUp |
//! | BringUp | the domain runs | none |
//!
//! The counter is stored only after the old volumes were let go: a purge that the power interrupts begins again.

use std::collections::BTreeSet;
use std::sync::Arc;

use pillar_types::app_config::AppInstanceConfig;
use pillar_types::app_network::{AppNetworkConfig, AppNetworkStatus};
use pillar_types::app_status::Inprogress;
use pillar_types::numbers::UuidToNum;
use pillar_types::state::SwState;
use pillar_types::volume_ref::VolumeRefConfig;

use super::{App, ZedManager, activate, install, of};
use crate::agents::{ZEDAGENT, ZEDROUTER};
use crate::node::Context;

/// What its counter numbers.
const NUM_TYPE: &str = "purgeCmdCounter";

/// Whether a purge was ordered that has not been carried out. The first time there is nothing to compare with.
pub(super) fn is_ordered_since_last_time(
    key: &str,
    config: &AppInstanceConfig,
    cx: &mut Context<'_, ZedManager>,
) -> bool {
    let wanted = i64::from(config.purge_counter());
    let done = cx.own::<UuidToNum>(key);
    if done.is_none() {
        store_counter(key, config, cx);
    }
    done.is_some_and(|done| done.number != wanted)
}

/// Forgets the counters of applications that were deleted while the device was off. All that are configured are known.
pub(super) fn forget_the_gone(cx: &mut Context<'_, ZedManager>) {
    let configured: BTreeSet<Arc<str>> =
        cx.all::<AppInstanceConfig>(ZEDAGENT).into_iter().map(|(key, _)| key).collect();
    cx.retain::<UuidToNum>(|key| configured.contains(key));
}

fn store_counter(key: &str, config: &AppInstanceConfig, cx: &mut Context<'_, ZedManager>) {
    let now = cx.now().wall.into();
    let created = cx.own::<UuidToNum>(key).map_or(now, |before| before.create_time);
    let counter = UuidToNum {
        uuid: config.uuid_and_version.uuid,
        number: config.purge_counter().into(),
        num_type: NUM_TYPE.into(),
        create_time: created,
        last_use_time: now,
        in_use: true,
        ..UuidToNum::default()
    };
    cx.publish(key, counter);
}

/// Moves a purge on; whether the application may go on to run.
pub(super) fn advance(app: &mut App, installed: bool, cx: &mut Context<'_, ZedManager>) -> bool {
    match app.status.purge_inprogress {
        Inprogress::None => return installed,
        Inprogress::DownloadAndVerify if !installed => return old_runs_on(app, cx),
        Inprogress::DownloadAndVerify => app.status.purge_inprogress = Inprogress::BringDown,
        Inprogress::BringDown | Inprogress::RecreateVolumes | Inprogress::BringUp => {}
        Inprogress::Unknown(_) => app.status.purge_inprogress = Inprogress::None,
    }
    if app.status.purge_inprogress == Inprogress::BringDown {
        if !is_down(app, cx) {
            app.status.state = SwState::Halting;
            return false;
        }
        let_go(app, cx);
        app.status.purge_inprogress = Inprogress::RecreateVolumes;
    }
    if app.status.purge_inprogress == Inprogress::RecreateVolumes {
        if !install::advance(app, cx) {
            return false;
        }
        app.status.purge_inprogress = Inprogress::BringUp;
        app.status.restart_inprogress = Inprogress::None;
    }
    true
}

/// While new content is fetched, what runs goes on running.
fn old_runs_on(app: &App, cx: &mut Context<'_, ZedManager>) -> bool {
    activate::has_domain(app, cx)
}

/// Takes domain and network down; whether they are.
fn is_down(app: &mut App, cx: &mut Context<'_, ZedManager>) -> bool {
    if !activate::halt_domain(app, cx) {
        return false;
    }
    let Some(network) = cx.own::<AppNetworkConfig>(&app.key) else { return true };
    cx.publish(&app.key, AppNetworkConfig { activate: false, ..AppNetworkConfig::clone(&network) });
    let status = of::<AppNetworkStatus>(ZEDROUTER, &app.key, cx);
    status.is_none_or(|status| !status.activated && !status.is_pending())
}

/// Gives up the volumes that the configuration has no more, and remembers that this purge is done.
fn let_go(app: &mut App, cx: &mut Context<'_, ZedManager>) {
    let wanted: Vec<String> = app.config.volume_ref_config_list.iter().map(VolumeRefConfig::key).collect();
    for volume in &app.status.volume_ref_status_list {
        if !wanted.contains(&volume.key()) {
            cx.unpublish::<VolumeRefConfig>(&volume.key());
        }
    }
    app.status.volume_ref_status_list.retain(|volume| wanted.contains(&volume.key()));
    store_counter(&app.key, &app.config, cx);
}
