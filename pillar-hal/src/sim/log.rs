//! Log lines of simulated code as lines of the trace of its own world, also when several worlds run in one process:
//! the world is a property of the thread, set again where a job runs.

use std::cell::RefCell;
use std::sync::Arc;

use log::{LevelFilter, Log, Metadata, Record, SetLoggerError};

use super::control::Control;

thread_local! {
    /// The world whose code runs in this thread.
    static WORLD: RefCell<Option<Arc<Control>>> = const { RefCell::new(None) };
}

/// Sends what the process logs to the traces of the worlds that log it; what is logged outside of any is dropped.
/// For programs and tests that do nothing but simulate. An error if the process has a logger already.
pub fn log_to_trace() -> Result<(), SetLoggerError> {
    log::set_logger(&ToTrace)?;
    log::set_max_level(LevelFilter::Info);
    Ok(())
}

struct ToTrace;

impl Log for ToTrace {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        WORLD.with_borrow(|world| world.as_ref().is_some_and(|control| control.trace.is_on()))
    }

    fn log(&self, record: &Record<'_>) {
        let world = WORLD.with_borrow(Clone::clone);
        if let Some(control) = world {
            control.log(record.level(), record.args());
        }
    }

    fn flush(&self) {}
}

/// While it lives, this thread runs code of a world.
pub(super) struct Inside(Option<Arc<Control>>);

impl Inside {
    pub(super) fn of(control: &Arc<Control>) -> Self {
        Inside(WORLD.replace(Some(control.clone())))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        WORLD.set(self.0.take());
    }
}
