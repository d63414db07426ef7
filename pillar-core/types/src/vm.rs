//! What a virtual machine is made of (`spec/05`, VmConfig and small enums).
//!
//! Stands in the configuration and in the status of applications and domains.

use crate::base::{List, Secret};
use crate::{codes, object};

codes! {
    /// How an application is virtualised.
    pub enum VmMode: u8 {
        /// Paravirtualised devices.
        Pv = 0 "PV",
        /// Emulated devices.
        Hvm = 1 "HVM",
        /// A stub without a guest.
        Filler = 2 "Filler",
        /// Emulated, with the display and devices of the host.
        Fml = 3 "FML",
        /// Not at all: a container on the host's kernel.
        NoHyper = 4 "NOHYPER",
        /// Emulated with old devices only.
        Legacy = 5 "LEGACY",
    }
}

impl VmMode {
    /// This mode, or [`Pv`](Self::Pv) in place of one without a name.
    #[must_use]
    pub const fn or_default(self) -> Self {
        match self {
            Self::Unknown(_) => Self::Pv,
            known => known,
        }
    }
}

codes! {
    /// How user data reaches an application.
    pub enum MetaDataType: u8 {
        /// As a file on a CD-ROM.
        Drive = 0,
        /// Not at all.
        None = 1,
        /// From the metadata server, in the form of OpenStack.
        OpenStack = 2,
        /// As several files on a CD-ROM.
        DriveMultipart = 3,
    }
}

codes! {
    /// How strongly an application clings to its designated node.
    pub enum Affinity: u8 {
        /// It moves when the node is unwell.
        PreferredDuringScheduling = 0,
        /// It runs there or nowhere.
        RequiredDuringScheduling = 1,
    }
}

codes! {
    /// What an application runs inside itself.
    pub enum AppRuntimeType: i64 {
        /// Nothing that EVE knows of.
        Unspecified = 0,
        /// Docker Compose, whose containers are nested applications.
        Docker = 1,
    }
}

codes! {
    /// Whether firmware may boot from USB.
    pub enum BootOrder: i32 {
        /// Up to the firmware.
        Unspecified = 0 "UNSPECIFIED",
        /// USB first.
        Usb = 1 "USB",
        /// Never from USB.
        NoUsb = 2 "NOUSB",
    }
}

codes! {
    /// Who decided on the boot order.
    pub enum BootOrderSource: i32 {
        /// Nobody.
        Unspecified = 0 "UNSPECIFIED",
        /// The local profile server.
        Lps = 1 "LPS",
        /// The controller, for this application.
        Controller = 2 "CONTROLLER",
        /// The controller, for the whole device.
        DeviceProperty = 3 "DEVICE_PROPERTY",
    }
}

object! {
    /// Resources of a virtual machine; when any of them changes, it has to restart.
    pub struct VmConfig keep {
        /// A kernel to boot, as a path.
        pub kernel: String = "Kernel",
        /// The initial RAM disk for it, as a path.
        pub ramdisk: String = "Ramdisk",
        /// Memory in KiB, rounded up to MiB when used.
        pub memory: i64 = "Memory",
        /// The most memory it may grow to, in KiB.
        pub max_mem: i64 = "MaxMem",
        /// How many virtual CPUs.
        pub vcpus: i64 = "VCpus",
        /// The most virtual CPUs it may grow to; 0: as many as `vcpus`.
        pub max_cpus: i64 = "MaxCpus",
        /// The device with the root file system.
        pub root_dev: String = "RootDev",
        /// Appended to the kernel's command line.
        pub extra_args: String = "ExtraArgs",
        /// The boot loader, as a path; `/usr/bin/pygrub` counts as none.
        pub boot_loader: String = "BootLoader",
        /// In a status: the CPUs of the host that it got.
        pub cpus: List<u32> = "CPUs",
        /// The device tree, as a path.
        pub device_tree: String = "DeviceTree",
        /// Nodes of the device tree to pass through (Xen).
        pub dt_dev: List<String> = "DtDev",
        /// Interrupts to pass through (Xen).
        pub irqs: List<i64> = "IRQs",
        /// Ranges of I/O memory to pass through (Xen).
        pub io_mem: List<String> = "IOMem",
        /// How it is virtualised.
        pub virtualization_mode: VmMode = "VirtualizationMode",
        /// Whether it has a VNC console.
        pub enable_vnc: bool = "EnableVnc",
        /// Number of the VNC display.
        pub vnc_display: u32 = "VncDisplay",
        /// Password of the VNC console.
        pub vnc_passwd: Secret<String> = "VncPasswd",
        /// Whether it has CPUs of the host for itself.
        pub cpus_pinned: bool = "CPUsPinned",
        /// Memory for the virtual machine monitor in KiB; 0: an estimate.
        pub vmm_max_mem: i64 = "VMMMaxMem",
        /// Whether the VM around a container has a VNC console too.
        pub enable_vnc_shim_vm: bool = "EnableVncShimVM",
        /// Whether interfaces appear in the order of the configuration.
        pub enforce_network_interface_order: bool = "EnforceNetworkInterfaceOrder",
        /// Whether it may see the host's Windows licence.
        pub enable_oem_win_license_key: bool = "EnableOemWinLicenseKey",
        /// Whether it has no virtual TPM.
        pub disable_virtual_tpm: bool = "DisableVirtualTPM",
        /// Whether its firmware may boot from USB.
        pub boot_order: BootOrder = "BootOrder",
    }
}
