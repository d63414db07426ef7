//! TLS of one request, by rustls (spec/01, A1): whom it believes, and what is wrong with a server.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use pillar_core::controller::pem;
use pillar_core::hal::{HttpError, Trust};
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::algorithms;
use super::connection::Stream;

/// Where Debian, Alpine and EVE have the roots that the system believes.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How many ways to trust are kept ready: one for each port with a proxy's certificate of its own.
const MAX_CONFIGS: usize = 8;

/// Sessions that are kept to be resumed (spec/01, A1).
const SESSIONS: usize = 64;

/// Set-ups that are ready, the latest first. Reading the system's roots takes milliseconds.
pub(super) struct Configs {
    system: PathBuf,
    ready: Vec<(Key, Arc<ClientConfig>)>,
}

/// What a set-up was made from.
#[derive(Clone, PartialEq)]
struct Key {
    trust: Trust,
    /// When the system's roots were written, and how long they are.
    system: Option<(SystemTime, u64)>,
}

impl Default for Configs {
    fn default() -> Self {
        Configs { system: SYSTEM_ROOTS.into(), ready: Vec::new() }
    }
}

impl Configs {
    /// The set-up for whom a request trusts.
    pub(super) fn config(&mut self, trust: &Trust) -> Result<Arc<ClientConfig>, HttpError> {
        let key = Key { trust: trust.clone(), system: trust.system.then(|| self.stamp()).flatten() };
        if let Some(at) = self.ready.iter().position(|(known, _)| *known == key) {
            self.ready[..=at].rotate_right(1);
            return Ok(self.ready[0].1.clone());
        }
        let config = Arc::new(self.build(&key)?);
        self.ready.insert(0, (key, config.clone()));
        self.ready.truncate(MAX_CONFIGS);
        Ok(config)
    }

    fn stamp(&self) -> Option<(SystemTime, u64)> {
        let about = fs::metadata(&self.system).ok()?;
        Some((about.modified().ok()?, about.len()))
    }

    fn build(&self, key: &Key) -> Result<ClientConfig, HttpError> {
        let mut roots = RootCertStore::empty();
        if key.system.is_some() {
            // Of these, some may be of kinds that cannot be used: that must not keep the rest out.
            let bundle = fs::read(&self.system).unwrap_or_default();
            roots.add_parsable_certificates(certificates(&bundle));
        }
        for own in &key.trust.roots {
            let before = roots.len();
            roots.add_parsable_certificates(certificates(own.as_bytes()));
            if roots.len() == before {
                return Err(HttpError::BadRequest("a root certificate".into()));
            }
        }
        let builder = ClientConfig::builder_with_provider(algorithms::provider())
            .with_safe_default_protocol_versions()
            .map_err(|why| HttpError::Tls(why.to_string()))?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Ok(config)
    }
}

fn certificates(text: &[u8]) -> impl Iterator<Item = CertificateDer<'static>> {
    pem::blocks(text, pem::CERTIFICATE).map(CertificateDer::from)
}

/// TLS over a stream, once both sides agree.
pub(super) fn wrap(
    stream: Box<dyn Stream>,
    host: &str,
    config: Arc<ClientConfig>,
) -> Result<Box<dyn Stream>, HttpError> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| HttpError::BadRequest(format!("the server's name {host:?}")))?;
    let connection = ClientConnection::new(config, name).map_err(|why| HttpError::Tls(why.to_string()))?;
    let mut tls = StreamOwned::new(connection, stream);
    while tls.conn.is_handshaking() {
        tls.conn.complete_io(&mut tls.sock).map_err(handshake_error)?;
    }
    Ok(Box::new(tls))
}

fn handshake_error(error: std::io::Error) -> HttpError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(why)) => certificate_error(why),
        Some(other) => HttpError::Tls(other.to_string()),
        None => match super::io_error(error) {
            HttpError::Broken(_) => HttpError::Tls("the server ended the connection".into()),
            other => other,
        },
    }
}

fn certificate_error(error: &CertificateError) -> HttpError {
    match error {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => HttpError::CertificateExpired,
        // A root of the right name and with another key is no root either.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => HttpError::UnknownAuthority,
        CertificateError::Other(other) if signed_by_itself(other) => HttpError::UnknownAuthority,
        other => HttpError::Tls(format!("the server's certificate: {other}")),
    }
}

/// What a server shows that was given the certificate of its own authority: nobody that we know signed it.
fn signed_by_itself(error: &rustls::OtherError) -> bool {
    error.0.downcast_ref::<webpki::Error>() == Some(&webpki::Error::CaUsedAsEndEntity)
}
