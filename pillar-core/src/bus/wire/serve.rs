//! A subscriber's connection, as its publisher sees it.
//!
//! | State | Event | Next | Says |
//! |---|---|---|---|
//! | accepted | a request for this table | telling | hello |
//! | accepted | anything else | closed | – |
//! | telling | a key changed, was removed | telling | its latest value, its removal |
//! | telling | all that was there at the request is told | telling | complete, then the restart count |
//! | telling | the restart count changed | telling | the count, after all changes before it |
//! | telling, EVE | a value with large fields | waiting | – |
//! | waiting | its files are written, or cannot be | telling | the value, or nothing |
//!
//! Only what changed is told, so nothing is remembered but the follower's versions. A reader that does not read
//! holds up its own connection alone, and finds the latest values when it reads on.

use std::sync::Arc;

use pillar_types::codec::{binary, json};

use super::large::{self, InFiles, LargeError};
use super::native::{self, Entry};
use super::{Wire, eve};
use crate::bus::{AnyValue, Delivery, FollowerId, TableId, TapId, What};
use crate::node::Node;

/// One subscriber.
#[derive(Debug)]
pub struct Serve {
    table: TableId,
    topic: &'static str,
    follower: FollowerId,
    wire: Wire,
    greeted: bool,
    completed: bool,
    /// Whether the restart count was told since the snapshot.
    counted: bool,
    /// The key whose large fields are being written.
    waiting: Option<Arc<str>>,
    /// Room for the next value's postcard.
    value: Vec<u8>,
}

/// How much of that room is kept.
const KEPT: usize = 4 << 10;

/// What there is to send.
#[derive(Debug, PartialEq)]
pub enum Told {
    /// The buffer holds something to send: datagrams of up to [`native::MAX_DATAGRAM`] bytes.
    Bytes,
    /// Nothing, until the follower has something again.
    Nothing,
    /// The large fields of this JSON have to be written to files first: say how that went with
    /// [`Serve::in_files`].
    Files(Vec<u8>),
    /// This key's value cannot be told.
    TooLong(Arc<str>, LargeError),
}

impl Serve {
    /// Answers a subscriber's request for a table; `None` if it asks for something else.
    pub fn open(node: &mut Node, table: TableId, tap: TapId, request: &[u8]) -> Option<Serve> {
        let info = node.bus().table(table).info;
        let wire = match (eve::parse_request(request), native::parse_request(request)) {
            (Some(topic), _) if topic == info.name => Wire::Eve,
            (_, Some((topic, schema))) if topic == info.name => {
                if schema == (info.schema)() {
                    Wire::Native
                } else {
                    Wire::Eve
                }
            }
            _ => return None,
        };
        Some(Serve {
            table,
            topic: info.name,
            follower: node.follow_by(table, tap),
            wire,
            greeted: false,
            completed: false,
            counted: false,
            waiting: None,
            value: Vec::new(),
        })
    }

    /// Ends the connection's following.
    pub fn close(self, node: &mut Node) {
        node.unfollow(self.follower);
    }

    /// Its follower; the transport is told when that has something.
    pub fn follower(&self) -> FollowerId {
        self.follower
    }

    /// The table.
    pub fn table(&self) -> TableId {
        self.table
    }

    /// Which wire it speaks.
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// Appends what is to be sent next to `out`, which is empty unless a value was [too long](Told::TooLong).
    pub fn next(&mut self, node: &mut Node, out: &mut Vec<u8>) -> Told {
        if self.waiting.is_some() {
            return Told::Nothing;
        }
        let first = !std::mem::replace(&mut self.greeted, true);
        match self.wire {
            Wire::Eve => self.next_message(node, first, out),
            Wire::Native => self.next_batch(node, first, out),
        }
    }

    fn next_message(&mut self, node: &mut Node, first: bool, out: &mut Vec<u8>) -> Told {
        if first {
            eve::hello(out, self.topic, node.bus().table(self.table).persistent);
            return Told::Bytes;
        }
        while let Some(delivery) = self.next_delivery(node) {
            match &delivery.what {
                What::Created(value) | What::Modified { new: value, .. } => {
                    return self.update(&delivery.key, value, out);
                }
                What::Deleted(_) if eve::check_size(self.topic, &delivery.key, 0).is_err() => continue,
                What::Deleted(_) => eve::delete(out, self.topic, &delivery.key),
                What::Synced if self.completed => continue,
                What::Synced => {
                    self.completed = true;
                    eve::complete(out, self.topic);
                }
                What::Restarted(count) => eve::restarted(out, self.topic, *count),
                What::Resync => continue,
            }
            return Told::Bytes;
        }
        Told::Nothing
    }

    fn update(&mut self, key: &Arc<str>, value: &AnyValue, out: &mut Vec<u8>) -> Told {
        let json = json::encode(value.data());
        if large::has_fields(&json) {
            self.waiting = Some(key.clone());
            return Told::Files(json);
        }
        match eve::update(out, self.topic, key, &json) {
            Ok(()) => Told::Bytes,
            Err(why) => Told::TooLong(key.clone(), LargeError::TooLong(why)),
        }
    }

    /// Takes in that large fields were written, or why not, and goes on. The files of a value that cannot be
    /// told are given back, to be removed.
    pub fn in_files(
        &mut self,
        written: Result<InFiles, LargeError>,
        out: &mut Vec<u8>,
    ) -> (Told, Option<InFiles>) {
        let Some(key) = self.waiting.take() else { return (Told::Nothing, written.ok()) };
        let written = match written {
            Ok(written) => written,
            Err(why) => return (Told::TooLong(key, why), None),
        };
        match eve::update(out, self.topic, &key, &written.json) {
            Ok(()) => (Told::Bytes, None),
            Err(why) => (Told::TooLong(key, LargeError::TooLong(why)), Some(written)),
        }
    }

    fn next_batch(&mut self, node: &mut Node, first: bool, out: &mut Vec<u8>) -> Told {
        if first {
            let persistent = node.bus().table(self.table).persistent;
            write(out, Entry::Hello { persistent });
        }
        while out.len() < native::DATAGRAM {
            let Some(delivery) = self.next_delivery(node) else {
                if self.completed && !std::mem::replace(&mut self.counted, true) {
                    write(out, Entry::Restarted { count: node.bus().table(self.table).restarted });
                }
                break;
            };
            match &delivery.what {
                What::Created(value) | What::Modified { new: value, .. } => {
                    binary::encode_to(value.data(), &mut self.value);
                    let entry = Entry::Update { key: &delivery.key, value: &self.value };
                    let written = native::write(out, entry);
                    self.value.clear();
                    self.value.shrink_to(KEPT);
                    if let Err(bytes) = written {
                        let why = LargeError::TooLong(eve::TooLong { bytes });
                        return Told::TooLong(delivery.key, why);
                    }
                }
                What::Deleted(_) if delivery.key.len() > native::MAX_KEY => {}
                What::Deleted(_) => write(out, Entry::Delete { key: &delivery.key }),
                What::Synced => {
                    self.completed = true;
                    write(out, Entry::Synced);
                }
                What::Restarted(count) => {
                    self.counted = true;
                    write(out, Entry::Restarted { count: *count });
                }
                What::Resync => {}
            }
        }
        if out.is_empty() { Told::Nothing } else { Told::Bytes }
    }

    /// The next delivery, if any; marks that cancel each other out are none.
    fn next_delivery(&self, node: &mut Node) -> Option<Delivery> {
        loop {
            match node.next_told(self.follower) {
                (Some(delivery), _) => return Some(delivery),
                (None, true) => {}
                (None, false) => return None,
            }
        }
    }
}

fn write(out: &mut Vec<u8>, entry: Entry<'_>) {
    native::write(out, entry).expect("only values can be too long");
}
