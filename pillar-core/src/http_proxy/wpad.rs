//! Where to look for a PAC file in the network (spec/03, WPAD). Whoever fetches it does so directly, each place
//! with a time limit of its own, and puts what it finds into the port's status.

use pillar_types::port::ProxyConfig;

use super::{ProxyError, quoted};

/// The longest domain and the longest label of one, in bytes (RFC 1035, section 2.3.4).
const MAX_DOMAIN: usize = 253;
const MAX_LABEL: usize = 63;

/// What a server must call a PAC file.
const PAC_TYPE: &str = "application/x-ns-proxy-autoconfig";

/// The URLs to try for a PAC file, in this order. None if none is wanted, or there is one already. `domain` is
/// the port's, which somebody in the network has chosen.
pub fn urls(config: &ProxyConfig, domain: &str) -> Result<Vec<String>, ProxyError> {
    if !config.network_proxy_enable || !config.pacfile.is_empty() {
        return Ok(Vec::new());
    }
    if !config.network_proxy_url.is_empty() {
        return Ok(vec![config.network_proxy_url.clone()]);
    }
    let domain = domain.trim_end_matches('.');
    if domain.is_empty() {
        return Err(ProxyError::NoDomain);
    }
    if domain.len() > MAX_DOMAIN || !domain.split('.').all(is_label) {
        return Err(ProxyError::BadDomain(quoted(domain)));
    }
    let parents = std::iter::successors(Some(domain), |domain| {
        domain.split_once('.').map(|(_, parent)| parent).filter(|parent| parent.contains('.'))
    });
    Ok(parents.map(|domain| format!("http://wpad.{domain}/wpad.dat")).collect())
}

/// Whether a `Content-Type` says that this is a PAC file.
pub fn is_pac(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(PAC_TYPE))
}

fn is_label(label: &str) -> bool {
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !label.is_empty() && label.len() <= MAX_LABEL && label.bytes().all(is_char)
}
