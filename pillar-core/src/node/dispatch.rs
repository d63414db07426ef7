//! Runs one event: picks it, calls its handler behind a boundary for panics, and does what it asked for.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::agent::{AgentId, AnyAgent, Handler};
use super::aside::Look;
use super::call::Call;
use super::core::{Effect, MAX_ASKED};
use super::inbox::{EventName, Item, MAX_INBOX};
use super::jobs::{Answer, Failed, Request, said};
use super::life::{NODE, NODE_NAME};
use super::report::{PanicDetail, Trouble};
use super::stored::{MAX_WAITS, Wait};
use super::timers::Action;
use super::{Node, Order};
use crate::bus::{FollowerId, Owner, TableId, What};
use crate::hal::PowerCut;

impl Node {
    /// Runs one event; `false` if there is none.
    pub fn step(&mut self) -> bool {
        loop {
            let Some(id) = self.next_agent() else {
                self.core.bus.rest();
                return false;
            };
            let call = self.next_call(id);
            self.requeue(id);
            if let Some(call) = call {
                self.run(id, call);
                return true;
            }
        }
    }

    fn next_agent(&mut self) -> Option<AgentId> {
        if self.order == Order::Shuffled && self.ready.len() > 1 {
            let chosen = self.core.rng.below(self.ready.len() as u64) as usize;
            self.ready.swap(0, chosen);
        }
        let id = self.ready.pop_front()?;
        self.cells[id.index()].queued = false;
        Some(id)
    }

    /// The agent comes again, after the others, if it has more.
    fn requeue(&mut self, id: AgentId) {
        let cell = &mut self.cells[id.index()];
        if !cell.inbox.is_empty() && !cell.queued {
            cell.queued = true;
            self.ready.push_back(id);
        }
    }

    /// Takes an item out of the inbox and makes a call of it; `None` if nothing is left of it.
    fn next_call(&mut self, id: AgentId) -> Option<Call> {
        let cell = &mut self.cells[id.index()];
        if self.order == Order::Shuffled && cell.inbox.len() > 1 {
            let chosen = self.core.rng.below(cell.inbox.len() as u64) as usize;
            cell.inbox.swap(0, chosen);
        }
        let item = cell.inbox.pop_front()?;
        let life = cell.life;
        if matches!(item, Item::Start) {
            return self.start_call(id);
        }
        cell.agent.as_ref()?;
        match item {
            Item::Follow(follower) => self.follow_call(id, follower),
            Item::Timer(timer) => match self.core.timers.remove(timer)? {
                Action::Call { key, handler, .. } => Some(Call::Timer { key, handler }),
                _ => None,
            },
            Item::Answer(answer) if answer.life == life => Some(Call::Done(answer)),
            Item::Progress(job) => {
                let (handler, key, progress) = self.core.jobs.take_progress(job, life)?;
                Some(Call::Progress { handler, key, progress })
            }
            Item::Stored { key, then } => Some(Call::Stored { key, then }),
            Item::WallJump(nanos) => Some(Call::WallJump(nanos)),
            Item::Start | Item::Answer(_) => None,
        }
    }

    fn start_call(&mut self, id: AgentId) -> Option<Call> {
        let cell = &mut self.cells[id.index()];
        cell.started = self.core.now.mono;
        match catch_unwind(AssertUnwindSafe(|| (cell.make)())) {
            Ok(agent) => {
                cell.agent = Some(agent);
                Some(Call::Start)
            }
            Err(payload) => {
                self.crashed(id, &EventName::Start, None, payload);
                None
            }
        }
    }

    fn follow_call(&mut self, id: AgentId, follower: FollowerId) -> Option<Call> {
        // One that was replaced may have left its item here, and another may have its number.
        let owner = self.core.bus.follower(follower)?.owner;
        if owner != Owner::Agent(id) {
            return None;
        }
        let shuffle = (self.order == Order::Shuffled).then_some(&mut self.core.rng);
        let (delivery, more) = self.core.bus.next(follower, shuffle);
        if more {
            self.cells[id.index()].inbox.push_back(Item::Follow(follower));
        }
        let mut delivery = delivery?;
        let table = self.core.bus.follower(follower)?.table;
        let name = self.core.bus.table(table).name;
        if delivery.ping_pong {
            let key = delivery.key.clone();
            self.core.report_of(self.name_of(id), Trouble::PingPong { table: name, key });
        }
        if delivery.version != 0 && !self.core.aside.is_empty() {
            match self.core.aside.look(&(id, table, delivery.key.clone()), delivery.version) {
                Look::Fine => {}
                Look::Aside(what) => return Some(Call::PutAside(what)),
                Look::Another => {
                    if let What::Modified { new, .. } = delivery.what {
                        delivery.what = What::Created(new);
                    }
                }
            }
        }
        let handler = self.core.subscriptions.handler(follower)?;
        Some(Call::Change { handler, delivery, table, name })
    }

    /// Calls a handler. What it asked for happens now, or, if it panics, never.
    fn run(&mut self, id: AgentId, call: Call) {
        let place = &mut self.cells[id.index()];
        let Some(mut agent) = place.agent.take() else { return };
        self.core.agent = id;
        self.core.name = place.name;
        self.core.life = place.life;
        let event = call.name();
        let subject = call.subject();
        if let Some(trace) = &mut self.trace {
            trace(self.core.now, self.core.name, &event);
        }
        self.activity.begin(self.core.now, self.core.name, &event);
        let result = catch_unwind(AssertUnwindSafe(|| call.run(&mut *agent, &mut self.core)));
        self.activity.end();
        match result {
            Ok(()) if std::mem::take(&mut self.core.asked_too_much) => {
                self.take_back(agent);
                self.flooded(id, "things in one call", MAX_ASKED);
            }
            Ok(()) => {
                self.cells[id.index()].agent = Some(agent);
                if let Some((table, key, _)) = subject {
                    self.core.aside.went_well(&(id, table, key));
                }
                self.commit(id);
            }
            Err(payload) if PowerCut::is(&*payload) => resume_unwind(payload),
            Err(payload) => {
                self.core.asked_too_much = false;
                self.take_back(agent);
                self.crashed(id, &event, subject, payload);
            }
        }
        self.core.agent = NODE;
        self.core.name = NODE_NAME;
        self.route();
    }

    /// Nothing that the handler asked for happened, and its agent is gone.
    fn take_back(&mut self, agent: Box<dyn AnyAgent>) {
        self.core.bus.roll_back(&mut self.core.transaction);
        let effects = std::mem::take(&mut self.core.effects);
        // A broken agent may panic once more while it, or what it asked for, is dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| drop((agent, effects))));
    }

    /// An agent wants more than there is room for: it starts again.
    fn flooded(&mut self, id: AgentId, what: &'static str, limit: usize) {
        self.core.report_of(self.name_of(id), Trouble::TooMany { what, limit });
        self.end(id);
    }

    fn commit(&mut self, id: AgentId) {
        if !self.core.transaction.is_empty() {
            self.core.bus.commit(&mut self.core.transaction);
        }
        if self.core.effects.is_empty() {
            return;
        }
        let mut effects = std::mem::take(&mut self.core.effects);
        let mut ending = None;
        for effect in effects.drain(..) {
            match effect {
                // Last, so that nothing is begun for an agent that has ended.
                Effect::End(end) => ending = ending.or(Some(end)),
                effect => self.apply(id, effect),
            }
        }
        self.core.effects = effects;
        if let Some(ending) = ending {
            self.ends(id, ending);
        } else if self.cells[id.index()].inbox.len() > MAX_INBOX {
            self.flooded(id, "events of its own", MAX_INBOX);
        }
    }

    /// Does what was asked for, but for an end.
    fn apply(&mut self, id: AgentId, effect: Effect) {
        match effect {
            Effect::Job(request) => self.core.jobs.submit(request),
            Effect::Refuse(request) => {
                let Request { agent, life, key, done, .. } = request;
                let result = Err(Failed::Refused);
                self.deliver(id, Item::Answer(Answer { agent, life, key, done, result }));
            }
            Effect::Cancel(key) => {
                let mut answers = Vec::new();
                if let Some(job) = self.core.jobs.cancel(id, &key, &mut answers) {
                    self.watch_stopped(job);
                }
                for answer in answers {
                    self.deliver(id, Item::Answer(answer));
                }
            }
            Effect::Open(table) => self.core.bus.open(table),
            Effect::Close(table) => self.core.bus.close(table),
            Effect::Restarted(table, count) => self.core.bus.set_restarted(table, count),
            Effect::Stored { table, key, then } => self.when_stored(id, table, key, then),
            Effect::End(_) => {}
        }
    }

    fn when_stored(&mut self, id: AgentId, table: TableId, key: Arc<str>, then: Handler<Arc<str>>) {
        let version = self.core.bus.version(table, &key);
        // Gone without a trace in memory: what is being written of it now is its removal. Otherwise a file may
        // be there that could not be loaded, or that an earlier life left.
        if version.is_none() && !self.core.files.is_writing(table, &key) {
            self.core.files.write_again(table, &key);
        }
        let (version, stored) = version.unwrap_or((0, false));
        if stored || !self.core.files.enabled() {
            self.deliver(id, Item::Stored { key, then });
            return;
        }
        if !self.waits.has_room() {
            let trouble = Trouble::TooMany { what: "stored publishes", limit: MAX_WAITS };
            return self.core.report_of(self.name_of(id), trouble);
        }
        let life = self.cells[id.index()].life;
        self.waits.add(table, key, Wait { version, agent: id, life, then });
    }

    /// Puts an item into an agent's inbox.
    pub(super) fn deliver(&mut self, id: AgentId, item: Item) {
        let Some(cell) = self.cells.get_mut(id.index()) else { return };
        cell.inbox.push_back(item);
        if !cell.queued {
            cell.queued = true;
            self.ready.push_back(id);
        }
    }

    /// Tells an agent of a jump of the wall clock, together with those that it was not told of yet.
    pub(super) fn deliver_jump(&mut self, id: AgentId, nanos: i64) {
        let waiting = self.cells[id.index()].inbox.iter_mut().find_map(|item| match item {
            Item::WallJump(before) => Some(before),
            _ => None,
        });
        match waiting {
            Some(before) => *before = before.saturating_add(nanos),
            None => self.deliver(id, Item::WallJump(nanos)),
        }
    }

    /// Tells agents whose subscriptions have something new.
    pub(super) fn route(&mut self) {
        while let Some((follower, agent)) = self.core.bus.next_woken() {
            self.deliver(agent, Item::Follow(follower));
        }
    }

    pub(super) fn panic_detail(&self, payload: &(dyn std::any::Any + Send)) -> PanicDetail {
        (self.panic_detail)().unwrap_or_else(|| said(payload))
    }
}
