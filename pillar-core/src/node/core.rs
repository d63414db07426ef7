//! The node without its agents: what a handler works on through its [`Context`](super::Context).

use std::any::Any;
use std::sync::Arc;

use super::agent::{AgentId, AgentName, GLOBAL, Handler};
use super::aside::Aside;
use super::context::Place;
use super::ending::Ending;
use super::jobs::{Jobs, Request};
use super::report::{Report, Reports, Trouble};
use super::rng::Rng;
use super::subscriptions::Subscriptions;
use super::timers::Timers;
use crate::bus::files::Files;
use crate::bus::{
    AnyValue, Bus, Delivery, Origin, PublishError, TableId, TableName, TopicInfo, Transaction, key_problem,
};
use crate::hal::Quick;
use crate::time::Now;

/// The most things that a handler may ask for in one call, published values aside; one that asks for more is taken
/// for broken, as if it had panicked.
pub const MAX_ASKED: usize = 65_536;

/// What is done when the handler has returned.
pub(super) enum Effect {
    /// Submit a job.
    Job(Request),
    /// Answer a job that is one too many.
    Refuse(Request),
    /// Stop the jobs of a key.
    Cancel(Arc<str>),
    /// Tell followers that a table has begun.
    Open(TableId),
    /// Nobody fills a table any more.
    Close(TableId),
    /// Set a table's restart count.
    Restarted(TableId, u32),
    /// Call back once a key would survive a power cut.
    Stored { table: TableId, key: Arc<str>, then: Handler<Arc<str>> },
    /// The agent ends for good.
    End(Ending),
}

/// A table that an agent publishes.
pub(super) struct OwnTable {
    place: Place,
    info: TopicInfo,
    table: TableId,
}

/// Everything of a node but the agents.
pub(super) struct Core {
    pub bus: Bus,
    pub transaction: Transaction,
    pub timers: Timers,
    pub jobs: Jobs,
    pub subscriptions: Subscriptions,
    /// The tables that agents publish, by agent: names are compared once.
    pub own: Vec<Vec<OwnTable>>,
    pub files: Files,
    pub reports: Reports,
    pub effects: Vec<Effect>,
    /// Whether the handler that runs asked for more than [`MAX_ASKED`] things.
    pub asked_too_much: bool,
    pub aside: Aside,
    pub rng: Rng,
    pub quick: Quick,
    pub now: Now,
    /// Whose handler runs.
    pub agent: AgentId,
    pub name: AgentName,
    pub life: u32,
}

impl Core {
    /// Reports trouble of the agent whose handler runs.
    pub fn report(&mut self, trouble: Trouble) {
        self.report_of(self.name, trouble);
    }

    pub fn report_of(&mut self, agent: AgentName, trouble: Trouble) {
        self.reports.push(Report { at: self.now, agent, trouble });
    }

    fn table_name(&self, place: Place, topic: &'static str) -> TableName {
        match place {
            Place::Own => TableName { agent: self.name, scope: "", topic },
            Place::Scope(scope) => TableName { agent: self.name, scope, topic },
            Place::Global => TableName { agent: GLOBAL, scope: "", topic },
        }
    }

    /// The agent's table, if it was declared or published to.
    pub fn find(&self, place: Place, info: &TopicInfo) -> Option<TableId> {
        let own = self.own.get(self.agent.index())?;
        own.iter().find(|own| own.info.same_type(info) && own.place == place).map(|own| own.table)
    }

    /// Declares a table of the agent: what its files hold is there at once.
    pub fn declare(
        &mut self,
        place: Place,
        info: TopicInfo,
        persistent: bool,
    ) -> Result<TableId, PublishError> {
        if place == Place::Global && persistent {
            return Err(PublishError::GlobalPersistent);
        }
        let table = self.bus.table_for(self.table_name(place, info.name), info)?;
        if self.bus.table(table).origin != Origin::Local {
            self.bus.claim(table, Origin::Local, persistent);
            self.load(table);
        }
        // Not only then: the handler that declared it first may have panicked.
        if !self.bus.table(table).open {
            self.ask(Effect::Open(table));
        }
        if self.find(place, &info).is_none() {
            let index = self.agent.index();
            self.own.resize_with(self.own.len().max(index + 1), Vec::new);
            self.own[index].push(OwnTable { place, info, table });
        }
        Ok(table)
    }

    /// Ends a table of the agent; publishing to it declares it anew. Its keys and its restart count go, unless
    /// they outlive a reboot.
    pub fn close(&mut self, place: Place, info: TopicInfo) {
        let Some(id) = self.find(place, &info) else { return };
        let index = self.agent.index();
        self.own[index].retain(|own| own.table != id);
        let table = self.bus.table(id);
        if !table.persistent {
            let keys: Vec<Arc<str>> = table.iter().map(|(key, _)| key.clone()).collect();
            for key in keys {
                self.bus
                    .set(id, &key, None, self.name, &mut self.transaction)
                    .expect("a removal needs no room");
            }
        }
        self.ask(Effect::Restarted(id, 0));
        self.ask(Effect::Close(id));
    }

    /// The table to publish to, declared on first use.
    pub fn table_to_write(&mut self, place: Place, info: TopicInfo) -> Result<TableId, PublishError> {
        match self.find(place, &info) {
            Some(table) => Ok(table),
            None => self.declare(place, info, info.persistent),
        }
    }

    /// Notes what is to be done when the handler has returned.
    pub fn ask(&mut self, effect: Effect) {
        if self.effects.len() < MAX_ASKED {
            self.effects.push(effect);
        } else {
            self.asked_too_much = true;
        }
    }

    /// Publishes inside the transaction, or reports why not.
    pub fn publish(&mut self, place: Place, info: TopicInfo, key: &str, value: AnyValue) -> Option<TableId> {
        let published = self.table_to_write(place, info).and_then(|id| {
            self.bus.set(id, key, Some(value), self.name, &mut self.transaction)?;
            Ok(id)
        });
        match published {
            Ok(id) => {
                self.check_key(id, key);
                Some(id)
            }
            Err(why) => {
                let table = self.table_name(place, info.name);
                self.report(Trouble::Refused { table, key: key.to_owned(), why });
                None
            }
        }
    }

    fn check_key(&mut self, id: TableId, key: &str) {
        let Some(why) = key_problem(key) else { return };
        let table = self.bus.table(id).name;
        if self.files.first_complaint(id, key) {
            self.report(Trouble::NoFile { table, key: key.to_owned(), why });
        }
    }

    /// Puts what was on disk into a table that has just become known.
    pub fn load(&mut self, id: TableId) {
        let name = self.bus.table(id).name;
        for (key, why) in self.files.load(&mut self.bus, id) {
            self.reports.push(Report {
                at: self.now,
                agent: name.agent,
                trouble: Trouble::NotLoaded { table: name, key, why },
            });
        }
    }

    /// Adds a subscription of the agent.
    pub fn subscribe(&mut self, name: TableName, info: TopicInfo, handler: Option<Handler<Delivery>>) {
        let id = match self.bus.table_for(name, info) {
            Ok(id) => id,
            Err(why) => return self.report(Trouble::Refused { table: name, key: String::new(), why }),
        };
        if self.bus.table(id).origin == Origin::Unknown {
            self.load(id);
        }
        let follower = self.bus.follow(id, self.agent);
        if let Some(before) = self.subscriptions.add(self.agent, id, follower, handler) {
            self.bus.unfollow(before);
        }
    }

    /// Calls a handler that was made for an agent of type `A`.
    pub fn call<A: 'static>(agent: &mut dyn Any, handler: impl FnOnce(&mut A)) {
        if let Some(agent) = agent.downcast_mut::<A>() {
            handler(agent);
        }
    }
}
