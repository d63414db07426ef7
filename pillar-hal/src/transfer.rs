//! [`Transfer`] over any source of objects and any file system: what is done with what a server sends is the same on
//! the device and in the simulator, so that simulated cuts and bad servers test the code that runs on the device.

use std::sync::Arc;
use std::time::Duration;

use pillar_core::hal::{
    Clock, Fetch, Fetched, HttpError, MAX_REDIRECTS, Method, Progress, Request, Scope, Transfer,
    TransferError,
};

use crate::files::{BulkFs, Files, Sink};

/// Bytes that are taken from a server at once.
const CHUNK: usize = 256 << 10;

/// After so many bytes, or so long, what has come is made durable.
const CHECKPOINT_BYTES: u64 = 64 << 20;
const CHECKPOINT_TIME: Duration = Duration::from_secs(5);

/// Where objects come from.
pub trait Objects: Send + Sync {
    /// Sends a request without a body; the answer's body comes bit by bit. The request's `time` is how long the server
    /// may say nothing, and `body_limit` means nothing.
    fn open(&self, scope: &Scope, request: &Request) -> Result<Object, HttpError>;
}

/// The beginning of an answer.
pub struct Object {
    /// Its status code.
    pub status: u16,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The rest of it.
    pub body: Box<dyn Body>,
}

/// The rest of an answer.
pub trait Body {
    /// The next bytes; 0 at the end.
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, HttpError>;
}

impl Object {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| &**value)
    }

    fn length(&self) -> Option<u64> {
        self.header("content-length")?.trim().parse().ok()
    }

    /// The first byte of the part that this is: `bytes 100-199/200` (RFC 9110, 14.4).
    fn begins_at(&self) -> Option<u64> {
        let range = self.header("content-range")?.trim().strip_prefix("bytes ")?;
        range.split_once('-')?.0.trim().parse().ok()
    }
}

/// Transfers from servers into files.
pub struct Transfers<O, F> {
    objects: O,
    files: Arc<Files<F>>,
    clock: Arc<dyn Clock>,
}

impl<O: Objects, F: BulkFs> Transfers<O, F> {
    /// From these servers into these files.
    pub fn new(objects: O, files: Arc<Files<F>>, clock: Arc<dyn Clock>) -> Self {
        Transfers { objects, files, clock }
    }

    /// The object from byte `from` on, with redirects followed.
    fn open(&self, scope: &Scope, fetch: &Fetch, from: u64) -> Result<Object, TransferError> {
        let mut request = Request {
            method: Method::Get,
            url: fetch.url.clone(),
            headers: fetch.headers.clone(),
            body: Vec::new(),
            via: fetch.via.clone(),
            trust: fetch.trust.clone(),
            time: fetch.silence,
            connect_time: fetch.connect_time,
            body_limit: 0,
        };
        if from > 0 {
            request.headers.push(("Range".into(), format!("bytes={from}-")));
        }
        for _ in 0..=MAX_REDIRECTS {
            let object = self.objects.open(scope, &request)?;
            if !matches!(object.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(object);
            }
            let to = object.header("location").and_then(|to| resolve(&request.url, to));
            let to = to.ok_or(TransferError::BadRedirect)?;
            // Neither to another server nor without encryption what was meant for this one with it.
            if origin(&to) != origin(&request.url) {
                request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            }
            request.url = to;
        }
        Err(TransferError::BadRedirect)
    }

    /// The object at the end of what the file has; the file begins anew if the server does not go on there.
    fn open_at(&self, scope: &Scope, fetch: &Fetch, sink: &mut Sink<'_, F>) -> Result<Object, TransferError> {
        let mut object = self.open(scope, fetch, sink.size)?;
        if object.status == 416 && sink.size > 0 {
            sink.restart()?;
            object = self.open(scope, fetch, 0)?;
        }
        match object.status {
            200 if sink.size > 0 => sink.restart()?,
            200 => {}
            206 if sink.size > 0 && object.begins_at() == Some(sink.size) => {}
            206 => return Err(TransferError::WrongRange),
            status => return Err(TransferError::Status(status)),
        }
        Ok(object)
    }

    fn receive(
        &self,
        scope: &Scope,
        fetch: &Fetch,
        sink: &mut Sink<'_, F>,
        checkpoint: &mut dyn FnMut(u64),
    ) -> Result<(String, u64), TransferError> {
        let mut object = self.open_at(scope, fetch, sink)?;
        checkpoint(sink.durable);
        let begin = sink.size;
        let expected = object.length().map(|length| begin.saturating_add(length));
        let limit = if fetch.limit == 0 { u64::MAX } else { fetch.limit };
        if let Some(size) = expected.filter(|size| *size > limit) {
            return Err(TransferError::TooLarge { size, limit });
        }
        let mut buf = vec![0; CHUNK];
        let mut since = self.clock.now().mono;
        loop {
            let count = object.body.read(&mut buf)?;
            if count == 0 {
                break;
            }
            let size = sink.size + count as u64;
            if size > limit {
                return Err(TransferError::TooLarge { size, limit });
            }
            sink.write(&buf[..count])?;
            scope.progress(Progress { done: size, total: expected.unwrap_or(fetch.limit) });
            let now = self.clock.now().mono;
            if sink.size - sink.durable >= CHECKPOINT_BYTES || now.since(since) >= CHECKPOINT_TIME {
                sink.sync()?;
                checkpoint(sink.durable);
                since = now;
            }
        }
        match expected {
            Some(expected) if sink.size < expected => Err(TransferError::Short { size: sink.size, expected }),
            _ => Ok((object.header("content-type").unwrap_or_default().to_owned(), sink.size - begin)),
        }
    }
}

impl<O: Objects, F: BulkFs> Transfer for Transfers<O, F> {
    fn fetch(
        &self,
        scope: &Scope,
        fetch: &Fetch,
        checkpoint: &mut dyn FnMut(u64),
    ) -> Result<Fetched, TransferError> {
        if scope.cancelled() {
            return Err(HttpError::Cancelled.into());
        }
        let mut sink = Sink::open(&self.files, scope, &fetch.target, fetch.from)?;
        match self.receive(scope, fetch, &mut sink, checkpoint) {
            Ok((content_type, received)) => {
                let size = sink.size;
                Ok(Fetched { size, sha256: sink.finish()?, content_type, received })
            }
            Err(why) => {
                // What came is of use the next time; if it cannot be kept, what was durable before is.
                let _ = sink.sync();
                checkpoint(sink.durable);
                Err(why)
            }
        }
    }
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> &str {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url[begin..].find(['/', '?', '#']).map_or(url.len(), |at| begin + at);
    &url[..end]
}

/// Where a redirect leads (RFC 3986, 5.2, for what servers send).
fn resolve(base: &str, to: &str) -> Option<String> {
    let to = to.split('#').next().unwrap_or_default();
    if to.starts_with("http://") || to.starts_with("https://") {
        return Some(to.to_owned());
    }
    if to.is_empty() || to.contains("://") {
        return None;
    }
    let origin = origin(base);
    if let Some(rest) = to.strip_prefix("//") {
        return Some(format!("{}//{rest}", &base[..base.find("//")?]));
    }
    if to.starts_with('/') {
        return Some(format!("{origin}{to}"));
    }
    let path = base[origin.len()..].split('?').next().unwrap_or_default();
    let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
    Some(format!("{origin}{dir}/{to}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_where_they_say() {
        let base = "https://host:8443/a/b?c=d";
        for (to, url) in [
            ("http://other/x", Some("http://other/x")),
            ("//other/x", Some("https://other/x")),
            ("/x?y", Some("https://host:8443/x?y")),
            ("x#part", Some("https://host:8443/a/x")),
            ("", None),
            ("ftp://other/x", None),
        ] {
            assert_eq!(resolve(base, to).as_deref(), url, "{to}");
        }
        assert_eq!(resolve("http://host", "x").as_deref(), Some("http://host/x"));
        assert_eq!(origin("http://host?x"), "http://host");
    }
}
