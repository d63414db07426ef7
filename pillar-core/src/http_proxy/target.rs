//! What proxy selection looks at of a URL (RFC 3986): scheme, host and port. The rest is not checked.

/// The longest URL that is looked at, in bytes.
const MAX_URL: usize = 16 * 1024;

/// The parts of a URL that count here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// In lower case.
    pub scheme: String,
    /// In lower case; an IPv6 address without brackets. Never empty.
    pub host: String,
    /// As the URL says it.
    pub port: Option<u16>,
    /// Whether it has a user, and maybe a password.
    pub has_credentials: bool,
}

impl Target {
    /// Reads `scheme://[user@]host[:port][/…]`.
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://").filter(|_| url.len() <= MAX_URL)?;
        let is_scheme_char = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(is_scheme_char) {
            return None;
        }
        let authority = rest.split(['/', '?', '#']).next()?;
        let (user, place) =
            authority.rsplit_once('@').map_or((None, authority), |(user, at)| (Some(user), at));
        let (host, port) = split_port(place)?;
        let is_bad = |c: char| c.is_control() || c.is_whitespace() || "\\\"<>^`{|}%".contains(c);
        if host.is_empty() || host.contains(is_bad) {
            return None;
        }
        Some(Target {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_lowercase(),
            port,
            has_credentials: user.is_some(),
        })
    }

    /// The port that is meant, if the scheme has one of its own.
    pub fn effective_port(&self) -> Option<u16> {
        let default = match self.scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            "socks5" => Some(1080),
            _ => None,
        };
        self.port.or(default)
    }
}

/// Splits `host[:port]` or `[v6][:port]`. An empty port is none; one that is no number makes no sense.
pub(super) fn split_port(place: &str) -> Option<(&str, Option<u16>)> {
    let (host, rest) = match place.strip_prefix('[') {
        Some(v6) => v6.split_once(']').filter(|(host, _)| host.contains(':'))?,
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    let port = match rest.strip_prefix(':') {
        Some("") => None,
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(port.parse().ok()?),
        None if rest.is_empty() => None,
        _ => return None,
    };
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_url_that_count() {
        for (url, scheme, host, port) in [
            ("http://foo.com", "http", "foo.com", None),
            ("HTTPS://Foo.COM:8443/x?y#z", "https", "foo.com", Some(8443)),
            ("http://foo.com:/x", "http", "foo.com", None),
            ("wss://[2001:db8::1]:9/", "wss", "2001:db8::1", Some(9)),
            ("http://[::1]", "http", "::1", None),
            ("http://u:p@x@10.0.0.1:1?q", "http", "10.0.0.1", Some(1)),
            ("docker://registry/image:tag", "docker", "registry", None),
        ] {
            let target = Target::parse(url).expect(url);
            assert_eq!((&*target.scheme, &*target.host, target.port), (scheme, host, port), "{url}");
            assert_eq!(target.has_credentials, url.contains('@'), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        let long = format!("http://{}", "a".repeat(MAX_URL));
        for url in [
            "",
            "foo.com",
            "://foo",
            "1a://foo",
            "ht tp://foo",
            "http://",
            "http:///path",
            "http://:80",
            "http://a b",
            "http://a\nb",
            "http://a:b",
            "http://a:+1",
            "http://a:65536",
            "http://a:1:2",
            "http://[::1",
            "http://[a]",
            "http://[::1]x",
            &long,
        ] {
            assert_eq!(Target::parse(url), None, "{url:?}");
        }
    }
}
