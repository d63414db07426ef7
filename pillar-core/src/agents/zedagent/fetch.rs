//! The configuration: asked for again and again, kept, and read back while the controller cannot be reached (spec/01,
//! Config fetch; A8, A9).
//!
//! | ConfigGetStatus | Event | Next | Actions |
//! |---|---|---|---|
//! | any | a configuration | Success | LED 4, applied, kept |
//! | any | the same one | Success | LED 4 |
//! | any | one that is older than what is in force | as it was | ignored, not kept |
//! | any | none, and none was applied in this life | ReadSaved, once it is read | the kept one is applied, commands apart |
//! | any | refused connection, 503, 404 or bad certificate, or 403 after a quote, during a trial | TemporaryFail | – |
//! | any | none else | Fail | LED down from 4 |
//!
//! The hash of a configuration is remembered once all of it is applied, never before, so what was left out because of
//! maintenance mode or a reboot comes again by itself.

use std::time::Duration;

use log::Level;
use pillar_types::Time;
use pillar_types::attest::AttestState;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::node::{BootReason, ConfigGetStatus};
use pillar_types::port::DpcState;

use super::ZedAgent;
use super::attest;
use super::parse::{Parsed, Surroundings};
use super::work::{self, Asked, NoConfig, Outcome, Received};
use super::{light, lit};
use crate::controller::exchange::Exchange;
use crate::controller::status::SenderStatus;
use crate::flextimer::{FlexTimer, Period};
use crate::hal::{Hal, Scope, Sha256, StorageError};
use crate::node::{Context, Failed, Lane};
use crate::settings::keys;

/// What the LED shows (spec/01, LED values).
const CONNECTING: u8 = 2;
const CONNECTED: u8 = 3;
const ONBOARDED: u8 = 4;
const BAD_ENVELOPE: u8 = 15;

/// Timers and jobs.
const POLL: &str = "poll";
const SAVED: &str = "saved";
const SAVE: &str = "save";
const PROVE: &str = "prove";

/// The first part of an interval in which a device does not come again, in tenths.
const LEAST_TENTHS: u32 = 3;

/// How far it is.
#[derive(Debug, Default)]
pub struct Fetch {
    /// How the last fetch went.
    pub status: ConfigGetStatus,
    /// A request is under way.
    busy: bool,
    /// Another one is wanted after it.
    again: bool,
    /// Whether the request that is under way was made with a token.
    with_token: bool,
    /// How the controller calls what is in force; empty if it has to give all of it.
    hash: String,
    digest: Option<Sha256>,
    /// When the controller made what is in force.
    timestamp: Option<Time>,
    /// Whether a configuration was applied, from the controller or read back.
    pub has_config: bool,
    /// A configuration that was kept is wanted, as none came.
    wants_saved: bool,
    /// It was read, or there is none.
    saved_read: bool,
    /// What the configuration says of maintenance mode.
    pub maintenance: bool,
    /// The profile in force.
    pub profile: String,
    /// The base OS that should run.
    pub base_os: Option<String>,
    epoch: Option<i64>,
    /// When a configuration was last received, and when one was last applied.
    pub received_at: Option<Time>,
    /// When one was last applied.
    pub applied_at: Option<Time>,
}

impl ZedAgent {
    /// Asks for the configuration now.
    pub(super) fn poll(&mut self, cx: &mut Context<'_, Self>) {
        if !self.speaking {
            return;
        }
        if self.fetch.busy {
            self.fetch.again = true;
            return;
        }
        let around = self.surroundings(cx);
        let Some((peer, signers)) = self.peer(cx) else { return };
        self.fetch.busy = true;
        self.fetch.with_token = self.attest.state == AttestState::Complete;
        let (hash, digest) = (self.fetch.hash.clone(), self.fetch.digest);
        let asked = Asked { peer, signers, hash, digest, around };
        let places = self.places.clone();
        let work = move |hal: &Hal, scope: &Scope| work::fetch(hal, scope, &places, &asked);
        cx.job(Lane::Transfer, POLL, work, Self::on_fetched);
    }

    fn surroundings(&self, cx: &Context<'_, Self>) -> Surroundings {
        Surroundings { device: self.device, now: cx.now().wall.into(), settings: Some(self.settings.clone()) }
    }

    fn on_fetched(
        &mut self,
        _: &str,
        result: Result<(Exchange, Outcome), Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        self.fetch.busy = false;
        match result {
            Ok((exchange, Outcome::Unchanged)) => {
                self.count(&exchange, false, cx);
                self.succeed(cx);
            }
            Ok((exchange, Outcome::New(received))) => {
                self.count(&exchange, false, cx);
                self.receive(received, cx);
            }
            Ok((exchange, Outcome::Nothing(why))) => {
                self.count(&exchange, why.is_bad_envelope(), cx);
                self.fail(&exchange, &why, cx);
            }
            Err(_) => self.set_fetch_status(ConfigGetStatus::Fail, cx),
        }
        if std::mem::take(&mut self.fetch.again) {
            self.poll(cx);
        } else {
            self.poll_later(cx);
        }
    }

    fn poll_later(&self, cx: &mut Context<'_, Self>) {
        if let Some(mut timer) = spread(self.settings.get(keys::TIMER_CONFIG_INTERVAL)) {
            timer.arm(cx, POLL, |agent, _, cx| agent.poll(cx));
        }
    }

    fn succeed(&mut self, cx: &mut Context<'_, Self>) {
        light(ONBOARDED, cx);
        self.set_fetch_status(ConfigGetStatus::Success, cx);
    }

    fn receive(&mut self, received: Received, cx: &mut Context<'_, Self>) {
        let Received { hash, digest, envelope, parsed } = received;
        let made = parsed.general.timestamp;
        if made.zip(self.fetch.timestamp).is_some_and(|(new, old)| new < old) {
            cx.log(Level::Warn, format_args!("a configuration from before the one in force is ignored"));
            return self.succeed(cx);
        }
        self.fetch.received_at = Some(cx.now().wall.into());
        self.fetch.timestamp = made.or(self.fetch.timestamp);
        let interval: Duration = self.settings.get(keys::TIMER_CONFIG_INTERVAL);
        let general = parsed.general.clone();
        let complete = self.apply(*parsed, true, cx);
        if complete {
            (self.fetch.hash, self.fetch.digest) = (hash, Some(digest));
        } else {
            self.forget_config();
        }
        self.save(envelope, cx);
        self.succeed(cx);
        self.see_certs_hash(&general.certs_hash, cx);
        if self.fetch.epoch.replace(general.epoch).is_some_and(|epoch| epoch != general.epoch) {
            self.report_everything(cx);
        }
        if interval != self.settings.get(keys::TIMER_CONFIG_INTERVAL) {
            self.fetch.again = true;
        }
        self.report_device(cx);
    }

    /// Applies a configuration; `false` if some of it had to be left out for now.
    fn apply(&mut self, mut parsed: Parsed, from_controller: bool, cx: &mut Context<'_, Self>) -> bool {
        self.apply_settings(std::mem::take(&mut parsed.settings), cx);
        self.fetch.maintenance = parsed.general.maintenance;
        self.fetch.has_config = true;
        if from_controller {
            self.see_commands(&parsed.general, cx);
        }
        self.publish_status(cx);
        if self.commands.under_way.is_some() || self.maintenance(cx).0 {
            return false;
        }
        self.fetch.profile.clone_from(&parsed.general.profile);
        self.fetch.base_os.clone_from(&parsed.general.base_os);
        self.apply_objects(parsed, cx);
        self.fetch.applied_at = Some(cx.now().wall.into());
        self.publish_status(cx);
        true
    }

    /// The controller has to give all of the configuration next time.
    pub(super) fn forget_config(&mut self) {
        self.fetch.hash.clear();
        self.fetch.digest = None;
    }

    fn save(&mut self, envelope: Vec<u8>, cx: &mut Context<'_, Self>) {
        let places = self.places.clone();
        let work = move |hal: &Hal, scope: &Scope| work::save(hal, scope, &places, envelope);
        cx.job(Lane::Store, SAVE, work, Self::on_saved);
        let proved_after: Duration = self.settings.get(keys::TIMER_TEST_BASEIMAGE_UPDATE);
        cx.after_key(proved_after, proved_after / super::SLACK, PROVE, Self::on_proved);
    }

    fn on_saved(
        &mut self,
        what: &str,
        result: Result<Result<(), StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        if let Ok(Err(why)) = result {
            // What is in force goes on; only a boot without the controller would not find it.
            cx.log(Level::Error, format_args!("the configuration cannot be kept ({what}): {why}"));
        }
    }

    /// The configuration has been in force for as long as an image is on trial.
    fn on_proved(&mut self, _: &str, cx: &mut Context<'_, Self>) {
        let places = self.places.clone();
        let work = move |hal: &Hal, scope: &Scope| work::prove(hal, scope, &places);
        cx.job(Lane::Store, SAVE, work, Self::on_saved);
    }

    fn fail(&mut self, exchange: &Exchange, why: &NoConfig, cx: &mut Context<'_, Self>) {
        let forbidden = exchange.status == SenderStatus::Forbidden;
        let waits_for_token = forbidden && (self.attest.is_under_way() || !self.fetch.with_token);
        if waits_for_token {
            cx.log(Level::Debug, format_args!("no configuration before attestation"));
        } else if self.fetch.status != ConfigGetStatus::Fail || why.is_bad_envelope() {
            cx.log(Level::Warn, format_args!("no configuration: {why}"));
        }
        if why.is_bad_envelope() {
            light(BAD_ENVELOPE, cx);
        } else if lit(cx) == Some(ONBOARDED) && exchange.status != SenderStatus::Upgrade {
            light(if exchange.answer.is_some() { CONNECTED } else { CONNECTING }, cx);
        }
        if why.is_unknown_signer() || exchange.status == SenderStatus::CertInvalid {
            self.want_certs(cx);
        }
        let forbidden = forbidden && self.attest.quoted;
        let answers = matches!(
            exchange.status,
            SenderStatus::Refused
                | SenderStatus::Upgrade
                | SenderStatus::NotFound
                | SenderStatus::CertInvalid
        );
        let temporary = (forbidden || answers) && self.is_updating(cx);
        let status = if temporary { ConfigGetStatus::TemporaryFail } else { ConfigGetStatus::Fail };
        self.set_fetch_status(status, cx);
        if forbidden && self.fetch.with_token && !self.attest.is_under_way() {
            self.update_attest(attest::Event::Restart, cx);
        }
        if !self.fetch.has_config && !waits_for_token {
            self.fetch.wants_saved = true;
            self.update_saved(cx);
        }
    }

    /// Reads the kept configuration, if it is wanted, once it is known why the device booted.
    pub(super) fn update_saved(&mut self, cx: &mut Context<'_, Self>) {
        let Some(node) = Self::nodeagent(cx) else { return };
        if !self.fetch.wants_saved || self.fetch.saved_read || node.boot_reason == BootReason::None {
            return;
        }
        self.fetch.saved_read = true;
        let only_proved = !node.boot_reason.starts_from_saved_config();
        let (places, signers, around) = (self.places.clone(), self.signers.clone(), self.surroundings(cx));
        let work = move |hal: &Hal, scope: &Scope| {
            work::load_saved(hal, scope, &places, &signers, only_proved, &around)
        };
        cx.job(Lane::Store, SAVED, work, Self::on_saved_read);
    }

    fn on_saved_read(
        &mut self,
        _: &str,
        result: Result<Option<Box<Parsed>>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let saved = result.ok().flatten();
        if self.fetch.has_config {
            return;
        }
        let Some(parsed) = saved else {
            cx.log(Level::Warn, format_args!("there is no kept configuration to go on with"));
            return;
        };
        cx.log(Level::Info, format_args!("goes on with the configuration that was kept"));
        self.fetch.timestamp = parsed.general.timestamp;
        self.apply(*parsed, false, cx);
        self.set_fetch_status(ConfigGetStatus::ReadSaved, cx);
    }

    fn set_fetch_status(&mut self, status: ConfigGetStatus, cx: &mut Context<'_, Self>) {
        if self.fetch.status != status {
            self.fetch.status = status;
            self.publish_status(cx);
            self.report_device(cx);
        }
    }

    /// The network changed: what waited for it is tried at once.
    pub(super) fn see_network(&mut self, network: &DeviceNetworkStatus, cx: &mut Context<'_, Self>) {
        let good = network.state == DpcState::Success;
        if good && self.fetch.status != ConfigGetStatus::Success {
            self.poll(cx);
        }
        if good {
            self.outbox.connected();
            self.update_outbox(cx);
        }
    }
}

/// A timer that comes after some part of an interval.
pub(super) fn spread(interval: Duration) -> Option<FlexTimer> {
    FlexTimer::new(Period::Range { min: interval * LEAST_TENTHS / 10, max: interval }).ok()
}
