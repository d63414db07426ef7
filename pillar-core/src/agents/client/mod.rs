//! client, on the bus zedclient: makes the device known to its controller and learns what that calls it (spec/01,
//! Device onboarding). It ends when it has done so. A host runs it beside the other agents, or as a program of its
//! own with an exit status, as EVE's scripts do.
//!
//! | State | Event, guard | Next | Actions |
//! |---|---|---|---|
//! | reading | files read | waiting for the network | – |
//! | reading | files missing | reading, with the next try | – |
//! | waiting for the network | usable address, network verified or nearly | certs | LED 2 |
//! | certs | a good set | register, or uuid if it is not to register | set saved |
//! | certs | a bad set | waiting for the next try | LED 14 |
//! | certs | none | waiting for the next try | – |
//! | register | whatever comes | uuid | LED 10, 17 after 409, which then stay |
//! | uuid | UUID | writing | – |
//! | uuid | signed by nobody who is known | certs, in 1 s | LED 15 |
//! | uuid | all else | waiting for the next try | LED by the answer |
//! | writing | durable | done, exit 0 | OnboardingStatus, host name, LED 4 |
//! | waiting for the network | 5 s passed, only the UUID is wanted, it and the certificates are known | done, exit 0 | – |
//! | any | more tries than allowed | done, exit 1 | – |

mod lights;
mod work;

use std::time::Duration;

use log::Level;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::controller_metrics::MetricsMap;
use pillar_types::device::OnboardingStatus;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::led::LedBlinkCounter;
use pillar_types::port::DpcState;

use self::work::{Known, Named, Registered};
use super::{NIM, ZEDAGENT, ZEDCLIENT};
use crate::controller::answer::{AnswerError, FetchedCerts};
use crate::controller::certs::Signer;
use crate::controller::counters;
use crate::controller::envelope::EnvelopeError;
use crate::controller::exchange::{Exchange, Peer};
use crate::controller::facts::NoFacts;
use crate::controller::places::Places;
use crate::hal::StorageError;
use crate::hardware_model;
use crate::node::{Agent, AgentName, Change, Context, Failed, Lane, Place};
use crate::settings::Settings;

/// The job that speaks with the controller or with the disk: one at a time.
const WORK: &str = "work";

/// Tries follow each other after these times, doubled each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LAST_WAIT: Duration = Duration::from_mins(10);

/// How long it waits for the network if it knows all that it is to find out.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits may be longer by this part.
const SLACK: u32 = 10;

/// What it is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// Whether it registers the device, if it can.
    pub register: bool,
    /// After how many tries it gives up, if ever.
    pub tries: Option<u32>,
}

/// Where it is.
#[derive(Debug, Default)]
enum State {
    #[default]
    Reading,
    WaitingForNetwork,
    Certs,
    Register,
    Uuid,
    Writing(OnboardingStatus),
    /// For the timer of the next try.
    WaitingForNextTry,
    Done,
}

/// The agent.
#[derive(Default)]
pub struct Client {
    tasks: Tasks,
    places: Places,
    hardware: hardware_model::Paths,
    state: State,
    known: Option<Known>,
    signers: Vec<Signer>,
    tries: u32,
    /// How long until the next try.
    wait: Duration,
    /// Whether another device was registered in this one's place, as far as the last try knows.
    conflict: bool,
    /// Whether the time for waiting for the network is over.
    impatient: bool,
}

impl Agent for Client {
    const NAME: AgentName = ZEDCLIENT;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<OnboardingStatus>();
        cx.follow::<ConfigItemValueMap>(ZEDAGENT);
        cx.subscribe(NIM, Self::on_network);
        self.wait = FIRST_WAIT;
        cx.after(PATIENCE, PATIENCE / SLACK, Self::on_impatient);
        self.read(cx);
    }
}

impl Client {
    /// For a device whose files are at these places.
    pub fn new(tasks: Tasks, places: Places, hardware: hardware_model::Paths) -> Self {
        Client { tasks, places, hardware, ..Client::default() }
    }

    fn read(&mut self, cx: &mut Context<'_, Self>) {
        self.state = State::Reading;
        let (places, hardware) = (self.places.clone(), self.hardware.clone());
        let work = move |hal: &_, scope: &_| work::read(hal, scope, &places, &hardware);
        cx.job(Lane::Store, WORK, work, Self::on_read);
    }

    fn on_read(
        &mut self,
        _: &str,
        result: Result<Result<Known, NoFacts>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        match result {
            Ok(Ok(known)) => {
                self.signers = known.certs.signers();
                self.publish_what_is_known(&known, cx);
                self.known = Some(known);
                self.state = State::WaitingForNetwork;
                self.update(cx);
            }
            Ok(Err(why)) => {
                cx.log(Level::Warn, format_args!("waits for its installation: {why}"));
                self.try_later(cx);
            }
            Err(_) => self.try_later(cx),
        }
    }

    /// Those who need the UUID need not wait for the controller to say it again.
    fn publish_what_is_known(&self, known: &Known, cx: &mut Context<'_, Self>) {
        if let Some(device_uuid) = known.uuid {
            let hardware_model = known.hardware_model.clone();
            let status = OnboardingStatus { device_uuid, hardware_model, ..OnboardingStatus::default() };
            cx.publish(OnboardingStatus::KEY, status);
        }
    }

    fn on_network(&mut self, _: Change<'_, DeviceNetworkStatus>, cx: &mut Context<'_, Self>) {
        self.update(cx);
    }

    fn on_impatient(&mut self, cx: &mut Context<'_, Self>) {
        self.impatient = true;
        self.update(cx);
    }

    /// Goes on from waiting for the network, if that can be.
    fn update(&mut self, cx: &mut Context<'_, Self>) {
        if !matches!(self.state, State::WaitingForNetwork) {
            return;
        }
        let network = cx.get::<DeviceNetworkStatus>(NIM, DeviceNetworkStatus::KEY).unwrap_or_default();
        if can_connect(&network) {
            light(lights::CONNECTING, cx);
            self.ask_for_certs(cx);
        } else if self.impatient && network.state != DpcState::Success && self.knows_all() {
            cx.log(Level::Info, format_args!("has no network, and goes on with the UUID it knows"));
            self.end(0, cx);
        }
    }

    /// Whether all that it is to find out was found out before.
    fn knows_all(&self) -> bool {
        let known = self.known.as_ref();
        !self.tasks.register && known.is_some_and(|known| known.uuid.is_some() && known.certs.last.is_some())
    }

    fn ask_for_certs(&mut self, cx: &mut Context<'_, Self>) {
        self.tries += 1;
        if self.tasks.tries.is_some_and(|most| self.tries > most) {
            cx.log(Level::Error, format_args!("gives up after {} tries", self.tries - 1));
            return self.end(1, cx);
        }
        let Some((peer, root)) = self.peer(cx) else { return self.read(cx) };
        self.state = State::Certs;
        let places = self.places.clone();
        let work = move |hal: &_, scope: &_| work::fetch_certs(hal, scope, &places, &peer, &root);
        cx.job(Lane::Transfer, WORK, work, Self::on_certs);
    }

    fn on_certs(&mut self, _: &str, result: Result<FetchedCerts, Failed>, cx: &mut Context<'_, Self>) {
        let Ok(fetched) = result else { return self.try_later(cx) };
        self.count(&fetched.exchange, false, cx);
        match fetched.set {
            Ok(set) => {
                let before = self.signers.first().cloned().filter(|signer| *signer != set.signer);
                self.signers = Some(set.signer).into_iter().chain(before).collect();
                self.register(cx);
            }
            Err(why) => {
                if why != AnswerError::None {
                    light(lights::BAD_CERTIFICATES, cx);
                }
                cx.log(Level::Warn, format_args!("the controller's certificates: {why}"));
                self.try_later(cx);
            }
        }
    }

    fn register(&mut self, cx: &mut Context<'_, Self>) {
        let can = self.known.as_ref().is_some_and(|known| known.facts.can_register);
        let peer = self.peer(cx).filter(|_| self.tasks.register && can);
        let (Some((peer, _)), Some(known)) = (peer, &self.known) else { return self.ask_for_uuid(cx) };
        self.state = State::Register;
        let serials = (known.facts.serial.clone(), known.facts.soft_serial.clone());
        let work = move |hal: &_, scope: &_| work::register(hal, scope, &peer, serials);
        cx.job(Lane::Transfer, WORK, work, Self::on_registered);
    }

    fn on_registered(&mut self, _: &str, result: Result<Registered, Failed>, cx: &mut Context<'_, Self>) {
        if let Ok(registered) = result {
            self.count(&registered.exchange, false, cx);
            self.conflict = registered.exchange.code() == Some(409);
            if self.conflict {
                for led in lights::CONFLICTING {
                    light(*led, cx);
                }
            }
            let level = if registered.exchange.succeeded() { Level::Info } else { Level::Warn };
            cx.log(level, format_args!("registering: {}", registered.outcome()));
        }
        self.ask_for_uuid(cx);
    }

    fn ask_for_uuid(&mut self, cx: &mut Context<'_, Self>) {
        let Some((peer, _)) = self.peer(cx) else { return self.try_later(cx) };
        self.state = State::Uuid;
        let (signers, hardware) = (self.signers.clone(), self.hardware.clone());
        let work = move |hal: &_, scope: &_| work::ask_for_uuid(hal, scope, &peer, &signers, &hardware);
        cx.job(Lane::Transfer, WORK, work, Self::on_uuid);
    }

    fn on_uuid(&mut self, _: &str, result: Result<Named, Failed>, cx: &mut Context<'_, Self>) {
        let Ok(named) = result else { return self.try_later(cx) };
        let bad_envelope = named.status.as_ref().is_err_and(work::NoName::is_bad_envelope);
        self.count(&named.exchange, bad_envelope, cx);
        match named.status {
            Ok(status) => self.write(status, cx),
            Err(why) => {
                for led in lights::of_uuid(named.exchange.code(), bad_envelope, self.conflict) {
                    light(*led, cx);
                }
                cx.log(Level::Warn, format_args!("asking for the UUID: {why}"));
                if why == work::NoName::Answer(AnswerError::Envelope(EnvelopeError::UnknownSender)) {
                    self.wait = FIRST_WAIT;
                }
                self.try_later(cx);
            }
        }
    }

    fn write(&mut self, status: OnboardingStatus, cx: &mut Context<'_, Self>) {
        let (places, written) = (self.places.clone(), status.clone());
        self.state = State::Writing(status);
        let work = move |hal: &_, scope: &_| work::write(hal, scope, &places, &written);
        cx.job(Lane::Process, WORK, work, Self::on_written);
    }

    fn on_written(
        &mut self,
        _: &str,
        result: Result<Result<(), StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let State::Writing(status) = &self.state else { return };
        match result {
            Ok(Ok(())) => {
                cx.log(Level::Info, format_args!("this device is {}", status.device_uuid));
                cx.publish_stored(OnboardingStatus::KEY, status.clone(), Self::on_onboarded);
            }
            Ok(Err(why)) => {
                cx.log(Level::Error, format_args!("the UUID cannot be kept: {why}"));
                self.try_later(cx);
            }
            Err(_) => self.try_later(cx),
        }
    }

    fn on_onboarded(&mut self, _: &str, cx: &mut Context<'_, Self>) {
        light(lights::ONBOARDED, cx);
        self.end(0, cx);
    }

    fn try_later(&mut self, cx: &mut Context<'_, Self>) {
        let wait = self.wait;
        self.wait = (wait * 2).min(LAST_WAIT);
        self.state = State::WaitingForNextTry;
        cx.after(wait, wait / SLACK, Self::on_next_try);
    }

    fn on_next_try(&mut self, cx: &mut Context<'_, Self>) {
        if self.known.is_none() {
            return self.read(cx);
        }
        self.state = State::WaitingForNetwork;
        self.update(cx);
    }

    fn end(&mut self, status: i32, cx: &mut Context<'_, Self>) {
        self.state = State::Done;
        cx.finish(status);
    }

    /// The controller as it can be reached now, and its root.
    fn peer(&self, cx: &Context<'_, Self>) -> Option<(Peer, String)> {
        let network = cx.get::<DeviceNetworkStatus>(NIM, DeviceNetworkStatus::KEY)?;
        let settings = cx.get::<ConfigItemValueMap>(ZEDAGENT, ConfigItemValueMap::KEY);
        let settings = settings.map_or_else(Settings::default, |map| Settings::from_map(&map));
        let facts = &self.known.as_ref()?.facts;
        // Until it is told its UUID, the device is known by its serial numbers.
        Some((facts.peer(None, &network, &settings, self.tries as usize), facts.root.clone()))
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
}

/// Whether the controller can be asked at all.
fn can_connect(network: &DeviceNetworkStatus) -> bool {
    let far_enough =
        matches!(network.state, DpcState::Success | DpcState::FailWithIpAndDns | DpcState::RemoteWait);
    let mut managing = network.ports.iter().filter(|port| network.is_mgmt(port));
    far_enough && managing.any(|port| port.usable_addrs().next().is_some())
}

fn light(code: u8, cx: &mut Context<'_, Client>) {
    cx.publish_at(Place::Global, LedBlinkCounter::KEY, LedBlinkCounter { blink_counter: code });
}
