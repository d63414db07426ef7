//! What a network instance is made of, as items of the reconciler, and what is done to the device for each
//! (spec/04, Item types). Items are data; [`apply`] runs in a job.
//!
//! | Item | Named by | Needs |
//! |---|---|---|
//! | Reserve | address | – |
//! | Bridge | link | that the address is reserved for it |
//! | Filter | bridge | – |
//! | Vif | link | –; the hypervisor's, only observed |
//! | BridgePort | interface | the bridge, that the filter judges it, and the interface |
//! | Server | bridge | the bridge, and the filter, whose sets it fills |

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::filter;
use crate::hal::{
    Cidr, FilterError, FilterTable, Hal, LinkError, LinkSettings, NewLink, Scope, ServerConfig, ServerError,
};
use crate::reconcile::{Act, Item, Key, Need, Update};

/// The packet size of an interface that belongs to nothing.
const DEFAULT_MTU: u32 = 1500;

/// A part of a network instance.
#[derive(Clone, Debug, PartialEq)]
pub enum NetItem {
    /// No two bridges ever have one address.
    Reserve {
        /// The address.
        address: IpAddr,
        /// The bridge that may have it.
        bridge: String,
    },
    /// A bridge.
    Bridge {
        /// Its name.
        name: String,
        /// Its hardware address.
        mac: [u8; 6],
        /// The largest packet, in bytes.
        mtu: u32,
        /// Its address.
        address: Cidr,
    },
    /// The packet filter's table.
    Filter {
        /// The bridge that it is about.
        bridge: String,
        /// What it says.
        table: FilterTable,
    },
    /// The host's side of an application's interface. The hypervisor makes it, and takes it away.
    Vif {
        /// Its name.
        name: String,
        /// The kernel's number of it: another one is another interface.
        index: u32,
    },
    /// An interface's place on a bridge.
    BridgePort {
        /// The interface.
        vif: String,
        /// The bridge.
        bridge: String,
        /// The largest packet, in bytes.
        mtu: u32,
    },
    /// The DHCP and DNS server of a bridge.
    Server(ServerConfig),
}

/// What items demand of others.
#[derive(Clone, Debug, PartialEq)]
pub enum Must {
    /// The address is reserved for this bridge.
    ReservedFor(String),
    /// The filter judges what comes from this interface.
    Judges(String),
    /// The filter has these sets.
    HasSets(Vec<String>),
}

/// Why an item is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetError {
    /// A link.
    Link(LinkError),
    /// The packet filter.
    Filter(FilterError),
    /// The DHCP and DNS server.
    Server(ServerError),
    /// What did it broke off.
    Broken,
}

impl NetItem {
    /// The kind of applications' interfaces.
    pub const VIF: &str = "VIF";

    /// The kind of servers.
    pub const SERVER: &str = "Dnsmasq";

    /// The key of a bridge.
    pub fn bridge_key(name: &str) -> Key {
        Key::new("Bridge", name)
    }

    /// The key of the server of a bridge.
    pub fn server_key(bridge: &str) -> Key {
        Key::new(Self::SERVER, bridge)
    }

    fn vif_key(name: &str) -> Key {
        Key::new(Self::VIF, name)
    }

    /// The key of the packet filter's table about a bridge.
    pub fn filter_key(bridge: &str) -> Key {
        Key::new("Filter", bridge)
    }
}

impl Item for NetItem {
    type Must = Must;
    type Error = NetError;

    fn key(&self) -> Key {
        match self {
            NetItem::Reserve { address, .. } => Key::new("IPReserve", address.to_string()),
            NetItem::Bridge { name, .. } => Self::bridge_key(name),
            NetItem::Filter { bridge, .. } => Self::filter_key(bridge),
            NetItem::Vif { name, .. } => Self::vif_key(name),
            NetItem::BridgePort { vif, .. } => Key::new("BridgePort", vif.as_str()),
            NetItem::Server(config) => Self::server_key(&config.bridge),
        }
    }

    fn needs(&self) -> Vec<Need<Must>> {
        match self {
            NetItem::Reserve { .. } | NetItem::Filter { .. } | NetItem::Vif { .. } => vec![],
            NetItem::Bridge { name, address, .. } => {
                let reserve = Key::new("IPReserve", address.address.to_string());
                vec![Need::of(reserve).that(Must::ReservedFor(name.clone()))]
            }
            NetItem::BridgePort { vif, bridge, .. } => vec![
                Need::of(Self::bridge_key(bridge)),
                Need::of(Self::filter_key(bridge)).that(Must::Judges(vif.clone())),
                Need::of(Self::vif_key(vif)).gone_with(),
            ],
            NetItem::Server(config) => {
                let bridge = Need::of(Self::bridge_key(&config.bridge));
                let sets: Vec<String> = config.watched.iter().map(|watched| watched.set.clone()).collect();
                if sets.is_empty() {
                    return vec![bridge];
                }
                vec![bridge, Need::of(Self::filter_key(&config.bridge)).that(Must::HasSets(sets))]
            }
        }
    }

    fn meets(&self, must: &Must) -> bool {
        match (self, must) {
            (NetItem::Reserve { bridge, .. }, Must::ReservedFor(name)) => bridge == name,
            (NetItem::Filter { table, .. }, Must::Judges(vif)) => filter::judges(table, vif),
            (NetItem::Filter { table, .. }, Must::HasSets(sets)) => {
                sets.iter().all(|name| table.sets.iter().any(|set| set.name == *name))
            }
            _ => false,
        }
    }

    fn update_to(&self, new: &Self) -> Update {
        match (self, new) {
            (
                NetItem::Bridge { mac, address, .. },
                NetItem::Bridge { mac: new_mac, address: new_address, .. },
            ) if (mac, address) != (new_mac, new_address) => Update::Recreate,
            (NetItem::Reserve { .. } | NetItem::Vif { .. }, _) => Update::Recreate,
            (NetItem::BridgePort { bridge, .. }, NetItem::BridgePort { bridge: new, .. })
                if bridge != new =>
            {
                Update::Recreate
            }
            _ => Update::InPlace,
        }
    }
}

/// Does what an operation of a plan says.
pub fn apply(act: &Act<NetItem>, hal: &Hal, scope: &Scope) -> Result<(), NetError> {
    match act {
        Act::Create(item) => put_up(item, hal, scope),
        Act::Modify { to, .. } => put_up(to, hal, scope),
        Act::Delete(item) => take_down(item, hal, scope),
    }
}

/// Every call asks for a state, so that making and changing are one.
fn put_up(item: &Arc<NetItem>, hal: &Hal, scope: &Scope) -> Result<(), NetError> {
    match &**item {
        NetItem::Reserve { .. } | NetItem::Vif { .. } => {}
        NetItem::Bridge { name, mac, mtu, address } => {
            hal.links.add(scope, name, &NewLink::Bridge { mac: *mac })?;
            let on = LinkSettings { up: Some(true), mtu: Some(*mtu), ..LinkSettings::default() };
            hal.links.set(scope, name, &on)?;
            hal.links.set_addresses(scope, name, &[*address])?;
            // What applications send is for others than this device. EVE has it on at all times, too.
            hal.links.set_forwarding(scope, true)?;
        }
        NetItem::Filter { bridge, table } => {
            hal.packet_filter.replace(scope, &filter::table_name(bridge), table)?;
        }
        NetItem::BridgePort { vif, bridge, mtu } => {
            let place = LinkSettings {
                up: Some(true),
                mtu: Some(*mtu),
                master: Some(Some(bridge.clone())),
                ..LinkSettings::default()
            };
            hal.links.set(scope, vif, &place)?;
        }
        NetItem::Server(config) => hal.address_server.serve(scope, config)?,
    }
    Ok(())
}

fn take_down(item: &Arc<NetItem>, hal: &Hal, scope: &Scope) -> Result<(), NetError> {
    match &**item {
        NetItem::Reserve { .. } | NetItem::Vif { .. } => {}
        NetItem::Bridge { name, .. } => hal.links.remove(scope, name)?,
        NetItem::Filter { bridge, .. } => hal.packet_filter.remove(scope, &filter::table_name(bridge))?,
        NetItem::BridgePort { vif, .. } => {
            let off = LinkSettings {
                up: Some(false),
                mtu: Some(DEFAULT_MTU),
                master: Some(None),
                ..LinkSettings::default()
            };
            match hal.links.set(scope, vif, &off) {
                Err(LinkError::NotFound(_)) => {}
                done => done?,
            }
        }
        NetItem::Server(config) => hal.address_server.stop(scope, &config.bridge)?,
    }
    Ok(())
}

impl From<LinkError> for NetError {
    fn from(error: LinkError) -> Self {
        NetError::Link(error)
    }
}

impl From<FilterError> for NetError {
    fn from(error: FilterError) -> Self {
        NetError::Filter(error)
    }
}

impl From<ServerError> for NetError {
    fn from(error: ServerError) -> Self {
        NetError::Server(error)
    }
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetError::Link(error) => error.fmt(f),
            NetError::Filter(error) => error.fmt(f),
            NetError::Server(error) => error.fmt(f),
            NetError::Broken => f.write_str("it was broken off"),
        }
    }
}
