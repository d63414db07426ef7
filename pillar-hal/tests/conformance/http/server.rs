//! Servers on loopback that answer as the suite says, and one that lets a test speak for itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pillar_core::controller::pem;
use pillar_hal::conformance::respond;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivateSec1KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A port that nobody listens at.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server that ends with its test.
pub struct TestServer {
    port: u16,
    stop: Arc<AtomicBool>,
    peers: Arc<Mutex<Vec<SocketAddr>>>,
}

impl TestServer {
    /// Speaks HTTP.
    pub fn plain() -> Self {
        Self::with(serve)
    }

    /// Speaks HTTPS with this certificate (DER) and key (PEM).
    pub fn tls(identity: (Vec<u8>, String)) -> Self {
        Self::tls_with(identity, serve)
    }

    /// Speaks HTTPS, and does with each connection what `handle` says.
    pub fn tls_with(
        (certificate, key): (Vec<u8>, String),
        handle: impl Fn(StreamOwned<ServerConnection, TcpStream>) + Send + Sync + 'static,
    ) -> Self {
        let key = pem::blocks(key.as_bytes(), "PRIVATE KEY").next().unwrap();
        let key = PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(key));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(certificate)], key)
            .unwrap();
        let config = Arc::new(config);
        Self::with(move |stream| {
            let connection = ServerConnection::new(config.clone()).unwrap();
            handle(StreamOwned::new(connection, stream));
        })
    }

    /// Does with each connection what `handle` says.
    pub fn with(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", handle)
    }

    /// The same at an address of the test's choice.
    pub fn at(address: &str, handle: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = TestServer { port, stop: Arc::default(), peers: Arc::default() };
        let (stop, peers, handle) = (server.stop.clone(), server.peers.clone(), Arc::new(handle));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                peers.lock().unwrap().extend(stream.peer_addr());
                let handle = handle.clone();
                std::thread::spawn(move || handle(stream));
            }
        });
        server
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Who connected so far.
    pub fn peers(&self) -> Vec<SocketAddr> {
        self.peers.lock().unwrap().clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// A request as it was received.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Reads a request; `None` if the client went away.
pub fn receive(stream: &mut impl Read) -> Option<Received> {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    };
    let mut received = Received { line: line()?, ..Received::default() };
    loop {
        let line = line()?;
        let Some((name, value)) = line.split_once(": ") else { break };
        received.headers.push((name.to_owned(), value.to_owned()));
    }
    let is_length = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("content-length");
    let length = received.headers.iter().find(is_length).map_or(0, |(_, value)| value.parse().unwrap());
    received.body = vec![0; length];
    reader.read_exact(&mut received.body).ok()?;
    Some(received)
}

fn serve(mut stream: impl Read + Write) {
    let Some(received) = receive(&mut stream) else { return };
    let mut words = received.line.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let (answer, after) = respond(method, path, &received.headers, &received.body);
    if after > Duration::ZERO {
        std::thread::sleep(after);
    }
    let line = |(name, value): &(String, String)| format!("{name}: {value}");
    let mut head = vec![format!("HTTP/1.1 {} Said", answer.status)];
    head.push(format!("Content-Length: {}", answer.body.len()));
    head.extend(answer.headers.iter().map(line));
    let head = head.join("\r\n");
    let _ = stream.write_all(&[head.as_bytes(), b"\r\n\r\n", &answer.body].concat());
    let _ = stream.flush();
}
