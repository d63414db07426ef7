//! Modems: what they should do and what they do (`spec/03`, Cellular, radio, LED, reconcile types).
//!
//! nim says what the wwan service is to do, the service says what it does. The names in these files are
//! also what applications read from the metadata server.

use crate::base::{IpAddr, IpNet, List, Time};
use crate::port::ProxyEntry;
use crate::registry::{TypeInfo, types};
use crate::wireless::{CellularAccessPoint, WwanIpType, WwanProbe, WwanRat};
use crate::{codes, object, texts};

codes! {
    /// The kind of a SIM card.
    pub enum SimType: i32 {
        /// Not known.
        Unspecified = 0,
        /// A card.
        Physical = 1,
        /// Part of the modem.
        Embedded = 2,
    }
}

codes! {
    /// What a connection to a mobile network is for.
    pub enum BearerType: i32 {
        /// Not known.
        Unspecified = 0,
        /// Registration.
        Attach = 1,
        /// Traffic.
        Default = 2,
        /// Traffic of a certain kind, beside the default one.
        Dedicated = 3,
    }
}

texts! {
    /// What a modem is up to.
    pub enum WwanOpMode {
        /// Not known.
        Unspecified = "",
        /// Registered, or trying to be.
        Online = "online",
        /// Connected.
        Connected = "online-and-connected",
        /// Its radio is off.
        RadioOff = "radio-off",
        /// Off.
        Offline = "offline",
        /// It says something that nobody understands.
        Unrecognized = "unrecognized",
    }
}

texts! {
    /// How one talks to a modem.
    pub enum WwanCtrlProt {
        /// Not known.
        Unspecified = "",
        /// Qualcomm's protocol.
        Qmi = "qmi",
        /// The USB Forum's protocol.
        Mbim = "mbim",
    }
}

object! {
    /// Where a modem is.
    pub struct WwanPhysAddrs {
        /// The kernel's name of the interface.
        pub interface: String = "Interface",
        /// `<bus>:<port>` on USB.
        pub usb: String = "USB",
        /// Its PCI address.
        pub pci: String = "PCI",
        /// The device to control it, such as `/dev/cdc-wdm0`.
        pub dev: String = "Dev",
    }
}

object! {
    /// What a modem is to do.
    pub struct WwanNetworkConfig {
        /// The port.
        pub logical_label: String = "LogicalLabel",
        /// Where the modem is.
        pub phys_addrs: WwanPhysAddrs = "PhysAddrs",
        /// What to connect to.
        pub access_point: CellularAccessPoint = "AccessPoint",
        /// Proxies behind it.
        pub proxies: List<ProxyEntry> = "Proxies",
        /// How the connection is checked.
        pub probe: WwanProbe = "Probe",
        /// Whether the position is reported.
        pub location_tracking: bool = "LocationTracking",
        /// The largest packet in bytes; 0: 1500.
        pub mtu: u16 = "MTU",
        /// The metric of its default route.
        pub route_metric: u32 = "RouteMetric",
    }
}

object! {
    /// What modems are to do. nim to wwan; key `global`.
    pub struct WwanConfig topic "WwanConfig" {
        /// The port configuration behind this.
        pub dpc_key: String = "DPCKey",
        /// Its priority, which tells versions from each other.
        pub dpc_timestamp: Time = "DPCTimestamp",
        /// When the radios were last asked to be on or off.
        pub rs_config_timestamp: Time = "RSConfigTimestamp",
        /// Whether the radios are to be off.
        pub radio_silence: bool = "RadioSilence",
        /// Modem by modem.
        pub networks: List<WwanNetworkConfig> = "Networks",
    }
}

object! {
    /// A modem itself.
    pub struct WwanCellModule {
        /// Its name, see [`WwanStatus::fill_names`].
        pub name: String = "Name",
        /// Its number in the world.
        pub imei: String = "IMEI",
        /// Its model.
        pub model: String = "Model",
        /// Who made it.
        pub manufacturer: String = "Manufacturer",
        /// The version of its firmware.
        pub revision: String = "Revision",
        /// How one talks to it.
        pub control_protocol: WwanCtrlProt = "ControlProtocol",
        /// What it is up to.
        pub op_mode: WwanOpMode = "OpMode",
    }
}

object! {
    /// A SIM card.
    pub struct WwanSimCard {
        /// Its name, see [`WwanStatus::fill_names`].
        pub name: String = "Name",
        /// Its slot, from 1.
        pub slot_number: u8 = "SlotNumber",
        /// Whether the slot is in use.
        pub slot_activated: bool = "SlotActivated",
        /// Its number.
        pub iccid: String = "ICCID",
        /// The number of its owner.
        pub imsi: String = "IMSI",
        /// Its kind.
        pub sim_type: SimType = "Type",
        /// Whether it is there and works, in words.
        pub state: String = "State",
    }
}

object! {
    /// A mobile network.
    pub struct WwanProvider {
        /// Its number: country and network.
        pub plmn: String = "PLMN",
        /// What people call it.
        pub description: String = "Description",
        /// Whether the modem is registered with it.
        pub current_serving: bool = "CurrentServing",
        /// Whether it is a foreign one.
        pub roaming: bool = "Roaming",
        /// Whether the SIM card may not use it.
        pub forbidden: bool = "Forbidden",
    }
}

object! {
    /// What the network configured a connection with.
    pub struct WwanIpSettings as "WwanIPSettings" {
        /// The address and its network.
        pub address: Option<IpNet> = "Address",
        /// The gateway.
        pub gateway: IpAddr = "Gateway",
        /// DNS servers.
        pub dns_servers: List<IpAddr> = "DNSServers",
        /// The largest packet in bytes.
        pub mtu: u16 = "MTU",
    }
}

object! {
    /// A connection to a mobile network.
    pub struct WwanBearer {
        /// The access point.
        pub apn: String = "APN",
        /// What it is for.
        pub bearer_type: BearerType = "Type",
        /// Which addresses it has.
        pub ip_type: WwanIpType = "IPType",
        /// Whether it is up.
        pub connected: bool = "Connected",
        /// Why it is not.
        pub connection_error: String = "ConnectionError",
        /// Since when it is: seconds since 1970.
        pub connected_at: u64 = "ConnectedAt",
    }
}

object! {
    /// Settings that a modem has stored.
    pub struct WwanProfile {
        /// Their name.
        pub name: String = "Name",
        /// The access point.
        pub apn: String = "APN",
        /// What they are for.
        pub bearer_type: BearerType = "BearerType",
        /// Which addresses to ask for.
        pub ip_type: WwanIpType = "IPType",
        /// Whether to stay out of foreign networks.
        pub forbid_roaming: bool = "ForbidRoaming",
    }
}

object! {
    /// What a modem does.
    pub struct WwanNetworkStatus {
        /// The port; empty for a modem that is not configured.
        pub logical_label: String = "LogicalLabel",
        /// Where the modem is.
        pub phys_addrs: WwanPhysAddrs = "PhysAddrs",
        /// The modem itself.
        pub module: WwanCellModule = "Module",
        /// Its SIM cards.
        pub sim_cards: List<WwanSimCard> = "SimCards",
        /// Why it cannot be configured.
        pub config_error: String = "ConfigError",
        /// Why the connection does not work.
        pub probe_error: String = "ProbeError",
        /// The network that it is registered with.
        pub current_provider: WwanProvider = "CurrentProvider",
        /// Networks that it can hear.
        pub visible_providers: List<WwanProvider> = "VisibleProviders",
        /// Generations in use.
        pub current_rats: List<WwanRat> = "CurrentRATs",
        /// Since when it is connected: seconds since 1970.
        pub connected_at: u64 = "ConnectedAt",
        /// What the network configured it with.
        pub ip_settings: WwanIpSettings = "IPSettings",
        /// Whether the position is reported.
        pub location_tracking: bool = "LocationTracking",
        /// Connections.
        pub bearers: List<WwanBearer> = "Bearers",
        /// Settings that it has stored.
        pub profiles: List<WwanProfile> = "Profiles",
    }
}

object! {
    /// What modems do. wwan to nim, zedagent, msrv; key `global`.
    pub struct WwanStatus topic "WwanStatus" {
        /// `dpc_key` of the configuration in force.
        pub dpc_key: String = "DPCKey",
        /// `dpc_timestamp` of the configuration in force.
        pub dpc_timestamp: Time = "DPCTimestamp",
        /// `rs_config_timestamp` of the configuration in force.
        pub rs_config_timestamp: Time = "RSConfigTimestamp",
        /// Modem by modem.
        pub networks: List<WwanNetworkStatus> = "Networks",
    }
}

impl WwanConfig {
    /// The only key.
    pub const KEY: &str = "global";
}

impl WwanStatus {
    /// The only key.
    pub const KEY: &str = "global";

    /// The modem of this port.
    pub fn network(&self, logical_label: &str) -> Option<&WwanNetworkStatus> {
        self.networks.iter().find(|network| network.logical_label == logical_label)
    }

    /// Names what has no name yet: modems by IMEI, else by model if there is only one of it, else by place on
    /// USB; SIM cards by ICCID, else `<modem>-SIM<slot>`.
    pub fn fill_names(&mut self) {
        let models: Vec<String> = self.networks.iter().map(|network| network.module.model.clone()).collect();
        for network in &mut self.networks {
            let module = &mut network.module;
            let alone = models.iter().filter(|model| **model == module.model).count() == 1;
            if module.name.is_empty() {
                let name = match (&*module.imei, alone) {
                    ("", true) => &module.model,
                    ("", false) => &network.phys_addrs.usb,
                    _ => &module.imei,
                };
                module.name = name.clone();
            }
            for card in network.sim_cards.iter_mut().filter(|card| card.name.is_empty()) {
                card.name = match &*card.iccid {
                    "" => format!("{}-SIM{}", module.name, card.slot_number),
                    iccid => iccid.to_owned(),
                };
            }
        }
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic WwanConfig, topic WwanStatus];

#[cfg(test)]
mod tests {
    use super::*;

    fn modem(imei: &str, model: &str, usb: &str) -> WwanNetworkStatus {
        let mut modem = WwanNetworkStatus::default();
        modem.module.imei = imei.into();
        modem.module.model = model.into();
        modem.phys_addrs.usb = usb.into();
        modem.sim_cards = [WwanSimCard { slot_number: 1, ..Default::default() }].into();
        modem
    }

    #[test]
    fn modems_and_cards_get_names_that_tell_them_apart() {
        let mut status = WwanStatus {
            networks: [modem("35", "a", "1:1"), modem("", "b", "1:2"), modem("", "a", "1:3")].into(),
            ..Default::default()
        };
        status.networks[0].sim_cards[0].iccid = "89".into();
        status.fill_names();

        let names: Vec<_> = status.networks.iter().map(|network| &*network.module.name).collect();
        assert_eq!(names, ["35", "b", "1:3"]);
        let cards: Vec<_> = status.networks.iter().map(|network| &*network.sim_cards[0].name).collect();
        assert_eq!(cards, ["89", "b-SIM1", "1:3-SIM1"]);
    }
}
