//! How packets fare on the simulated device: hook by hook, as the kernel would take them.

use std::net::Ipv4Addr;

use pillar_core::hal::{Action, Hook, ICMP, Layer, Links, Scope, TCP};
use pillar_core::time::Mono;
use pillar_hal::sim::filter::{Frame, Verdict};

use super::bench::Bench;

/// Where a packet ends, in the form that it has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nowhere.
    Dropped,
    /// At the device itself.
    Device(Frame),
    /// At a guest, by its interface.
    Guest(String, Frame),
    /// Outside.
    Out(Frame),
}

impl Fate {
    pub fn is_dropped(&self) -> bool {
        *self == Fate::Dropped
    }
}

/// A TCP packet.
pub fn tcp(source: [u8; 4], destination: [u8; 4], destination_port: u16) -> Frame {
    Frame {
        source: source.into(),
        destination: destination.into(),
        protocol: TCP,
        source_port: 40_000,
        destination_port,
        ..Frame::default()
    }
}

impl Bench {
    /// What becomes of a packet that an application sends.
    pub fn sent(&self, app: &str, frame: Frame) -> Fate {
        let vif = self.vif(app);
        let bridge = self.net().link(&vif).and_then(|link| link.master.clone()).expect("it is on a bridge");
        let seen = Frame { in_link: vif.clone(), ..frame };
        if self.judge(Layer::Bridge, Hook::In, &seen) == Verdict::Drop {
            return Fate::Dropped;
        }
        if let Some((guest, _)) = self.guest_of(seen.destination).filter(|(_, on)| *on == bridge) {
            let seen = Frame { out_link: guest.clone(), ..seen };
            return match self.judge(Layer::Bridge, Hook::Forward, &seen) {
                Verdict::Drop => Fate::Dropped,
                _ => Fate::Guest(guest, seen),
            };
        }
        self.routed(Frame { in_link: bridge, ..seen })
    }

    /// What becomes of a packet that comes in by a port.
    pub fn received(&self, port: &str, frame: Frame) -> Fate {
        self.routed(Frame { in_link: port.into(), ..frame })
    }

    /// Whether an application reaches an address outside.
    pub fn reaches_out(&self, app: &str, to: [u8; 4]) -> bool {
        let source = self.address(app).0.octets();
        matches!(self.sent(app, tcp(source, to, 443)), Fate::Out(_))
    }

    fn routed(&self, mut frame: Frame) -> Fate {
        let first = self.judge(Layer::Ip, Hook::TranslateDestination, &frame);
        if let Verdict::Translate(Action::ToDestination(address, port)) = first {
            (frame.destination, frame.destination_port) = (address, port);
        }
        let links = self.links().list(&Scope::unbounded()).expect("there are some");
        let bridges = links.iter().flat_map(|link| &link.addresses).map(|own| own.address);
        let mut own = bridges.chain(self.addresses.iter().copied().map(Into::into));
        if own.any(|address| address == frame.destination) {
            return Fate::Device(frame);
        }
        let guest = self.guest_of(frame.destination);
        frame.out_link = guest.as_ref().map_or_else(|| "eth0".to_owned(), |(_, bridge)| bridge.clone());
        if self.judge(Layer::Ip, Hook::Forward, &frame) == Verdict::Drop {
            return Fate::Dropped;
        }
        match self.judge(Layer::Ip, Hook::TranslateSource, &frame) {
            Verdict::Translate(Action::ToSource(address)) => frame.source = address,
            Verdict::Translate(Action::Masquerade) => frame.source = Ipv4Addr::new(192, 168, 1, 10),
            Verdict::Drop => return Fate::Dropped,
            _ => {}
        }
        match guest {
            Some((vif, _)) => Fate::Guest(vif, frame),
            None => Fate::Out(frame),
        }
    }

    fn judge(&self, layer: Layer, hook: Hook, frame: &Frame) -> Verdict {
        self.filters().judge(layer, hook, frame, Mono(0))
    }

    /// The interface of the guest with an address, and its bridge.
    fn guest_of(&self, address: Ipv4Addr) -> Option<(String, String)> {
        let all = self.test.published::<pillar_types::app_network::AppNetworkStatus>();
        let adapters = all.iter().flat_map(|(_, status)| &*status.app_net_adapter_list);
        let mut found = adapters.filter(|adapter| {
            let own = adapter.assigned_addresses.ipv4_addrs.first();
            own.is_some_and(|own| own.address.to_string() == address.to_string())
        });
        found.next().map(|adapter| (adapter.vif.config.vif.clone(), adapter.vif.config.bridge.clone()))
    }
}

/// An ICMP packet.
pub fn ping(source: [u8; 4], destination: [u8; 4]) -> Frame {
    Frame { protocol: ICMP, source_port: 0, ..tcp(source, destination, 0) }
}
