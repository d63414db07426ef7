//! The device model: what is built into the device.

use pillar_proto::config::{EdgeDevConfig, PhysicalIo, VfList as ProtoVfs};
use pillar_types::adapters::{IoType, PhyIoUsage};
use pillar_types::physical_io::{
    PhyIoUsagePolicy, PhysicalAddress, PhysicalIoAdapter, PhysicalIoAdapterList,
};
use pillar_types::sriov::{EthVf, VfList};

/// The device model.
pub fn adapters(config: &EdgeDevConfig) -> PhysicalIoAdapterList {
    PhysicalIoAdapterList {
        initialized: true,
        adapter_list: config.device_io_list.iter().map(adapter).collect(),
    }
}

fn adapter(io: &PhysicalIo) -> PhysicalIoAdapter {
    let label = if io.logical_label.is_empty() { &io.phy_label } else { &io.logical_label };
    PhysicalIoAdapter {
        ptype: kind(io),
        phylabel: io.phy_label.clone(),
        phyaddr: address(io),
        logicallabel: label.clone(),
        assigngrp: io.assign_grp.clone(),
        parentassigngrp: io.parent_assign_grp.clone(),
        usage: PhyIoUsage::from(io.usage),
        usage_policy: PhyIoUsagePolicy {
            free_uplink: io.usage_policy.as_ref().is_some_and(|policy| policy.free_uplink),
        },
        vfs: io.vf_list.as_ref().map_or_else(VfList::default, functions),
        cbattr: io.cb_attr.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
    }
}

/// What a device is.
pub(super) fn kind(io: &PhysicalIo) -> IoType {
    IoType::from(u8::try_from(io.phy_type).unwrap_or(0))
}

/// Where a device is. The names of addresses count in any case (spec/01, Published objects).
pub(super) fn address(io: &PhysicalIo) -> PhysicalAddress {
    let mut address = PhysicalAddress::default();
    for (name, value) in &io.phy_addrs {
        let place = match &*name.to_lowercase() {
            "pcilong" => &mut address.pci_long,
            "ifname" => &mut address.ifname,
            "serial" => &mut address.serial,
            "irq" => &mut address.irq,
            "ioports" => &mut address.ioports,
            "usbaddr" => &mut address.usb_addr,
            "usbproduct" => &mut address.usb_product,
            _ => &mut address.unknown_type,
        };
        place.clone_from(value);
    }
    address
}

fn functions(list: &ProtoVfs) -> VfList {
    let one = |vf: &pillar_proto::config::EthVf| EthVf {
        index: u8::try_from(vf.index).unwrap_or(u8::MAX),
        mac: vf.mac.clone(),
        vlan_id: u16::try_from(vf.vlan_id).unwrap_or(0),
        ..EthVf::default()
    };
    VfList {
        count: u8::try_from(list.vf_count).unwrap_or(u8::MAX),
        data: list.data.iter().map(one).collect(),
    }
}
