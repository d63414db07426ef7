//! Rounds of jobs: one at a time, each as far as its purpose needs.
//!
//! | Step | Event | Next |
//! |---|---|---|
//! | idle | something is wanted | settle |
//! | settle | the reconciler has nothing under way, or may not hold this up | look |
//! | look | looked, and only a look was wanted | idle |
//! | look | looked, and new operations are under way for what is verified | settle |
//! | look | looked | test |
//! | test | tested | idle |
//! | any | what is verified was given up | idle; what is under way is of no interest |

use std::sync::Arc;
use std::time::Duration;

use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::port::DpcState;

use super::conn_test::{self, Ask, Found, MAX_TEST_TIME, Verdict};
use super::facts::{self, Facts, Pciback};
use super::items::{self, NetError, NetItem};
use super::list::Outcome;
use super::{Nim, verify};
use crate::hal::{DhcpConfig, Hal, Scope};
use crate::node::{Context, Failed, JobSpec, Lane};
use crate::reconcile::{Item, Key, OpId, State};
use crate::settings::keys;

/// Operations in one plan.
const MAX_OPS: usize = 64;

/// The longest that an operation takes: dhcpcd has 30 s to give a lease back.
const OP_TIME: Duration = Duration::from_mins(1);

/// The job that tests.
const TEST_JOB: &str = "test";

/// Groups of items.
pub const PORTS: &str = "Ports";
pub const NETWORK_IO: &str = "NetworkIO";
pub const GLOBAL_ITEMS: &str = "Global";

/// What a round is for. The later ones include the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// To see and say how the ports are.
    Look,
    /// To see whether the controller is still reached.
    Test,
    /// To verify a configuration.
    Verify,
}

/// How far a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Settle,
    Look,
    Test,
}

/// The round, if there is one, and what is wanted after it.
#[derive(Default)]
pub struct Round {
    running: Option<(Purpose, Step)>,
    wanted: Option<Purpose>,
    /// Goes up when what is under way is of no interest any more.
    number: u64,
    /// How many tests were made: the ports of one cost take turns.
    tests: usize,
}

impl Nim {
    /// Wants a round.
    pub(super) fn want(&mut self, purpose: Purpose, cx: &mut Context<'_, Self>) {
        self.round.wanted = self.round.wanted.max(Some(purpose));
        self.update_round(cx);
    }

    /// Gives up what a round is about to find out; a look is still wanted.
    pub(super) fn drop_round(&mut self, cx: &mut Context<'_, Self>) {
        cx.cancel(TEST_JOB);
        self.round.number += 1;
        self.round.wanted = Some(Purpose::Look);
        self.round.running = None;
    }

    /// Takes the round as far as it can go now.
    pub(super) fn update_round(&mut self, cx: &mut Context<'_, Self>) {
        self.start_operations(cx);
        if self.round.running.is_none() {
            let Some(purpose) = self.round.wanted.take() else { return };
            self.round.running = Some((purpose, Step::Settle));
        }
        if let Some((purpose, Step::Settle)) = self.round.running {
            if purpose == Purpose::Verify && self.graph.busy() && !self.is_async_over(cx) {
                self.wait_for_operations(cx);
                return;
            }
            self.round.running = Some((purpose, Step::Look));
            self.start_look(cx);
        }
    }

    /// Hands what the reconciler wants done to jobs.
    fn start_operations(&mut self, cx: &mut Context<'_, Self>) {
        let now = cx.now().mono;
        for op in self.graph.plan(now, MAX_OPS) {
            let key = op.act.item().key().to_string();
            log::debug!("{:?} {key}", op.act.kind());
            let (id, act) = (op.id, op.act);
            let spec = JobSpec { lane: Lane::Process, key: &key, limit: OP_TIME };
            let work = move |hal: &Hal, scope: &Scope| (id, items::carry_out(hal, scope, &act));
            self.flights.insert(key.clone(), id);
            cx.job_with(spec, work, Self::on_operation, None);
        }
        match self.graph.next_try() {
            Some(at) => {
                cx.after_key(at.since(now), Duration::ZERO, "retry", |nim, _, cx| nim.update_round(cx));
            }
            None => cx.stop_key("retry"),
        }
    }

    fn on_operation(
        &mut self,
        key: &str,
        result: Result<(OpId, Result<(), NetError>), Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let flight = self.flights.remove(key);
        let (id, result) = match result {
            Ok((id, result)) => (Some(id), result),
            Err(_) => (flight, Err(NetError::Unfinished)),
        };
        if let Err(why) = &result {
            log::warn!("{key}: {why}");
        }
        if let Some(id) = id {
            self.graph.done(cx.now().mono, id, result);
        }
        self.update_round(cx);
        // What was done shows in the status.
        if !self.graph.busy() {
            self.want(Purpose::Look, cx);
        }
    }

    fn start_look(&mut self, cx: &mut Context<'_, Self>) {
        let number = self.round.number;
        let clients = self.clients();
        cx.job(
            Lane::Process,
            "look",
            move |hal, scope| (number, facts::look(hal, scope, &clients)),
            Self::on_looked,
        );
    }

    /// The clients that are there as intended.
    fn clients(&self) -> Vec<(String, DhcpConfig)> {
        let keys: Vec<Key> = self.graph.keys(PORTS).cloned().collect();
        let up = keys.iter().filter(|key| self.graph.state(key) == Some(State::Up));
        let client = |item: Arc<NetItem>| match &*item {
            NetItem::Client { link, config } => Some((link.clone(), config.clone())),
            _ => None,
        };
        up.filter_map(|key| client(self.graph.current(key)?.clone())).collect()
    }

    fn on_looked(
        &mut self,
        _: &str,
        looked: Result<(u64, Result<Facts, NetError>), Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let Ok((number, looked)) = looked else {
            self.end_look(None, cx);
            return;
        };
        match looked {
            Ok(facts) => {
                let news = facts.news_since(&self.facts, |link| self.matters(link));
                self.facts = facts;
                self.observe(cx);
                let live = number == self.round.number;
                if live {
                    self.end_look(Some(()), cx);
                }
                self.on_news(&news, cx);
                if !live {
                    self.update_round(cx);
                }
            }
            Err(why) => {
                log::warn!("cannot look at the network: {why}");
                if number == self.round.number {
                    self.end_look(None, cx);
                }
            }
        }
    }

    /// Tells the reconciler which interfaces are there and free.
    pub(super) fn observe(&mut self, cx: &Context<'_, Self>) {
        let adapters = self.adapters(cx);
        let entry = self.list.current_entry();
        let ports = entry.map(|entry| &entry.dpc.ports[..]).unwrap_or_default();
        let free = |name: &&String| {
            let port = ports.iter().find(|port| port.if_name == **name);
            port.is_none_or(|port| facts::pciback(adapters.as_deref(), port) == Pciback::No)
        };
        let links = self.facts.links.keys().filter(free);
        let items: Vec<NetItem> = links.map(|link| NetItem::NetworkIo { link: link.clone() }).collect();
        self.graph.observe_group(NETWORK_IO, items);
    }

    /// A look is over: says how the ports are, and goes on.
    fn end_look(&mut self, seen: Option<()>, cx: &mut Context<'_, Self>) {
        let Some((purpose, Step::Look)) = self.round.running else { return };
        self.update_status(cx);
        if purpose == Purpose::Look {
            self.round.running = None;
            self.update_round(cx);
            return;
        }
        self.start_operations(cx);
        if seen.is_some() && purpose == Purpose::Verify && self.graph.busy() && !self.is_async_over(cx) {
            self.round.running = Some((purpose, Step::Settle));
            self.wait_for_operations(cx);
            return;
        }
        self.round.running = Some((purpose, Step::Test));
        self.start_test(cx);
    }

    fn start_test(&mut self, cx: &mut Context<'_, Self>) {
        let Some(status) = cx.own::<DeviceNetworkStatus>(DeviceNetworkStatus::KEY) else { return };
        let request_time = self.settings.get(keys::TIMER_PORT_TIMEOUT);
        let entry = self.list.current_entry();
        let worked_before = entry.is_some_and(|entry| {
            entry.outcome == Outcome::Worked || !entry.dpc.test_results.last_succeeded.is_zero()
        });
        let ask = Ask {
            server: self.paths.config.join("server"),
            root: self.paths.config.join("root-certificate.pem"),
            request_time,
            worked_before,
            ports: conn_test::ports(&status, &self.facts, &self.left_alone(cx), self.round.tests),
        };
        self.round.tests += 1;
        let number = self.round.number;
        let limit =
            if request_time.is_zero() { MAX_TEST_TIME } else { (request_time * 3).min(MAX_TEST_TIME) };
        let spec = JobSpec { lane: Lane::Transfer, key: TEST_JOB, limit };
        cx.job_with(
            spec,
            move |hal, scope| (number, conn_test::run(hal, scope, &ask)),
            Self::on_tested,
            None,
        );
    }

    /// Why ports are not to be tried, port by port: refused, or set aside for applications.
    fn left_alone(&self, cx: &Context<'_, Self>) -> Vec<Option<String>> {
        let adapters = self.adapters(cx);
        let ports = self.list.current_entry().map(|entry| &entry.dpc.ports[..]).unwrap_or_default();
        let pairs = ports.iter().zip(&self.refused);
        let why = pairs.map(|(port, refused)| {
            let set_aside = facts::pciback(adapters.as_deref(), port) != Pciback::No;
            refused.clone().or_else(|| set_aside.then(|| "set aside for applications".to_owned()))
        });
        why.collect()
    }

    fn on_tested(&mut self, _: &str, tested: Result<(u64, Found), Failed>, cx: &mut Context<'_, Self>) {
        let Some((purpose, Step::Test)) = self.round.running else { return };
        let found = match tested {
            Ok((number, _)) if number != self.round.number => return,
            Ok((_, found)) => found,
            // One that was given up.
            Err(Failed::Cancelled) => return,
            Err(_) => {
                let verdict = Verdict::Failed("the test took too long".into());
                Found { ports: Vec::new(), verdict }
            }
        };
        self.round.running = None;
        self.record_ports(&found, cx);
        match purpose {
            Purpose::Verify => self.conclude(&found.verdict, cx),
            Purpose::Test | Purpose::Look => self.conclude_test(&found.verdict, cx),
        }
        self.update_round(cx);
    }

    /// Whether operations have held up what is verified for long enough.
    fn is_async_over(&self, cx: &Context<'_, Self>) -> bool {
        self.elapsed(cx) >= verify::async_limit(self.settings.get(keys::TIMER_PORT_TESTDURATION))
    }

    fn wait_for_operations(&mut self, cx: &mut Context<'_, Self>) {
        self.set_state(DpcState::AsyncWait);
        self.update_status(cx);
        let t = self.settings.get(keys::TIMER_PORT_TESTDURATION);
        let left = verify::async_limit(t).saturating_sub(self.elapsed(cx));
        cx.after_key(left, Duration::ZERO, "async", |nim, _, cx| nim.update_round(cx));
    }
}
