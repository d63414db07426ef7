//! Where a download comes from: the URL, headers and trust of a datastore, and the ways to it. Pure (spec/06,
//! Downloader).

use std::fmt::Write;

use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::download::{DatastoreConfig, DatastoreType};

use crate::controller::ways::{self, Way};
use crate::hal::Trust;

/// What is asked of a datastore.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The URL of the object.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Which servers are believed.
    pub trust: Trust,
}

/// What datastores know the device by.
#[cfg(target_arch = "aarch64")]
const USER_AGENT: &str = "UnityNetworkReporter/ (linux arm64)";
#[cfg(not(target_arch = "aarch64"))]
const USER_AGENT: &str = "UnityNetworkReporter/ (linux amd64)";

impl Source {
    /// An object of a datastore; or why it cannot be asked for.
    pub fn new(
        datastore: &DatastoreConfig,
        name: &str,
        allow_insecure: bool,
        network: &DeviceNetworkStatus,
    ) -> Result<Self, String> {
        let default_scheme = match datastore.ds_type {
            DatastoreType::Https => "https",
            DatastoreType::Http | DatastoreType::Unset => "http",
            ref other => {
                return Err(format!("datastores of type {} are not supported yet", other.text()));
            }
        };
        let url = url(default_scheme, &datastore.fqdn, &datastore.dpath, name)?;
        let (api_key, password) = (datastore.api_key.expose(), datastore.password.expose());
        let mut headers = vec![("User-Agent".to_owned(), USER_AGENT.to_owned())];
        if !api_key.is_empty() || !password.is_empty() {
            if url.starts_with("http://") && !allow_insecure {
                return Err("credentials are not sent without encryption \
                    (datastore.http.security.allowinsecureauth is false)"
                    .into());
            }
            headers.push(("Authorization".to_owned(), format!("{api_key} {password}")));
        } else if datastore.cipher_block.is_cipher {
            return Err("the credentials of the datastore cannot be decrypted".into());
        }
        Ok(Source { url, headers, trust: trust(datastore, network) })
    }
}

/// A datastore's own certificates take the place of all others.
fn trust(datastore: &DatastoreConfig, network: &DeviceNetworkStatus) -> Trust {
    let own: Vec<String> =
        datastore.ds_cert_pem.iter().map(|pem| String::from_utf8_lossy(pem).into_owned()).collect();
    if own.is_empty() { ways::trust(network, "") } else { Trust { system: false, roots: own } }
}

/// The URL of an object: host, path of the datastore, name; a query of the name stays as it is.
fn url(scheme: &str, fqdn: &str, dpath: &str, name: &str) -> Result<String, String> {
    let (scheme, host) = match fqdn.split_once("://") {
        Some((own @ ("http" | "https"), host)) => (own, host),
        Some((other, _)) => return Err(format!("a datastore with {other:?} in its address")),
        None => (scheme, fqdn),
    };
    let (host, path) = host.split_once('/').unwrap_or((host, ""));
    if host.is_empty() {
        return Err("the datastore has no address".into());
    }
    let (name, query) = match name.split_once('?') {
        Some((name, query)) => (name, format!("?{query}")),
        None => (name, String::new()),
    };
    let parts = [path, dpath, name].into_iter().flat_map(|path| path.split('/'));
    let mut url = format!("{scheme}://{host}");
    for part in parts.filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            return Err(format!("the name {name:?} leads out of the datastore"));
        }
        url.push('/');
        push_encoded(&mut url, part);
    }
    Ok(url + &query)
}

/// Characters that a path may have stay (RFC 3986, 3.3), and so does what is encoded already.
fn push_encoded(url: &mut String, part: &str) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}"); // a String takes all
        }
    }
}

/// The ways that downloads may take: every usable address of the management ports that cost `max_cost` at most, the
/// cheapest first.
pub fn ways(network: &DeviceNetworkStatus, max_cost: u8) -> Vec<Way> {
    let allowed = |port: &&_| -> bool { network.is_mgmt(port) };
    let mut ports: Vec<_> =
        network.ports.iter().filter(allowed).filter(|port| port.cost <= max_cost).collect();
    ports.sort_by_key(|port| port.cost);
    ports.into_iter().flat_map(ways::ways_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_have_host_path_and_name() {
        for (fqdn, dpath, name, expected) in [
            ("host", "", "disk.img", "https://host/disk.img"),
            ("http://host:8080", "images", "a/b.img", "http://host:8080/images/a/b.img"),
            ("https://host/base/", "/images/", "/b.img", "https://host/base/images/b.img"),
            ("host", "d", "b.img?sv=1&sig=a%2Fb", "https://host/d/b.img?sv=1&sig=a%2Fb"),
            ("host", "", "my disk\u{e4}.img", "https://host/my%20disk%C3%A4.img"),
        ] {
            assert_eq!(url("https", fqdn, dpath, name).as_deref(), Ok(expected));
        }
        for (fqdn, name) in [("", "x"), ("ftp://host", "x"), ("host", "../x"), ("https://", "x")] {
            assert!(url("https", fqdn, "", name).is_err(), "{fqdn} {name}");
        }
    }
}
