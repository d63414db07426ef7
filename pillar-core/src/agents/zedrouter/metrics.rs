//! Traffic of the device's interfaces and of network instances, and whether DHCP servers still run (spec/04,
//! Metrics and flows, State collection).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use log::Level;
use pillar_types::network_instance::NetworkInstanceConfig;
use pillar_types::network_instance_status::NetworkInstanceStatus;
use pillar_types::network_metrics::{NetworkInstanceMetrics, NetworkMetric, NetworkMetrics, VlanMetrics};

use super::Zedrouter;
use super::acl::Place;
use super::filter::table_name;
use super::items::{NetError, NetItem};
use crate::agents::ZEDAGENT;
use crate::flextimer::{self, Next};
use crate::hal::{Counted, Hal, Link, Scope, ServerError};
use crate::node::{Context, Failed, Lane};
use crate::reconcile::{Key, State};
use crate::settings::keys;

/// The job that measures, and the timer before it.
const MEASURE: &str = "measure";

/// The job that looks whether DHCP servers run, and the timer before it; how often, and with how much slack.
const SERVERS: &str = "servers";
const LOOK_AT_SERVERS: Duration = Duration::from_secs(10);
const SERVERS_SLACK: Duration = Duration::from_secs(5);

/// What was measured.
struct Measured {
    links: Vec<Link>,
    /// By bridge.
    counters: BTreeMap<String, Vec<Counted>>,
}

impl Zedrouter {
    /// Measures once in a quarter of the interval of metrics, so that values are fresh when they are sent.
    pub(super) fn measure_later(&mut self, cx: &mut Context<'_, Self>) {
        let Next { after, slack } =
            flextimer::measuring(self.settings.get(keys::TIMER_METRIC_INTERVAL) / 4, cx.rand());
        cx.after_key(after, slack, MEASURE, |agent: &mut Self, _, cx| agent.measure(cx));
    }

    fn measure(&mut self, cx: &mut Context<'_, Self>) {
        let bridges = active(cx).into_iter().map(|status| status.info.bridge_name.clone()).collect();
        cx.job(Lane::Process, MEASURE, |hal, scope| measure(hal, scope, bridges), Self::on_measured);
    }

    fn on_measured(
        &mut self,
        _: &str,
        measured: Result<Result<Measured, NetError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        if let Ok(Ok(measured)) = measured {
            self.publish_metrics(&measured, cx);
        }
        self.measure_later(cx);
    }

    fn publish_metrics(&self, measured: &Measured, cx: &mut Context<'_, Self>) {
        let active = active(cx);
        let owners: BTreeMap<&str, &str> = active
            .iter()
            .flat_map(|status| status.info.vifs.iter().map(|vif| (&*vif.name, &*status.info.bridge_name)))
            .collect();
        let metric = |link: &Link| {
            let bridge = owners.get(&*link.name);
            let counted = bridge.and_then(|bridge| measured.counters.get(*bridge));
            metric(link, counted.map_or(&[], Vec::as_slice))
        };
        let has = |name: &str| measured.links.iter().any(|link| link.name == name);
        let all: Vec<NetworkMetric> = measured
            .links
            .iter()
            .map(|link| NetworkMetric { if_name: shown_name(&link.name, has), ..metric(link) })
            .collect();
        let total_rule_count = self.rule_count();
        let metrics = NetworkMetrics { metric_list: all.into(), total_rule_count };
        cx.publish(NetworkMetrics::KEY, metrics);
        for status in &active {
            let names: Vec<&String> = [&status.info.bridge_name]
                .into_iter()
                .chain(status.info.vifs.iter().map(|vif| &vif.name))
                .collect();
            let links = measured.links.iter().filter(|link| names.contains(&&link.name));
            let list: Vec<NetworkMetric> = links.map(metric).collect();
            let vlan_metrics =
                VlanMetrics { num_trunk_ports: status.info.num_trunk_ports, ..VlanMetrics::default() };
            let metrics = NetworkInstanceMetrics {
                uuid_and_version: status.config.uuid_and_version.clone(),
                display_name: status.config.display_name.clone(),
                instance_type: status.config.instance_type,
                bridge_name: status.info.bridge_name.clone(),
                network_metrics: NetworkMetrics { metric_list: list.into(), ..NetworkMetrics::default() },
                vlan_metrics,
                ..NetworkInstanceMetrics::default()
            };
            cx.publish(&status.key(), metrics);
        }
    }

    fn rule_count(&self) -> u64 {
        let items = self.graph.keys("").filter_map(|key| self.graph.current(key));
        let rules = items.map(|item| match &**item {
            NetItem::Filter { table, .. } => table.chains.iter().map(|chain| chain.rules.len()).sum(),
            _ => 0_usize,
        });
        rules.sum::<usize>() as u64
    }

    pub(super) fn look_at_servers_later(&mut self, cx: &mut Context<'_, Self>) {
        cx.after_key(LOOK_AT_SERVERS, SERVERS_SLACK, SERVERS, |agent: &mut Self, _, cx| {
            agent.look_at_servers(cx);
        });
    }

    fn look_at_servers(&mut self, cx: &mut Context<'_, Self>) {
        let up = |key: &&Key| self.graph.state(key) == Some(State::Up);
        let servers = self.graph.keys("").filter(|key| key.kind == NetItem::SERVER).filter(up);
        let bridges: Vec<String> = servers.map(|key| key.name.to_string()).collect();
        if bridges.is_empty() {
            return self.look_at_servers_later(cx);
        }
        let gone = move |hal: &Hal, _: &Scope| -> Vec<String> {
            bridges.into_iter().filter(|bridge| !hal.address_server.runs(bridge)).collect()
        };
        cx.job(Lane::Process, SERVERS, gone, Self::on_servers);
    }

    fn on_servers(&mut self, _: &str, gone: Result<Vec<String>, Failed>, cx: &mut Context<'_, Self>) {
        for bridge in gone.unwrap_or_default() {
            let key = NetItem::server_key(&bridge);
            // One that is being changed right now is looked at again.
            if self.graph.state(&key) == Some(State::Up) {
                cx.log(Level::Warn, format_args!("the DHCP server of {bridge} has ended"));
                self.graph.lost(cx.now().mono, &key, ServerError::Ended.into());
            }
        }
        self.look_at_servers_later(cx);
        self.work(cx);
    }
}

fn measure(hal: &Hal, scope: &Scope, bridges: Vec<String>) -> Result<Measured, NetError> {
    let links = hal.links.list(scope)?;
    let mut counters = BTreeMap::new();
    for bridge in bridges {
        let counted = hal.packet_filter.counters(scope, &table_name(&bridge))?;
        counters.insert(bridge, counted);
    }
    Ok(Measured { links, counters })
}

/// Network instances with metrics: configured, active, and not isolated.
fn active(cx: &Context<'_, Zedrouter>) -> Vec<Arc<NetworkInstanceStatus>> {
    let has = |status: &NetworkInstanceStatus| {
        status.activated
            && !status.ip_conflict_err.description.has_error()
            && cx.get::<NetworkInstanceConfig>(ZEDAGENT, &status.key()).is_some()
    };
    cx.all_own::<NetworkInstanceStatus>().into_iter().map(|(_, status)| status).filter(|s| has(s)).collect()
}

/// A port whose bridge has its name is reported by that name, and the bridge by another.
fn shown_name(name: &str, has: impl Fn(&str) -> bool) -> String {
    if let Some(port) = name.strip_prefix('k').filter(|port| port.starts_with("eth") && has(port)) {
        return port.to_owned();
    }
    if name.starts_with("eth") && has(&format!("k{name}")) {
        return format!("e{name}");
    }
    name.to_owned()
}

/// What went through a link. What its rules did not let pass: received is what the application sent.
fn metric(link: &Link, counted: &[Counted]) -> NetworkMetric {
    let place = Place { vif: &link.name, bridge: Ipv4Addr::UNSPECIFIED };
    let packets = |name: String| -> u64 {
        counted.iter().filter(|counter| counter.name == name).map(|counter| counter.packets).sum()
    };
    let counters = &link.counters;
    NetworkMetric {
        if_name: link.name.clone(),
        tx_bytes: counters.tx_bytes,
        rx_bytes: counters.rx_bytes,
        tx_drops: counters.tx_drops,
        rx_drops: counters.rx_drops,
        tx_pkts: counters.tx_packets,
        rx_pkts: counters.rx_packets,
        tx_errors: counters.tx_errors,
        rx_errors: counters.rx_errors,
        rx_acl_drops: packets(place.drops(true)),
        tx_acl_drops: packets(place.drops(false)),
        rx_acl_rate_limit_drops: packets(place.limit_drops(true)),
        tx_acl_rate_limit_drops: packets(place.limit_drops(false)),
    }
}
