//! Tasks that can stop in the middle of a blocking call and go on later, one at a time: what lets the simulator
//! choose at every HAL call who runs next. Called by the machine; [`yield_now`] by the gate.
//!
//! Two executors give the same order of events: stackful coroutines, and threads that pass a baton. Only one task
//! runs at any time, and never together with the one who resumed it.

mod baton;
mod coroutines;

use std::any::Any;
use std::fmt;
use std::str::FromStr;

/// What a task runs.
pub type Work = Box<dyn FnOnce() + Send>;

/// How a task ended: the payload of its panic if it did not return.
pub type Ended = Result<(), Box<dyn Any + Send>>;

/// How often a task that should end may still yield before it is given up.
const END_LIMIT: u32 = 10_000;

/// How tasks are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Executor {
    /// Each on its own stack in the caller's thread: fast.
    #[default]
    Coroutines,
    /// Each in its own thread, which waits for its turn: slow, and shows that nothing depends on the first.
    Baton,
}

impl fmt::Display for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Executor::Coroutines => "coroutines",
            Executor::Baton => "baton",
        })
    }
}

impl FromStr for Executor {
    type Err = UnknownExecutor;

    fn from_str(text: &str) -> Result<Self, UnknownExecutor> {
        match text {
            "coroutines" => Ok(Executor::Coroutines),
            "baton" => Ok(Executor::Baton),
            _ => Err(UnknownExecutor),
        }
    }
}

/// A name that no executor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownExecutor;

impl fmt::Display for UnknownExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there are coroutines and baton")
    }
}

impl std::error::Error for UnknownExecutor {}

/// What a turn of a task led to.
#[derive(Debug)]
pub enum Turn {
    /// It is in the middle of a call and can be resumed.
    Yielded,
    /// It has ended and must not be resumed.
    Done(Ended),
}

/// Keeps the stacks or threads of ended tasks for the next ones.
pub struct Pool(Kind);

enum Kind {
    Coroutines(coroutines::Pool),
    Baton(baton::Pool),
}

impl Pool {
    /// An empty pool.
    pub fn new(executor: Executor) -> Self {
        Pool(match executor {
            Executor::Coroutines => Kind::Coroutines(coroutines::Pool::default()),
            Executor::Baton => Kind::Baton(baton::Pool::default()),
        })
    }

    /// A task that runs `work` from its first turn on.
    pub fn task(&self, work: Work) -> Task {
        Task(match &self.0 {
            Kind::Coroutines(pool) => Inner::Coroutine(pool.task(work)),
            Kind::Baton(pool) => Inner::Baton(pool.task(work)),
        })
    }
}

/// Something that runs in turns. One that is dropped in the middle is run to its end first: whoever drops it has
/// made its HAL a dead one, so that the next call unwinds it.
pub struct Task(Inner);

enum Inner {
    Coroutine(coroutines::Task),
    Baton(baton::Task),
}

impl Task {
    /// Runs the task until it yields or ends.
    pub fn resume(&mut self) -> Turn {
        match &mut self.0 {
            Inner::Coroutine(task) => task.resume(),
            Inner::Baton(task) => task.resume(),
        }
    }
}

/// Gives a task that is dropped in the middle the turns it needs to end; false if it does not.
fn run_out(mut resume: impl FnMut() -> Turn) -> bool {
    (0..END_LIMIT).any(|_| matches!(resume(), Turn::Done(_)))
}

/// Suspends the running task until its next turn. Outside of a task nothing happens and it gives false; so it
/// does while a task unwinds: the count of panics belongs to the thread, which other tasks may share.
pub fn yield_now() -> bool {
    !std::thread::panicking() && (coroutines::yield_now() || baton::yield_now())
}

#[cfg(test)]
mod tests;
