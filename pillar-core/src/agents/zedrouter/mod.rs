//! zedrouter: makes the virtual networks of the device and connects applications with them (spec/04).
//!
//! What zedagent wants of networks and zedmanager of applications becomes items of the [reconciler](crate::reconcile),
//! and these become jobs. `Zedrouter::work` is the one way from any change to that: networks first, then
//! applications, then what the reconciler plans. Numbers are stored before anything is named by them.
//!
//! Local network instances only. What is not done yet is said on the object: switches, IPv6, static routes. Flow
//! logging is on when the controller says nothing, so it is no error that flows are not logged: nothing is said.
//! Packets leave by the device's own routes; there is no choice between ports by probing.
//!
//! Applications' interfaces are the hypervisor's: it makes them, by the names that are published here, and they
//! are put on their bridge as soon as they are seen. An application is connected when all is ready for that.
//!
//! | Module | About |
//! |---|---|
//! | `network` | one network instance |
//! | `app` | one application |
//! | `items` | the parts of a network, and what is done for each |
//! | `filter`, `acl` | what may pass |
//! | `serve` | DHCP and DNS |
//! | `subnet`, `ports`, `port_maps`, `names` | addresses, ports, port maps, names |
//! | `store` | numbers |
//! | `found` | what links there are, and what an earlier life left behind |
//! | `metrics` | traffic |

mod acl;
mod app;
mod filter;
mod found;
mod items;
mod metrics;
pub mod names;
mod network;
mod port_maps;
mod ports;
mod serve;
mod store;
mod subnet;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use log::Level;
use pillar_types::app_network::{AppNetworkConfig, AppNetworkStatus};
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device::OnboardingStatus;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::network_instance::NetworkInstanceConfig;
use pillar_types::network_instance_status::NetworkInstanceStatus;
use pillar_types::network_metrics::{NetworkInstanceMetrics, NetworkMetrics};
use pillar_types::numbers::{AppInterfaceToNum, AppMacGenerator, UuidToNum};
use pillar_types::topic::Topic;
use pillar_types::{Time, Uuid};

use self::acl::Acl;
use self::found::Found;
use self::items::{NetError, NetItem, apply};
use self::store::Kind;
use super::{NIM, ZEDAGENT, ZEDCLIENT, ZEDMANAGER};
use crate::hal::LinkNotice;
use crate::hal::source::HAL;
use crate::node::{Agent, AgentName, Change, Context, Event, Failed, JobSpec, Lane};
use crate::reconcile::{Graph, Item, Key, Op, OpId};
use crate::settings::Settings;

/// The most operations on the device at once: more only wait for each other.
const MAX_OPERATIONS: usize = 64;

/// How long one operation may take: ending a DHCP server alone may take half a minute.
const OPERATION_TIME: Duration = Duration::from_secs(100);

/// How long until an application that failed is looked at again (spec/04, App error retry).
const APP_RETRY: Duration = Duration::from_mins(1);

/// How long after the first application numbers of those that are gone are kept (spec/04, Number GC).
const KEEP_NUMBERS: Duration = Duration::from_mins(5);

/// Timers.
const RECONCILE: &str = "reconcile";
const RETRY_APPS: &str = "retry apps";
const FORGET_NUMBERS: &str = "forget numbers";

/// Slack of timers that nobody waits for.
const SLACK: Duration = Duration::from_secs(1);

/// The agent.
pub struct Zedrouter {
    settings: Settings,
    graph: Graph<NetItem>,
    /// Operations under way, by the key of their job.
    flying: BTreeMap<Arc<str>, OpId>,
    /// Who has asked for its number in this life, and whether a power cut would not lose it.
    numbered: BTreeMap<(Kind, Arc<str>), bool>,
    /// Who is connected with which network instance.
    networks: BTreeMap<Arc<str>, Network>,
    /// The groups of items of each application, until they are empty.
    app_groups: BTreeMap<Arc<str>, BTreeSet<String>>,
    /// To be looked at.
    dirty_networks: BTreeSet<Arc<str>>,
    dirty_apps: BTreeSet<Arc<str>>,
    /// What has a status from an earlier life, and may yet be configured in this one.
    unclaimed: BTreeSet<Arc<str>>,
    /// What an earlier life left behind; `None` until that is known.
    found: Option<Found>,
    /// Whether the links are being looked at, and may have changed since.
    looking: bool,
    look_again: bool,
    /// What was there when that began.
    looked_for: Vec<Key>,
    started: Time,
    seen_app: bool,
}

/// What is connected with a network instance.
#[derive(Default)]
struct Network {
    /// By application and position among its interfaces.
    guests: BTreeMap<(Arc<str>, usize), Guest>,
}

/// An application's interface.
#[derive(Clone, Debug, PartialEq)]
struct Guest {
    app: Uuid,
    display_name: String,
    vif: String,
    mac: [u8; 6],
    address: Ipv4Addr,
    acls: Vec<Acl>,
}

impl Default for Zedrouter {
    fn default() -> Self {
        Zedrouter {
            settings: Settings::default(),
            graph: Graph::new(),
            flying: BTreeMap::new(),
            numbered: BTreeMap::new(),
            networks: BTreeMap::new(),
            app_groups: BTreeMap::new(),
            dirty_networks: BTreeSet::new(),
            dirty_apps: BTreeSet::new(),
            unclaimed: BTreeSet::new(),
            found: None,
            looking: false,
            look_again: false,
            looked_for: Vec::new(),
            started: Time::default(),
            seen_app: false,
        }
    }
}

impl Agent for Zedrouter {
    const NAME: AgentName = AgentName("zedrouter");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        self.started = cx.now().wall.into();
        cx.declare::<UuidToNum>();
        cx.declare::<AppInterfaceToNum>();
        cx.declare::<AppMacGenerator>();
        cx.declare::<NetworkInstanceStatus>();
        cx.declare::<AppNetworkStatus>();
        cx.declare::<NetworkMetrics>();
        cx.declare::<NetworkInstanceMetrics>();
        self.reserve_numbers(cx);
        self.dirty_networks.extend(cx.keys::<NetworkInstanceStatus>());
        self.dirty_apps.extend(cx.keys::<AppNetworkStatus>());
        self.unclaimed.extend(self.dirty_networks.iter().chain(&self.dirty_apps).cloned());
        cx.subscribe(ZEDAGENT, Self::on_settings);
        cx.subscribe(ZEDCLIENT, Self::on_change::<OnboardingStatus>);
        cx.subscribe(NIM, Self::on_device_network);
        cx.subscribe(ZEDAGENT, Self::on_network);
        cx.subscribe(ZEDMANAGER, Self::on_app);
        cx.subscribe(HAL, Self::on_link);
        self.look(cx);
        self.measure_later(cx);
        self.look_at_servers_later(cx);
    }
}

impl Zedrouter {
    fn on_settings(&mut self, change: Change<'_, ConfigItemValueMap>, cx: &mut Context<'_, Self>) {
        if let Some(map) = change.value() {
            self.settings = Settings::from_map(map);
        }
        self.work(cx);
    }

    fn on_change<T: Topic>(&mut self, _: Change<'_, T>, cx: &mut Context<'_, Self>) {
        self.work(cx);
    }

    fn on_device_network(&mut self, _: Change<'_, DeviceNetworkStatus>, cx: &mut Context<'_, Self>) {
        self.dirty_networks.extend(cx.keys::<NetworkInstanceStatus>());
        self.work(cx);
    }

    fn on_network(&mut self, change: Change<'_, NetworkInstanceConfig>, cx: &mut Context<'_, Self>) {
        if !change.key.is_empty() {
            self.dirty_networks.insert(change.key.clone());
        }
        // Its subnet may conflict with that of another, or do so no longer; and what we have may not be wanted.
        self.dirty_networks.extend(cx.keys::<NetworkInstanceStatus>());
        self.work(cx);
    }

    fn on_app(&mut self, change: Change<'_, AppNetworkConfig>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Restarted(count) => {
                if count > 0 {
                    self.claim_no_more(cx);
                }
                self.work(cx);
                if count > 0 {
                    cx.signal_restarted::<AppNetworkStatus>();
                }
                return;
            }
            Event::Created(_) if !self.seen_app => {
                self.seen_app = true;
                cx.after_key(KEEP_NUMBERS, SLACK, FORGET_NUMBERS, Self::forget_numbers);
            }
            _ => {}
        }
        if change.key.is_empty() {
            self.dirty_apps.extend(cx.keys::<AppNetworkStatus>());
        } else {
            self.dirty_apps.insert(change.key.clone());
            self.dirty_apps.extend(failed_apps(cx));
        }
        self.work(cx);
    }

    fn on_link(&mut self, change: Change<'_, LinkNotice>, cx: &mut Context<'_, Self>) {
        let ours = names::bridge_number(change.key).is_some() || names::is_vif(change.key);
        if ours || change.key.is_empty() {
            self.look(cx);
        }
    }

    /// All has been said: what was not configured since the start is not wanted.
    fn claim_no_more(&mut self, cx: &Context<'_, Self>) {
        if !std::mem::take(&mut self.unclaimed).is_empty() {
            self.dirty_networks.extend(cx.keys::<NetworkInstanceStatus>());
            self.dirty_apps.extend(cx.keys::<AppNetworkStatus>());
        }
    }

    /// Whether all is known that names and addresses are made from.
    fn is_ready(&self, cx: &Context<'_, Self>) -> bool {
        self.found.is_some()
            && cx.get::<ConfigItemValueMap>(ZEDAGENT, ConfigItemValueMap::KEY).is_some()
            && node(cx).is_some_and(|node| !node.is_nil())
    }

    /// Brings everything that changed as far as it can go now.
    fn work(&mut self, cx: &mut Context<'_, Self>) {
        if !self.is_ready(cx) {
            return;
        }
        loop {
            if let Some(key) = self.dirty_networks.pop_first() {
                self.update_network(&key, cx);
            } else if let Some(key) = self.dirty_apps.pop_first() {
                self.update_app(&key, cx);
            } else if !self.reconcile(cx) {
                break;
            }
        }
        match self.graph.next_try() {
            Some(at) => {
                let wait = at.since(cx.now().mono);
                cx.after_key(wait, SLACK, RECONCILE, |agent: &mut Self, _, cx| agent.work(cx));
            }
            None => cx.stop_key(RECONCILE),
        }
    }

    /// Starts what the reconciler plans; whether there is more to look at.
    fn reconcile(&mut self, cx: &mut Context<'_, Self>) -> bool {
        if !self.may_plan(cx) {
            return false;
        }
        let room = MAX_OPERATIONS.saturating_sub(self.flying.len());
        for op in self.graph.plan(cx.now().mono, room) {
            self.begin(op, cx);
        }
        for group in self.graph.take_changed() {
            let Some(rest) = group.strip_prefix("NI-") else { continue };
            let (network, part) = rest.split_once('/').unwrap_or((rest, ""));
            // `AppConn-<app>-<position>`: the application's key has 36 characters.
            if let Some(app) = part.strip_prefix("AppConn-").and_then(|part| part.get(..36)) {
                self.dirty_apps.insert(app.into());
                continue;
            }
            // Whether they are connected depends on the network instance's own items too.
            let guests = self.networks.get(network).into_iter().flat_map(|known| known.guests.keys());
            self.dirty_apps.extend(guests.map(|(app, _)| app.clone()));
            self.dirty_networks.insert(network.into());
        }
        !self.dirty_networks.is_empty() || !self.dirty_apps.is_empty()
    }

    fn begin(&mut self, op: Op<NetItem>, cx: &mut Context<'_, Self>) {
        let key: Arc<str> = op.act.item().key().to_string().into();
        self.flying.insert(key.clone(), op.id);
        let spec = JobSpec { lane: Lane::Process, key: &key, limit: OPERATION_TIME };
        cx.job_with(spec, move |hal, scope| apply(&op.act, hal, scope), Self::on_done, None);
    }

    fn on_done(
        &mut self,
        key: &str,
        result: Result<Result<(), NetError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let Some(op) = self.flying.remove(key) else { return };
        let result = result.unwrap_or(Err(NetError::Broken));
        if let Err(error) = &result {
            cx.log(Level::Warn, format_args!("{key}: {error}"));
        }
        self.graph.done(cx.now().mono, op, result);
        self.work(cx);
    }

    fn retry_apps(&mut self, _: &str, cx: &mut Context<'_, Self>) {
        self.dirty_apps.extend(failed_apps(cx));
        self.work(cx);
    }
}

/// The device's own identity; `None` before it is known.
fn node(cx: &Context<'_, Zedrouter>) -> Option<Uuid> {
    Some(cx.get::<OnboardingStatus>(ZEDCLIENT, "global")?.device_uuid)
}

/// The keys of applications that failed and may do better now.
fn failed_apps(cx: &Context<'_, Zedrouter>) -> Vec<Arc<str>> {
    let failed = |status: &AppNetworkStatus| status.error.description.has_error();
    cx.all_own::<AppNetworkStatus>()
        .into_iter()
        .filter(|(_, status)| failed(status))
        .map(|(key, _)| key)
        .collect()
}

/// The object with this key.
fn uuid(key: &str) -> Uuid {
    key.parse().unwrap_or_default()
}

/// The group of items of a network instance.
fn network_group(network: &str) -> String {
    format!("NI-{network}")
}

/// The group of items of an application's interface.
fn app_group(network: &str, app: &str, position: usize) -> String {
    format!("NI-{network}/AppConn-{app}-{position}")
}
