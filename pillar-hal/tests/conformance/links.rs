use std::sync::{Arc, Mutex};

use pillar_core::hal::source::{Drained, Source};
use pillar_core::hal::{Cidr, LinkSettings, Links, Scope};
use pillar_hal::conformance;
use pillar_hal::linux::{LinuxLinkNotices, LinuxLinks};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::net::{Network, SimLinkNotices, SimLinks};

use crate::namespace::{in_namespace, ip};

/// Two interfaces plugged into each other.
pub fn network() -> Network {
    let mut network = Network::default();
    for (name, last) in [("nic0", 1), ("nic1", 2)] {
        network.add_nic(name, [0x02, 0, 0, 0, 0, last]);
        network.plug(name, "cable");
    }
    network
}

#[test]
fn real_links_conform() {
    in_namespace("real links", || {
        ip("link add nic0 type veth peer name nic1");
        conformance::links(&LinuxLinks);
    });
}

#[test]
fn simulated_links_conform() {
    conformance::links(&SimLinks::new(Arc::new(Mutex::new(network())), Arc::new(Open)));
}

#[test]
fn real_link_notices_conform() {
    in_namespace("real link notices", || {
        conformance::link_notices(&LinuxLinks, &mut LinuxLinkNotices::new().unwrap());
    });
}

#[test]
fn simulated_link_notices_conform() {
    let network = Arc::new(Mutex::new(network()));
    let links = SimLinks::new(network.clone(), Arc::new(Open));
    conformance::link_notices(&links, &mut SimLinkNotices::new(network));
}

#[test]
fn notices_of_others_come_and_too_many_are_an_overrun() {
    in_namespace("an overrun of link notices", || {
        let mut notices = LinuxLinkNotices::new().unwrap();
        let mut drain = || {
            let mut names = Vec::new();
            let drained = notices.drain(&mut |name, _| names.push(name.to_owned()));
            (drained, names)
        };
        ip("link add nic0 type veth peer name nic1");
        let (drained, names) = drain();
        assert_eq!(drained, Drained::All);
        assert!(names.contains(&"nic0".to_owned()) && names.contains(&"nic1".to_owned()), "{names:?}");

        let scope = Scope::unbounded();
        let addresses: Vec<Cidr> =
            (1..=200).map(|last| Cidr { address: [192, 0, 2, last].into(), prefix: 24 }).collect();
        for _ in 0..10 {
            LinuxLinks.set_addresses(&scope, "nic0", &addresses).unwrap();
            LinuxLinks.set_addresses(&scope, "nic0", &[]).unwrap();
        }
        let mut overrun = false;
        while let (drained, names) = drain()
            && (drained == Drained::Overrun || !names.is_empty())
        {
            overrun |= drained == Drained::Overrun;
        }
        assert!(overrun);
        LinuxLinks.set(&scope, "nic0", &LinkSettings { up: Some(true), ..LinkSettings::default() }).unwrap();
        assert!(drain().1.contains(&"nic0".to_owned()), "and goes on");
    });
}
