//! The bus to other processes, as a wake-up of the host's loop.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use pillar_core::bus::files::Layout;
use pillar_core::bus::wire::Wire;
use pillar_core::node::Node;
use pillar_core::time::Mono;
use pillar_hal::ipc::{InUse, Ipc};
use smol::Async;

/// The node's transports.
pub struct Wires {
    ipc: Ipc,
    /// Another descriptor of the transports' own: readable when they have something.
    readable: Async<OwnedFd>,
}

impl Wires {
    /// Serves the node's tables at EVE's sockets, and follows those of other processes.
    pub fn new(node: &mut Node, layout: &Layout) -> io::Result<Wires> {
        let ipc = Ipc::new(node, layout.clone(), Wire::Native)?;
        let readable = Async::new_nonblocking(ipc.as_fd().try_clone_to_owned()?)?;
        Ok(Wires { ipc, readable })
    }

    /// Takes in what has come, before the node's turn.
    pub fn receive(&mut self, node: &mut Node, now: Mono) {
        self.ipc.receive(node, now);
    }

    /// Sends what the node has to tell, after its turn; when there is more to do.
    pub fn send(&mut self, node: &mut Node, now: Mono) -> Result<Option<Mono>, InUse> {
        self.ipc.send(node, now)
    }

    /// Waits until something comes or can be sent.
    pub async fn ready(&self) {
        let _ = self.readable.readable().await;
    }
}
