//! One descriptor for all that the transports wait for.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;

pub use rustix::event::epoll::EventFlags;

/// How many events are taken at once.
const BATCH: usize = 64;

/// Names a descriptor. Never used twice, so that an event of one that was closed is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token(u64);

/// What was waited for.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Whose it is.
    pub token: Token,
    /// Whether the other end is gone, for good.
    pub ended: bool,
}

/// All descriptors that are waited for.
pub struct Events {
    epoll: OwnedFd,
    last: u64,
    /// What [`wait`](Self::wait) found and nobody has looked at.
    found: Vec<epoll::Event>,
}

impl Events {
    /// None yet.
    pub fn new() -> Result<Events, Errno> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Events { epoll, last: 0, found: Vec::with_capacity(BATCH) })
    }

    /// Waits for one more.
    pub fn add(&mut self, fd: impl AsFd, what: EventFlags) -> Result<Token, Errno> {
        self.last += 1;
        epoll::add(&self.epoll, fd, epoll::EventData::new_u64(self.last), what)?;
        Ok(Token(self.last))
    }

    /// Waits for something else of a descriptor.
    pub fn change(&self, fd: impl AsFd, token: Token, what: EventFlags) {
        let changed = epoll::modify(&self.epoll, fd, epoll::EventData::new_u64(token.0), what);
        changed.expect("a descriptor that was added");
    }

    /// Sleeps until there is something, or for so long.
    pub fn wait(&mut self, timeout: Option<Duration>) {
        if self.found.is_empty() {
            let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
            // Interrupted, or nothing: the caller looks at the time.
            let _ = epoll::wait(&self.epoll, spare_capacity(&mut self.found), timeout.as_ref());
        }
    }

    /// What there is now, at most [`BATCH`] events; [`give_back`](Self::give_back) the room when they are done.
    pub fn take(&mut self) -> Vec<epoll::Event> {
        self.wait(Some(Duration::ZERO));
        std::mem::take(&mut self.found)
    }

    /// Takes the room for events back.
    pub fn give_back(&mut self, mut found: Vec<epoll::Event>) {
        found.clear();
        self.found = found;
    }
}

impl From<&epoll::Event> for Event {
    fn from(event: &epoll::Event) -> Event {
        let (data, flags) = (event.data, event.flags);
        Event { token: Token(data.u64()), ended: flags.intersects(EventFlags::HUP | EventFlags::ERR) }
    }
}

impl AsFd for Events {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}
