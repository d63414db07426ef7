//! What the controller wants of the device, as a person would order it, made into the API's message.

use std::path::{Path, PathBuf};

use pillar_core::content_places::hex;
use pillar_core::hal::Crypto;
use pillar_hal::sim::certificates::SimCrypto;
use pillar_hal::sim::images;
use pillar_proto::common::{DhcpType, IpRange, IpSpec, NetworkType, PhyIoMemberUsage, PhyIoType};
use pillar_proto::config::{
    Ace, AceAction, AceMatch, Adapter, AddressType, AppInstanceConfig, ContentTree, DatastoreConfig,
    DeviceOpsCmd, DsType, EdgeDevConfig, Format, InstanceOpsCmd, NetworkAdapter, NetworkConfig,
    NetworkInstanceConfig, PhysicalIo, SystemAdapter, UuidAndVersion, VmConfig, VmMode, Volume,
    VolumeContentOrigin, VolumeContentOriginType, VolumeRef, ZNetworkInstType,
};

use pillar_types::Uuid;

use super::place::DEVICE;

/// Where the datastore is.
pub const DATASTORE: &str = "store.example";

/// The image's path at the datastore.
pub const IMAGE: &str = "images/web.qcow2";

/// The device's port.
pub const PORT: &str = "eth0";

/// The bridge's address.
pub const GATEWAY: &str = "10.1.0.1";

/// What the controller wants.
#[derive(Clone, Debug)]
pub struct Order {
    /// The device.
    pub device: Uuid,
    /// How many applications there are.
    pub apps: u32,
    /// Whether they run.
    pub activate: bool,
    /// Counter of restarts.
    pub restart: u32,
    /// Counter of purges; each makes the volume anew.
    pub purge: u32,
    /// Whether a port of the device leads to the first application.
    pub port_map: bool,
    /// Whether the network instance is there.
    pub networks: bool,
    /// Version of the whole.
    pub version: u32,
    /// Counter of reboots of the device.
    pub reboot: u32,
    /// SHA-256 of the image, hex.
    pub sha256: String,
    /// Bytes that the image may have.
    pub size: u64,
}

/// The image that the datastore has.
pub fn image() -> Vec<u8> {
    images::qcow2(1 << 30, &vec![0x5a; 40_000])
}

/// The identifier of the n-th object of a kind.
pub fn id(kind: u8, number: u32) -> String {
    let mut bytes = [0x40; 16];
    bytes[0] = kind;
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    Uuid(bytes).to_string()
}

/// Kinds of [`id`].
pub const APP: u8 = 0xa0;
/// The same of a content tree.
pub const CONTENT: u8 = 0xc0;
/// The same of a volume.
pub const VOLUME: u8 = 0xb0;
const STORE: u8 = 0xd0;
const NETWORK: u8 = 0xe0;
const INSTANCE: u8 = 0xf0;

impl Order {
    /// That so many applications run.
    pub fn new(apps: u32) -> Self {
        let image = image();
        Order {
            device: DEVICE,
            apps,
            activate: true,
            restart: 0,
            purge: 0,
            port_map: true,
            networks: true,
            reboot: 0,
            version: 1,
            sha256: hex(&SimCrypto.sha256(&image)),
            size: image.len() as u64,
        }
    }

    /// The file of an application's volume.
    pub fn volume_file(&self, number: u32) -> PathBuf {
        let name = format!("{}#{}.qcow2", id(VOLUME, number), self.purge);
        Path::new("/persist/clear/volumes").join(name)
    }

    /// The version of the applications' configuration.
    pub fn app_version(&self) -> String {
        (self.purge + 1).to_string()
    }

    /// The configuration as the controller gives it.
    pub fn config(&self) -> EdgeDevConfig {
        let apps = 0..self.apps;
        EdgeDevConfig {
            id: Some(version(self.device.to_string(), &self.version.to_string())),
            device_name: "gate 3".into(),
            datastores: vec![datastore()],
            networks: vec![network()],
            system_adapter_list: vec![adapter()],
            device_io_list: vec![port()],
            network_instances: self.networks.then(instance).into_iter().collect(),
            reboot: (self.reboot > 0).then(|| DeviceOpsCmd {
                counter: self.reboot,
                desired_state: true,
                ..DeviceOpsCmd::default()
            }),
            content_info: if self.apps > 0 { vec![self.content()] } else { Vec::new() },
            volumes: apps.clone().map(|number| self.volume(number)).collect(),
            apps: apps.map(|number| self.app(number)).collect(),
            ..EdgeDevConfig::default()
        }
    }

    fn content(&self) -> ContentTree {
        ContentTree {
            uuid: id(CONTENT, 0),
            ds_ids_list: vec![id(STORE, 0)],
            url: IMAGE.into(),
            format: Format::Qcow2 as i32,
            sha256: self.sha256.clone(),
            max_size_bytes: self.size,
            display_name: "web".into(),
            ..ContentTree::default()
        }
    }

    fn volume(&self, number: u32) -> Volume {
        Volume {
            uuid: id(VOLUME, number),
            origin: Some(VolumeContentOrigin {
                kind: VolumeContentOriginType::Download as i32,
                download_content_tree_id: id(CONTENT, 0),
            }),
            generation_count: i64::from(self.purge),
            display_name: format!("web {number}"),
            clear_text: true,
            ..Volume::default()
        }
    }

    fn app(&self, number: u32) -> AppInstanceConfig {
        let counter =
            |counter| (counter > 0).then(|| InstanceOpsCmd { counter, ..InstanceOpsCmd::default() });
        AppInstanceConfig {
            uuid_and_version: Some(version(id(APP, number), &self.app_version())),
            display_name: format!("web{number}"),
            fixed_resources: Some(VmConfig {
                memory: 128 << 10,
                vcpus: 1,
                virtualization_mode: VmMode::Hvm as i32,
                ..VmConfig::default()
            }),
            activate: self.activate,
            interfaces: vec![NetworkAdapter {
                name: "in".into(),
                network_id: id(INSTANCE, 0),
                acls: self.rules(number),
                ..NetworkAdapter::default()
            }],
            restart: counter(self.restart),
            purge: counter(self.purge),
            volume_ref_list: vec![VolumeRef {
                uuid: id(VOLUME, number),
                generation_count: i64::from(self.purge),
                ..VolumeRef::default()
            }],
            ..AppInstanceConfig::default()
        }
    }

    /// All may go out; the first application is reached by a port of the device, if it is to be.
    fn rules(&self, number: u32) -> Vec<Ace> {
        let condition = |kind: &str, value: &str| AceMatch { kind: kind.into(), value: value.into() };
        let out = Ace {
            matches: vec![condition("ip", "0.0.0.0/0")],
            actions: vec![AceAction::default()],
            id: 1,
            ..Ace::default()
        };
        let inward = Ace {
            matches: vec![condition("protocol", "tcp"), condition("lport", "8080")],
            actions: vec![AceAction { port_map: true, app_port: 80, ..AceAction::default() }],
            id: 2,
            ..Ace::default()
        };
        if self.port_map && number == 0 { vec![out, inward] } else { vec![out] }
    }
}

fn version(uuid: String, version: &str) -> UuidAndVersion {
    UuidAndVersion { uuid, version: version.into() }
}

fn datastore() -> DatastoreConfig {
    DatastoreConfig {
        id: id(STORE, 0),
        ds_type: DsType::Http as i32,
        fqdn: format!("http://{DATASTORE}"),
        ..DatastoreConfig::default()
    }
}

fn network() -> NetworkConfig {
    NetworkConfig {
        id: id(NETWORK, 0),
        kind: NetworkType::V4 as i32,
        ip: Some(IpSpec { dhcp: DhcpType::Client as i32, ..IpSpec::default() }),
        ..NetworkConfig::default()
    }
}

fn adapter() -> SystemAdapter {
    SystemAdapter {
        name: PORT.into(),
        uplink: true,
        network_uuid: id(NETWORK, 0),
        ..SystemAdapter::default()
    }
}

fn port() -> PhysicalIo {
    PhysicalIo {
        phy_type: PhyIoType::NetEth as i32,
        phy_label: PORT.into(),
        logical_label: PORT.into(),
        phy_addrs: [("ifname".to_owned(), PORT.to_owned())].into(),
        usage: PhyIoMemberUsage::MgmtAndApps as i32,
        ..PhysicalIo::default()
    }
}

fn instance() -> NetworkInstanceConfig {
    NetworkInstanceConfig {
        uuid_and_version: Some(version(id(INSTANCE, 0), "1")),
        display_name: "inside".into(),
        inst_type: ZNetworkInstType::Local as i32,
        activate: true,
        port: Some(Adapter { name: PORT.into(), ..Adapter::default() }),
        ip_type: AddressType::Ipv4 as i32,
        ip: Some(IpSpec {
            dhcp: DhcpType::None as i32,
            subnet: "10.1.0.0/24".into(),
            gateway: GATEWAY.into(),
            dhcp_range: Some(IpRange { start: "10.1.0.2".into(), end: "10.1.0.254".into() }),
            ..IpSpec::default()
        }),
        disable_flowlog: true,
        ..NetworkInstanceConfig::default()
    }
}
