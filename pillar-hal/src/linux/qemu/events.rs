//! What QEMU tells by itself, of all domains at once: a source for the host, whose descriptor is readable when
//! there is something to drain.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pillar_core::hal::DomainNotice;
use pillar_core::hal::source::{Drained, Source};
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;

use super::qmp::{Filled, Lines};

/// Events that change nothing a domain manager looks at.
const IGNORED: [&str; 3] = ["NIC_RX_FILTER_CHANGED", "RTC_CHANGE", "VSERPORT_CHANGE"];

/// The connections that only listen.
pub(super) struct Events {
    epoll: OwnedFd,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    listeners: BTreeMap<u64, Listener>,
    last: u64,
    /// Notices of a domain so far.
    serials: BTreeMap<String, u64>,
}

struct Listener {
    domain: String,
    socket: UnixStream,
    lines: Lines,
}

impl Events {
    pub fn new() -> Result<Arc<Self>, Errno> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        Ok(Arc::new(Events { epoll, state: Mutex::default() }))
    }

    /// Whether a domain is listened to.
    pub fn has(&self, domain: &str) -> bool {
        self.state().listeners.values().any(|listener| listener.domain == domain)
    }

    /// Listens to a domain from now on.
    pub fn add(&self, domain: &str, socket: UnixStream, lines: Lines) -> Result<(), Errno> {
        let mut state = self.state();
        state.last += 1;
        let id = state.last;
        epoll::add(&self.epoll, &socket, EventData::new_u64(id), EventFlags::IN)?;
        state.listeners.insert(id, Listener { domain: domain.into(), socket, lines });
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drain(&self, notice: &mut dyn FnMut(&str, DomainNotice)) {
        let mut state = self.state();
        let ids: Vec<u64> = state.listeners.keys().copied().collect();
        for id in ids {
            let Some(listener) = state.listeners.get_mut(&id) else { continue };
            let filled = listener.lines.fill(&mut listener.socket);
            let mut news = filled == Filled::Ended;
            while let Some(line) = listener.lines.next() {
                let event = line.get("event").and_then(|event| event.as_str());
                news |= event.is_some_and(|event| !IGNORED.contains(&event));
            }
            let domain = listener.domain.clone();
            if filled == Filled::Ended {
                // Closing it takes it out of the epoll set as well.
                state.listeners.remove(&id);
            }
            if news {
                let serial = state.serials.entry(domain.clone()).or_default();
                *serial += 1;
                notice(&domain, DomainNotice { serial: *serial });
            }
        }
    }
}

/// The source of [`DomainNotice`].
pub struct DomainEvents(pub(super) Arc<Events>);

impl AsFd for DomainEvents {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.epoll.as_fd()
    }
}

impl Source<DomainNotice> for DomainEvents {
    fn drain(&mut self, notice: &mut dyn FnMut(&str, DomainNotice)) -> Drained {
        self.0.drain(notice);
        Drained::All
    }
}
