//! Attestation, and the certificates of device and controller (`spec/07`, TPM objects; `spec/01`, A4, A13).

use std::fmt::Write;

use crate::base::{Bytes, List};
use crate::cipher::HashScheme;
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// How far attestation is.
    pub enum AttestState: i32 {
        /// Not begun.
        None = 0 "StateNone",
        /// Waits for the controller's nonce.
        NonceWait = 1 "StateNonceWait",
        /// Waits for the TPM's quote.
        InternalQuoteWait = 2 "StateInternalQuoteWait",
        /// Waits for the vault's key.
        InternalEscrowWait = 3 "StateInternalEscrowWait",
        /// Waits for the controller to judge the quote.
        AttestWait = 4 "StateAttestWait",
        /// Waits for the controller to take the vault's key.
        AttestEscrowWait = 5 "StateAttestEscrowWait",
        /// Waits to begin again.
        RestartWait = 6 "StateRestartWait",
        /// Done.
        Complete = 7 "StateComplete",
    }
}

codes! {
    /// How something is signed.
    pub enum SigAlg: u8 {
        /// Not at all.
        None = 0,
        /// ECDSA with SHA-256.
        EcdsaSha256 = 1,
        /// RSASSA with SHA-256.
        RsaRsassa256 = 2,
    }
}

codes! {
    /// The bank that a PCR belongs to.
    pub enum PcrExtendHashType: u8 {
        /// Not said.
        None = 0,
        /// SHA-1.
        Sha1 = 1,
        /// SHA-256.
        Sha256 = 2,
    }
}

codes! {
    /// What a certificate of the device is for.
    pub enum EdgeNodeCertType: u8 {
        /// Not said.
        None = 0,
        /// Onboarding.
        Onboarding = 1,
        /// Signing quotes.
        RestrictSigning = 2,
        /// Endorsement of the TPM.
        Ek = 3,
        /// Agreeing on keys.
        EcdhXchange = 4,
    }
}

codes! {
    /// What a certificate is for, as the controller numbers it.
    pub enum ZCertType: i32 {
        /// Not said.
        None = 0,
        /// The controller signs with it.
        ControllerSigning = 1,
        /// It signed another one of the controller's.
        ControllerIntermediate = 2,
        /// Agreeing on keys with the controller.
        ControllerEcdhExchange = 3,
        /// The device is onboarded with it.
        DeviceOnboarding = 10,
        /// The device signs quotes with it.
        DeviceRestrictedSigning = 11,
        /// Endorsement of the device's TPM.
        DeviceEndorsementRsa = 12,
        /// Agreeing on keys with the device.
        DeviceEcdhExchange = 13,
    }
}

codes! {
    /// How a certificate of the device is identified.
    pub enum CertHashType: u8 {
        /// Not at all.
        None = 0,
        /// The first 16 bytes of SHA-256.
        Sha256First16 = 1,
    }
}

codes! {
    /// What is said about a certificate.
    pub enum CertMetaDataType: u8 {
        /// Nothing.
        None = 0,
        /// The public area of its key in the TPM.
        Tpm2Public = 1,
    }
}

object! {
    /// A nonce that the TPM should quote. zedagent to tpmmgr, key: [`AttestNonce::key`].
    pub struct AttestNonce topic "AttestNonce" {
        /// The nonce.
        pub nonce: Bytes = "Nonce",
        /// Who asks.
        pub requester: String = "Requester",
    }
}

object! {
    /// A PCR.
    pub struct PcrValue as "PCRValue" {
        /// Its number.
        pub index: u8 = "Index",
        /// Its bank.
        pub algo: PcrExtendHashType = "Algo",
        /// What it holds.
        pub digest: Bytes = "Digest",
    }
}

object! {
    /// The TPM's quote. tpmmgr to zedagent, key: [`AttestQuote::key`].
    pub struct AttestQuote topic "AttestQuote" {
        /// The nonce that it quotes.
        pub nonce: Bytes = "Nonce",
        /// How it is signed.
        pub sig_type: SigAlg = "SigType",
        /// Its signature in ASN.1.
        pub signature: Bytes = "Signature",
        /// What is signed.
        pub quote: Bytes = "Quote",
        /// All PCRs.
        pub pcrs: List<PcrValue> = "PCRs",
    }
}

object! {
    /// Something said about a certificate.
    pub struct CertMetaData keep {
        /// What it says.
        pub meta_type: CertMetaDataType = "Type",
        /// It.
        pub data: Bytes = "Data",
    }
}

object! {
    /// A certificate of the device. tpmmgr to zedagent and all that decrypt, key: [`EdgeNodeCert::key`].
    pub struct EdgeNodeCert topic "EdgeNodeCert" persistent {
        /// How it is identified.
        pub hash_algo: CertHashType = "HashAlgo",
        /// Its identity: that hash of the PEM text.
        pub cert_id: Bytes = "CertID",
        /// What it is for.
        pub cert_type: EdgeNodeCertType = "CertType",
        /// It, in PEM.
        pub cert: Bytes = "Cert",
        /// Whether its key is in the TPM.
        pub is_tpm: bool = "IsTpm",
        /// More about it.
        pub meta_data_items: List<CertMetaData> = "MetaDataItems",
    }
}

object! {
    /// A certificate of the controller. zedagent to all that decrypt, key: [`ControllerCert::key`].
    pub struct ControllerCert topic "ControllerCert" {
        /// How it is identified.
        pub hash_algo: HashScheme = "HashAlgo",
        /// What it is for.
        pub cert_type: ZCertType = "Type",
        /// It, in PEM.
        pub cert: Bytes = "Cert",
        /// Its identity.
        pub cert_hash: Bytes = "CertHash",
    }
}

impl EdgeNodeCertType {
    /// The controller's name for it.
    pub const fn z_cert_type(self) -> ZCertType {
        match self {
            Self::Onboarding => ZCertType::DeviceOnboarding,
            Self::RestrictSigning => ZCertType::DeviceRestrictedSigning,
            Self::Ek => ZCertType::DeviceEndorsementRsa,
            Self::EcdhXchange => ZCertType::DeviceEcdhExchange,
            Self::None | Self::Unknown(_) => ZCertType::None,
        }
    }
}

impl AttestNonce {
    /// The nonce in hexadecimal.
    pub fn key(&self) -> String {
        hex(&self.nonce)
    }
}

impl AttestQuote {
    /// The nonce in hexadecimal.
    pub fn key(&self) -> String {
        hex(&self.nonce)
    }
}

impl EdgeNodeCert {
    /// Its identity in hexadecimal.
    pub fn key(&self) -> String {
        hex(&self.cert_id)
    }
}

impl ControllerCert {
    /// Its identity in hexadecimal.
    pub fn key(&self) -> String {
        hex(&self.cert_hash)
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}"); // a String takes all
    }
    text
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic AttestNonce, topic AttestQuote, topic EdgeNodeCert, topic ControllerCert
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_hexadecimal() {
        let nonce = AttestNonce { nonce: [0, 0x0f, 0xf0].into(), ..Default::default() };

        assert_eq!(nonce.key(), "000ff0");
    }

    #[test]
    fn the_device_s_certificates_have_the_controller_s_numbers() {
        let numbers = [0, 1, 2, 3, 4, 5].map(|number| EdgeNodeCertType::from(number).z_cert_type().number());

        assert_eq!(numbers, [0, 10, 11, 12, 13, 0]);
    }
}
