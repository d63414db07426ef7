//! The machine of an application instance.

use prost::{Enumeration, Message};

use crate::common::BootOrder;

/// CPUs, memory, boot and console of a machine.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct VmConfig {
    /// Kernel to boot directly.
    #[prost(string, tag = "1")]
    pub kernel: String,
    /// Initial RAM disk for it.
    #[prost(string, tag = "2")]
    pub ramdisk: String,
    /// KiB.
    #[prost(uint32, tag = "3")]
    pub memory: u32,
    /// KiB; Xen only, 0 for `memory`.
    #[prost(uint32, tag = "4")]
    pub max_mem: u32,
    /// Virtual CPUs at start.
    #[prost(uint32, tag = "5")]
    pub vcpus: u32,
    /// Most virtual CPUs, Xen only; 0 for `vcpus`.
    #[prost(uint32, tag = "6")]
    pub max_cpus: u32,
    /// Root device, on the kernel's command line.
    #[prost(string, tag = "7")]
    pub root_dev: String,
    /// Further words for the kernel's command line.
    #[prost(string, tag = "8")]
    pub extra_args: String,
    /// Boot loader, for Xen's PV mode.
    #[prost(string, tag = "9")]
    pub bootloader: String,
    /// Physical CPUs to run on, for example `0-2,5`.
    #[prost(string, tag = "10")]
    pub cpus: String,
    /// Device tree to hand over.
    #[prost(string, tag = "11")]
    pub device_tree: String,
    /// Devices of the device tree to hand over.
    #[prost(string, repeated, tag = "12")]
    pub dtdev: Vec<String>,
    /// Interrupts to hand over.
    #[prost(uint32, repeated, tag = "13")]
    pub irqs: Vec<u32>,
    /// I/O memory ranges to hand over.
    #[prost(string, repeated, tag = "14")]
    pub iomem: Vec<String>,
    /// A [`VmMode`].
    #[prost(enumeration = "VmMode", tag = "15")]
    pub virtualization_mode: i32,
    /// Offer its screen by VNC.
    #[prost(bool, tag = "16")]
    pub enable_vnc: bool,
    /// Number of the VNC display.
    #[prost(uint32, tag = "17")]
    pub vnc_display: u32,
    /// Password for VNC.
    #[prost(string, tag = "18")]
    pub vnc_passwd: String,
    /// Do not collect its console output.
    #[prost(bool, tag = "19")]
    pub disable_logs: bool,
    /// Give each virtual CPU a physical one.
    #[prost(bool, tag = "20")]
    pub pin_cpu: bool,
    /// KiB that the machine monitor may use; 0 to compute it.
    #[prost(uint32, tag = "21")]
    pub vmm_max_mem: u32,
    /// Offer the screen of the machine around a container.
    #[prost(bool, tag = "22")]
    pub enable_vnc_shim_vm: bool,
    /// A [`VmBootMode`].
    #[prost(enumeration = "VmBootMode", tag = "23")]
    pub boot_mode: i32,
    /// Present network interfaces by their `interface_order`.
    #[prost(bool, tag = "24")]
    pub enforce_network_interface_order: bool,
    /// Hand over the Windows key of the firmware (ACPI MSDM and SLIC).
    #[prost(bool, tag = "25")]
    pub enable_oem_win_license_key: bool,
    /// Give it no virtual TPM.
    #[prost(bool, tag = "26")]
    pub disable_vtpm: bool,
    /// A [`BootOrder`].
    #[prost(enumeration = "BootOrder", tag = "27")]
    pub boot_order: i32,
}

/// Virtualisation modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum VmMode {
    /// `PV`.
    Pv = 0,
    /// `HVM`.
    Hvm = 1,
    /// `Filler`: PVH.
    Filler = 2,
    /// `FML`: full screen, machine learning.
    Fml = 3,
    /// `NOHYPER`: no virtual machine.
    NoHyper = 4,
    /// `LEGACY`: HVM with emulated IDE and e1000.
    Legacy = 5,
}

/// Firmware of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum VmBootMode {
    /// `VM_BOOT_MODE_UNSPECIFIED`.
    Unspecified = 0,
    /// `VM_BOOT_MODE_LEGACY`.
    Legacy = 1,
    /// `VM_BOOT_MODE_UEFI`.
    Uefi = 2,
}

crate::debug_without_content!(VmConfig);
