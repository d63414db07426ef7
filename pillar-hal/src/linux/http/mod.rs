//! HTTP by ureq, over sockets and TLS of our own: bound to a port of the device, cancelled within a second.

mod algorithms;
mod connection;
mod dns;
mod object;
mod proxy;
mod socket;
mod tls;

use std::io;
use std::sync::{Arc, Mutex};

use pillar_core::hal::{Answer, Http, HttpError, Method, Request, Scope};
use ureq::http::Uri;

use self::connection::{Connect, Nobody};
use self::socket::Limits;
use self::tls::Configs;

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// Requests of the device.
#[derive(Default)]
pub struct LinuxHttp {
    configs: Arc<Mutex<Configs>>,
}

impl Http for LinuxHttp {
    fn send(&self, scope: &Scope, request: &Request) -> Result<Answer, HttpError> {
        let uri = uri(&request.url)?;
        let agent = self.agent(request, &uri, Limits::new(scope, request.time)?)?;
        run(&agent, &uri, request).map_err(|why| error(why, request.body_limit))
    }
}

impl LinuxHttp {
    /// A connection of its own for a request.
    fn agent(&self, request: &Request, uri: &Uri, limits: Limits) -> Result<ureq::Agent, HttpError> {
        let connect = Connect::new(request, uri, Arc::new(limits), self.configs.clone())?;
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .max_response_header_size(MAX_HEAD)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .build();
        Ok(ureq::Agent::with_parts(config, connect, Nobody))
    }
}

/// Only what can be asked for: a scheme, a host, no credentials.
fn uri(url: &str) -> Result<Uri, HttpError> {
    let bad = || HttpError::BadRequest(format!("the URL {url:?}"));
    let uri: Uri = url.parse().map_err(|_| bad())?;
    let scheme = uri.scheme_str().is_some_and(|scheme| scheme == "http" || scheme == "https");
    let host = uri.authority().is_some_and(|host| !host.host().is_empty() && !host.as_str().contains('@'));
    if scheme && host { Ok(uri) } else { Err(bad()) }
}

fn run(agent: &ureq::Agent, uri: &Uri, request: &Request) -> Result<Answer, ureq::Error> {
    let mut answer = match request.method {
        Method::Get => with_headers(agent.get(uri), request).call()?,
        Method::Post => with_headers(agent.post(uri), request).send(&request.body[..])?,
    };
    let headers = headers(&answer);
    let body = answer.body_mut().with_config().limit(request.body_limit as u64).read_to_vec()?;
    Ok(Answer { status: answer.status().as_u16(), headers, body })
}

fn headers<B>(answer: &ureq::http::Response<B>) -> Vec<(String, String)> {
    let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        Some((name.as_str().to_owned(), String::from_utf8(value.as_bytes().to_vec()).ok()?))
    };
    answer.headers().iter().filter_map(header).collect()
}

fn with_headers<B>(mut builder: ureq::RequestBuilder<B>, request: &Request) -> ureq::RequestBuilder<B> {
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    builder
}

fn error(error: ureq::Error, limit: usize) -> HttpError {
    match error {
        ureq::Error::Io(why) => io_error(why),
        ureq::Error::BodyExceedsLimit(_) => HttpError::TooLarge(limit),
        ureq::Error::Http(why) => HttpError::BadRequest(why.to_string()),
        ureq::Error::BadUri(why) => HttpError::BadRequest(why),
        other => HttpError::Broken(other.to_string()),
    }
}

/// What the parts of this module pass through `io::Error` comes out as it went in.
fn io_error(error: io::Error) -> HttpError {
    error.downcast().unwrap_or_else(|_| HttpError::Broken("the connection ended".into()))
}
