//! [`Transfer`] with servers that behave well and badly.

use std::path::PathBuf;
use std::time::Duration;

use pillar_core::hal::{
    Clock, Content, Crypto, Fetch, Fetched, HttpError, Progress, Scope, Storage, Transfer, TransferError,
    Trust, Via,
};

/// Larger than what is taken at once.
const SIZE: usize = 700_000;

/// What no call may take longer once it should end.
const SOON: Duration = Duration::from_millis(1500);

/// Where objects are, as whole URLs, and where they are to go.
pub struct Sources {
    /// [`sample_object`], from a server that knows ranges.
    pub good: String,
    /// The same over HTTPS, trusted by whoever trusts `root`.
    pub trusted: String,
    /// The root, PEM.
    pub root: String,
    /// The same, from a server that sends all of it whatever it is asked for.
    pub without_ranges: String,
    /// The connection ends after half of the object.
    pub broken: String,
    /// Nothing comes after half of the object.
    pub silent: String,
    /// There is none.
    pub missing: String,
    /// Leads to `good`.
    pub redirected: String,
    /// Leads to itself.
    pub circular: String,
    /// An empty directory.
    pub dir: PathBuf,
}

/// What the servers have.
pub fn sample_object() -> Vec<u8> {
    (0..SIZE).map(|n| (n / 11) as u8).collect()
}

/// The device under test.
pub struct TransferGround<'a> {
    /// What is examined.
    pub subject: &'a dyn Transfer,
    /// For the same files.
    pub content: &'a dyn Content,
    /// For the same files.
    pub storage: &'a dyn Storage,
    /// Its clock.
    pub clock: &'a dyn Clock,
    /// For digests.
    pub crypto: &'a dyn Crypto,
}

/// Runs the suite; it takes some seconds by the clock.
pub fn transfer(ground: &TransferGround<'_>, sources: &Sources) {
    let suite = Suite { ground, sources, object: sample_object() };
    suite.gets_the_whole_object();
    suite.goes_on_where_it_stopped();
    suite.begins_anew_where_it_must();
    suite.keeps_what_came();
    suite.refuses_what_is_too_large();
    suite.follows_redirects();
    suite.tells_failures_apart();
    suite.ends_in_time();
}

struct Suite<'a> {
    ground: &'a TransferGround<'a>,
    sources: &'a Sources,
    object: Vec<u8>,
}

impl Suite<'_> {
    fn gets_the_whole_object(&self) {
        let (fetched, checkpoints) = self.fetch(&self.to(&self.sources.good));
        let fetched = fetched.unwrap();
        assert_eq!((fetched.size, fetched.received), (SIZE as u64, SIZE as u64));
        assert_eq!(fetched.sha256, self.ground.crypto.sha256(&self.object));
        assert_eq!(fetched.content_type, "application/octet-stream");
        assert_eq!(checkpoints.first(), Some(&0));
        assert_eq!(self.file(), self.object);
        let digest = self.ground.content.digest(&Scope::unbounded(), &self.target()).unwrap();
        assert_eq!((digest.sha256, digest.read), (fetched.sha256, 0), "it is not read again");

        let scope = Scope::new(None, Box::new(|| ()));
        self.ground.subject.fetch(&scope, &self.to(&self.sources.good), &mut |_| ()).unwrap();
        let progress = Progress { done: SIZE as u64, total: SIZE as u64 };
        assert_eq!(scope.take_progress(), Some(progress));

        let trust = Trust { system: false, roots: vec![self.sources.root.clone()] };
        let over_tls = Fetch { trust, ..self.to(&self.sources.trusted) };
        assert_eq!(self.fetch(&over_tls).0.unwrap().sha256, fetched.sha256);
    }

    fn goes_on_where_it_stopped(&self) {
        // What is beyond the part that is known to be right is not.
        let from = 300_000;
        self.put(&[&self.object[..from], b"garbage"].concat());
        let fetch = Fetch { from: from as u64, ..self.to(&self.sources.good) };
        let (fetched, checkpoints) = self.fetch(&fetch);
        let fetched = fetched.unwrap();
        assert_eq!((fetched.size, fetched.received), (SIZE as u64, (SIZE - from) as u64));
        assert_eq!(fetched.sha256, self.ground.crypto.sha256(&self.object));
        assert_eq!((self.file(), checkpoints.first()), (self.object.clone(), Some(&(from as u64))));
    }

    fn begins_anew_where_it_must(&self) {
        let part = &self.object[..300_000];
        let cases = [
            (&self.sources.without_ranges, part.len(), part),
            (&self.sources.good, part.len(), &part[..100]),
            (&self.sources.good, self.object.len(), &*self.object),
        ];
        for (url, from, there) in cases {
            self.put(there);
            let (fetched, checkpoints) = self.fetch(&Fetch { from: from as u64, ..self.to(url) });
            let fetched = fetched.unwrap();
            assert_eq!((fetched.size, fetched.received), (SIZE as u64, SIZE as u64));
            assert_eq!((self.file(), checkpoints.first()), (self.object.clone(), Some(&0)));
        }
    }

    fn keeps_what_came(&self) {
        let (failed, checkpoints) = self.fetch(&self.to(&self.sources.broken));
        assert!(failed.as_ref().is_err_and(TransferError::may_pass), "{failed:?}");
        let kept = *checkpoints.last().unwrap();
        assert_eq!(kept, SIZE as u64 / 2);
        assert_eq!(self.file(), self.object[..SIZE / 2]);
        let (fetched, _) = self.fetch(&Fetch { from: kept, ..self.to(&self.sources.good) });
        assert_eq!(fetched.unwrap().received, SIZE as u64 - kept);
        assert_eq!(self.file(), self.object);
    }

    fn refuses_what_is_too_large(&self) {
        let size = SIZE as u64;
        let exact = Fetch { limit: size, ..self.to(&self.sources.good) };
        assert!(self.fetch(&exact).0.is_ok());
        let limit = size - 1;
        let over = Fetch { limit, ..exact };
        assert_eq!(self.fetch(&over).0, Err(TransferError::TooLarge { size, limit }));
    }

    fn follows_redirects(&self) {
        assert!(self.fetch(&self.to(&self.sources.redirected)).0.is_ok());
        assert_eq!(self.file(), self.object);
        assert_eq!(self.fetch(&self.to(&self.sources.circular)).0, Err(TransferError::BadRedirect));
    }

    fn tells_failures_apart(&self) {
        assert_eq!(self.fetch(&self.to(&self.sources.missing)).0, Err(TransferError::Status(404)));
        let bad = self.fetch(&self.to("ftp://host/")).0;
        assert!(matches!(bad, Err(TransferError::Http(HttpError::BadRequest(_)))), "{bad:?}");
        let via = Via { interface: Some("none0".into()), ..Via::default() };
        let nowhere = Fetch { via, ..self.to(&self.sources.good) };
        assert_eq!(self.fetch(&nowhere).0, Err(HttpError::NoSuchWay.into()));
    }

    fn ends_in_time(&self) {
        let silence = Duration::from_millis(300);
        let silent = Fetch { silence, ..self.to(&self.sources.silent) };
        let (result, took) = self.timed(&Scope::unbounded(), &silent);
        assert_eq!(result, Err(HttpError::TimedOut.into()));
        assert!(took >= silence && took < silence + SOON, "{took:?}");
        assert_eq!(self.file(), self.object[..SIZE / 2]);

        let ends = Scope::new(Some(self.ground.clock.now().mono + silence), Box::new(|| ()));
        let (result, took) = self.timed(&ends, &self.to(&self.sources.silent));
        assert_eq!(result, Err(HttpError::Cancelled.into()));
        assert!(took >= silence && took < silence + SOON, "{took:?}");
    }

    fn to(&self, url: &str) -> Fetch {
        Fetch {
            url: url.into(),
            headers: Vec::new(),
            via: Via::default(),
            trust: Trust::default(),
            connect_time: Duration::from_secs(5),
            silence: Duration::from_secs(10),
            target: self.target(),
            from: 0,
            limit: 0,
        }
    }

    fn target(&self) -> PathBuf {
        self.sources.dir.join("pending/object")
    }

    fn file(&self) -> Vec<u8> {
        self.ground.storage.read(&Scope::unbounded(), &self.target(), 2 * SIZE).unwrap()
    }

    fn put(&self, data: &[u8]) {
        self.ground.storage.replace(&Scope::unbounded(), &self.target(), data).unwrap();
    }

    fn fetch(&self, fetch: &Fetch) -> (Result<Fetched, TransferError>, Vec<u64>) {
        let mut checkpoints = Vec::new();
        let result =
            self.ground.subject.fetch(&Scope::unbounded(), fetch, &mut |durable| checkpoints.push(durable));
        (result, checkpoints)
    }

    fn timed(&self, scope: &Scope, fetch: &Fetch) -> (Result<Fetched, TransferError>, Duration) {
        let start = self.ground.clock.now().mono;
        let result = self.ground.subject.fetch(scope, fetch, &mut |_| ());
        (result, self.ground.clock.now().mono.since(start))
    }
}
