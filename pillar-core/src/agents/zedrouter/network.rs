//! One network instance (spec/04, State machines, Network instance).
//!
//! | State | Event | Next |
//! |---|---|---|
//! | none | configured | creating |
//! | creating | makes no sense; no number; no port | failed: the error on the status, nothing made |
//! | creating, failed, inactive | to be active, and nothing stands against it | active: items, waiting applications looked at |
//! | active | its ports go | active, with the error |
//! | active | its subnet becomes that of another | isolated: nothing left but applications' interfaces, off the bridge |
//! | isolated | the conflict is gone | active |
//! | active | not to be active, nobody uses it | inactive: items go |
//! | any | not configured, used | deleting: waits for its applications |
//! | any | not configured, not used | deleting: items go, then number, metrics and status |

use std::sync::Arc;

use log::Level;
use pillar_types::address::{AddressSource, AssignedAddr, AssignedAddrs};
use pillar_types::app_network::AppNetworkConfig;
use pillar_types::device_network::{DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::errors::{ErrorAndTime, ErrorDescription};
use pillar_types::network_instance::{NetworkInstanceConfig, NetworkInstanceType};
use pillar_types::network_instance_status::{
    ChangeInProgress, IpRouteStatus, NetworkInstanceStatus, VifNameMac,
};
use pillar_types::network_metrics::NetworkInstanceMetrics;
use pillar_types::{List, Mac, Map, Time, Uuid};

use super::acl::Acl;
use super::filter::{self, Guarded};
use super::items::{NetError, NetItem};
use super::subnet::Subnet;
use super::{Guest, Zedrouter, names, network_group, node, ports, serve, uuid};
use crate::agents::{NIM, ZEDAGENT, ZEDMANAGER};
use crate::hal::Host;
use crate::node::Context;
use crate::reconcile::{Failure, GroupStatus, Key};

/// The groups of a network instance's own items.
const GROUPS: [&str; 3] = ["L2", "L3", "Services"];

/// What the items of a network instance are made from.
struct Wanted<'a> {
    config: &'a NetworkInstanceConfig,
    subnet: Subnet,
    device: &'a DeviceNetworkStatus,
    ports: &'a [&'a NetworkPortStatus],
}

impl Zedrouter {
    /// Brings a network instance as far as it can go now.
    pub(super) fn update_network(&mut self, key: &Arc<str>, cx: &mut Context<'_, Self>) {
        let Some(config) = cx.get::<NetworkInstanceConfig>(ZEDAGENT, key) else {
            return self.remove_network(key, cx);
        };
        self.unclaimed.remove(key);
        let now = cx.now().wall.into();
        let before = cx.own::<NetworkInstanceStatus>(key);
        let mut status = before.as_deref().cloned().unwrap_or_else(|| NetworkInstanceStatus {
            change_in_progress: ChangeInProgress::Create,
            ..NetworkInstanceStatus::default()
        });
        if before.is_none() {
            cx.log(Level::Info, format_args!("network instance {} ({key}) is new", config.display_name));
        }
        let subnet = match check_type(&status, &config, before.is_some()) {
            Ok(()) => {
                status.config = (*config).clone();
                validate(&config)
            }
            Err(why) => Err(why),
        };
        set(&mut status.validation_err, subnet.as_ref().err().cloned(), now);
        if let Ok(subnet) = subnet {
            self.update_valid(key, &config, subnet, &mut status, cx);
        } else {
            status.change_in_progress = ChangeInProgress::None;
        }
        status.error.description = status.combined_error();
        let woken = before.is_none_or(|before| without_guests(&before) != without_guests(&status));
        cx.publish(key, status);
        if woken {
            self.dirty_apps.extend(apps_of(key, cx));
        }
    }

    fn update_valid(
        &mut self,
        key: &Arc<str>,
        config: &NetworkInstanceConfig,
        subnet: Subnet,
        status: &mut NetworkInstanceStatus,
        cx: &mut Context<'_, Self>,
    ) {
        let now: Time = cx.now().wall.into();
        let device = cx.get::<DeviceNetworkStatus>(NIM, DeviceNetworkStatus::KEY).unwrap_or_default();
        let conflict = self.conflict(key, config, status.activated, &device, cx);
        set(&mut status.ip_conflict_err, conflict, now);
        let chosen = ports::choose(config, &device);
        set(&mut status.port_err, (!chosen.errors.is_empty()).then(|| chosen.errors.join("\n")), now);
        let (mtu, too_large) = ports::mtu(config.mtu, &chosen.ports);
        set(&mut status.mtu_conflict_err, too_large, now);
        status.mtu = mtu;
        status.ports = chosen.ports.iter().map(|port| port.logicallabel.clone()).collect();
        let ntp = config.ntp_servers.iter().chain(chosen.ports.iter().flat_map(|port| &*port.ntp_servers));
        let mut servers: Vec<String> = Vec::new();
        for server in ntp {
            if !servers.contains(server) {
                servers.push(server.clone());
            }
        }
        status.combined_ntp_servers = servers.into();
        status.intended_routes = refused_routes(config, now);
        let number = self.bridge_number(uuid(key), cx);
        let error = number.as_ref().err().map(|why| format!("bridge: {why}"));
        set(&mut status.allocation_err, error, now);
        let number = number.unwrap_or_default();
        let used = self.is_used(key, cx);
        let wanted = if status.activated {
            config.activate || used
        } else {
            config.activate && status.is_eligible_for_activate()
        };
        if let Some(number) = number {
            self.describe_bridge(status, number, subnet, cx);
        }
        if wanted && number.is_none() {
            return; // it goes on once the number is stored
        }
        let isolated = status.ip_conflict_err.description.has_error();
        if wanted && !isolated {
            self.adopt_bridge(&status.info.bridge_name);
            let wanted = Wanted { config, subnet, device: &device, ports: &chosen.ports };
            self.put_items(key, &wanted, status);
        } else {
            for group in GROUPS {
                self.graph.set_group(&format!("{}/{group}", network_group(key)), []);
            }
        }
        if wanted && !status.activated {
            cx.log(Level::Info, format_args!("network instance {} is active", config.display_name));
        }
        status.activated = wanted;
        self.describe_guests(key, status);
        self.report(key, status, now);
    }

    /// What else has addresses of the subnet. Of two network instances the one that is active has them; of two
    /// that are not, the one whose key comes first.
    fn conflict(
        &self,
        key: &Arc<str>,
        config: &NetworkInstanceConfig,
        active: bool,
        device: &DeviceNetworkStatus,
        cx: &Context<'_, Self>,
    ) -> Option<String> {
        let all = cx.all::<NetworkInstanceConfig>(ZEDAGENT);
        let stands = |other: &Arc<str>| {
            let is_active = cx.own::<NetworkInstanceStatus>(other).is_some_and(|other| other.activated);
            is_active || (!active && other < key)
        };
        let others = all.iter().filter(|(other, _)| other != key && stands(other));
        let subnets =
            others.filter_map(|(_, other)| Some((other.display_name.as_str(), other.subnet.as_ref()?)));
        ports::conflict(config.subnet.as_ref()?, device, subnets)
    }

    fn is_used(&self, key: &str, cx: &Context<'_, Self>) -> bool {
        Self::has_interfaces(uuid(key), cx)
            || self.networks.get(key).is_some_and(|network| !network.guests.is_empty())
    }

    fn describe_bridge(
        &self,
        status: &mut NetworkInstanceStatus,
        number: u8,
        subnet: Subnet,
        cx: &Context<'_, Self>,
    ) {
        let info = &mut status.info;
        info.bridge_num = number.into();
        info.bridge_name = names::bridge(number);
        info.bridge_ip_addr = subnet.gateway.into();
        info.bridge_mac = names::bridge_mac(&node(cx).unwrap_or(Uuid::NIL), number, &*cx.quick().crypto);
    }

    /// Who has which address, and whose interfaces there are.
    fn describe_guests(&self, key: &str, status: &mut NetworkInstanceStatus) {
        let info = &mut status.info;
        let assigned = |address: pillar_types::IpAddr, assigned_by| AssignedAddrs {
            ipv4_addrs: [AssignedAddr { address, assigned_by }].into(),
            ..AssignedAddrs::default()
        };
        let mut assignments = Map::default();
        let mut vifs = Vec::new();
        if status.activated {
            let bridge = assigned(info.bridge_ip_addr, AddressSource::EveInternal);
            assignments.insert(info.bridge_mac.to_string(), bridge);
        }
        for guest in self.guests(key) {
            let mac = Mac::from(guest.mac);
            assignments.insert(mac.to_string(), assigned(guest.address.into(), AddressSource::InternalDhcp));
            vifs.push(VifNameMac { name: guest.vif.clone(), mac_addr: mac, app_id: guest.app });
        }
        info.num_trunk_ports = vifs.len() as u32;
        info.vifs = List::from(vifs);
        info.ip_assignments = assignments;
    }

    fn guests(&self, key: &str) -> impl Iterator<Item = &Guest> {
        self.networks.get(key).into_iter().flat_map(|network| network.guests.values())
    }

    fn put_items(&mut self, key: &Arc<str>, wanted: &Wanted<'_>, status: &NetworkInstanceStatus) {
        let Wanted { config, subnet, device, ports: chosen } = *wanted;
        let (bridge, mtu) = (status.info.bridge_name.clone(), status.mtu);
        let mac = <[u8; 6]>::try_from(&*status.info.bridge_mac.0).unwrap_or_default();
        let reserve = NetItem::Reserve { address: subnet.gateway.into(), bridge: bridge.clone() };
        let item = NetItem::Bridge { name: bridge.clone(), mac, mtu: mtu.into(), address: subnet.bridge() };
        let guarded = Guarded {
            ports: chosen.iter().map(|port| ports::out_port(port)).collect(),
            guests: self
                .guests(key)
                .map(|guest| filter::Guest {
                    vif: guest.vif.clone(),
                    address: guest.address,
                    acls: guest.acls.clone(),
                })
                .collect(),
            named: named(config),
        };
        let table = filter::table(&bridge, subnet, &guarded);
        let served: Vec<serve::Served> = self.guests(key).map(served).collect();
        let of_server: Vec<serve::Port<'_>> =
            chosen.iter().map(|status| serve::Port { status, mgmt: device.is_mgmt(status) }).collect();
        let server = serve::config(&bridge, subnet, config, mtu, &of_server, &served);
        let group = |name| format!("{}/{name}", network_group(key));
        self.graph.set_group(&group("L2"), [reserve, item]);
        self.graph.set_group(&group("L3"), [NetItem::Filter { bridge, table }]);
        self.graph.set_group(&group("Services"), [NetItem::Server(server)]);
    }

    /// How its items do.
    fn report(&self, key: &str, status: &mut NetworkInstanceStatus, now: Time) {
        let groups = GROUPS.map(|group| format!("{}/{group}", network_group(key)));
        let all: Vec<GroupStatus<'_, NetError>> =
            groups.iter().map(|group| self.graph.group(group)).collect();
        let failed = all.iter().flat_map(|group| &group.failed);
        let failed = failed_text(failed.map(|(key, failure)| (*key, *failure)));
        let waits = all.iter().any(|group| !group.settled());
        status.change_in_progress = match (failed.is_some(), waits, status.change_in_progress) {
            (false, true, ChangeInProgress::Create) => ChangeInProgress::Create,
            (false, true, _) => ChangeInProgress::Modify,
            _ => ChangeInProgress::None,
        };
        set(&mut status.reconcile_err, failed, now);
    }

    fn remove_network(&mut self, key: &Arc<str>, cx: &mut Context<'_, Self>) {
        let before = cx.own::<NetworkInstanceStatus>(key).filter(|_| !self.unclaimed.contains(key));
        let Some(before) = before else { return };
        let used = self.is_used(key, cx);
        if !used {
            self.graph.remove_group(&network_group(key));
        }
        if used || self.graph.keys(&network_group(key)).next().is_some() {
            let mut status = (*before).clone();
            status.change_in_progress = ChangeInProgress::Delete;
            let group = self.graph.group(&network_group(key));
            let failed = failed_text(group.failed.iter().map(|(key, failure)| (*key, *failure)));
            set(&mut status.reconcile_err, failed, cx.now().wall.into());
            status.error.description = status.combined_error();
            cx.publish(key, status);
            return;
        }
        cx.log(Level::Info, format_args!("network instance {} ({key}) is gone", before.config.display_name));
        self.networks.remove(key);
        self.forget_network(uuid(key), cx);
        cx.unpublish::<NetworkInstanceMetrics>(key);
        cx.unpublish::<NetworkInstanceStatus>(key);
        // Its subnet and its number are free.
        self.dirty_networks.extend(cx.keys::<NetworkInstanceStatus>());
    }
}

/// What applications depend on: all but who they are.
fn without_guests(status: &NetworkInstanceStatus) -> NetworkInstanceStatus {
    let mut status = status.clone();
    (status.info.vifs, status.info.ip_assignments) = (List::default(), Map::default());
    status.info.num_trunk_ports = 0;
    status
}

/// Whether a network instance is one of those that there are here, and of the kind that it was.
fn check_type(
    status: &NetworkInstanceStatus,
    config: &NetworkInstanceConfig,
    known: bool,
) -> Result<(), String> {
    let (was, is) = (status.config.instance_type, config.instance_type);
    if known && was != is {
        let (was, is) = (was.number(), is.number());
        return Err(format!("changing Type of NetworkInstance from {was} to {is} is not supported"));
    }
    Ok(())
}

fn validate(config: &NetworkInstanceConfig) -> Result<Subnet, String> {
    if config.error.description.has_error() {
        return Err(config.error.description.error.clone());
    }
    match config.instance_type {
        NetworkInstanceType::Local => Subnet::of(config).map_err(|why| why.to_string()),
        NetworkInstanceType::Switch => Err("switch network instances are not supported yet".into()),
        other => Err(format!("network instance type {} is not supported", other.number())),
    }
}

/// Routes that were asked for, each with why it is not in force.
fn refused_routes(config: &NetworkInstanceConfig, now: Time) -> List<IpRouteStatus> {
    let refused = |route: &pillar_types::network_instance::IpRouteConfig| {
        let mut status = IpRouteStatus { config: route.clone(), ..IpRouteStatus::default() };
        set(&mut status.error, Some("static routes are not supported yet".into()), now);
        status
    };
    config.static_routes.iter().map(refused).collect()
}

/// The addresses that the network instance's own names mean.
fn named(config: &NetworkInstanceConfig) -> Vec<std::net::Ipv4Addr> {
    let all = config.dns_name_to_ip_list.iter().flat_map(|entry| &*entry.ips);
    all.filter_map(|address| match address.get() {
        Some(std::net::IpAddr::V4(address)) => Some(address),
        _ => None,
    })
    .collect()
}

fn served(guest: &Guest) -> serve::Served {
    serve::Served {
        host: Host { mac: guest.mac, address: guest.address, name: guest.app.to_string() },
        name: guest.display_name.clone(),
        watched: guest.acls.iter().filter_map(Acl::host).cloned().collect(),
    }
}

/// The applications that are to be connected with a network instance.
fn apps_of(network: &str, cx: &Context<'_, Zedrouter>) -> Vec<Arc<str>> {
    let Ok(network) = network.parse::<Uuid>() else { return Vec::new() };
    let uses = |config: &AppNetworkConfig| {
        config.app_net_adapter_list.iter().any(|adapter| adapter.network == network)
    };
    let all = cx.all::<AppNetworkConfig>(ZEDMANAGER).into_iter();
    all.filter(|(_, config)| uses(config)).map(|(key, _)| key).collect()
}

/// What is wrong with items, in a line (spec/04, nireconciler operation).
pub(super) fn failed_text<'a>(
    failed: impl Iterator<Item = (&'a Key, &'a Failure<NetError>)>,
) -> Option<String> {
    let items: Vec<String> = failed.map(|(key, failure)| format!("{key} ({})", failure.error)).collect();
    (!items.is_empty()).then(|| format!("failed items: {}", items.join(";")))
}

/// Sets an error, or clears it. One that stays keeps the time at which it occurred.
pub(super) fn set(error: &mut ErrorAndTime, text: Option<String>, now: Time) {
    match text {
        None => error.description.clear(),
        Some(text) if text == error.description.error => {}
        Some(text) => {
            error.description.set(ErrorDescription { error: text, ..ErrorDescription::default() }, now);
        }
    }
}
