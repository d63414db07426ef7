//! The connections to other processes' tables that agents of this node follow.

use std::collections::BTreeMap;
use std::path::Path;

use pillar_core::bus::wire::large::{self, LargeError};
use pillar_core::bus::wire::{Link, Received, Wire, WireTrouble, native};
use pillar_core::bus::{Origin, Table, TableId};
use pillar_core::hal::StorageError;
use pillar_core::hal::source::HAL;
use pillar_core::node::{Failed, Lane, Node, Trouble};
use pillar_core::time::Mono;
use rustix::io::Errno;

use super::events::{EventFlags, Token};
use super::socket::{Got, NoSocket, Sent, Seqpacket, trouble};
use super::{DIRECTORY_ONLY, Job, Shared};

/// The most bytes and datagrams read from one publisher before others get their turn.
const TURN: (usize, usize) = (256 << 10, 64);

/// All links.
pub(super) struct Links {
    /// Which wire to ask for.
    wire: Wire,
    places: BTreeMap<TableId, Place>,
    tokens: BTreeMap<Token, TableId>,
    /// Publishers that may have said more than was read.
    more: Vec<Token>,
}

struct Place {
    link: Link,
    socket: Option<(Seqpacket, Token)>,
    /// Whether it was said already why nobody is heard.
    reported: bool,
}

/// Whether a table has to come from another process's socket.
fn is_remote(node: &Node, id: TableId, table: &Table) -> bool {
    let agent = table.name.agent;
    table.origin != Origin::Local
        && !agent.0.is_empty()
        && agent != HAL
        && agent.0 != DIRECTORY_ONLY
        && node.bus().is_followed(id)
        && !node.hosts(agent)
}

impl Links {
    pub fn new(wire: Wire) -> Links {
        Links { wire, places: BTreeMap::new(), tokens: BTreeMap::new(), more: Vec::new() }
    }

    /// Links the tables that are followed here and filled elsewhere. One that was followed once stays linked.
    pub fn look(&mut self, node: &mut Node, now: Mono) {
        let remote: Vec<TableId> = node
            .bus()
            .tables()
            .filter(|(id, table)| !self.places.contains_key(id) && is_remote(node, *id, table))
            .map(|(id, _)| id)
            .collect();
        for id in remote {
            let link = Link::new(node, id, self.wire, now);
            self.places.insert(id, Place { link, socket: None, reported: false });
        }
        self.places.retain(|id, _| node.bus().table(*id).origin != Origin::Local);
        self.tokens.retain(|_, id| self.places.contains_key(id));
    }

    /// Something has appeared: where the path is a publisher's socket, or above it, we connect now.
    pub fn appeared(&mut self, node: &Node, shared: &Shared, path: &Path, now: Mono) {
        for (id, place) in &mut self.places {
            if place.socket.is_none() && shared.socket_path(&node.bus().table(*id).name).starts_with(path) {
                place.link.appeared(now);
            }
        }
    }

    /// Does what is due.
    pub fn on_time(&mut self, node: &mut Node, shared: &mut Shared, now: Mono) {
        for (id, place) in &mut self.places {
            if place.link.deadline().is_none_or(|at| at > now) {
                continue;
            }
            let Some(request) = place.link.on_time(node, now) else { continue };
            match place.connect(node, shared, *id, &request) {
                Ok(token) => {
                    self.tokens.insert(token, *id);
                }
                Err(Unheard::Absent) => place.link.absent(now),
                Err(Unheard::Failed) => place.link.failed(now),
            }
        }
    }

    /// When something is due.
    pub fn deadline(&self) -> Option<Mono> {
        self.places.values().filter_map(|place| place.link.deadline()).min()
    }

    /// Which tables we are connected for.
    pub fn connections(&self) -> impl Iterator<Item = (TableId, Option<Wire>)> {
        let connected = self.places.iter().filter(|(_, place)| place.socket.is_some());
        connected.map(|(id, place)| (*id, place.link.wire()))
    }

    /// Reads a first datagram from a descriptor; `false` if it is none of these. What else is there is read when
    /// the node has had its turn: mostly that is nothing, and an answer need not wait for us to find that out.
    pub fn ready(&mut self, node: &mut Node, shared: &mut Shared, now: Mono, token: Token) -> bool {
        if !self.tokens.contains_key(&token) {
            return false;
        }
        if !self.more.contains(&token) {
            self.read(node, shared, now, token, 1);
        }
        true
    }

    /// Reads on where there may be more. Whether all was read that was there.
    pub fn read_on(&mut self, node: &mut Node, shared: &mut Shared, now: Mono) -> bool {
        let more = std::mem::take(&mut self.more);
        for token in &more {
            self.read(node, shared, now, *token, TURN.1);
        }
        !more.is_empty() && self.more.is_empty()
    }

    /// Whether there may be more to read.
    pub fn busy(&self) -> bool {
        !self.more.is_empty()
    }

    fn read(&mut self, node: &mut Node, shared: &mut Shared, now: Mono, token: Token, datagrams: usize) {
        let Some(id) = self.tokens.get(&token).copied() else { return };
        let Some(place) = self.places.get_mut(&id) else { return };
        match place.read(node, shared, now, id, datagrams) {
            Read::All => {}
            Read::NotAll => self.more.push(token),
            Read::Ended => {
                place.socket = None;
                place.link.closed(now);
                self.tokens.remove(&token);
            }
        }
    }

    /// Takes in that the large fields of a value were read.
    pub fn fields_read(
        &mut self,
        node: &mut Node,
        shared: &Shared,
        token: Token,
        json: Result<Result<Vec<u8>, LargeError>, Failed>,
    ) {
        let Some(place) = self.tokens.get(&token).and_then(|id| self.places.get_mut(id)) else { return };
        let json = json.unwrap_or(Err(LargeError::Storage(StorageError::Cancelled)));
        place.link.with_fields(node, json);
        if let Some((socket, token)) = &place.socket {
            shared.events.change(socket, *token, EventFlags::IN);
        }
    }
}

impl Place {
    fn connect(
        &mut self,
        node: &mut Node,
        shared: &mut Shared,
        id: TableId,
        request: &[u8],
    ) -> Result<Token, Unheard> {
        let table = node.bus().table(id).name;
        let path = shared.socket_path(&table);
        let told = shared.inotify.watch_above(&shared.layout.run, &path);
        let socket = match Seqpacket::connect(&path) {
            Ok(socket) => socket,
            Err(NoSocket::Io { errno: Errno::NOENT, .. }) if told => return Err(Unheard::Absent),
            Err(why) => {
                if let Some(what) = unheard(why)
                    && !std::mem::replace(&mut self.reported, true)
                {
                    node.report(table.agent, Trouble::Wire { table, what });
                }
                return Err(Unheard::Failed);
            }
        };
        if socket.send(request) != Sent::Yes {
            return Err(Unheard::Failed);
        }
        match shared.events.add(&socket, EventFlags::IN) {
            Ok(token) => {
                self.socket = Some((socket, token));
                Ok(token)
            }
            Err(errno) => {
                node.report(table.agent, Trouble::Wire { table, what: trouble("epoll", errno) });
                Err(Unheard::Failed)
            }
        }
    }

    /// Reads up to so many datagrams.
    fn read(
        &mut self,
        node: &mut Node,
        shared: &mut Shared,
        now: Mono,
        id: TableId,
        datagrams: usize,
    ) -> Read {
        let Some((socket, token)) = &self.socket else { return Read::All };
        if self.link.is_paused() {
            return Read::All;
        }
        let mut bytes = TURN.0;
        for _ in 0..datagrams {
            let datagram = match socket.recv(&mut shared.buffer) {
                Got::Datagram(datagram) => datagram,
                Got::Nothing => return Read::All,
                Got::End => return Read::Ended,
            };
            let length = datagram.len();
            match self.link.received(node, now, datagram) {
                Received::On => {}
                Received::Files(json) => {
                    // Its end may be told all the same, but once.
                    shared.events.change(socket, *token, EventFlags::ONESHOT);
                    let dir = large::dir(&shared.layout, &node.bus().table(id).name);
                    let key = shared.job(Job::Files(*token));
                    node.host_job(Lane::Store, &key, move |hal, scope| {
                        large::from_files(hal, scope, &dir, &json)
                    });
                    return Read::All;
                }
                Received::Close => return Read::Ended,
            }
            if self.link.wire() == Some(Wire::Native) && length < native::DATAGRAM {
                // It sends such a one only when it has no more to say.
                return Read::All;
            }
            bytes = match bytes.checked_sub(length) {
                Some(left) => left,
                None => break,
            };
        }
        Read::NotAll
    }
}

/// How there came to be no connection.
enum Unheard {
    /// Nobody is there, and its coming will be told.
    Absent,
    /// Anything else.
    Failed,
}

/// Why a publisher is not heard, if that is worth a report; that nobody is there, or too busy just now, is nothing to report.
fn unheard(why: NoSocket) -> Option<WireTrouble> {
    match why {
        NoSocket::Stranger { uid } => Some(WireTrouble::Stranger { uid }),
        NoSocket::InUse(_) | NoSocket::Io { errno: Errno::NOENT | Errno::CONNREFUSED | Errno::AGAIN, .. } => {
            None
        }
        NoSocket::Io { call, errno } => Some(trouble(call, errno)),
    }
}

/// How far a connection was read.
enum Read {
    /// There was no more when we looked. What comes then is an event.
    All,
    /// There may be more.
    NotAll,
    /// It has ended.
    Ended,
}
