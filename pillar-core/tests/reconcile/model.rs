//! A naive world beside the graph: it carries operations out, badly if told so, and knows at any time what may be
//! there and what must be there in the end.

use std::collections::{BTreeMap, BTreeSet};

use pillar_core::reconcile::{Act, Graph, Item, Key, Op};
use pillar_core::time::Mono;

use super::{Part, show};

/// What a failing operation leaves behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fails {
    /// It succeeds.
    No,
    /// It fails and has done nothing.
    Before,
    /// It fails although it has done everything.
    After,
}

/// The graph under test and the world that it is to bring in line.
pub struct World {
    /// Under test.
    pub graph: Graph<Part>,
    /// The time.
    pub now: Mono,
    intended: BTreeMap<Key, Part>,
    observed: BTreeMap<Key, Part>,
    real: BTreeMap<Key, Part>,
    /// Those whose ground went by itself: until they are taken down they stand on nothing.
    orphans: BTreeSet<Key>,
    flying: Vec<Op<Part>>,
    /// What may be touched: what changed since all was settled, and all that may stand on it.
    affected: BTreeSet<Key>,
    /// All needs that were ever stated, by ground.
    users: BTreeMap<Key, BTreeSet<Key>>,
    /// All operations, for comparison.
    pub log: Vec<String>,
}

impl World {
    /// An empty one.
    pub fn new() -> Self {
        World {
            graph: Graph::new(),
            now: Mono(0),
            intended: BTreeMap::new(),
            observed: BTreeMap::new(),
            real: BTreeMap::new(),
            orphans: BTreeSet::new(),
            flying: Vec::new(),
            affected: BTreeSet::new(),
            users: BTreeMap::new(),
            log: Vec::new(),
        }
    }

    /// Intends a part.
    pub fn put(&mut self, group: &str, part: Part) {
        if self.intended.get(&part.key()) != Some(&part) {
            for need in &part.needs {
                self.users.entry(need.item.clone()).or_default().insert(part.key());
            }
            self.affect(part.key());
        }
        self.intended.insert(part.key(), part.clone());
        self.graph.put(group, part);
    }

    /// Intends it no more.
    pub fn remove(&mut self, key: &Key) {
        if self.intended.remove(key).is_some() {
            self.affect(key.clone());
        }
        self.graph.remove(key);
    }

    /// A port appears or changes.
    pub fn observe(&mut self, port: Part) {
        let key = port.key();
        match self.observed.insert(key.clone(), port.clone()) {
            Some(before) if before == port => {}
            Some(before) if before.shape != port.shape => self.ground_gone(&key),
            _ => self.affect(key),
        }
        self.graph.observe("ports", port);
    }

    /// A port goes.
    pub fn vanish(&mut self, key: &Key) {
        if self.observed.remove(key).is_some() {
            self.ground_gone(key);
        }
        self.graph.vanish(key);
    }

    /// A part of ours fails by itself.
    pub fn lose(&mut self, key: &Key) {
        self.affect(key.clone());
        self.graph.lost(self.now, key, "lost".into());
    }

    /// Asks for a plan and checks it against all that must hold when it is made.
    pub fn plan(&mut self, max: usize) -> usize {
        let ops = self.graph.plan(self.now, max);
        assert!(ops.len() <= max);
        let count = ops.len();
        for op in ops {
            let key = op.act.item().key();
            assert!(self.affected.contains(&key), "{} touches what nothing affects", show(&op));
            let busy = self.flying.iter().any(|other| other.act.item().key() == key);
            assert!(!busy, "{} while another operation on it is under way", show(&op));
            self.log.push(show(&op));
            self.flying.push(op);
        }
        count
    }

    /// Carries one of the operations under way out and answers it.
    pub fn answer(&mut self, which: usize, fails: Fails) {
        if self.flying.is_empty() {
            return;
        }
        let op = self.flying.remove(which % self.flying.len());
        if fails != Fails::Before {
            self.carry_out(&op);
        }
        let result = if fails == Fails::No { Ok(()) } else { Err("it failed".to_owned()) };
        assert!(self.graph.done(self.now, op.id, result));
    }

    fn carry_out(&mut self, op: &Op<Part>) {
        let key = op.act.item().key();
        if let Act::Delete(_) = op.act {
            let used = |(by, part): (&Key, &Part)| {
                (*by != key && part.needs.iter().any(|need| need.item == key)).then(|| by.clone())
            };
            let users: Vec<Key> = self.real.iter().filter_map(used).collect();
            assert_eq!(users, [], "{} takes the ground away", show(op));
            self.real.remove(&key);
            self.orphans.remove(&key);
            return;
        }
        // A port may have gone while the operation was under way; ours may not.
        let mut orphan = false;
        for need in &op.act.item().needs {
            let ours = self.real.get(&need.item);
            let meets = |part: &Part| need.must.is_none_or(|must| part.meets(&must));
            let met = ours.or(self.observed.get(&need.item)).is_some_and(meets);
            orphan |= !met || self.orphans.contains(&need.item);
            let excused = need.item.kind == "Port" || self.orphans.contains(&key);
            assert!(met || excused, "{} without {}", show(op), need.item);
        }
        if let Act::Modify { .. } = op.act {
            assert!(self.real.contains_key(&key) || self.orphans.contains(&key), "{} of nothing", show(op));
        }
        self.real.insert(key.clone(), (**op.act.item()).clone());
        if orphan {
            self.orphans.insert(key);
        }
    }

    /// No part of ours stands on less than it needs, except where the ground went by itself.
    pub fn check(&self) {
        for (key, part) in self.real.iter().filter(|(key, _)| !self.orphans.contains(*key)) {
            for need in part.needs.iter().filter(|need| need.item.kind != "Port") {
                let ground = self.real.get(&need.item);
                let met = ground.is_some_and(|ground| need.must.is_none_or(|must| ground.meets(&must)));
                assert!(met, "{key} stands without {}", need.item);
            }
        }
    }

    /// Lets everything succeed from now on, and checks that current is then what is intended.
    pub fn come_to_rest(&mut self) {
        for _ in 0..10_000 {
            while !self.flying.is_empty() {
                self.answer(0, Fails::No);
                self.check();
            }
            if self.plan(3) > 0 {
                continue;
            }
            if let Some(at) = self.graph.next_try() {
                self.now = self.now.max(at);
                continue;
            }
            assert_eq!(self.real, self.possible(), "what is there is not what can be");
            self.affected.clear();
            self.orphans.clear();
            return;
        }
        panic!("it does not come to rest");
    }

    /// What is intended and can be, by trying over and over.
    fn possible(&self) -> BTreeMap<Key, Part> {
        let mut there: BTreeMap<Key, Part> = self.observed.clone();
        loop {
            let fits = |part: &&Part| {
                !there.contains_key(&part.key())
                    && part.needs.iter().all(|need| {
                        let ground = there.get(&need.item);
                        ground.is_some_and(|ground| need.must.is_none_or(|must| ground.meets(&must)))
                    })
            };
            let more: Vec<Part> = self.intended.values().filter(fits).cloned().collect();
            if more.is_empty() {
                there.retain(|key, _| !self.observed.contains_key(key));
                return there;
            }
            there.extend(more.into_iter().map(|part| (part.key(), part)));
        }
    }

    fn affect(&mut self, key: Key) {
        let mut open = vec![key];
        let mut seen = BTreeSet::new();
        while let Some(key) = open.pop() {
            if seen.insert(key.clone()) {
                open.extend(self.users.get(&key).into_iter().flatten().cloned());
            }
        }
        self.affected.extend(seen);
    }

    /// The ground went by itself: what the system removes along is gone, the rest stands on nothing.
    fn ground_gone(&mut self, ground: &Key) {
        self.affect(ground.clone());
        let mut open = vec![ground.clone()];
        while let Some(ground) = open.pop() {
            let stands = |part: &Part| part.needs.iter().any(|need| need.item == ground);
            let making = self.flying.iter().map(|op| op.act.item()).filter(|part| stands(part));
            self.orphans.extend(making.map(|part| part.key()));
            let users: Vec<Part> = self.real.values().filter(|part| stands(part)).cloned().collect();
            for part in users {
                let along = part.needs.iter().any(|need| need.item == ground && need.gone_with);
                let busy = self.flying.iter().any(|op| op.act.item().key() == part.key());
                if along && !busy {
                    self.real.remove(&part.key());
                    self.orphans.remove(&part.key());
                    open.push(part.key());
                } else {
                    self.orphans.insert(part.key());
                }
            }
        }
    }
}
