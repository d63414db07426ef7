//! From a request to a connection that ureq speaks HTTP over: names, sockets, proxy, TLS.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pillar_core::hal::{HttpError, ProxyScheme, Request, Trust, Via};
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

use super::socket::{Limits, Socket};
use super::tls::Configs;
use super::{dns, proxy, tls};

/// Bytes that are read and written at once.
const BUFFER: usize = 32 << 10;

/// Anything that bytes go through.
pub(super) trait Stream: Read + Write + Send + Sync {}

impl<T: Read + Write + Send + Sync> Stream for T {}

/// Makes the connection of one request.
pub(super) struct Connect {
    via: Via,
    trust: Trust,
    dial_time: Duration,
    target: Target,
    limits: Arc<Limits>,
    configs: Arc<Mutex<Configs>>,
}

/// The server that the request is for.
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    https: bool,
    /// Host and port as they stand in the URL.
    authority: String,
}

impl Connect {
    pub(super) fn new(
        request: &Request,
        uri: &Uri,
        limits: Arc<Limits>,
        configs: Arc<Mutex<Configs>>,
    ) -> Result<Self, HttpError> {
        let https = uri.scheme_str() == Some("https");
        let authority = uri.authority().ok_or_else(|| HttpError::BadRequest("the URL".into()))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let target = Target {
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(if https { 443 } else { 80 }),
            https,
            authority: authority.as_str().to_owned(),
        };
        let (via, trust) = (request.via.clone(), request.trust.clone());
        Ok(Connect { via, trust, dial_time: request.connect_time, target, limits, configs })
    }

    fn connect(&self) -> Result<Wire, HttpError> {
        let Target { host, port, https, authority } = &self.target;
        let Some(proxy) = &self.via.proxy else {
            let stream = self.socket(host, *port)?;
            return self.wire(stream, None);
        };
        let mut stream = self.socket(&proxy.host, proxy.port)?;
        if proxy.scheme == ProxyScheme::Https {
            stream = self.tls(stream, &proxy.host)?;
        }
        match proxy.scheme {
            ProxyScheme::Socks5 => {
                proxy::socks5(&mut *stream, &self.target)?;
                self.wire(stream, None)
            }
            _ if *https => {
                proxy::connect(&mut *stream, &self.target)?;
                self.wire(stream, None)
            }
            // A proxy is asked for the whole URL of what is not encrypted (RFC 9112, 3.2.2).
            _ => self.wire(stream, Some(format!("http://{authority}"))),
        }
    }

    fn socket(&self, host: &str, port: u16) -> Result<Box<dyn Stream>, HttpError> {
        let addresses = match host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => dns::resolve(host, &self.via, &self.limits)?,
        };
        let socket = Socket::connect(&self.via, &addresses, port, self.dial_time, &self.limits)?;
        Ok(Box::new(socket))
    }

    fn tls(&self, stream: Box<dyn Stream>, host: &str) -> Result<Box<dyn Stream>, HttpError> {
        let config = self.configs.lock().unwrap_or_else(PoisonError::into_inner).config(&self.trust)?;
        tls::wrap(stream, host, config)
    }

    fn wire(&self, stream: Box<dyn Stream>, prefix: Option<String>) -> Result<Wire, HttpError> {
        let tls = self.target.https;
        let stream = if tls { self.tls(stream, &self.target.host)? } else { stream };
        Ok(Wire { stream, tls, prefix, buffers: LazyBuffers::new(BUFFER, BUFFER) })
    }
}

impl Connector for Connect {
    type Out = Wire;

    fn connect(&self, _: &ConnectionDetails, _: Option<()>) -> Result<Option<Wire>, ureq::Error> {
        self.connect().map(Some).map_err(|why| ureq::Error::Io(io::Error::other(why)))
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect").field("via", &self.via).finish_non_exhaustive()
    }
}

/// Names are resolved with the connection, by the servers of its port.
#[derive(Debug)]
pub(super) struct Nobody;

impl Resolver for Nobody {
    fn resolve(
        &self,
        _: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// A connection. Its time is the request's: what ureq says of timeouts is not needed.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    tls: bool,
    /// Goes before the path of the first line.
    prefix: Option<String>,
    buffers: LazyBuffers,
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let mut output = &self.buffers.output()[..amount];
        if let Some(prefix) = self.prefix.take() {
            let method = output.iter().position(|byte| *byte == b' ').map_or(0, |space| space + 1);
            self.stream.write_all(&output[..method])?;
            self.stream.write_all(prefix.as_bytes())?;
            output = &output[method..];
        }
        self.stream.write_all(output)?;
        self.stream.flush()?;
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        false
    }

    fn is_tls(&self) -> bool {
        self.tls
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("tls", &self.tls).finish_non_exhaustive()
    }
}
