//! Patch envelopes: files for applications, which they fetch from the metadata server (`spec/05`, Patch
//! envelope types).

use crate::base::{List, Uuid};
use crate::cipher::CipherBlockStatus;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// How far a patch envelope has come.
    pub enum PatchEnvelopeState: i32 {
        /// It cannot be had.
        Error = 0,
        /// Nothing has been fetched.
        Received = 1 "Recieved",
        /// Something is being fetched.
        Downloading = 2,
        /// All has been fetched.
        Downloaded = 3,
        /// The controller may let applications have it.
        Ready = 4,
        /// Applications may have it.
        Active = 5,
    }
}

codes! {
    /// What an encrypted file turns out to be.
    pub enum BlobEncryptedType: i8 {
        /// Nothing.
        None = 0,
        /// A file that is part of the configuration.
        Inline = 1,
        /// A file in a volume.
        Volume = 2,
    }
}

object! {
    /// A file that is there.
    pub struct BinaryBlobCompleted keep {
        /// What it is, for the application.
        pub artifact_metadata: String = "artifactMetaData",
        /// The same, encrypted.
        pub enc_artifact_meta: CipherBlockStatus = "encArtifactMeta",
        /// What it is for, for the application.
        pub file_metadata: String = "fileMetaData",
        /// Its name.
        pub file_name: String = "fileName",
        /// Its SHA-256, in hexadecimal.
        pub file_sha: String = "fileSha",
        /// Its size, in bytes.
        pub size: i64 = "size",
        /// Where it is: a path here, a URL for the application.
        pub url: String = "url",
    }
}

object! {
    /// A file that is a volume's content.
    pub struct BinaryBlobVolumeRef keep {
        /// What it is, for the application.
        pub artifact_metadata: String = "artifactMetaData",
        /// The same, encrypted.
        pub enc_artifact_meta: CipherBlockStatus = "encArtifactMeta",
        /// What it is for, for the application.
        pub file_metadata: String = "fileMetaData",
        /// Its name.
        pub file_name: String = "fileName",
        /// The volume.
        pub image_id: String = "imageId",
        /// The name of the image.
        pub image_name: String = "imageName",
    }
}

object! {
    /// A file that is encrypted.
    pub struct BinaryCipherBlob keep {
        /// What it is, for the application.
        pub artifact_metadata: String = "artifactMetaData",
        /// The same, encrypted.
        pub enc_artifact_meta: CipherBlockStatus = "encArtifactMeta",
        /// Its name, while encrypted.
        pub enc_file_name: String = "encFileName",
        /// What it turns out to be.
        pub enc_type: BlobEncryptedType = "encType",
        /// Where it is, encrypted.
        pub enc_url: String = "encURL",
        /// What it turned out to be, if part of the configuration.
        pub inline: Option<Box<BinaryBlobCompleted>> = "inline",
        /// What it turned out to be, if in a volume.
        pub volume: Option<Box<BinaryBlobVolumeRef>> = "volume",
    }
}

object! {
    /// A patch envelope. msrv to zedagent; key: [`PatchEnvelopeInfo::key`].
    pub struct PatchEnvelopeInfo topic "PatchEnvelopeInfo" keep {
        /// What people call it.
        pub name: String = "Name",
        /// Its version.
        pub version: String = "Version",
        /// The applications that may have it.
        pub allowed_apps: List<String> = "AllowedApps",
        /// The patch envelope.
        pub patch_id: String = "PatchID",
        /// What is wrong with it.
        pub errors: List<String> = "Errors",
        /// How far it has come.
        pub state: PatchEnvelopeState = "State",
        /// Files that are there.
        pub binary_blobs: List<BinaryBlobCompleted> = "BinaryBlobs",
        /// Files in volumes.
        pub volume_refs: List<BinaryBlobVolumeRef> = "VolumeRefs",
        /// Encrypted files.
        pub cipher_blobs: List<BinaryCipherBlob> = "CipherBlobs",
    }
}

object! {
    /// All patch envelopes. zedagent to msrv; key `global`.
    pub struct PatchEnvelopeInfoList topic "PatchEnvelopeInfoList" persistent {
        /// One by one.
        pub envelopes: List<PatchEnvelopeInfo> = "Envelopes",
    }
}

object! {
    /// How often an application asked for a patch envelope. msrv to zedagent; key:
    /// [`PatchEnvelopeUsage::key`].
    pub struct PatchEnvelopeUsage topic "PatchEnvelopeUsage" {
        /// The application.
        pub app_uuid: String = "AppUUID",
        /// The patch envelope.
        pub patch_id: String = "PatchID",
        /// Its version.
        pub version: String = "Version",
        /// How often it asked what there is.
        pub patch_api_call_count: u64 = "PatchAPICallCount",
        /// How often it fetched a file.
        pub download_count: u64 = "DownloadCount",
    }
}

impl PatchEnvelopeInfo {
    /// `<id>v<version>`, with `_` for `/`, which no key may have.
    pub fn key(&self) -> String {
        format!("{}v{}", self.patch_id, self.version).replace('/', "_")
    }

    /// Patch envelope, whose id is a UUID, and version of a key, which has `_` for `/`.
    pub fn parse_key(key: &str) -> Option<(Uuid, &str)> {
        let (patch, rest) = Uuid::split_off(key)?;
        Some((patch, rest.strip_prefix('v')?))
    }
}

impl PatchEnvelopeInfoList {
    /// The only key.
    pub const KEY: &str = "global";
}

impl PatchEnvelopeUsage {
    /// `patchEnvelopeUsage:<id>-v-<version>-app-<app>`, with `_` for `/`, which no key may have.
    pub fn key(&self) -> String {
        let Self { patch_id, version, app_uuid, .. } = self;
        format!("patchEnvelopeUsage:{patch_id}-v-{version}-app-{app_uuid}").replace('/', "_")
    }

    /// Patch envelope, version and application of a key, which has `_` for `/`.
    pub fn parse_key(key: &str) -> Option<(Uuid, &str, Uuid)> {
        let (patch, rest) = Uuid::split_off(key.strip_prefix("patchEnvelopeUsage:")?)?;
        let (version, app) = rest.strip_prefix("-v-")?.rsplit_once("-app-")?;
        Some((patch, version, app.parse().ok()?))
    }
}

pub(crate) const TYPES: &[TypeInfo] =
    &types![topic PatchEnvelopeInfo, topic PatchEnvelopeInfoList, topic PatchEnvelopeUsage];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_envelope_version_and_application() {
        let envelope =
            PatchEnvelopeInfo { patch_id: "p".into(), version: "1/2".into(), ..Default::default() };
        let usage = PatchEnvelopeUsage {
            patch_id: "p".into(),
            version: "1".into(),
            app_uuid: "a".into(),
            ..Default::default()
        };

        assert_eq!(envelope.key(), "pv1_2");
        assert_eq!(usage.key(), "patchEnvelopeUsage:p-v-1-app-a");
    }
}
