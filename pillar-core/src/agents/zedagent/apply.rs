//! Puts a parsed configuration on the bus.

use std::collections::BTreeSet;

use log::Level;
use pillar_types::Time;
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::content::ContentTreeConfig;
use pillar_types::device::EdgeNodeInfo;
use pillar_types::physical_io::PhysicalIoAdapterList;
use pillar_types::port::DevicePortConfig;
use pillar_types::topic::Topic;
use pillar_types::volume::VolumeConfig;

use super::ZedAgent;
use super::parse::{Objects, PORTS_KEY, Parsed};
use crate::node::Context;
use crate::settings;

impl ZedAgent {
    /// Applies the settings, which also hold in maintenance mode.
    pub(super) fn apply_settings(&mut self, parsed: settings::parse::Parsed, cx: &mut Context<'_, Self>) {
        for refused in &parsed.refused {
            if !self.refused.contains(refused) {
                cx.log(Level::Warn, format_args!("setting {refused}"));
            }
        }
        let is_new = self.settings != parsed.settings || self.refused != parsed.refused;
        self.settings = parsed.settings;
        self.refused = parsed.refused;
        cx.publish(ConfigItemValueMap::KEY, self.settings.to_map());
        if is_new {
            self.report_device(cx);
        }
    }

    /// Applies all objects.
    pub(super) fn apply_objects(&mut self, parsed: Parsed, cx: &mut Context<'_, Self>) {
        cx.publish(EdgeNodeInfo::KEY, parsed.general.node);
        put(parsed.contexts, cx);
        put(parsed.datastores, cx);
        put(parsed.networks, cx);
        cx.publish::<PhysicalIoAdapterList>(PORTS_KEY, parsed.model);
        self.apply_ports(parsed.ports, cx);
        put(parsed.network_instances, cx);
        put(parsed.content_trees, cx);
        put(parsed.volumes, cx);
        let mut apps = parsed.apps;
        if self.commands.under_way.is_some() {
            for (_, app) in &mut apps {
                app.activate = false;
            }
        }
        put(apps, cx);
        cx.signal_restarted::<ContentTreeConfig>();
        cx.signal_restarted::<VolumeConfig>();
        if !self.applied {
            self.applied = true;
            cx.signal_restarted::<AppInstanceConfig>();
        }
    }

    /// Ports that did not change keep the time that says which configuration of them is the newest: nim would test
    /// them again for another.
    fn apply_ports(&mut self, ports: Result<DevicePortConfig, String>, cx: &mut Context<'_, Self>) {
        self.ports_error = ports.as_ref().err().cloned();
        match ports {
            Err(why) => cx.log(Level::Error, format_args!("ports stay as they were: {why}")),
            Ok(ports) if ports.ports.is_empty() => {
                cx.unpublish::<DevicePortConfig>(PORTS_KEY);
            }
            Ok(ports) => {
                let before = cx.own::<DevicePortConfig>(PORTS_KEY);
                if before.is_none_or(|before| timeless(&before) != timeless(&ports)) {
                    cx.publish(PORTS_KEY, ports);
                }
            }
        }
    }
}

/// A configuration of ports without what tells when it was made.
fn timeless(ports: &DevicePortConfig) -> DevicePortConfig {
    let mut ports = ports.clone();
    ports.time_priority = Time::default();
    for port in &mut *ports.ports.vec() {
        port.config_source.submitted_at = Time::default();
        port.test_results.last_failed = Time::default();
    }
    ports
}

/// Publishes these objects and no others of their kind.
fn put<T: Topic>(objects: Objects<T>, cx: &mut Context<'_, ZedAgent>) {
    let wanted: BTreeSet<String> = objects.iter().map(|(key, _)| key.clone()).collect();
    cx.retain::<T>(|key| wanted.contains(key));
    for (key, object) in objects {
        cx.publish(&key, object);
    }
}
