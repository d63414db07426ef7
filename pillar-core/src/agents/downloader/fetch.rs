//! One attempt at a download, as a job: every datastore in order, by every way in order, each tried again a few times
//! for what may pass at once. The first that succeeds ends it.

use std::path::PathBuf;
use std::time::Duration;

use super::progress;
use super::source::Source;
use crate::controller::ways::Way;
use crate::hal::{Fetch, Fetched, Hal, HttpError, Scope, StorageError, TransferError};

/// How often one way is tried, and how long after the first time; that doubles (spec/06, constants).
const TRIES: u32 = 7;
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// How long a server may say nothing before it is asked again.
const SILENCE: Duration = Duration::from_mins(5);

/// How long connecting may take.
const CONNECT_TIME: Duration = Duration::from_secs(30);

/// The most text of errors that is kept, in bytes: there may be many ways.
const MAX_ERRORS: usize = 4096;

/// What is to be done.
pub struct Order {
    /// The file.
    pub target: PathBuf,
    /// The most bytes, and exactly so many; 0: any number.
    pub size: u64,
    /// Whether what is there of it is of no use.
    pub fresh: bool,
    /// Where it may come from, or why not from there.
    pub sources: Vec<Result<Source, String>>,
    /// By which ways.
    pub ways: Vec<Way>,
    /// How long there may be no progress.
    pub stalled: Duration,
}

/// Why there is no file.
#[derive(Debug)]
pub enum NotFetched {
    /// The job was told to stop.
    Cancelled,
    /// All failed: what each said.
    Failed(String),
}

/// Fetches, and leaves what came if that fails.
pub fn fetch(hal: &Hal, scope: &Scope, order: &Order) -> Result<Fetched, NotFetched> {
    if order.fresh {
        progress::forget(hal, scope, &order.target);
    }
    let mut errors = Vec::new();
    for source in &order.sources {
        let source = match source {
            Ok(source) => source,
            Err(why) => {
                errors.push(why.clone());
                continue;
            }
        };
        for way in &order.ways {
            match by_way(hal, scope, order, source, way) {
                Ok(fetched) => return Ok(fetched),
                Err(why) if why.is_cancelled() || scope.cancelled() => return Err(NotFetched::Cancelled),
                Err(why) => {
                    errors.push(format!("{} by {} ({}): {why}", source.url, way.interface, way.source));
                }
            }
        }
    }
    let mut text = errors.join("\n");
    if let Some((end, _)) = text.char_indices().find(|(at, _)| *at > MAX_ERRORS) {
        text.truncate(end);
    }
    Err(NotFetched::Failed(text))
}

fn by_way(
    hal: &Hal,
    scope: &Scope,
    order: &Order,
    source: &Source,
    way: &Way,
) -> Result<Fetched, TransferError> {
    let mut durable = progress::load(hal, scope, &order.target);
    let mut moved = hal.clock.now().mono;
    let mut wait = FIRST_WAIT;
    for attempt in 1.. {
        let before = durable;
        let left = order.stalled.saturating_sub(hal.clock.now().mono.since(moved));
        let fetch = Fetch {
            url: source.url.clone(),
            headers: source.headers.clone(),
            via: way.via(&source.url),
            trust: source.trust.clone(),
            connect_time: CONNECT_TIME.min(left),
            silence: SILENCE.min(left),
            target: order.target.clone(),
            from: durable,
            limit: order.size,
        };
        let fetched = hal.transfer.fetch(scope, &fetch, &mut |size| {
            if size != durable {
                progress::save(hal, scope, &order.target, size);
                durable = size;
            }
        });
        let why = match fetched {
            Ok(fetched) => return check_size(hal, scope, order, fetched),
            Err(why) => why,
        };
        if durable > before {
            moved = hal.clock.now().mono;
        }
        let patience = order.stalled.saturating_sub(hal.clock.now().mono.since(moved));
        let stalled = why == TransferError::Http(HttpError::TimedOut) && fetch.silence >= order.stalled;
        if stalled || !why.may_pass() || attempt == TRIES || patience <= wait || !hal.clock.sleep(scope, wait)
        {
            return Err(why);
        }
        wait *= 2;
    }
    Err(TransferError::Storage(StorageError::Cancelled))
}

/// A whole object needs no progress file. One of the wrong size is of no use.
fn check_size(hal: &Hal, scope: &Scope, order: &Order, fetched: Fetched) -> Result<Fetched, TransferError> {
    progress::forget(hal, scope, &order.target);
    if order.size != 0 && fetched.size != order.size {
        return Err(TransferError::Short { size: fetched.size, expected: order.size });
    }
    Ok(fetched)
}

/// Removes a download and what is noted about it.
pub fn discard(hal: &Hal, scope: &Scope, target: &std::path::Path) -> Result<(), StorageError> {
    progress::forget(hal, scope, target);
    hal.content.remove(scope, target)
}

/// Files of the directory of downloads that nobody wants: all but these; at start only progress files without
/// their data.
pub fn sweep(hal: &Hal, scope: &Scope, dir: &std::path::Path, wanted: Option<&[String]>) {
    let entries = hal.storage.list(scope, dir).unwrap_or_default();
    let there = |name: &str| entries.iter().any(|entry| entry.name == name);
    for entry in entries.iter().filter(|entry| !entry.is_dir) {
        let data = entry.name.strip_suffix(".progress.tmp").or(entry.name.strip_suffix(".progress"));
        let orphan = data.is_some_and(|data| !there(data));
        let unwanted = wanted.is_some_and(|wanted| {
            let data = data.unwrap_or(&entry.name);
            !wanted.iter().any(|wanted| wanted == data)
        });
        if orphan || unwanted {
            // What stays is found the next time.
            let _ = hal.content.remove(scope, &dir.join(&entry.name));
        }
    }
}
