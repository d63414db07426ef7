//! Attestation of the device by its controller, which gives no configuration without the token that comes of it
//! (spec/01, Attestation; A13). A device without a TPM walks the same states with an empty quote and no keys.
//!
//! | State | Event | Next | Action |
//! |---|---|---|---|
//! | None | Begin, Restart | NonceWait | ask for a nonce |
//! | NonceWait | Nonce | AttestWait | send the quote |
//! | NonceWait | Failed | NonceWait | timer |
//! | NonceWait | Timer | NonceWait | ask for a nonce |
//! | AttestWait | Mismatch | RestartWait | timer |
//! | AttestWait | Failed | AttestWait | timer |
//! | AttestWait | Timer | AttestWait | send the quote |
//! | AttestWait | Token | Complete, or RestartWait if a restart was asked for | poll for the configuration |
//! | Complete | Restart | RestartWait | timer |
//! | RestartWait | Timer | NonceWait | ask for a nonce |
//! | NonceWait, AttestWait | Restart | the same | a restart is remembered |
//! | any other pair | | the same | a line in the log |
//!
//! Quotes and keys of a TPM are not made yet: on a device with one, attestation says so and is not begun.

use std::time::Duration;

use log::Level;
use pillar_proto::attest::{ZAttestQuote, ZAttestReq, ZAttestReqType, ZAttestResponse, ZAttestResponseCode};
use pillar_types::attest::AttestState;

use super::ZedAgent;
use super::work::{self, NoConfig};
use crate::controller::certs::Signer;
use crate::controller::exchange::Exchange;
use crate::hal::{Hal, Scope, StorageError};
use crate::node::{Context, Failed, Lane};

/// How long it waits before it tries again.
const RETRY: Duration = Duration::from_secs(15);
const SLACK: Duration = Duration::from_millis(500);

/// How long a nonce may be, in bytes.
const NONCE: std::ops::RangeInclusive<usize> = 12..=32;

/// Its timer and its job.
const KEY: &str = "attest";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The device can speak with its controller.
    Begin,
    /// The controller wants it again.
    Restart,
    /// The timer.
    Timer,
    /// A nonce came.
    Nonce,
    /// The token is stored.
    Token,
    /// The controller does not accept the quote.
    Mismatch,
    /// A request brought nothing.
    Failed,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask for a nonce.
    AskForNonce,
    /// Send the quote.
    SendQuote,
    /// Try again later.
    SetTimer,
    /// Ask for the configuration.
    Poll,
    /// Remember that it is to begin again.
    Remember,
    /// Nothing fits.
    Ignore,
}

/// How far it is.
#[derive(Debug, Default)]
pub struct Attest {
    /// The state.
    pub state: AttestState,
    /// What went wrong last; empty if nothing did.
    pub error: String,
    /// Whether it is to begin again once it is done.
    restart: bool,
    /// Whether a quote was ever sent.
    pub quoted: bool,
    /// Whether the timer runs.
    waits: bool,
    /// Whose signature counted when the last request was made.
    asked_with: Option<Signer>,
}

impl Attest {
    /// Moves on.
    pub fn step(&mut self, event: Event) -> Action {
        use AttestState::{AttestWait, Complete, NonceWait, RestartWait};
        let (next, action) = match (self.state, event) {
            (AttestState::None, Event::Begin | Event::Restart) | (NonceWait | RestartWait, Event::Timer) => {
                (NonceWait, Action::AskForNonce)
            }
            (NonceWait, Event::Nonce) | (AttestWait, Event::Timer) => (AttestWait, Action::SendQuote),
            (NonceWait, Event::Failed) => (NonceWait, Action::SetTimer),
            (AttestWait, Event::Failed) => (AttestWait, Action::SetTimer),
            (AttestWait, Event::Mismatch) | (Complete, Event::Restart) => (RestartWait, Action::SetTimer),
            (AttestWait, Event::Token) if self.restart => (RestartWait, Action::SetTimer),
            (AttestWait, Event::Token) => (Complete, Action::Poll),
            (NonceWait | AttestWait, Event::Restart) => (self.state, Action::Remember),
            (state, _) => (state, Action::Ignore),
        };
        self.waits = match action {
            Action::SetTimer => true,
            Action::Remember | Action::Ignore => self.waits,
            Action::AskForNonce | Action::SendQuote | Action::Poll => false,
        };
        self.restart = match action {
            Action::Remember => true,
            _ => self.restart && next != RestartWait,
        };
        self.state = next;
        action
    }

    /// Whether it has not come to its end yet.
    pub fn is_under_way(&self) -> bool {
        matches!(self.state, AttestState::NonceWait | AttestState::AttestWait)
    }
}

type Answered = (Exchange, Result<ZAttestResponse, NoConfig>);

impl ZedAgent {
    /// Moves attestation on, as far as it can go now.
    pub(super) fn update_attest(&mut self, event: Event, cx: &mut Context<'_, Self>) {
        if self.ground.as_ref().is_some_and(|ground| ground.tpm) {
            self.attest.error = "attestation by a TPM is not supported yet".into();
            return;
        }
        match self.attest.step(event) {
            Action::AskForNonce => {
                let req_type = ZAttestReqType::Nonce as i32;
                self.send_attest(ZAttestReq { req_type, ..ZAttestReq::default() }, Self::on_nonce, cx);
            }
            Action::SendQuote => {
                self.attest.quoted = true;
                let quote = Some(ZAttestQuote::default());
                let req_type = ZAttestReqType::Quote as i32;
                self.send_attest(
                    ZAttestReq { req_type, quote, ..ZAttestReq::default() },
                    Self::on_verdict,
                    cx,
                );
            }
            Action::SetTimer => {
                cx.after_key(RETRY, SLACK, KEY, |agent, _, cx| agent.update_attest(Event::Timer, cx));
            }
            Action::Poll => {
                cx.log(Level::Info, format_args!("the controller has attested this device"));
                self.poll(cx);
            }
            Action::Remember => {}
            Action::Ignore => {
                let state = self.attest.state;
                cx.log(Level::Debug, format_args!("attestation ignores {event:?} in {}", state.name()));
            }
        }
        self.publish_status(cx);
    }

    /// There are certificates that were not known before: what failed for the want of them is tried again at once.
    pub(super) fn attest_with_new_certs(&mut self, cx: &mut Context<'_, Self>) {
        if self.attest.is_under_way() && self.attest.waits {
            cx.stop_key(KEY);
            self.update_attest(Event::Timer, cx);
        }
    }

    fn send_attest(
        &mut self,
        request: ZAttestReq,
        done: fn(&mut Self, &str, Result<Answered, Failed>, &mut Context<'_, Self>),
        cx: &mut Context<'_, Self>,
    ) {
        let Some((peer, signers)) = self.peer(cx) else {
            return self.fail_attest("there is no way to the controller".into(), cx);
        };
        self.attest.asked_with = signers.first().cloned();
        let work = move |hal: &Hal, scope: &Scope| work::attest(hal, scope, &peer, &signers, &request);
        cx.job(Lane::Transfer, KEY, work, done);
    }

    fn fail_attest(&mut self, why: String, cx: &mut Context<'_, Self>) {
        if self.attest.error != why {
            cx.log(Level::Warn, format_args!("attestation: {why}"));
            self.attest.error = why;
            self.report_device(cx);
        }
        self.update_attest(Event::Failed, cx);
    }

    /// The response, if there is one; what else happened is dealt with.
    fn attest_response(
        &mut self,
        result: Result<Answered, Failed>,
        cx: &mut Context<'_, Self>,
    ) -> Option<ZAttestResponse> {
        let why = match result {
            Ok((exchange, Ok(response))) => {
                self.count(&exchange, false, cx);
                return Some(response);
            }
            Ok((exchange, Err(why))) => {
                self.count(&exchange, why.is_bad_envelope(), cx);
                if why.is_unknown_signer() && self.attest.asked_with.as_ref() != self.signers.first() {
                    // Certificates came while the request was under way.
                    self.attest.waits = true;
                    self.attest_with_new_certs(cx);
                    return None;
                }
                if why.is_unknown_signer() {
                    self.want_certs(cx);
                }
                why.to_string()
            }
            Err(_) => "the request did not come to an end".into(),
        };
        self.fail_attest(why, cx);
        None
    }

    fn on_nonce(&mut self, _: &str, result: Result<Answered, Failed>, cx: &mut Context<'_, Self>) {
        let Some(response) = self.attest_response(result, cx) else { return };
        let nonce = response.nonce.map(|nonce| nonce.nonce).unwrap_or_default();
        if NONCE.contains(&nonce.len()) {
            self.update_attest(Event::Nonce, cx);
        } else {
            self.fail_attest(format!("the controller's nonce has {} bytes", nonce.len()), cx);
        }
    }

    fn on_verdict(&mut self, _: &str, result: Result<Answered, Failed>, cx: &mut Context<'_, Self>) {
        let Some(response) = self.attest_response(result, cx) else { return };
        let verdict = response.quote_resp.unwrap_or_default();
        match ZAttestResponseCode::try_from(verdict.response) {
            Ok(ZAttestResponseCode::Success) => {
                let (path, token) = (self.places.integrity_token(), verdict.integrity_token);
                let work = move |hal: &Hal, scope: &Scope| hal.storage.replace(scope, &path, &token);
                cx.job(Lane::Store, KEY, work, Self::on_token);
            }
            Ok(
                code @ (ZAttestResponseCode::NonceMismatch
                | ZAttestResponseCode::NoCertFound
                | ZAttestResponseCode::QuoteFailed),
            ) => {
                self.attest.error = format!("the controller does not accept the quote: {code:?}");
                cx.log(Level::Warn, format_args!("{}", self.attest.error));
                self.update_attest(Event::Mismatch, cx);
                self.report_device(cx);
            }
            _ => self.fail_attest("the controller's verdict is none".into(), cx),
        }
    }

    fn on_token(
        &mut self,
        _: &str,
        result: Result<Result<(), StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        match result {
            Ok(Ok(())) => {
                self.attest.error.clear();
                self.update_attest(Event::Token, cx);
                self.report_device(cx);
            }
            Ok(Err(why)) => self.fail_attest(format!("the token cannot be kept: {why}"), cx),
            Err(_) => self.fail_attest("the token was not kept".into(), cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use AttestState::{AttestWait, Complete, NonceWait, RestartWait};

    use super::*;

    #[test]
    fn every_event_has_an_answer_in_every_state() {
        let events = [
            Event::Begin,
            Event::Restart,
            Event::Timer,
            Event::Nonce,
            Event::Token,
            Event::Mismatch,
            Event::Failed,
        ];
        for state in (0..=8).map(AttestState::from) {
            for event in events {
                let mut attest = Attest { state, ..Attest::default() };
                let action = attest.step(event);
                assert!(action != Action::Ignore || attest.state == state, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn a_restart_that_comes_meanwhile_is_made_afterwards() {
        let mut attest = Attest::default();
        let steps = [
            (Event::Begin, NonceWait, Action::AskForNonce),
            (Event::Restart, NonceWait, Action::Remember),
            (Event::Nonce, AttestWait, Action::SendQuote),
            (Event::Token, RestartWait, Action::SetTimer),
            (Event::Timer, NonceWait, Action::AskForNonce),
            (Event::Nonce, AttestWait, Action::SendQuote),
            (Event::Token, Complete, Action::Poll),
        ];
        for (event, state, action) in steps {
            assert_eq!((attest.step(event), attest.state), (action, state), "{event:?}");
        }
    }

    #[test]
    fn ac01_35_what_comes_twice_is_ignored_once_it_is_complete() {
        let mut attest = Attest { state: Complete, ..Attest::default() };
        for event in [Event::Nonce, Event::Token, Event::Timer, Event::Failed] {
            assert_eq!((attest.step(event), attest.state), (Action::Ignore, Complete), "{event:?}");
        }
    }
}
