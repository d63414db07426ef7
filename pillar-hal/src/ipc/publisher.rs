//! The sockets at which other processes follow this node's tables.
//!
//! Each table of an agent of ours has a socket `<run>/<agent>/<topic>.sock`. A subscriber that does not read holds
//! up itself alone. What fails is tried again and reported, never given up: a table stays served as long as its
//! agent publishes it.

use std::collections::VecDeque;
use std::collections::btree_map::{BTreeMap, Entry};
use std::time::Duration;

use pillar_core::bus::wire::large::{self, InFiles, LargeError};
use pillar_core::bus::wire::{Serve, Told, Wire, WireTrouble, eve, native};
use pillar_core::bus::{FollowerId, Origin, TableId, TapId};
use pillar_core::node::{Failed, Lane, Node, Trouble};
use pillar_core::time::Mono;

use super::events::{EventFlags, Token};
use super::socket::{Got, InUse, Listener, NoSocket, Sent, Seqpacket, trouble};
use super::{Job, Shared};

/// The most subscribers of one table; EVE's busiest has thirty.
pub const MAX_SUBSCRIBERS: usize = 256;

/// How long a subscriber may take to say what it wants.
const ASK: Duration = Duration::from_secs(10);

/// How long we wait before we try again what the system refused.
const RETRY: Duration = Duration::from_secs(1);

/// The most bytes sent to one subscriber before others get their turn.
const TURN: usize = 1 << 20;

/// All that is served.
pub(super) struct Publisher {
    tap: TapId,
    tables: BTreeMap<TableId, Served>,
    listeners: BTreeMap<Token, TableId>,
    subscribers: BTreeMap<Token, Subscriber>,
    followers: BTreeMap<FollowerId, Token>,
    /// Subscribers that have more to be told although they have room.
    more: VecDeque<Token>,
}

/// One table.
#[derive(Default)]
struct Served {
    listener: Option<(Listener, Token)>,
    /// When to listen, or to accept, again.
    retry: Option<Mono>,
    subscribers: usize,
}

/// One connection.
struct Subscriber {
    socket: Seqpacket,
    table: TableId,
    /// `None` until it has asked.
    serve: Option<Serve>,
    /// When it must have asked.
    ask_by: Mono,
    out: Vec<u8>,
    /// How much of `out` is on its way.
    sent: usize,
    blocked: bool,
}

impl Publisher {
    pub fn new(tap: TapId) -> Publisher {
        Publisher {
            tap,
            tables: BTreeMap::new(),
            listeners: BTreeMap::new(),
            subscribers: BTreeMap::new(),
            followers: BTreeMap::new(),
            more: VecDeque::new(),
        }
    }

    /// Serves the tables that agents of this node fill, and no others.
    pub fn look(&mut self, node: &mut Node, shared: &mut Shared, now: Mono) -> Result<(), InUse> {
        let ours = |(id, table): (TableId, &pillar_core::bus::Table)| {
            (table.origin == Origin::Local && table.open && !table.name.agent.0.is_empty()).then_some(id)
        };
        let ours: Vec<TableId> = node.bus().tables().filter_map(ours).collect();
        let gone: Vec<TableId> = self.tables.keys().copied().filter(|id| !ours.contains(id)).collect();
        for id in gone {
            self.stop(node, id);
        }
        for id in ours {
            if let Entry::Vacant(place) = self.tables.entry(id) {
                place.insert(Served::default());
                self.listen(node, shared, id, now)?;
            }
        }
        Ok(())
    }

    fn stop(&mut self, node: &mut Node, id: TableId) {
        self.tables.remove(&id);
        self.listeners.retain(|_, table| *table != id);
        let of_table = |(token, one): (&Token, &Subscriber)| (one.table == id).then_some(*token);
        let subscribers: Vec<Token> = self.subscribers.iter().filter_map(of_table).collect();
        for token in subscribers {
            self.close(node, token);
        }
    }

    fn listen(&mut self, node: &mut Node, shared: &mut Shared, id: TableId, now: Mono) -> Result<(), InUse> {
        let path = shared.socket_path(&node.bus().table(id).name);
        let Some(served) = self.tables.get_mut(&id) else { return Ok(()) };
        served.retry = None;
        let (call, errno) = match Listener::new(path) {
            Ok(listener) => match shared.events.add(&listener, EventFlags::IN) {
                Ok(token) => {
                    served.listener = Some((listener, token));
                    self.listeners.insert(token, id);
                    return Ok(());
                }
                Err(errno) => ("epoll", errno),
            },
            Err(NoSocket::InUse(in_use)) => return Err(in_use),
            Err(NoSocket::Io { call, errno }) => (call, errno),
            Err(NoSocket::Stranger { .. }) => unreachable!("nobody has connected"),
        };
        served.retry = Some(now + RETRY);
        report(node, id, trouble(call, errno));
        Ok(())
    }

    /// Does what is due.
    pub fn on_time(&mut self, node: &mut Node, shared: &mut Shared, now: Mono) -> Result<(), InUse> {
        let due = |at: Mono| at <= now;
        let late =
            |(token, one): (&Token, &Subscriber)| (one.serve.is_none() && due(one.ask_by)).then_some(*token);
        let late: Vec<Token> = self.subscribers.iter().filter_map(late).collect();
        for token in late {
            self.close(node, token);
        }
        let again = |(id, served): (&TableId, &Served)| served.retry.is_some_and(due).then_some(*id);
        let again: Vec<TableId> = self.tables.iter().filter_map(again).collect();
        for id in again {
            let Some(served) = self.tables.get_mut(&id) else { continue };
            served.retry = None;
            match &served.listener {
                Some((listener, token)) => shared.events.change(listener, *token, EventFlags::IN),
                None => self.listen(node, shared, id, now)?,
            }
        }
        Ok(())
    }

    /// When something is due.
    pub fn deadline(&self) -> Option<Mono> {
        let asks = self.subscribers.values().filter(|one| one.serve.is_none()).map(|one| one.ask_by);
        let retries = self.tables.values().filter_map(|served| served.retry);
        asks.chain(retries).min()
    }

    /// Whether subscribers with room have more to be told.
    pub fn busy(&self) -> bool {
        !self.more.is_empty()
    }

    /// Who is connected to which table.
    pub fn connections(&self) -> impl Iterator<Item = (TableId, Option<Wire>)> {
        self.subscribers.values().map(|one| (one.table, one.serve.as_ref().map(Serve::wire)))
    }

    /// Looks at a descriptor that has something; `false` if it is none of these.
    pub fn ready(
        &mut self,
        node: &mut Node,
        shared: &mut Shared,
        now: Mono,
        token: Token,
        ended: bool,
    ) -> bool {
        if let Some(id) = self.listeners.get(&token).copied() {
            self.accept(node, shared, now, id);
        } else if let Some(subscriber) = self.subscribers.get_mut(&token) {
            if subscriber.serve.is_none() {
                self.asked(node, shared, token);
            } else if ended {
                self.close(node, token);
            } else if std::mem::take(&mut subscriber.blocked) {
                shared.events.change(&subscriber.socket, token, EventFlags::empty());
                self.tell(node, shared, token);
            }
        } else {
            return false;
        }
        true
    }

    /// Takes in who has connected. What the system refuses is tried again later.
    fn accept(&mut self, node: &mut Node, shared: &mut Shared, now: Mono, id: TableId) {
        let Some(served) = self.tables.get_mut(&id) else { return };
        let Some((listener, token)) = &served.listener else { return };
        let what = match listener.accept() {
            Ok(None) | Err(NoSocket::InUse(_)) => return,
            Ok(Some(_)) if served.subscribers >= MAX_SUBSCRIBERS => WireTrouble::TooManySubscribers,
            Ok(Some(socket)) => match shared.events.add(&socket, EventFlags::IN) {
                Ok(token) => {
                    served.subscribers += 1;
                    let (ask_by, out) = (now + ASK, Vec::new());
                    let subscriber =
                        Subscriber { socket, table: id, serve: None, ask_by, out, sent: 0, blocked: false };
                    self.subscribers.insert(token, subscriber);
                    // It mostly has asked already.
                    return self.asked(node, shared, token);
                }
                Err(errno) => trouble("epoll", errno),
            },
            Err(NoSocket::Stranger { uid }) => WireTrouble::Stranger { uid },
            Err(NoSocket::Io { call, errno }) => {
                served.retry = Some(now + RETRY);
                shared.events.change(listener, *token, EventFlags::empty());
                trouble(call, errno)
            }
        };
        report(node, id, what);
    }

    /// Reads what a subscriber wants.
    fn asked(&mut self, node: &mut Node, shared: &mut Shared, token: Token) {
        let Some(subscriber) = self.subscribers.get_mut(&token) else { return };
        let mut request = [0; eve::MAX_REQUEST + 1];
        let request = match subscriber.socket.recv(&mut request) {
            Got::Datagram(request) => request,
            Got::Nothing => return,
            Got::End => return self.close(node, token),
        };
        let Some(serve) = Serve::open(node, subscriber.table, self.tap, request) else {
            return self.close(node, token);
        };
        self.followers.insert(serve.follower(), token);
        subscriber.serve = Some(serve);
        // It has nothing more to say: what it sends after that stays where it is.
        shared.events.change(&subscriber.socket, token, EventFlags::empty());
        self.tell(node, shared, token);
    }

    fn close(&mut self, node: &mut Node, token: Token) {
        let Some(subscriber) = self.subscribers.remove(&token) else { return };
        if let Some(served) = self.tables.get_mut(&subscriber.table) {
            served.subscribers -= 1;
        }
        if let Some(serve) = subscriber.serve {
            self.followers.remove(&serve.follower());
            serve.close(node);
        }
    }

    /// Tells subscribers what has changed.
    pub fn tell_all(&mut self, node: &mut Node, shared: &mut Shared) {
        while let Some(follower) = node.next_ready(self.tap) {
            if let Some(token) = self.followers.get(&follower) {
                self.more.push_back(*token);
            }
        }
        for _ in 0..self.more.len() {
            let Some(token) = self.more.pop_front() else { break };
            self.tell(node, shared, token);
        }
    }

    /// Tells one subscriber what there is to tell, as far as it has room.
    fn tell(&mut self, node: &mut Node, shared: &mut Shared, token: Token) {
        let Some(subscriber) = self.subscribers.get_mut(&token) else { return };
        if subscriber.blocked {
            return;
        }
        let mut turn = TURN;
        while turn > 0 {
            match subscriber.flush(&mut turn) {
                Sent::Yes => {}
                Sent::NoRoom => {
                    subscriber.blocked = true;
                    return shared.events.change(&subscriber.socket, token, EventFlags::OUT);
                }
                Sent::End => return self.close(node, token),
            }
            let Some(serve) = &mut subscriber.serve else { return };
            let told = serve.next(node, &mut subscriber.out);
            match told {
                Told::Bytes => {}
                Told::Nothing => return,
                Told::Files(json) => {
                    let dir = large::dir(&shared.layout, &node.bus().table(subscriber.table).name);
                    let key = shared.job(Job::Fields(token));
                    return node.host_job(Lane::Store, &key, move |hal, scope| {
                        large::to_files(hal, scope, &dir, &json)
                    });
                }
                Told::TooLong(key, why) => {
                    report(node, subscriber.table, WireTrouble::NotTold { key: key.to_string(), why });
                }
            }
        }
        self.more.push_back(token);
    }

    /// Takes in that the large fields of a value were written.
    pub fn fields_written(
        &mut self,
        node: &mut Node,
        shared: &mut Shared,
        token: Token,
        written: Result<Result<InFiles, LargeError>, Failed>,
    ) {
        let written = written.unwrap_or(Err(LargeError::Storage(pillar_core::hal::StorageError::Cancelled)));
        let not_sent = match self.subscribers.get_mut(&token) {
            Some(subscriber) => {
                let Some(serve) = &mut subscriber.serve else { return };
                let (told, not_sent) = serve.in_files(written, &mut subscriber.out);
                if let Told::TooLong(key, why) = told {
                    report(node, subscriber.table, WireTrouble::NotTold { key: key.to_string(), why });
                }
                self.tell(node, shared, token);
                not_sent
            }
            None => written.ok(),
        };
        if let Some(not_sent) = not_sent {
            let key = shared.job(Job::Remove);
            node.host_job(Lane::Store, &key, move |hal, scope| large::remove(hal, scope, not_sent.files));
        }
    }
}

impl Subscriber {
    /// Sends what is waiting.
    fn flush(&mut self, turn: &mut usize) -> Sent {
        while self.sent < self.out.len() {
            let end = self.out.len().min(self.sent + native::MAX_DATAGRAM);
            match self.socket.send(&self.out[self.sent..end]) {
                Sent::Yes => {
                    *turn = turn.saturating_sub(end - self.sent);
                    self.sent = end;
                }
                other => return other,
            }
        }
        self.out.clear();
        // What one large value took is given back.
        self.out.shrink_to(native::MAX_DATAGRAM);
        self.sent = 0;
        Sent::Yes
    }
}

fn report(node: &mut Node, id: TableId, what: WireTrouble) {
    let table = node.bus().table(id).name;
    node.report(table.agent, Trouble::Wire { table, what });
}
