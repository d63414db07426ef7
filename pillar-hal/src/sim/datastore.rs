//! A simulated datastore: objects by path, served over HTTP or HTTPS as a good server does, or badly as a test says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pillar_core::hal::{Answer, HttpError, Request};
use pillar_core::time::Now;

use super::certificates::SimCertificate;
use super::internet::{Internet, Reply, Server};
use super::objects::Pace;

/// The root that its certificate leads to.
pub const ROOT: &str = "datastore root";

/// A datastore, shared between the internet and who looks into it.
#[derive(Clone, Default)]
pub struct Datastore(Arc<Mutex<Store>>);

/// What it has and does.
#[derive(Default)]
pub struct Store {
    /// Objects by path, such as `/images/disk.img`.
    pub objects: BTreeMap<String, Vec<u8>>,
    /// How they come.
    pub pace: Pace,
    /// How long until it says anything.
    pub takes: Duration,
    /// Statuses that it answers next with.
    pub refusals: Vec<u16>,
    /// Whether it knows nothing of ranges.
    pub ignores_ranges: bool,
    /// Whether answers break off or stall only this often, as `pace` says; 0: always.
    pub bad_answers: u32,
    /// The value of the `Authorization` header that it wants.
    pub authorization: Option<String>,
    /// Bytes that it was asked for, all answers together.
    pub asked_bytes: u64,
}

impl Datastore {
    /// Puts it into the internet at `host:port`.
    pub fn serve(&self, internet: &mut Internet, place: &str) {
        let certificates =
            vec![SimCertificate::new(place.rsplit_once(':').map_or(place, |(name, _)| name), ROOT)];
        internet.serve(place, certificates, self.clone());
    }

    /// What it has.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an object there.
    pub fn put(&self, path: &str, object: Vec<u8>) {
        self.store().objects.insert(path.into(), object);
    }
}

impl Store {
    fn answer_to(&mut self, request: &Request) -> Answer {
        if let Some(status) = self.refusals.pop() {
            return Answer { status, ..Answer::default() };
        }
        let find = |name: &str| {
            let named = request.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
            named.map(|(_, value)| &**value)
        };
        if self.authorization.as_deref().is_some_and(|wanted| find("authorization") != Some(wanted)) {
            return Answer { status: 401, ..Answer::default() };
        }
        let path = request.url.splitn(4, '/').nth(3).map_or("/".to_owned(), |rest| format!("/{rest}"));
        let Some(object) = self.objects.get(&path) else {
            return Answer { status: 404, ..Answer::default() };
        };
        let header = |name: &str, value: String| (name.to_owned(), value);
        let mut headers = vec![header("content-type", "application/octet-stream".into())];
        let from =
            find("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        let answer = match from.filter(|_| !self.ignores_ranges) {
            None => Answer { status: 200, headers, body: object.clone() },
            Some(from) if from < object.len() => {
                let (last, size) = (object.len() - 1, object.len());
                headers.push(header("content-range", format!("bytes {from}-{last}/{size}")));
                Answer { status: 206, headers, body: object[from..].to_vec() }
            }
            Some(_) => Answer { status: 416, ..Answer::default() },
        };
        self.asked_bytes += answer.body.len() as u64;
        answer
    }

    /// How the next answer comes.
    fn next_pace(&mut self) -> Pace {
        let pace = self.pace;
        if self.bad_answers == 1 {
            (self.pace.breaks_after, self.pace.stalls_after) = (None, None);
        }
        self.bad_answers = self.bad_answers.saturating_sub(1);
        pace
    }
}

impl Server for Datastore {
    fn answer(&mut self, request: &Request, now: Now) -> Reply {
        self.object(request, now).0
    }

    fn object(&mut self, request: &Request, _: Now) -> (Reply, Pace) {
        let mut store = self.store();
        let (after, answer) = (store.takes, store.answer_to(request));
        (Reply { result: Ok::<_, HttpError>(answer), after }, store.next_pace())
    }
}
