//! The connectivity test: whether the controller answers through the ports of a configuration (spec/03, Connectivity
//! test). What says which ports to try and what judges an answer is pure; [`run`] is a job.
//!
//! One port that gets through is enough. A port that cannot be tried is told why without a packet being sent.

use std::fmt::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use pillar_types::device_network::{DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::port::{DhcpType, ProxyConfig};

use super::facts::Facts;
use crate::hal::{Hal, HttpError, Method, Request, Scope, Trust, Via};
use crate::http_proxy::{self, Route};

/// What is asked of the controller.
const PING: &str = "/api/v2/edgedevice/ping";

/// The longest file that names the controller, and that holds a root certificate, in bytes.
const MAX_SERVER: usize = 1024;
const MAX_CERTIFICATES: usize = 256 * 1024;

/// The longest answer to a ping.
const MAX_ANSWER: usize = 64 * 1024;

/// The longest that a whole test takes.
pub const MAX_TEST_TIME: Duration = Duration::from_mins(4);

/// A test to be made.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The file that names the controller, and that of its root certificate.
    pub server: PathBuf,
    /// The root certificate that is believed besides the system's.
    pub root: PathBuf,
    /// How long one request may take; zero: as long as the whole test.
    pub request_time: Duration,
    /// Whether this configuration reached the controller before: only then a refused connection is taken for the
    /// controller's, and not for that of something on the way.
    pub worked_before: bool,
    /// The ports, in the order in which they are tried.
    pub ports: Vec<PortAsk>,
}

/// A port to be tried.
#[derive(Clone, Debug)]
pub struct PortAsk {
    /// Its place in the configuration.
    pub place: usize,
    /// Its interface.
    pub if_name: String,
    /// Whether the controller may be reached through it.
    pub is_mgmt: bool,
    /// From 0, which is free.
    pub cost: u8,
    /// Addresses to come from.
    pub sources: Vec<IpAddr>,
    /// DNS servers.
    pub dns_servers: Vec<IpAddr>,
    /// Its proxies.
    pub proxy: ProxyConfig,
    /// What can be said of it without a packet.
    pub local: Local,
}

/// What can be said of a port without a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Local {
    /// Nothing stands against it.
    Good,
    /// Nothing but this, which is no reason not to use it.
    Warning(String),
    /// It is not ready, which may still come.
    NotReady(String),
    /// It cannot be used.
    Bad(String),
}

/// What a test found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Port by port, by place: good, with a warning or without (empty), or why not. Those of which nothing was found out
    /// are left out.
    pub ports: Vec<(usize, Result<String, String>)>,
    /// What all of it means.
    pub verdict: Verdict,
}

/// What a test means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The controller is reached.
    Passed,
    /// It is reached, and is not well.
    Remote(String),
    /// Ports are not ready yet.
    NotReady(String),
    /// It is not reached.
    Failed(String),
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Good,
    Remote(String),
    NotReady(String),
    Bad(String),
}

/// The ports to try, of a status, in order of cost; those of one cost in turn, by `round`. `refused` says which are
/// left alone.
pub fn ports(
    status: &DeviceNetworkStatus,
    facts: &Facts,
    refused: &[Option<String>],
    round: usize,
) -> Vec<PortAsk> {
    let mut ports: Vec<PortAsk> = status
        .ports
        .iter()
        .enumerate()
        .filter(|(place, port)| !port.invalid_config && refused.get(*place).is_some_and(Option::is_none))
        .map(|(place, port)| PortAsk {
            place,
            if_name: port.if_name.clone(),
            is_mgmt: status.is_mgmt(port),
            cost: port.cost,
            sources: port.usable_addrs().collect(),
            dns_servers: port.dns_servers.iter().filter_map(|server| server.get()).collect(),
            proxy: port.proxy.clone(),
            local: local(port, status.is_mgmt(port), facts),
        })
        .collect();
    ports.sort_by_key(|port| port.cost);
    for group in ports.chunk_by_mut(|left, right| left.cost == right.cost) {
        group.rotate_left(round % group.len());
    }
    ports
}

/// What can be said of a port without a packet.
fn local(port: &NetworkPortStatus, is_mgmt: bool, facts: &Facts) -> Local {
    let name = &port.if_name;
    let Some(link) = facts.links.get(name) else {
        return Local::Bad(format!("interface {name} is missing"));
    };
    if !link.lower_up {
        return Local::NotReady(format!("link not up for interface {name}"));
    }
    if !port.is_l3_port || (!is_mgmt && port.dhcp == DhcpType::None) {
        return Local::Good;
    }
    if port.usable_addrs().next().is_none() {
        return Local::NotReady(format!("interface {name}: no suitable IP address available"));
    }
    let by_address = |entry: &pillar_types::port::ProxyEntry| {
        entry.server.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
    };
    if port.dns_servers.is_empty() && !port.proxy.proxies.iter().any(by_address) {
        let why = format!("interface {name}: no DNS server available");
        return if is_mgmt { Local::NotReady(why) } else { Local::Warning(why) };
    }
    if port.proxy.network_proxy_enable && port.proxy.pacfile.is_empty() {
        return Local::Bad(format!(
            "interface {name}: looking for a proxy in the network is not supported yet"
        ));
    }
    Local::Good
}

/// Makes the test.
pub fn run(hal: &Hal, scope: &Scope, ask: &Ask) -> Found {
    let url = match hal.storage.read(scope, &ask.server, MAX_SERVER) {
        Ok(name) => format!("https://{}{PING}", String::from_utf8_lossy(&name).trim()),
        Err(why) => {
            let verdict = Verdict::Failed(format!("no controller is known: {why}"));
            return Found { ports: Vec::new(), verdict };
        }
    };
    let root = hal.storage.read(scope, &ask.root, MAX_CERTIFICATES).ok();
    let root = root.and_then(|pem| String::from_utf8(pem).ok());
    let mut tally = Tally::default();
    for port in &ask.ports {
        let tried = match &port.local {
            Local::Bad(why) => Some(Answer::Bad(why.clone())),
            Local::NotReady(why) => Some(Answer::NotReady(why.clone())),
            Local::Warning(_) | Local::Good if !port.is_mgmt || tally.passed_at.is_some() => None,
            Local::Warning(_) | Local::Good => Some(through(hal, scope, ask, port, &url, root.as_deref())),
        };
        tally.take(port, tried);
    }
    tally.found()
}

/// Tries a port from each of its addresses until one gets through.
fn through(hal: &Hal, scope: &Scope, ask: &Ask, port: &PortAsk, url: &str, root: Option<&str>) -> Answer {
    let routes = match http_proxy::routes(&port.proxy, url) {
        Ok(routes) => routes,
        Err(why) => return Answer::Bad(why.to_string()),
    };
    let certificates = port.proxy.proxy_cert_pem.iter();
    let mut roots: Vec<String> =
        certificates.filter_map(|pem| String::from_utf8(pem.to_vec()).ok()).collect();
    roots.extend(root.map(str::to_owned));
    let time = if ask.request_time.is_zero() { MAX_TEST_TIME } else { ask.request_time };
    let mut worst = None;
    for source in &port.sources {
        for route in &routes {
            let proxy = match route {
                Route::Direct => None,
                Route::Via(proxy) => Some(proxy.clone()),
            };
            let direct = proxy.is_none();
            let request = Request {
                method: Method::Get,
                url: url.to_owned(),
                headers: request_id(hal).into_iter().collect(),
                body: Vec::new(),
                via: Via {
                    interface: Some(port.if_name.clone()),
                    source: Some(*source),
                    dns_servers: port.dns_servers.clone(),
                    proxy,
                },
                trust: Trust { system: true, roots: roots.clone() },
                time,
                connect_time: time,
                body_limit: MAX_ANSWER,
            };
            let sent = hal.http.send(scope, &request).map(|answer| answer.status);
            match judge(sent, direct && ask.worked_before) {
                Answer::Good => return Answer::Good,
                answer => worst = Some(worse(worst, answer)),
            }
        }
    }
    worst.unwrap_or_else(|| {
        Answer::NotReady(format!("interface {}: no suitable IP address available", port.if_name))
    })
}

/// An id by which the controller's log and ours can be compared.
fn request_id(hal: &Hal) -> Option<(String, String)> {
    let mut bytes = [0; 16];
    hal.random.fill(&mut bytes).ok()?;
    // RFC 9562, section 5.4: version 4, variant 10.
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut hex = String::new();
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    let id = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
    Some(("X-Request-Id".into(), id))
}

/// What an answer, or none, means. A refused connection is the controller's only if `is_proved`.
fn judge(sent: Result<u16, HttpError>, is_proved: bool) -> Answer {
    match sent {
        Ok(200 | 201 | 204 | 304) => Answer::Good,
        Ok(status @ 500..=511) => Answer::Remote(format!("controller answers with status {status}")),
        Ok(status) => Answer::Bad(format!("controller answers with status {status}")),
        Err(why @ HttpError::CertificateExpired) => Answer::Remote(why.to_string()),
        Err(why @ HttpError::Refused) if is_proved => Answer::Remote(why.to_string()),
        Err(why @ (HttpError::NoSuchWay | HttpError::Dns { temporary: true, .. })) => {
            Answer::NotReady(why.to_string())
        }
        Err(why) => Answer::Bad(why.to_string()),
    }
}

/// Of several answers through one port, the one that says most of what can still become of it.
fn worse(before: Option<Answer>, answer: Answer) -> Answer {
    let hope = |answer: &Answer| match answer {
        Answer::Good => 3,
        Answer::Remote(_) => 2,
        Answer::NotReady(_) => 1,
        Answer::Bad(_) => 0,
    };
    match before {
        Some(before) if hope(&before) >= hope(&answer) => before,
        _ => answer,
    }
}

/// What was found so far.
#[derive(Default)]
struct Tally {
    ports: Vec<(usize, Result<String, String>)>,
    /// The cost at which the controller was reached.
    passed_at: Option<u8>,
    remote: Option<String>,
    not_ready: bool,
    errors: Vec<String>,
}

impl Tally {
    /// Takes what was found of a port; `None`: it was not tried, and need not be.
    fn take(&mut self, port: &PortAsk, answer: Option<Answer>) {
        let warning = match &port.local {
            Local::Warning(why) => why.clone(),
            _ => String::new(),
        };
        let result = match answer {
            // Of a port for management that costs no more than the one that works, nothing was found out.
            None if port.is_mgmt && self.passed_at.is_some_and(|cost| cost >= port.cost) => return,
            None => Ok(warning),
            Some(Answer::Good) => {
                self.passed_at = self.passed_at.or(Some(port.cost));
                Ok(warning)
            }
            Some(Answer::Remote(why)) => {
                self.remote = self.remote.take().or(Some(why.clone()));
                Err(why)
            }
            Some(Answer::NotReady(why)) => {
                self.not_ready |= port.is_mgmt;
                Err(why)
            }
            Some(Answer::Bad(why)) => Err(why),
        };
        if let Err(why) = &result
            && port.is_mgmt
            && !self.errors.contains(why)
        {
            self.errors.push(why.clone());
        }
        self.ports.push((port.place, result));
    }

    fn found(self) -> Found {
        let errors = if self.errors.is_empty() {
            "no port can reach the controller".into()
        } else {
            self.errors.join("; ")
        };
        let verdict = match (self.passed_at, self.remote) {
            (Some(_), _) => Verdict::Passed,
            (None, Some(why)) => Verdict::Remote(why),
            (None, None) if self.not_ready => Verdict::NotReady(errors),
            (None, None) => Verdict::Failed(errors),
        };
        Found { ports: self.ports, verdict }
    }
}
