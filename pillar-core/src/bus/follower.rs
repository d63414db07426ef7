//! What one subscriber or tap of one table has been told, and what it has still to be told.
//!
//! The queue names keys, not values: a key that changes again before its turn stays where it is and is given
//! its latest value. So the memory of a slow follower is bounded by the number of keys. A mark (`Synced`,
//! `Restarted`, `Resync`) is never overtaken by a key that was queued before it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::table::{MAX_KEYS, Table, TableId};
use super::value::AnyValue;
use crate::node::{AgentName, Rng};

/// A follower's place in the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FollowerId(pub(super) u32);

/// How often a follower may be given one key while the node never rests, before that is called a ping-pong.
pub const PING_PONG_LIMIT: u32 = 10_000;

/// How many changes of all keys it may be given while the node never rests: several looks at a full table. A key that
/// comes and goes has no count of its own.
pub const MAX_IN_A_SPELL: u32 = 4 * MAX_KEYS as u32;

/// How many queued keys a shuffle chooses from: enough to mix, few enough to stay fast in large tables.
const WINDOW: usize = 16;

/// One thing to tell a follower.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The key; empty for marks.
    pub key: Arc<str>,
    /// Who published it.
    pub by: AgentName,
    /// The version of the value; zero for marks.
    pub version: u64,
    /// What happened.
    pub what: What,
    /// Whether this is the delivery that passes [`PING_PONG_LIMIT`] or [`MAX_IN_A_SPELL`].
    pub ping_pong: bool,
}

/// What happened to a key or a table.
#[derive(Clone, Debug)]
pub enum What {
    /// The key is new to this follower.
    Created(AnyValue),
    /// It has another value than the one given before.
    Modified {
        /// Given before.
        old: AnyValue,
        /// Now.
        new: AnyValue,
    },
    /// It is gone.
    Deleted(AnyValue),
    /// All that the publisher had has been given.
    Synced,
    /// The publisher has caught up for the n-th time; 0 when it takes that back.
    Restarted(u32),
    /// Notices were lost: look at everything again.
    Resync,
}

impl What {
    /// A short name for traces and reports.
    pub fn name(&self) -> &'static str {
        match self {
            What::Created(_) => "create",
            What::Modified { .. } => "modify",
            What::Deleted(_) => "delete",
            What::Synced => "synced",
            What::Restarted(_) => "restarted",
            What::Resync => "resync",
        }
    }
}

/// What a follower has to look at that only wants to know where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// A key: it was changed since, also if it is now as it was then.
    Key(Arc<str>),
    /// The restart count.
    Restarted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Key(u32),
    Synced,
    Restarted,
    Resync,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    given: Option<AnyValue>,
    /// The slot's count of changes when it was given.
    changes: u32,
    queued: bool,
    count: Count,
}

/// Told so far and queued.
#[derive(Debug)]
pub struct Follower<O> {
    /// The table.
    pub table: TableId,
    /// Who is told.
    pub owner: O,
    /// Whether `Synced` was given.
    pub synced: bool,
    /// The restart count given last.
    pub restarted: u32,
    /// Whether the owner knows that there is something in the queue.
    pub(super) woken: bool,
    /// Of all keys.
    count: Count,
    seen: Vec<Seen>,
    queue: VecDeque<Item>,
}

impl<O> Follower<O> {
    /// A follower that has still to be told all that is in the table.
    pub(super) fn new(table_id: TableId, owner: O, table: &mut Table) -> Self {
        let mut follower = Follower {
            table: table_id,
            owner,
            synced: false,
            restarted: 0,
            woken: false,
            count: Count::default(),
            seen: Vec::new(),
            queue: VecDeque::new(),
        };
        let slots: Vec<u32> = table.slot_numbers().collect();
        for slot in slots {
            follower.queue_key(table, slot);
        }
        if table.open {
            follower.queue_mark(Item::Synced);
        }
        if table.restarted != 0 {
            follower.queue_mark(Item::Restarted);
        }
        follower
    }

    /// What the follower was given for a slot.
    pub(super) fn given(&self, slot: u32) -> Option<&AnyValue> {
        self.seen.get(slot as usize)?.given.as_ref()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn queue_key(&mut self, table: &mut Table, slot: u32) {
        let index = slot as usize;
        if self.seen.len() <= index {
            self.seen.resize(index + 1, Seen::default());
        }
        let seen = &mut self.seen[index];
        if seen.queued {
            return;
        }
        seen.queued = true;
        if seen.given.is_none() {
            table.slots[index].holders += 1;
        }
        self.queue.push_back(Item::Key(slot));
    }

    pub(super) fn queue_synced(&mut self) {
        self.queue_mark(Item::Synced);
    }

    pub(super) fn queue_restarted(&mut self) {
        self.queue_mark(Item::Restarted);
    }

    pub(super) fn queue_resync(&mut self) {
        self.queue_mark(Item::Resync);
    }

    /// A mark moves to the end, so that there is one of each kind at most and it comes after all before it.
    fn queue_mark(&mut self, mark: Item) {
        self.queue.retain(|item| *item != mark);
        self.queue.push_back(mark);
    }

    /// Takes the value as told without telling: it came from where this follower writes to. The key stays in the
    /// queue, where nothing will be found to tell of it.
    pub(super) fn assume_given(&mut self, table: &mut Table, slot: u32) {
        self.queue_key(table, slot);
        let (seen, source) = (&mut self.seen[slot as usize], &table.slots[slot as usize]);
        seen.given.clone_from(&source.value);
        seen.changes = source.changes;
    }

    /// The next thing to tell. With `shuffle`, any of the keys before the first mark comes next.
    pub(super) fn next(
        &mut self,
        table: &mut Table,
        shuffle: Option<&mut Rng>,
        spell: u32,
    ) -> Option<Delivery> {
        let mut shuffle = shuffle;
        loop {
            if let Some(rng) = shuffle.as_deref_mut() {
                self.shuffle_front(rng);
            }
            let what = match self.queue.pop_front()? {
                Item::Key(slot) => match self.tell(table, slot, spell) {
                    Some(delivery) => return Some(delivery),
                    None => continue,
                },
                Item::Synced => {
                    self.synced = true;
                    What::Synced
                }
                Item::Restarted if self.restarted == table.restarted => continue,
                Item::Restarted => {
                    self.restarted = table.restarted;
                    What::Restarted(table.restarted)
                }
                Item::Resync => What::Resync,
            };
            let by = table.name.agent;
            return Some(Delivery { key: "".into(), by, version: 0, what, ping_pong: false });
        }
    }

    /// The next thing to look at.
    pub(super) fn next_changed(&mut self, table: &mut Table) -> Option<Changed> {
        loop {
            match self.queue.pop_front()? {
                Item::Key(slot) => {
                    let source = &table.slots[slot as usize];
                    let (key, value) = (source.key.clone(), source.value.clone());
                    let same = source.changes == self.seen[slot as usize].changes;
                    self.settle(table, slot, value);
                    if !same {
                        return Some(Changed::Key(key));
                    }
                }
                Item::Restarted if self.restarted == table.restarted => {}
                Item::Restarted => {
                    self.restarted = table.restarted;
                    return Some(Changed::Restarted);
                }
                Item::Synced => self.synced = true,
                Item::Resync => {}
            }
        }
    }

    fn shuffle_front(&mut self, rng: &mut Rng) {
        let keys = self.queue.iter().take(WINDOW).take_while(|item| matches!(item, Item::Key(_))).count();
        if keys > 1 {
            let chosen = rng.below(keys as u64) as usize;
            self.queue.swap(0, chosen);
        }
    }

    /// Compares what was given with what is there now.
    fn tell(&mut self, table: &mut Table, slot: u32, spell: u32) -> Option<Delivery> {
        let index = slot as usize;
        let source = &table.slots[index];
        let now = source.value.clone();
        let what = match (self.seen[index].given.take(), now.clone()) {
            (None, Some(new)) => Some(What::Created(new)),
            (Some(old), Some(new)) => {
                // A single step was found to be a change when it was made; several may have led back.
                let steps = source.changes.wrapping_sub(self.seen[index].changes);
                (steps == 1 || (steps > 1 && new.changed(&*old))).then_some(What::Modified { old, new })
            }
            (Some(old), None) => Some(What::Deleted(old)),
            (None, None) => None,
        };
        let (key, by, version) = (source.key.clone(), source.by, source.version);
        let ping_pong = what.is_some() && {
            let (of_key, of_all) = (self.seen[index].count.up(spell), self.count.up(spell));
            of_key == PING_PONG_LIMIT || of_all == MAX_IN_A_SPELL
        };
        self.settle(table, slot, now);
        Some(Delivery { key, by, version, what: what?, ping_pong })
    }

    /// Notes what was told and lets the slot go if that was the last to know.
    fn settle(&mut self, table: &mut Table, slot: u32, told: Option<AnyValue>) {
        let seen = &mut self.seen[slot as usize];
        seen.queued = false;
        seen.changes = table.slots[slot as usize].changes;
        seen.given = told;
        if seen.given.is_none() {
            // The slot may be another key's next time, which counts from one.
            seen.changes = 0;
            seen.count = Count::default();
            table.slots[slot as usize].holders -= 1;
            table.release(slot);
        }
    }

    /// Leaves the table: slots that only this follower held are given back.
    pub(super) fn leave(&mut self, table: &mut Table) {
        for (index, seen) in self.seen.drain(..).enumerate() {
            if seen.queued || seen.given.is_some() {
                table.slots[index].holders -= 1;
                table.release(index as u32);
            }
        }
        self.queue.clear();
    }
}

/// Deliveries in one busy spell of the node.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    spell: u32,
    deliveries: u32,
}

impl Count {
    fn up(&mut self, spell: u32) -> u32 {
        if self.spell != spell {
            *self = Count { spell, deliveries: 0 };
        }
        self.deliveries = self.deliveries.saturating_add(1);
        self.deliveries
    }
}
