//! How items hang together: who uses whom now, whether what an item needs is ready, and circles.
//!
//! Intended forms without circles, and creates and modifies only on ground that is ready all the way down, keep
//! the current forms free of circles too: so whatever is to go can be taken down, dependants first.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::entry::{Edge, Form, Id, meets};
use super::graph::Graph;
use super::item::{Item, Update};

impl<I: Item> Graph<I> {
    /// Notes that the current form of `id` has these needs.
    pub(super) fn use_needs(&mut self, id: Id, needs: &[Edge<I::Must>]) {
        for edge in needs.iter().filter(|edge| edge.to != id) {
            self.entry_mut(edge.to).used_by.insert(id);
        }
    }

    /// Notes that the current form of `id` has these needs no longer. Those that wait to be free look again.
    pub(super) fn drop_needs(&mut self, id: Id, needs: &[Edge<I::Must>]) {
        for edge in needs {
            let Some(entry) = self.entries[edge.to as usize].as_mut() else { continue };
            entry.used_by.remove(&id);
            if !entry.settled() {
                self.todo.insert(edge.to);
            }
            self.forget_idle(edge.to);
        }
    }

    /// Nothing of it is there.
    pub(super) fn now_absent(&mut self, id: Id) {
        let entry = self.entry_mut(id);
        let current = entry.current.take();
        (entry.down, entry.tainted, entry.unborn, entry.uncertain) = (false, false, false, false);
        self.drop_needs(id, &current.map(|form| form.needs).unwrap_or_default());
    }

    /// Whether it can exist once everything is done.
    pub(super) fn is_wanted(&self, id: Id) -> bool {
        let entry = self.entry(id);
        let Some(form) = &entry.intended else { return false };
        !entry.external && !entry.cyclic && form.needs.iter().all(|edge| self.will_meet(edge))
    }

    /// Whether what an edge leads to will be there as the edge demands, once everything is done.
    pub(super) fn will_meet(&self, edge: &Edge<I::Must>) -> bool {
        let ground = self.entry(edge.to);
        let form = if ground.external { &ground.current } else { &ground.intended };
        (ground.external || ground.wanted)
            && form.as_ref().is_some_and(|form| meets(&*form.item, edge.must.as_ref()))
    }

    /// Whether what is there of it must go, if only to be put back.
    pub(super) fn must_go(&self, id: Id) -> bool {
        let entry = self.entry(id);
        let Some(current) = &entry.current else { return false };
        if entry.external {
            return false;
        }
        entry.tainted || !entry.wanted || self.needs_recreation(id) || !self.stands(current)
    }

    fn needs_recreation(&self, id: Id) -> bool {
        let entry = self.entry(id);
        let (Some(intended), Some(current)) = (&entry.intended, &entry.current) else { return false };
        let differs = !Arc::ptr_eq(&intended.item, &current.item);
        differs && (entry.unborn || current.item.update_to(&intended.item) == Update::Recreate)
    }

    /// Whether all that a current form needs is there, and stays as it demands.
    fn stands(&self, form: &Form<I>) -> bool {
        form.needs.iter().all(|edge| {
            let ground = self.entry(edge.to);
            let Some(current) = &ground.current else { return false };
            if !meets(&*current.item, edge.must.as_ref()) || ground.down {
                return false;
            }
            ground.external || self.survives_modify(edge)
        })
    }

    /// Whether what stands on an edge can stay when the ground is brought to its intended form.
    pub(super) fn survives_modify(&self, edge: &Edge<I::Must>) -> bool {
        let ground = self.entry(edge.to);
        match &ground.intended {
            Some(form) => {
                meets(&*form.item, edge.must.as_ref()) && (ground.as_intended() || !edge.recreated_with)
            }
            None => false,
        }
    }

    /// What stands in the way of putting `id` on its ground: the first item below it that is not settled. The
    /// path to that item is noted to be told when anything on it changes.
    pub(super) fn blocker(&mut self, id: Id) -> Option<Id> {
        // Depth first, without recursion: each level is an item and how many of its needs were looked at.
        let mut path = vec![(id, 0)];
        while let Some((at, seen)) = path.last_mut() {
            let at = *at;
            let needs = &self.entry(at).intended.as_ref().map_or(&[][..], |form| &form.needs);
            let Some(edge) = needs.get(*seen) else {
                if at != id {
                    self.entry_mut(at).ready_in = self.epoch;
                }
                path.pop();
                continue;
            };
            *seen += 1;
            let ground = edge.to;
            let entry = self.entry(ground);
            if entry.external || entry.ready_in == self.epoch {
                continue;
            }
            path.push((ground, 0));
            if !entry.settled() {
                for (step, _) in path {
                    if step != id {
                        self.entry_mut(step).waiters.insert(id);
                    }
                }
                return Some(ground);
            }
        }
        None
    }

    /// Finds out whether the needs of `id` lead back to it, now that they changed, and whether circles that were
    /// there are still.
    pub(super) fn find_circles(&mut self, id: Id) {
        for id in std::mem::take(&mut self.cyclic).into_iter().chain([id]).collect::<BTreeSet<_>>() {
            let before = self.entry(id).cyclic;
            self.entry_mut(id).cyclic = false;
            let circle = self.leads_back(id);
            self.entry_mut(id).cyclic = circle;
            if circle {
                self.cyclic.insert(id);
            }
            if circle != before {
                self.dirty.insert(id);
            }
        }
    }

    fn leads_back(&self, id: Id) -> bool {
        if self.entry(id).intended_by.is_empty() {
            return false; // the usual case: a new item that nobody needs yet
        }
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            let entry = self.entry(at);
            if entry.cyclic {
                continue;
            }
            for edge in entry.intended.iter().flat_map(|form| &form.needs) {
                if edge.to == id {
                    return true;
                }
                if seen.insert(edge.to) {
                    open.push(edge.to);
                }
            }
        }
        false
    }
}
