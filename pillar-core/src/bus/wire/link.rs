//! Our connection to the publisher of a table that this node follows.
//!
//! | State | Event | Next | Does |
//! |---|---|---|---|
//! | waiting | the time is there, or the publisher's socket has appeared | asked | connects; asks natively, or in EVE's words |
//! | asked | the connection fails | waiting | waits twice as long as the last time |
//! | asked natively | closed without a word: the publisher is EVE's | waiting | asks in EVE's words at once |
//! | asked | the first datagram | snapshot | its first byte tells the wire |
//! | snapshot | a key's value, its removal | snapshot | puts it |
//! | snapshot | complete | live | removes keys that were not told, says `Synced` |
//! | live | a key's value, its removal, the restart count | live | puts it |
//! | snapshot, live | a value that names files of large fields | the same, paused | – until they are read |
//! | snapshot, live | closed, or entries that cannot be read | waiting | keeps the table |
//!
//! A bad message of EVE's is dropped, as Go does; bad entries end the connection, and the next speaks EVE's wire.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use pillar_types::codec::DecodeError;

use super::eve::{self, Message};
use super::large::{self, LargeError};
use super::native::{self, BadEntry, Entry};
use super::{Wire, WireTrouble};
use crate::bus::{AnyValue, Origin, PublishError, TableId};
use crate::node::{Node, Trouble};
use crate::time::Mono;

/// How long after the first failure we connect again; twice as long after each further one.
pub const FIRST_RETRY: Duration = Duration::from_millis(10);

/// The longest wait between two attempts (spec/02, Timers).
pub const LAST_RETRY: Duration = Duration::from_secs(10);

/// How often what is not there is looked for although its coming is told: in case that it was not.
pub const RECHECK: Duration = Duration::from_mins(5);

/// A connection that lasted so long was a good one: after its end the first attempt comes soon again.
pub const LASTING: Duration = LAST_RETRY;

/// What the transport does next.
#[derive(Debug, PartialEq)]
pub enum Received {
    /// It reads on.
    On,
    /// It has the files that this JSON names read, says so with [`Link::with_fields`], and reads on then.
    Files(Vec<u8>),
    /// It closes the connection.
    Close,
}

/// How long after the snapshot EVE's restart count may come. None means zero.
const COUNT_COMES: Duration = Duration::from_secs(1);

#[derive(Debug)]
enum State {
    Waiting(Mono),
    Asked(Wire),
    Told(Telling),
    /// Its entries could not be read.
    Broken,
}

#[derive(Debug)]
struct Telling {
    wire: Wire,
    /// Keys that the snapshot has not told yet; `None` when it is complete.
    unseen: Option<BTreeSet<Arc<str>>>,
    /// If no restart count comes until then, it is zero.
    count_by: Option<Mono>,
}

/// A connection to a publisher, or the wait for one.
#[derive(Debug)]
pub struct Link {
    table: TableId,
    /// Which wire the first attempt asks for.
    best: Wire,
    /// Which wire the next attempt asks for.
    ask: Wire,
    state: State,
    /// When the connection began.
    since: Mono,
    /// The wait before the last attempt.
    wait: Duration,
    /// The beginning of an entry whose end has not come yet.
    partial: Vec<u8>,
    /// The key whose files are being read.
    paused: Option<String>,
    /// What was wrong with this connection, in number.
    bad: u32,
}

impl Link {
    /// A link for a table that nobody of this node fills, to be connected at once.
    pub fn new(node: &mut Node, table: TableId, best: Wire, now: Mono) -> Link {
        node.claim_outside(table);
        Link {
            table,
            best,
            ask: best,
            state: State::Waiting(now),
            since: now,
            wait: Duration::ZERO,
            partial: Vec::new(),
            paused: None,
            bad: 0,
        }
    }

    /// The table.
    pub fn table(&self) -> TableId {
        self.table
    }

    /// Which wire it speaks, once the publisher has said something.
    pub fn wire(&self) -> Option<Wire> {
        if let State::Told(telling) = &self.state { Some(telling.wire) } else { None }
    }

    /// When to call [`on_time`](Self::on_time) at the latest.
    pub fn deadline(&self) -> Option<Mono> {
        match &self.state {
            State::Waiting(at) => Some(*at),
            State::Told(telling) => telling.count_by,
            State::Asked(_) | State::Broken => None,
        }
    }

    /// Whether it waits for [`with_fields`](Self::with_fields), and takes no datagram before.
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Does what is due. Gives the request to connect with, if that is it.
    pub fn on_time(&mut self, node: &mut Node, now: Mono) -> Option<Vec<u8>> {
        match &mut self.state {
            State::Waiting(at) if *at <= now => return Some(self.connect(node, now)),
            State::Told(telling) if telling.count_by.is_some_and(|at| at <= now) => {
                telling.count_by = None;
                node.set_restarted_any(self.table, 0);
            }
            State::Waiting(_) | State::Told(_) | State::Asked(_) | State::Broken => {}
        }
        None
    }

    fn connect(&mut self, node: &Node, now: Mono) -> Vec<u8> {
        let info = node.bus().table(self.table).info;
        self.state = State::Asked(self.ask);
        self.since = now;
        self.bad = 0;
        match self.ask {
            Wire::Eve => eve::request(info.name),
            Wire::Native => native::request(info.name, (info.schema)()),
        }
    }

    /// The publisher's socket has appeared: connect now, whatever failed before.
    pub fn appeared(&mut self, now: Mono) {
        if let State::Waiting(_) = self.state {
            self.state = State::Waiting(now);
            self.ask = self.best;
            self.wait = Duration::ZERO;
        }
    }

    /// Nobody is there, and its coming is told by [`appeared`](Self::appeared).
    pub fn absent(&mut self, now: Mono) {
        self.ask = self.best;
        self.wait = Duration::ZERO;
        self.state = State::Waiting(next_multiple(now, RECHECK));
    }

    /// Whoever is there cannot be connected to, or nobody tells of its coming.
    pub fn failed(&mut self, now: Mono) {
        self.ask = self.best;
        self.wait_longer(now);
    }

    /// The connection has ended.
    pub fn closed(&mut self, now: Mono) {
        self.partial = Vec::new();
        self.paused = None;
        match std::mem::replace(&mut self.state, State::Waiting(now)) {
            State::Asked(Wire::Native) => {
                self.ask = Wire::Eve;
                return;
            }
            State::Broken => self.ask = Wire::Eve,
            State::Asked(Wire::Eve) | State::Told(_) | State::Waiting(_) => self.ask = self.best,
        }
        if now.since(self.since) >= LASTING {
            self.wait = Duration::ZERO;
        }
        self.wait_longer(now);
    }

    /// Those that wait longest all wake up at once.
    fn wait_longer(&mut self, now: Mono) {
        self.wait = (self.wait * 2).clamp(FIRST_RETRY, LAST_RETRY);
        let at = if self.wait == LAST_RETRY { next_multiple(now, LAST_RETRY) } else { now + self.wait };
        self.state = State::Waiting(at);
    }

    /// Takes in a datagram.
    pub fn received(&mut self, node: &mut Node, now: Mono, datagram: &[u8]) -> Received {
        let table = node.bus().table(self.table);
        if table.origin == Origin::Local {
            // An agent of ours publishes it now.
            return Received::Close;
        }
        if let State::Asked(asked) = self.state {
            let native = asked == Wire::Native && datagram.first() == Some(&native::FIRST_BYTE);
            let wire = if native { Wire::Native } else { Wire::Eve };
            let unseen = Some(table.iter().map(|(key, _)| key.clone()).collect());
            self.state = State::Told(Telling { wire, unseen, count_by: None });
        }
        match self.wire() {
            Some(Wire::Eve) => self.message(node, now, datagram),
            Some(Wire::Native) => self.entries(node, datagram),
            None => Received::Close,
        }
    }

    fn message(&mut self, node: &mut Node, now: Mono, datagram: &[u8]) -> Received {
        let message = match eve::parse(datagram) {
            Ok(message) => message,
            Err(why) => {
                self.complain(node, |count| WireTrouble::BadMessage { why, count });
                return Received::On;
            }
        };
        let (topic, ours) = (message.topic(), node.bus().table(self.table).name.topic);
        if topic != ours {
            self.complain(node, |_| WireTrouble::OtherTopic(topic.chars().take(64).collect()));
        }
        match message {
            Message::Hello { persistent, .. } => self.greeted(node, persistent),
            Message::Update { key, json, .. } => {
                self.seen(&key);
                if large::has_files(&json) {
                    self.paused = Some(key);
                    return Received::Files(json);
                }
                let value = (node.bus().table(self.table).info.decode)(&json);
                self.update(node, &key, value);
            }
            Message::Delete { key, .. } => self.delete(node, &key),
            Message::Complete { .. } => {
                self.complete(node);
                self.expect_count(node, now);
            }
            Message::Restarted { count, .. } => self.restarted(node, count),
        }
        Received::On
    }

    /// Takes in a value whose files were read, or could not be.
    pub fn with_fields(&mut self, node: &mut Node, json: Result<Vec<u8>, LargeError>) {
        let Some(key) = self.paused.take() else { return };
        match json {
            Ok(json) => {
                let value = (node.bus().table(self.table).info.decode)(&json);
                self.update(node, &key, value);
            }
            Err(why) => self.complain(node, |_| WireTrouble::BadField { key, why }),
        }
    }

    fn entries(&mut self, node: &mut Node, datagram: &[u8]) -> Received {
        let mut joined = std::mem::take(&mut self.partial);
        let mut input = datagram;
        if !joined.is_empty() {
            joined.extend_from_slice(datagram);
            input = &joined;
        }
        let length = input.len();
        loop {
            match native::read(&mut input) {
                Ok(Some(entry)) => self.entry(node, entry),
                Ok(None) => break,
                Err(why) => return self.give_up(node, why),
            }
        }
        // A long entry grows in place.
        self.partial = if !joined.is_empty() && input.len() == length { joined } else { input.to_vec() };
        Received::On
    }

    fn give_up(&mut self, node: &mut Node, why: BadEntry) -> Received {
        self.complain(node, |_| WireTrouble::BadEntry(why));
        self.state = State::Broken;
        Received::Close
    }

    fn entry(&mut self, node: &mut Node, entry: Entry<'_>) {
        match entry {
            Entry::Hello { persistent } => self.greeted(node, Some(persistent)),
            Entry::Update { key, value } => {
                self.seen(key);
                let value = (node.bus().table(self.table).info.decode_binary)(value);
                self.update(node, key, value);
            }
            Entry::Delete { key } => self.delete(node, key),
            Entry::Synced => self.complete(node),
            Entry::Restarted { count } => self.restarted(node, count),
        }
    }

    fn greeted(&mut self, node: &mut Node, persistent: Option<bool>) {
        if persistent == Some(false) && node.bus().table(self.table).info.persistent {
            self.complain(node, |_| WireTrouble::NotPersistent);
        }
    }

    fn seen(&mut self, key: &str) {
        if let State::Told(Telling { unseen: Some(unseen), .. }) = &mut self.state {
            unseen.remove(key);
        }
    }

    fn update(&mut self, node: &mut Node, key: &str, value: Result<AnyValue, DecodeError>) {
        let value = match value {
            Ok(value) => value,
            Err(why) => {
                return self.complain(node, |_| WireTrouble::BadValue { key: key.to_owned(), why });
            }
        };
        if let Err(PublishError::TableFull) = node.put_any(self.table, key, Some(value)) {
            self.complain(node, |_| WireTrouble::Full { key: key.to_owned() });
        }
    }

    fn delete(&mut self, node: &mut Node, key: &str) {
        self.seen(key);
        self.remove(node, key);
    }

    fn remove(&self, node: &mut Node, key: &str) {
        node.put_any(self.table, key, None).expect("a removal needs no room");
    }

    /// The snapshot is complete: what it did not tell is gone.
    fn complete(&mut self, node: &mut Node) {
        let State::Told(Telling { unseen, .. }) = &mut self.state else { return };
        let Some(gone) = unseen.take() else { return };
        for key in gone {
            self.remove(node, &key);
        }
        node.open_any(self.table);
    }

    fn expect_count(&mut self, node: &Node, now: Mono) {
        if let State::Told(telling) = &mut self.state
            && node.bus().table(self.table).restarted != 0
        {
            telling.count_by = Some(now + COUNT_COMES);
        }
    }

    fn restarted(&mut self, node: &mut Node, count: u32) {
        if let State::Told(telling) = &mut self.state {
            telling.count_by = None;
        }
        node.set_restarted_any(self.table, count);
    }

    /// Reports what is wrong with a connection: the first time, the second, the fourth, …
    fn complain(&mut self, node: &mut Node, what: impl FnOnce(u32) -> WireTrouble) {
        self.bad = self.bad.saturating_add(1);
        if self.bad.is_power_of_two() {
            let table = node.bus().table(self.table).name;
            node.report(table.agent, Trouble::Wire { table, what: what(self.bad) });
        }
    }
}

/// The next time that is a multiple of `period`: what waits for such times wakes up together.
pub(super) fn next_multiple(now: Mono, period: Duration) -> Mono {
    let period = period.as_nanos() as u64;
    Mono((now.0 / period + 1) * period)
}
