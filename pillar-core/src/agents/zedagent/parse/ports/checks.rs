//! What may not be among the ports of a device (spec/01, Parsing checks).

use std::collections::BTreeMap;

use pillar_types::Time;
use pillar_types::link::{BondMode, L2LinkType};
use pillar_types::port::NetworkPortConfig;

use crate::hal::MAX_LINK_NAME;

/// Labels that mean several ports whatever the configuration says.
const RESERVED_LABELS: [&str; 3] = ["all", "uplink", "freeuplink"];

/// The kernel makes one of this name by itself.
const RESERVED_INTERFACE: &str = "bond0";

/// VLANs that there can be.
const VLANS: std::ops::RangeInclusive<u16> = 1..=4_094;

/// Marks a port as one that makes no sense; the first reason counts.
pub(super) fn fail(port: &mut NetworkPortConfig, why: &str, now: Time) {
    if !port.invalid_config {
        port.invalid_config = true;
        port.test_results.record_failure(why, now);
    }
}

/// Marks all that make no sense, lower layers first, because a fault of one is one of what stands on it.
pub(super) fn check(ports: &mut [NetworkPortConfig], now: Time) {
    let faults: Vec<Option<String>> = ports.iter().map(|port| own_fault(port, ports)).collect();
    mark(ports, faults, now);
    // As many rounds as layers can stand on each other.
    for _ in 0..ports.len() {
        let faults: Vec<Option<String>> = ports.iter().map(|port| fault_below(port, ports)).collect();
        if faults.iter().zip(&*ports).all(|(fault, port)| fault.is_none() || port.invalid_config) {
            break;
        }
        mark(ports, faults, now);
    }
}

fn mark(ports: &mut [NetworkPortConfig], faults: Vec<Option<String>>, now: Time) {
    for (port, fault) in ports.iter_mut().zip(faults) {
        if let Some(why) = fault {
            fail(port, &why, now);
        }
    }
}

/// What is wrong with a port by itself and beside the others.
fn own_fault(port: &NetworkPortConfig, ports: &[NetworkPortConfig]) -> Option<String> {
    let label = &port.logicallabel;
    let twice =
        |same: &dyn Fn(&NetworkPortConfig) -> bool| ports.iter().filter(|other| same(other)).count() > 1;
    if label.is_empty() {
        return Some("a port has no logical label".into());
    }
    if twice(&|other| other.logicallabel == *label) {
        return Some(format!("there are several ports {label}"));
    }
    if let Some(reserved) = port.shared_labels.iter().find(|label| RESERVED_LABELS.contains(&label.as_str()))
    {
        return Some(format!("the shared label {reserved} is reserved"));
    }
    let interface = &port.if_name;
    if interface.len() > MAX_LINK_NAME {
        return Some(format!("the interface name {interface} is longer than {MAX_LINK_NAME} bytes"));
    }
    if port.l2_link.l2_type == L2LinkType::Bond && interface == RESERVED_INTERFACE {
        return Some(format!("the interface name {RESERVED_INTERFACE} is reserved"));
    }
    if !interface.is_empty() && twice(&|other| other.if_name == *interface) {
        return Some(format!("several ports have the interface {interface}"));
    }
    for (what, address) in [("PCI", &port.pci_addr), ("USB", &port.usb_addr)] {
        let same = |other: &NetworkPortConfig| {
            (&other.pci_addr, &other.usb_addr) == (&port.pci_addr, &port.usb_addr)
        };
        // Interfaces of one card are told apart by their names.
        if !address.is_empty() && interface.is_empty() && twice(&same) {
            return Some(format!("several ports have the {what} address {address}"));
        }
    }
    None
}

/// What is wrong with what a port stands on.
fn fault_below(port: &NetworkPortConfig, ports: &[NetworkPortConfig]) -> Option<String> {
    let find = |label: &str| ports.iter().find(|other| other.logicallabel == label);
    let lower: Vec<&String> = match port.l2_link.l2_type {
        L2LinkType::Vlan => vec![&port.l2_link.vlan.parent_port],
        L2LinkType::Bond => port.l2_link.bond.aggregated_ports.iter().collect(),
        L2LinkType::None | L2LinkType::Unknown(_) => return None,
    };
    if port.l2_link.l2_type == L2LinkType::Vlan && !VLANS.contains(&port.l2_link.vlan.id) {
        return Some(format!(
            "VLAN {} is not from {} to {}",
            port.l2_link.vlan.id,
            VLANS.start(),
            VLANS.end()
        ));
    }
    if port.l2_link.l2_type == L2LinkType::Bond {
        if lower.is_empty() {
            return Some("a bond has no ports".into());
        }
        if matches!(port.l2_link.bond.mode, BondMode::Unspecified | BondMode::Unknown(_)) {
            return Some("a bond has no mode".into());
        }
    }
    let uses = users(ports);
    for label in lower {
        let Some(below) = find(label) else { return Some(format!("the port {label} below it is missing")) };
        if below.invalid_config {
            return Some(format!("the port {label} below it: {}", below.test_results.last_error));
        }
        let users = uses.get(label.as_str()).map_or(&[][..], |users| users);
        let other = users.iter().find(|user| **user != port.logicallabel);
        let bonds = port.l2_link.l2_type == L2LinkType::Bond;
        if let Some(other) = other.filter(|_| bonds) {
            return Some(format!("the port {label} below it is used by {other}, too"));
        }
        if bonds && below.is_l3_port && below.is_mgmt {
            return Some(format!("the port {label} below it is a management port itself"));
        }
    }
    None
}

/// Which ports stand on which.
fn users(ports: &[NetworkPortConfig]) -> BTreeMap<&str, Vec<&str>> {
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for port in ports {
        let lower: Vec<&String> = match port.l2_link.l2_type {
            L2LinkType::Vlan => vec![&port.l2_link.vlan.parent_port],
            L2LinkType::Bond => port.l2_link.bond.aggregated_ports.iter().collect(),
            _ => Vec::new(),
        };
        for label in lower {
            users.entry(label).or_default().push(&port.logicallabel);
        }
    }
    users
}
