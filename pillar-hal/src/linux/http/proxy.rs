//! Asking a proxy for a connection: CONNECT (RFC 9110, 9.3.6) and SOCKS 5 (RFC 1928) without credentials.

use std::net::IpAddr;

use pillar_core::hal::HttpError;

use super::connection::{Stream, Target};

/// The longest head of a proxy's answer, in bytes.
const MAX_HEAD: usize = 16 << 10;

/// Has an HTTP proxy connect to a server.
pub(super) fn connect(stream: &mut dyn Stream, to: &Target) -> Result<(), HttpError> {
    let host = if to.host.contains(':') { format!("[{}]", to.host) } else { to.host.clone() };
    let port = to.port;
    let request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(super::io_error)?;
    match status(&head(stream)?) {
        Some(200..=299) => Ok(()),
        Some(status) => Err(HttpError::Proxy(status)),
        None => Err(HttpError::Broken("the proxy does not speak HTTP".into())),
    }
}

/// The head of an answer. Read byte by byte: what follows is the server's.
fn head(stream: &mut dyn Stream) -> Result<Vec<u8>, HttpError> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err(HttpError::Broken("the proxy's answer has no end".into()));
        }
        let mut byte = [0];
        stream.read_exact(&mut byte).map_err(super::io_error)?;
        head.push(byte[0]);
    }
    Ok(head)
}

fn status(head: &[u8]) -> Option<u16> {
    let rest = head.strip_prefix(b"HTTP/1.")?;
    let digits = rest.get(2..5)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Has a SOCKS proxy connect to a server, by name, so that the proxy resolves it.
pub(super) fn socks5(stream: &mut dyn Stream, to: &Target) -> Result<(), HttpError> {
    const VERSION: u8 = 5;
    const NO_CREDENTIALS: u8 = 0;
    const CONNECT: u8 = 1;
    exchange(stream, &[VERSION, 1, NO_CREDENTIALS], VERSION, "the SOCKS proxy wants credentials")?;
    let mut request = vec![VERSION, CONNECT, 0];
    match to.host.parse() {
        Ok(IpAddr::V4(v4)) => request.extend([&[1], &v4.octets()[..]].concat()),
        Ok(IpAddr::V6(v6)) => request.extend([&[4], &v6.octets()[..]].concat()),
        Err(_) => {
            let length = u8::try_from(to.host.len())
                .map_err(|_| HttpError::BadRequest("the server's name is too long".into()))?;
            request.extend([&[3, length], to.host.as_bytes()].concat());
        }
    }
    request.extend(to.port.to_be_bytes());
    exchange(stream, &request, VERSION, "the SOCKS proxy could not connect")?;
    let mut rest = [0; 2];
    stream.read_exact(&mut rest).map_err(super::io_error)?;
    let address = match rest[1] {
        1 => 4,
        4 => 16,
        3 => {
            let mut length = [0];
            stream.read_exact(&mut length).map_err(super::io_error)?;
            usize::from(length[0])
        }
        _ => return Err(HttpError::Broken("the SOCKS proxy gives no address".into())),
    };
    let mut address_and_port = vec![0; address + 2];
    stream.read_exact(&mut address_and_port).map_err(super::io_error)
}

/// Sends, and takes an answer that begins with the version and zero for success.
fn exchange(stream: &mut dyn Stream, send: &[u8], version: u8, refused: &str) -> Result<(), HttpError> {
    stream.write_all(send).map_err(super::io_error)?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).map_err(super::io_error)?;
    match answer {
        [found, 0] if found == version => Ok(()),
        _ => Err(HttpError::Broken(refused.into())),
    }
}
