//! What the scheduler and every simulated call of a world share: time, counts, faults, the trace, and which boot is
//! alive. Simulated calls reach it through their [`Power`], the gate of one boot.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::panicking;
use std::time::Duration;

use pillar_core::hal::{PowerCut, Scope};
use pillar_core::time::{Mono, Now, Wall};

use super::Rng;
use super::exec;
use super::faults::{Fault, Faults};
use super::gate::{self, Gate, Op};
use super::plan::Plan;
use super::trace::Trace;

/// Shared by all parts of one world.
pub(super) struct Control {
    /// The boot that has power; zero when none has.
    alive: AtomicU32,
    state: Mutex<State>,
    pub(super) trace: Trace,
}

struct State {
    /// Nanoseconds since the world began, and when the running boot did.
    time: u64,
    booted: u64,
    /// Wall clock when the world began, jumps included.
    wall: i64,
    plan: Plan,
    counts: Counts,
    /// Operations for which the disk stays full.
    full: u32,
    /// When the last delay by a fault ends, in the time of this boot.
    delayed: Option<Mono>,
    /// Whether the power goes when the operation under way is done.
    cut: bool,
    /// What the running task waits for; taken when it yields.
    wait: Option<Wait>,
    /// Whom the running task works for, for the trace.
    actor: Arc<str>,
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub steps: u64,
    pub operations: u64,
    pub cuts: u64,
    pub boots: u32,
}

/// What a task waits for before it can be resumed.
pub(super) struct Wait {
    until: Mono,
    scope: Scope,
}

impl Wait {
    /// When it is over at the latest; now, if it was cancelled.
    pub(super) fn until(&self, now: Mono) -> Mono {
        if self.scope.cancelled() { now } else { self.until }
    }
}

/// What the gate does with a call.
enum Verdict {
    Pass,
    Refuse(gate::Fault),
    Delay(u32),
}

impl Control {
    pub(super) fn new(wall: Wall, faults: &Faults, rng: Rng, trace: Trace) -> Self {
        let state = State {
            time: 0,
            booted: 0,
            wall: wall.0,
            plan: Plan::new(faults, rng),
            counts: Counts::default(),
            full: 0,
            delayed: None,
            cut: false,
            wait: None,
            actor: "".into(),
        };
        Control { alive: AtomicU32::new(0), state: Mutex::new(state), trace }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Both clocks.
    pub(super) fn now(&self) -> Now {
        self.state().now()
    }

    /// Time moves on to `to`; never back.
    pub(super) fn advance(&self, to: Mono) {
        let mut state = self.state();
        state.time = state.time.max(state.booted.saturating_add(to.0));
    }

    /// The wall clock jumps.
    pub(super) fn jump(&self, seconds: i32) {
        let mut state = self.state();
        state.wall = state.wall.saturating_add(i64::from(seconds) * 1_000_000_000);
    }

    pub(super) fn counts(&self) -> Counts {
        self.state().counts
    }

    /// Counts a step and says what goes wrong at it. Whoever lets it happen calls [`came`](Control::came).
    pub(super) fn step(&self) -> Vec<Fault> {
        let mut state = self.state();
        state.counts.steps += 1;
        let number = state.counts.steps;
        state.plan.at_step(number)
    }

    /// Notes that a fault of the present step happened.
    pub(super) fn came(&self, fault: Fault) {
        let mut state = self.state();
        let number = state.counts.steps;
        state.plan.came(number, fault);
    }

    /// All faults that happened.
    pub(super) fn all_that_came(&self) -> Faults {
        self.state().plan.all_that_came()
    }

    /// Whether calls were made to fail.
    pub(super) fn calls_failed(&self) -> bool {
        self.state().plan.calls_failed()
    }

    /// Whether a fault delayed a call within the last `time`.
    pub(super) fn delayed_within(&self, time: Duration) -> bool {
        let state = self.state();
        state.delayed.is_some_and(|end| end + time >= state.now().mono)
    }

    /// Nothing goes wrong from here on.
    pub(super) fn spare(&self) {
        let mut state = self.state();
        state.plan.spare();
        state.cut = false;
        state.full = 0;
    }

    /// Whom the next operations are for.
    pub(super) fn set_actor(&self, actor: &Arc<str>) {
        if self.trace.is_on() {
            self.state().actor = actor.clone();
        }
    }

    /// A log line of what runs now.
    pub(super) fn log(&self, level: log::Level, what: &fmt::Arguments<'_>) {
        let (now, actor) = {
            let state = self.state();
            (state.now(), state.actor.clone())
        };
        self.trace.line(format_args!("{} {actor} {level} {what}", now.mono));
    }

    /// What the task that just yielded waits for, if it waits.
    pub(super) fn take_wait(&self) -> Option<Wait> {
        self.state().wait.take()
    }

    /// Power is there again, after having been away for `off`: gives the gate of the new boot.
    pub(super) fn boot(self: &Arc<Self>, off: Duration) -> Arc<Power> {
        let mut state = self.state();
        state.time = state.time.saturating_add(off.as_nanos() as u64);
        state.booted = state.time;
        state.full = 0;
        state.delayed = None;
        state.cut = false;
        state.counts.boots += 1;
        let boot = state.counts.boots;
        self.alive.store(boot, Ordering::Relaxed);
        Arc::new(Power { control: self.clone(), boot })
    }

    /// Whether a boot has power.
    pub(super) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Relaxed) != 0
    }

    /// The power goes now.
    pub(super) fn cut(&self) {
        self.alive.store(0, Ordering::Relaxed);
    }
}

impl State {
    fn now(&self) -> Now {
        let wall = self.wall.saturating_add_unsigned(self.time);
        Now { mono: Mono(self.time - self.booted), wall: Wall(wall) }
    }

    /// Counts an operation and lets its faults happen.
    fn begin(&mut self, op: Op<'_>, may_delay: bool) -> Verdict {
        self.counts.operations += 1;
        let number = self.counts.operations;
        let mut verdict = Verdict::Pass;
        for fault in self.plan.at_operation(number) {
            match (&fault, &verdict) {
                (Fault::Fail { errno }, _) => verdict = Verdict::Refuse(gate::Fault::Fail(*errno)),
                (Fault::Full { operations }, _) => self.full = *operations,
                (Fault::Cut, _) => self.cut = true,
                (Fault::Delay { millis }, Verdict::Pass) if may_delay => verdict = Verdict::Delay(*millis),
                (Fault::Delay { .. } | Fault::Jump { .. } | Fault::Kill { .. }, _) => continue,
            }
            self.plan.came(number, fault);
        }
        let full = self.full > 0;
        self.full = self.full.saturating_sub(1);
        match verdict {
            Verdict::Pass if full && takes_space(op) => Verdict::Refuse(gate::Fault::NoSpace),
            verdict => verdict,
        }
    }
}

/// Whether an operation needs room on the disk.
fn takes_space(op: Op<'_>) -> bool {
    matches!(op.name, "fs.create" | "fs.write" | "fs.link" | "fs.mkdir")
}

/// The gate of one boot: dead for good once that boot has lost its power.
pub(super) struct Power {
    control: Arc<Control>,
    boot: u32,
}

impl Power {
    /// Whether this boot has lost its power.
    pub(super) fn is_dead(&self) -> bool {
        self.control.alive.load(Ordering::Relaxed) != self.boot
    }

    /// Ends a task of a machine without power. One that unwinds already is only told, and whatever it calls
    /// on the way does nothing.
    fn live_or_unwind(&self) -> Result<(), gate::Fault> {
        if !self.is_dead() {
            return Ok(());
        }
        if panicking() {
            return Err(gate::Fault::Dead);
        }
        resume_unwind(Box::new(PowerCut))
    }

    /// Others run, and time passes, until `until` or until the scope is cancelled.
    pub(super) fn wait(&self, until: Mono, scope: &Scope) -> Result<(), gate::Fault> {
        while !scope.cancelled() && self.control.now().mono < until {
            self.control.state().wait = Some(Wait { until, scope: scope.clone() });
            if !exec::yield_now() {
                self.control.take_wait();
                self.control.advance(until);
            }
            self.live_or_unwind()?;
        }
        Ok(())
    }

    fn begin(&self, op: Op<'_>, may_delay: bool) -> Verdict {
        let mut state = self.control.state();
        let verdict = state.begin(op, may_delay);
        if self.control.trace.is_on() {
            let (now, number, actor) = (state.now().mono, state.counts.operations, &state.actor);
            let fault = match verdict {
                Verdict::Pass => "",
                Verdict::Delay(_) => " delayed",
                Verdict::Refuse(gate::Fault::NoSpace) => " no space",
                Verdict::Refuse(_) => " failed",
            };
            self.control.trace.line(format_args!("{now} {actor} {number} {} {}{fault}", op.name, op.detail));
        }
        verdict
    }

    /// Cuts the power if it is time.
    fn cut_if_due(&self) {
        let mut state = self.control.state();
        if self.is_dead() || !std::mem::take(&mut state.cut) {
            return;
        }
        state.counts.cuts += 1;
        self.control.cut();
    }
}

impl Gate for Power {
    fn enter(&self, op: Op<'_>) -> Result<(), gate::Fault> {
        self.live_or_unwind()?;
        exec::yield_now();
        self.live_or_unwind()?;
        let mut verdict = self.begin(op, true);
        if let Verdict::Delay(millis) = verdict {
            let until = self.control.now().mono + Fault::delay(millis);
            self.control.state().delayed = Some(until);
            self.wait(until, &Scope::unbounded())?;
            verdict = self.begin(op, false);
        }
        match verdict {
            Verdict::Refuse(fault) => {
                self.after(op);
                Err(fault)
            }
            Verdict::Pass | Verdict::Delay(_) => Ok(()),
        }
    }

    fn after(&self, _: Op<'_>) {
        self.cut_if_due();
        // While unwinding there is nothing to end: the task does.
        let _ = self.live_or_unwind();
    }
}
