//! Encrypted parts: each block gets a copy of its context, so that whoever decrypts it needs nothing else.

use pillar_proto::common::{CipherBlock, CipherContext as ProtoContext};
use pillar_types::Time;
use pillar_types::cipher::{
    CipherBlockStatus, CipherContext, EncryptionScheme, HashScheme, KeyExchangeScheme,
};
use pillar_types::errors::{ErrorAndTime, ErrorDescription};

/// All contexts of a configuration.
pub struct Contexts(Vec<CipherContext>);

impl Contexts {
    /// Reads them.
    pub fn new(contexts: &[ProtoContext]) -> Self {
        Contexts(contexts.iter().filter(|context| !context.context_id.is_empty()).map(context).collect())
    }

    /// As they are published.
    pub fn objects(&self) -> Vec<(String, CipherContext)> {
        self.0.iter().map(|context| (context.key(), context.clone())).collect()
    }

    /// The encrypted part of an object; `key` names the object.
    pub fn block(&self, key: &str, block: Option<&CipherBlock>, now: Time) -> CipherBlockStatus {
        let mut status =
            CipherBlockStatus { cipher_block_id: key.to_owned(), ..CipherBlockStatus::default() };
        let Some(block) = block else { return status };
        status.cipher_context_id.clone_from(&block.cipher_context_id);
        status.initial_value = block.initial_value.clone().into();
        status.cipher_data = block.cipher_data.clone().into();
        status.clear_text_hash = block.clear_text_sha256.clone().into();
        if block.cipher_data.is_empty() || block.cipher_context_id.is_empty() {
            set_error(&mut status.error, "the encrypted block has no data or no context".into(), now);
            return status;
        }
        status.is_cipher = true;
        let context = self.0.iter().find(|context| context.context_id == block.cipher_context_id);
        status.cipher_context = context.map(|context| Box::new(context.clone()));
        if context.is_none() {
            let why = format!("the cipher context {} is not known", block.cipher_context_id);
            set_error(&mut status.error, why, now);
        }
        status
    }
}

fn context(context: &ProtoContext) -> CipherContext {
    CipherContext {
        context_id: context.context_id.clone(),
        hash_scheme: HashScheme::from(context.hash_scheme),
        key_exchange_scheme: KeyExchangeScheme::from(context.key_exchange_scheme),
        encryption_scheme: EncryptionScheme::from(context.encryption_scheme),
        device_cert_hash: context.device_cert_hash.clone().into(),
        controller_cert_hash: context.controller_cert_hash.clone().into(),
        ..CipherContext::default()
    }
}

/// Puts what is wrong on an object.
pub(super) fn set_error(error: &mut ErrorAndTime, why: String, now: Time) {
    error.description.set(ErrorDescription { error: why, ..ErrorDescription::default() }, now);
}
