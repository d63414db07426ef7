//! The packet filter's table of a local network instance (spec/04, Device-side chains and ACL translation). Pure.
//!
//! Frames from an application are judged on its port of the bridge, whatever their way; frames towards it when they
//! come from another application on the bridge, and when they are routed. An interface is matched by its whole
//! name, so that no application's rules judge another's packets. What the table does not know does not pass.
//!
//! | Layer | Hook | Chain | Rules |
//! |---|---|---|---|
//! | bridge | in | `in` | each interface → `from-<vif>` |
//! | bridge | forward | `forward` | each interface → `to-<vif>` |
//! | bridge | – | `from-<vif>` | ARP, DHCP, DNS, metadata; access rules; drop |
//! | bridge | – | `to-<vif>` | ARP; access rules; drop |
//! | IP | forward | `forward` | from the bridge to no port of ours: drop; each guest → `to-<vif>`; other guests: drop |
//! | IP | – | `to-<vif>` | access rules; drop |
//! | IP | translate destination | `dnat` | metadata; port maps, from outside and from inside |
//! | IP | translate source | `snat` | port maps, so that answers come back; subnet → port |

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::acl::{Acl, HostSet, Place, Remote, layers};
use super::subnet::Subnet;
use crate::hal::{
    Action, AddressSet, Chain, Cidr, Counter, ETHER_ARP, ETHER_IPV4, FilterTable, Hook, Layer, Match, Rule,
    TABLE_PREFIX, TCP, UDP,
};

/// Where the metadata server is for applications (spec/04, Metadata server).
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
const METADATA_PORT: u16 = 80;

const DHCP_PORT: u16 = 67;
const DNS_PORT: u16 = 53;

/// To where DHCP may be sent besides the bridge (spec/04, `ipv4.local`).
const LOCAL: [(Ipv4Addr, u8); 3] =
    [(Ipv4Addr::new(224, 0, 0, 0), 4), (Ipv4Addr::UNSPECIFIED, 32), (Ipv4Addr::BROADCAST, 32)];

/// What the table is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guarded {
    /// The ports of the network instance.
    pub ports: Vec<OutPort>,
    /// The applications' interfaces.
    pub guests: Vec<Guest>,
    /// The addresses that the network instance's own names mean.
    pub named: Vec<Ipv4Addr>,
}

/// A port that packets go out by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutPort {
    /// Its link.
    pub link: String,
    /// Labels by which port maps mean it.
    pub labels: Vec<String>,
    /// Its addresses that others can reach.
    pub addresses: Vec<Ipv4Addr>,
}

/// An application's interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The host's side of it.
    pub vif: String,
    /// The guest's address.
    pub address: Ipv4Addr,
    /// Its access rules.
    pub acls: Vec<Acl>,
}

/// The name of the table of a bridge.
pub fn table_name(bridge: &str) -> String {
    format!("{TABLE_PREFIX}{bridge}")
}

/// Whether a table judges what comes from an interface.
pub fn judges(table: &FilterTable, vif: &str) -> bool {
    let name = Place { vif, bridge: Ipv4Addr::UNSPECIFIED }.chain(true);
    table.chains.iter().any(|chain| chain.layer == Layer::Bridge && chain.name == name)
}

/// The table of the network instance with this bridge.
pub fn table(bridge: &str, subnet: Subnet, guarded: &Guarded) -> FilterTable {
    let mut table = FilterTable::default();
    let chain = |layer, name: &str, hook, rules| Chain { layer, name: name.into(), hook: Some(hook), rules };
    let each = |out: bool| {
        let jump = move |guest: &Guest| {
            let found =
                if out { Match::InLink(guest.vif.clone()) } else { Match::OutLink(guest.vif.clone()) };
            Rule::new(Action::Jump(place(guest, subnet).chain(out))).when(found)
        };
        guarded.guests.iter().map(jump).collect::<Vec<Rule>>()
    };
    table.chains.push(chain(Layer::Bridge, "in", Hook::In, each(true)));
    table.chains.push(chain(Layer::Bridge, "forward", Hook::Forward, each(false)));
    table.chains.push(chain(Layer::Ip, "forward", Hook::Forward, forward(bridge, subnet, guarded)));
    table.chains.push(chain(
        Layer::Ip,
        "dnat",
        Hook::TranslateDestination,
        translate_destination(bridge, subnet, guarded),
    ));
    table.chains.push(chain(
        Layer::Ip,
        "snat",
        Hook::TranslateSource,
        translate_source(bridge, subnet, guarded),
    ));
    table.chains.push(Chain {
        layer: Layer::Ip,
        name: "out".into(),
        hook: None,
        rules: guarded
            .ports
            .iter()
            .map(|port| Rule::new(Action::Accept).when(Match::OutLink(port.link.clone())))
            .chain([Rule::new(Action::Drop)])
            .collect(),
    });
    for guest in &guarded.guests {
        for out in [true, false] {
            for layer in layers(out) {
                put_guest(&mut table, *layer, out, guest, subnet);
            }
        }
    }
    put_sets(&mut table, guarded, subnet);
    table
}

fn place(guest: &Guest, subnet: Subnet) -> Place<'_> {
    Place { vif: &guest.vif, bridge: subnet.gateway }
}

/// The chain and the counters of one interface, in one layer and direction.
fn put_guest(table: &mut FilterTable, layer: Layer, out: bool, guest: &Guest, subnet: Subnet) {
    let place = place(guest, subnet);
    let mut rules = Vec::new();
    if layer == Layer::Bridge {
        rules.push(Rule::new(Action::Accept).when(Match::EtherType(ETHER_ARP)));
    }
    if out {
        rules.extend(always_allowed(subnet));
    }
    rules.extend(guest.acls.iter().flat_map(|acl| acl.rules(out, &place)));
    rules.push(Rule { counter: Some(place.drops(out)), ..Rule::new(Action::Drop) });
    if layer == Layer::Bridge {
        // Rules are about IPv4, also those that match nothing of it; the last is about everything.
        let last = rules.len() - 1;
        for rule in &mut rules[1..last] {
            rule.matches.insert(0, Match::EtherType(ETHER_IPV4));
        }
    }
    table.chains.push(Chain { layer, name: place.chain(out), hook: None, rules });
    for name in [place.drops(out), place.limit_drops(out)] {
        table.counters.push(Counter { layer, name });
    }
}

/// What every application may do: get an address, ask for names, and for its metadata.
fn always_allowed(subnet: Subnet) -> Vec<Rule> {
    let to = |address: Ipv4Addr, prefix| Match::Destination(Cidr { address: address.into(), prefix });
    let rule = |destination, protocol, port| {
        let rule = Rule::new(Action::Accept).when(destination).when(Match::Protocol(protocol));
        rule.when(Match::DestinationPort(port))
    };
    let bridge = (subnet.gateway, 32);
    let mut rules: Vec<Rule> = LOCAL
        .into_iter()
        .chain([bridge])
        .map(|(address, prefix)| rule(to(address, prefix), UDP, DHCP_PORT))
        .collect();
    rules.extend([UDP, TCP].map(|protocol| rule(to(subnet.gateway, 32), protocol, DNS_PORT)));
    rules.push(rule(to(METADATA, 32), TCP, METADATA_PORT));
    rules
}

/// What is routed: from applications only to the ports, towards them as their rules say.
fn forward(bridge: &str, subnet: Subnet, guarded: &Guarded) -> Vec<Rule> {
    let from_bridge = Match::InLink(bridge.into());
    let to_bridge = || Match::OutLink(bridge.into());
    let away = Rule::new(Action::Jump("out".into())).when(from_bridge).when(Match::NotOutLink(bridge.into()));
    let to_guest = |guest: &Guest| {
        let address = Cidr { address: guest.address.into(), prefix: 32 };
        let jump = Action::Jump(place(guest, subnet).chain(false));
        Rule::new(jump).when(to_bridge()).when(Match::Destination(address))
    };
    let others = Rule::new(Action::Drop).when(to_bridge());
    [away].into_iter().chain(guarded.guests.iter().map(to_guest)).chain([others]).collect()
}

fn translate_destination(bridge: &str, subnet: Subnet, guarded: &Guarded) -> Vec<Rule> {
    let from = |link: &str, address: Ipv4Addr, protocol, port| {
        let to = Match::Destination(Cidr { address: address.into(), prefix: 32 });
        vec![Match::InLink(link.into()), to, Match::Protocol(protocol), Match::DestinationPort(port)]
    };
    let translated =
        |matches, address, port| Rule { matches, ..Rule::new(Action::ToDestination(address, port)) };
    let metadata = from(bridge, METADATA, TCP, METADATA_PORT);
    let mut rules = vec![translated(metadata, subnet.gateway, METADATA_PORT)];
    for guest in &guarded.guests {
        for (protocol, port, target, label) in guest.acls.iter().filter_map(Acl::port_map) {
            let meant = |out: &&OutPort| label.is_none_or(|label| out.labels.iter().any(|own| own == label));
            for out in guarded.ports.iter().filter(meant) {
                for address in &out.addresses {
                    // From outside, and from the applications on the same bridge.
                    for link in [out.link.as_str(), bridge] {
                        let matches = from(link, *address, protocol, port);
                        rules.push(translated(matches, guest.address, target));
                    }
                }
            }
        }
    }
    rules
}

fn translate_source(bridge: &str, subnet: Subnet, guarded: &Guarded) -> Vec<Rule> {
    let mut rules = Vec::new();
    if guarded.ports.is_empty() {
        return rules;
    }
    for guest in &guarded.guests {
        let mapped = guest.acls.iter().filter_map(Acl::port_map);
        let targets: BTreeSet<(u8, u16)> =
            mapped.map(|(protocol, _, target, _)| (protocol, target)).collect();
        for (protocol, target) in targets {
            let to = Match::Destination(Cidr { address: guest.address.into(), prefix: 32 });
            let rule = Rule::new(Action::ToSource(subnet.gateway)).when(Match::OutLink(bridge.into()));
            rules.push(rule.when(to).when(Match::Protocol(protocol)).when(Match::DestinationPort(target)));
        }
    }
    for port in &guarded.ports {
        let rule = Rule::new(Action::Masquerade).when(Match::OutLink(port.link.clone()));
        rules.push(rule.when(Match::Source(subnet.cidr())));
    }
    rules
}

/// The sets that access rules look into, in the layers where they do.
fn put_sets(table: &mut FilterTable, guarded: &Guarded, subnet: Subnet) {
    let hosts: BTreeSet<&HostSet> =
        guarded.guests.iter().flat_map(|guest| &guest.acls).filter_map(Acl::host).collect();
    for layer in [Layer::Bridge, Layer::Ip] {
        for host in &hosts {
            table.sets.push(AddressSet { layer, name: host.set.clone(), addresses: None });
        }
        for guest in &guarded.guests {
            if guest.acls.iter().any(|acl| acl.remote == Remote::Names) {
                let own = guarded.named.iter().chain([&guest.address]);
                let addresses: BTreeSet<Ipv4Addr> = own.copied().collect();
                table.sets.push(AddressSet {
                    layer,
                    name: place(guest, subnet).names_set(),
                    addresses: Some(addresses.into_iter().collect()),
                });
            }
        }
    }
}
