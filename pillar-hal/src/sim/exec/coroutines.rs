//! Tasks as stackful coroutines in the thread of whoever resumes them. Stacks are kept for the next task: a fresh
//! mapping for each would cost more than most jobs.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

use super::{Ended, Turn, Work, run_out};

/// Address space of a stack, in bytes; only what is touched takes memory.
const STACK_SIZE: usize = 512 * 1024;

/// Stacks that are kept at most.
const MAX_STACKS: usize = 64;

thread_local! {
    /// The way out of the coroutine that runs in this thread; null if none does.
    static RUNNING: Cell<*const Yielder<(), ()>> = const { Cell::new(ptr::null()) };
}

/// Stacks of ended tasks.
#[derive(Clone, Default)]
pub(super) struct Pool(Rc<RefCell<Vec<DefaultStack>>>);

impl Pool {
    pub(super) fn task(&self, work: Work) -> Task {
        let stack = self.0.borrow_mut().pop();
        let stack =
            stack.unwrap_or_else(|| DefaultStack::new(STACK_SIZE).expect("address space for a stack"));
        let coroutine = Coroutine::with_stack(stack, move |yielder, ()| {
            let outer = RUNNING.replace(ptr::from_ref(yielder));
            let ended = catch_unwind(AssertUnwindSafe(work));
            RUNNING.set(outer);
            ended
        });
        Task { coroutine: Some(coroutine), pool: self.clone() }
    }
}

/// A coroutine and where its stack goes afterwards.
pub(super) struct Task {
    /// None once it has ended.
    coroutine: Option<Coroutine<(), (), Ended>>,
    pool: Pool,
}

impl Task {
    pub(super) fn resume(&mut self) -> Turn {
        let Some(coroutine) = &mut self.coroutine else {
            return Turn::Done(Ok(()));
        };
        match coroutine.resume(()) {
            CoroutineResult::Yield(()) => Turn::Yielded,
            CoroutineResult::Return(ended) => {
                self.keep_stack();
                Turn::Done(ended)
            }
        }
    }

    fn keep_stack(&mut self) {
        let mut stacks = self.pool.0.borrow_mut();
        if let Some(coroutine) = self.coroutine.take()
            && stacks.len() < MAX_STACKS
        {
            stacks.push(coroutine.into_stack());
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if self.coroutine.as_ref().is_none_or(|coroutine| !coroutine.started()) {
            return;
        }
        if !run_out(|| self.resume()) {
            // Unwinding it by force would run code that believes in a live machine; its stack is lost instead.
            std::mem::forget(self.coroutine.take());
        }
    }
}

/// Suspends the coroutine that runs in this thread; false if none does.
pub(super) fn yield_now() -> bool {
    let yielder = RUNNING.replace(ptr::null());
    if yielder.is_null() {
        return false;
    }
    // SAFETY: RUNNING is set only by a coroutine's own body, to a yielder that lives as long as that body, and is
    // null whenever the body is suspended or has ended: so the yielder is alive and its coroutine is the one that
    // runs in this thread now. Coroutines do not change threads (they are not Send).
    unsafe { (*yielder).suspend(()) };
    RUNNING.set(yielder);
    true
}
