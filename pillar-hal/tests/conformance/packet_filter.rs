//! Packet filters.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{AddressSet, Command, FilterTable, Layer, PacketFilter, Process, Scope};
use pillar_hal::conformance;
use pillar_hal::linux::{LinuxPacketFilter, LinuxProcess};
use pillar_hal::sim::filter::{Filters, SimPacketFilter};
use pillar_hal::sim::gate::Open;

use crate::namespace::in_namespace;

#[test]
fn the_real_packet_filter_conforms() {
    in_namespace("the real packet filter", || conformance::packet_filter(&LinuxPacketFilter));
}

#[test]
fn the_simulated_packet_filter_conforms() {
    conformance::packet_filter(&SimPacketFilter::new(Arc::default(), Arc::new(Open)));
}

/// A table with a set that others fill.
fn watching() -> FilterTable {
    let set = AddressSet { layer: Layer::Ip, name: "ipv4.example.com".into(), addresses: None };
    FilterTable { sets: vec![set], ..FilterTable::default() }
}

#[test]
fn what_others_put_into_a_set_stays_when_the_table_is_replaced() {
    in_namespace("sets that others fill", || {
        let scope = &Scope::unbounded();
        LinuxPacketFilter.replace(scope, "pillar-bn1", &watching()).unwrap();
        nft("add element ip pillar-bn1 ipv4.example.com { 192.0.2.1 }");
        LinuxPacketFilter.replace(scope, "pillar-bn1", &watching()).unwrap();
        assert!(nft("list set ip pillar-bn1 ipv4.example.com").contains("192.0.2.1"));
    });
}

#[test]
fn what_others_put_into_a_simulated_set_stays_too() {
    let filters: Arc<Mutex<Filters>> = Arc::default();
    let lock = || filters.lock().unwrap_or_else(PoisonError::into_inner);
    let subject = SimPacketFilter::new(filters.clone(), Arc::new(Open));
    subject.replace(&Scope::unbounded(), "pillar-bn1", &watching()).unwrap();
    assert!(lock().fill("pillar-bn1", Layer::Ip, "ipv4.example.com", Ipv4Addr::LOCALHOST));
    assert!(!lock().fill("pillar-bn1", Layer::Bridge, "ipv4.example.com", Ipv4Addr::LOCALHOST));
}

#[test]
fn tables_of_others_are_neither_listed_nor_touched() {
    in_namespace("tables of others", || {
        nft("add table ip others");
        assert_eq!(LinuxPacketFilter.tables(&Scope::unbounded()), Ok(vec![]));
        LinuxPacketFilter.replace(&Scope::unbounded(), "pillar-bn1", &watching()).unwrap();
        assert_eq!(LinuxPacketFilter.tables(&Scope::unbounded()), Ok(vec!["pillar-bn1".to_owned()]));
        assert!(nft("list tables").contains("table ip others"));
    });
}

/// Runs `nft` with one line.
pub fn nft(line: &str) -> String {
    let output = LinuxProcess::default().run(&Scope::unbounded(), &Command::new("nft").args([line])).unwrap();
    assert!(output.exit.success(), "nft {line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
