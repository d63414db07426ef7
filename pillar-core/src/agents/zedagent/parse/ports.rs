//! The device's ports: system adapters over physical adapters, VLANs and bonds, with the networks that they belong to
//! (spec/01, NetworkPortConfig and Parsing checks).
//!
//! A port that makes no sense is published with what is wrong with it and is left alone by nim. Only when that is so
//! for every port for management the configuration of ports is refused as a whole: it would cut the device off.

mod checks;

use std::collections::BTreeMap;

use pillar_proto::config::{
    BondAdapter, EdgeDevConfig, Monitoring, NetworkConfig, PhysicalIo, Pnac, SystemAdapter, VlanAdapter,
};
use pillar_types::link::{
    BondArpMonitor, BondConfig, BondMiiMonitor, BondMode, EapMethod, L2LinkConfig, L2LinkType, LacpRate,
    PnacConfig, VlanConfig,
};
use pillar_types::network::NetworkXObjectConfig;
use pillar_types::port::{
    DevicePortConfig, DhcpConfig, DhcpType, NetworkPortConfig, PortConfigOrigin, PortConfigSource,
};
use pillar_types::{List, Time, Uuid};

use super::{Contexts, model, networks, timestamp};

/// Under which the controller's configuration of ports is published.
pub const KEY: &str = "zedagent";

/// The number that says that `IsMgmt` counts.
const VERSION: u32 = 1;

/// How deep VLANs and bonds may stand on each other.
const MAX_DEPTH: usize = 4;

/// The configuration of ports, or why there is none.
pub fn device_port_config(
    config: &EdgeDevConfig,
    contexts: &Contexts,
    now: Time,
) -> Result<DevicePortConfig, String> {
    let time_priority = timestamp(config).unwrap_or(now);
    let mut ports = Ports::new(config, contexts, now, time_priority);
    for adapter in &config.system_adapter_list {
        ports.add_adapter(adapter);
    }
    let mut all = ports.list;
    checks::check(&mut all, now);
    let managing = || all.iter().filter(|port| port.is_mgmt);
    if managing().count() > 0 && managing().all(|port| port.invalid_config) {
        let why: Vec<String> = managing().map(|port| port.test_results.last_error.clone()).collect();
        return Err(format!("All management ports failed to parse: {}", why.join("; ")));
    }
    Ok(DevicePortConfig {
        version: VERSION,
        key: KEY.into(),
        time_priority,
        ports: all.into(),
        ..DevicePortConfig::default()
    })
}

/// What stands below a port.
enum Below<'a> {
    Physical(&'a PhysicalIo),
    Vlan(&'a VlanAdapter),
    Bond(&'a BondAdapter),
}

/// Ports while they are put together.
struct Ports<'a> {
    config: &'a EdgeDevConfig,
    below: BTreeMap<&'a str, Below<'a>>,
    networks: BTreeMap<Uuid, NetworkXObjectConfig>,
    source: PortConfigSource,
    now: Time,
    list: Vec<NetworkPortConfig>,
}

impl<'a> Ports<'a> {
    fn new(config: &'a EdgeDevConfig, contexts: &Contexts, now: Time, submitted_at: Time) -> Self {
        let mut below = BTreeMap::new();
        for io in config.device_io_list.iter().filter(|io| model::kind(io).is_net()) {
            let label = if io.logical_label.is_empty() { &io.phy_label } else { &io.logical_label };
            below.entry(label.as_str()).or_insert(Below::Physical(io));
        }
        for vlan in &config.vlans {
            below.entry(vlan.logical_label.as_str()).or_insert(Below::Vlan(vlan));
        }
        for bond in &config.bonds {
            below.entry(bond.logical_label.as_str()).or_insert(Below::Bond(bond));
        }
        let network = |network: &NetworkConfig| {
            let uuid = network.id.parse().ok()?;
            Some((uuid, networks::parse(uuid, network, contexts, now)))
        };
        let networks = config.networks.iter().filter_map(network).collect();
        let origin = PortConfigOrigin::Controller;
        let source = PortConfigSource { origin, submitted_at, ..PortConfigSource::default() };
        Ports { config, below, networks, source, now, list: Vec::new() }
    }

    /// A port with addresses, and what stands below it.
    fn add_adapter(&mut self, adapter: &SystemAdapter) {
        let name = [&adapter.lower_layer_name, &adapter.name];
        let label = name.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
        let mut port = NetworkPortConfig {
            logicallabel: label.clone(),
            shared_labels: adapter.shared_labels.iter().cloned().collect(),
            alias: adapter.alias.clone(),
            allow_local_modifications: adapter.allow_local_modifications,
            is_mgmt: adapter.uplink,
            is_l3_port: true,
            cost: u8::try_from(adapter.cost).unwrap_or(u8::MAX),
            pnac: self.pnac(&label),
            config_source: self.source.clone(),
            ..NetworkPortConfig::default()
        };
        if let Err(why) = self.join_network(&mut port, adapter) {
            self.fail(&mut port, &why);
        }
        self.put_below(&mut port);
        self.list.push(port);
        self.add_lower_layers(&label, 0);
    }

    /// Addresses, name servers, proxies and radio, by the network of the port.
    fn join_network(&self, port: &mut NetworkPortConfig, adapter: &SystemAdapter) -> Result<(), String> {
        if adapter.network_uuid.is_empty() {
            return if port.is_mgmt { Err("a management port needs a network".into()) } else { Ok(()) };
        }
        let id = &adapter.network_uuid;
        port.network_uuid = id.parse().map_err(|_| format!("malformed network UUID {id}"))?;
        let network = self.networks.get(&port.network_uuid).ok_or(format!("the network {id} is missing"))?;
        if network.error.description.has_error() {
            return Err(format!("the network {id}: {}", network.error.description.error));
        }
        port.mtu = network.mtu;
        port.proxy = network.proxy.as_deref().cloned().unwrap_or_default();
        port.wireless = network.wireless_cfg.clone();
        port.ignore_dhcp_ntp_servers = network.ignore_dhcp_ntp_servers;
        port.ignore_dhcp_ip_addresses = network.ignore_dhcp_ip_addresses;
        port.ignore_dhcp_gateways = network.ignore_dhcp_gateways;
        port.ignore_dhcp_dns_config = network.ignore_dhcp_dns_config;
        port.dhcp = DhcpConfig {
            dhcp: network.dhcp,
            addr_subnet: addr_subnet(adapter, network)?,
            gateway: network.gateway,
            domain_name: network.domain_name.clone(),
            ntp_servers: network.ntp_servers.clone(),
            dns_servers: network.dns_servers.clone(),
            network_type: network.network_type,
        };
        match network.dhcp {
            DhcpType::Static | DhcpType::Client => Ok(()),
            DhcpType::None if !port.is_mgmt => Ok(()),
            other if port.is_mgmt => {
                Err(format!("a management port needs DHCP client or static addresses, not {}", other.name()))
            }
            other => Err(format!("the DHCP type {} is not supported", other.name())),
        }
    }

    /// What stands below a port, as its own fields.
    fn put_below(&self, port: &mut NetworkPortConfig) {
        match self.below.get(&*port.logicallabel) {
            Some(Below::Physical(io)) => {
                let address = model::address(io);
                (port.if_name, port.usb_addr, port.pci_addr) =
                    (address.ifname, address.usb_addr, address.pci_long);
                port.phylabel.clone_from(&io.phy_label);
            }
            Some(Below::Vlan(vlan)) => {
                port.if_name.clone_from(&vlan.interface_name);
                port.l2_link = link_of_vlan(vlan);
            }
            Some(Below::Bond(bond)) => {
                port.if_name.clone_from(&bond.interface_name);
                port.l2_link = link_of_bond(bond);
            }
            None => {
                let why = format!("there is no adapter, VLAN or bond {}", port.logicallabel);
                self.fail(port, &why);
            }
        }
    }

    /// Ports below a VLAN or bond that are none for addresses themselves.
    fn add_lower_layers(&mut self, label: &str, depth: usize) {
        let lower: Vec<String> = match self.below.get(label) {
            Some(Below::Vlan(vlan)) => vec![vlan.lower_layer_name.clone()],
            Some(Below::Bond(bond)) => bond.lower_layer_names.clone(),
            _ => return,
        };
        for label in lower {
            let known = self.list.iter().any(|port| port.logicallabel == label);
            let adapters = self.config.system_adapter_list.iter();
            let to_come = adapters.clone().any(|one| one.lower_layer_name == label || one.name == label);
            if known || to_come || depth == MAX_DEPTH {
                continue;
            }
            let mut port = NetworkPortConfig {
                logicallabel: label.clone(),
                pnac: self.pnac(&label),
                config_source: self.source.clone(),
                ..NetworkPortConfig::default()
            };
            self.put_below(&mut port);
            self.list.push(port);
            self.add_lower_layers(&label, depth + 1);
        }
    }

    /// Authentication of a port, as far as it is asked for.
    fn pnac(&self, label: &str) -> PnacConfig {
        let wanted = self.config.pnacs.iter().find(|pnac| pnac.logical_label == label);
        wanted.map_or_else(PnacConfig::default, |pnac: &Pnac| PnacConfig {
            enabled: true,
            eap_identity: pnac.eap_identity.clone(),
            eap_method: EapMethod::from(u8::try_from(pnac.eap_method).unwrap_or(0)),
            cert_enrollment_profile_name: pnac.cert_enrollment_profile_name.clone(),
            ..PnacConfig::default()
        })
    }

    fn fail(&self, port: &mut NetworkPortConfig, why: &str) {
        checks::fail(port, why, self.now);
    }
}

/// The address of a port with the length of its network's prefix.
fn addr_subnet(adapter: &SystemAdapter, network: &NetworkXObjectConfig) -> Result<String, String> {
    let address = networks::address("port", &adapter.addr)?;
    match (address.get(), &network.subnet) {
        (Some(address), Some(subnet)) => {
            let length = subnet.prefix().ok_or_else(|| format!("bad subnet {subnet}"))?;
            Ok(format!("{address}/{length}"))
        }
        (Some(address), None) => Err(format!("the network of {address} has no subnet")),
        (None, _) if network.dhcp == DhcpType::Static => Err("a static port needs an address".into()),
        (None, _) => Ok(String::new()),
    }
}

fn link_of_vlan(vlan: &VlanAdapter) -> L2LinkConfig {
    L2LinkConfig {
        l2_type: L2LinkType::Vlan,
        vlan: VlanConfig {
            parent_port: vlan.lower_layer_name.clone(),
            id: u16::try_from(vlan.vlan_id).unwrap_or(u16::MAX),
            ..VlanConfig::default()
        },
        ..L2LinkConfig::default()
    }
}

fn link_of_bond(bond: &BondAdapter) -> L2LinkConfig {
    let mut config = BondConfig {
        aggregated_ports: bond.lower_layer_names.iter().cloned().collect::<List<_>>(),
        mode: BondMode::from(u8::try_from(bond.bond_mode).unwrap_or(0)),
        lacp_rate: LacpRate::from(u8::try_from(bond.lacp_rate).unwrap_or(0)),
        ..BondConfig::default()
    };
    match &bond.monitoring {
        Some(Monitoring::Mii(mii)) => {
            config.mii_monitor = BondMiiMonitor {
                enabled: true,
                interval: mii.interval,
                up_delay: mii.updelay,
                down_delay: mii.downdelay,
                ..BondMiiMonitor::default()
            };
        }
        Some(Monitoring::Arp(arp)) => {
            config.arp_monitor = BondArpMonitor {
                enabled: true,
                interval: arp.interval,
                ip_targets: arp.ip_targets.iter().filter_map(|target| target.parse().ok()).collect(),
                ..BondArpMonitor::default()
            };
        }
        None => {}
    }
    L2LinkConfig { l2_type: L2LinkType::Bond, bond: config, ..L2LinkConfig::default() }
}
