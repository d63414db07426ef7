//! A bounded number of jobs whose results wait until somebody asks for them (spec/02, worker). An agent that
//! installs, creates or ingests holds one pool for that: it starts a job for an object when it first needs the
//! result, and takes the result in `update_<object>`, whenever that runs next.
//!
//! Jobs are the node's ([`Context::job`]): their keys are one namespace, a key stays taken until its job has really
//! ended, lanes bound how many run, no thread idles. The pool adds the bound, the refusal of duplicates, and the
//! results.
//!
//! | State of a key | Event | Next |
//! |---|---|---|
//! | unknown | submitted, below the bound | pending |
//! | unknown | submitted, at the bound | unknown, refused; by [`Pool::submit`] pending all the same |
//! | pending | submitted | pending, refused as a duplicate |
//! | pending | ended | done |
//! | pending | cancelled | pending, told to stop |
//! | done | popped | unknown |
//! | done | submitted | pending; the old result is dropped |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::hal::{Hal, Scope};
use crate::node::{Agent, Context, Failed, Lane};
use crate::time::Wall;

/// The most keys of a pool, pending and done.
pub const MAX_KEYS: usize = 4_096;

/// A pool of jobs with results of one type.
#[derive(Debug)]
pub struct Pool<R> {
    max: usize,
    lane: Lane,
    pending: BTreeSet<Arc<str>>,
    done: BTreeMap<Arc<str>, Finished<R>>,
    /// Results that came in.
    count: u64,
}

/// A result that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished<R> {
    /// What the job gave, or why it gave nothing.
    pub result: Result<R, Failed>,
    /// When it came in.
    pub at: Wall,
}

/// Why a job was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// So many are under way already.
    Full {
        /// The bound.
        max: usize,
    },
    /// One with this key is.
    InProgress,
    /// There are [`MAX_KEYS`] keys.
    TooManyKeys,
}

/// What is called with a result; it hands it to [`Pool::take_in`].
pub type OnResult<A, R> = fn(&mut A, &str, Result<R, Failed>, &mut Context<'_, A>);

impl<R: Send + 'static> Pool<R> {
    /// A pool that takes at most `max` jobs at a time, to be run in a lane.
    pub fn new(max: usize, lane: Lane) -> Self {
        Pool { max, lane, pending: BTreeSet::new(), done: BTreeMap::new(), count: 0 }
    }

    /// Takes a job, if there is room for it now.
    pub fn try_submit<A: Agent>(
        &mut self,
        cx: &mut Context<'_, A>,
        key: &str,
        work: impl FnOnce(&Hal, &Scope) -> R + Send + 'static,
        done: OnResult<A, R>,
    ) -> Result<(), Refused> {
        // The same work twice is the clearer answer of the two.
        if self.pending.len() >= self.max && !self.pending.contains(key) {
            return Err(Refused::Full { max: self.max });
        }
        self.submit(cx, key, work, done)
    }

    /// Takes a job; the node runs it when there is a place in its lane.
    pub fn submit<A: Agent>(
        &mut self,
        cx: &mut Context<'_, A>,
        key: &str,
        work: impl FnOnce(&Hal, &Scope) -> R + Send + 'static,
        done: OnResult<A, R>,
    ) -> Result<(), Refused> {
        if self.pending.contains(key) {
            return Err(Refused::InProgress);
        }
        if self.pending.len() + self.done.len() >= MAX_KEYS && !self.done.contains_key(key) {
            return Err(Refused::TooManyKeys);
        }
        self.done.remove(key);
        self.pending.insert(key.into());
        cx.job(self.lane, key, work, done);
        Ok(())
    }

    /// Takes a result in; it waits until it is popped. `false` if none was awaited.
    pub fn take_in(&mut self, key: &str, result: Result<R, Failed>, at: Wall) -> bool {
        let Some(key) = self.pending.take(key) else { return false };
        self.count += 1;
        self.done.insert(key, Finished { result, at });
        true
    }

    /// Tells a job to stop; its result says that it was.
    pub fn cancel<A: Agent>(&self, cx: &mut Context<'_, A>, key: &str) {
        if self.pending.contains(key) {
            cx.cancel(key);
        }
    }

    /// A result that waits.
    pub fn peek(&self, key: &str) -> Option<&Finished<R>> {
        self.done.get(key)
    }

    /// Takes a result that waits.
    pub fn pop(&mut self, key: &str) -> Option<Finished<R>> {
        self.done.remove(key)
    }

    /// Whether a job is under way.
    pub fn is_pending(&self, key: &str) -> bool {
        self.pending.contains(key)
    }

    /// How many jobs are under way.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// How many results came in so far.
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Full { max } => write!(f, "Would exceed maxWorkers of {max}"),
            Refused::InProgress => f.write_str("a job with this key is in progress"),
            Refused::TooManyKeys => write!(f, "there are {MAX_KEYS} jobs and results already"),
        }
    }
}

impl std::error::Error for Refused {}
