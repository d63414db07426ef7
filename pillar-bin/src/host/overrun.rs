//! Finds handlers that do not end, from a thread of its own, since the loop's thread is stuck in them.
//!
//! The loop sets a timer before it runs handlers and stops it before it sleeps. Only a loop that does not come
//! back makes the timer fire, so the thread that waits for it never wakes on a healthy node.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pillar_core::node::{Activity, Current};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

/// The thread looks and logs; its stack is small.
const STACK_BYTES: usize = 128 * 1024;

/// The loop's side.
pub struct Overrun {
    timer: Arc<OwnedFd>,
    every: Duration,
    expecting: bool,
}

impl Overrun {
    /// Starts the thread. While the loop does not come back it looks `every` so often, and calls `tell` with a
    /// handler that it sees again and for how long it has at least.
    pub fn watch(
        activity: Arc<Activity>,
        every: Duration,
        tell: impl Fn(Duration, &Current) + Send + 'static,
    ) -> io::Result<Self> {
        let timer = Arc::new(timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?);
        let fires = timer.clone();
        thread::Builder::new().name("overrun".into()).stack_size(STACK_BYTES).spawn(move || {
            let mut looks = Looks::default();
            while rustix::io::read(&*fires, &mut [0; 8]).is_ok() {
                if let Some((times, handler)) = looks.look(activity.current()) {
                    tell(every * times, &handler);
                }
            }
        })?;
        Ok(Overrun { timer, every, expecting: false })
    }

    /// Handlers may run from now on, and should soon have ended.
    pub fn expect_end(&mut self) {
        if !self.expecting {
            self.expecting = true;
            self.fire(self.every);
        }
    }

    /// No handler runs.
    pub fn asleep(&mut self) {
        self.expecting = false;
        self.fire(Duration::ZERO);
    }

    /// Sets the timer; zero stops it.
    fn fire(&self, every: Duration) {
        let time = Timespec { tv_sec: every.as_secs().cast_signed(), tv_nsec: every.subsec_nanos().into() };
        let set = Itimerspec { it_interval: time, it_value: time };
        let set = timerfd_settime(&*self.timer, TimerfdTimerFlags::empty(), &set);
        set.expect("the times of our own timer are in range");
    }
}

/// Names the agent and the event: what whoever reads the log of a device that hangs needs to know.
pub fn log(time: Duration, handler: &Current) {
    log::error!(target: handler.agent.0, "does not come back from {} for {} s", handler.event, time.as_secs());
}

/// What the thread saw before.
#[derive(Default)]
struct Looks {
    /// The number of the handler, and how often it was seen again.
    last: (u64, u32),
}

impl Looks {
    /// Takes a look. A handler that was there before is given after 1, 2, 4, 8, … further looks, with that number.
    fn look(&mut self, current: Option<Current>) -> Option<(u32, Current)> {
        let current = current?;
        let (number, again) = self.last;
        let again = if number == current.number { again.saturating_add(1) } else { 0 };
        self.last = (current.number, again);
        again.is_power_of_two().then_some((again, current))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};

    use pillar_core::node::{Agent, AgentName, Context, EventName, Node, NodeConfig};
    use pillar_core::time::Now;

    use super::*;

    fn handler(number: u64) -> Current {
        Current { number, since: Now::default(), agent: AgentName("nim"), event: EventName::Start }
    }

    #[test]
    fn a_handler_is_named_when_it_is_seen_again_and_then_ever_more_rarely() {
        let mut looks = Looks::default();
        let named: Vec<u32> = (0..20).filter_map(|_| Some(looks.look(Some(handler(7)))?.0)).collect();
        assert_eq!(named, [1, 2, 4, 8, 16]);
    }

    #[test]
    fn many_handlers_in_a_row_are_no_overrun() {
        let mut looks = Looks::default();
        assert!((1..100).all(|number| looks.look(Some(handler(number))).is_none()));
        assert!(looks.look(None).is_none());
    }

    /// An agent that is stuck until somebody lets it go.
    struct Stuck(Arc<Mutex<Receiver<()>>>);

    impl Agent for Stuck {
        const NAME: AgentName = AgentName("stuck");

        fn start(&mut self, _: &mut Context<'_, Self>) {
            let _ = self.0.lock().expect("nobody panics with it").recv();
        }
    }

    #[test]
    fn a_handler_that_does_not_end_is_named_while_it_is_stuck() {
        let (let_go, wait) = channel();
        let (told, names) = channel();
        let wait = Arc::new(Mutex::new(wait));
        let mut node = Node::new(NodeConfig::default());
        node.add(move || Stuck(wait.clone()));
        let tell = move |_, handler: &Current| {
            let _ = told.send(format!("{} {}", handler.agent, handler.event));
            let _ = let_go.send(());
        };
        let mut overrun = Overrun::watch(node.activity(), Duration::from_millis(5), tell).unwrap();
        overrun.expect_end();
        // Returns only because the stuck handler was told of.
        node.poll(Now::default(), 10);
        overrun.asleep();
        assert_eq!(names.try_recv().as_deref(), Ok("stuck start"));
    }
}
