//! What a handler can ask for. Publishes show at once to the handler itself; everything takes effect for
//! others when the handler returns, and never happened if it panics.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use log::{Level, Record};
use pillar_types::codec::json;
use pillar_types::topic::Topic;

use super::agent::{Agent, AgentName, Handler};
use super::change::{self, Change};
use super::core::{Core, Effect};
use super::ending::Ending;
use super::jobs::{Done, Failed, Lane, MAX_JOBS, OnProgress, Request};
use super::report::Trouble;
use super::timers::{Action, MAX_TIMERS, TimerId};
use crate::bus::wire::large::{self, LargeError};
use crate::bus::{AnyValue, Delivery, FollowerId, PublishError, TableId, TableName, TopicInfo, typed};
use crate::hal::{Hal, Progress, Quick, Scope};
use crate::time::Now;

/// Where a table of an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `<agent>/<topic>`.
    Own,
    /// `<agent>/<scope>/<topic>`.
    Scope(&'static str),
    /// `/run/global/<topic>`: files that several agents write.
    Global,
}

/// How a job is to be run.
#[derive(Clone, Copy, Debug)]
pub struct JobSpec<'k> {
    /// Which workers it shares.
    pub lane: Lane,
    /// No two jobs of an agent with the same key run at once.
    pub key: &'k str,
    /// How long it may run.
    pub limit: Duration,
}

/// A handler's means, typed by its agent.
pub struct Context<'c, A> {
    core: &'c mut Core,
    agent: PhantomData<fn(A)>,
}

/// What is called with the progress of an agent's job.
pub type ProgressHandler<A> = fn(&mut A, &str, Progress, &mut Context<'_, A>);

type OnResult<A, R> = fn(&mut A, &str, Result<R, Failed>, &mut Context<'_, A>);

impl<'c, A: Agent> Context<'c, A> {
    pub(super) fn new(core: &'c mut Core) -> Self {
        Context { core, agent: PhantomData }
    }

    /// Both clocks, as of this event.
    pub fn now(&self) -> Now {
        self.core.now
    }

    /// A random number, not fit for keys.
    pub fn rand(&mut self) -> u64 {
        self.core.rng.next_u64()
    }

    /// What a handler may touch of the device: nothing of it can block.
    pub fn quick(&self) -> &Quick {
        &self.core.quick
    }

    /// Logs a line of this agent: what it decided, and about which object. Secrets never.
    #[track_caller]
    pub fn log(&self, level: Level, what: fmt::Arguments<'_>) {
        let (target, place) = (self.core.name.0, Location::caller());
        if level <= log::max_level() {
            let mut record = Record::builder();
            record.level(level).target(target).file_static(Some(place.file())).line(Some(place.line()));
            log::logger().log(&record.args(what).build());
        }
    }

    /// Declares a table before its first publish: what its files hold is there at once, and subscribers get
    /// `Synced` when the handler returns. Publishing to an undeclared table declares it as its type says.
    pub fn declare<T: Topic>(&mut self) {
        let declared = self.declare_at::<T>(Place::Own, T::PERSISTENT);
        self.or_report::<T>(declared);
    }

    /// Declares a table with a scope, with several writers, or with another persistence than its type's.
    pub fn declare_at<T: Topic>(&mut self, place: Place, persistent: bool) -> Result<(), PublishError> {
        self.core.declare(place, TopicInfo::of::<T>(), persistent).map(|_| ())
    }

    fn or_report<T: Topic>(&mut self, declared: Result<(), PublishError>) {
        if let Err(why) = declared {
            let table = TableName { agent: A::NAME, scope: "", topic: T::NAME };
            self.core.report(Trouble::Refused { table, key: String::new(), why });
        }
    }

    /// Ends a table: other processes are not served any more, and its keys go unless they outlive a reboot.
    /// Publishing to it declares it anew. A table with several writers is not one agent's to end.
    pub fn close<T: Topic>(&mut self, place: Place) {
        if place != Place::Global {
            self.core.close(place, TopicInfo::of::<T>());
        }
    }

    /// Whether a value can be told to other processes on EVE's wire, where a message is short. One that cannot
    /// is published all the same, to agents of this node and to files; its publisher says so on the object.
    pub fn check_size<T: Topic>(&self, key: &str, value: &T) -> Result<(), LargeError> {
        large::check(T::NAME, key, &json::encode(value))
    }

    /// Publishes a value. An equal one changes nothing and is told to nobody.
    pub fn publish<T: Topic>(&mut self, key: &str, value: T) {
        self.publish_at(Place::Own, key, value);
    }

    /// Publishes a value at another place than the agent's own table.
    pub fn publish_at<T: Topic>(&mut self, place: Place, key: &str, value: T) {
        self.put(place, key, value);
    }

    /// Publishes a value and calls `then`, with the key, once this value or a later one would survive a power
    /// cut. What cannot be taken back starts there. `then` is not called if the agent crashes before.
    pub fn publish_stored<T: Topic>(
        &mut self,
        key: &str,
        value: T,
        then: fn(&mut A, &str, &mut Context<'_, A>),
    ) {
        let Some(table) = self.put(Place::Own, key, value) else { return };
        self.when_stored(table, key, then);
    }

    /// Removes a key and calls `then`, with the key, once the removal would survive a power cut; at once if it
    /// was not there and its removal is not under way.
    pub fn unpublish_stored<T: Topic>(&mut self, key: &str, then: fn(&mut A, &str, &mut Context<'_, A>)) {
        match self.core.declare(Place::Own, TopicInfo::of::<T>(), T::PERSISTENT) {
            Ok(table) => {
                self.unpublish::<T>(key);
                self.when_stored(table, key, then);
            }
            Err(why) => self.or_report::<T>(Err(why)),
        }
    }

    fn when_stored(&mut self, table: TableId, key: &str, then: fn(&mut A, &str, &mut Context<'_, A>)) {
        let then: Handler<Arc<str>> = Arc::new(move |agent, key, core| {
            Core::call(agent, |agent| then(agent, &key, &mut Context::new(core)));
        });
        self.core.ask(Effect::Stored { table, key: key.into(), then });
    }

    fn put<T: Topic>(&mut self, place: Place, key: &str, mut value: T) -> Option<TableId> {
        if T::PERSISTENT
            && let Some(before) = self.own_at::<T>(place, key)
        {
            value.adopt_unknown(&before);
        }
        self.core.publish(place, TopicInfo::of::<T>(), key, Arc::new(value))
    }

    /// Removes a key; `false` if it is not there.
    pub fn unpublish<T: Topic>(&mut self, key: &str) -> bool {
        self.unpublish_at::<T>(Place::Own, key)
    }

    /// Removes a key at another place; `false` if it is not there.
    pub fn unpublish_at<T: Topic>(&mut self, place: Place, key: &str) -> bool {
        let Some(table) = self.core.find(place, &TopicInfo::of::<T>()) else { return false };
        if self.core.bus.table(table).get(key).is_none() {
            return false;
        }
        let core = &mut *self.core;
        core.bus.set(table, key, None, core.name, &mut core.transaction).is_ok()
    }

    /// Removes the agent's keys that `keep` does not want: the sweep after a restart.
    pub fn retain<T: Topic>(&mut self, mut keep: impl FnMut(&str) -> bool) {
        let gone: Vec<Arc<str>> = self.keys::<T>().into_iter().filter(|key| !keep(key)).collect();
        for key in gone {
            self.unpublish::<T>(&key);
        }
    }

    /// The keys of the agent's own table.
    pub fn keys<T: Topic>(&self) -> Vec<Arc<str>> {
        let Some(table) = self.core.find(Place::Own, &TopicInfo::of::<T>()) else { return Vec::new() };
        self.core.bus.table(table).iter().map(|(key, _)| key.clone()).collect()
    }

    /// A value of the agent's own table.
    pub fn own<T: Topic>(&self, key: &str) -> Option<Arc<T>> {
        self.own_at(Place::Own, key)
    }

    /// A value that the agent published at another place.
    pub fn own_at<T: Topic>(&self, place: Place, key: &str) -> Option<Arc<T>> {
        let table = self.core.find(place, &TopicInfo::of::<T>())?;
        typed(self.core.bus.table(table).get(key)?)
    }

    /// Keys and values of the agent's own table, by key.
    pub fn all_own<T: Topic>(&self) -> Vec<(Arc<str>, Arc<T>)> {
        let Some(table) = self.core.find(Place::Own, &TopicInfo::of::<T>()) else { return Vec::new() };
        let entry = |(key, value): (&Arc<str>, &AnyValue)| Some((key.clone(), typed(value)?));
        self.core.bus.table(table).iter().filter_map(entry).collect()
    }

    /// Says that the agent has caught up: subscribers are told after all that was published before.
    pub fn signal_restarted<T: Topic>(&mut self) {
        let table = match self.core.table_to_write(Place::Own, TopicInfo::of::<T>()) {
            Ok(table) => table,
            Err(why) => return self.or_report::<T>(Err(why)),
        };
        let count = self.core.bus.table(table).restarted.saturating_add(1);
        let pending = self.core.effects.iter().rev().find_map(|effect| match effect {
            Effect::Restarted(id, count) if *id == table => Some(count.saturating_add(1)),
            _ => None,
        });
        self.core.ask(Effect::Restarted(table, pending.unwrap_or(count)));
    }

    /// Takes [`signal_restarted`](Self::signal_restarted) back.
    pub fn clear_restarted<T: Topic>(&mut self) {
        if let Some(table) = self.core.find(Place::Own, &TopicInfo::of::<T>()) {
            self.core.ask(Effect::Restarted(table, 0));
        }
    }

    /// Follows a table: `handler` is called for all that it holds and for what changes. One subscription for
    /// each table: a second takes the place of the first.
    pub fn subscribe<T: Topic>(
        &mut self,
        from: AgentName,
        handler: fn(&mut A, Change<'_, T>, &mut Context<'_, A>),
    ) {
        self.subscribe_at(from, "", handler);
    }

    /// Follows a table with a scope.
    pub fn subscribe_at<T: Topic>(
        &mut self,
        from: AgentName,
        scope: &'static str,
        handler: fn(&mut A, Change<'_, T>, &mut Context<'_, A>),
    ) {
        let call: Handler<Delivery> = Arc::new(move |agent, delivery, core| {
            Core::call(agent, |agent| {
                change::tell(&delivery, |change| handler(agent, change, &mut Context::new(core)));
            });
        });
        let name = TableName { agent: from, scope, topic: T::NAME };
        self.core.subscribe(name, TopicInfo::of::<T>(), Some(call));
    }

    /// Follows a table only to look values up with [`get`](Self::get).
    pub fn follow<T: Topic>(&mut self, from: AgentName) {
        let name = TableName { agent: from, scope: "", topic: T::NAME };
        self.core.subscribe(name, TopicInfo::of::<T>(), None);
    }

    /// The value that this agent's subscription was last told, never a newer one.
    pub fn get<T: Topic>(&self, from: AgentName, key: &str) -> Option<Arc<T>> {
        let follower = self.subscription::<T>(from)?;
        typed(self.core.bus.given(follower, key).filter(|_| !self.hides(follower, key))?)
    }

    /// All that this agent's subscription was told, by key.
    pub fn all<T: Topic>(&self, from: AgentName) -> Vec<(Arc<str>, Arc<T>)> {
        let Some(follower) = self.subscription::<T>(from) else { return Vec::new() };
        let told = self.core.bus.all_given(follower).filter(|(key, _)| !self.hides(follower, key));
        told.filter_map(|(key, value)| Some((key.into(), typed(value)?))).collect()
    }

    /// Whether the key's value was put aside, and so never told.
    fn hides(&self, follower: FollowerId, key: &str) -> bool {
        let table = self.core.bus.follower(follower).map(|follower| follower.table);
        table.is_some_and(|table| self.core.aside.hides(self.core.agent, table, key))
    }

    /// Whether the subscription was told `Synced`.
    pub fn synced<T: Topic>(&self, from: AgentName) -> bool {
        let follower = self.subscription::<T>(from).and_then(|id| self.core.bus.follower(id));
        follower.is_some_and(|follower| follower.synced)
    }

    /// The restart count that the subscription was told last.
    pub fn restarted<T: Topic>(&self, from: AgentName) -> u32 {
        let follower = self.subscription::<T>(from).and_then(|id| self.core.bus.follower(id));
        follower.map_or(0, |follower| follower.restarted)
    }

    fn subscription<T: Topic>(&self, from: AgentName) -> Option<FollowerId> {
        let table = self.core.bus.find(&TableName { agent: from, scope: "", topic: T::NAME })?;
        self.core.subscriptions.find(self.core.agent, table)
    }

    /// Calls `handler` once, between `after` and `after + slack` from now.
    pub fn after(
        &mut self,
        after: Duration,
        slack: Duration,
        handler: fn(&mut A, &mut Context<'_, A>),
    ) -> TimerId {
        let call: Handler<Arc<str>> = Arc::new(move |agent, _, core| {
            Core::call(agent, |agent| handler(agent, &mut Context::new(core)));
        });
        self.set_timer(after, slack, None, call)
    }

    /// Calls `handler` with `key` once; takes the place of the agent's timer with the same key.
    pub fn after_key(
        &mut self,
        after: Duration,
        slack: Duration,
        key: &str,
        handler: fn(&mut A, &str, &mut Context<'_, A>),
    ) -> TimerId {
        let call: Handler<Arc<str>> = Arc::new(move |agent, key, core| {
            Core::call(agent, |agent| handler(agent, &key, &mut Context::new(core)));
        });
        self.set_timer(after, slack, Some(key.into()), call)
    }

    fn set_timer(
        &mut self,
        after: Duration,
        slack: Duration,
        key: Option<Arc<str>>,
        handler: Handler<Arc<str>>,
    ) -> TimerId {
        let core = &mut *self.core;
        let id = core.timers.new_id();
        if core.timers.count(core.agent) >= MAX_TIMERS {
            core.report(Trouble::TooMany { what: "timers", limit: MAX_TIMERS });
            return id;
        }
        let action = Action::Call { agent: core.agent, key, handler };
        core.timers.set(id, core.now.mono, after, slack, action);
        id
    }

    /// Stops a timer, also one that is due and whose handler has not run yet.
    pub fn stop(&mut self, timer: TimerId) {
        if self.core.timers.agent_of(timer) == Some(self.core.agent) {
            self.core.timers.remove(timer);
        }
    }

    /// Stops the timer with that key.
    pub fn stop_key(&mut self, key: &str) {
        if let Some(timer) = self.core.timers.keyed(self.core.agent, key) {
            self.core.timers.remove(timer);
        }
    }

    /// Runs `work` on a worker and calls `done` with its result. With a key that is taken it waits for its turn.
    pub fn job<R: Send + 'static>(
        &mut self,
        lane: Lane,
        key: &str,
        work: impl FnOnce(&Hal, &Scope) -> R + Send + 'static,
        done: OnResult<A, R>,
    ) {
        let spec = JobSpec { lane, key, limit: lane.time_limit() };
        self.job_with(spec, work, done, None);
    }

    /// Like [`job`](Self::job), with a time limit of its own and, if wanted, its progress.
    pub fn job_with<R: Send + 'static>(
        &mut self,
        spec: JobSpec<'_>,
        work: impl FnOnce(&Hal, &Scope) -> R + Send + 'static,
        done: OnResult<A, R>,
        progress: Option<ProgressHandler<A>>,
    ) {
        let request = Request {
            id: self.core.jobs.new_id(),
            agent: self.core.agent,
            name: self.core.name,
            life: self.core.life,
            key: spec.key.into(),
            lane: spec.lane,
            limit: spec.limit,
            work: Some(Box::new(move |hal, scope| Box::new(work(hal, scope)))),
            done: call_done(done),
            progress: progress.map(call_progress),
        };
        let asked = self.core.effects.iter().filter(|effect| matches!(effect, Effect::Job(_))).count();
        if self.core.jobs.count(self.core.agent) + asked >= MAX_JOBS {
            self.core.report(Trouble::TooMany { what: "jobs", limit: MAX_JOBS });
            self.core.ask(Effect::Refuse(request));
            return;
        }
        self.core.ask(Effect::Job(request));
    }

    /// Stops the jobs of a key: those that wait are answered at once, the one that runs when it ends.
    pub fn cancel(&mut self, key: &str) {
        self.core.ask(Effect::Cancel(key.into()));
    }

    /// Ends this agent for good, as one that has done its work; 0 means success.
    pub fn finish(&mut self, status: i32) {
        self.core.effects.push(Effect::End(Ending::Finished(status)));
    }

    /// Ends the whole process, because no new start of this agent would help.
    pub fn fatal(&mut self, why: impl Into<String>) {
        self.core.effects.push(Effect::End(Ending::Fatal(why.into())));
    }
}

fn call_done<A: Agent, R: Send + 'static>(done: OnResult<A, R>) -> Done {
    Arc::new(move |agent, (key, result), core| {
        let result = match result.map(<Box<dyn Any + Send>>::downcast::<R>) {
            Ok(Ok(output)) => Ok(*output),
            // A result of another type cannot come from this job's work.
            Ok(Err(_)) => return,
            Err(failed) => Err(failed),
        };
        Core::call(agent, |agent| done(agent, &key, result, &mut Context::new(core)));
    })
}

fn call_progress<A: Agent>(handler: ProgressHandler<A>) -> OnProgress {
    Arc::new(move |agent, (key, progress), core| {
        Core::call(agent, |agent| handler(agent, &key, progress, &mut Context::new(core)));
    })
}
