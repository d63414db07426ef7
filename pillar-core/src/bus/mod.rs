//! The bus: tables of typed values, and followers that are told what changed.
//!
//! It is plain data inside the node. A handler's changes are made in a transaction: visible to the handler at
//! once, to everybody else when it returns, to nobody if it panics. Followers are subscriptions of agents or
//! taps (files, wires); both are told by key, latest value only (architecture, table of guarantees).

pub mod files;
mod follower;
mod table;
mod value;
pub mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

pub use follower::{Changed, Delivery, Follower, FollowerId, MAX_IN_A_SPELL, PING_PONG_LIMIT, What};
pub use table::{MAX_KEYS, Origin, Table, TableId, TableName};
pub use value::{AnyTopic, AnyValue, TopicInfo, typed};

use crate::node::{AgentId, AgentName, Rng};

/// The longest key, so that `<key>.json` fits a file name of 255 bytes (spec/02, Key).
pub const MAX_KEY_BYTES: usize = 250;

/// Who follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An agent's subscription.
    Agent(AgentId),
    /// A tap.
    Tap(TapId),
}

/// A tap's place in the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TapId(u32);

/// Which tables a tap follows, now and as they come.
pub type TapFilter = fn(&Table) -> bool;

struct Tap {
    filter: TapFilter,
    ready: VecDeque<FollowerId>,
}

/// Why a value was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishError {
    /// The table holds [`MAX_KEYS`] keys already.
    TableFull,
    /// The table has values of another type with the same topic name.
    OtherType,
    /// A table with several writers cannot be persistent.
    GlobalPersistent,
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublishError::TableFull => write!(f, "the table is full: it has {MAX_KEYS} keys"),
            PublishError::OtherType => f.write_str("the table holds values of another type"),
            PublishError::GlobalPersistent => {
                f.write_str("a table with several writers cannot be persistent")
            }
        }
    }
}

impl std::error::Error for PublishError {}

/// The changes of the handler that runs: what each touched key was before.
#[derive(Default)]
pub struct Transaction {
    undo: Vec<(TableId, u32, Option<AnyValue>, AgentName)>,
}

impl Transaction {
    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.undo.is_empty()
    }
}

/// All tables and followers of a node.
#[derive(Default)]
pub struct Bus {
    tables: Vec<Table>,
    names: BTreeMap<TableName, TableId>,
    followers: Vec<Option<Follower<Owner>>>,
    taps: Vec<Tap>,
    /// Followers of agents that have something to tell and were not reported yet.
    woken: VecDeque<(FollowerId, AgentId)>,
    version: u64,
    /// Counts the times the node was at rest: what happens between two of them happens "at once".
    spell: u32,
    /// Counts changes of what tables there are, who fills them and who follows them.
    shape: u64,
}

impl Bus {
    /// The table of that name, new if there is none.
    pub fn table_for(&mut self, name: TableName, info: TopicInfo) -> Result<TableId, PublishError> {
        if let Some(id) = self.names.get(&name) {
            let same = self.table(*id).info.same_type(&info);
            return if same { Ok(*id) } else { Err(PublishError::OtherType) };
        }
        let id = TableId(u32::try_from(self.tables.len()).expect("tables are few"));
        self.tables.push(Table::new(name, info));
        self.names.insert(name, id);
        self.shape += 1;
        self.tap_table(id);
        Ok(id)
    }

    /// The table of that name, if there is one.
    pub fn find(&self, name: &TableName) -> Option<TableId> {
        self.names.get(name).copied()
    }

    /// A table.
    pub fn table(&self, id: TableId) -> &Table {
        &self.tables[id.0 as usize]
    }

    /// All tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = (TableId, &Table)> {
        self.names.values().map(|id| (*id, self.table(*id)))
    }

    /// Says who fills a table and where its files are. Taps look at it again.
    pub fn claim(&mut self, id: TableId, origin: Origin, persistent: bool) {
        let table = &mut self.tables[id.0 as usize];
        table.origin = origin;
        table.persistent = persistent;
        self.shape += 1;
        self.tap_table(id);
    }

    /// The publisher has begun: what followers get from now on is complete. A restart count that they have yet to
    /// be told comes after it.
    pub fn open(&mut self, id: TableId) {
        let table = &mut self.tables[id.0 as usize];
        table.open = true;
        self.shape += 1;
        self.mark(id, Follower::queue_synced);
        if self.table(id).restarted != 0 {
            self.mark(id, Follower::queue_restarted);
        }
    }

    /// The publisher is done with it: nobody fills it, until somebody claims it again.
    pub fn close(&mut self, id: TableId) {
        let table = &mut self.tables[id.0 as usize];
        table.origin = Origin::Unknown;
        table.open = false;
        self.shape += 1;
    }

    /// Sets the restart count and tells it, after all that was published before.
    pub fn set_restarted(&mut self, id: TableId, count: u32) {
        let table = &mut self.tables[id.0 as usize];
        if table.restarted != count {
            table.restarted = count;
            self.mark(id, Follower::queue_restarted);
        }
    }

    /// Tells followers that notices of this table were lost.
    pub fn resync(&mut self, id: TableId) {
        self.mark(id, Follower::queue_resync);
    }

    fn mark(&mut self, id: TableId, queue: fn(&mut Follower<Owner>)) {
        for index in 0..self.table(id).followers.len() {
            let follower = self.table(id).followers[index];
            if let Some(follower) = &mut self.followers[follower.0 as usize] {
                queue(follower);
            }
            self.wake(follower);
        }
    }

    /// Changes one key inside a transaction; `None` removes it.
    pub fn set(
        &mut self,
        id: TableId,
        key: &str,
        value: Option<AnyValue>,
        by: AgentName,
        transaction: &mut Transaction,
    ) -> Result<(), PublishError> {
        let table = &mut self.tables[id.0 as usize];
        let slot = match value {
            Some(_) => table.slot_for(key).ok_or(PublishError::TableFull)?,
            None => match table.slot_of(key) {
                Some(slot) => slot,
                None => return Ok(()),
            },
        };
        let entry = &mut table.slots[slot as usize];
        let before = std::mem::replace(&mut entry.value, value);
        let before_by = std::mem::replace(&mut entry.by, by);
        if !entry.touched {
            entry.touched = true;
            transaction.undo.push((id, slot, before, before_by));
        }
        Ok(())
    }

    /// Makes a transaction's changes known.
    pub fn commit(&mut self, transaction: &mut Transaction) {
        for (id, slot, before, _) in transaction.undo.drain(..) {
            let table = &mut self.tables[id.0 as usize];
            let entry = &mut table.slots[slot as usize];
            entry.touched = false;
            let changed = match (&before, &entry.value) {
                (Some(before), Some(now)) => now.changed(&**before),
                (None, None) => false,
                _ => true,
            };
            if changed {
                self.version += 1;
                entry.version = self.version;
                entry.changes = entry.changes.wrapping_add(1);
                self.tell(id, slot);
            }
            self.tables[id.0 as usize].release(slot);
        }
    }

    /// Takes a transaction back.
    pub fn roll_back(&mut self, transaction: &mut Transaction) {
        for (id, slot, before, by) in transaction.undo.drain(..).rev() {
            let table = &mut self.tables[id.0 as usize];
            let entry = &mut table.slots[slot as usize];
            entry.value = before;
            entry.by = by;
            entry.touched = false;
            table.release(slot);
        }
    }

    fn tell(&mut self, id: TableId, slot: u32) {
        for index in 0..self.tables[id.0 as usize].followers.len() {
            let table = &mut self.tables[id.0 as usize];
            let follower = table.followers[index];
            if let Some(state) = &mut self.followers[follower.0 as usize] {
                state.queue_key(table, slot);
            }
            self.wake(follower);
        }
    }

    fn wake(&mut self, id: FollowerId) {
        let Some(follower) = &mut self.followers[id.0 as usize] else { return };
        if follower.woken || follower.is_empty() {
            return;
        }
        follower.woken = true;
        match follower.owner {
            Owner::Agent(agent) => self.woken.push_back((id, agent)),
            Owner::Tap(tap) => self.taps[tap.0 as usize].ready.push_back(id),
        }
    }

    /// Adds a subscription of an agent.
    pub fn follow(&mut self, id: TableId, agent: AgentId) -> FollowerId {
        self.shape += 1;
        self.add_follower(id, Owner::Agent(agent))
    }

    /// Adds a follower of one table to a tap: one of many, such as a connection, that is told at its own pace.
    /// [`next_ready`](Self::next_ready) says when it has something to be told.
    pub fn follow_by(&mut self, id: TableId, tap: TapId) -> FollowerId {
        self.add_follower(id, Owner::Tap(tap))
    }

    fn add_follower(&mut self, id: TableId, owner: Owner) -> FollowerId {
        let table = &mut self.tables[id.0 as usize];
        let follower = Some(Follower::new(id, owner, table));
        let index = self.followers.iter().position(Option::is_none).unwrap_or(self.followers.len());
        if index == self.followers.len() {
            self.followers.push(follower);
        } else {
            self.followers[index] = follower;
        }
        let number = FollowerId(u32::try_from(index).expect("followers are few"));
        self.tables[id.0 as usize].followers.push(number);
        self.wake(number);
        number
    }

    /// Ends a subscription.
    pub fn unfollow(&mut self, id: FollowerId) {
        let Some(mut follower) = self.followers[id.0 as usize].take() else { return };
        let table = &mut self.tables[follower.table.0 as usize];
        table.followers.retain(|other| *other != id);
        follower.leave(table);
        match follower.owner {
            Owner::Agent(_) => self.woken.retain(|(other, _)| *other != id),
            Owner::Tap(tap) => self.taps[tap.0 as usize].ready.retain(|other| *other != id),
        }
    }

    /// A subscription or a tap's follower.
    pub fn follower(&self, id: FollowerId) -> Option<&Follower<Owner>> {
        self.followers.get(id.0 as usize)?.as_ref()
    }

    /// What a subscription was given for a key: the subscriber's own view, never ahead of its handler.
    pub fn given(&self, id: FollowerId, key: &str) -> Option<&AnyValue> {
        let follower = self.follower(id)?;
        follower.given(self.table(follower.table).slot_of(key)?)
    }

    /// All that a subscription was given, by key.
    pub fn all_given(&self, id: FollowerId) -> impl Iterator<Item = (&str, &AnyValue)> {
        self.follower(id).into_iter().flat_map(|follower| {
            let table = self.table(follower.table);
            table
                .slot_numbers()
                .filter_map(move |slot| Some((&*table.slots[slot as usize].key, follower.given(slot)?)))
        })
    }

    /// The next subscription, with its agent, that got something to tell and was not reported yet.
    pub fn next_woken(&mut self) -> Option<(FollowerId, AgentId)> {
        self.woken.pop_front()
    }

    /// The next thing to tell a follower, and whether there is more.
    pub fn next(&mut self, id: FollowerId, shuffle: Option<&mut Rng>) -> (Option<Delivery>, bool) {
        let Some(follower) = &mut self.followers[id.0 as usize] else { return (None, false) };
        let table = &mut self.tables[follower.table.0 as usize];
        let delivery = follower.next(table, shuffle, self.spell);
        let more = !follower.is_empty();
        follower.woken = more;
        (delivery, more)
    }

    /// Notes that nothing is left to do now.
    pub fn rest(&mut self) {
        self.spell = self.spell.wrapping_add(1);
    }

    /// Adds a tap.
    pub fn tap(&mut self, filter: TapFilter) -> TapId {
        let tap = TapId(u32::try_from(self.taps.len()).expect("taps are few"));
        self.taps.push(Tap { filter, ready: VecDeque::new() });
        for index in 0..self.tables.len() {
            self.tap_table(TableId(index as u32));
        }
        tap
    }

    /// Whether a tap has nothing to tell.
    pub fn tap_is_empty(&self, tap: TapId) -> bool {
        self.taps[tap.0 as usize].ready.is_empty()
    }

    /// The next follower of a tap that got something to be told and was not reported yet. It is reported again
    /// once [`next`](Self::next) has said that there is no more.
    pub fn next_ready(&mut self, tap: TapId) -> Option<FollowerId> {
        self.taps[tap.0 as usize].ready.pop_front()
    }

    /// The next thing to tell a tap.
    pub fn drain(&mut self, tap: TapId) -> Option<(TableId, Delivery)> {
        loop {
            let ready = &mut self.taps[tap.0 as usize].ready;
            let id = *ready.front()?;
            let (delivery, more) = self.next(id, None);
            if !more {
                self.taps[tap.0 as usize].ready.pop_front();
            }
            if let (Some(delivery), Some(follower)) = (delivery, self.follower(id)) {
                return Some((follower.table, delivery));
            }
        }
    }

    /// The next thing that a tap has to look at, for a tap that needs no values.
    pub fn drain_changed(&mut self, tap: TapId) -> Option<(TableId, Changed)> {
        loop {
            let ready = &mut self.taps[tap.0 as usize].ready;
            let id = *ready.front()?;
            let follower = self.followers[id.0 as usize].as_mut();
            let changed = follower.and_then(|follower| {
                let table = &mut self.tables[follower.table.0 as usize];
                let changed = follower.next_changed(table);
                follower.woken = !follower.is_empty();
                Some((follower.table, changed?, follower.woken))
            });
            if !changed.as_ref().is_some_and(|(.., more)| *more) {
                ready.pop_front();
            }
            if let Some((table, changed, _)) = changed {
                return Some((table, changed));
            }
        }
    }

    /// Adds the taps that want a table and do not have it yet.
    fn tap_table(&mut self, id: TableId) {
        for index in 0..self.taps.len() {
            let tap = TapId(index as u32);
            if self.tap_follower(id, tap).is_none() && (self.taps[index].filter)(self.table(id)) {
                self.add_follower(id, Owner::Tap(tap));
            }
        }
    }

    /// Puts a value that was read from a file.
    pub fn put_loaded(&mut self, id: TableId, key: &str, value: AnyValue) {
        let mut transaction = Transaction::default();
        let by = self.table(id).name.agent;
        if self.set(id, key, Some(value), by, &mut transaction).is_ok() {
            self.commit(&mut transaction);
        }
    }

    /// Notes that there are files of a key: the tap of files need not be told of it, but of its removal. With
    /// `stored` the file proper holds the value.
    pub fn assume_on_disk(&mut self, id: TableId, key: &str, files: TapId, stored: bool) {
        let follower = self.tap_follower(id, files);
        let table = &mut self.tables[id.0 as usize];
        let Some(slot) = table.slot_of(key) else { return };
        if stored {
            table.slots[slot as usize].stored = table.slots[slot as usize].version;
        }
        if let Some(follower) = follower.and_then(|id| self.followers[id.0 as usize].as_mut()) {
            follower.assume_given(table, slot);
        }
    }

    /// Notes that a table's restart count is as its file has it.
    pub fn assume_restarted(&mut self, id: TableId, files: TapId) {
        let follower = self.tap_follower(id, files);
        if let Some(follower) = follower.and_then(|id| self.followers[id.0 as usize].as_mut()) {
            follower.restarted = self.tables[id.0 as usize].restarted;
        }
    }

    fn tap_follower(&self, id: TableId, tap: TapId) -> Option<FollowerId> {
        let of_tap = |id: &FollowerId| self.follower(*id).is_some_and(|f| f.owner == Owner::Tap(tap));
        self.table(id).followers.iter().copied().find(of_tap)
    }

    /// Whether an agent follows a table.
    pub fn is_followed(&self, id: TableId) -> bool {
        let by_agent =
            |id: &FollowerId| self.follower(*id).is_some_and(|f| matches!(f.owner, Owner::Agent(_)));
        self.table(id).followers.iter().any(by_agent)
    }

    /// Changes whenever there are other tables, or others who fill or follow them.
    pub fn shape(&self) -> u64 {
        self.shape
    }

    /// The version of the latest change.
    pub fn latest_version(&self) -> u64 {
        self.version
    }

    /// The version of a key, and whether that would survive a power cut.
    pub fn version(&self, id: TableId, key: &str) -> Option<(u64, bool)> {
        let table = self.table(id);
        let slot = &table.slots[table.slot_of(key)? as usize];
        Some((slot.version, slot.stored >= slot.version))
    }

    /// Notes that a version would survive a power cut.
    pub fn stored(&mut self, id: TableId, key: &str, version: u64) {
        let table = &mut self.tables[id.0 as usize];
        if let Some(slot) = table.slot_of(key) {
            let slot = &mut table.slots[slot as usize];
            slot.stored = slot.stored.max(version);
        }
    }
}

/// Why a key can have no file, or nothing.
pub fn key_problem(key: &str) -> Option<&'static str> {
    if key.contains('/') || key.contains('\0') {
        return Some("the key contains a slash: its value is not written to a file");
    }
    if key.len() > MAX_KEY_BYTES {
        return Some("the key is longer than 250 bytes: its value is not written to a file");
    }
    None
}
