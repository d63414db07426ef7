//! One HTTP request by a way that the logic chooses: interface, source address, proxy, trust. Called by jobs that
//! speak with the controller, test a port, or look for a proxy; content goes by another trait, straight to a file.
//!
//! Nothing is retried, no redirect is followed and no connection is kept: what to do next is the logic's to decide
//! (spec/01, A5).

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use super::{Scope, Unsupported};

/// Methods that pillar uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Asks.
    Get,
    /// Tells; the request has a body.
    Post,
}

/// By which way a request leaves the device. The default is the way of the kernel's routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Via {
    /// The interface that the connection is bound to.
    pub interface: Option<String>,
    /// The address that it comes from.
    pub source: Option<IpAddr>,
    /// Servers to resolve names by, in this order; without any, the system resolves.
    pub dns_servers: Vec<IpAddr>,
    /// The proxy.
    pub proxy: Option<Proxy>,
}

/// A proxy, without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// How it is spoken to.
    pub scheme: ProxyScheme,
    /// Its name or address; an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyScheme {
    /// HTTP, with CONNECT for HTTPS.
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS 5, names resolved by the proxy.
    Socks5,
}

/// Which servers are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Whether those are that the system believes.
    pub system: bool,
    /// Further roots: PEM, one or more certificates each.
    pub roots: Vec<String>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it does.
    pub method: Method,
    /// `http://` or `https://` and the rest.
    pub url: String,
    /// Headers, without `Host` and `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// The body of a POST.
    pub body: Vec<u8>,
    /// By which way.
    pub via: Via,
    /// Which servers are believed, for HTTPS.
    pub trust: Trust,
    /// How long it may take in all.
    pub time: Duration,
    /// How long connecting may take.
    pub connect_time: Duration,
    /// The longest body that is taken, in bytes.
    pub body_limit: usize,
}

/// What a server answers, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// Its headers, names in lower case. One that is no UTF-8 is left out.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| &**value)
    }
}

/// Requests.
pub trait Http: Send + Sync {
    /// Sends a request and takes the whole answer.
    fn send(&self, scope: &Scope, request: &Request) -> Result<Answer, HttpError>;
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// The URL, a header or a root certificate cannot be used; says which.
    BadRequest(String),
    /// The device lacks the interface or the source address.
    NoSuchWay,
    /// The name was not resolved: temporarily, or as it seems for good.
    Dns {
        /// The name.
        host: String,
        /// Whether trying again may help.
        temporary: bool,
    },
    /// Nobody listens there.
    Refused,
    /// There is no way to the server, or it went silent while connecting.
    Unreachable,
    /// The server's certificate is out of date, or not valid yet by the device's clock.
    CertificateExpired,
    /// The server's certificate is of nobody that is believed.
    UnknownAuthority,
    /// TLS failed otherwise; says how.
    Tls(String),
    /// The proxy refused with this status.
    Proxy(u16),
    /// It took too long.
    TimedOut,
    /// The body is longer than the limit, in bytes.
    TooLarge(usize),
    /// The server does not speak HTTP, or stopped amid its answer; says how.
    Broken(String),
    /// The job was cancelled.
    Cancelled,
    /// The device has no HTTP.
    Unsupported,
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::BadRequest(what) => write!(f, "bad request: {what}"),
            HttpError::NoSuchWay => f.write_str("no such interface or source address"),
            HttpError::Dns { host, temporary: true } => write!(f, "{host}: not resolved for now"),
            HttpError::Dns { host, temporary: false } => write!(f, "{host}: no such host"),
            HttpError::Refused => f.write_str("connection refused"),
            HttpError::Unreachable => f.write_str("server not reachable"),
            HttpError::CertificateExpired => {
                f.write_str("the server's certificate is out of date, or the device's clock is wrong")
            }
            HttpError::UnknownAuthority => {
                f.write_str("the server's certificate is signed by an unknown authority")
            }
            HttpError::Tls(what) => write!(f, "TLS failed: {what}"),
            HttpError::Proxy(status) => write!(f, "the proxy refused with status {status}"),
            HttpError::TimedOut => f.write_str("no answer in time"),
            HttpError::TooLarge(limit) => write!(f, "the answer is longer than {limit} bytes"),
            HttpError::Broken(what) => write!(f, "the answer is broken: {what}"),
            HttpError::Cancelled => f.write_str("cancelled"),
            HttpError::Unsupported => f.write_str("this device has no HTTP"),
        }
    }
}

impl std::error::Error for HttpError {}

impl Http for Unsupported {
    fn send(&self, _: &Scope, _: &Request) -> Result<Answer, HttpError> {
        Err(HttpError::Unsupported)
    }
}
