//! Tasks as threads of which only the one that holds the baton runs; the one who resumes a task waits until it
//! gives the baton back. Threads are kept for the next task.

use std::cell::RefCell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::{Ended, Turn, Work, run_out};

/// Stack of a worker in bytes, as a coroutine has it.
const STACK_SIZE: usize = 512 * 1024;

thread_local! {
    /// The baton of the task that this thread runs.
    static RUNNING: RefCell<Option<Arc<Baton>>> = const { RefCell::new(None) };
}

/// Workers without a task.
#[derive(Clone, Default)]
pub(super) struct Pool(Rc<RefCell<Idle>>);

#[derive(Default)]
struct Idle(Vec<Worker>);

struct Worker {
    baton: Arc<Baton>,
    thread: JoinHandle<()>,
}

/// Who may run, and what about.
struct Baton {
    place: Mutex<Place>,
    moved: Condvar,
}

/// Where the baton is.
enum Place {
    /// With the worker, which starts this.
    Start(Work),
    /// With the worker, which goes on.
    Resume,
    /// With the worker, which ends.
    Quit,
    /// Back, in the middle of a task.
    Yielded,
    /// Back: there is no task, or this is how it ended.
    Idle(Ended),
}

impl Pool {
    pub(super) fn task(&self, work: Work) -> Task {
        Task { state: State::New(work), pool: self.clone() }
    }

    fn worker(&self) -> Worker {
        self.0.borrow_mut().0.pop().unwrap_or_else(Worker::spawn)
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        for worker in self.0.drain(..) {
            worker.baton.give(Place::Quit);
            // A worker's panics are caught with its task.
            let _ = worker.thread.join();
        }
    }
}

impl Worker {
    fn spawn() -> Self {
        let baton = Arc::new(Baton { place: Mutex::new(Place::Idle(Ok(()))), moved: Condvar::new() });
        let theirs = baton.clone();
        let thread = thread::Builder::new()
            .name("sim-task".into())
            .stack_size(STACK_SIZE)
            .spawn(move || run(&theirs))
            .expect("a thread for a task");
        Worker { baton, thread }
    }
}

/// What a worker does: one task after the other.
fn run(baton: &Arc<Baton>) {
    RUNNING.set(Some(baton.clone()));
    while let Place::Start(work) = baton.wait_at_worker() {
        let ended = catch_unwind(AssertUnwindSafe(work));
        baton.give(Place::Idle(ended));
    }
}

impl Baton {
    fn lock(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, place: Place) {
        *self.lock() = place;
        self.moved.notify_one();
    }

    /// Waits until the baton is with the worker and takes what it should do.
    fn wait_at_worker(&self) -> Place {
        let mut place = self.lock();
        while matches!(*place, Place::Yielded | Place::Idle(_)) {
            place = self.moved.wait(place).unwrap_or_else(PoisonError::into_inner);
        }
        mem::replace(&mut place, Place::Resume)
    }

    /// Waits until the baton is back.
    fn wait_back(&self) -> Turn {
        let mut place = self.lock();
        loop {
            match &mut *place {
                Place::Yielded => return Turn::Yielded,
                Place::Idle(ended) => return Turn::Done(mem::replace(ended, Ok(()))),
                Place::Start(_) | Place::Resume | Place::Quit => {
                    place = self.moved.wait(place).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

/// A task and where its thread goes afterwards.
pub(super) struct Task {
    state: State,
    pool: Pool,
}

enum State {
    New(Work),
    Running(Worker),
    Ended,
}

impl Task {
    pub(super) fn resume(&mut self) -> Turn {
        let worker = match mem::replace(&mut self.state, State::Ended) {
            State::New(work) => {
                let worker = self.pool.worker();
                worker.baton.give(Place::Start(work));
                worker
            }
            State::Running(worker) => {
                worker.baton.give(Place::Resume);
                worker
            }
            State::Ended => return Turn::Done(Ok(())),
        };
        let turn = worker.baton.wait_back();
        match turn {
            Turn::Yielded => self.state = State::Running(worker),
            Turn::Done(_) => self.pool.0.borrow_mut().0.push(worker),
        }
        turn
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // A thread whose task does not end waits for its turn until the process ends.
        if matches!(self.state, State::Running(_)) {
            run_out(|| self.resume());
        }
    }
}

/// Gives the baton back and waits for the next turn; false if this thread runs no task.
pub(super) fn yield_now() -> bool {
    let Some(baton) = RUNNING.with_borrow(Clone::clone) else {
        return false;
    };
    baton.give(Place::Yielded);
    baton.wait_at_worker();
    true
}
