//! Encrypted parts of the configuration (`spec/07`, Cipher).

use crate::base::{Bytes, List};
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

object! {
    /// Whose keys, and how they are used. zedagent, key: [`CipherContext::key`].
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
    /// Encrypted data, and how its decryption went. Key: [`CipherBlockStatus::key`].
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
    /// How many decryptions an agent did, and how they went. Key `global`.
    pub struct CipherMetrics topic "CipherMetrics" {
        /// The agent.
        pub agent_name: String = "AgentName",
        /// Decryptions that failed.
        pub failure_count: u64 = "FailureCount",
        /// Decryptions that succeeded.
        pub success_count: u64 = "SuccessCount",
        /// When one last failed.
        pub last_failure: crate::Time = "LastFailure",
        /// When one last succeeded.
        pub last_success: crate::Time = "LastSuccess",
        /// One counter for each kind of outcome, by number.
        pub type_counters: List<u64> = "TypeCounters",
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

pub(crate) const TYPES: &[TypeInfo] =
    &types![topic CipherContext, topic CipherBlockStatus, topic CipherMetrics];
