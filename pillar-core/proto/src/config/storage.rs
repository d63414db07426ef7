//! Datastores, content trees, volumes and disks.

use prost::{Enumeration, Message};

use super::UuidAndVersion;
use crate::common::{CipherBlock, DiskDescription};

/// Signature of an image; not used.
#[derive(Clone, PartialEq, Message)]
pub struct SignatureInfo {
    /// URL of intermediate certificates.
    #[prost(string, tag = "1")]
    pub inter_certs_url: String,
    /// URL of the signer's certificate.
    #[prost(string, tag = "2")]
    pub signer_cert_url: String,
    /// Signature.
    #[prost(bytes = "vec", tag = "3")]
    pub signature: Vec<u8>,
}

/// Where content is downloaded from.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct DatastoreConfig {
    /// UUID of the datastore.
    #[prost(string, tag = "100")]
    pub id: String,
    /// A [`DsType`].
    #[prost(enumeration = "DsType", tag = "1")]
    pub ds_type: i32,
    /// Server, with scheme for HTTP.
    #[prost(string, tag = "2")]
    pub fqdn: String,
    /// Clear user name; `cipher_data` is preferred.
    #[prost(string, tag = "3")]
    pub api_key: String,
    /// Clear password; `cipher_data` is preferred.
    #[prost(string, tag = "4")]
    pub password: String,
    /// Bucket or path on the server.
    #[prost(string, tag = "5")]
    pub dpath: String,
    /// Region, for S3.
    #[prost(string, tag = "6")]
    pub region: String,
    /// Credentials, encrypted.
    #[prost(message, optional, tag = "7")]
    pub cipher_data: Option<CipherBlock>,
    /// Certificates to trust for this server, PEM.
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub ds_cert_pem: Vec<Vec<u8>>,
}

/// Obsolete; see [`ContentTree`].
#[derive(Clone, PartialEq, Message)]
pub struct Image {
    /// Identity and version.
    #[prost(message, optional, tag = "1")]
    pub uuid_and_version: Option<UuidAndVersion>,
    /// Path below the datastore's.
    #[prost(string, tag = "2")]
    pub name: String,
    /// SHA-256 of the image, hex.
    #[prost(string, tag = "3")]
    pub sha256: String,
    /// A [`Format`].
    #[prost(enumeration = "Format", tag = "4")]
    pub format: i32,
    /// Not used.
    #[prost(message, optional, tag = "5")]
    pub sig_info: Option<SignatureInfo>,
    /// UUID of the datastore.
    #[prost(string, tag = "6")]
    pub ds_id: String,
    /// Largest download; 0 for any.
    #[prost(int64, tag = "8")]
    pub size_bytes: i64,
}

/// Obsolete; see [`Volume`].
#[derive(Clone, PartialEq, Message)]
pub struct Drive {
    /// Content.
    #[prost(message, optional, tag = "1")]
    pub image: Option<Image>,
    /// The guest may not write.
    #[prost(bool, tag = "5")]
    pub readonly: bool,
    /// Not used.
    #[prost(bool, tag = "6")]
    pub preserve: bool,
    /// A [`DriveType`].
    #[prost(enumeration = "DriveType", tag = "8")]
    pub drv_type: i32,
    /// What the guest sees; a [`Target`].
    #[prost(enumeration = "Target", tag = "9")]
    pub target: i32,
    /// Size in bytes, when larger than the image.
    #[prost(int64, tag = "10")]
    pub max_size_bytes: i64,
}

/// Content to download: an image or a container.
#[derive(Clone, PartialEq, Message)]
pub struct ContentTree {
    /// UUID of the content tree.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// Obsolete; see `ds_ids_list`.
    #[prost(string, tag = "2")]
    pub ds_id: String,
    /// Path below the datastore's.
    #[prost(string, tag = "3")]
    pub url: String,
    /// A [`Format`].
    #[prost(enumeration = "Format", tag = "4")]
    pub format: i32,
    /// SHA-256 of the top blob, hex; may be empty for a container, then the tag is resolved.
    #[prost(string, tag = "5")]
    pub sha256: String,
    /// Largest download; 0 for any.
    #[prost(uint64, tag = "6")]
    pub max_size_bytes: u64,
    /// Not used.
    #[prost(message, optional, tag = "7")]
    pub sig_info: Option<SignatureInfo>,
    /// Name for people, echoed in reports.
    #[prost(string, tag = "8")]
    pub display_name: String,
    /// A change resolves the tag again.
    #[prost(int64, tag = "9")]
    pub generation_count: i64,
    /// Text for the application.
    #[prost(string, tag = "10")]
    pub custom_meta_data: String,
    /// UUIDs of datastores with the same content, in order of trial.
    #[prost(string, repeated, tag = "11")]
    pub ds_ids_list: Vec<String>,
    /// In a cluster: the node that downloads.
    #[prost(string, tag = "12")]
    pub designated_node_id: String,
}

/// What a volume is made from.
#[derive(Clone, PartialEq, Message)]
pub struct VolumeContentOrigin {
    /// A [`VolumeContentOriginType`].
    #[prost(enumeration = "VolumeContentOriginType", tag = "1")]
    pub kind: i32,
    /// UUID of the content tree, with a download.
    #[prost(string, tag = "2")]
    pub download_content_tree_id: String,
}

/// Storage for applications.
#[derive(Clone, PartialEq, Message)]
pub struct Volume {
    /// UUID of the volume.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// What it is made from.
    #[prost(message, optional, tag = "2")]
    pub origin: Option<VolumeContentOrigin>,
    /// How it is offered; [`VolumeAccessProtocols`] values.
    #[prost(enumeration = "VolumeAccessProtocols", repeated, tag = "3")]
    pub protocols: Vec<i32>,
    /// A change makes the volume anew.
    #[prost(int64, tag = "4")]
    pub generation_count: i64,
    /// Size in bytes; 0 for the size of its content.
    #[prost(int64, tag = "5")]
    pub max_size_bytes: i64,
    /// Applications may not write.
    #[prost(bool, tag = "6")]
    pub readonly: bool,
    /// Name for people, echoed in reports.
    #[prost(string, tag = "7")]
    pub display_name: String,
    /// Keep it outside the encrypted vault.
    #[prost(bool, tag = "8")]
    pub clear_text: bool,
    /// What it is for; a [`Target`].
    #[prost(enumeration = "Target", tag = "9")]
    pub target: i32,
    /// In a cluster: the node that creates it.
    #[prost(string, tag = "10")]
    pub designated_node_id: String,
}

/// What to do with a disk.
#[derive(Clone, PartialEq, Message)]
pub struct DiskConfig {
    /// The disk.
    #[prost(message, optional, tag = "1")]
    pub disk: Option<DiskDescription>,
    /// Disk that it replaces.
    #[prost(message, optional, tag = "2")]
    pub old_disk: Option<DiskDescription>,
    /// A [`DiskConfigType`].
    #[prost(enumeration = "DiskConfigType", tag = "3")]
    pub disk_config: i32,
}

/// A group of disks; groups nest.
#[derive(Clone, PartialEq, Message)]
pub struct DisksConfig {
    /// Disks of this group.
    #[prost(message, repeated, tag = "1")]
    pub disks: Vec<DiskConfig>,
    /// How they are joined; a [`DisksArrayType`].
    #[prost(enumeration = "DisksArrayType", tag = "2")]
    pub array_type: i32,
    /// Groups inside.
    #[prost(message, repeated, tag = "3")]
    pub children: Vec<DisksConfig>,
}

/// Kinds of datastores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum DsType {
    /// `DsUnknown`.
    Unknown = 0,
    /// `DsHttp`.
    Http = 1,
    /// `DsHttps`.
    Https = 2,
    /// `DsS3`.
    S3 = 3,
    /// `DsSFTP`.
    Sftp = 4,
    /// `DsContainerRegistry`.
    ContainerRegistry = 5,
    /// `DsAzureBlob`.
    AzureBlob = 6,
    /// `DsGoogleStorage`.
    GoogleStorage = 7,
}

/// Formats of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum Format {
    /// `FmtUnknown`.
    Unknown = 0,
    /// `RAW`.
    Raw = 1,
    /// `QCOW`.
    Qcow = 2,
    /// `QCOW2`.
    Qcow2 = 3,
    /// `VHD`.
    Vhd = 4,
    /// `VMDK`.
    Vmdk = 5,
    /// `OVA`.
    Ova = 6,
    /// `VHDX`.
    Vhdx = 7,
    /// `CONTAINER`.
    Container = 8,
    /// `ISO`.
    Iso = 9,
    /// `PVC`: volume claim of a cluster.
    Pvc = 10,
}

/// What content is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum Target {
    /// `TgtUnknown`.
    Unknown = 0,
    /// `Disk`.
    Disk = 1,
    /// `Kernel`.
    Kernel = 2,
    /// `Initrd`.
    Initrd = 3,
    /// `RamDisk`.
    RamDisk = 4,
    /// `AppCustom`: file offered to an application.
    AppCustom = 5,
}

/// Obsolete kinds of drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum DriveType {
    /// `Unclassified`.
    Unclassified = 0,
    /// `CDROM`.
    Cdrom = 1,
    /// `HDD`.
    Hdd = 2,
    /// `NET`.
    Net = 3,
    /// `HDD_EMPTY`.
    HddEmpty = 4,
}

/// How a volume is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum VolumeAccessProtocols {
    /// `VAP_NONE`.
    None = 0,
    /// `VAP_9P`.
    NineP = 1,
}

/// What a volume is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum VolumeContentOriginType {
    /// `VCOT_UNKNOWN`.
    Unknown = 0,
    /// `VCOT_BLANK`: nothing: empty.
    Blank = 1,
    /// `VCOT_DOWNLOAD`: a content tree.
    Download = 2,
}

/// Uses of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum DiskConfigType {
    /// `DISK_CONFIG_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `DISK_CONFIG_TYPE_EVEOS`: holds the system.
    EveOs = 1,
    /// `DISK_CONFIG_TYPE_PERSIST`: holds `/persist`, without ZFS.
    Persist = 2,
    /// `DISK_CONFIG_TYPE_ZFS_ONLINE`.
    ZfsOnline = 3,
    /// `DISK_CONFIG_TYPE_ZFS_OFFLINE`.
    ZfsOffline = 4,
    /// `DISK_CONFIG_TYPE_APPDIRECT`: given to an application.
    AppDirect = 5,
    /// `DISK_CONFIG_TYPE_UNUSED`: taken out.
    Unused = 6,
}

/// How disks of a group are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum DisksArrayType {
    /// `DISKS_ARRAY_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `DISKS_ARRAY_TYPE_RAID0`: stripe.
    Raid0 = 1,
    /// `DISKS_ARRAY_TYPE_RAID1`: mirror.
    Raid1 = 2,
    /// `DISKS_ARRAY_TYPE_RAID5`: raidz1.
    Raid5 = 3,
    /// `DISKS_ARRAY_TYPE_RAID6`: raidz2.
    Raid6 = 4,
}

crate::debug_without_content!(DatastoreConfig);
