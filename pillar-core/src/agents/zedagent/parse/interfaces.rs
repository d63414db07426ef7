//! Interfaces of applications and their access rules.

use std::collections::BTreeMap;

use pillar_proto::config::{
    Ace as ProtoAce, AppInstanceConfig as ProtoApp, EdgeDevConfig, NetworkAdapter, NetworkInstanceConfig,
    ZNetworkInstType,
};
use pillar_types::acl::{Ace, AceAction, AceDirection, AceMatch};
use pillar_types::app_network::AppNetAdapterConfig;
use pillar_types::{Mac, Uuid};

/// The network instances of a configuration, by their UUID as text, with their kind.
pub struct Networks<'a>(BTreeMap<&'a str, i32>);

impl<'a> Networks<'a> {
    /// Those of this configuration.
    pub fn of(config: &'a EdgeDevConfig) -> Self {
        let kind = |network: &'a NetworkInstanceConfig| {
            Some((network.uuid_and_version.as_ref()?.uuid.as_str(), network.inst_type))
        };
        Networks(config.network_instances.iter().filter_map(kind).collect())
    }
}

/// An application's interfaces in their order. Those on a mesh, which is not supported, are left out.
pub fn adapters(
    who: &str,
    app: &ProtoApp,
    enforced: bool,
    networks: &Networks<'_>,
) -> Vec<AppNetAdapterConfig> {
    let on_mesh = |interface: &&NetworkAdapter| {
        networks.0.get(&*interface.network_id) == Some(&(ZNetworkInstType::Mesh as i32))
    };
    let wanted = app.interfaces.iter().filter(|interface| !on_mesh(interface));
    let mut all: Vec<AppNetAdapterConfig> =
        wanted.map(|interface| adapter(who, interface, enforced, networks)).collect();
    all.sort_by_key(|adapter| adapter.intf_order);
    let mut on_network: BTreeMap<Uuid, u32> = BTreeMap::new();
    for adapter in &mut all {
        let next = on_network.entry(adapter.network).or_default();
        adapter.if_idx = *next;
        *next += 1;
    }
    all
}

fn adapter(
    who: &str,
    interface: &NetworkAdapter,
    enforced: bool,
    networks: &Networks<'_>,
) -> AppNetAdapterConfig {
    // Before there was an order, the number of the first rule stood for it.
    let first_rule = interface.acls.iter().map(|acl| acl.id).find(|id| *id > 0);
    let by_rule = first_rule.and_then(|id| u32::try_from(id).ok()).unwrap_or(0);
    let mut adapter = AppNetAdapterConfig {
        name: interface.name.clone(),
        intf_order: if enforced { interface.interface_order } else { by_rule },
        acls: interface.acls.iter().map(rule).collect(),
        access_vlan_id: interface.access_vlan_id,
        allow_to_discover: interface.allow_to_discover,
        ..AppNetAdapterConfig::default()
    };
    if let Err(why) = connect(&mut adapter, interface, networks) {
        adapter.error = format!("{who}: {why}");
    }
    adapter
}

/// Network and addresses of an interface.
fn connect(
    adapter: &mut AppNetAdapterConfig,
    interface: &NetworkAdapter,
    networks: &Networks<'_>,
) -> Result<(), String> {
    let id = &interface.network_id;
    if !networks.0.contains_key(id.as_str()) {
        return Err(format!("can't find {id} in network instances"));
    }
    adapter.network = id.parse().map_err(|_| format!("malformed network UUID {id}"))?;
    if !interface.mac_address.is_empty() {
        let mac = &interface.mac_address;
        adapter.app_mac_addr = Mac::parse(mac).ok_or_else(|| format!("bad MAC address {mac}"))?;
    }
    let address = &interface.addr;
    adapter.app_ip_addr = address.parse().map_err(|_| format!("bad IP address {address}"))?;
    if adapter.app_ip_addr.get().is_some_and(|address| address.is_ipv6()) {
        return Err(format!("static IPv6 addressing ({address}) is not supported"));
    }
    Ok(())
}

fn rule(rule: &ProtoAce) -> Ace {
    let number = |number: u32| i64::from(number);
    Ace {
        matches: rule
            .matches
            .iter()
            .map(|one| AceMatch {
                match_type: one.kind.clone(),
                value: one.value.clone(),
                ..AceMatch::default()
            })
            .collect(),
        actions: rule
            .actions
            .iter()
            .map(|one| AceAction {
                drop: one.drop,
                limit: one.limit,
                limit_rate: number(one.limit_rate),
                limit_unit: one.limit_unit.clone(),
                limit_burst: number(one.limit_burst),
                port_map: one.port_map,
                target_port: number(one.app_port),
                ..AceAction::default()
            })
            .collect(),
        name: rule.name.clone(),
        rule_id: rule.id,
        dir: AceDirection::from(u8::try_from(rule.dir).unwrap_or(0)),
        ..Ace::default()
    }
}
