//! Datastores, downloads, and tags to be looked up (`spec/06`, Download, resolve, verify).

use crate::base::{Bytes, List, Secret, Time, Uuid};
use crate::cipher::CipherBlockStatus;
use crate::errors::ErrorAndTime;
use crate::registry::{TypeInfo, types};
use crate::state::SwState;
use crate::{object, texts};

texts! {
    /// The kind of a datastore: the controller's name of it.
    pub enum DatastoreType {
        /// Not known yet; a download then goes over HTTP.
        Unset = "",
        /// The controller does not say.
        Unspecified = "DsUnknown",
        /// HTTP.
        Http = "DsHttp",
        /// HTTPS.
        Https = "DsHttps",
        /// S3 of Amazon and others.
        S3 = "DsS3",
        /// SFTP.
        Sftp = "DsSFTP",
        /// An OCI registry.
        ContainerRegistry = "DsContainerRegistry",
        /// Azure's blob storage.
        AzureBlob = "DsAzureBlob",
        /// Google's storage.
        GoogleStorage = "DsGoogleStorage",
    }
}

object! {
    /// A place to download from. zedagent to downloader and volumemgr, key: [`DatastoreConfig::key`].
    pub struct DatastoreConfig topic "DatastoreConfig" {
        /// The datastore.
        pub uuid: Uuid = "UUID",
        /// Its kind.
        pub ds_type: DatastoreType = "DsType",
        /// Its host or URL.
        pub fqdn: String = "Fqdn",
        /// The user or key in clear, if it is not encrypted.
        pub api_key: Secret<String> = "ApiKey",
        /// The password in clear, if it is not encrypted.
        pub password: Secret<String> = "Password",
        /// The folder, bucket or container there.
        pub dpath: String = "Dpath",
        /// The region, for S3.
        pub region: String = "Region",
        /// Certificates in PEM to trust instead of the system's.
        pub ds_cert_pem: List<Bytes> = "DsCertPEM",
        /// User and password, encrypted.
        pub cipher_block: CipherBlockStatus = embed,
    }
}

object! {
    /// A blob to be downloaded. volumemgr to downloader, key: [`DownloaderConfig::key`].
    pub struct DownloaderConfig topic "DownloaderConfig" {
        /// The SHA-256 that it should have, in hexadecimal.
        pub image_sha256: String = "ImageSha256",
        /// Where to get it, to be tried in this order.
        pub datastore_id_list: List<Uuid> = "DatastoreIDList",
        /// Its name there.
        pub name: String = "Name",
        /// The file to write.
        pub target: String = "Target",
        /// Whether the name is a whole URL.
        pub name_is_url: bool = "NameIsURL",
        /// How many bytes it has at most, 0: not known.
        pub size: u64 = "Size",
        /// Not used.
        pub final_obj_dir: String = "FinalObjDir",
        /// How many want it; 0: give it up.
        pub ref_count: u64 = "RefCount",
        /// A new time here: download all of it again.
        pub last_retry: Time = "LastRetry",
    }
}

object! {
    /// How far a download is. downloader to diag, monitor, volumemgr; key: [`DownloaderStatus::key`].
    pub struct DownloaderStatus topic "DownloaderStatus" {
        /// The SHA-256 that it should have, in hexadecimal.
        pub image_sha256: String = "ImageSha256",
        /// Where to get it, to be tried in this order.
        pub datastore_id_list: List<Uuid> = "DatastoreIDList",
        /// The file being written.
        pub target: String = "Target",
        /// Its name there.
        pub name: String = "Name",
        /// How many want it.
        pub ref_count: u64 = "RefCount",
        /// When somebody last wanted it.
        pub last_use: Time = "LastUse",
        /// Nobody wants it: it may be given up.
        pub expired: bool = "Expired",
        /// Whether the name is a whole URL.
        pub name_is_url: bool = "NameIsURL",
        /// How far it is.
        pub state: SwState = "State",
        /// Not used.
        pub reserved_space: u64 = "ReservedSpace",
        /// Bytes of the file.
        pub size: u64 = "Size",
        /// Bytes to be downloaded.
        pub total_size: i64 = "TotalSize",
        /// Bytes of them that are here.
        pub current_size: i64 = "CurrentSize",
        /// The same in percent.
        pub progress: u64 = "Progress",
        /// When this changed.
        pub mod_time: Time = "ModTime",
        /// The media type that the datastore says.
        pub content_type: String = "ContentType",
        /// What went wrong.
        pub error: ErrorAndTime = embed,
        /// How often it was tried again.
        pub retry_count: i64 = "RetryCount",
        /// What went wrong first.
        pub orig_error: String = "OrigError",
        /// The time of the request that this answers.
        pub last_retry: Time = "LastRetry",
    }
}

object! {
    /// A tag to be looked up. volumemgr to downloader, key: [`ResolveConfig::key`].
    pub struct ResolveConfig topic "ResolveConfig" {
        /// The registry.
        pub datastore_id: Uuid = "DatastoreID",
        /// Repository and tag.
        pub name: String = "Name",
        /// Grows when it is to be looked up again.
        pub counter: u32 = "Counter",
    }
}

object! {
    /// What a tag stands for. downloader to volumemgr, key: [`ResolveStatus::key`].
    pub struct ResolveStatus topic "ResolveStatus" {
        /// The registry.
        pub datastore_id: Uuid = "DatastoreID",
        /// Repository and tag.
        pub name: String = "Name",
        /// The SHA-256 of the manifest for this platform, in upper-case hexadecimal.
        pub image_sha256: String = "ImageSha256",
        /// The request that this answers.
        pub counter: u32 = "Counter",
        /// How often it was tried again.
        pub retry_count: i64 = "RetryCount",
        /// What went wrong.
        pub error: ErrorAndTime = embed,
        /// What went wrong first.
        pub orig_error: String = "OrigError",
    }
}

impl DatastoreConfig {
    /// `<datastore uuid>`.
    pub fn key(&self) -> String {
        self.uuid.to_string()
    }
}

impl DownloaderConfig {
    /// `<sha256>`.
    pub fn key(&self) -> String {
        self.image_sha256.clone()
    }
}

impl DownloaderStatus {
    /// `<sha256>`.
    pub fn key(&self) -> String {
        self.image_sha256.clone()
    }
}

impl ResolveConfig {
    /// `<datastore uuid>+<name>+<counter>`. The name may contain slashes, and then there is no file: both
    /// sides of EVE's wire make the key so.
    pub fn key(&self) -> String {
        resolve_key(self.datastore_id, &self.name, self.counter)
    }

    /// Datastore, name and counter of a key.
    pub fn parse_key(key: &str) -> Option<(Uuid, &str, u32)> {
        parse_resolve_key(key)
    }
}

impl ResolveStatus {
    /// The key of the request.
    pub fn key(&self) -> String {
        resolve_key(self.datastore_id, &self.name, self.counter)
    }

    /// Datastore, name and counter of a key.
    pub fn parse_key(key: &str) -> Option<(Uuid, &str, u32)> {
        parse_resolve_key(key)
    }
}

fn resolve_key(datastore: Uuid, name: &str, counter: u32) -> String {
    format!("{datastore}+{name}+{counter}")
}

/// The name may have a `+` as well.
fn parse_resolve_key(key: &str) -> Option<(Uuid, &str, u32)> {
    let (datastore, rest) = Uuid::split_off(key)?;
    let (name, counter) = rest.strip_prefix('+')?.rsplit_once('+')?;
    Some((datastore, name, counter.parse().ok()?))
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic DatastoreConfig, topic DownloaderConfig, topic DownloaderStatus, topic ResolveConfig,
    topic ResolveStatus
];
