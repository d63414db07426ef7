//! Threads for jobs: as many as there are jobs, with small stacks; all but a few leave when they find no work.
//!
//! Not `smol::unblock`, whose threads (blocking 1.7) never leave and wake up twice a second each.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Threads that wait for the next job: files are written often, and one batch at a time.
const WAITING: usize = 2;

/// A job's stack. HAL calls keep large buffers on the heap.
const STACK_BYTES: usize = 512 * 1024;

type Work = Box<dyn FnOnce() + Send>;

/// The threads. How many there are is bounded by whoever gives them work: the places of the node's lanes.
#[derive(Default)]
pub struct Workers {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Work>,
    waiting: usize,
}

impl Workers {
    /// Runs work on a thread that waits for some, or on a new one.
    pub fn run(&self, work: Work) {
        let mut state = self.shared.lock();
        state.queue.push_back(work);
        if state.queue.len() <= state.waiting {
            self.shared.more.notify_one();
            return;
        }
        drop(state);
        let shared = self.shared.clone();
        let spawned = thread::Builder::new()
            .name("worker".into())
            .stack_size(STACK_BYTES)
            .spawn(move || shared.serve());
        if let Err(why) = spawned {
            // It stays in the queue: a thread that has done its work takes it.
            log::error!("no thread for a job: {why}");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs work until there is none and enough others wait.
    fn serve(&self) {
        while let Some(work) = self.next() {
            work();
        }
    }

    fn next(&self) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if let Some(work) = state.queue.pop_front() {
                return Some(work);
            }
            if state.waiting >= WAITING {
                return None;
            }
            state.waiting += 1;
            state = self.more.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    #[test]
    fn work_that_blocks_does_not_hold_up_other_work() {
        let workers = Workers::default();
        let (release, held) = channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let (done, results) = channel();
        for _ in 0..8 {
            let (held, done) = (held.clone(), done.clone());
            workers.run(Box::new(move || {
                let _ = held.lock().map(|held: MutexGuard<'_, Receiver<()>>| held.recv());
                let _ = done.send("held");
            }));
        }
        let free = done.clone();
        workers.run(Box::new(move || {
            let _ = free.send("free");
        }));
        assert_eq!(results.recv_timeout(SOON), Ok("free"));
        drop(release);
        for _ in 0..8 {
            assert_eq!(results.recv_timeout(SOON), Ok("held"));
        }
    }

    #[test]
    fn a_thread_that_waits_takes_the_next_work() {
        let workers = Workers::default();
        let (done, results) = channel();
        for _ in 0..100 {
            let done = done.clone();
            workers.run(Box::new(move || {
                let _ = done.send(thread::current().id());
            }));
            results.recv_timeout(SOON).expect("it runs");
            while workers.shared.lock().waiting == 0 {
                thread::yield_now();
            }
        }
        assert!(workers.shared.lock().waiting <= WAITING);
    }
}
