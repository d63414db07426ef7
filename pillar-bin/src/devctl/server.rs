//! The server: takes connections, speaks TLS and HTTP on a thread each, and has [`Controller`] answer. What a peer
//! sends ends at most its own connection.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivateSec1KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::api::Controller;
use super::authority::Authority;
use super::http::{self, NoRequest, Response};

/// How many connections are served at the same time; more are closed at once.
const MAX_CONNECTIONS: usize = 64;

/// How long a connection may last.
const MAX_TIME: Duration = Duration::from_secs(60);

/// How much is read of a request that is refused already, in bytes.
const MAX_REST: u64 = 64 << 20;

/// How long to wait for what does not go on by itself, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    controller: Arc<Mutex<Controller>>,
}

impl Server {
    /// Listens at an address.
    pub fn listen(address: SocketAddr, controller: Controller) -> Result<Self, String> {
        let tls = Arc::new(tls(controller.authority())?);
        let listener = TcpListener::bind(address).map_err(|why| format!("{address}: {why}"))?;
        Ok(Server { listener, tls, controller: Arc::new(Mutex::new(controller)) })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves for ever.
    pub fn run(self) -> ! {
        // Each connection holds a copy of this: their number is how many there are.
        let running = Arc::new(());
        loop {
            let Ok((stream, _)) = self.listener.accept() else {
                thread::sleep(PAUSE);
                continue;
            };
            if Arc::strong_count(&running) > MAX_CONNECTIONS {
                continue;
            }
            let (tls, controller, running) = (self.tls.clone(), self.controller.clone(), running.clone());
            let serve = move || {
                // A peer that goes away is no news.
                let _ = serve(stream, tls, &controller);
                drop(running);
            };
            // Without a thread the peer finds its connection closed, and comes again.
            let _ = thread::Builder::new().name("connection".into()).spawn(serve);
        }
    }
}

fn tls(authority: &Authority) -> Result<ServerConfig, String> {
    let key = PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(authority.tls_key.clone()));
    let certificate = CertificateDer::from(authority.tls_certificate.clone());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key))
        .map_err(|why| format!("the server's certificate: {why}"))
}

fn serve(stream: TcpStream, tls: Arc<ServerConfig>, controller: &Mutex<Controller>) -> io::Result<()> {
    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, Timed { stream, end: Instant::now() + MAX_TIME });
    let (response, whole) = match http::read(&mut stream) {
        // A panic in an answer is a bug, but not the end of the others.
        Ok(request) => (controller.lock().unwrap_or_else(PoisonError::into_inner).answer(&request), true),
        Err(NoRequest::Refused(status)) => (Response::status(status), false),
        Err(NoRequest::Gone(why)) => return Err(why),
    };
    http::write(&mut stream, &response)?;
    stream.conn.send_close_notify();
    stream.flush()?;
    if !whole {
        // A peer whose connection ends while it sends would not see the answer (RFC 9112, 9.6).
        io::copy(&mut stream.take(MAX_REST), &mut io::sink())?;
    }
    Ok(())
}

/// A connection that must be done by some time, however slowly its peer goes on.
struct Timed {
    stream: TcpStream,
    end: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Timed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buf)
    }
}

impl Write for Timed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
