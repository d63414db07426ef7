//! The graph: what is intended and what is there, told by the agent. See [the module](super) for how it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use super::entry::{Edge, Entry, Form, Id, OpId};
use super::item::{Item, Key, Update};
use crate::time::Mono;

/// Intended and current state of one agent's items.
pub struct Graph<I: Item> {
    /// By `Id`. Places of forgotten items are used again.
    pub(super) entries: Vec<Option<Entry<I>>>,
    free: Vec<Id>,
    /// By kind, then by name: half the work of comparing whole keys.
    index: BTreeMap<&'static str, BTreeMap<Arc<str>, Id>>,
    pub(super) groups: BTreeMap<Arc<str>, BTreeSet<Id>>,
    /// To be looked at because they, or what they stand on, changed.
    pub(super) dirty: BTreeSet<Id>,
    /// Looked at: an operation may be due.
    pub(super) todo: BTreeSet<Id>,
    /// Failed ones by the time of their next try.
    pub(super) retries: BTreeSet<(Mono, Id)>,
    pub(super) flights: BTreeMap<OpId, Id>,
    pub(super) last_op: u64,
    /// Those whose needs lead back to themselves.
    pub(super) cyclic: BTreeSet<Id>,
    /// Goes up whenever an item may have become unsettled: what was ready may not be any more.
    pub(super) epoch: u64,
    /// Groups with news for the agent.
    pub(super) changed: BTreeSet<Arc<str>>,
    pub(super) visits: u64,
}

impl<I: Item> Default for Graph<I> {
    fn default() -> Self {
        Graph {
            entries: Vec::new(),
            free: Vec::new(),
            index: BTreeMap::new(),
            groups: BTreeMap::new(),
            dirty: BTreeSet::new(),
            todo: BTreeSet::new(),
            retries: BTreeSet::new(),
            flights: BTreeMap::new(),
            last_op: 0,
            cyclic: BTreeSet::new(),
            epoch: 1,
            changed: BTreeSet::new(),
            visits: 0,
        }
    }
}

impl<I: Item> Graph<I> {
    /// Nothing intended, nothing there.
    pub fn new() -> Self {
        Graph::default()
    }

    /// Intends exactly these items in a group: what the group had before and is not among them is to go. Groups
    /// below it (`NI-1/L2` is below `NI-1`) are not touched.
    pub fn set_group(&mut self, group: &str, items: impl IntoIterator<Item = I>) {
        let mut stale = self.members(group, |entry| entry.intended.is_some());
        for item in items {
            let id = self.put_item(group, item);
            stale.remove(&id);
        }
        for id in stale {
            self.remove_id(id);
        }
    }

    /// Intends nothing in a group and in those below it.
    pub fn remove_group(&mut self, group: &str) {
        let names: Vec<Arc<str>> = self.groups_under(group).map(|(name, _)| name.clone()).collect();
        for name in names {
            self.set_group(&name, []);
        }
    }

    /// Intends an item, in place of the form with the same key that was intended before, in whatever group.
    pub fn put(&mut self, group: &str, item: I) {
        self.put_item(group, item);
    }

    /// Intends that there is no such item.
    pub fn remove(&mut self, key: &Key) {
        if let Some(id) = self.find(key) {
            self.remove_id(id);
        }
    }

    /// Tells exactly which items of others are there in a group.
    pub fn observe_group(&mut self, group: &str, items: impl IntoIterator<Item = I>) {
        let mut gone = self.members(group, |entry| entry.external);
        for item in items {
            let id = self.observe_item(group, item);
            gone.remove(&id);
        }
        for id in gone {
            self.vanish_id(id);
        }
    }

    /// Tells that an item of others is there. The engine leaves it alone, whatever is intended.
    pub fn observe(&mut self, group: &str, item: I) {
        self.observe_item(group, item);
    }

    /// Tells that an item of others is gone.
    pub fn vanish(&mut self, key: &Key) {
        if let Some(id) = self.find(key) {
            self.vanish_id(id);
        }
    }

    /// Tells that an item of ours is there already, as after a restart of the agent. It stays if it is intended
    /// and is taken down if not. To be told before the first plan.
    pub fn adopt(&mut self, group: &str, item: I) {
        let id = self.intern(&item.key());
        let entry = self.entry(id);
        if entry.external || entry.current.is_some() || entry.flight.is_some() {
            return;
        }
        if entry.group.is_none() {
            self.move_to(id, group);
        }
        let form = self.form(item);
        self.use_needs(id, &form.needs);
        let entry = self.entry_mut(id);
        entry.current = Some(form);
        entry.unify();
        self.current_changed(id);
    }

    fn put_item(&mut self, group: &str, item: I) -> Id {
        let id = self.intern(&item.key());
        self.move_to(id, group);
        if self.entry(id).intended.as_ref().is_some_and(|form| *form.item == item) {
            return id;
        }
        let form = self.form(item);
        let entry = self.entry_mut(id);
        let before = entry.intended.replace(form.clone());
        entry.unify();
        self.rewire(id, before.map(|form| form.needs), &form.needs);
        self.intention_changed(id);
        id
    }

    fn remove_id(&mut self, id: Id) {
        let Some(before) = self.entry_mut(id).intended.take() else { return };
        self.rewire(id, Some(before.needs), &[]);
        self.intention_changed(id);
        self.forget_idle(id);
    }

    /// Moves the edges of an intended form and finds out whether a circle came or went.
    fn rewire(&mut self, id: Id, before: Option<Vec<Edge<I::Must>>>, now: &[Edge<I::Must>]) {
        let before = before.unwrap_or_default();
        if before == now {
            return;
        }
        for edge in now {
            self.entry_mut(edge.to).intended_by.insert(id);
        }
        for edge in before {
            if now.iter().any(|kept| kept.to == edge.to) {
                continue;
            }
            // One that needs the same item twice has left it already, and then it may be forgotten.
            let Some(ground) = self.entries[edge.to as usize].as_mut() else { continue };
            ground.intended_by.remove(&id);
            if edge.to != id {
                self.forget_idle(edge.to);
            }
        }
        self.find_circles(id);
    }

    fn intention_changed(&mut self, id: Id) {
        self.clear_failure(id);
        self.entry_mut(id).tries = 0;
        self.touch(id);
        self.wake(id);
    }

    fn current_changed(&mut self, id: Id) {
        self.touch(id);
        self.wake(id);
    }

    /// An item and all that stand on it are to be looked at.
    pub(super) fn touch(&mut self, id: Id) {
        self.epoch += 1;
        let Graph { entries, dirty, .. } = self;
        let entry = entries[id as usize].as_ref().expect("a live id");
        dirty.insert(id);
        dirty.extend(entry.intended_by.iter().chain(&entry.used_by));
    }

    /// Those that waited for an item look again whether they can go on.
    pub(super) fn wake(&mut self, id: Id) {
        let waiters = std::mem::take(&mut self.entry_mut(id).waiters);
        self.todo.extend(waiters);
    }

    fn observe_item(&mut self, group: &str, item: I) -> Id {
        let id = self.intern(&item.key());
        self.move_to(id, group);
        if !self.entry(id).external {
            self.hand_over(id);
        }
        let recreated = match self.entry(id).current.as_ref() {
            Some(form) if *form.item == item => return id,
            Some(form) => form.item.update_to(&item) == Update::Recreate,
            None => false,
        };
        if recreated {
            self.ground_gone(id);
        } else {
            self.ground_modified(id);
        }
        self.entry_mut(id).current = Some(Form { item: Arc::new(item), needs: Vec::new() });
        self.current_changed(id);
        id
    }

    /// What was ours, if anything, is not any more.
    fn hand_over(&mut self, id: Id) {
        self.clear_failure(id);
        if let Some(flight) = self.entry_mut(id).flight.take() {
            self.flights.remove(&flight.op);
            self.drop_needs(id, &flight.target.map(|form| form.needs).unwrap_or_default());
        }
        let current = self.entry_mut(id).current.take();
        self.drop_needs(id, &current.map(|form| form.needs).unwrap_or_default());
        let entry = self.entry_mut(id);
        entry.external = true;
        (entry.down, entry.tainted, entry.unborn, entry.uncertain) = (false, false, false, false);
    }

    fn vanish_id(&mut self, id: Id) {
        if !self.entry(id).external {
            return;
        }
        self.ground_gone(id);
        let entry = self.entry_mut(id);
        entry.external = false;
        entry.current = None;
        self.current_changed(id);
        self.forget_idle(id);
    }

    /// What stands on an item that is gone by itself is gone with it, or is of no use any more.
    fn ground_gone(&mut self, ground: Id) {
        let mut gone = vec![ground];
        while let Some(ground) = gone.pop() {
            // What went along may be forgotten by now, and then nothing stands on it.
            let Some(entry) = &self.entries[ground as usize] else { continue };
            for id in entry.used_by.clone() {
                let entry = self.entry_mut(id);
                let form = entry.current.as_ref().expect("it uses something");
                let along = form.needs.iter().any(|edge| edge.to == ground && edge.gone_with);
                // It may have a form that does not go along while that is not certain.
                let certain = entry.flight.is_none() && !entry.unborn && !entry.uncertain;
                if along && certain {
                    self.now_absent(id);
                    gone.push(id);
                } else {
                    entry.tainted = true;
                }
                self.dirty.insert(id);
            }
        }
    }

    /// An item of others was modified in place.
    fn ground_modified(&mut self, ground: Id) {
        for id in self.entry(ground).used_by.clone() {
            let entry = self.entry_mut(id);
            let form = entry.current.as_ref().expect("it uses something");
            entry.tainted |= form.needs.iter().any(|edge| edge.to == ground && edge.recreated_with);
        }
    }

    pub(super) fn find(&self, key: &Key) -> Option<Id> {
        self.index.get(key.kind)?.get(&key.name).copied()
    }

    /// All items that are known, by key.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> {
        self.index.values().flat_map(BTreeMap::values).copied()
    }

    /// The entry of a key, made if there is none.
    fn intern(&mut self, key: &Key) -> Id {
        if let Some(id) = self.find(key) {
            return id;
        }
        let entry = Some(Entry::new(key.clone()));
        let id = if let Some(id) = self.free.pop() {
            self.entries[id as usize] = entry;
            id
        } else {
            self.entries.push(entry);
            Id::try_from(self.entries.len() - 1).expect("fewer than 2^32 items fit in memory")
        };
        self.index.entry(key.kind).or_default().insert(key.name.clone(), id);
        id
    }

    /// Forgets an item that is neither intended nor there nor needed.
    pub(super) fn forget_idle(&mut self, id: Id) {
        if !self.entries[id as usize].as_ref().is_some_and(Entry::idle) {
            return;
        }
        self.clear_failure(id);
        self.wake(id);
        if let Some(entry) = self.entries[id as usize].take() {
            self.leave(id, entry.group);
            if let Some(names) = self.index.get_mut(entry.key.kind) {
                names.remove(&entry.key.name);
            }
            self.cyclic.remove(&id);
            self.free.push(id);
        }
    }

    fn form(&mut self, item: I) -> Form<I> {
        let mut needs = Vec::new();
        for need in item.needs() {
            let to = self.intern(&need.item);
            let (recreated_with, gone_with) = (need.recreated_with, need.gone_with);
            needs.push(Edge { to, must: need.must, recreated_with, gone_with });
        }
        Form { item: Arc::new(item), needs }
    }

    fn move_to(&mut self, id: Id, group: &str) {
        if self.entry(id).group.as_deref() == Some(group) {
            return;
        }
        let before = self.entry_mut(id).group.take();
        self.leave(id, before);
        let name = match self.groups.get_key_value(group) {
            Some((name, _)) => name.clone(),
            None => group.into(),
        };
        self.groups.entry(name.clone()).or_default().insert(id);
        self.entry_mut(id).group = Some(name);
    }

    fn leave(&mut self, id: Id, group: Option<Arc<str>>) {
        let Some(name) = group else { return };
        if let Some(members) = self.groups.get_mut(&name) {
            members.remove(&id);
            if members.is_empty() {
                self.groups.remove(&name);
            }
        }
        self.changed.insert(name);
    }

    fn members(&self, group: &str, which: impl Fn(&Entry<I>) -> bool) -> BTreeSet<Id> {
        let Some(ids) = self.groups.get(group) else { return BTreeSet::new() };
        ids.iter().copied().filter(|id| which(self.entry(*id))).collect()
    }

    /// A group and those below it, with their members.
    pub(super) fn groups_under(&self, group: &str) -> impl Iterator<Item = (&Arc<str>, &BTreeSet<Id>)> {
        let from = (Bound::Included(group), Bound::Unbounded);
        let alike = self.groups.range::<str, _>(from).take_while(move |(name, _)| name.starts_with(group));
        let is_below = move |name: &str| {
            group.is_empty() || name.len() == group.len() || name.as_bytes()[group.len()] == b'/'
        };
        alike.filter(move |(name, _)| is_below(name))
    }

    pub(super) fn entry(&self, id: Id) -> &Entry<I> {
        self.entries[id as usize].as_ref().expect("edges and the index lead to live entries")
    }

    pub(super) fn entry_mut(&mut self, id: Id) -> &mut Entry<I> {
        self.entries[id as usize].as_mut().expect("edges and the index lead to live entries")
    }
}
