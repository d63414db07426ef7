//! Which configuration is in use, and how that is found out (spec/03, Verification loop and Events outside the loop).
//!
//! | State | Event | Next |
//! |---|---|---|
//! | idle | restart wanted, one can be tested | verifying it |
//! | idle | restart wanted, none can be tested | idle with the monitor's, or the first |
//! | verifying | an attempt has to wait | verifying, again after T, or when something about it changes |
//! | verifying | an attempt succeeds, or the controller is not well | idle |
//! | verifying | an attempt fails, and the first was not tested or worked last | verifying the first |
//! | verifying | an attempt fails, and another can be tested | verifying that |
//! | verifying | an attempt fails, and none can be tested | idle with the monitor's, or the first |
//! | idle | the periodic test passes | idle |
//! | idle | it fails for the second time in a row | restart |
//! | idle with another than the first, or a port with an error | time to look for a better one | restart |
//! | verifying | a configuration comes or goes | restart |

use std::time::Duration;

use pillar_types::base::Time;
use pillar_types::config_item::TriState;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::port::{DevicePortConfigList, DpcState};

use super::conn_test::{Found, Verdict};
use super::dpc::LAST_RESORT;
use super::list::Outcome;
use super::round::{GLOBAL_ITEMS, PORTS, Purpose};
use super::status::{self, Inputs};
use super::{Nim, items, last_resort, verify};
use crate::node::Context;
use crate::settings::keys;
use crate::time::Mono;

/// How long a device may be without any configuration before it makes one.
pub const RESCUE: Duration = Duration::from_mins(1);

/// How much later a periodic test or look may come.
pub const SLACK: Duration = Duration::from_secs(1);

/// How often everything is looked at even if nothing is said to have changed: a DHCP client that died is found so.
pub const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Timers.
const PENDING: &str = "pending";
const TEST: &str = "test-timer";
const BETTER: &str = "better";
const LOOK: &str = "look-again";

/// What is being verified, and what the last tests showed.
#[derive(Default)]
pub struct Verification {
    /// When the configuration was chosen; `None`: none is being verified.
    started: Option<Mono>,
    /// Whether the last periodic test passed.
    works: bool,
}

impl Nim {
    pub(super) fn is_verifying(&self) -> bool {
        self.verification.started.is_some()
    }

    /// How long what is verified has been so.
    pub(super) fn elapsed(&self, cx: &Context<'_, Self>) -> Duration {
        self.verification.started.map_or(Duration::MAX, |started| cx.now().mono.since(started))
    }

    /// Verifies from the best configuration on, unless that is under way.
    pub(super) fn restart(&mut self, cx: &mut Context<'_, Self>) {
        if self.is_verifying() {
            return;
        }
        match self.list.next_testable(0, cx.now().mono) {
            Some(index) => self.verify(index, cx),
            None => self.park(cx),
        }
    }

    /// Gives up what is verified, and verifies from the best configuration on.
    pub(super) fn restart_anew(&mut self, cx: &mut Context<'_, Self>) {
        self.verification.started = None;
        self.drop_round(cx);
        self.restart(cx);
    }

    fn verify(&mut self, index: usize, cx: &mut Context<'_, Self>) {
        self.stop_timers(cx);
        self.verification.started = Some(cx.now().mono);
        self.use_configuration(index, cx);
        self.want(Purpose::Verify, cx);
    }

    /// Stays with a configuration although it does not work.
    fn park(&mut self, cx: &mut Context<'_, Self>) {
        if let Some(place) = self.list.parking_place() {
            self.use_configuration(place, cx);
        }
        self.rest(cx);
    }

    /// Has the device be as a configuration says.
    pub(super) fn use_configuration(&mut self, index: usize, cx: &mut Context<'_, Self>) {
        if self.list.current() != Some(index) {
            let entry = &self.list.entries()[index].dpc;
            log::info!("using port configuration {} of {}", entry.key, entry.time_priority);
        }
        self.list.select(index);
        self.set_intended();
        self.observe(cx);
    }

    /// Intends what the configuration in use asks for.
    pub(super) fn set_intended(&mut self) {
        let Some(entry) = self.list.current_entry() else {
            self.refused.clear();
            self.graph.set_group(PORTS, []);
            return;
        };
        let plans = items::plan(&entry.dpc, self.settings.get(keys::DHCP_ENABLE_VENDORCLASSID));
        self.refused = plans.iter().map(|plan| plan.as_ref().err().cloned()).collect();
        self.graph.set_group(PORTS, items::items(&plans));
    }

    /// An attempt was made.
    pub(super) fn conclude(&mut self, verdict: &Verdict, cx: &mut Context<'_, Self>) {
        let (t, elapsed, adapters) =
            (self.settings.get(keys::TIMER_PORT_TESTDURATION), self.elapsed(cx), self.adapters(cx));
        let Some(entry) = self.list.current_entry() else { return };
        let Some(status) = cx.own::<DeviceNetworkStatus>(DeviceNetworkStatus::KEY) else { return };
        let lacks = verify::lacks(&entry.dpc, &self.facts, adapters.as_deref());
        let judged = verify::judge(&lacks, &status, verdict, elapsed, t);
        self.set_state(judged.state);
        if verify::waits(judged.state) {
            self.update_status(cx);
            cx.after_key(t, Duration::ZERO, PENDING, |nim, _, cx| nim.want(Purpose::Verify, cx));
            return;
        }
        let now = Time::from(cx.now().wall);
        let has_ip_and_dns = status.ports.iter().any(|port| status.is_mgmt(port) && port.has_ip_and_dns());
        let is_success = matches!(judged.state, DpcState::Success | DpcState::RemoteWait);
        if let Some(entry) = self.list.current_entry_mut() {
            if has_ip_and_dns {
                entry.dpc.last_ip_and_dns = now;
            }
            record(entry, is_success.then_some(&judged.text).ok_or(&judged.text), now, cx.now().mono);
            for port in entry.dpc.ports.vec().iter_mut().filter(|_| !is_success) {
                if lacks.missing.contains(&port.if_name) {
                    port.test_results.record_failure(&format!("missing interface {}", port.if_name), now);
                }
            }
            log::info!("port configuration {}: {} {}", entry.dpc.key, judged.state.name(), judged.text);
        }
        if is_success {
            self.verification.works = true;
            self.rest(cx);
        } else {
            self.fall_back(cx);
        }
    }

    /// What was verified does not work: the first again, the next, or none.
    fn fall_back(&mut self, cx: &mut Context<'_, Self>) {
        let after = self.list.current().map_or(0, |current| current + 1);
        let first_again = self.list.first_is_untested() || self.list.first_worked();
        let next = if first_again { Some(0) } else { self.list.next_testable(after, cx.now().mono) };
        if let Some(index) = next {
            self.verification.started = None;
            self.publish_list(cx);
            self.verify(index, cx);
        } else {
            self.verification.works = false;
            self.park(cx);
        }
    }

    /// Nothing is verified for now.
    fn rest(&mut self, cx: &mut Context<'_, Self>) {
        self.verification.started = None;
        self.list.compress(self.keeps_last_resort());
        self.update_status(cx);
        self.stop_timers(cx);
        let better = self.settings.get(keys::TIMER_PORT_TESTBETTERINTERVAL);
        if self.list.current() != Some(0) && !better.is_zero() {
            cx.after_key(better, SLACK, BETTER, |nim, _, cx| nim.on_better_timer(cx));
        }
        self.arm_test(cx);
        self.want(Purpose::Look, cx);
        if self.list.first_is_untested() && self.list.current() != Some(0) {
            self.restart(cx);
        }
    }

    fn stop_timers(&mut self, cx: &mut Context<'_, Self>) {
        for timer in [PENDING, TEST, BETTER] {
            cx.stop_key(timer);
        }
    }

    pub(super) fn arm_test(&mut self, cx: &mut Context<'_, Self>) {
        let interval = self.settings.get(keys::TIMER_PORT_TESTINTERVAL);
        cx.after_key(interval, SLACK, TEST, |nim, _, cx| nim.on_test_timer(cx));
    }

    fn on_test_timer(&mut self, cx: &mut Context<'_, Self>) {
        if self.list.current().is_none() {
            self.arm_test(cx);
            self.restart(cx);
        } else {
            self.want(Purpose::Test, cx);
        }
    }

    fn on_better_timer(&mut self, cx: &mut Context<'_, Self>) {
        let errors =
            |entry: &super::list::Entry| entry.dpc.ports.iter().any(|port| port.test_results.has_error());
        if self.list.current() != Some(0) || self.list.current_entry().is_some_and(errors) {
            self.restart(cx);
        }
    }

    /// A periodic test was made.
    pub(super) fn conclude_test(&mut self, verdict: &Verdict, cx: &mut Context<'_, Self>) {
        if self.is_verifying() {
            return;
        }
        let (now, mono) = (Time::from(cx.now().wall), cx.now().mono);
        let passed = match verdict {
            Verdict::Passed => Some((DpcState::Success, String::new())),
            Verdict::Remote(why) => Some((DpcState::RemoteWait, why.clone())),
            Verdict::NotReady(_) | Verdict::Failed(_) => None,
        };
        if let (Some((state, warning)), Some(entry)) = (&passed, self.list.current_entry_mut()) {
            entry.dpc.state = *state;
            record(entry, Ok(warning), now, mono);
        }
        self.update_status(cx);
        let worked = std::mem::replace(&mut self.verification.works, passed.is_some());
        self.arm_test(cx);
        if passed.is_none() && !worked {
            self.restart(cx);
        }
    }

    /// What a test found out of single ports.
    pub(super) fn record_ports(&mut self, found: &Found, cx: &Context<'_, Self>) {
        let now = Time::from(cx.now().wall);
        let Some(entry) = self.list.current_entry_mut() else { return };
        for (place, result) in &found.ports {
            let Some(port) = entry.dpc.ports.vec().get_mut(*place) else { continue };
            match result {
                Ok(warning) => port.test_results.record_success(warning, now),
                Err(why) => port.test_results.record_failure(why, now),
            }
        }
    }

    pub(super) fn set_state(&mut self, state: DpcState) {
        if let Some(entry) = self.list.current_entry_mut() {
            entry.dpc.state = state;
        }
    }

    /// Publishes how the ports are, and the list; has the device resolve names by the ports' servers.
    pub(super) fn update_status(&mut self, cx: &mut Context<'_, Self>) {
        self.publish_list(cx);
        let Some(entry) = self.list.current_entry() else { return };
        let adapters = self.adapters(cx);
        let status = status::build(&Inputs {
            dpc: &entry.dpc,
            refused: &self.refused,
            facts: &self.facts,
            adapters: adapters.as_deref(),
            index: self.list.current_index(),
            testing: self.is_verifying(),
            before: cx.own::<DeviceNetworkStatus>(DeviceNetworkStatus::KEY).as_deref(),
            now: cx.now().wall.into(),
        });
        let (servers, search) = status::resolvers(&status);
        if !servers.is_empty() {
            self.graph.set_group(GLOBAL_ITEMS, [items::resolver(&servers, &search)]);
        }
        if cx.own::<DeviceNetworkStatus>(DeviceNetworkStatus::KEY).as_deref() != Some(&status) {
            cx.publish(DeviceNetworkStatus::KEY, status);
        }
    }

    pub(super) fn publish_list(&mut self, cx: &mut Context<'_, Self>) {
        let list = self.list.published();
        if cx.own::<DevicePortConfigList>(DevicePortConfigList::KEY).as_deref() != Some(&list) {
            cx.publish(DevicePortConfigList::KEY, list);
        }
    }

    /// Looks at everything now and then.
    pub(super) fn look_again(&mut self, cx: &mut Context<'_, Self>) {
        self.want(Purpose::Look, cx);
        cx.after_key(LOOK_AGAIN, LOOK_AGAIN / 2, LOOK, |nim, _, cx| nim.look_again(cx));
    }

    pub(super) fn keeps_last_resort(&self) -> bool {
        self.settings.get(keys::NETWORK_FALLBACK_ANY_ETH) == TriState::Enabled
    }

    /// Makes the configuration of last resort for the interfaces that there are; whether it is new.
    pub(super) fn add_last_resort(&mut self, cx: &mut Context<'_, Self>) -> bool {
        let interfaces = self.facts.eligible(self.adapters(cx).as_deref());
        if interfaces.is_empty() {
            return false;
        }
        let fresh = last_resort::build(&interfaces);
        if self.list.entries().iter().any(|entry| entry.dpc.mostly_equal(&fresh)) {
            return false;
        }
        self.list.remove_key(LAST_RESORT);
        self.take_in(fresh, LAST_RESORT, cx);
        true
    }

    /// The last attempt or test of a configuration failed: whether it may be tried again as soon as something
    /// about it changes.
    pub(super) fn has_failed(&self) -> bool {
        !self.is_verifying()
            && self.list.current_entry().is_some_and(|entry| entry.outcome == Outcome::Failed)
    }
}

/// Notes what a test of a configuration showed.
fn record(entry: &mut super::list::Entry, result: Result<&String, &String>, now: Time, mono: Mono) {
    match result {
        Ok(warning) => {
            entry.dpc.test_results.record_success(warning, now);
            entry.outcome = Outcome::Worked;
            entry.failed_at = None;
        }
        Err(why) => {
            entry.dpc.test_results.record_failure(why, now);
            entry.outcome = Outcome::Failed;
            entry.failed_at = Some(mono);
        }
    }
}
