//! Attestation (spec/01, Attestation): a device gets a nonce, quotes it, and gets the token that requests for its
//! configuration must carry. A device without TPM has nothing to quote: it is taken at its word, as the public
//! reference controller does. Quotes of a TPM cannot be checked here, and are refused as such.

use pillar_proto::attest::{
    AttestStorageKeysResp, AttestStorageKeysResponseCode, ZAttestNonceResp, ZAttestQuote, ZAttestQuoteResp,
    ZAttestReq, ZAttestReqType, ZAttestRespType, ZAttestResponse, ZAttestResponseCode,
};
use pillar_proto::certs::ZCertType;
use pillar_proto::{decode, encode};
use pillar_types::Uuid;

use super::{Answer, Controller, refused, undecodable};
use crate::devctl::document;
use crate::devctl::hex;
use crate::devctl::http::MAX_BODY;
use crate::devctl::store::{Device, random};

/// The token that a device must show.
const TOKEN: &str = "integrity-token";

/// The request with the device's certificates, and the one with its keys.
const CERTIFICATES: &str = "certificates.json";
const KEYS: &str = "keys.json";

/// A device's token, if it has been attested.
pub(super) fn token(device: &Device) -> Result<Option<Vec<u8>>, String> {
    let text = device.read(TOKEN)?;
    Ok(text.and_then(|text| hex::decode(text.trim_ascii())))
}

impl Controller {
    pub(super) fn attest(&mut self, uuid: Uuid, body: &[u8]) -> Answer {
        let (device, message) = self.open_own(uuid, body)?;
        let request: ZAttestReq = decode(&message, MAX_BODY).map_err(undecodable)?;
        let mut response = ZAttestResponse::default();
        match ZAttestReqType::try_from(request.req_type) {
            Ok(ZAttestReqType::Cert) => {
                response.resp_type = ZAttestRespType::Cert as i32;
                device.write(CERTIFICATES, document::to_json("attest.ZAttestReq", &message)?.as_bytes())?;
            }
            Ok(ZAttestReqType::Nonce) => {
                response.resp_type = ZAttestRespType::Nonce as i32;
                let nonce = random::<32>()?.to_vec();
                response.nonce = Some(ZAttestNonceResp { nonce: nonce.clone() });
                self.nonces.insert(uuid, nonce);
            }
            Ok(ZAttestReqType::Quote) => {
                response.resp_type = ZAttestRespType::Quote as i32;
                response.quote_resp = Some(self.judge(&device, &request.quote.unwrap_or_default())?);
            }
            Ok(ZAttestReqType::StoreKeys) => {
                response.resp_type = ZAttestRespType::StoreKeys as i32;
                let given = request.storage_keys.unwrap_or_default().integrity_token;
                let good = token(&device)?.is_some_and(|token| token == given);
                if good {
                    device.write(KEYS, document::to_json("attest.ZAttestReq", &message)?.as_bytes())?;
                }
                let code = if good {
                    AttestStorageKeysResponseCode::Success
                } else {
                    AttestStorageKeysResponseCode::ItokenMismatch
                };
                response.storage_keys_resp = Some(AttestStorageKeysResp { response: code as i32 });
            }
            _ => return Err(refused(422, format!("no step of attestation: {}", request.req_type))),
        }
        self.sealed(201, encode(&response))
    }

    /// The verdict on a quote. A nonce serves once.
    fn judge(&mut self, device: &Device, quote: &ZAttestQuote) -> Result<ZAttestQuoteResp, String> {
        let asked = self.nonces.remove(&device.uuid).is_some();
        let without_tpm = quote.attest_data.is_empty() && quote.pcr_values.is_empty();
        let code = if !asked {
            ZAttestResponseCode::NonceMismatch
        } else if without_tpm {
            ZAttestResponseCode::Success
        } else if !has_quote_certificate(device)? {
            ZAttestResponseCode::NoCertFound
        } else {
            ZAttestResponseCode::QuoteFailed
        };
        let mut verdict = ZAttestQuoteResp { response: code as i32, ..ZAttestQuoteResp::default() };
        if code == ZAttestResponseCode::Success {
            verdict.integrity_token = random::<32>()?.to_vec();
            device.write(TOKEN, hex::encode(&verdict.integrity_token).as_bytes())?;
        }
        self.say(
            device,
            match code {
                ZAttestResponseCode::Success => "is attested, without a TPM",
                ZAttestResponseCode::NonceMismatch => "quotes a nonce that it was not given",
                ZAttestResponseCode::NoCertFound => "quotes without having sent the certificate for it",
                _ => "quotes by a TPM, which cannot be checked here",
            },
        );
        Ok(verdict)
    }
}

fn has_quote_certificate(device: &Device) -> Result<bool, String> {
    let Some(text) = device.read(CERTIFICATES)? else { return Ok(false) };
    let bytes = document::from_json("attest.ZAttestReq", &String::from_utf8_lossy(&text))?;
    let request: ZAttestReq = decode(&bytes, MAX_BODY).map_err(|why| why.to_string())?;
    let kind = ZCertType::DeviceRestrictedSigning as i32;
    Ok(request.certs.iter().any(|certificate| certificate.kind == kind))
}
