//! Hardware inventory.

use std::collections::BTreeMap;

use prost::{Enumeration, Message};

use super::StorageDiskInfo;

/// Where a USB device is.
#[derive(Clone, PartialEq, Message)]
pub struct UsbAddress {
    /// Number of the bus.
    #[prost(uint32, tag = "1")]
    pub bus: u32,
    /// Path of ports, for example `1.1`.
    #[prost(string, tag = "2")]
    pub port: String,
}

/// What a device hangs on; at most one of both.
#[derive(Clone, PartialEq, Message)]
pub struct BusParent {
    /// A PCI device.
    #[prost(message, optional, tag = "1")]
    pub pci_parent: Option<PciAddress>,
    /// A USB device.
    #[prost(message, optional, tag = "2")]
    pub usb_parent: Option<UsbAddress>,
}

/// A USB device.
#[derive(Clone, PartialEq, Message)]
pub struct UsbDevice {
    /// What it hangs on.
    #[prost(message, optional, tag = "1")]
    pub parent: Option<BusParent>,
    /// Vendor.
    #[prost(uint32, tag = "2")]
    pub vendor_id: u32,
    /// Product.
    #[prost(uint32, tag = "3")]
    pub product_id: u32,
    /// Where it is.
    #[prost(message, optional, tag = "4")]
    pub bus_port: Option<UsbAddress>,
    /// Driver in use.
    #[prost(string, tag = "5")]
    pub driver: String,
    /// Class, subclass and protocol, a byte each.
    #[prost(uint32, tag = "6")]
    pub class_id: u32,
    /// Assignment group that the device proposes.
    #[prost(string, tag = "7")]
    pub suggested_assign_grp: String,
}

/// Where a PCI device is.
#[derive(Clone, PartialEq, Message)]
pub struct PciAddress {
    /// Domain.
    #[prost(uint32, tag = "1")]
    pub domain: u32,
    /// Bus.
    #[prost(uint32, tag = "2")]
    pub bus: u32,
    /// Device.
    #[prost(uint32, tag = "3")]
    pub device: u32,
    /// Function.
    #[prost(uint32, tag = "4")]
    pub function: u32,
}

/// A PCI device.
#[derive(Clone, PartialEq, Message)]
pub struct PciDevice {
    /// Bridge that it hangs on.
    #[prost(message, optional, tag = "1")]
    pub parent_pci_device_address: Option<PciAddress>,
    /// Driver in use.
    #[prost(string, tag = "2")]
    pub driver: String,
    /// Where it is.
    #[prost(message, optional, tag = "3")]
    pub address: Option<PciAddress>,
    /// Vendor.
    #[prost(uint32, tag = "4")]
    pub vendor_id: u32,
    /// Device.
    #[prost(uint32, tag = "5")]
    pub device_id: u32,
    /// Revision.
    #[prost(uint32, tag = "6")]
    pub revision: u32,
    /// Subsystem.
    #[prost(uint32, tag = "7")]
    pub subsystem_id: u32,
    /// Class, subclass and programming interface, a byte each.
    #[prost(uint32, tag = "8")]
    pub class_id: u32,
    /// Subclass.
    #[prost(uint64, tag = "9")]
    pub subclass_id: u64,
    /// Devices of a group cannot be separated.
    #[prost(string, tag = "10")]
    pub iommu_group: String,
}

/// A serial port.
#[derive(Clone, PartialEq, Message)]
pub struct SerialPort {
    /// What it hangs on.
    #[prost(message, optional, tag = "1")]
    pub parent: Option<BusParent>,
    /// I/O ports, for example `03f8-03ff`.
    #[prost(string, tag = "2")]
    pub ioport_range: String,
    /// Interrupt.
    #[prost(uint64, tag = "3")]
    pub irq: u64,
    /// Path in `/dev`.
    #[prost(string, tag = "4")]
    pub devpath: String,
}

/// A CAN interface.
#[derive(Clone, PartialEq, Message)]
pub struct CanDevice {
    /// What it hangs on.
    #[prost(message, optional, tag = "1")]
    pub parent: Option<BusParent>,
    /// Interface name in Linux.
    #[prost(string, tag = "2")]
    pub ifname: String,
}

/// A network interface.
#[derive(Clone, PartialEq, Message)]
pub struct NetworkDevice {
    /// What it hangs on.
    #[prost(message, optional, tag = "1")]
    pub parent: Option<BusParent>,
    /// Interface name in Linux.
    #[prost(string, tag = "2")]
    pub ifname: String,
    /// A [`NetworkDeviceType`].
    #[prost(enumeration = "NetworkDeviceType", tag = "3")]
    pub kind: i32,
    /// MAC address.
    #[prost(string, tag = "4")]
    pub mac_address: String,
    /// Mbit/s.
    #[prost(uint32, tag = "5")]
    pub speed_mbps: u32,
}

/// Firmware.
#[derive(Clone, PartialEq, Message)]
pub struct Bios {
    /// Vendor.
    #[prost(string, tag = "1")]
    pub vendor: String,
    /// Version.
    #[prost(string, tag = "2")]
    pub version: String,
    /// Further attributes.
    #[prost(btree_map = "string, string", tag = "1000")]
    pub attributes: BTreeMap<String, String>,
}

/// A CPU.
#[derive(Clone, PartialEq, Message)]
pub struct Cpu {
    /// Model.
    #[prost(string, tag = "1")]
    pub model: String,
    /// Vendor, for example `GenuineIntel`.
    #[prost(string, tag = "2")]
    pub vendor: String,
    /// Number in Linux.
    #[prost(uint32, tag = "3")]
    pub id: u32,
    /// Nominal frequency.
    #[prost(uint64, tag = "4")]
    pub freq: u64,
}

/// The CPUs.
#[derive(Clone, PartialEq, Message)]
pub struct CpuInfo {
    /// One entry each.
    #[prost(message, repeated, tag = "1")]
    pub cpus: Vec<Cpu>,
}

/// The TPM.
#[derive(Clone, PartialEq, Message)]
pub struct Tpm {
    /// There is one.
    #[prost(bool, tag = "1")]
    pub present: bool,
    /// Manufacturer.
    #[prost(string, tag = "2")]
    pub manufacturer: String,
    /// Version of its firmware.
    #[prost(string, tag = "3")]
    pub firmware_version: String,
    /// Version of the specification, for example `2.0`.
    #[prost(string, tag = "4")]
    pub spec_version: String,
}

/// What the device consists of.
#[derive(Clone, PartialEq, Message)]
pub struct HardwareInventory {
    /// PCI devices.
    #[prost(message, repeated, tag = "3")]
    pub pci_devices: Vec<PciDevice>,
    /// USB devices.
    #[prost(message, repeated, tag = "4")]
    pub usb_devices: Vec<UsbDevice>,
    /// Serial ports.
    #[prost(message, repeated, tag = "5")]
    pub serial_devices: Vec<SerialPort>,
    /// Network interfaces.
    #[prost(message, repeated, tag = "6")]
    pub network_devices: Vec<NetworkDevice>,
    /// CAN interfaces.
    #[prost(message, repeated, tag = "7")]
    pub can_devices: Vec<CanDevice>,
    /// Firmware.
    #[prost(message, optional, tag = "8")]
    pub bios: Option<Bios>,
    /// CPUs.
    #[prost(message, optional, tag = "9")]
    pub cpu_info: Option<CpuInfo>,
    /// Memory in bytes.
    #[prost(uint64, tag = "10")]
    pub total_memory_bytes: u64,
    /// Fixed disks in bytes.
    #[prost(uint64, tag = "11")]
    pub total_storage_bytes: u64,
    /// There is a hardware watchdog.
    #[prost(bool, tag = "13")]
    pub watchdog_present: bool,
    /// TPM.
    #[prost(message, optional, tag = "14")]
    pub tpm: Option<Tpm>,
    /// There is a status LED.
    #[prost(bool, tag = "15")]
    pub status_led_present: bool,
    /// Anything else.
    #[prost(btree_map = "string, string", tag = "1000")]
    pub misc: BTreeMap<String, String>,
}

/// Hardware inventory, sent once after boot.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoHardware {
    /// Obsolete; sent as hardware health.
    #[prost(message, repeated, tag = "1")]
    pub disks: Vec<StorageDiskInfo>,
    /// Content of `/etc/eve-release`.
    #[prost(string, tag = "2")]
    pub eve_release: String,
    /// What the device consists of.
    #[prost(message, optional, tag = "3")]
    pub inventory: Option<HardwareInventory>,
    /// Flavour of the kernel.
    #[prost(string, tag = "4")]
    pub kernel_flavor: String,
    /// Version of the kernel.
    #[prost(string, tag = "5")]
    pub kernel_version: String,
    /// Platform that the system was built for.
    #[prost(string, tag = "6")]
    pub eve_platform: String,
    /// Running partition, `IMGA` or `IMGB`.
    #[prost(string, tag = "7")]
    pub partition: String,
    /// Command line of the kernel.
    #[prost(string, tag = "8")]
    pub kernel_cmdline: String,
}

/// Kinds of network interfaces; numbers as in [`PhyIoType`](crate::common::PhyIoType).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum NetworkDeviceType {
    /// `NETWORK_DEVICE_TYPE_UNKNOWN`.
    Unknown = 0,
    /// `NETWORK_DEVICE_TYPE_ETHERNET`.
    Ethernet = 1,
    /// `NETWORK_DEVICE_TYPE_WIFI`.
    Wifi = 5,
    /// `NETWORK_DEVICE_TYPE_WWAN`.
    Wwan = 6,
    /// `NETWORK_DEVICE_TYPE_ETH_PF`.
    EthPf = 11,
    /// `NETWORK_DEVICE_TYPE_ETH_VF`.
    EthVf = 12,
}
