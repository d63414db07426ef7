//! What only the device's HTTP can be asked: sockets, proxies, name servers, servers that misbehave.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use pillar_core::hal::{Answer, Http, HttpError, Method, Proxy, ProxyScheme, Request, Scope, Trust, Via};
use pillar_hal::linux::LinuxHttp;

use super::server::{Received, TestServer, free_port, receive};
use crate::keys::Authority;

const SECOND: Duration = Duration::from_secs(1);

fn get(url: &str) -> Request {
    Request {
        method: Method::Get,
        url: url.into(),
        headers: Vec::new(),
        body: Vec::new(),
        via: Via::default(),
        trust: Trust::default(),
        time: 5 * SECOND,
        connect_time: SECOND,
        body_limit: 1 << 20,
    }
}

fn send(request: &Request) -> Result<Answer, HttpError> {
    LinuxHttp::default().send(&Scope::unbounded(), request)
}

/// A server that answers each request with these bytes and hands the request on.
fn says(answer: &'static [u8]) -> (TestServer, mpsc::Receiver<Received>) {
    let (sender, received) = mpsc::channel();
    let server = TestServer::with(move |mut stream| {
        if let Some(request) = receive(&mut stream) {
            let _ = sender.send(request);
            let _ = stream.write_all(answer);
        }
    });
    (server, received)
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn only_what_is_asked_for_is_sent() {
    let (server, received) = says(OK);
    let mut request = get(&format!("http://127.0.0.1:{}/a?b=c", server.port()));
    request.headers = vec![("X-Request-Id".into(), "1".into())];
    assert_eq!(send(&request).unwrap().body, b"ok");
    let received = received.recv_timeout(SECOND).unwrap();
    assert_eq!(received.line, "GET /a?b=c HTTP/1.1");
    let mut names: Vec<_> = received.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    assert_eq!(names, ["host", "x-request-id"]);
}

#[test]
fn a_request_leaves_by_its_interface_and_from_its_address() {
    let server = TestServer::plain();
    let source: IpAddr = Ipv4Addr::new(127, 0, 0, 9).into();
    let mut request = get(&format!("http://127.0.0.1:{}/echo", server.port()));
    request.via = Via { interface: Some("lo".into()), source: Some(source), ..Via::default() };
    assert_eq!(send(&request).map(|answer| answer.status), Ok(200));
    assert_eq!(server.peers().last().map(SocketAddr::ip), Some(source));

    request.via.source = Some(Ipv4Addr::new(192, 0, 2, 1).into());
    assert_eq!(send(&request), Err(HttpError::NoSuchWay), "no address of ours");
    request.via = Via { source: Some("::1".parse().unwrap()), ..Via::default() };
    assert_eq!(send(&request), Err(HttpError::Unreachable), "another family");
}

#[test]
fn a_cancel_ends_a_request_at_once() {
    let server = TestServer::with(|_stream| std::thread::sleep(10 * SECOND));
    let request = Request { time: 10 * SECOND, ..get(&format!("http://127.0.0.1:{}/", server.port())) };
    let scope = Scope::unbounded();
    let other = scope.clone();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(SECOND / 5);
        other.cancel();
        Instant::now()
    });
    assert_eq!(LinuxHttp::default().send(&scope, &request), Err(HttpError::Cancelled));
    let late = Instant::now().saturating_duration_since(canceller.join().unwrap());
    assert!(late < SECOND, "{late:?}");
}

#[test]
fn servers_that_misbehave_are_told_apart_and_bounded() {
    let url = |server: &TestServer| format!("http://127.0.0.1:{}/", server.port());
    let broken = |answer: &'static [u8]| {
        let (server, _) = says(answer);
        let result = send(&get(&url(&server)));
        assert!(matches!(result, Err(HttpError::Broken(_))), "{result:?}");
    };
    broken(b"");
    broken(b"\x00\x01 not HTTP\r\n\r\n");
    broken(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort");
    broken(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");

    let endless_head = TestServer::with(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-Header: and so on and on\r\n").is_ok() {}
    });
    let result = send(&get(&url(&endless_head)));
    assert!(matches!(result, Err(HttpError::Broken(_))), "{result:?}");
    let endless_body = TestServer::with(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[0; 4096]).is_ok() {}
    });
    assert_eq!(send(&get(&url(&endless_body))), Err(HttpError::TooLarge(1 << 20)));
}

/// Copies both ways until one side ends.
fn tunnel(mut client: TcpStream, port: u16) {
    let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
    let _ = std::io::copy(&mut server, &mut client);
}

fn via_proxy(url: &str, proxy: &TestServer, scheme: ProxyScheme) -> Request {
    let proxy = Proxy { scheme, host: "127.0.0.1".into(), port: proxy.port() };
    Request { via: Via { proxy: Some(proxy), ..Via::default() }, ..get(url) }
}

#[test]
fn a_proxy_is_asked_to_connect_and_tls_goes_through_it() {
    let root = Authority::root("root");
    let server = TestServer::tls(root.server("ctl.example", |_| ()));
    let (sender, received) = mpsc::channel();
    let port = server.port();
    let proxy = TestServer::with(move |mut stream| {
        sender.send(receive(&mut stream).unwrap().line).unwrap();
        stream.write_all(b"HTTP/1.1 200 Connected\r\nX: y\r\n\r\n").unwrap();
        tunnel(stream, port);
    });
    let mut request = via_proxy("https://ctl.example:8443/echo", &proxy, ProxyScheme::Http);
    request.trust.roots.push(root.pem());
    assert_eq!(send(&request).map(|answer| answer.status), Ok(200));
    let asked = received.recv_timeout(SECOND).unwrap();
    assert_eq!(asked, "CONNECT ctl.example:8443 HTTP/1.1", "the proxy resolves the name");
}

#[test]
fn a_proxy_gets_the_whole_url_of_plain_http() {
    let (proxy, received) = says(OK);
    let request = via_proxy("http://ctl.example/path", &proxy, ProxyScheme::Http);
    assert_eq!(send(&request).unwrap().body, b"ok");
    let asked = received.recv_timeout(SECOND).unwrap().line;
    assert_eq!(asked, "GET http://ctl.example/path HTTP/1.1");
}

#[test]
fn a_proxy_that_refuses_says_why() {
    let (proxy, _) = says(b"HTTP/1.1 407 Credentials\r\n\r\n");
    let request = via_proxy("https://ctl.example/", &proxy, ProxyScheme::Http);
    assert_eq!(send(&request), Err(HttpError::Proxy(407)));
}

#[test]
fn a_socks_proxy_connects_by_name() {
    let server = TestServer::plain();
    let port = server.port();
    let (sender, received) = mpsc::channel();
    let proxy = TestServer::with(move |mut stream| {
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).unwrap();
        stream.write_all(&[5, 0]).unwrap();
        let mut asked = [0; 4 + 1 + 11 + 2];
        stream.read_exact(&mut asked).unwrap();
        sender.send(asked).unwrap();
        stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]).unwrap();
        tunnel(stream, port);
    });
    let request = via_proxy("http://ctl.example/echo", &proxy, ProxyScheme::Socks5);
    assert_eq!(send(&request).map(|answer| answer.status), Ok(200));
    assert_eq!(received.recv_timeout(SECOND).unwrap()[..], *b"\x05\x01\x00\x03\x0bctl.example\x00\x50");
}

#[test]
fn names_are_resolved_by_the_servers_of_the_port() {
    // Port 53 of an address of loopback that nobody else uses; needs the right to bind it.
    let address = Ipv4Addr::new(127, 53, 0, 1);
    let Ok(socket) = UdpSocket::bind((address, 53)) else {
        return crate::device::skipped("name servers: port 53 cannot be bound");
    };
    let server = TestServer::plain();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let mut answer = buffer[..length].to_vec();
            answer[2..4].copy_from_slice(&[0x81, 0x80]);
            if answer[length - 4..length - 2] == [0, 1] {
                answer[7] = 1;
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
            }
            // A forged answer that comes first is not taken.
            let mut forged = answer.clone();
            forged[0] ^= 0xff;
            let _ = socket.send_to(&forged, from);
            let _ = socket.send_to(&answer, from);
        }
    });
    let mut request = get(&format!("http://ctl.example:{}/echo", server.port()));
    request.via.dns_servers = vec![IpAddr::V4(address)];
    assert_eq!(send(&request).map(|answer| answer.status), Ok(200));

    request.via.dns_servers = vec![Ipv4Addr::new(127, 53, 0, 2).into()];
    let unanswered = HttpError::Dns { host: "ctl.example".into(), temporary: true };
    assert_eq!(send(&request), Err(unanswered));
}

#[test]
fn a_server_that_is_refused_does_not_hide_the_next_address() {
    let request = get(&format!("http://127.0.0.1:{}/", free_port()));
    let start = Instant::now();
    assert_eq!(send(&request), Err(HttpError::Refused));
    assert!(start.elapsed() < SECOND);
}
