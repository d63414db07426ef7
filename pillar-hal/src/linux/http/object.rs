//! Objects of servers, bit by bit: the same connections as those of requests, for any time as long as something comes.

use std::io::Read;

use pillar_core::hal::{HttpError, Request, Scope};

use super::socket::Limits;
use super::{LinuxHttp, error, headers, io_error, uri, with_headers};
use crate::transfer::{Body, Object, Objects};

impl Objects for LinuxHttp {
    fn open(&self, scope: &Scope, request: &Request) -> Result<Object, HttpError> {
        let uri = uri(&request.url)?;
        let agent = self.agent(request, &uri, Limits::of_silence(scope, request.time)?)?;
        let answer = with_headers(agent.get(&uri), request).call().map_err(|why| error(why, 0))?;
        let status = answer.status().as_u16();
        let headers = headers(&answer);
        Ok(Object { status, headers, body: Box::new(Rest(answer.into_body().into_reader())) })
    }
}

struct Rest(ureq::BodyReader<'static>);

impl Body for Rest {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, HttpError> {
        self.0.read(buf).map_err(io_error)
    }
}
