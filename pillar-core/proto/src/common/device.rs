//! Hash algorithms, disks, boot order and the kinds of I/O adapters.

use prost::{Enumeration, Message};

/// How to find a disk.
#[derive(Clone, PartialEq, Message)]
pub struct DiskDescription {
    /// Name in `/dev`, for example `/dev/sdc`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Name in the device model, for example `disk3`.
    #[prost(string, tag = "2")]
    pub logical_name: String,
    /// Serial number.
    #[prost(string, tag = "3")]
    pub serial: String,
}

/// How a certificate hash is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum HashAlgorithm {
    /// `HASH_ALGORITHM_INVALID`.
    Invalid = 0,
    /// `HASH_ALGORITHM_SHA256_16BYTES`: SHA-256, first 16 bytes.
    Sha256Prefix16 = 1,
    /// `HASH_ALGORITHM_SHA256_32BYTES`: SHA-256, all of it.
    Sha256Full = 2,
}

/// Whether a virtual machine tries USB first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum BootOrder {
    /// `BOOT_ORDER_UNSPECIFIED`: as the firmware does by itself.
    Unspecified = 0,
    /// `BOOT_ORDER_USB`: USB first.
    Usb = 1,
    /// `BOOT_ORDER_NOUSB`: USB last.
    NoUsb = 2,
}

/// Kinds of I/O adapters. Number 8 was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum PhyIoType {
    /// `PhyIoNoop`.
    Noop = 0,
    /// `PhyIoNetEth`.
    NetEth = 1,
    /// `PhyIoUSB`.
    Usb = 2,
    /// `PhyIoCOM`.
    Com = 3,
    /// `PhyIoAudio`.
    Audio = 4,
    /// `PhyIoNetWLAN`.
    NetWlan = 5,
    /// `PhyIoNetWWAN`.
    NetWwan = 6,
    /// `PhyIoHDMI`.
    Hdmi = 7,
    /// `PhyIoNVMEStorage`.
    NvmeStorage = 9,
    /// `PhyIoSATAStorage`.
    SataStorage = 10,
    /// `PhyIoNetEthPF`: SR-IOV physical function.
    NetEthPf = 11,
    /// `PhyIoNetEthVF`: SR-IOV virtual function.
    NetEthVf = 12,
    /// `PhyIoUSBController`.
    UsbController = 13,
    /// `PhyIoUSBDevice`.
    UsbDevice = 14,
    /// `PhyIoCAN`.
    Can = 15,
    /// `PhyIoVCAN`.
    Vcan = 16,
    /// `PhyIoLCAN`.
    Lcan = 17,
    /// `PhyIoOther`.
    Other = 255,
}

/// Who may use an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum PhyIoMemberUsage {
    /// `PhyIoUsageNone`.
    None = 0,
    /// `PhyIoUsageMgmtAndApps`.
    MgmtAndApps = 1,
    /// `PhyIoUsageShared`: applications, not management.
    Shared = 2,
    /// `PhyIoUsageDedicated`: one application.
    Dedicated = 3,
    /// `PhyIoUsageDisabled`: nobody.
    Disabled = 4,
    /// `PhyIoUsageMgmtOnly`.
    MgmtOnly = 5,
}
