//! What the hardware tells by itself: all sources of the device behind one descriptor, drained into the node's tables
//! when one of them has something.

use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use pillar_core::hal::source::{Source, drain};
use pillar_core::node::Node;
use pillar_types::topic::Topic;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use smol::Async;

/// A source of any kind.
pub trait AnySource: AsFd {
    /// Takes what is there into the node.
    fn drain(&mut self, node: &mut Node);
}

/// A source of one kind.
pub struct Of<T, S>(S, PhantomData<fn(T)>);

impl<T, S> Of<T, S> {
    /// Of this source.
    pub fn new(source: S) -> Self {
        Of(source, PhantomData)
    }
}

impl<T, S: AsFd> AsFd for Of<T, S> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl<T: Topic, S: Source<T> + AsFd> AnySource for Of<T, S> {
    fn drain(&mut self, node: &mut Node) {
        if let Err(why) = drain(node, &mut self.0) {
            log::error!("a notice of {} was lost: {why}", T::NAME);
        }
    }
}

/// All sources.
pub struct Sources {
    sources: Vec<Box<dyn AnySource>>,
    readable: Async<OwnedFd>,
}

impl Sources {
    /// Follows these.
    pub fn new(sources: Vec<Box<dyn AnySource>>) -> io::Result<Self> {
        let set = epoll::create(CreateFlags::CLOEXEC)?;
        for source in &sources {
            epoll::add(&set, source, EventData::new_u64(0), EventFlags::IN)?;
        }
        Ok(Sources { sources, readable: Async::new_nonblocking(set)? })
    }

    /// Takes what is there, without waiting.
    pub fn drain(&mut self, node: &mut Node) {
        for source in &mut self.sources {
            source.drain(node);
        }
    }

    /// Waits until there is something.
    pub async fn told(&self) {
        // A set that cannot be waited for would be one that we closed.
        let _ = self.readable.readable().await;
    }
}
