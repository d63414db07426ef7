//! [`Http`] with servers that behave as [`respond`] says.

use std::time::Duration;

use pillar_core::hal::{Answer, Clock, Http, HttpError, Method, Request, Scope, Trust, Via};

/// What no call may take longer once it should end.
const SOON: Duration = Duration::from_millis(1200);

/// How long `/slow` takes.
const SLOW: Duration = Duration::from_secs(10);

/// Where the servers are, as beginnings of URLs without a path.
pub struct Servers {
    /// Speaks HTTP.
    pub plain: String,
    /// Speaks HTTPS, trusted by whoever trusts `root`.
    pub trusted: String,
    /// Speaks HTTPS with a certificate that `root` signed and that is out of date.
    pub expired: String,
    /// Nobody listens there.
    pub refused: String,
    /// A name that does not exist.
    pub unknown: String,
    /// The root, PEM.
    pub root: String,
    /// Another root, PEM.
    pub other_root: String,
}

/// What the servers answer, and after which time.
pub fn respond(method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> (Answer, Duration) {
    let mut answer = Answer { status: 200, ..Answer::default() };
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match path.split_once('/').map_or(("", ""), |(_, rest)| rest.split_once('/').unwrap_or((rest, ""))) {
        ("echo", _) => {
            let find = |wanted: &str| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            let token = find("X-Token").map_or("", |(_, value)| value);
            answer.headers = vec![header("x-method", method), header("x-token", token)];
            answer.body = body.to_vec();
        }
        ("status", number) => {
            answer.status = number.parse().unwrap_or(500);
            answer.headers = vec![header("location", "/echo")];
        }
        ("bytes", number) => answer.body = vec![b'x'; number.parse().unwrap_or(0)],
        ("slow", _) => return (answer, SLOW),
        _ => answer.status = 404,
    }
    (answer, Duration::ZERO)
}

/// Runs the suite; it takes some seconds by the clock.
pub fn http(subject: &dyn Http, clock: &dyn Clock, servers: &Servers) {
    let suite = Suite { subject, clock, servers, scope: Scope::unbounded() };
    suite.gets_what_the_server_says();
    suite.posts_what_it_is_given();
    suite.leaves_every_status_to_the_caller();
    suite.bounds_the_answer();
    suite.tells_failures_apart();
    suite.believes_only_whom_it_is_told_to();
    suite.ends_in_time();
    suite.refuses_what_cannot_be_asked();
}

struct Suite<'a> {
    subject: &'a dyn Http,
    clock: &'a dyn Clock,
    servers: &'a Servers,
    scope: Scope,
}

impl Suite<'_> {
    fn gets_what_the_server_says(&self) {
        let answer = self.send(&self.get("/echo")).unwrap();
        assert_eq!((answer.status, answer.header("x-method")), (200, Some("GET")));
        assert_eq!(answer.body, b"");
    }

    fn posts_what_it_is_given(&self) {
        for size in [0, 1, 300_000] {
            let body: Vec<u8> = (0..size).map(|n: usize| n as u8).collect();
            let headers = vec![("X-Token".to_owned(), "a b".to_owned())];
            let request = Request { method: Method::Post, headers, body, ..self.get("/echo") };
            let answer = self.send(&request).unwrap();
            assert_eq!(answer.header("x-method"), Some("POST"));
            assert_eq!(answer.header("x-token"), Some("a b"));
            assert_eq!(answer.body, request.body);
        }
    }

    fn leaves_every_status_to_the_caller(&self) {
        for status in [201, 204, 302, 304, 400, 403, 404, 500, 503] {
            let answer = self.send(&self.get(&format!("/status/{status}"))).unwrap();
            assert_eq!(answer.status, status);
            assert_eq!(answer.header("location"), Some("/echo"), "and no redirect is followed");
        }
    }

    fn bounds_the_answer(&self) {
        let bounded = Request { body_limit: 1000, ..self.get("/bytes/1000") };
        assert_eq!(self.send(&bounded).unwrap().body.len(), 1000);
        let over = Request { body_limit: 999, ..bounded };
        assert_eq!(self.send(&over), Err(HttpError::TooLarge(999)));
    }

    fn tells_failures_apart(&self) {
        let to = |server: &str| Request { url: format!("{server}/echo"), ..self.get("") };
        assert_eq!(self.send(&to(&self.servers.refused)), Err(HttpError::Refused));
        let unknown = self.send(&to(&self.servers.unknown));
        assert!(matches!(unknown, Err(HttpError::Dns { .. })), "{unknown:?}");
        let tls_to_plain = self.send(&to(&self.servers.plain.replace("http:", "https:")));
        assert!(matches!(tls_to_plain, Err(HttpError::Tls(_))), "{tls_to_plain:?}");
    }

    fn believes_only_whom_it_is_told_to(&self) {
        let to = |server: &str, root: &str| {
            let trust = Trust { system: false, roots: vec![root.to_owned()] };
            self.send(&Request { url: format!("{server}/echo"), trust, ..self.get("") })
        };
        let Servers { trusted, expired, root, other_root, .. } = self.servers;
        assert_eq!(to(trusted, root).map(|answer| answer.status), Ok(200));
        assert_eq!(to(trusted, &format!("{other_root}\n{root}")).map(|answer| answer.status), Ok(200));
        assert_eq!(to(trusted, other_root), Err(HttpError::UnknownAuthority));
        assert_eq!(to(expired, root), Err(HttpError::CertificateExpired));
        let none = to(trusted, "not PEM");
        assert!(matches!(none, Err(HttpError::BadRequest(_))), "{none:?}");
    }

    fn ends_in_time(&self) {
        let time = Duration::from_millis(300);
        let slow = Request { time, ..self.get("/slow") };
        let (result, took) = self.timed(|| self.send(&slow));
        assert_eq!(result, Err(HttpError::TimedOut));
        assert!(took >= time && took < time + SOON, "{took:?}");

        let cancelled = Scope::unbounded();
        cancelled.cancel();
        let (result, took) = self.timed(|| self.subject.send(&cancelled, &self.get("/slow")));
        assert_eq!(result, Err(HttpError::Cancelled));
        assert!(took < SOON, "{took:?}");

        let ends = Scope::new(Some(self.clock.now().mono + time), Box::new(|| ()));
        let (result, took) = self.timed(|| self.subject.send(&ends, &self.get("/slow")));
        assert_eq!(result, Err(HttpError::Cancelled), "the scope's time is over");
        assert!(took >= time && took < time + SOON, "{took:?}");
    }

    fn refuses_what_cannot_be_asked(&self) {
        for url in ["", "ftp://host/", "host/path", "http://", "http://user@host/", "http://a b/"] {
            let result = self.send(&Request { url: url.into(), ..self.get("") });
            assert!(matches!(result, Err(HttpError::BadRequest(_))), "{url}: {result:?}");
        }
        let via = Via { interface: Some("none0".into()), ..Via::default() };
        assert_eq!(self.send(&Request { via, ..self.get("/echo") }), Err(HttpError::NoSuchWay));
    }

    fn get(&self, path: &str) -> Request {
        Request {
            method: Method::Get,
            url: format!("{}{path}", self.servers.plain),
            headers: Vec::new(),
            body: Vec::new(),
            via: Via::default(),
            trust: Trust::default(),
            time: Duration::from_secs(20),
            connect_time: Duration::from_secs(5),
            body_limit: 1 << 20,
        }
    }

    fn send(&self, request: &Request) -> Result<Answer, HttpError> {
        self.subject.send(&self.scope, request)
    }

    fn timed<R>(&self, call: impl FnOnce() -> R) -> (R, Duration) {
        let start = self.clock.now().mono;
        let result = call();
        (result, self.clock.now().mono.since(start))
    }
}
