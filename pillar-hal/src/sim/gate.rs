//! The one way into the simulated world: every simulated call passes its gate before and after what it does.
//!
//! The simulator counts, delays, fails and cuts there, and lets other coroutines run. No HAL lock may be held
//! while passing.

use rustix::io::Errno;

/// What passes: a simulated call and what it is about, for traces and for picking faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op<'a> {
    /// The call, such as `fs.rename`.
    pub name: &'static str,
    /// Its object, such as the path.
    pub detail: &'a str,
}

/// Why a call does not do what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this error number (errno).
    Fail(i32),
    /// The disk is full, for this call.
    NoSpace,
    /// The machine has lost power or is unwinding: nothing works any more, and nothing matters.
    Dead,
}

impl Fault {
    /// What the call's caller is told.
    pub fn errno(self) -> Errno {
        match self {
            Fault::Fail(errno) => Errno::from_raw_os_error(errno),
            Fault::NoSpace => Errno::NOSPC,
            Fault::Dead => Errno::IO,
        }
    }
}

/// The simulator's side of every simulated call.
pub trait Gate: Send + Sync {
    /// Before the call takes effect. May yield, let time pass, refuse, and end the machine by a panic with
    /// [`PowerCut`](pillar_core::hal::PowerCut).
    fn enter(&self, op: Op<'_>) -> Result<(), Fault>;

    /// After the call took effect, before its caller knows. May end the machine like [`enter`](Gate::enter).
    fn after(&self, op: Op<'_>);
}

/// Does something behind the gate. While its thread unwinds nothing is done: a machine that is gone, or a
/// `Drop` that must not panic again.
pub fn pass<R>(gate: &dyn Gate, op: Op<'_>, act: impl FnOnce() -> R) -> Result<R, Fault> {
    if std::thread::panicking() {
        return Err(Fault::Dead);
    }
    gate.enter(op)?;
    let done = act();
    gate.after(op);
    Ok(done)
}

/// A gate that lets everything pass, for tests of single parts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Open;

impl Gate for Open {
    fn enter(&self, _: Op<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn after(&self, _: Op<'_>) {}
}
