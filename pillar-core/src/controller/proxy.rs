//! Which proxy a port uses for a URL (spec/01, A6). Pure.
//!
//! A script that picks the proxy (PAC) is not run: it needs an interpreter. A port that has only a script goes
//! directly, which [`needs_script`] tells.

use std::net::IpAddr;

use pillar_types::IpNet;
use pillar_types::port::{NetworkProxyType, ProxyConfig};

use crate::hal::{Proxy, ProxyScheme};

/// The proxy for a URL; `None` to go directly.
pub fn choose(config: &ProxyConfig, url: &str) -> Option<Proxy> {
    let (scheme, host, port) = parts(url)?;
    if is_local(host) || is_excepted(&config.exceptions, host, port) {
        return None;
    }
    let kind = if scheme == "https" { NetworkProxyType::Https } else { NetworkProxyType::Http };
    let entry = config.proxies.iter().find(|entry| entry.proxy_type == kind)?;
    proxy(&entry.server, entry.port)
}

/// Whether the port's proxy could only be found by running a script.
pub fn needs_script(config: &ProxyConfig) -> bool {
    !config.pacfile.is_empty() || config.network_proxy_enable
}

/// A proxy as it is configured: `host` or `scheme://host`, with a port beside or behind it.
fn proxy(server: &str, port: u32) -> Option<Proxy> {
    const DEFAULT_PORTS: [(ProxyScheme, u16); 3] =
        [(ProxyScheme::Http, 80), (ProxyScheme::Https, 443), (ProxyScheme::Socks5, 1080)];
    let (scheme, rest) = server.split_once("://").unwrap_or(("http", server));
    let scheme = match scheme {
        "http" => ProxyScheme::Http,
        "https" => ProxyScheme::Https,
        "socks5" | "socks5h" => ProxyScheme::Socks5,
        _ => return None,
    };
    let rest = rest.split('/').next().unwrap_or_default();
    let (host, own_port) = split_port(rest);
    let default = DEFAULT_PORTS.iter().find(|(other, _)| *other == scheme).map(|(_, port)| *port);
    let port = match u16::try_from(port).ok()? {
        0 => own_port.or(default)?,
        beside => beside,
    };
    (!host.is_empty()).then(|| Proxy { scheme, host: host.to_owned(), port })
}

/// Scheme, host without brackets, and port of a URL.
fn parts(url: &str) -> Option<(&str, &str, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let (host, port) = split_port(rest.split(['/', '?']).next()?);
    let default = if scheme == "https" { 443 } else { 80 };
    Some((scheme, host, port.unwrap_or(default)))
}

/// Host without brackets, and port if there is one.
fn split_port(text: &str) -> (&str, Option<u16>) {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, port.parse().ok()),
        _ => (text, None),
    }
}

fn is_local(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether one of the exceptions means the host: `*`, a network, an address or a domain, the latter two with or
/// without a port.
fn is_excepted(exceptions: &str, host: &str, port: u16) -> bool {
    let address: Option<IpAddr> = host.parse().ok();
    exceptions.split(',').map(str::trim).filter(|exception| !exception.is_empty()).any(|exception| {
        if exception == "*" {
            return true;
        }
        if let Some(network) = network(exception) {
            return address.is_some_and(|address| network.contains(address));
        }
        let (name, only) = split_port(exception);
        if only.is_some_and(|only| only != port) {
            return false;
        }
        match name.parse::<IpAddr>() {
            Ok(other) => address == Some(other),
            Err(_) => address.is_none() && is_in_domain(host, name),
        }
    })
}

fn network(text: &str) -> Option<IpNet> {
    let (address, length) = text.split_once('/')?;
    IpNet::new(address.parse().ok()?, length.parse().ok()?)
}

/// `foo.com` has itself and what is below it, `.foo.com` and `*.foo.com` only the latter.
fn is_in_domain(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let below = domain.strip_prefix('*').unwrap_or(&domain);
    match below.strip_prefix('.') {
        Some(_) => host.ends_with(below) && host.len() > below.len(),
        None => host == below || host.strip_suffix(below).is_some_and(|rest| rest.ends_with('.')),
    }
}

#[cfg(test)]
mod tests {
    use pillar_types::port::ProxyEntry;

    use super::*;

    fn config(proxies: &[(NetworkProxyType, &str, u32)], exceptions: &str) -> ProxyConfig {
        let entry = |(kind, server, port): &(NetworkProxyType, &str, u32)| ProxyEntry {
            proxy_type: *kind,
            server: (*server).into(),
            port: *port,
            ..ProxyEntry::default()
        };
        ProxyConfig {
            proxies: proxies.iter().map(entry).collect(),
            exceptions: exceptions.into(),
            ..ProxyConfig::default()
        }
    }

    #[test]
    fn ac01_10_exceptions_go_direct_and_the_rest_through_the_proxy() {
        let config = config(&[(NetworkProxyType::Https, "p", 8080)], "foo.com,.bar.com,10.0.0.0/8");
        for host in ["foo.com", "a.foo.com", "x.bar.com", "10.1.2.3", "FOO.com:8443"] {
            assert_eq!(choose(&config, &format!("https://{host}/path")), None, "{host}");
        }
        let proxy = Proxy { scheme: ProxyScheme::Http, host: "p".into(), port: 8080 };
        for host in ["bar.com", "11.1.2.3", "notfoo.com", "foo.com.example"] {
            assert_eq!(choose(&config, &format!("https://{host}/path")), Some(proxy.clone()), "{host}");
        }
    }

    #[test]
    fn exceptions_may_have_ports_and_stars() {
        let direct = |exceptions: &str, url: &str| {
            choose(&config(&[(NetworkProxyType::Https, "p", 1)], exceptions), url).is_none()
        };
        assert!(direct("*", "https://any.example"));
        assert!(direct(" a.example:8443 ,b", "https://a.example:8443/"));
        assert!(!direct("a.example:8443", "https://a.example/"));
        assert!(direct("192.0.2.1", "https://192.0.2.1/"));
        assert!(
            direct("*.a.example", "https://b.a.example/") && !direct("*.a.example", "https://a.example/")
        );
        assert!(direct("2001:db8::/32", "https://[2001:db8::1]:443/"));
        assert!(!direct("", "https://a.example/") && !direct(",,", "https://a.example/"));
        for local in ["localhost", "127.0.0.1", "[::1]:8080", "LOCALHOST:1"] {
            assert!(direct("", &format!("https://{local}/")), "{local}");
        }
    }

    #[test]
    fn proxies_are_chosen_by_the_scheme_of_the_url_and_read_in_all_their_forms() {
        let both = config(&[(NetworkProxyType::Http, "h", 1), (NetworkProxyType::Https, "s", 2)], "");
        assert_eq!(choose(&both, "http://a.example").unwrap().host, "h");
        assert_eq!(choose(&both, "https://a.example").unwrap().host, "s");
        let read = |server: &str, port| {
            let config = config(&[(NetworkProxyType::Http, server, port)], "");
            choose(&config, "http://a.example").map(|proxy| (proxy.scheme, proxy.host, proxy.port))
        };
        let is = |scheme, host: &str, port| Some((scheme, host.to_owned(), port));
        assert_eq!(read("p.example", 3128), is(ProxyScheme::Http, "p.example", 3128));
        assert_eq!(read("https://p.example", 0), is(ProxyScheme::Https, "p.example", 443));
        assert_eq!(read("socks5://p.example:9/", 0), is(ProxyScheme::Socks5, "p.example", 9));
        assert_eq!(read("[2001:db8::1]", 8080), is(ProxyScheme::Http, "2001:db8::1", 8080));
        assert_eq!(read("ftp://p.example", 1), None);
        assert_eq!(read("p.example", 70_000), None);
        assert_eq!(read("", 1), None);
    }
}
