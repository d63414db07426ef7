//! Port maps that cannot be: on a network instance without port, or two of one port (spec/04, Port-map overlap).
//! Pure.

use pillar_types::app_network::{AppNetAdapterConfig, AppNetworkConfig};

use super::acl::Acl;
use crate::hal::Crypto;

/// A port map with where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mapped {
    protocol: u8,
    port: u16,
    target: u16,
    label: Option<String>,
}

impl Mapped {
    fn takes_the_same_port(&self, other: &Mapped) -> bool {
        (self.protocol, self.port, &self.label) == (other.protocol, other.port, &other.label)
    }
}

fn mapped(adapter: &AppNetAdapterConfig, crypto: &dyn Crypto) -> Vec<Mapped> {
    let maps = adapter.acls.iter().filter_map(|ace| Acl::of(ace, crypto).ok().flatten());
    let mapped = maps.filter_map(|acl| {
        let (protocol, port, target, label) = acl.port_map()?;
        Some(Mapped { protocol, port, target, label: label.map(str::to_owned) })
    });
    mapped.collect()
}

/// Whether an adapter maps ports.
pub fn maps_ports(adapter: &AppNetAdapterConfig, crypto: &dyn Crypto) -> bool {
    !mapped(adapter, crypto).is_empty()
}

/// Whether an adapter maps one port twice, or two ports to one.
pub fn overlaps_itself(adapter: &AppNetAdapterConfig, crypto: &dyn Crypto) -> bool {
    let all = mapped(adapter, crypto);
    let clash = |one: &Mapped, other: &Mapped| {
        one.takes_the_same_port(other) || (one.protocol, one.target) == (other.protocol, other.target)
    };
    all.iter().enumerate().any(|(number, one)| all[number + 1..].iter().any(|other| clash(one, other)))
}

/// Whether two applications map the same port. `same_ports` says whether the network instances of two adapters
/// use the same ports of the device.
pub fn overlap(
    one: &AppNetworkConfig,
    other: &AppNetworkConfig,
    same_ports: impl Fn(&AppNetAdapterConfig, &AppNetAdapterConfig) -> bool,
    crypto: &dyn Crypto,
) -> bool {
    one.app_net_adapter_list.iter().any(|own| {
        let maps = mapped(own, crypto);
        let clash = |theirs: &AppNetAdapterConfig| {
            same_ports(own, theirs)
                && mapped(theirs, crypto)
                    .iter()
                    .any(|other| maps.iter().any(|own| own.takes_the_same_port(other)))
        };
        !maps.is_empty() && other.app_net_adapter_list.iter().any(clash)
    })
}
