//! zedmanager: brings each application from its configuration to a running domain: volumes, network, domain; and
//! back (spec/05, zedmanager).
//!
//! `ZedManager::update_app` is the only place where an application moves. It is called after every event that
//! may concern the application, does all that can be done now, and publishes what came of it. Its steps:
//!
//! | # | Step | Goes on when | Otherwise the state is |
//! |---|---|---|---|
//! | 1 | `install`: volumes are fetched, verified, made | all are made | the least of the volumes' states |
//! | 2 | `purge`: if ordered, halt, let go of old volumes, make new ones | none is under way, or it is at BringUp | HALTING while it is halted |
//! | 3 | not to run | – | HALTING, then HALTED |
//! | 4 | restart, if ordered: halt first | the domain is down | HALTING |
//! | 5 | `memory`: is there enough | yes, or it already has it | INSTALLED or HALTED, and the error says why |
//! | 6 | network connected | yes | AWAITNETWORKINSTANCE, or the error says why |
//! | 7 | the start delay is over | yes | START_DELAYED |
//! | 8 | domain | – | the domain's |
//!
//! An application that is no longer configured is taken down in the opposite order by `remove`.

mod activate;
mod change;
mod install;
mod memory;
mod purge;
mod remove;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use log::Level;
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::app_network::{AppNetworkConfig, AppNetworkStatus};
use pillar_types::app_status::{AppInstanceStatus, AppInstanceSummary, Inprogress};
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::domain::{DomainConfig, DomainStatus};
use pillar_types::errors::{ErrorDescription, ErrorSeverity};
use pillar_types::host::HostMemory;
use pillar_types::node::{ConfigGetStatus, ZedAgentStatus};
use pillar_types::numbers::UuidToNum;
use pillar_types::object::Named;
use pillar_types::state::SwState;
use pillar_types::topic::Topic;
use pillar_types::volume_ref::{VolumeRefConfig, VolumeRefStatus};

use self::change::Change as ConfigChange;
use super::{DOMAINMGR, VOLUMEMGR, ZEDAGENT, ZEDROUTER};
use crate::node::{Agent, AgentName, Change, Context, Event};
use crate::settings::Settings;
use crate::time::Wall;

/// How exact a start delay is.
const SLACK: Duration = Duration::from_secs(1);

/// The agent.
#[derive(Default)]
pub struct ZedManager {
    settings: Settings,
    /// When the device had its configuration: start delays count from here.
    base_time: Option<Wall>,
    profile: String,
    /// Applications that are being taken down: that is finished before they are made anew.
    leaving: BTreeSet<Arc<str>>,
}

/// An application while it is being looked at: its status is published when that is over.
struct App {
    key: Arc<str>,
    config: Arc<AppInstanceConfig>,
    status: AppInstanceStatus,
    /// Whether it is to run, the profile considered.
    wanted: bool,
}

impl Agent for ZedManager {
    const NAME: AgentName = AgentName("zedmanager");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<AppInstanceStatus>();
        cx.declare::<VolumeRefConfig>();
        cx.declare::<AppNetworkConfig>();
        cx.declare::<DomainConfig>();
        cx.declare::<UuidToNum>();
        cx.publish(AppInstanceSummary::KEY, AppInstanceSummary::default());
        cx.subscribe(ZEDAGENT, Self::on_settings);
        cx.subscribe(ZEDAGENT, Self::on_zedagent);
        cx.subscribe(DOMAINMGR, Self::on_memory);
        cx.subscribe(ZEDAGENT, Self::on_config);
        cx.subscribe(VOLUMEMGR, Self::on_volume);
        cx.subscribe(ZEDROUTER, Self::on_network);
        cx.subscribe(DOMAINMGR, Self::on_domain);
    }
}

impl ZedManager {
    fn on_settings(&mut self, change: Change<'_, ConfigItemValueMap>, cx: &mut Context<'_, Self>) {
        if let Some(map) = change.value() {
            self.settings = Settings::from_map(map);
            self.update_all(cx);
        }
    }

    fn on_zedagent(&mut self, change: Change<'_, ZedAgentStatus>, cx: &mut Context<'_, Self>) {
        let Some(zedagent) = change.value() else { return };
        let has_config =
            matches!(zedagent.config_get_status, ConfigGetStatus::Success | ConfigGetStatus::ReadSaved);
        if has_config && self.base_time.is_none() {
            self.base_time = Some(cx.now().wall);
        }
        self.profile.clone_from(&zedagent.current_profile);
        self.update_all(cx);
    }

    fn on_memory(&mut self, _: Change<'_, HostMemory>, cx: &mut Context<'_, Self>) {
        self.update_waiting_for_memory(cx);
    }

    fn on_config(&mut self, change: Change<'_, AppInstanceConfig>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Created(config) => self.create(change.key, config, cx),
            Event::Modified { old, new } => self.modify(change.key, old, new, cx),
            Event::Deleted(_) => {
                cx.unpublish::<UuidToNum>(change.key);
                self.update_app(change.key, cx);
            }
            // Applications that left the configuration while we were away.
            Event::Synced => self.update_all(cx),
            Event::Restarted(count) if count > 0 => {
                purge::forget_the_gone(cx);
                cx.signal_restarted::<AppNetworkConfig>();
            }
            Event::Restarted(_) | Event::Resync => {}
        }
    }

    fn on_volume(&mut self, change: Change<'_, VolumeRefStatus>, cx: &mut Context<'_, Self>) {
        // The application is the last part of the key.
        if let Some((_, app)) = change.key.rsplit_once('#') {
            self.update_app(app, cx);
        }
    }

    fn on_network(&mut self, change: Change<'_, AppNetworkStatus>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Restarted(count) if count > 0 => cx.signal_restarted::<DomainConfig>(),
            Event::Created(_) | Event::Modified { .. } | Event::Deleted(_) => self.update_app(change.key, cx),
            _ => {}
        }
    }

    fn on_domain(&mut self, change: Change<'_, DomainStatus>, cx: &mut Context<'_, Self>) {
        if matches!(change.event, Event::Created(_) | Event::Modified { .. } | Event::Deleted(_)) {
            self.update_app(change.key, cx);
            self.update_waiting_for_memory(cx);
        }
    }

    fn update_all(&mut self, cx: &mut Context<'_, Self>) {
        for key in cx.keys::<AppInstanceStatus>() {
            self.update_app(&key, cx);
        }
    }

    /// Memory may have become free.
    fn update_waiting_for_memory(&mut self, cx: &mut Context<'_, Self>) {
        for (key, status) in cx.all_own::<AppInstanceStatus>() {
            if status.missing_memory {
                self.update_app(&key, cx);
            }
        }
    }

    /// An application is new, or new to us because we have just started.
    fn create(&mut self, key: &Arc<str>, config: &AppInstanceConfig, cx: &mut Context<'_, Self>) {
        if let Some(domain) =
            cx.own::<DomainConfig>(key).filter(|_| cx.own::<AppInstanceStatus>(key).is_some())
        {
            // It was there before. A command that came meanwhile shows by its counter.
            if domain.restart_counter != config.restart_counter() {
                self.order_restart(key, config, cx);
            }
            return self.update_app(key, cx);
        }
        let mut status = AppInstanceStatus {
            uuid_and_version: config.uuid_and_version.clone(),
            display_name: config.display_name.clone(),
            fixed_resources: config.fixed_resources.clone(),
            state: SwState::Initial,
            is_designated_node: config.is_designated_node,
            ..AppInstanceStatus::default()
        };
        status.snap_status.max_snapshots = config.snapshot.max_snapshots;
        if purge::is_ordered_since_last_time(key, config, cx) {
            status.purge_inprogress = Inprogress::DownloadAndVerify;
            status.purge_started_at = cx.now().wall.into();
        }
        cx.log(Level::Info, format_args!("{} ({key}) is new", config.display_name));
        cx.publish(key, status);
        self.update_app(key, cx);
    }

    fn modify(
        &mut self,
        key: &Arc<str>,
        old: &AppInstanceConfig,
        new: &AppInstanceConfig,
        cx: &mut Context<'_, Self>,
    ) {
        let Some(status) = cx.own::<AppInstanceStatus>(key) else { return self.create(key, new, cx) };
        let mut status = AppInstanceStatus::clone(&status);
        status.error.clear_from::<AppInstanceConfig>();
        status.uuid_and_version = new.uuid_and_version.clone();
        status.display_name.clone_from(&new.display_name);
        status.is_designated_node = new.is_designated_node;
        let change = ConfigChange::of(old, new);
        let halted = !status.activated && status.restart_inprogress == Inprogress::None;
        match change.refusal(halted) {
            Some(refused) => set_error::<AppInstanceConfig>(&mut status, refused, cx),
            None => status.fixed_resources = new.fixed_resources.clone(),
        }
        if change.purges {
            cx.log(Level::Info, format_args!("{} ({key}): purge", new.display_name));
            status.purge_inprogress = Inprogress::DownloadAndVerify;
            status.purge_started_at = cx.now().wall.into();
        }
        cx.publish(key, status);
        if change.restarts {
            self.order_restart(key, new, cx);
        }
        self.update_app(key, cx);
    }

    /// A restart is ordered; of an application that is not to run it means nothing.
    fn order_restart(&mut self, key: &str, config: &AppInstanceConfig, cx: &mut Context<'_, Self>) {
        let Some(status) = cx.own::<AppInstanceStatus>(key) else { return };
        if !config.is_wanted_in(&self.profile) {
            return;
        }
        cx.log(Level::Info, format_args!("{} ({key}): restart", config.display_name));
        let mut status = AppInstanceStatus::clone(&status);
        status.restart_inprogress = Inprogress::BringDown;
        status.restart_started_at = cx.now().wall.into();
        cx.publish(key, status);
    }

    /// Moves an application as far as it can go now. Calling it twice changes nothing.
    fn update_app(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let Some(status) = cx.own::<AppInstanceStatus>(key) else { return };
        let config = cx.get::<AppInstanceConfig>(ZEDAGENT, key);
        // After a start: whether it is still wanted is known once zedagent has told all that are.
        if config.is_none() && !cx.synced::<AppInstanceConfig>(ZEDAGENT) {
            return;
        }
        let (Some(config), false) = (config.clone(), self.leaving.contains(key)) else {
            return self.take_down(key, &status, config, cx);
        };
        let wanted = config.is_wanted_in(&self.profile);
        let mut app = App { key: key.into(), config, status: AppInstanceStatus::clone(&status), wanted };
        self.advance(&mut app, cx);
        cx.publish(key, app.status);
        Self::publish_summary(&self.profile, cx);
    }

    /// The steps of the table above.
    fn advance(&mut self, app: &mut App, cx: &mut Context<'_, Self>) {
        if let Some(refused) = refusal(&app.config) {
            return set_error::<AppInstanceStatus>(&mut app.status, refused, cx);
        }
        let installed = install::advance(app, cx);
        if !purge::advance(app, installed, cx) {
            return;
        }
        if app.status.state < SwState::Booting {
            app.status.state = app.status.state.max(SwState::Installed);
        }
        if app.wanted {
            self.activate(app, cx);
        } else {
            activate::halt(app, cx);
        }
    }

    /// Takes an application down; once nothing is left of it, and it is configured, it begins anew.
    fn take_down(
        &mut self,
        key: &str,
        status: &AppInstanceStatus,
        config: Option<Arc<AppInstanceConfig>>,
        cx: &mut Context<'_, Self>,
    ) {
        self.leaving.insert(key.into());
        if !remove::advance(key, status, cx) {
            return;
        }
        cx.log(Level::Info, format_args!("{} ({key}) is gone", status.display_name));
        self.leaving.remove(key);
        cx.stop_key(key);
        cx.unpublish::<AppInstanceStatus>(key);
        Self::publish_summary(&self.profile, cx);
        if let Some(config) = config {
            self.create(&key.into(), &config, cx);
        }
        self.update_waiting_for_memory(cx);
    }

    fn publish_summary(profile: &str, cx: &mut Context<'_, Self>) {
        let mut summary = AppInstanceSummary::default();
        for (key, status) in cx.all_own::<AppInstanceStatus>() {
            let config = cx.get::<AppInstanceConfig>(ZEDAGENT, &key);
            summary.count(&status, config.is_some_and(|config| config.is_wanted_in(profile)));
        }
        cx.publish(AppInstanceSummary::KEY, summary);
    }
}

/// Why an application is not made at all.
fn refusal(config: &AppInstanceConfig) -> Option<ErrorDescription> {
    let resources = &config.fixed_resources;
    let error = if !config.errors.is_empty() {
        config.errors.join("\n")
    } else if resources.memory == 0 {
        "Invalid Memory Size - 0".into()
    } else if resources.vcpus == 0 {
        "Invalid Cpu count - 0".into()
    } else {
        return None;
    };
    Some(ErrorDescription { error, error_severity: ErrorSeverity::Error, ..ErrorDescription::default() })
}

/// Sets an error in the name of `S`, with the time of the first of equal ones.
fn set_error<S: Named>(
    status: &mut AppInstanceStatus,
    mut error: ErrorDescription,
    cx: &Context<'_, ZedManager>,
) {
    let before = &status.error.description;
    if before.error == error.error && status.error.is_from::<S>() {
        error.error_time = before.error_time;
    }
    status.error.set_from::<S>(error, cx.now().wall.into());
}

/// The value of another agent's table.
fn of<T: Topic>(agent: AgentName, key: &str, cx: &Context<'_, ZedManager>) -> Option<Arc<T>> {
    cx.get::<T>(agent, key)
}
