//! Which proxy to reach a URL by, from a port's proxy settings (spec/02, Proxy selection; spec/03, HTTP proxy
//! selection). Pure: called by jobs before each request, by nim when it looks for a PAC file, and by diag.
//!
//! **PAC files are not run.** There is no JavaScript interpreter here. A PAC file that always gives the same
//! answer is understood; any other is refused with [`ProxyError::PacNeedsScript`], so that nobody takes the direct
//! way where a proxy was meant.
//!
//! What settings and servers say is of bounded length, and never leads to a panic.

mod bypass;
pub mod pac;
mod target;
pub mod wpad;

use std::fmt;

use pillar_types::port::{NetworkProxyType, ProxyConfig};

use self::bypass::bypasses;
use self::target::Target;
use crate::hal::{Proxy, ProxyScheme};

/// One way to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Without a proxy.
    Direct,
    /// By a proxy.
    Via(Proxy),
}

/// Why there is no way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyError {
    /// What is to be reached is no URL.
    BadUrl,
    /// A proxy that cannot be understood.
    BadProxy(String),
    /// A proxy with a user and a password, which requests do not carry.
    Credentials,
    /// The PAC file is not in base64, not text, or too long.
    BadPac,
    /// The PAC file has to be run, and there is nothing to run it.
    PacNeedsScript,
    /// The PAC file's answer names no way that can be taken.
    BadPacAnswer(String),
    /// A PAC file is to be looked for, and there is neither a URL nor a domain to look in.
    NoDomain,
    /// The domain to look for a PAC file in is no domain.
    BadDomain(String),
}

/// The most of a text from outside that an error quotes, in bytes.
const MAX_QUOTED: usize = 100;

/// The ways to a URL, to be tried in this order. There is always one.
pub fn routes(config: &ProxyConfig, url: &str) -> Result<Vec<Route>, ProxyError> {
    let target = Target::parse(url).ok_or(ProxyError::BadUrl)?;
    if !config.pacfile.is_empty() {
        return pac::routes(&config.pacfile);
    }
    let proxy = match target.scheme.as_str() {
        "http" | "ws" => static_proxy(config, NetworkProxyType::Http)?,
        "https" | "wss" => static_proxy(config, NetworkProxyType::Https)?,
        _ => None,
    };
    Ok(vec![match proxy {
        Some(proxy) if !bypasses(&config.exceptions, &target) => Route::Via(proxy),
        _ => Route::Direct,
    }])
}

/// Whether the settings ask for a proxy at all.
pub fn is_explicit(config: &ProxyConfig) -> bool {
    !config.proxies.is_empty() || !config.pacfile.is_empty() || config.network_proxy_enable
}

/// The URL to download from by a port: one without a scheme gets one, and one whose scheme no proxy speaks, such
/// as `docker://`, that of a proxy if there is one for it.
pub fn download_url(config: &ProxyConfig, url: &str, is_sftp: bool) -> String {
    let url = match url.contains("://") {
        true => url.to_owned(),
        false if is_sftp => format!("http://{url}"),
        false => format!("https://{url}"),
    };
    let Some((scheme, rest)) = url.split_once("://") else { return url };
    if ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return url;
    }
    let by_proxy = |scheme: &str| {
        let url = format!("{scheme}://{rest}");
        let routes = routes(config, &url).ok()?;
        routes.iter().any(|route| matches!(route, Route::Via(_))).then_some(url)
    };
    by_proxy("https").or_else(|| by_proxy("http")).unwrap_or(url)
}

/// The proxy of a kind; of several the last counts.
fn static_proxy(config: &ProxyConfig, kind: NetworkProxyType) -> Result<Option<Proxy>, ProxyError> {
    let Some(entry) = config.proxies.iter().rev().find(|entry| entry.proxy_type == kind) else {
        return Ok(None);
    };
    match (entry.server.as_str(), entry.port) {
        ("", 0) => Ok(None),
        (server, 0) => parse_proxy(server).map(Some),
        (server, port) => parse_proxy(&format!("{server}:{port}")).map(Some),
    }
}

/// A proxy as `[scheme://]host[:port]`; without a scheme that a proxy has it is HTTP.
fn parse_proxy(text: &str) -> Result<Proxy, ProxyError> {
    let text = text.trim();
    let bad = || ProxyError::BadProxy(quoted(text));
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let target = Target::parse(&url).ok_or_else(bad)?;
    let (scheme, port) = match target.scheme.as_str() {
        "http" => (ProxyScheme::Http, 80),
        "https" => (ProxyScheme::Https, 443),
        "socks5" => (ProxyScheme::Socks5, 1080),
        _ => return Err(bad()),
    };
    if target.has_credentials {
        return Err(ProxyError::Credentials);
    }
    Ok(Proxy { scheme, host: target.host, port: target.port.unwrap_or(port) })
}

/// The beginning of a text from outside, without what could disturb a log.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if quoted.len() + c.len_utf8() > MAX_QUOTED {
            quoted.push('…');
            break;
        }
        quoted.push(c);
    }
    quoted
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProxyError::BadUrl => f.write_str("not a URL that can be reached"),
            ProxyError::BadProxy(text) => write!(f, "'{text}' is no proxy"),
            ProxyError::Credentials => f.write_str("proxies with user and password are not supported"),
            ProxyError::BadPac => f.write_str("the PAC file cannot be read"),
            ProxyError::PacNeedsScript => f.write_str(
                "the PAC file needs a script interpreter, which is not there; set the proxies themselves",
            ),
            ProxyError::BadPacAnswer(text) => {
                write!(f, "the PAC file's answer '{text}' names no usable proxy")
            }
            ProxyError::NoDomain => {
                f.write_str("a PAC file is to be looked for, but there is neither a URL nor a DNS domain")
            }
            ProxyError::BadDomain(text) => write!(f, "'{text}' is no DNS domain to look for a PAC file in"),
        }
    }
}

impl std::error::Error for ProxyError {}

#[cfg(test)]
mod tests;
