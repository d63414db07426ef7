//! Encrypted parts of the configuration (`spec/07`, Cipher).

use crate::base::{Bytes, List, Secret, Time};
use crate::errors::ErrorAndTime;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// How certificates are identified.
    pub enum HashScheme: i32 {
        /// Not said.
        Unspecified = 0,
        /// The first 16 bytes of SHA-256.
        Sha256First16 = 1,
        /// All of SHA-256.
        Sha256 = 2,
    }
}

codes! {
    /// How the key is agreed on.
    pub enum KeyExchangeScheme: i32 {
        /// Not said.
        Unspecified = 0,
        /// Elliptic-curve Diffie-Hellman.
        Ecdh = 1,
    }
}

codes! {
    /// How the data is encrypted.
    pub enum EncryptionScheme: i32 {
        /// Not said.
        Unspecified = 0,
        /// AES-256 in CFB mode.
        Aes256Cfb = 1,
    }
}

codes! {
    /// How a decryption ended when it did not succeed: the place of its counter in
    /// [`CipherMetrics::type_counters`].
    pub enum CipherError: u8 {
        /// Not one of these.
        Invalid = 0,
        /// A context or certificate is missing.
        NotReady = 1,
        /// It could not be decrypted.
        DecryptFailed = 2,
        /// What came out could not be read.
        UnmarshalFailed = 3,
        /// The data in clear was used instead.
        CleartextFallback = 4,
        /// There was no data in clear to be used instead.
        MissingFallback = 5,
        /// Nothing was encrypted.
        NoCipher = 6,
        /// There was no data at all.
        NoData = 7,
    }
}

codes! {
    /// Who is meant by an encrypted block for others than pillar.
    pub enum EncryptionBlockUser: i32 {
        /// Not said.
        Unspecified = 0,
        /// The metadata of a binary artifact.
        BinaryArtifactMetadata = 1,
    }
}

object! {
    /// Whose keys, and how they are used. zedagent, for tools; each block has a copy. Key:
    /// [`CipherContext::key`].
    pub struct CipherContext topic "CipherContext" keep {
        /// Names the context.
        pub context_id: String = "ContextID",
        /// How the certificates are identified.
        pub hash_scheme: HashScheme = "HashScheme",
        /// How the key is agreed on.
        pub key_exchange_scheme: KeyExchangeScheme = "KeyExchangeScheme",
        /// How the data is encrypted.
        pub encryption_scheme: EncryptionScheme = "EncryptionScheme",
        /// Identifies the controller's certificate.
        pub controller_cert_hash: Bytes = "ControllerCertHash",
        /// Identifies the device's certificate.
        pub device_cert_hash: Bytes = "DeviceCertHash",
        /// Why it cannot be used.
        pub error: ErrorAndTime = embed,
    }
}

object! {
    /// Encrypted data, and how its decryption went. domainmgr, downloader, msrv, nim, wwan, zedkube, for
    /// tools; only msrv's tables survive a reboot. Key: [`CipherBlockStatus::key`].
    pub struct CipherBlockStatus topic "CipherBlockStatus" persistent {
        /// Names the block.
        pub cipher_block_id: String = "CipherBlockID",
        /// Names the context that it needs.
        pub cipher_context_id: String = "CipherContextID",
        /// The initial value of the encryption.
        pub initial_value: Bytes = "InitialValue",
        /// The data, encrypted.
        pub cipher_data: Bytes = "pubsub-large-CipherData",
        /// SHA-256 of the data in clear.
        pub clear_text_hash: Bytes = "ClearTextHash",
        /// Whether there is anything encrypted.
        pub is_cipher: bool = "IsCipher",
        /// A copy of the context, once it is known.
        pub cipher_context: Option<Box<CipherContext>> = "CipherContext",
        /// Why it could not be decrypted.
        pub error: ErrorAndTime = embed,
    }
}

object! {
    /// How many decryptions an agent did, and how they went. domainmgr, downloader, msrv, nim, wwan, zedkube
    /// to zedagent; key: [`CipherMetrics::KEY`].
    pub struct CipherMetrics topic "CipherMetrics" {
        /// The agent.
        pub agent_name: String = "AgentName",
        /// Decryptions that failed.
        pub failure_count: u64 = "FailureCount",
        /// Decryptions that succeeded.
        pub success_count: u64 = "SuccessCount",
        /// When one last failed.
        pub last_failure: Time = "LastFailure",
        /// When one last succeeded.
        pub last_success: Time = "LastSuccess",
        /// One counter for each [`CipherError`], by number.
        pub type_counters: List<u64> = "TypeCounters",
    }
}

object! {
    /// What an encrypted block holds, in clear: never on the bus.
    pub struct EncryptionBlock {
        /// User or key of a datastore.
        pub ds_api_key: Secret<String> = "DsAPIKey",
        /// Password of a datastore.
        pub ds_password: Secret<String> = "DsPassword",
        /// User of a wireless network.
        pub wifi_user_name: Secret<String> = "WifiUserName",
        /// Password of a wireless network.
        pub wifi_password: Secret<String> = "WifiPassword",
        /// User of a cellular network.
        pub cellular_net_username: Secret<String> = "CellularNetUsername",
        /// Password of a cellular network.
        pub cellular_net_password: Secret<String> = "CellularNetPassword",
        /// User for attaching to a cellular network.
        pub cellular_net_attach_username: Secret<String> = "CellularNetAttachUsername",
        /// Password for attaching to a cellular network.
        pub cellular_net_attach_password: Secret<String> = "CellularNetAttachPassword",
        /// What an application gets at its start.
        pub protected_user_data: Secret<String> = "ProtectedUserData",
        /// What lets a node into its cluster.
        pub cluster_token: Secret<String> = "ClusterToken",
        /// Whom the next field is for.
        pub user: EncryptionBlockUser = "User",
        /// Data for others than pillar.
        pub encrypted_data: Secret<String> = "EncryptedData",
        /// What registers a cluster, compressed.
        pub gzip_registration_manifest_yaml: Secret<Bytes> = "GzipRegistrationManifestYaml",
        /// Password for enrolling a certificate.
        pub scep_challenge_password: Secret<String> = "SCEPChallengePassword",
    }
}

impl CipherContext {
    /// `<context id>`.
    pub fn key(&self) -> String {
        self.context_id.clone()
    }
}

impl CipherBlockStatus {
    /// `<cipher block id>`.
    pub fn key(&self) -> String {
        self.cipher_block_id.clone()
    }
}

impl CipherMetrics {
    /// The only key.
    pub const KEY: &str = "global";
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic CipherContext, topic CipherBlockStatus, topic CipherMetrics, object EncryptionBlock
];
