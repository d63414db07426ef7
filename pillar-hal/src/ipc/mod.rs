//! The bus between processes: serves this node's tables at EVE's sockets, and follows other processes' tables.
//!
//! A host makes one [`Ipc`] for its node, calls [`Ipc::receive`] before and [`Ipc::send`] after each turn of the
//! node, and sleeps until [`Ipc`]'s one descriptor is readable or the time that `send` gave has come. So what comes
//! is answered in the same turn. Nothing here blocks but
//! [`Ipc::wait`]; files are read and written in jobs of the node. What is said on the sockets is decided by
//! [`pillar_core::bus::wire`].

mod events;
mod folders;
mod inotify;
mod links;
mod publisher;
mod socket;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pillar_core::bus::files::Layout;
use pillar_core::bus::wire::{Wire, eve};
use pillar_core::bus::{TableId, TableName};
use pillar_core::node::{Failed, Node};
use pillar_core::time::Mono;
use rustix::io::Errno;

use events::{Event, EventFlags, Events, Token};
use folders::Folders;
use inotify::{Inotify, Notice};
use links::Links;
use publisher::Publisher;

pub use publisher::MAX_SUBSCRIBERS;
pub use socket::{Got, InUse, Listener, NoSocket, Sent, Seqpacket};

/// The agent whose tables are followed as files only: it ends, and its socket with it.
const DIRECTORY_ONLY: &str = "zedclient";

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is served by another process already", self.0.display())
    }
}

impl std::error::Error for InUse {}

/// The transports of a node.
pub struct Ipc {
    shared: Shared,
    publisher: Publisher,
    links: Links,
    folders: Folders,
    /// Names what [`Shared::inotify`] has.
    notices: Token,
    /// The bus's shape when it was last looked at.
    shape: Option<u64>,
}

/// One end of a connection, for dumps and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The table.
    pub table: TableName,
    /// Whether a subscriber is told of it; otherwise we are.
    pub serving: bool,
    /// What is spoken, once that is known.
    pub wire: Option<Wire>,
}

/// What both sides use.
struct Shared {
    events: Events,
    inotify: Inotify,
    layout: Layout,
    /// For what is received: longer than any datagram may be.
    buffer: Vec<u8>,
    /// Jobs that were asked for, by key.
    jobs: BTreeMap<Arc<str>, Job>,
    last_job: u64,
}

/// What a job was asked for.
enum Job {
    /// To write the large fields of a value for a subscriber.
    Fields(Token),
    /// To read the files of a value from a publisher.
    Files(Token),
    /// To remove files that nobody will read.
    Remove,
    /// To read files of a table.
    Folder(TableId),
}

impl Shared {
    fn socket_path(&self, table: &TableName) -> PathBuf {
        self.layout.dir(table, false).with_added_extension("sock")
    }

    /// Notes a job, and names it.
    fn job(&mut self, what: Job) -> Arc<str> {
        self.last_job += 1;
        let key: Arc<str> = format!("ipc {}", self.last_job).into();
        self.jobs.insert(key.clone(), what);
        key
    }
}

impl Ipc {
    /// The transports of `node`, with sockets below `layout`. Links ask for `wire` first.
    pub fn new(node: &mut Node, layout: Layout, wire: Wire) -> Result<Ipc, Errno> {
        let (mut events, inotify) = (Events::new()?, Inotify::new()?);
        let notices = events.add(&inotify, EventFlags::IN)?;
        Ok(Ipc {
            shared: Shared {
                events,
                inotify,
                layout,
                buffer: vec![0; eve::RECEIVE_BUFFER],
                jobs: BTreeMap::new(),
                last_job: 0,
            },
            publisher: Publisher::new(node.tap(|_| false)),
            links: Links::new(wire),
            folders: Folders::default(),
            notices,
            shape: None,
        })
    }

    /// Takes in what has come: call it before each turn of the node.
    pub fn receive(&mut self, node: &mut Node, now: Mono) {
        for (key, result) in node.take_host_answers() {
            self.job_done(node, now, &key, result);
        }
        if self.links.read_on(node, &mut self.shared, now) {
            // The descriptor tells of what else there is.
            return;
        }
        let events = self.shared.events.take();
        for event in &events {
            let Event { token, ended } = event.into();
            let shared = &mut self.shared;
            if token == self.notices {
                self.take_notices(node, now);
            } else if !self.links.ready(node, shared, now, token) {
                self.publisher.ready(node, shared, now, token, ended);
            }
        }
        self.shared.events.give_back(events);
    }

    /// Sends what the node has to tell, and does what is due: call it after each turn of the node, and before its
    /// jobs are started.
    ///
    /// Gives when to call both again at the latest. It is an error, and the end of this host, if another process
    /// serves one of its tables: both would write the same files.
    pub fn send(&mut self, node: &mut Node, now: Mono) -> Result<Option<Mono>, InUse> {
        if self.shape != Some(node.bus().shape()) {
            self.publisher.look(node, &mut self.shared, now)?;
            self.links.look(node, now);
            self.folders.look(node, &self.shared, now);
            self.shape = Some(node.bus().shape());
        }
        self.publisher.tell_all(node, &mut self.shared);
        self.publisher.on_time(node, &mut self.shared, now)?;
        self.links.on_time(node, &mut self.shared, now);
        self.folders.on_time(node, &mut self.shared, now);
        let deadlines = [self.publisher.deadline(), self.links.deadline(), self.folders.deadline(now)];
        let busy = self.publisher.busy() || self.links.busy();
        Ok(if busy { Some(now) } else { deadlines.into_iter().flatten().min() })
    }

    fn take_notices(&mut self, node: &mut Node, now: Mono) {
        for notice in self.shared.inotify.read() {
            match notice {
                Notice::Name(dir, name) => {
                    self.folders.changed(&dir, &name, now);
                    let path = dir.join(name);
                    self.folders.appeared(&path, now);
                    self.links.appeared(node, &self.shared, &path, now);
                }
                Notice::Gone(dir) => self.folders.appeared(&dir, now),
                Notice::Lost => {
                    self.folders.appeared(Path::new("/"), now);
                    self.links.appeared(node, &self.shared, Path::new("/"), now);
                }
            }
        }
    }

    /// For hosts on plain threads: sleeps until there is something to [`receive`](Self::receive), or for so long.
    pub fn wait(&mut self, timeout: Option<Duration>) {
        self.shared.events.wait(timeout);
    }

    /// All connections there are now.
    pub fn connections(&self, node: &Node) -> Vec<Connection> {
        let name = |id: TableId| node.bus().table(id).name;
        let served = self.publisher.connections().map(|(id, wire)| (name(id), true, wire));
        let followed = self.links.connections().map(|(id, wire)| (name(id), false, wire));
        served.chain(followed).map(|(table, serving, wire)| Connection { table, serving, wire }).collect()
    }

    fn job_done(
        &mut self,
        node: &mut Node,
        now: Mono,
        key: &Arc<str>,
        result: Result<Box<dyn Any + Send>, Failed>,
    ) {
        match self.shared.jobs.remove(key) {
            Some(Job::Fields(token)) => {
                self.publisher.fields_written(node, &mut self.shared, token, typed(result));
            }
            Some(Job::Files(token)) => {
                self.links.fields_read(node, &self.shared, token, typed(result));
            }
            Some(Job::Folder(id)) => self.folders.done(node, id, now, typed(result)),
            Some(Job::Remove) | None => {}
        }
    }
}

/// A job's result, as the type that its work gave.
fn typed<R: 'static>(result: Result<Box<dyn Any + Send>, Failed>) -> Result<R, Failed> {
    result.map(|output| *output.downcast().expect("the job's own result"))
}

impl AsFd for Ipc {
    /// Readable when there is something to [`receive`](Self::receive).
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.shared.events.as_fd()
    }
}
