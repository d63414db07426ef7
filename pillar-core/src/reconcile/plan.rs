//! From what changed to operations, and from their results to what is possible next.
//!
//! | State of an item | Event | Next |
//! |---|---|---|
//! | absent | intended, its needs ready | creating |
//! | creating | ok | up |
//! | creating | error | failed; created again after the back-off |
//! | up | intended form differs, in place, its needs ready, those that stand on it agree | modifying |
//! | modifying | ok / error | up / failed; modified again after the back-off |
//! | up or failed | not intended, or a need goes, or it must be recreated | going: once nothing stands on it, deleting |
//! | deleting | ok | absent |
//! | deleting | error | failed; deleted again after the back-off |
//! | up | lost | going, and created again after the back-off |
//! | any with an operation under way | any change | the same; looked at again when the operation is answered |
//! | failed | intended form changes | tried again at once |

use super::entry::{Act, Failure, Flight, Form, Id, LONGEST_RETRY, Op, OpId, OpKind, back_off};
use super::graph::Graph;
use super::item::{Item, Key};
use crate::time::Mono;

impl<I: Item> Graph<I> {
    /// What can be done now, at most `max` operations, deletes first. They are independent of each other, and
    /// each is planned once: more becomes possible as they are answered by [`done`](Self::done).
    ///
    /// To be called after every change, after every answer, and at [`next_try`](Self::next_try).
    pub fn plan(&mut self, now: Mono, max: usize) -> Vec<Op<I>> {
        while let Some(&(at, id)) = self.retries.first().filter(|(at, _)| *at <= now) {
            self.retries.remove(&(at, id));
            self.todo.insert(id);
        }
        while let Some(id) = self.dirty.pop_first() {
            self.visit(id);
        }
        let mut ops = Vec::new();
        while ops.len() < max {
            let Some(id) = self.todo.pop_first() else { break };
            if let Some(kind) = self.decide(id, now) {
                ops.push(self.start(id, kind));
            }
        }
        ops.sort_by_key(|op| op.act.kind());
        ops
    }

    /// Takes the result of an operation; `false` if it is not under way (any more).
    pub fn done(&mut self, now: Mono, op: OpId, result: Result<(), I::Error>) -> bool {
        let Some(id) = self.flights.remove(&op) else { return false };
        let Some(flight) = self.entry_mut(id).flight.take() else { return false };
        match result {
            Ok(()) => self.succeeded(now, id, flight),
            Err(error) => self.failed(now, id, flight.kind, error),
        }
        self.dirty.insert(id);
        if self.entry(id).settled() {
            self.wake(id);
        }
        self.tell(id);
        true
    }

    /// Tells that an item of ours that was up has failed by itself, such as a program that ended: it is taken
    /// down, with all that stands on it, and put up again after a back-off.
    pub fn lost(&mut self, now: Mono, key: &Key, error: I::Error) {
        let Some(id) = self.find(key) else { return };
        let entry = self.entry_mut(id);
        if entry.external || entry.current.is_none() || entry.unborn {
            return;
        }
        entry.tainted = true;
        if now.since(entry.up_since) > LONGEST_RETRY {
            entry.tries = 0;
        }
        self.set_failure(now, id, OpKind::Create, error);
        self.touch(id);
        self.tell(id);
    }

    /// When [`plan`](Self::plan) is to be called because something that failed can be tried again.
    pub fn next_try(&self) -> Option<Mono> {
        self.retries.first().map(|(at, _)| *at)
    }

    /// Brings what is known of an item in line with its neighbours, and lets them follow.
    fn visit(&mut self, id: Id) {
        if self.entries[id as usize].is_none() {
            return;
        }
        self.visits += 1;
        let wanted = self.is_wanted(id);
        let entry = self.entry_mut(id);
        if entry.wanted != wanted {
            entry.wanted = wanted;
            self.epoch += 1;
            let Graph { entries, dirty, .. } = self;
            dirty.extend(entries[id as usize].iter().flat_map(|entry| &entry.intended_by));
            self.tell(id);
        }
        let down = self.must_go(id);
        let entry = self.entry_mut(id);
        if entry.down != down {
            entry.down = down;
            self.epoch += 1;
            let Graph { entries, dirty, .. } = self;
            dirty.extend(entries[id as usize].iter().flat_map(|entry| &entry.used_by));
            self.wake(id);
            self.tell(id);
        }
        self.todo.insert(id);
        self.forget_idle(id);
    }

    /// The operation that an item is due for and that nothing stands against.
    fn decide(&mut self, id: Id, now: Mono) -> Option<OpKind> {
        let entry = self.entries[id as usize].as_ref()?;
        self.visits += 1;
        if entry.external || entry.flight.is_some() {
            return None;
        }
        let kind = match &entry.current {
            Some(_) if entry.down => OpKind::Delete,
            _ if !entry.wanted || entry.as_intended() => return None,
            Some(_) if !entry.unborn => OpKind::Modify,
            _ => OpKind::Create,
        };
        // Whoever stands in the way is going, and says so when it has gone.
        let free = match kind {
            OpKind::Delete | OpKind::Create => entry.used_by.is_empty(),
            OpKind::Modify => self.users_agree(id),
        };
        let waits = |failure: &Failure<I::Error>| failure.during == kind && failure.next_try > now;
        if !free || entry.failure.as_ref().is_some_and(waits) {
            return None;
        }
        (kind == OpKind::Delete || self.blocker(id).is_none()).then_some(kind)
    }

    /// Whether all that stands on an item can stay when it is modified.
    fn users_agree(&self, id: Id) -> bool {
        self.entry(id).used_by.iter().all(|user| {
            let needs = self.entry(*user).current.iter().flat_map(|form| &form.needs);
            needs.filter(|edge| edge.to == id).all(|edge| self.survives_modify(edge))
        })
    }

    fn start(&mut self, id: Id, kind: OpKind) -> Op<I> {
        self.last_op += 1;
        let op = OpId(self.last_op);
        let target = if kind == OpKind::Delete { None } else { self.entry(id).intended.clone() };
        if let Some(target) = &target {
            self.use_needs(id, &target.needs);
        }
        let entry = self.entry_mut(id);
        let act = match (&mut entry.current, &target) {
            (Some(current), Some(target)) if kind == OpKind::Modify => {
                let from = current.item.clone();
                // Until it is known which of both forms it has, it needs what either does.
                let more = target.needs.iter().filter(|edge| !current.needs.contains(edge)).cloned();
                let more: Vec<_> = more.collect();
                current.needs.extend(more);
                Act::Modify { from, to: target.item.clone() }
            }
            (current, Some(target)) => {
                *current = Some(target.clone());
                entry.unborn = true;
                Act::Create(target.item.clone())
            }
            (Some(current), None) => Act::Delete(current.item.clone()),
            (None, None) => unreachable!("only what is there is deleted, only what is intended is put up"),
        };
        entry.flight = Some(Flight { op, kind, target });
        self.flights.insert(op, id);
        self.tell(id);
        Op { id: op, act }
    }

    fn succeeded(&mut self, now: Mono, id: Id, flight: Flight<I>) {
        if let Some(target) = flight.target {
            self.now_up(id, target);
            self.entry_mut(id).up_since = now;
            self.clear_failure(id);
            return;
        }
        self.now_absent(id);
        // One that was lost, and is wanted back, still has its back-off before it.
        let entry = self.entry(id);
        let lost = |failure: &Failure<I::Error>| failure.during == OpKind::Create;
        if !entry.wanted || !entry.failure.as_ref().is_some_and(lost) {
            self.clear_failure(id);
        }
    }

    fn now_up(&mut self, id: Id, target: Form<I>) {
        let entry = self.entry_mut(id);
        (entry.unborn, entry.uncertain) = (false, false);
        let before = entry.current.replace(target);
        let kept = entry.current.iter().flat_map(|form| &form.needs).map(|edge| edge.to).collect::<Vec<_>>();
        entry.unify();
        let mut dropped = before.map(|form| form.needs).unwrap_or_default();
        dropped.retain(|edge| !kept.contains(&edge.to));
        self.drop_needs(id, &dropped);
    }

    fn failed(&mut self, now: Mono, id: Id, kind: OpKind, error: I::Error) {
        let entry = self.entry_mut(id);
        match kind {
            OpKind::Create => {} // it stays unborn
            OpKind::Modify => entry.uncertain = true,
            OpKind::Delete => entry.tainted = true,
        }
        if entry.failure.is_none() {
            entry.tries = 0;
        }
        self.set_failure(now, id, kind, error);
    }

    fn set_failure(&mut self, now: Mono, id: Id, during: OpKind, error: I::Error) {
        self.clear_failure(id);
        let entry = self.entry_mut(id);
        entry.tries = entry.tries.saturating_add(1);
        let next_try = now + back_off(entry.tries);
        entry.failure = Some(Failure { error, during, tries: entry.tries, next_try });
        self.retries.insert((next_try, id));
    }

    pub(super) fn clear_failure(&mut self, id: Id) {
        if let Some(failure) = self.entry_mut(id).failure.take() {
            self.retries.remove(&(failure.next_try, id));
        }
    }

    /// Notes that the agent has news to fetch about an item's group.
    pub(super) fn tell(&mut self, id: Id) {
        if let Some(group) = self.entries[id as usize].as_ref().and_then(|entry| entry.group.clone()) {
            self.changed.insert(group);
        }
    }
}
