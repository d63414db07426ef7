//! From the controller's message to the objects on the bus (spec/01, A10 and Published objects). Pure: called by the
//! job that fetched or loaded a configuration, because a thousand applications take milliseconds.
//!
//! All of it is parsed whenever any of it changed: what comes out equal is published to nobody. So no part can be
//! forgotten when something that it depends on changes, as it can with the reference's hashes of sections. An object
//! that makes no sense is published with what is wrong with it, so that whoever looks at it sees that; one that has no
//! identity is left out, with a line in the log.

mod apps;
mod cipher;
mod content;
mod interfaces;
mod model;
mod network_instances;
mod networks;
mod ports;
mod volumes;

use pillar_proto::config::{DeviceOpsCmd as ProtoOps, EdgeDevConfig};
use pillar_types::app_config::AppInstanceConfig;
use pillar_types::cipher::CipherContext;
use pillar_types::content::ContentTreeConfig;
use pillar_types::device::{DeviceOpsCmd, EdgeNodeInfo};
use pillar_types::download::DatastoreConfig;
use pillar_types::network::NetworkXObjectConfig;
use pillar_types::network_instance::NetworkInstanceConfig;
use pillar_types::physical_io::PhysicalIoAdapterList;
use pillar_types::port::DevicePortConfig;
use pillar_types::vm::BootOrder;
use pillar_types::volume::VolumeConfig;
use pillar_types::{Time, Uuid};

use crate::settings::parse::{Device, Source};
use crate::settings::{self, Settings, keys};

use self::cipher::Contexts;
pub use self::ports::KEY as PORTS_KEY;

/// What parsing depends on beside the configuration.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// This device.
    pub device: Uuid,
    /// When the configuration was received.
    pub now: Time,
    /// The settings that are in force: a bad one stays as it is there.
    pub settings: Option<Settings>,
}

/// Objects of one kind by key.
pub type Objects<T> = Vec<(String, T)>;

/// A configuration, parsed.
#[derive(Debug)]
pub struct Parsed {
    /// What is no object.
    pub general: General,
    /// The settings, with those that were not taken.
    pub settings: settings::parse::Parsed,
    /// How encrypted parts are decrypted.
    pub contexts: Objects<CipherContext>,
    /// Where content comes from.
    pub datastores: Objects<DatastoreConfig>,
    /// The device model.
    pub model: PhysicalIoAdapterList,
    /// Networks of ports.
    pub networks: Objects<NetworkXObjectConfig>,
    /// Ports, or why there are none.
    pub ports: Result<DevicePortConfig, String>,
    /// Virtual networks.
    pub network_instances: Objects<NetworkInstanceConfig>,
    /// Images.
    pub content_trees: Objects<ContentTreeConfig>,
    /// Volumes.
    pub volumes: Objects<VolumeConfig>,
    /// Applications.
    pub apps: Objects<AppInstanceConfig>,
}

/// What a configuration says beside its objects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct General {
    /// Names and owners.
    pub node: EdgeNodeInfo,
    /// When the controller made it, if it says so.
    pub timestamp: Option<Time>,
    /// Changes when the controller has lost what it was told.
    pub epoch: i64,
    /// Changes with the controller's certificates.
    pub certs_hash: String,
    /// Whether the device should be in maintenance mode.
    pub maintenance: bool,
    /// The profile in force.
    pub profile: String,
    /// The last command to reboot.
    pub reboot: Option<DeviceOpsCmd>,
    /// The last command to shut down.
    pub shutdown: Option<DeviceOpsCmd>,
    /// The version of the base OS that is wanted, if one is.
    pub base_os: Option<String>,
}

/// Parses a configuration.
pub fn parse(config: &EdgeDevConfig, around: &Surroundings) -> Parsed {
    let contexts = Contexts::new(&config.cipher_contexts);
    let settings = settings(config, around.settings.as_ref());
    let boot_order = match settings.settings.get(keys::APP_BOOT_ORDER) {
        "usb" => BootOrder::Usb,
        "nousb" => BootOrder::NoUsb,
        _ => BootOrder::Unspecified,
    };
    Parsed {
        general: general(config),
        datastores: content::datastores(config, &contexts, around.now),
        model: model::adapters(config),
        networks: networks::networks(config, &contexts, around.now),
        ports: ports::device_port_config(config, &contexts, around.now),
        network_instances: network_instances::network_instances(config, around.now),
        content_trees: content::content_trees(config, around.device),
        volumes: volumes::volumes(config),
        apps: apps::apps(config, &contexts, around, boot_order),
        contexts: contexts.objects(),
        settings,
    }
}

/// The settings that a configuration asks for.
pub fn settings(config: &EdgeDevConfig, before: Option<&Settings>) -> settings::parse::Parsed {
    let wanted = config.config_items.iter().map(|item| (item.key.as_str(), item.value.as_str()));
    settings::parse::parse(wanted, before, Source::Controller, Device::default())
}

fn general(config: &EdgeDevConfig) -> General {
    let own = |text: &String| text.clone();
    let command = |command: &ProtoOps| DeviceOpsCmd {
        counter: command.counter,
        desired_state: command.desired_state,
        ops_time: own(&command.ops_time),
    };
    General {
        node: EdgeNodeInfo {
            device_name: own(&config.device_name),
            device_id: config.id.as_ref().and_then(|id| id.uuid.parse().ok()).unwrap_or_default(),
            project_name: own(&config.project_name),
            project_id: config.project_id.parse().unwrap_or_default(),
            enterprise_name: own(&config.enterprise_name),
            enterprise_id: own(&config.enterprise_id),
        },
        timestamp: timestamp(config),
        epoch: config.controller_epoch,
        certs_hash: own(&config.controllercert_confighash),
        maintenance: config.maintenance_mode,
        profile: own(&config.global_profile),
        reboot: config.reboot.as_ref().map(command),
        shutdown: config.shutdown.as_ref().map(command),
        base_os: config.baseos.as_ref().filter(|base| base.activate).map(|base| own(&base.base_os_version)),
    }
}

/// When the controller made the configuration.
pub fn timestamp(config: &EdgeDevConfig) -> Option<Time> {
    let stamp = config.config_timestamp.as_ref()?;
    Some(Time::from_unix(stamp.seconds, u32::try_from(stamp.nanos).unwrap_or(0)))
}

/// The UUID of an object; `None`, with a line in the log, if it has none and cannot be published.
fn identity(what: &str, name: &str, text: &str) -> Option<Uuid> {
    let uuid = text.parse().ok().filter(|uuid: &Uuid| !uuid.is_nil());
    if uuid.is_none() {
        log::error!(target: "zedagent", "{what} {name:?} has no UUID but {text:?} and is left out");
    }
    uuid
}
