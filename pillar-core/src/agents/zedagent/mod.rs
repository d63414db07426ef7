//! zedagent: owns the dialogue with the controller. It asks for the configuration, cuts it into the objects that the
//! other agents follow, and tells the controller how the device and its objects are (spec/01).
//!
//! | Part | File |
//! |---|---|
//! | the configuration: asked for, kept, read back without a controller | `fetch` |
//! | from the message to objects, and onto the bus | `parse`, `apply` |
//! | the controller's certificates, attestation, commands to the device | `certs`, `attest`, `commands` |
//! | what other agents read of its state | `status` |
//! | messages that must arrive | `outbox`, `report` |
//! | what runs as jobs | `work` |
//!
//! | State | Event | Next | Actions |
//! |---|---|---|---|
//! | reading | files missing | reading, again in a while | – |
//! | reading | files read | waiting | settings of the last configuration or of the installer |
//! | waiting | UUID known, and a port has an address or time is up | speaking | certificates, attestation, poll |

mod apply;
mod attest;
mod certs;
mod commands;
mod fetch;
mod outbox;
pub mod parse;
mod report;
mod status;
mod work;

use std::time::Duration;

use log::Level;
use pillar_types::Uuid;
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::attest::ControllerCert;
use pillar_types::cipher::CipherContext;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::content::ContentTreeConfig;
use pillar_types::controller_metrics::MetricsMap;
use pillar_types::device::OnboardingStatus;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::download::DatastoreConfig;
use pillar_types::led::LedBlinkCounter;
use pillar_types::network::NetworkXObjectConfig;
use pillar_types::network_instance::NetworkInstanceConfig;
use pillar_types::node::NodeAgentStatus;
use pillar_types::physical_io::PhysicalIoAdapterList;
use pillar_types::port::DevicePortConfig;
use pillar_types::vault::VaultStatus;
use pillar_types::volume::VolumeConfig;

use self::attest::Attest;
use self::commands::Commands;
use self::fetch::Fetch;
use self::outbox::Outbox;
use self::work::Ground;
use super::{NIM, NODEAGENT, VAULTMGR, ZEDAGENT, ZEDCLIENT};
use crate::controller::certs::Signer;
use crate::controller::counters;
use crate::controller::exchange::{Exchange, Peer};
use crate::controller::facts::NoFacts;
use crate::controller::places::Places;
use crate::controller::ways;
use crate::hardware_model;
use crate::node::{Agent, AgentName, Change, Context, Failed, Lane, Place};
use crate::settings::refused::Refused;
use crate::settings::{Settings, keys};

/// How long it waits for files of the installation.
const FILES_RETRY: Duration = Duration::from_secs(20);

/// Waits may be longer by this part.
const SLACK: u32 = 10;

/// The agent.
#[derive(Default)]
pub struct ZedAgent {
    places: Places,
    hardware: hardware_model::Paths,
    ground: Option<Ground>,
    /// The device; nil until it is onboarded.
    device: Uuid,
    signers: Vec<Signer>,
    settings: Settings,
    /// Settings that were not taken.
    refused: Vec<Refused>,
    /// Whether it speaks with the controller.
    speaking: bool,
    /// Whether the time for waiting for the network is over.
    impatient: bool,
    /// Counts exchanges: they take turns on ports of one cost.
    exchanges: usize,
    fetch: Fetch,
    attest: Attest,
    commands: Commands,
    outbox: Outbox,
    /// Whether certificates are being fetched.
    fetching_certs: bool,
    /// By which hash the configuration calls the certificates.
    certs_hash: Option<String>,
    /// Whether objects of a configuration were put on the bus in this life.
    applied: bool,
    /// Why the last configuration's ports were not taken.
    ports_error: Option<String>,
}

impl Agent for ZedAgent {
    const NAME: AgentName = ZEDAGENT;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<ConfigItemValueMap>();
        cx.declare::<ControllerCert>();
        cx.declare::<CipherContext>();
        cx.declare::<DatastoreConfig>();
        cx.declare::<DevicePortConfig>();
        cx.declare::<PhysicalIoAdapterList>();
        cx.declare::<NetworkXObjectConfig>();
        cx.declare::<NetworkInstanceConfig>();
        cx.declare::<ContentTreeConfig>();
        cx.declare::<VolumeConfig>();
        cx.declare::<AppInstanceConfig>();
        self.publish_status(cx);
        cx.subscribe(ZEDCLIENT, Self::on_onboarded);
        cx.subscribe(NIM, Self::on_network);
        cx.subscribe(NODEAGENT, Self::on_nodeagent);
        cx.subscribe(VAULTMGR, Self::on_vault);
        self.follow_what_is_reported(cx);
        self.read("", cx);
    }
}

impl ZedAgent {
    /// For a device whose files are at these places.
    pub fn new(places: Places, hardware: hardware_model::Paths) -> Self {
        ZedAgent { places, hardware, ..ZedAgent::default() }
    }

    fn read(&mut self, _: &str, cx: &mut Context<'_, Self>) {
        let (places, hardware) = (self.places.clone(), self.hardware.clone());
        let work = move |hal: &_, scope: &_| work::read(hal, scope, &places, &hardware);
        cx.job(Lane::Store, "read", work, Self::on_read);
    }

    fn on_read(
        &mut self,
        _: &str,
        result: Result<Result<Ground, NoFacts>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let ground = match result {
            Ok(Ok(ground)) => ground,
            failed => {
                if let Ok(Err(why)) = failed {
                    cx.log(Level::Warn, format_args!("waits for its installation: {why}"));
                }
                cx.after_key(FILES_RETRY, FILES_RETRY / 2, "read", Self::read);
                return;
            }
        };
        self.signers = ground.certs.signers();
        if let Some(set) = &ground.certs.last {
            Self::publish_certs(set, cx);
        }
        self.commands.seen.extend(ground.commands.iter().copied());
        self.apply_settings(ground.settings.clone().unwrap_or_default(), cx);
        self.ground = Some(ground);
        let patience: Duration = self.settings.get(keys::TIMER_PORT_TESTDURATION);
        cx.after(patience, patience / SLACK, Self::on_impatient);
        self.update_speaking(cx);
    }

    fn on_onboarded(&mut self, change: Change<'_, OnboardingStatus>, cx: &mut Context<'_, Self>) {
        if let Some(status) = change.value() {
            self.device = status.device_uuid;
            self.update_speaking(cx);
        }
    }

    fn on_network(&mut self, change: Change<'_, DeviceNetworkStatus>, cx: &mut Context<'_, Self>) {
        let Some(network) = change.value() else { return };
        if self.speaking {
            self.see_network(network, cx);
            self.report_device(cx);
        } else {
            self.update_speaking(cx);
        }
    }

    fn on_nodeagent(&mut self, change: Change<'_, NodeAgentStatus>, cx: &mut Context<'_, Self>) {
        if change.value().is_some() {
            self.update_commands(cx);
            self.update_saved(cx);
            self.publish_status(cx);
            self.report_device(cx);
        }
    }

    fn on_vault(&mut self, change: Change<'_, VaultStatus>, cx: &mut Context<'_, Self>) {
        if change.value().is_some() {
            self.publish_status(cx);
            self.report_device(cx);
        }
    }

    fn on_impatient(&mut self, cx: &mut Context<'_, Self>) {
        self.impatient = true;
        self.update_speaking(cx);
    }

    /// Begins to speak with the controller, once there is all that it takes.
    fn update_speaking(&mut self, cx: &mut Context<'_, Self>) {
        let ready = self.impatient || Self::has_way(cx);
        if self.speaking || self.ground.is_none() || self.device.is_nil() || !ready {
            return;
        }
        self.speaking = true;
        self.fetch_certs(cx);
        self.update_attest(attest::Event::Begin, cx);
        self.poll(cx);
        self.report_device(cx);
        self.report_all(cx);
        self.schedule_reports(cx);
    }

    fn has_way(cx: &Context<'_, Self>) -> bool {
        let network = cx.get::<DeviceNetworkStatus>(NIM, DeviceNetworkStatus::KEY);
        network.is_some_and(|network| !ways::ways(&network, 0).is_empty())
    }

    /// The controller as it can be reached now, and whose signatures count.
    fn peer(&mut self, cx: &Context<'_, Self>) -> Option<(Peer, Vec<Signer>)> {
        let network = cx.get::<DeviceNetworkStatus>(NIM, DeviceNetworkStatus::KEY).unwrap_or_default();
        self.exchanges = self.exchanges.wrapping_add(1);
        let facts = &self.ground.as_ref()?.facts;
        Some((facts.peer(Some(self.device), &network, &self.settings, self.exchanges), self.signers.clone()))
    }

    fn count(&self, exchange: &Exchange, bad_envelope: bool, cx: &mut Context<'_, Self>) {
        let mut map =
            cx.own::<MetricsMap>(MetricsMap::KEY).map_or_else(MetricsMap::default, |map| (*map).clone());
        counters::count(&mut map, &exchange.attempts);
        if bad_envelope {
            counters::count_bad_envelope(&mut map, &exchange.attempts);
        }
        cx.publish(MetricsMap::KEY, map);
    }

    fn nodeagent(cx: &Context<'_, Self>) -> Option<std::sync::Arc<NodeAgentStatus>> {
        cx.get::<NodeAgentStatus>(NODEAGENT, NodeAgentStatus::KEY)
    }

    /// Whether an image of the base OS is on trial.
    fn is_updating(&self, cx: &Context<'_, Self>) -> bool {
        Self::nodeagent(cx).is_some_and(|node| node.update_inprogress)
    }
}

fn light(code: u8, cx: &mut Context<'_, ZedAgent>) {
    cx.publish_at(Place::Global, LedBlinkCounter::KEY, LedBlinkCounter { blink_counter: code });
}

fn lit(cx: &Context<'_, ZedAgent>) -> Option<u8> {
    Some(cx.own_at::<LedBlinkCounter>(Place::Global, LedBlinkCounter::KEY)?.blink_counter)
}
