//! The simulated internet: servers that a scenario puts there, and the device's way to them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pillar_core::controller::pem;
use pillar_core::hal::{
    Answer, CertificateChain, CertificateError, Clock, Crypto, Http, HttpError, Request, Scope, Trust,
};
use pillar_core::time::{Mono, Now};

use super::certificates::{SimCertificate, SimCrypto};
use super::gate::{Fault, Gate, Op, pass};
use super::objects::Pace;

/// The most requests that are remembered; older ones are dropped.
const MAX_REMEMBERED: usize = 10_000;

/// A server.
pub trait Server: Send {
    /// Answers a request that reached it.
    fn answer(&mut self, request: &Request, now: Now) -> Reply;

    /// Answers a request for an object, of which the answer comes bit by bit.
    fn object(&mut self, request: &Request, now: Now) -> (Reply, Pace) {
        (self.answer(request, now), Pace::default())
    }
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// What the device gets.
    pub result: Result<Answer, HttpError>,
    /// How long that takes.
    pub after: Duration,
}

impl Reply {
    /// An answer at once.
    pub fn now(answer: Answer) -> Self {
        Reply { result: Ok(answer), after: Duration::ZERO }
    }

    /// A status without a body, at once.
    pub fn status(status: u16) -> Self {
        Reply::now(Answer { status, ..Answer::default() })
    }
}

impl<F: FnMut(&Request, Now) -> Reply + Send> Server for F {
    fn answer(&mut self, request: &Request, now: Now) -> Reply {
        self(request, now)
    }
}

#[derive(Clone)]
struct Host {
    server: Arc<Mutex<dyn Server>>,
    /// Shown to who speaks HTTPS, with what leads to its root.
    certificates: Vec<SimCertificate>,
}

/// All that can be reached, and what was asked of it.
#[derive(Clone, Default)]
pub struct Internet {
    /// By host and port.
    hosts: BTreeMap<String, Host>,
    proxies: BTreeMap<String, Option<HttpError>>,
    /// Interfaces whose requests fail.
    broken: BTreeMap<String, HttpError>,
    /// Roots that every system believes.
    roots: Vec<SimCertificate>,
    asked: VecDeque<(Mono, Request)>,
}

impl Internet {
    /// Puts a server at `host:port`. Speaking HTTPS, it shows the first of the certificates; the rest connects that
    /// to its root.
    pub fn serve(&mut self, place: &str, certificates: Vec<SimCertificate>, server: impl Server + 'static) {
        let host = Host { server: Arc::new(Mutex::new(server)), certificates };
        self.hosts.insert(place.into(), host);
    }

    /// Takes a server away: connections to it are refused, its name stays.
    pub fn stop(&mut self, place: &str) {
        let gone = |_: &Request, _: Now| Reply { result: Err(HttpError::Refused), after: Duration::ZERO };
        if let Some(host) = self.hosts.get_mut(place) {
            host.server = Arc::new(Mutex::new(gone));
        }
    }

    /// Puts a proxy at `host:port`, which lets everything through or fails like this.
    pub fn proxy(&mut self, place: &str, fails: Option<HttpError>) {
        self.proxies.insert(place.into(), fails);
    }

    /// From now on requests through this interface fail like this, or work again.
    pub fn break_way(&mut self, interface: &str, how: Option<HttpError>) {
        match how {
            Some(how) => self.broken.insert(interface.into(), how),
            None => self.broken.remove(interface),
        };
    }

    /// Adds a root that every system believes.
    pub fn believe(&mut self, root: SimCertificate) {
        self.roots.push(root);
    }

    /// The requests that reached a server, with the time, oldest first.
    pub fn asked(&self) -> impl Iterator<Item = &(Mono, Request)> {
        self.asked.iter()
    }

    /// The server that a request reaches.
    fn find(&self, request: &Request) -> Result<Arc<Mutex<dyn Server>>, HttpError> {
        let (https, place) = place(&request.url)?;
        let via = &request.via;
        if let Some(how) = via.interface.as_ref().and_then(|interface| self.broken.get(interface)) {
            return Err(how.clone());
        }
        if let Some(proxy) = &via.proxy {
            let found = self.proxies.get(&format!("{}:{}", proxy.host, proxy.port));
            if let Some(how) = found.ok_or(HttpError::Refused)? {
                return Err(how.clone());
            }
        }
        let name = place.rsplit_once(':').map_or(&*place, |(name, _)| name).to_owned();
        let Some(host) = self.hosts.get(&place) else {
            let known = self.hosts.keys().any(|other| other.starts_with(&format!("{name}:")));
            return Err(if known {
                HttpError::Refused
            } else {
                HttpError::Dns { host: name, temporary: false }
            });
        };
        if https && !host.certificates.is_empty() {
            return Ok(host.server.clone());
        }
        if https {
            Err(HttpError::Tls("the server does not speak TLS".into()))
        } else {
            Ok(host.server.clone())
        }
    }

    fn check_certificate(&self, request: &Request, now: Now) -> Result<(), HttpError> {
        let (https, place) = place(&request.url)?;
        if !https {
            return Ok(());
        }
        let Some((leaf, between)) = self.hosts.get(&place).and_then(|host| host.certificates.split_first())
        else {
            return Ok(());
        };
        let between: Vec<Vec<u8>> = between.iter().map(SimCertificate::der).collect();
        let chain = CertificateChain {
            leaf: &leaf.der(),
            intermediates: &between,
            roots: &self.believed(&request.trust)?,
        };
        SimCrypto.check_chain(chain, now.wall).map_err(|why| match why {
            CertificateError::Expired | CertificateError::NotYetValid => HttpError::CertificateExpired,
            CertificateError::UnknownAuthority => HttpError::UnknownAuthority,
            other => HttpError::Tls(other.to_string()),
        })
    }

    fn believed(&self, trust: &Trust) -> Result<Vec<Vec<u8>>, HttpError> {
        let system = self.roots.iter().filter(|_| trust.system).map(SimCertificate::der);
        let mut all: Vec<Vec<u8>> = system.collect();
        for own in &trust.roots {
            let before = all.len();
            all.extend(pem::blocks(own.as_bytes(), pem::CERTIFICATE));
            if all.len() == before {
                return Err(HttpError::BadRequest("a root certificate".into()));
            }
        }
        Ok(all)
    }

    fn remember(&mut self, at: Mono, request: &Request) {
        if self.asked.len() == MAX_REMEMBERED {
            self.asked.pop_front();
        }
        self.asked.push_back((at, request.clone()));
    }
}

/// Whether a URL is HTTPS, and the `host:port` that it is for.
pub(super) fn place(url: &str) -> Result<(bool, String), HttpError> {
    let bad = || HttpError::BadRequest(format!("the URL {url:?}"));
    let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
    let https = match scheme {
        "https" => true,
        "http" => false,
        _ => return Err(bad()),
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains(['@', ' ']) {
        return Err(bad());
    }
    let port = if https { 443 } else { 80 };
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok((https, if has_port { authority.into() } else { format!("{authority}:{port}") }))
}

/// A machine's view of the internet.
pub struct SimHttp {
    internet: Arc<Mutex<Internet>>,
    pub(super) gate: Arc<dyn Gate>,
    pub(super) clock: Arc<dyn Clock>,
}

impl SimHttp {
    /// The internet, behind a gate; servers take their time by the clock.
    pub fn new(internet: Arc<Mutex<Internet>>, gate: Arc<dyn Gate>, clock: Arc<dyn Clock>) -> Self {
        SimHttp { internet, gate, clock }
    }

    fn internet(&self) -> MutexGuard<'_, Internet> {
        self.internet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server of a request that reaches it.
    fn reach(&self, request: &Request, now: Now) -> Result<Arc<Mutex<dyn Server>>, HttpError> {
        let server = self.internet().find(request)?;
        self.internet().check_certificate(request, now)?;
        self.internet().remember(now.mono, request);
        Ok(server)
    }

    fn ask(&self, request: &Request) -> Result<Reply, HttpError> {
        let now = self.clock.now();
        let server = self.reach(request, now)?;
        let mut server = server.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(server.answer(request, now))
    }

    pub(super) fn ask_object(&self, request: &Request) -> Result<(Reply, Pace), HttpError> {
        let now = self.clock.now();
        let server = self.reach(request, now)?;
        let mut server = server.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(server.object(request, now))
    }
}

impl Http for SimHttp {
    fn send(&self, scope: &Scope, request: &Request) -> Result<Answer, HttpError> {
        if scope.cancelled() {
            return Err(HttpError::Cancelled);
        }
        let (_, place) = place(&request.url)?;
        let reply = pass(&*self.gate, Op { name: "http.send", detail: &place }, || self.ask(request))
            .map_err(error)??;
        if reply.after > Duration::ZERO && !self.clock.sleep(scope, reply.after.min(request.time)) {
            return Err(HttpError::Cancelled);
        }
        if reply.after >= request.time {
            return Err(HttpError::TimedOut);
        }
        let answer = reply.result?;
        if answer.body.len() > request.body_limit {
            return Err(HttpError::TooLarge(request.body_limit));
        }
        Ok(answer)
    }
}

fn error(fault: Fault) -> HttpError {
    HttpError::Broken(format!("error {}", fault.errno().raw_os_error()))
}
