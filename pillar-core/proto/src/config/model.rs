//! The device model: physical adapters, and the ports made of them.

use std::collections::BTreeMap;

use prost::{Message, Oneof};

use super::EthVf;
use crate::common::{BondMode, LacpRate, PhyIoMemberUsage, PhyIoType};

/// A port: an adapter used for IP by the device or by network instances.
#[derive(Clone, PartialEq, Message)]
pub struct SystemAdapter {
    /// Logical label of the port; also in reports.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Obsolete; see `cost`.
    #[prost(bool, tag = "2")]
    pub free_uplink: bool,
    /// Port for management.
    #[prost(bool, tag = "3")]
    pub uplink: bool,
    /// Network that it uses; empty for layer 2 only.
    #[prost(string, tag = "4")]
    pub network_uuid: String,
    /// Static address.
    #[prost(string, tag = "5")]
    pub addr: String,
    /// Echoed in reports.
    #[prost(string, tag = "7")]
    pub alias: String,
    /// Logical label of the adapter, VLAN or bond below; empty for `name`.
    #[prost(string, tag = "8")]
    pub lower_layer_name: String,
    /// 0 (free) to 255; lower is preferred.
    #[prost(uint32, tag = "9")]
    pub cost: u32,
    /// Labels that several ports may carry.
    #[prost(string, repeated, tag = "10")]
    pub shared_labels: Vec<String>,
    /// A local profile server may change its settings.
    #[prost(bool, tag = "11")]
    pub allow_local_modifications: bool,
}

/// Obsolete limits on the use of an adapter.
#[derive(Clone, PartialEq, Message)]
pub struct PhyIoUsagePolicy {
    /// Obsolete; see [`SystemAdapter::cost`].
    #[prost(bool, tag = "1")]
    pub free_uplink: bool,
}

/// One physical adapter of the device model.
#[derive(Clone, PartialEq, Message)]
pub struct PhysicalIo {
    /// Kind; a [`PhyIoType`].
    #[prost(enumeration = "PhyIoType", tag = "1")]
    pub phy_type: i32,
    /// Label on the box.
    #[prost(string, tag = "2")]
    pub phy_label: String,
    /// Addresses by kind: `pcilong`, `ifname`, `serial`, `irq`, `ioports`, `usbaddr`, `usbproduct`, in any
    /// case.
    #[prost(btree_map = "string, string", tag = "3")]
    pub phy_addrs: BTreeMap<String, String>,
    /// Name that other objects refer to.
    #[prost(string, tag = "4")]
    pub logical_label: String,
    /// Adapters of one group go to an application together; empty for never.
    #[prost(string, tag = "5")]
    pub assign_grp: String,
    /// Who may use it; a [`PhyIoMemberUsage`].
    #[prost(enumeration = "PhyIoMemberUsage", tag = "6")]
    pub usage: i32,
    /// Obsolete limits.
    #[prost(message, optional, tag = "7")]
    pub usage_policy: Option<PhyIoUsagePolicy>,
    /// Further attributes.
    #[prost(btree_map = "string, string", tag = "8")]
    pub cb_attr: BTreeMap<String, String>,
    /// Virtual functions of a physical function.
    #[prost(message, optional, tag = "9")]
    pub vf_list: Option<VfList>,
    /// Group of the adapter that this one depends on, for example its USB controller.
    #[prost(string, tag = "10")]
    pub parent_assign_grp: String,
}

/// Virtual functions to create.
#[derive(Clone, PartialEq, Message)]
pub struct VfList {
    /// How many.
    #[prost(uint32, tag = "1")]
    pub vf_count: u32,
    /// Settings of some of them.
    #[prost(message, repeated, tag = "2")]
    pub data: Vec<EthVf>,
}

/// A VLAN on an adapter or bond.
#[derive(Clone, PartialEq, Message)]
pub struct VlanAdapter {
    /// Name that ports refer to.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// Name in Linux, at most 15 characters; empty for the logical label.
    #[prost(string, tag = "2")]
    pub interface_name: String,
    /// Logical label of the adapter or bond.
    #[prost(string, tag = "3")]
    pub lower_layer_name: String,
    /// 1 to 4094.
    #[prost(uint32, tag = "4")]
    pub vlan_id: u32,
}

/// Several adapters as one link.
#[derive(Clone, PartialEq, Message)]
pub struct BondAdapter {
    /// Name that ports refer to.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// Name in Linux, at most 15 characters; empty for the logical label.
    #[prost(string, tag = "2")]
    pub interface_name: String,
    /// Logical labels of the members; with active-backup the first is preferred.
    #[prost(string, repeated, tag = "3")]
    pub lower_layer_names: Vec<String>,
    /// A [`BondMode`].
    #[prost(enumeration = "BondMode", tag = "4")]
    pub bond_mode: i32,
    /// How failures of members are found.
    #[prost(oneof = "Monitoring", tags = "5, 6")]
    pub monitoring: Option<Monitoring>,
    /// A [`LacpRate`]; with LACP only.
    #[prost(enumeration = "LacpRate", tag = "8")]
    pub lacp_rate: i32,
}

/// How failures of a bond's members are found.
#[derive(Clone, PartialEq, Oneof)]
pub enum Monitoring {
    /// By link state.
    #[prost(message, tag = "5")]
    Mii(MiiMonitor),
    /// By asking addresses.
    #[prost(message, tag = "6")]
    Arp(ArpMonitor),
}

/// Monitoring by link state; all values in milliseconds.
#[derive(Clone, PartialEq, Message)]
pub struct MiiMonitor {
    /// Between two looks.
    #[prost(uint32, tag = "1")]
    pub interval: u32,
    /// Wait before a recovered member is used.
    #[prost(uint32, tag = "2")]
    pub updelay: u32,
    /// Wait before a failed member is dropped.
    #[prost(uint32, tag = "3")]
    pub downdelay: u32,
}

/// Monitoring by ARP requests.
#[derive(Clone, PartialEq, Message)]
pub struct ArpMonitor {
    /// Milliseconds between two requests.
    #[prost(uint32, tag = "1")]
    pub interval: u32,
    /// IPv4 addresses to ask for.
    #[prost(string, repeated, tag = "2")]
    pub ip_targets: Vec<String>,
}
