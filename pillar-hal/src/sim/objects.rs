//! Objects of the simulated internet, bit by bit: what a server's answer does on its way.

use std::sync::Arc;
use std::time::Duration;

use pillar_core::hal::{Answer, Clock, HttpError, Request, Scope};

use super::gate::{Fault, Gate, Op, pass};
use super::internet::{SimHttp, place};
use crate::transfer::{Body, Object, Objects};

/// Bytes that come at once.
const CHUNK: usize = 64 << 10;

/// How an answer comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// How long every 64 KiB take.
    pub chunk_time: Duration,
    /// After so many bytes the connection breaks.
    pub breaks_after: Option<usize>,
    /// After so many bytes nothing more comes.
    pub stalls_after: Option<usize>,
}

impl Objects for SimHttp {
    fn open(&self, scope: &Scope, request: &Request) -> Result<Object, HttpError> {
        if scope.cancelled() {
            return Err(HttpError::Cancelled);
        }
        let (_, place) = place(&request.url)?;
        let op = Op { name: "object.open", detail: &place };
        let (reply, pace) = pass(&*self.gate, op, || self.ask_object(request)).map_err(broken)??;
        if reply.after >= request.time {
            return silent(&*self.clock, scope, request.time);
        }
        if reply.after > Duration::ZERO && !self.clock.sleep(scope, reply.after) {
            return Err(HttpError::Cancelled);
        }
        let Answer { status, mut headers, body } = reply.result?;
        if !headers.iter().any(|(name, _)| name == "content-length") {
            headers.push(("content-length".into(), body.len().to_string()));
        }
        let body = SimBody {
            body,
            at: 0,
            pace,
            silence: request.time,
            place,
            scope: scope.clone(),
            gate: self.gate.clone(),
            clock: self.clock.clone(),
        };
        Ok(Object { status, headers, body: Box::new(body) })
    }
}

struct SimBody {
    body: Vec<u8>,
    at: usize,
    pace: Pace,
    silence: Duration,
    place: String,
    scope: Scope,
    gate: Arc<dyn Gate>,
    clock: Arc<dyn Clock>,
}

impl Body for SimBody {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, HttpError> {
        if self.scope.cancelled() {
            return Err(HttpError::Cancelled);
        }
        let reached = |limit: Option<usize>| limit.is_some_and(|limit| self.at >= limit);
        if reached(self.pace.stalls_after) {
            return silent(&*self.clock, &self.scope, self.silence);
        }
        if reached(self.pace.breaks_after) {
            return Err(HttpError::Broken("the connection ended".into()));
        }
        let op = Op { name: "object.read", detail: &self.place };
        pass(&*self.gate, op, || ()).map_err(broken)?;
        let time = self.pace.chunk_time;
        if time > Duration::ZERO && !self.clock.sleep(&self.scope, time) {
            return Err(HttpError::Cancelled);
        }
        let limits = [Some(self.body.len()), self.pace.breaks_after, self.pace.stalls_after];
        let end = limits.into_iter().flatten().min().unwrap_or(0);
        let count = end.saturating_sub(self.at).min(buf.len()).min(CHUNK);
        buf[..count].copy_from_slice(&self.body[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Waits in vain.
fn silent<R>(clock: &dyn Clock, scope: &Scope, time: Duration) -> Result<R, HttpError> {
    if clock.sleep(scope, time) { Err(HttpError::TimedOut) } else { Err(HttpError::Cancelled) }
}

fn broken(fault: Fault) -> HttpError {
    HttpError::Broken(format!("error {}", fault.errno().raw_os_error()))
}
