//! Volumes as applications use them, and hashes that they are held to (`spec/05`, Volume reference and
//! snapshot types; `spec/06`, Volumes).

use crate::base::Uuid;
use crate::disk::{DiskTarget, ImageFormat};
use crate::errors::ErrorAndTimeWithSource;
use crate::object;
use crate::registry::{TypeInfo, types};
use crate::state::SwState;
use crate::volume::VolumeKey;

object! {
    /// That an application uses a volume. zedmanager to volumemgr; key: [`VolumeRefConfig::key`].
    pub struct VolumeRefConfig topic "VolumeRefConfig" keep {
        /// The volume.
        pub volume_id: Uuid = "VolumeID",
        /// Grows when the controller wants it made anew.
        pub generation_counter: i64 = "GenerationCounter",
        /// Grows when somebody on site wants it made anew.
        pub local_generation_counter: i64 = "LocalGenerationCounter",
        /// The application.
        pub app_uuid: Uuid = "AppUUID",
        /// Where a container has it mounted.
        pub mount_dir: String = "MountDir",
        /// Its content is to be fetched and verified, but the volume not yet made.
        pub verify_only: bool = "VerifyOnly",
    }
}

object! {
    /// How far a volume that an application uses has come. volumemgr to zedmanager; key:
    /// [`VolumeRefStatus::key`].
    pub struct VolumeRefStatus topic "VolumeRefStatus" {
        /// The volume.
        pub volume_id: Uuid = "VolumeID",
        /// Grows when the controller wants it made anew.
        pub generation_counter: i64 = "GenerationCounter",
        /// Grows when somebody on site wants it made anew.
        pub local_generation_counter: i64 = "LocalGenerationCounter",
        /// The application.
        pub app_uuid: Uuid = "AppUUID",
        /// How far it has come.
        pub state: SwState = "State",
        /// Where its data is.
        pub active_file_location: String = "ActiveFileLocation",
        /// Its format.
        pub content_format: ImageFormat = "ContentFormat",
        /// Whether it cannot be written.
        pub read_only: bool = "ReadOnly",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// The most that it may hold, in bytes.
        pub max_vol_size: u64 = "MaxVolSize",
        /// In zedmanager's copy: volumemgr has not been asked for it yet.
        pub pending_add: bool = "PendingAdd",
        /// Its world-wide name, if it is a LUN.
        pub wwn: String = "WWN",
        /// Whether only its content was asked for.
        pub verify_only: bool = "VerifyOnly",
        /// What it is for the application.
        pub target: DiskTarget = "Target",
        /// What the metadata server says about it.
        pub custom_meta: String = "CustomMeta",
        /// Its image in the content store; empty for a blank volume.
        pub reference_name: String = "ReferenceName",
        /// What went wrong.
        pub error: ErrorAndTimeWithSource = embed,
    }
}

object! {
    /// The hash to which a tag was resolved, so that a restart finds the same image. volumemgr keeps it for
    /// itself; key: [`AppAndImageToHash::key`].
    pub struct AppAndImageToHash topic "AppAndImageToHash" persistent {
        /// The application; nil when it is a content tree alone.
        pub app_uuid: Uuid = "AppUUID",
        /// The content tree.
        pub image_id: Uuid = "ImageID",
        /// The SHA-256, in hexadecimal.
        pub hash: String = "Hash",
        /// Its generation, or how often the application was purged.
        pub purge_counter: u32 = "PurgeCounter",
    }
}

impl VolumeRefConfig {
    /// The volume and its generation.
    pub fn volume_key(&self) -> VolumeKey {
        VolumeKey::new(self.volume_id, self.generation_counter, self.local_generation_counter)
    }

    /// `<volume>#<generation>#<app>`.
    pub fn key(&self) -> String {
        format!("{}#{}", self.volume_key(), self.app_uuid)
    }

    /// Volume and application of a key.
    pub fn parse_key(key: &str) -> Option<(VolumeKey, Uuid)> {
        parse_key(key)
    }
}

impl VolumeRefStatus {
    /// The volume and its generation.
    pub fn volume_key(&self) -> VolumeKey {
        VolumeKey::new(self.volume_id, self.generation_counter, self.local_generation_counter)
    }

    /// `<volume>#<generation>#<app>`.
    pub fn key(&self) -> String {
        format!("{}#{}", self.volume_key(), self.app_uuid)
    }

    /// Volume and application of a key.
    pub fn parse_key(key: &str) -> Option<(VolumeKey, Uuid)> {
        parse_key(key)
    }
}

fn parse_key(key: &str) -> Option<(VolumeKey, Uuid)> {
    let (volume, app) = key.rsplit_once('#')?;
    Some((VolumeKey::parse(volume)?, app.parse().ok()?))
}

impl AppAndImageToHash {
    /// `<app>.<image>`, and `.<purge counter>` where that is not 0.
    pub fn key(&self) -> String {
        match self.purge_counter {
            0 => format!("{}.{}", self.app_uuid, self.image_id),
            counter => format!("{}.{}.{counter}", self.app_uuid, self.image_id),
        }
    }

    /// Application, content tree and purge counter of a key.
    pub fn parse_key(key: &str) -> Option<(Uuid, Uuid, u32)> {
        let (app, rest) = Uuid::split_off(key)?;
        let (image, rest) = Uuid::split_off(rest.strip_prefix('.')?)?;
        let counter = match rest {
            "" => 0,
            rest => rest.strip_prefix('.')?.parse().ok().filter(|counter| *counter != 0)?,
        };
        Some((app, image, counter))
    }
}

pub(crate) const TYPES: &[TypeInfo] =
    &types![topic VolumeRefConfig, topic VolumeRefStatus, topic AppAndImageToHash];

#[cfg(test)]
mod tests {
    use super::*;

    const VOLUME: Uuid = Uuid([1; 16]);
    const APP: Uuid = Uuid([2; 16]);

    #[test]
    fn generations_are_added_up_in_keys() {
        let config = VolumeRefConfig {
            volume_id: VOLUME,
            generation_counter: 3,
            local_generation_counter: 1,
            app_uuid: APP,
            ..Default::default()
        };

        assert_eq!(config.volume_key().to_string(), format!("{VOLUME}#4"));
        assert_eq!(config.key(), format!("{VOLUME}#4#{APP}"));
    }

    #[test]
    fn a_purge_counter_of_zero_is_not_in_the_key() {
        let mut hash = AppAndImageToHash { app_uuid: APP, image_id: VOLUME, ..Default::default() };

        assert_eq!(hash.key(), format!("{APP}.{VOLUME}"));
        hash.purge_counter = 2;
        assert_eq!(hash.key(), format!("{APP}.{VOLUME}.2"));
    }
}
