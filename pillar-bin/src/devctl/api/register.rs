//! Onboarding rules: `devctl create` makes an onboarding certificate for each device, and the first device certificate
//! that comes with it is the device's, if the serial number is right.

use pillar_core::controller::pem;
use pillar_core::hal::Crypto as _;
use pillar_hal::linux::RingCrypto;
use pillar_proto::decode;
use pillar_proto::register::ZRegisterMsg;
use pillar_types::base64;

use super::{Answer, Controller, DEVICE_CERTIFICATE, bad_envelope, read_envelope, refused, undecodable};
use crate::devctl::create::{ONBOARDING_CERTIFICATE, SERIAL};
use crate::devctl::http::{MAX_BODY, Response};
use crate::devctl::store::Device;

impl Controller {
    /// 201 for a new device, 200 for one that is known, 403 for a stranger, 409 if another device came before.
    pub(super) fn register(&mut self, body: &[u8]) -> Answer {
        let envelope = read_envelope(body)?;
        let onboarding = certificate(envelope.sender_certificate())
            .ok_or_else(|| refused(401, "no onboarding certificate"))?;
        if !envelope.is_from(&RingCrypto.sha256(&onboarding.1)).map_err(bad_envelope)? {
            return Err(refused(401, "the sender's certificate has another hash"));
        }
        let message = envelope.verify(&RingCrypto, &onboarding.1).map_err(bad_envelope)?;
        let message: ZRegisterMsg = decode(&message, MAX_BODY).map_err(undecodable)?;
        let device_certificate =
            certificate(&message.pem_cert).ok_or_else(|| refused(422, "no device certificate"))?;
        let device = self
            .onboards_with(&onboarding.1)?
            .ok_or_else(|| refused(403, "the onboarding certificate is of no device"))?;
        let serial = device.read(SERIAL)?.map(|text| String::from_utf8_lossy(&text).trim().to_owned());
        if serial.is_some_and(|serial| ![&message.serial, &message.soft_serial].contains(&&serial)) {
            return Err(refused(403, format!("the serial number of {} is another", device.name)));
        }
        for other in self.store.devices()? {
            let known = other.read(DEVICE_CERTIFICATE)?;
            let same = known.and_then(|pem| der(&pem)).map(|known| known == device_certificate.1);
            match same {
                Some(true) if other.uuid == device.uuid => return Ok(Response::status(200)),
                Some(true) => return Err(refused(409, format!("the device is {} already", other.name))),
                Some(false) if other.uuid == device.uuid => {
                    return Err(refused(409, format!("another device is {} already", device.name)));
                }
                Some(false) | None => {}
            }
        }
        device.write(DEVICE_CERTIFICATE, &device_certificate.0)?;
        self.say(&device, "has registered");
        Ok(Response::status(201))
    }

    fn onboards_with(&self, onboarding: &[u8]) -> Result<Option<Device>, String> {
        for device in self.store.devices()? {
            let allowed = device.read(ONBOARDING_CERTIFICATE)?.and_then(|pem| der(&pem));
            if allowed.is_some_and(|allowed| allowed == onboarding) {
                return Ok(Some(device));
            }
        }
        Ok(None)
    }
}

fn der(pem: &[u8]) -> Option<Vec<u8>> {
    pem::blocks(pem, pem::CERTIFICATE).next()
}

/// A certificate as messages have it, base64 of PEM: its PEM and its DER form.
fn certificate(text: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let pem = base64::decode(text).ok()?;
    let der = der(&pem)?;
    RingCrypto.valid_from(&der).ok()?;
    Some((pem, der))
}
