//! What nim sees of the device's network, as one look finds it. [`look`] runs in jobs; the rest is pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use pillar_types::adapters::{AssignableAdapters, IoBundle};
use pillar_types::port::NetworkPortConfig;

use super::items::NetError;
use crate::hal::{Cidr, DhcpConfig, DhcpLease, Hal, Link, LinkCounters, LinkKind, MAIN_TABLE, Route, Scope};

/// Links, routes and leases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// All links, by name.
    pub links: BTreeMap<String, Link>,
    /// The main table.
    pub routes: Vec<Route>,
    /// What DHCP gave, by link.
    pub leases: BTreeMap<String, DhcpLease>,
}

/// Looks at everything. Clients that died are started again on the way.
pub fn look(hal: &Hal, scope: &Scope, clients: &[(String, DhcpConfig)]) -> Result<Facts, NetError> {
    let mut leases = BTreeMap::new();
    for (link, config) in clients {
        // One that cannot be kept has no lease; the rest is worth seeing all the same.
        if hal.dhcp.keep(scope, link, config).is_ok()
            && let Ok(Some(lease)) = hal.dhcp.lease(scope, link)
        {
            leases.insert(link.clone(), lease);
        }
    }
    let links = hal.links.list(scope).map_err(NetError::Link)?;
    let routes = hal.links.routes(scope, MAIN_TABLE).map_err(NetError::Link)?;
    // Packets counted are no news.
    let links = links.into_iter().map(|mut link| {
        link.counters = LinkCounters::default();
        (link.name.clone(), link)
    });
    Ok(Facts { links: links.collect(), routes, leases })
}

/// What changed between two looks at links that matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Links that have an address that they did not have.
    pub addressed: BTreeSet<String>,
    /// Links that came, or got a carrier.
    pub came: BTreeSet<String>,
    /// Links that went, changed hands, or lost their carrier.
    pub lost: BTreeSet<String>,
    /// Links that lost an address.
    pub unaddressed: BTreeSet<String>,
}

impl Facts {
    /// What is new since `before`, of links that matter.
    pub fn news_since(&self, before: &Facts, matters: impl Fn(&str) -> bool) -> News {
        let mut news = News::default();
        let names: BTreeSet<&String> = self.links.keys().chain(before.links.keys()).collect();
        for name in names.into_iter().filter(|name| matters(name)) {
            let (old, new) = (before.links.get(name), self.links.get(name));
            let carrier = |link: Option<&Link>| link.is_some_and(|link| link.lower_up);
            let identity = |link: Option<&Link>| link.map(|link| (link.index, link.master.clone()));
            if (old.is_none() && new.is_some()) || (carrier(new) && !carrier(old)) {
                news.came.insert(name.clone());
            }
            if old.is_some() && (identity(old) != identity(new) || (carrier(old) && !carrier(new))) {
                news.lost.insert(name.clone());
            }
            let addresses =
                |link: Option<&Link>| link.map(|link| usable(&link.addresses)).unwrap_or_default();
            let (old, new) = (addresses(old), addresses(new));
            if new.iter().any(|address| !old.contains(address)) {
                news.addressed.insert(name.clone());
            }
            if old.iter().any(|address| !new.contains(address)) {
                news.unaddressed.insert(name.clone());
            }
        }
        news
    }

    /// The gateways to everywhere through a link.
    pub fn default_routers(&self, link: &str) -> Vec<IpAddr> {
        let mut routers = Vec::new();
        let defaults = self.routes.iter().filter(|route| route.link == link && route.destination.prefix == 0);
        for gateway in defaults.filter_map(|route| route.gateway) {
            if !routers.contains(&gateway) {
                routers.push(gateway);
            }
        }
        routers
    }

    /// Links that a device without any configuration may try: wired, free, and not part of anything.
    pub fn eligible(&self, adapters: Option<&AssignableAdapters>) -> Vec<String> {
        /// Names of links that are others' (spec/03, Last-resort DPC).
        const OTHERS: [&str; 6] = ["vif", "nbu", "nbo", "wlan", "wwan", "keth"];
        let free = |link: &&Link| match link.kind {
            LinkKind::Ethernet => true,
            // What a device in a network namespace has for a NIC. Others belong to containers.
            LinkKind::Veth => link.name.starts_with("eth"),
            LinkKind::Bridge => self.links.contains_key(&format!("k{}", link.name)),
            _ => false,
        };
        let links = self.links.values().filter(free).filter(|link| {
            let taken = bundle(adapters, &link.name, "").is_some_and(|bundle| !bundle.used_by_uuid.is_nil());
            link.master.is_none() && !taken && OTHERS.iter().all(|others| !link.name.starts_with(others))
        });
        links.map(|link| link.name.clone()).collect()
    }
}

/// Addresses that others can reach.
pub fn usable(addresses: &[Cidr]) -> Vec<Cidr> {
    let is_link_local = |address: IpAddr| match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    addresses.iter().copied().filter(|cidr| !is_link_local(cidr.address)).collect()
}

/// What is known of an interface as a device that can be given to applications.
pub fn bundle<'a>(
    adapters: Option<&'a AssignableAdapters>,
    if_name: &str,
    label: &str,
) -> Option<&'a IoBundle> {
    let list = &adapters?.io_bundle_list;
    let by_label = || list.iter().find(|bundle| !label.is_empty() && bundle.logicallabel == label);
    list.iter().find(|bundle| !if_name.is_empty() && bundle.ifname == if_name).or_else(by_label)
}

/// Where a port is, as far as applications are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pciback {
    /// With the host.
    No,
    /// Set aside for applications.
    Unassigned,
    /// With this application.
    Used(String),
}

/// Whether a port is set aside for applications, or with one.
pub fn pciback(adapters: Option<&AssignableAdapters>, port: &NetworkPortConfig) -> Pciback {
    match bundle(adapters, &port.if_name, &port.logicallabel).filter(|bundle| bundle.is_pci_back) {
        None => Pciback::No,
        Some(bundle) if bundle.used_by_uuid.is_nil() => Pciback::Unassigned,
        Some(bundle) => Pciback::Used(bundle.used_by_uuid.to_string()),
    }
}
