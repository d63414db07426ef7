//! Where the controller is, and the URLs of its API (spec/01, Controller endpoints).

use pillar_types::Uuid;

/// The longest text that is taken for a server: a name of DNS, a port, a scheme.
const MAX_SERVER: usize = 300;

/// A controller by scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server(String);

/// What is asked of a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Its certificates.
    Certs,
    /// Tells it that the device exists.
    Register,
    /// The device's UUID.
    Uuid,
    /// Nothing: whether it can be reached.
    Ping,
    /// The configuration.
    Config,
    /// A step of attestation.
    Attest,
    /// Tells it about an object.
    Info,
    /// Tells it about the use of resources.
    Metrics,
}

impl Server {
    /// Reads `/config/server`: `host` or `host:port`, with or without a scheme. `None` if that is no server.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-_[]".contains(&byte);
        let good = !host.is_empty() && text.len() <= MAX_SERVER && host.bytes().all(plain);
        if !good {
            return None;
        }
        Some(Server(if host.len() == text.len() { format!("https://{text}") } else { text.to_owned() }))
    }

    /// The URL for a device, whose UUID may not be known yet.
    pub fn url(&self, endpoint: Endpoint, device: Option<Uuid>) -> String {
        let device = match device.filter(|uuid| !uuid.is_nil() && endpoint.is_about_a_device()) {
            Some(uuid) => format!("id/{uuid}/"),
            None => String::new(),
        };
        format!("{}/api/v2/edgedevice/{device}{}", self.0, endpoint.action())
    }
}

impl Endpoint {
    /// The end of its URL.
    pub fn action(self) -> &'static str {
        match self {
            Endpoint::Certs => "certs",
            Endpoint::Register => "register",
            Endpoint::Uuid => "uuid",
            Endpoint::Ping => "ping",
            Endpoint::Config => "config",
            Endpoint::Attest => "attest",
            Endpoint::Info => "info",
            Endpoint::Metrics => "metrics",
        }
    }

    /// Whether the device's UUID stands in its URL.
    fn is_about_a_device(self) -> bool {
        !matches!(self, Endpoint::Certs | Endpoint::Register | Endpoint::Uuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_those_of_the_api() {
        let server = Server::parse(" ctl.example:8443\n").unwrap();
        let device = "9f0c0000-0000-4000-8000-000000000001".parse().ok();
        let url = |endpoint, device| server.url(endpoint, device);
        let base = "https://ctl.example:8443/api/v2/edgedevice";
        assert_eq!(url(Endpoint::Certs, device), format!("{base}/certs"));
        assert_eq!(url(Endpoint::Register, device), format!("{base}/register"));
        assert_eq!(url(Endpoint::Uuid, device), format!("{base}/uuid"));
        let id = "id/9f0c0000-0000-4000-8000-000000000001";
        assert_eq!(url(Endpoint::Ping, device), format!("{base}/{id}/ping"));
        assert_eq!(url(Endpoint::Ping, None), format!("{base}/ping"));
        assert_eq!(url(Endpoint::Ping, Some(Uuid::NIL)), format!("{base}/ping"));
        assert_eq!(url(Endpoint::Config, device), format!("{base}/{id}/config"));
    }

    #[test]
    fn a_server_is_a_host_with_port_and_scheme_if_it_says_so() {
        let parsed = |text: &str| Server::parse(text).map(|server| server.0);
        for (text, wanted) in [
            ("ctl.example", "https://ctl.example"),
            ("https://ctl.example", "https://ctl.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("[2001:db8::1]:443\n", "https://[2001:db8::1]:443"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(wanted), "{text}");
        }
        for text in ["", "\n", "a b", "a/b", "user@host", "ftp://host", "https://", &"a".repeat(400)] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
