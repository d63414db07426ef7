//! Disks of applications (`spec/05`, DomainConfig and small enums).
//!
//! The format and the target are also used for volumes.

use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// The format of an image.
    pub enum ImageFormat: i32 {
        /// Not said.
        Unspecified = 0 "FmtUnknown",
        /// The bytes of the disk.
        Raw = 1 "RAW",
        /// QEMU's first format.
        Qcow = 2 "QCOW",
        /// QEMU's second format.
        Qcow2 = 3 "QCOW2",
        /// Virtual PC's format.
        Vhd = 4 "VHD",
        /// VMware's format.
        Vmdk = 5 "VMDK",
        /// An archive of a whole VM.
        Ova = 6 "OVA",
        /// Hyper-V's format.
        Vhdx = 7 "VHDX",
        /// An OCI image.
        Container = 8 "CONTAINER",
        /// A CD-ROM.
        Iso = 9 "ISO",
        /// A volume of Kubernetes.
        Pvc = 10 "PVC",
    }
}

codes! {
    /// What a volume is for an application.
    pub enum DiskTarget: i32 {
        /// Not said.
        Unspecified = 0 "TgtUnknown",
        /// A disk.
        Disk = 1,
        /// Its kernel.
        Kernel = 2,
        /// Its initial RAM disk.
        Initrd = 3,
        /// A RAM disk.
        RamDisk = 4,
        /// A file that it can fetch from the metadata server.
        AppCustom = 5,
    }
}

object! {
    /// A disk that an application is to have.
    pub struct DiskConfig {
        /// The volume: `<volume>#<generation>`.
        pub volume_key: String = "VolumeKey",
        /// Where its data is.
        pub file_location: String = "FileLocation",
        /// Whether it cannot be written.
        pub read_only: bool = "ReadOnly",
        /// Its format.
        pub format: ImageFormat = "Format",
        /// Where a container has it mounted.
        pub mount_dir: String = "MountDir",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// Its world-wide name, if it is a LUN.
        pub wwn: String = "WWN",
        /// What it is for the application.
        pub target: DiskTarget = "Target",
        /// What the metadata server says about it.
        pub custom_meta: String = "CustomMeta",
    }
}

object! {
    /// A disk that an application has.
    pub struct DiskStatus {
        /// The volume: `<volume>#<generation>`.
        pub volume_key: String = "VolumeKey",
        /// Whether it cannot be written.
        pub read_only: bool = "ReadOnly",
        /// Where its data is.
        pub file_location: String = "FileLocation",
        /// Its format.
        pub format: ImageFormat = "Format",
        /// Where a container has it mounted.
        pub mount_dir: String = "MountDir",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// The kind of device: `hdd`, `cdrom`, `legacy`, `9P`, `AppCustom`, or empty for a container's.
        pub devtype: String = "Devtype",
        /// The device by position, from `xvda`.
        pub vdev: String = "Vdev",
        /// Its world-wide name, if it is a LUN.
        pub wwn: String = "WWN",
        /// What the metadata server says about it.
        pub custom_meta: String = "CustomMeta",
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![object DiskConfig];
