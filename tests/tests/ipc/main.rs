//! The bus between processes, with a peer in Python that knows EVE's wire from its specification alone.

mod folders;
mod following;
mod hostile;
mod limits;
mod native;
mod serving;

use pillar_core::bus::wire::{Wire, WireTrouble};
use pillar_core::node::{Node, Trouble};
use pillar_tests::peer::{Got, Peer};
use pillar_tests::script::Log;
use pillar_tests::site::{Dir, Site};

/// A raw subscriber of a site's table, which has sent its request.
struct Raw {
    peer: Peer,
}

impl Raw {
    /// Connects to the socket of the writer's items and sends `request`.
    fn ask(site: &mut Site, dir: &Dir, request: &[u8]) -> Raw {
        Raw::ask_at(site, dir, "run/a1/Item.sock", request)
    }

    /// The same at another socket.
    fn ask_at(site: &mut Site, dir: &Dir, socket: &str, request: &[u8]) -> Raw {
        let mut peer = Peer::raw();
        assert_eq!(peer.connect("s", &dir.path().join(socket))["event"], "done");
        peer.send("s", request, 1);
        site.turn().expect("tables of our own");
        Raw { peer }
    }

    /// The next datagram.
    fn next(&mut self, site: &mut Site) -> Got {
        self.peer.ask("s");
        let mut got = None;
        site.until("a datagram", |_| {
            got = self.peer.got();
            got.is_some()
        });
        got.expect("there it is")
    }

    /// The next so many datagrams.
    fn take(&mut self, site: &mut Site, count: usize) -> Vec<String> {
        let text = |got| match got {
            Got::Datagram(text) => text,
            Got::Closed => "closed".to_owned(),
        };
        (0..count).map(|_| text(self.next(site))).collect()
    }
}

/// A site whose writer publishes.
fn publishing(dir: &Dir) -> Site {
    let mut site = Site::new(dir.path(), Wire::Native, pillar_tests::script::writer);
    site.turn().expect("tables of our own");
    site
}

/// What a node reported of its wires.
fn troubles(node: &Node) -> Vec<WireTrouble> {
    let wire = |trouble: &Trouble| match trouble {
        Trouble::Wire { what, .. } => Some(what.clone()),
        _ => None,
    };
    node.reports().iter().filter_map(|report| wire(&report.trouble)).collect()
}

/// Runs until the log has as many lines; they must be these, in any order of keys before a mark.
fn until_told(site: &mut Site, log: &Log, lines: &[&str]) {
    site.until(&format!("{lines:?}, not {:?}", log.lines()), |_| log.lines().len() >= lines.len());
    assert_eq!(log.take(), lines);
}
