//! Makes X.509 certificates (RFC 5280) over P-256 keys, for the device and for the controller to develop against.
//!
//! A hundred lines here instead of a crate: rcgen brings a clock library and two ASN.1 libraries for the one kind of
//! certificate that we make. What is made is checked in tests by OpenSSL and by rustls-webpki.

pub(crate) mod der;

use der::{bits, boolean, octets, oid, sequence, set, tagged, text, time, unsigned};

/// Object identifiers, as content of DER.
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
pub(crate) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const COUNTRY: &[u8] = &[0x55, 4, 6];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const LOCALITY: &[u8] = &[0x55, 4, 7];
const STATE: &[u8] = &[0x55, 4, 8];
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 14];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 17];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const EXTENDED_USAGE: &[u8] = &[0x55, 0x1d, 37];
const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];

/// Whose certificate it is. Empty members are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// Two letters.
    pub country: String,
    /// The organization.
    pub organization: String,
    /// The town.
    pub locality: String,
    /// The state or province.
    pub state: String,
    /// The name.
    pub common_name: String,
}

/// A certificate to be made.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// Whose it is.
    pub subject: Name,
    /// Who signs it.
    pub issuer: Name,
    /// Its number, not negative and not used by the issuer before.
    pub serial: [u8; 16],
    /// Valid from, in seconds since 1970.
    pub not_before: i64,
    /// Valid until.
    pub not_after: i64,
    /// Whether it may sign other certificates.
    pub authority: bool,
    /// The names of the server.
    pub dns_names: Vec<String>,
    /// Its addresses.
    pub addresses: Vec<std::net::IpAddr>,
    /// Its public key: a point of P-256, not compressed, 65 bytes.
    pub public_key: Vec<u8>,
}

/// The certificate in DER. `sign` makes the issuer's signature, r and s padded to 32 bytes each, over SHA-256.
pub fn certificate<E>(
    template: &Template,
    sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
) -> Result<Vec<u8>, E> {
    let algorithm = sequence(&[&oid(ECDSA_WITH_SHA256)]);
    let version_3 = tagged(0xa0, &unsigned(&[2]));
    let validity = sequence(&[&time(template.not_before), &time(template.not_after)]);
    let body = sequence(&[
        &version_3,
        &unsigned(&template.serial),
        &algorithm,
        &name(&template.issuer),
        &validity,
        &name(&template.subject),
        &public_key(&template.public_key),
        &tagged(0xa3, &extensions(template)),
    ]);
    let signature = der::signature(&sign(&body)?);
    Ok(sequence(&[&body, &algorithm, &bits(&signature)]))
}

/// When a certificate becomes valid, in seconds since 1970; `None` if it is none.
pub fn valid_from(certificate: &[u8]) -> Option<i64> {
    /// The version's tag, before the serial number.
    const VERSION: u8 = 0xa0;
    let mut certificate = der::take(&mut &certificate[..], der::SEQUENCE)?;
    let mut body = der::take(&mut certificate, der::SEQUENCE)?;
    if body.first() == Some(&VERSION) {
        der::skip(&mut body)?;
    }
    for _ in ["serial number", "algorithm", "issuer"] {
        der::skip(&mut body)?;
    }
    der::take_time(&mut der::take(&mut body, der::SEQUENCE)?)
}

fn name(name: &Name) -> Vec<u8> {
    let parts = [
        (COUNTRY, &name.country),
        (ORGANIZATION, &name.organization),
        (LOCALITY, &name.locality),
        (STATE, &name.state),
        (COMMON_NAME, &name.common_name),
    ];
    let present = parts.into_iter().filter(|(_, value)| !value.is_empty());
    let encoded: Vec<Vec<u8>> =
        present.map(|(kind, value)| set(&[&sequence(&[&oid(kind), &text(value)])])).collect();
    tagged(der::SEQUENCE, &encoded.concat())
}

fn public_key(point: &[u8]) -> Vec<u8> {
    sequence(&[&sequence(&[&oid(EC_PUBLIC_KEY), &oid(P256)]), &bits(point)])
}

fn extensions(template: &Template) -> Vec<u8> {
    /// digitalSignature is bit 0, keyCertSign bit 5.
    const SIGNS: [u8; 4] = [der::BITS, 2, 7, 0x80];
    const SIGNS_CERTIFICATES_TOO: [u8; 4] = [der::BITS, 2, 2, 0x84];
    const KEY_ID_BYTES: usize = 20;
    let usage = if template.authority { SIGNS_CERTIFICATES_TOO } else { SIGNS };
    let constraints = if template.authority { sequence(&[&boolean(true)]) } else { sequence(&[]) };
    let key_id = ring::digest::digest(&ring::digest::SHA256, &template.public_key);
    let mut all = vec![
        extension(KEY_USAGE, true, &usage),
        extension(EXTENDED_USAGE, false, &sequence(&[&oid(SERVER_AUTH), &oid(CLIENT_AUTH)])),
        extension(BASIC_CONSTRAINTS, true, &constraints),
        extension(SUBJECT_KEY_ID, false, &octets(&key_id.as_ref()[..KEY_ID_BYTES])),
    ];
    let names = alternative_names(template);
    if !names.is_empty() {
        all.push(extension(ALTERNATIVE_NAME, false, &tagged(der::SEQUENCE, &names)));
    }
    tagged(der::SEQUENCE, &all.concat())
}

fn alternative_names(template: &Template) -> Vec<u8> {
    const DNS_NAME: u8 = 0x82;
    const ADDRESS: u8 = 0x87;
    let dns = template.dns_names.iter().map(|name| tagged(DNS_NAME, name.as_bytes()));
    let addresses = template.addresses.iter().map(|address| match address {
        std::net::IpAddr::V4(v4) => tagged(ADDRESS, &v4.octets()),
        std::net::IpAddr::V6(v6) => tagged(ADDRESS, &v6.octets()),
    });
    dns.chain(addresses).collect::<Vec<_>>().concat()
}

fn extension(kind: &[u8], critical: bool, content: &[u8]) -> Vec<u8> {
    let critical = if critical { boolean(true) } else { Vec::new() };
    sequence(&[&oid(kind), &critical, &octets(content)])
}
