//! The device model: what is built into the device (`spec/05`, PhysicalIOAdapterList and the device model).

use crate::adapters::{IoType, PhyIoUsage};
use crate::base::{List, Map};
use crate::object;
use crate::registry::{TypeInfo, types};
use crate::sriov::VfList;

object! {
    /// Where a device is.
    pub struct PhysicalAddress {
        /// Its PCI address.
        pub pci_long: String = "PciLong",
        /// The kernel's name of the interface.
        pub ifname: String = "Ifname",
        /// Its serial device.
        pub serial: String = "Serial",
        /// Its interrupt.
        pub irq: String = "Irq",
        /// Its I/O ports.
        pub ioports: String = "Ioports",
        /// `<bus>:<port>` on USB.
        pub usb_addr: String = "UsbAddr",
        /// `<vendor>:<product>` on USB.
        pub usb_product: String = "UsbProduct",
        /// An address of a kind that nobody knows.
        pub unknown_type: String = "UnknownType",
    }
}

object! {
    /// How a device may be used.
    pub struct PhyIoUsagePolicy as "PhyIOUsagePolicy" {
        /// Whether its traffic costs nothing.
        pub free_uplink: bool = "FreeUplink",
    }
}

object! {
    /// A device of the model.
    pub struct PhysicalIoAdapter as "PhysicalIOAdapter" {
        /// Its kind.
        pub ptype: IoType = "Ptype",
        /// What is written beside the socket.
        pub phylabel: String = "Phylabel",
        /// Where it is.
        pub phyaddr: PhysicalAddress = "Phyaddr",
        /// What the configuration calls it.
        pub logicallabel: String = "Logicallabel",
        /// With which others it is assigned to applications; empty: never.
        pub assigngrp: String = "Assigngrp",
        /// The group that it depends on.
        pub parentassigngrp: String = "Parentassigngrp",
        /// Who may use it.
        pub usage: PhyIoUsage = "Usage",
        /// How it may be used.
        pub usage_policy: PhyIoUsagePolicy = "UsagePolicy",
        /// The virtual functions that it should have.
        pub vfs: VfList = "Vfs",
        /// Further properties, such as those of CAN.
        pub cbattr: Map<String, String> = "Cbattr",
    }
}

object! {
    /// The device model. zedagent to domainmgr, key `zedagent`.
    pub struct PhysicalIoAdapterList as "PhysicalIOAdapterList" topic "PhysicalIOAdapterList" {
        /// Whether the controller has sent one.
        pub initialized: bool = "Initialized",
        /// One by one.
        pub adapter_list: List<PhysicalIoAdapter> = "AdapterList",
    }
}

impl PhysicalIoAdapterList {
    /// The only key.
    pub const KEY: &str = "zedagent";

    /// The device of this physical label.
    pub fn by_phylabel(&self, label: &str) -> Option<&PhysicalIoAdapter> {
        self.adapter_list.iter().find(|adapter| adapter.phylabel == label)
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic PhysicalIoAdapterList];
