//! Images and the blobs that they are made of (`spec/06`, Content).

use std::fmt::Write;

use crate::base::{Bytes, List, Time, Uuid};
use crate::disk::ImageFormat;
use crate::download::DatastoreType;
use crate::errors::ErrorAndTimeWithSource;
use crate::object;
use crate::registry::{TypeInfo, types};
use crate::state::SwState;

object! {
    /// An image that somebody wants. zedagent to volumemgr, key: [`ContentTreeConfig::key`].
    pub struct ContentTreeConfig topic "ContentTreeConfig" {
        /// The image.
        pub content_id: Uuid = "ContentID",
        /// Where to get it, to be tried in this order.
        pub datastore_id_list: List<Uuid> = "DatastoreIDList",
        /// Its name there; in a registry `repository:tag` or `repository@sha256:digest`.
        pub relative_url: String = "RelativeURL",
        /// Its format.
        pub format: ImageFormat = "Format",
        /// The SHA-256 of its root blob in hexadecimal; may be empty for a tag.
        pub content_sha256: String = "ContentSha256",
        /// The most bytes it may have; over HTTP exactly so many.
        pub max_download_size: u64 = "MaxDownloadSize",
        /// Grows when the tag is to be looked up again.
        pub generation_counter: i64 = "GenerationCounter",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// What the metadata server says about it.
        pub custom_meta: String = "CustomMeta",
        /// Whether this node downloads it.
        pub is_local: bool = "IsLocal",
    }
}

object! {
    /// How far an image is. volumemgr to baseosmgr, msrv, zedagent; key: [`ContentTreeStatus::key`].
    pub struct ContentTreeStatus topic "ContentTreeStatus" {
        /// The image.
        pub content_id: Uuid = "ContentID",
        /// Where to get it, to be tried in this order.
        pub datastore_id_list: List<Uuid> = "DatastoreIDList",
        /// The kinds of these datastores; [`DatastoreType::Unset`] where not known yet.
        pub datastore_types_list: List<DatastoreType> = "DatastoreTypesList",
        /// Whether all kinds are known.
        pub all_datastores_resolved: bool = "AllDatastoresResolved",
        /// Whether one of them is a registry.
        pub is_oci_registry: bool = "IsOCIRegistry",
        /// Its name there; gets the digest once the tag has been looked up.
        pub relative_url: String = "RelativeURL",
        /// Its format.
        pub format: ImageFormat = "Format",
        /// The SHA-256 of its root blob in hexadecimal.
        pub content_sha256: String = "ContentSha256",
        /// The most bytes it may have.
        pub max_download_size: u64 = "MaxDownloadSize",
        /// Grows when the tag is to be looked up again.
        pub generation_counter: i64 = "GenerationCounter",
        /// What people call it.
        pub display_name: String = "DisplayName",
        /// Whether a [`ResolveConfig`](crate::download::ResolveConfig) is out for it.
        pub has_resolver_ref: bool = "HasResolverRef",
        /// How far it is.
        pub state: SwState = "State",
        /// When it was loaded.
        pub create_time: Time = "CreateTime",
        /// Bytes of all its blobs.
        pub total_size: i64 = "TotalSize",
        /// Bytes of them that are here.
        pub current_size: i64 = "CurrentSize",
        /// The same in percent.
        pub progress: u64 = "Progress",
        /// The file of its root blob until it is loaded, then empty.
        pub file_location: String = "FileLocation",
        /// Not used.
        pub name_is_url: bool = "NameIsURL",
        /// SHA-256 of its blobs in lower-case hexadecimal, root first; twice for a blob that it has twice.
        pub blobs: List<String> = "Blobs",
        /// Whether Kubernetes runs the applications.
        pub hv_type_kube: bool = "HVTypeKube",
        /// Whether this node downloads it.
        pub is_local: bool = "IsLocal",
        /// What went wrong, and where.
        pub error: ErrorAndTimeWithSource = embed,
    }
}

object! {
    /// A file or part of an image. volumemgr to zedagent, key: [`BlobStatus::key`].
    pub struct BlobStatus topic "BlobStatus" {
        /// Where to get it, to be tried in this order.
        pub datastore_id_list: List<Uuid> = "DatastoreIDList",
        /// Its name there.
        pub relative_url: String = "RelativeURL",
        /// Its SHA-256 in lower-case hexadecimal.
        pub sha256: String = "Sha256",
        /// How many bytes it should have; once downloaded, how many it has.
        pub size: u64 = "Size",
        /// Where it is; empty in the content store.
        pub path: String = "Path",
        /// Its bytes, if it was made here; then it has no path.
        pub content: Bytes = "Content",
        /// How far it is.
        pub state: SwState = "State",
        /// When it was made.
        pub create_time: Time = "CreateTime",
        /// Its media type, empty until known.
        pub media_type: String = "MediaType",
        /// Whether a `DownloaderConfig` counts us.
        pub has_downloader_ref: bool = "HasDownloaderRef",
        /// Whether a `VerifyImageConfig` counts us.
        pub has_verifier_ref: bool = "HasVerifierRef",
        /// How often the `Blobs` of all images name it.
        pub ref_count: u64 = "RefCount",
        /// When that number last changed.
        pub last_ref_count_change_time: Time = "LastRefCountChangeTime",
        /// Bytes to be downloaded.
        pub total_size: i64 = "TotalSize",
        /// Bytes of them that are here.
        pub current_size: i64 = "CurrentSize",
        /// The same in percent.
        pub progress: u64 = "Progress",
        /// What went wrong, and where.
        pub error: ErrorAndTimeWithSource = embed,
        /// How often it was downloaded again because its SHA-256 was wrong.
        pub retry_count: u32 = "RetryCount",
    }
}

object! {
    /// An image that nobody wants any more and that stays for a while. volumemgr, which reads it back after a
    /// reboot; key: [`DeferredContentDeleteStatus::key`].
    pub struct DeferredContentDeleteStatus topic "DeferredContentDeleteStatus" persistent {
        /// The image.
        pub content_id: Uuid = "ContentID",
        /// Its generation.
        pub generation_counter: i64 = "GenerationCounter",
        /// Its name in the content store.
        pub reference_id: String = "ReferenceID",
        /// SHA-256 of its blobs.
        pub blobs: List<String> = "Blobs",
        /// When it was given up.
        pub delete_time: Time = "DeleteTime",
    }
}

impl ContentTreeConfig {
    /// `<content uuid>`.
    pub fn key(&self) -> String {
        self.content_id.to_string()
    }
}

impl ContentTreeStatus {
    /// `<content uuid>`.
    pub fn key(&self) -> String {
        self.content_id.to_string()
    }

    /// Names what its tag was found to be: `<datastores, with commas>+<relative URL>+<generation>`.
    pub fn resolve_key(&self) -> String {
        let mut key = String::new();
        for (index, datastore) in self.datastore_id_list.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(key, "{comma}{datastore}"); // a String takes all
        }
        let _ = write!(key, "+{}+{}", self.relative_url, self.generation_counter);
        key
    }

    /// Its name in the content store: `<content uuid>-<relative URL>`, which Kubernetes wants to look like
    /// one of a registry when it is a container.
    pub fn reference_id(&self) -> String {
        let kube = self.hv_type_kube && self.format == ImageFormat::Container;
        let registry = if kube { "docker.io/" } else { "" };
        format!("{registry}{}-{}", self.content_id, self.relative_url)
    }
}

impl BlobStatus {
    /// `<sha256>`.
    pub fn key(&self) -> String {
        self.sha256.clone()
    }

    /// Whether it lists manifests, one for each platform.
    pub fn is_index(&self) -> bool {
        matches!(
            self.media_type.as_str(),
            "application/vnd.oci.image.index.v1+json"
                | "application/vnd.docker.distribution.manifest.list.v2+json"
        )
    }

    /// Whether it lists a configuration and layers.
    pub fn is_manifest(&self) -> bool {
        matches!(
            self.media_type.as_str(),
            "application/vnd.oci.image.manifest.v1+json"
                | "application/vnd.docker.distribution.manifest.v2+json"
                | "application/vnd.docker.distribution.manifest.v1+json"
                | "application/vnd.docker.distribution.manifest.v1+prettyjws"
        )
    }
}

impl DeferredContentDeleteStatus {
    /// `<content uuid>`.
    pub fn key(&self) -> String {
        self.content_id.to_string()
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic ContentTreeConfig, topic ContentTreeStatus, topic BlobStatus, topic DeferredContentDeleteStatus
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_trees_name_their_tag_and_their_image() {
        let content_id = "295c1206-d138-5400-8659-b03ac3e6b41b".parse().expect("a UUID");
        let datastores = [Uuid::NIL, content_id];
        let mut tree = ContentTreeStatus {
            content_id,
            datastore_id_list: datastores.into(),
            relative_url: "library/alpine:3".into(),
            generation_counter: 2,
            hv_type_kube: true,
            ..Default::default()
        };

        let joined = format!("{},{content_id}+library/alpine:3+2", Uuid::NIL);
        assert_eq!(tree.resolve_key(), joined);
        assert_eq!(tree.reference_id(), format!("{content_id}-library/alpine:3"));

        tree.format = ImageFormat::Container;
        assert_eq!(tree.reference_id(), format!("docker.io/{content_id}-library/alpine:3"));
    }
}
