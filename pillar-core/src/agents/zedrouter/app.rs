//! One application's connections (spec/04, State machines, App network).
//!
//! | State | Event | Next |
//! |---|---|---|
//! | none | configured | pending add |
//! | pending add | port maps that cannot be, no number, no address | error; looked at again each minute |
//! | pending add | a number is being stored | pending add |
//! | pending add | a network instance is missing or not active | awaiting it, with its error if it has one |
//! | awaiting | it becomes active | pending add |
//! | pending add | all connected | activated |
//! | activated | rules or interfaces change | activated, in sync once that is done |
//! | activated | not to be active | pending modify until nothing is left, then inactive |
//! | any | not configured | pending delete until nothing is left, then gone, and its numbers free |

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use log::Level;
use pillar_types::Mac;
use pillar_types::address::{AddressSource, AssignedAddr, AssignedAddrs};
use pillar_types::app_network::{
    AppNetAdapterConfig, AppNetAdapterStatus, AppNetworkConfig, AppNetworkStatus, MacGenerator,
};
use pillar_types::network_instance::{NetworkInstanceConfig, NetworkInstanceType};
use pillar_types::network_instance_status::NetworkInstanceStatus;
use pillar_types::vif::{VifConfig, VifInfo};

use super::acl::{Acl, MAX_ACES};
use super::items::{NetError, NetItem};
use super::names::{self, Interface};
use super::network::{failed_text, set};
use super::subnet::{NoAddress, Subnet};
use super::{
    APP_RETRY, Guest, RETRY_APPS, SLACK, Zedrouter, app_group, failed_apps, network_group, port_maps, uuid,
};
use crate::agents::{ZEDAGENT, ZEDMANAGER};
use crate::hal::Crypto;
use crate::node::Context;
use crate::objtonum::{Interface as Place, NumError, Strategy};
use crate::reconcile::{Failure, Key, State};

/// The most interfaces of one application: their position is a byte of the MAC address.
const MAX_INTERFACES: usize = 255;

/// Why an application is not connected yet.
enum Hold {
    /// A number is being stored.
    Storing,
    /// A network instance is not there or not active; its error, if it has one.
    Network(Option<String>),
    /// It cannot be.
    Error(String),
}

impl Zedrouter {
    /// Brings an application's connections as far as they can go now.
    pub(super) fn update_app(&mut self, key: &Arc<str>, cx: &mut Context<'_, Self>) {
        let Some(config) = cx.get::<AppNetworkConfig>(ZEDMANAGER, key) else {
            return self.remove_app(key, cx);
        };
        self.unclaimed.remove(key);
        let before = cx.own::<AppNetworkStatus>(key);
        let mut status = before
            .as_deref()
            .cloned()
            .unwrap_or_else(|| AppNetworkStatus { pending_add: true, ..AppNetworkStatus::default() });
        status.uuid_and_version = config.uuid_and_version.clone();
        status.display_name.clone_from(&config.display_name);
        status.get_stats_ip_addr = config.get_stats_ip_addr;
        status.deployment_type = config.deployment_type;
        status.pending_delete = false;
        if config.activate {
            self.update_active(key, &config, &mut status, cx);
        } else {
            let gone = self.disconnect(key, &BTreeSet::new());
            status.activated &= !gone;
            status.pending_add = false;
            status.pending_modify = !gone;
            status.config_in_sync = gone;
            status.await_network_instance = false;
            status.error.description.clear();
            if status.app_net_adapter_list.len() != config.app_net_adapter_list.len() {
                status.app_net_adapter_list = config.app_net_adapter_list.iter().map(unconnected).collect();
            }
        }
        let freed = before.as_ref().is_some_and(|before| before.activated && !status.activated);
        if status.error.description.has_error() && config.activate {
            cx.after_key(APP_RETRY, SLACK, RETRY_APPS, Self::retry_apps);
        }
        cx.publish(key, status);
        if freed {
            self.dirty_apps.extend(failed_apps(cx));
        }
    }

    fn update_active(
        &mut self,
        key: &Arc<str>,
        config: &AppNetworkConfig,
        status: &mut AppNetworkStatus,
        cx: &mut Context<'_, Self>,
    ) {
        let now = cx.now().wall.into();
        status.await_network_instance = false;
        let held = match self.connect(key, config, status, cx) {
            Ok(()) => None,
            Err(Hold::Storing) => {
                status.pending_add |= !status.activated;
                return;
            }
            Err(Hold::Network(error)) => {
                status.await_network_instance = true;
                Some(error)
            }
            Err(Hold::Error(error)) => {
                cx.log(Level::Warn, format_args!("{}: {error}", config.display_name));
                Some(Some(error))
            }
        };
        if let Some(error) = held {
            set(&mut status.error, error, now);
            status.pending_add = false;
            status.config_in_sync = false;
            return;
        }
        let failed = failed_text(self.failed(key).into_iter());
        let ready = failed.is_none() && self.is_ready_for(key);
        if ready && !status.activated {
            cx.log(Level::Info, format_args!("{} is connected", config.display_name));
        }
        status.activated |= ready;
        status.pending_add = !status.activated && failed.is_none();
        status.pending_modify = false;
        status.config_in_sync = ready;
        set(&mut status.error, failed, now);
    }

    /// What of an application's connections failed: its own items, and those that they stand on.
    fn failed(&self, app: &Arc<str>) -> Vec<(&Key, &Failure<NetError>)> {
        let groups = self.app_groups.get(app).into_iter().flatten();
        let mut failed: Vec<_> = groups.flat_map(|group| self.graph.group(group).failed).collect();
        for network in self.networks_of(app) {
            for group in ["L2", "L3"] {
                failed.extend(self.graph.group(&format!("{}/{group}", network_group(network))).failed);
            }
        }
        failed
    }

    /// Whether an application's interfaces get on their bridges as soon as the hypervisor makes them, or are there,
    /// and get their addresses. A server that failed is its network instance's error, and keeps nobody waiting.
    fn is_ready_for(&self, app: &Arc<str>) -> bool {
        let own = self.app_groups.get(app).into_iter().flatten().all(|group| {
            let status = self.graph.group(group);
            let waits = status.pending.iter().any(|(_, on)| on.kind != NetItem::VIF);
            status.busy == 0 && status.circular.is_empty() && !waits
        });
        let mut networks = self.networks_of(app).flat_map(|network| {
            ["L2", "L3", "Services"].map(|group| format!("{}/{group}", network_group(network)))
        });
        own && networks.all(|group| {
            self.graph.keys(&group).all(|key| match self.graph.state(key) {
                None | Some(State::Up) => true,
                Some(State::Failed(_)) => key.kind == NetItem::SERVER,
                _ => false,
            })
        })
    }

    fn networks_of(&self, app: &Arc<str>) -> impl Iterator<Item = &Arc<str>> {
        let has = move |guests: &BTreeMap<(Arc<str>, usize), Guest>| guests.keys().any(|(own, _)| own == app);
        self.networks.iter().filter(move |(_, network)| has(&network.guests)).map(|(key, _)| key)
    }

    /// Has all interfaces connected.
    fn connect(
        &mut self,
        key: &Arc<str>,
        config: &AppNetworkConfig,
        status: &mut AppNetworkStatus,
        cx: &mut Context<'_, Self>,
    ) -> Result<(), Hold> {
        self.check(key, config, cx).map_err(Hold::Error)?;
        let no_number = |why: NumError| Hold::Error(format!("application: {why}"));
        let number = self.app_number(uuid(key), cx).map_err(no_number)?;
        let generator = self.generator(uuid(key), cx).map_err(no_number)?;
        let (Some(number), Some(generator)) = (number, generator) else { return Err(Hold::Storing) };
        status.app_num = number.into();
        status.mac_generator = generator;
        let networks = networks(config, cx)?;
        let mut adapters = Vec::new();
        let mut groups = BTreeSet::new();
        let mut kept = Vec::new();
        let mut storing = false;
        for (position, (adapter, network)) in config.app_net_adapter_list.iter().zip(&networks).enumerate() {
            let if_idx = adapter.if_idx;
            let place = Place { network_instance: adapter.network, app: uuid(key), if_idx };
            kept.push(place);
            match self.guest(&Wanted { place, number, generator, position, config, adapter, network }, cx)? {
                Some((guest, status)) => {
                    let group = self.put_guest(key, position, network, guest, status.vif.config.mtu);
                    groups.insert(group);
                    adapters.push(status);
                }
                None => storing = true,
            }
        }
        if storing {
            return Err(Hold::Storing);
        }
        self.disconnect(key, &groups);
        self.forget_interfaces(uuid(key), &kept, cx);
        status.app_net_adapter_list = adapters.into();
        Ok(())
    }

    /// What is wrong with an application by itself and beside those that are connected.
    fn check(&self, key: &str, config: &AppNetworkConfig, cx: &Context<'_, Self>) -> Result<(), String> {
        let (adapters, crypto) = (&config.app_net_adapter_list, &*cx.quick().crypto);
        if adapters.len() > MAX_INTERFACES {
            return Err(format!("more than {MAX_INTERFACES} network adapters"));
        }
        let label = |adapter: &AppNetAdapterConfig| {
            let network = cx.get::<NetworkInstanceConfig>(ZEDAGENT, &adapter.network.to_string())?;
            Some(network.port_label.clone())
        };
        for adapter in adapters.iter().filter(|adapter| port_maps::maps_ports(adapter, crypto)) {
            if label(adapter).is_some_and(|label| label.is_empty()) {
                return Err("network with no port, has portmap".into());
            }
            if port_maps::overlaps_itself(adapter, crypto) {
                let name = &config.display_name;
                return Err(format!("apps {name} and {name} have overlapping portmaps"));
            }
        }
        let same_ports = |one: &AppNetAdapterConfig, other: &AppNetAdapterConfig| {
            one.network == other.network || label(one).is_some_and(|own| label(other) == Some(own))
        };
        for (other_key, other) in cx.all::<AppNetworkConfig>(ZEDMANAGER) {
            // Those that failed themselves have nothing.
            if *other_key == *key || !self.app_groups.contains_key(&other_key) {
                continue;
            }
            if other.display_name == config.display_name {
                return Err(format!("there is another app {}", config.display_name));
            }
            if port_maps::overlap(config, &other, same_ports, crypto) {
                let (one, other) = (&other.display_name, &config.display_name);
                return Err(format!("apps {one} and {other} have overlapping portmaps"));
            }
        }
        Ok(())
    }

    /// An interface with its address and its status; `None` while its number is being stored.
    fn guest(
        &mut self,
        wanted: &Wanted<'_>,
        cx: &mut Context<'_, Self>,
    ) -> Result<Option<(Guest, AppNetAdapterStatus)>, Hold> {
        let Wanted { place, number, generator, position, config, adapter, network } = *wanted;
        let subnet = Subnet::of(&network.config).map_err(|why| Hold::Error(why.to_string()))?;
        let refused = |why: NoAddress| Hold::Error(why.to_string());
        let fixed = match adapter.app_ip_addr.get() {
            None => None,
            Some(IpAddr::V4(address)) => Some(address),
            Some(IpAddr::V6(_)) => return Err(Hold::Error("static IP is not an IPv4 address".into())),
        };
        let strategy = if fixed.is_some() { Strategy::Highest } else { Strategy::Lowest };
        if let Some(address) = fixed {
            subnet.check_static(address).map_err(refused)?;
        }
        let usable = |number| fixed.is_some() || subnet.numbered(number).is_ok();
        let own = self.interface_number(place, strategy, usable, cx).map_err(|why| match why {
            NumError::NoneFree => refused(NoAddress::NoneFree(subnet)),
            other => Hold::Error(format!("interface: {other}")),
        })?;
        let Some(own) = own else { return Ok(None) };
        let address = fixed.map_or_else(|| subnet.numbered(own).map_err(refused), Ok)?;
        let vif = names::vif(position as u8 + 1, number);
        let interface = Interface {
            app: &place.app,
            network: &place.network_instance,
            position: position as u8 + 1,
            app_number: number,
        };
        let mac = match <[u8; 6]>::try_from(&*adapter.app_mac_addr.0) {
            Ok(mac) => mac,
            Err(_) if adapter.app_mac_addr.is_empty() => {
                let mac = interface.mac(NetworkInstanceType::Local, generator, &*cx.quick().crypto);
                <[u8; 6]>::try_from(&*mac.0).unwrap_or_default()
            }
            Err(_) => return Err(Hold::Error("the MAC address has not 6 bytes".into())),
        };
        let (acls, problems) = rules(adapter, &*cx.quick().crypto);
        let mut adapter = adapter.clone();
        adapter.error = problems;
        let status = describe(adapter, config, network, &vif, mac, address);
        let display_name = config.display_name.clone();
        Ok(Some((Guest { app: place.app, display_name, vif, mac, address, acls }, status)))
    }

    /// Puts an interface's items, and tells its network instance; the group of the items.
    fn put_guest(
        &mut self,
        key: &Arc<str>,
        position: usize,
        network: &NetworkInstanceStatus,
        guest: Guest,
        mtu: u16,
    ) -> String {
        let network_key: Arc<str> = network.key().into();
        let group = app_group(&network_key, key, position);
        self.adopt_vif(&guest.vif);
        let mut items = Vec::new();
        if !network.ip_conflict_err.description.has_error() {
            let bridge = network.info.bridge_name.clone();
            items.push(NetItem::BridgePort { vif: guest.vif.clone(), bridge, mtu: mtu.into() });
        }
        self.graph.set_group(&group, items);
        self.app_groups.entry(key.clone()).or_default().insert(group.clone());
        let guests = &mut self.networks.entry(network_key.clone()).or_default().guests;
        if guests.get(&(key.clone(), position)) != Some(&guest) {
            guests.insert((key.clone(), position), guest);
            self.dirty_networks.insert(network_key);
        }
        group
    }

    /// Takes down all interfaces of an application but those of these groups; whether nothing of them is left.
    fn disconnect(&mut self, key: &Arc<str>, kept: &BTreeSet<String>) -> bool {
        for (network, connected) in &mut self.networks {
            let before = connected.guests.len();
            connected.guests.retain(|(app, position), _| {
                app != key || kept.contains(&app_group(network, app, *position))
            });
            if connected.guests.len() != before {
                self.dirty_networks.insert(network.clone());
            }
        }
        let groups = self.app_groups.get(key).cloned().unwrap_or_default();
        let mut left = groups.clone();
        for group in groups.iter().filter(|group| !kept.contains(*group)) {
            self.graph.remove_group(group);
            if self.graph.keys(group).next().is_none() {
                left.remove(group);
            }
        }
        let gone = left.is_subset(kept);
        if left.is_empty() {
            self.app_groups.remove(key);
        } else {
            self.app_groups.insert(key.clone(), left);
        }
        gone
    }

    fn remove_app(&mut self, key: &Arc<str>, cx: &mut Context<'_, Self>) {
        let before = cx.own::<AppNetworkStatus>(key).filter(|_| !self.unclaimed.contains(key));
        let Some(before) = before else { return };
        if !self.disconnect(key, &BTreeSet::new()) {
            let mut status = (*before).clone();
            (status.pending_add, status.pending_modify, status.pending_delete) = (false, false, true);
            cx.publish(key, status);
            return;
        }
        cx.log(Level::Info, format_args!("{} is disconnected", before.display_name));
        for adapter in &*before.app_net_adapter_list {
            self.dirty_networks.insert(adapter.config.network.to_string().into());
        }
        self.forget_app(uuid(key), cx);
        cx.unpublish::<AppNetworkStatus>(key);
        self.dirty_apps.extend(failed_apps(cx));
    }
}

/// What an interface is made from.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    place: Place,
    number: u8,
    generator: MacGenerator,
    position: usize,
    config: &'a AppNetworkConfig,
    adapter: &'a AppNetAdapterConfig,
    network: &'a NetworkInstanceStatus,
}

/// The network instances of the adapters, all of them active.
fn networks(
    config: &AppNetworkConfig,
    cx: &Context<'_, Zedrouter>,
) -> Result<Vec<Arc<NetworkInstanceStatus>>, Hold> {
    let mut networks = Vec::new();
    for adapter in &*config.app_net_adapter_list {
        let network = cx.own::<NetworkInstanceStatus>(&adapter.network.to_string());
        match network {
            Some(network) if network.activated => networks.push(network),
            Some(network) if !network.is_eligible_for_activate() => {
                let (name, error) = (&network.config.display_name, network.combined_error().error);
                let error = format!("network instance {name} is in error state: {error}");
                return Err(Hold::Network(Some(error)));
            }
            _ => return Err(Hold::Network(None)),
        }
    }
    Ok(networks)
}

/// The access rules of an adapter that make sense, and what is wrong with the others.
fn rules(adapter: &AppNetAdapterConfig, crypto: &dyn Crypto) -> (Vec<Acl>, String) {
    let mut acls = Vec::new();
    let mut problems = Vec::new();
    for ace in adapter.acls.iter().take(MAX_ACES) {
        match Acl::of(ace, crypto) {
            Ok(acl) => acls.extend(acl),
            Err(why) => problems.push(format!("rule {}: {why}", ace.rule_id)),
        }
    }
    if adapter.acls.len() > MAX_ACES {
        problems.push(format!("more than {MAX_ACES} rules"));
    }
    if !adapter.error.is_empty() {
        problems.insert(0, adapter.error.clone());
    }
    (acls, problems.join("\n"))
}

fn unconnected(adapter: &AppNetAdapterConfig) -> AppNetAdapterStatus {
    AppNetAdapterStatus { config: adapter.clone(), ..AppNetAdapterStatus::default() }
}

fn describe(
    adapter: AppNetAdapterConfig,
    config: &AppNetworkConfig,
    network: &NetworkInstanceStatus,
    vif: &str,
    mac: [u8; 6],
    address: Ipv4Addr,
) -> AppNetAdapterStatus {
    let given = AssignedAddr { address: address.into(), assigned_by: AddressSource::InternalDhcp };
    let vif = VifConfig {
        bridge: network.info.bridge_name.clone(),
        vif: vif.into(),
        mac: Mac::from(mac),
        mtu: network.mtu,
        vif_order: adapter.intf_order,
        ..VifConfig::default()
    };
    AppNetAdapterStatus {
        vif: VifInfo { config: vif, ..VifInfo::default() },
        bridge_mac: network.info.bridge_mac.clone(),
        bridge_ip_addr: network.info.bridge_ip_addr,
        assigned_addresses: AssignedAddrs { ipv4_addrs: [given].into(), ..AssignedAddrs::default() },
        ipv4_assigned: true,
        host_name: config.uuid_and_version.uuid.to_string(),
        config: adapter,
        ..AppNetAdapterStatus::default()
    }
}
