//! HTTP/1.1 (RFC 9112) as far as devices speak it: one request with a body of known length, one answer, the end.
//! The peer is anybody: what it sends is bounded, and never more than an error for it.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

/// The longest head of a request, in bytes.
const MAX_HEAD: usize = 16 << 10;

/// The longest body, in bytes.
pub const MAX_BODY: usize = 4 << 20;

const CONTENT_TYPE: &str = "application/x-proto-binary";

/// A request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// GET or POST.
    pub method: String,
    /// What follows the host, without a query.
    pub path: String,
    /// Its body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    /// Its status code.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
}

impl Response {
    /// A status alone.
    pub fn status(status: u16) -> Self {
        Response { status, body: Vec::new() }
    }
}

/// Why there is no request.
#[derive(Debug)]
pub enum NoRequest {
    /// The peer has gone, or is too slow.
    Gone(io::Error),
    /// What it sent is answered with this status.
    Refused(u16),
}

/// Reads a request.
pub fn read(stream: &mut impl Read) -> Result<Request, NoRequest> {
    let (head, mut body) = read_head(stream)?;
    let head = std::str::from_utf8(&head).map_err(|_| NoRequest::Refused(400))?;
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(NoRequest::Refused(400));
    };
    if !version.starts_with("HTTP/1.") {
        return Err(NoRequest::Refused(505));
    }
    let length = body_length(lines)?;
    if length > MAX_BODY {
        return Err(NoRequest::Refused(413));
    }
    if body.len() > length {
        return Err(NoRequest::Refused(400));
    }
    let missing = (length - body.len()) as u64;
    let read = stream.take(missing).read_to_end(&mut body).map_err(NoRequest::Gone)?;
    if (read as u64) < missing {
        return Err(NoRequest::Refused(400));
    }
    let path = target.split('?').next().unwrap_or_default();
    Ok(Request { method: method.to_owned(), path: path.to_owned(), body })
}

/// The head without the empty line at its end, and what came after it.
fn read_head(stream: &mut impl Read) -> Result<(Vec<u8>, Vec<u8>), NoRequest> {
    const END: &[u8] = b"\r\n\r\n";
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).map_err(NoRequest::Gone)?;
        if read == 0 {
            return Err(NoRequest::Gone(io::ErrorKind::UnexpectedEof.into()));
        }
        let searched = head.len().saturating_sub(END.len() - 1);
        head.extend_from_slice(&chunk[..read]);
        if let Some(found) = head[searched..].windows(END.len()).position(|window| window == END) {
            let body = head.split_off(searched + found + END.len());
            head.truncate(searched + found);
            return Ok((head, body));
        }
        if head.len() > MAX_HEAD {
            return Err(NoRequest::Refused(431));
        }
    }
}

fn body_length<'a>(headers: impl Iterator<Item = &'a str>) -> Result<usize, NoRequest> {
    let mut length = None;
    for header in headers {
        let (name, value) = header.split_once(':').ok_or(NoRequest::Refused(400))?;
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(NoRequest::Refused(411));
        }
        if name.eq_ignore_ascii_case("content-length") {
            let value: usize = value.trim().parse().map_err(|_| NoRequest::Refused(400))?;
            if length.is_some_and(|before| before != value) {
                return Err(NoRequest::Refused(400));
            }
            length = Some(value);
        }
    }
    Ok(length.unwrap_or(0))
}

/// Writes an answer, the last one of its connection.
pub fn write(stream: &mut impl Write, response: &Response) -> io::Result<()> {
    let mut head =
        format!("HTTP/1.1 {} {}\r\nConnection: close\r\n", response.status, reason(response.status));
    if !matches!(response.status, 204 | 304) {
        // Writing to memory does not fail.
        let _ = write!(head, "Content-Length: {}\r\n", response.body.len());
    }
    if !response.body.is_empty() {
        let _ = write!(head, "Content-Type: {CONTENT_TYPE}\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(&[head.as_bytes(), &response.body].concat())?;
    stream.flush()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        505 => "HTTP Version Not Supported",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &[u8]) -> u16 {
        match read(&mut &text[..]) {
            Ok(_) => 200,
            Err(NoRequest::Refused(status)) => status,
            Err(NoRequest::Gone(_)) => 0,
        }
    }

    #[test]
    fn a_request_is_read_whole() {
        let text = b"POST /a/b?c HTTP/1.1\r\nHost: x\r\ncontent-length: 3\r\n\r\nabc";
        let request = read(&mut &text[..]).unwrap();
        assert_eq!(request, Request { method: "POST".into(), path: "/a/b".into(), body: b"abc".to_vec() });
        // Byte by byte, as a slow peer sends it.
        assert_eq!(read(&mut Slow(text)).unwrap(), request);
    }

    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let most = buf.len().min(1);
            self.0.read(&mut buf[..most])
        }
    }

    #[test]
    fn what_is_no_request_gets_the_status_that_says_so() {
        let long = [b"GET / HTTP/1.1\r\nA: ".as_slice(), &[b'a'; MAX_HEAD]].concat();
        for (text, wanted) in [
            (b"".as_slice(), 0),
            (b"GET / HTTP/1.1\r\n", 0),
            (b"GET /\r\n\r\n", 400),
            (b"GET / HTTP/2.0\r\n\r\n", 505),
            (b"\xff / HTTP/1.1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nno header\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
            (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc", 400),
            (b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nabc", 400),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            (&long, 431),
        ] {
            assert_eq!(status(text), wanted, "{}", String::from_utf8_lossy(&text[..text.len().min(80)]));
        }
    }

    #[test]
    fn an_answer_says_what_it_holds() {
        let text = |response: &Response| {
            let mut out = Vec::new();
            write(&mut out, response).unwrap();
            String::from_utf8(out).unwrap()
        };
        let full = text(&Response { status: 200, body: b"abc".to_vec() });
        assert!(full.starts_with("HTTP/1.1 200 OK\r\n"), "{full}");
        assert!(full.contains("Content-Length: 3\r\nContent-Type: application/x-proto-binary\r\n\r\nabc"));
        assert_eq!(text(&Response::status(304)), "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
    }
}
