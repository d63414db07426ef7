//! Messages that must arrive, on their way to the controller one at a time (spec/01, A7). What is sent when, and what
//! becomes of it, is decided by [`Deferred`]; here it is sent.

use log::Level;

use super::ZedAgent;
use crate::checkpoint::Checkpoint;
use crate::controller::deferred::{BACKLOG, Deferred, Fate, Rank, Sent};
use crate::controller::exchange::{Exchange, Question, exchange};
use crate::controller::urls::Endpoint;
use crate::hal::{Hal, Scope};
use crate::node::{Context, Failed, Lane};

/// Its job, its timer.
const SEND: &str = "send";
/// The job that keeps a copy of what arrived.
const COPY: &str = "copy";

/// A message on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// What is sent to `info`.
    pub message: Vec<u8>,
    /// Where a copy is kept, for people who look for faults.
    pub copy: Option<Checkpoint>,
}

/// All of them.
pub type Outbox = Deferred<Outgoing>;

impl ZedAgent {
    /// Puts a message in place of the one with the same key.
    pub(super) fn send(&mut self, key: &str, rank: Rank, outgoing: Outgoing, cx: &mut Context<'_, Self>) {
        if !self.outbox.put(key, rank, outgoing, cx.now().mono) {
            cx.log(Level::Error, format_args!("{key}: too many messages wait; this one is dropped"));
        }
        if self.outbox.len() == BACKLOG {
            cx.log(Level::Warn, format_args!("{BACKLOG} messages wait for the controller"));
        }
        self.update_outbox(cx);
    }

    /// Sends what is due.
    pub(super) fn update_outbox(&mut self, cx: &mut Context<'_, Self>) {
        if !self.speaking {
            return;
        }
        let now = cx.now().mono;
        let Some((key, outgoing)) = self.outbox.next(now) else {
            if let Some(due) = self.outbox.due() {
                let after = due.since(now);
                cx.after_key(after, after / super::SLACK, SEND, |agent, _, cx| agent.update_outbox(cx));
            }
            return;
        };
        let Some((peer, _)) = self.peer(cx) else { return };
        let work = move |hal: &Hal, scope: &Scope| {
            let question = Question {
                stop_at_refusal: true,
                ..Question::post(Endpoint::Info, outgoing.message.clone())
            };
            (key, outgoing, exchange(hal, scope, &peer, &question))
        };
        cx.job(Lane::Transfer, SEND, work, Self::on_sent);
    }

    fn on_sent(
        &mut self,
        _: &str,
        result: Result<(String, Outgoing, Exchange), Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let now = cx.now().mono;
        let spread = cx.rand();
        let Ok((key, outgoing, exchange)) = result else {
            self.outbox.sent("", Sent::NoAnswer, now, spread);
            return self.update_outbox(cx);
        };
        self.count(&exchange, false, cx);
        let sent = match exchange.code() {
            Some(_) if exchange.succeeded() => Sent::Taken,
            Some(code) => Sent::Refused(code),
            None => Sent::NoAnswer,
        };
        match self.outbox.sent(&key, sent, now, spread) {
            Fate::Arrived => self.keep_copy(outgoing, cx),
            Fate::GivenUp => {
                let code = exchange.code().unwrap_or(0);
                cx.log(Level::Error, format_args!("{key}: refused for good with status {code}"));
            }
            Fate::Waits { warn: true } => {
                cx.log(Level::Warn, format_args!("{key}: the controller still does not take it"));
            }
            Fate::Waits { warn: false } => {}
        }
        self.update_outbox(cx);
    }

    fn keep_copy(&self, outgoing: Outgoing, cx: &mut Context<'_, Self>) {
        let Some(file) = outgoing.copy else { return };
        let checkpoints = self.places.checkpoints();
        let work = move |hal: &Hal, scope: &Scope| checkpoints.save(hal, scope, file, outgoing.message);
        cx.job(Lane::Store, COPY, work, |_, _, _, _| {});
    }
}
