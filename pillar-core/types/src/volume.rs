//! Volumes of applications (`spec/06`, Volumes).

use std::fmt;

use crate::base::{Time, Uuid};
use crate::disk::{DiskTarget, ImageFormat};
use crate::errors::ErrorAndTimeWithSource;
use crate::registry::{TypeInfo, types};
use crate::state::SwState;
use crate::{codes, object};

codes! {
    /// What a volume begins with.
    pub enum VolumeContentOriginType: i32 {
        /// Not said.
        Unspecified = 0 "VCOT_UNKNOWN",
        /// Nothing.
        Blank = 1 "VCOT_BLANK",
        /// An image.
        Download = 2 "VCOT_DOWNLOAD",
    }
}

codes! {
    /// How far the making of a volume is.
    pub enum VolumeSubState: u8 {
        /// Not begun.
        Initial = 0,
        /// Its place is being made.
        Preparing = 1,
        /// Its place is made, its content not.
        PrepareDone = 2,
        /// Made.
        Created = 3,
        /// Being removed.
        Deleting = 4,
    }
}

/// A volume, and the generation of its content: names its tables, files, zvols and volume claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VolumeKey {
    /// The volume.
    pub volume: Uuid,
    /// The controller's and the local generation, added.
    pub generation: i64,
}

object! {
    /// A volume that somebody wants. zedagent to volumemgr, key: [`VolumeConfig::key`].
    pub struct VolumeConfig topic "VolumeConfig" {
        /// The volume.
        pub volume_id: Uuid = "VolumeID",
        /// The image that it begins with.
        pub content_id: Uuid = "ContentID",
        /// Whether it begins with an image.
        pub volume_content_origin_type: VolumeContentOriginType = "VolumeContentOriginType",
        /// Its size in bytes; 0: the image's.
        pub max_vol_size: u64 = "MaxVolSize",
        /// Whether it cannot be written.
        pub read_only: bool = "ReadOnly",
        /// Grows when the controller purges it.
        pub generation_counter: i64 = "GenerationCounter",
        /// Grows when it is purged on site.
        pub local_generation_counter: i64 = "LocalGenerationCounter",
        /// Whether it belongs into the vault.
        pub encrypted: bool = "Encrypted",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// Whether no application names it.
        pub has_no_app_references: bool = "HasNoAppReferences",
        /// What it is for the application.
        pub target: DiskTarget = "Target",
        /// What the metadata server says about it.
        pub custom_meta: String = "CustomMeta",
        /// Whether another node of the cluster makes it.
        pub is_replicated: bool = "IsReplicated",
        /// Whether it is the image of a native container of the cluster.
        pub is_native_container: bool = "IsNativeContainer",
    }
}

object! {
    /// A volume, and how far it is. volumemgr to msrv, zedagent, zfsmanager; key: [`VolumeStatus::key`].
    pub struct VolumeStatus topic "VolumeStatus" {
        /// The volume.
        pub volume_id: Uuid = "VolumeID",
        /// The image that it began with.
        pub content_id: Uuid = "ContentID",
        /// Whether it began with an image.
        pub volume_content_origin_type: VolumeContentOriginType = "VolumeContentOriginType",
        /// Its size in bytes; 0: the image's.
        pub max_vol_size: u64 = "MaxVolSize",
        /// Whether it cannot be written.
        pub read_only: bool = "ReadOnly",
        /// The controller's generation; after a reboot, until there is a configuration, the sum of both.
        pub generation_counter: i64 = "GenerationCounter",
        /// The local generation.
        pub local_generation_counter: i64 = "LocalGenerationCounter",
        /// Whether it is in the vault.
        pub encrypted: bool = "Encrypted",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// How far it is.
        pub state: SwState = "State",
        /// How far its making is.
        pub sub_state: VolumeSubState = "SubState",
        /// One for its `VolumeConfig` and one for each `VolumeRefConfig`.
        pub ref_count: u64 = "RefCount",
        /// When that number last changed.
        pub last_ref_count_change_time: Time = "LastRefCountChangeTime",
        /// How much of its image is here, in percent.
        pub progress: u64 = "Progress",
        /// Bytes of its image.
        pub total_size: i64 = "TotalSize",
        /// Bytes of its image that are here.
        pub current_size: i64 = "CurrentSize",
        /// Its path, device or volume claim.
        pub file_location: String = "FileLocation",
        /// When it was made.
        pub create_time: Time = "CreateTime",
        /// Its format.
        pub content_format: ImageFormat = "ContentFormat",
        /// Not used.
        pub last_use: Time = "LastUse",
        /// Not used.
        pub pre_reboot: bool = "PreReboot",
        /// Its image in the content store, empty without one.
        pub reference_name: String = "ReferenceName",
        /// Its world-wide name, if it is a LUN.
        pub wwn: String = "WWN",
        /// What it is for the application.
        pub target: DiskTarget = "Target",
        /// What the metadata server says about it.
        pub custom_meta: String = "CustomMeta",
        /// Whether another node of the cluster made it.
        pub is_replicated: bool = "IsReplicated",
        /// Whether it is the image of a native container of the cluster.
        pub is_native_container: bool = "IsNativeContainer",
        /// Whether the cluster's storage failed in a way that may pass.
        pub cluster_storage_transient_err: bool = "ClusterStorageTransientErr",
        /// How often it was tried again for that.
        pub cluster_storage_retry_count: i64 = "ClusterStorageRetryCount",
        /// What went wrong, and where.
        pub error: ErrorAndTimeWithSource = embed,
    }
}

object! {
    /// A volume whose making has begun and not ended: what is there of it goes at the next boot. volumemgr,
    /// which reads it back; key: [`VolumeCreatePending::key`].
    pub struct VolumeCreatePending topic "VolumeCreatePending" persistent {
        /// The volume.
        pub volume_id: Uuid = "VolumeID",
        /// The controller's generation.
        pub generation_counter: i64 = "GenerationCounter",
        /// The local generation.
        pub local_generation_counter: i64 = "LocalGenerationCounter",
        /// Its format.
        pub content_format: ImageFormat = "ContentFormat",
        /// Whether it is in the vault.
        pub encrypted: bool = "Encrypted",
    }
}

object! {
    /// What volumemgr says about itself, to nodeagent. Key: [`VolumeMgrStatus::KEY`].
    pub struct VolumeMgrStatus topic "VolumeMgrStatus" {
        /// `volumemgr`.
        pub name: String = "Name",
        /// Whether the rest has been found out.
        pub initialized: bool = "Initialized",
        /// Bytes that volumes and images may still take.
        pub remaining_space: u64 = "RemainingSpace",
    }
}

impl VolumeKey {
    /// From the two generations.
    pub const fn new(volume: Uuid, controller: i64, local: i64) -> Self {
        Self { volume, generation: controller.wrapping_add(local) }
    }

    /// Reads `<volume uuid>#<generation>`.
    pub fn parse(key: &str) -> Option<Self> {
        Self::split(key, "#")
    }

    /// Its file or folder: `<volume uuid>#<generation>.<format in lower case>`.
    pub fn file_name(&self, format: ImageFormat) -> String {
        format!("{self}.{}", format.name().to_ascii_lowercase())
    }

    /// Key and format of a file or folder; none when there is not exactly one dot and a known format.
    pub fn parse_file_name(name: &str) -> Option<(Self, ImageFormat)> {
        let (key, extension) = name.split_once('.')?;
        let format =
            (1..=10).map(ImageFormat::from).find(|format| format.name().to_ascii_lowercase() == extension)?;
        Some((Self::parse(key)?, format))
    }

    /// Its zvol: `<volume uuid>.<generation>`.
    pub fn zvol_name(&self) -> String {
        format!("{}.{}", self.volume, self.generation)
    }

    /// Reads the name of a zvol.
    pub fn parse_zvol_name(name: &str) -> Option<Self> {
        Self::split(name, ".")
    }

    /// Its volume claim: `<volume uuid>-pvc-<generation>`.
    pub fn pvc_name(&self) -> String {
        format!("{}-pvc-{}", self.volume, self.generation)
    }

    /// Reads the name of a volume claim.
    pub fn parse_pvc_name(name: &str) -> Option<Self> {
        Self::split(name, "-pvc-")
    }

    fn split(text: &str, mark: &str) -> Option<Self> {
        let (volume, rest) = Uuid::split_off(text)?;
        Some(Self { volume, generation: rest.strip_prefix(mark)?.parse().ok()? })
    }
}

/// `<volume uuid>#<generation>`.
impl fmt::Display for VolumeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.volume, self.generation)
    }
}

impl VolumeConfig {
    /// The volume and its generation.
    pub fn volume_key(&self) -> VolumeKey {
        VolumeKey::new(self.volume_id, self.generation_counter, self.local_generation_counter)
    }

    /// `<volume uuid>#<generation>`.
    pub fn key(&self) -> String {
        self.volume_key().to_string()
    }
}

impl VolumeStatus {
    /// The volume and its generation.
    pub fn volume_key(&self) -> VolumeKey {
        VolumeKey::new(self.volume_id, self.generation_counter, self.local_generation_counter)
    }

    /// `<volume uuid>#<generation>`.
    pub fn key(&self) -> String {
        self.volume_key().to_string()
    }
}

impl VolumeCreatePending {
    /// The volume and its generation.
    pub fn volume_key(&self) -> VolumeKey {
        VolumeKey::new(self.volume_id, self.generation_counter, self.local_generation_counter)
    }

    /// `<volume uuid>#<generation>`.
    pub fn key(&self) -> String {
        self.volume_key().to_string()
    }
}

impl VolumeMgrStatus {
    /// The only key, and the name.
    pub const KEY: &str = "volumemgr";
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic VolumeConfig, topic VolumeStatus, topic VolumeCreatePending, topic VolumeMgrStatus
];

#[cfg(test)]
mod tests {
    use super::*;

    const VOLUME: &str = "7b0c6c0e-6d5a-4a8e-9f5e-0a1b2c3d4e5f";

    #[test]
    fn a_volume_key_names_files_zvols_and_claims() {
        let volume = VOLUME.parse().expect("a UUID");
        let key = VolumeKey::new(volume, 1, 2);

        assert_eq!(key.to_string(), format!("{VOLUME}#3"));
        assert_eq!(VolumeKey::parse(&key.to_string()), Some(key));
        assert_eq!(key.file_name(ImageFormat::Qcow2), format!("{VOLUME}#3.qcow2"));
        assert_eq!(
            VolumeKey::parse_file_name(&key.file_name(ImageFormat::Iso)),
            Some((key, ImageFormat::Iso))
        );
        assert_eq!(VolumeKey::parse_zvol_name(&key.zvol_name()), Some(key));
        assert_eq!(VolumeKey::parse_pvc_name(&key.pvc_name()), Some(key));
    }

    #[test]
    fn other_names_are_no_volume_keys() {
        for name in ["", "#1", VOLUME, &format!("{VOLUME}#"), &format!("{VOLUME}#x"), &format!("{VOLUME}.1")]
        {
            assert_eq!(VolumeKey::parse(name), None, "{name}");
        }
        for extension in ["", "raw.tmp", "RAW", "fmtunknown", "exe"] {
            let name = format!("{VOLUME}#1.{extension}");
            assert_eq!(VolumeKey::parse_file_name(&name), None, "{name}");
        }
        assert_eq!(VolumeKey::parse("äöüäöüäöüäöüäöüäöüäöü#1"), None);
    }
}
