//! A thread beside the loop, for what must work although the loop hangs: it names handlers that do not end, and
//! answers SIGUSR1 and SIGUSR2 (spec/02, Signals and debug server).
//!
//! The loop sets a timer before it runs handlers and stops it before it sleeps. Only a loop that does not come back
//! makes the timer fire, so the thread never wakes on a healthy node.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pillar_core::node::{Activity, Current};
use pillar_hal::signals;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

/// The thread looks, logs and writes a file; its stack is small.
const STACK_BYTES: usize = 128 * 1024;

/// What the thread does.
pub trait Duties: Send + 'static {
    /// A handler is seen again, and runs for so long at least.
    fn overrun(&mut self, time: Duration, handler: &Current);

    /// SIGUSR1 came.
    fn dump(&mut self);

    /// SIGUSR2 came.
    fn serve(&mut self);
}

/// The loop's side.
pub struct Watch {
    timer: Arc<OwnedFd>,
    every: Duration,
    expecting: bool,
}

impl Watch {
    /// Starts the thread. While the loop does not come back it looks `every` so often.
    pub fn start(activity: Arc<Activity>, every: Duration, mut duties: impl Duties) -> io::Result<Self> {
        let timer = Arc::new(timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
        )?);
        let (dump, serve) = (signals::descriptor(Signal::USR1)?, signals::descriptor(Signal::USR2)?);
        let fires = timer.clone();
        thread::Builder::new().name("watch".into()).stack_size(STACK_BYTES).spawn(move || {
            let mut looks = Looks::default();
            while let Ok([timer, usr1, usr2]) = wait([&fires, &dump, &serve]) {
                if usr1 {
                    duties.dump();
                }
                if usr2 {
                    duties.serve();
                }
                if timer && let Some((times, handler)) = looks.look(activity.current()) {
                    duties.overrun(every * times, &handler);
                }
            }
        })?;
        Ok(Watch { timer, every, expecting: false })
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

/// Waits until one of them has something, and takes it.
fn wait(fds: [&OwnedFd; 3]) -> Result<[bool; 3], Errno> {
    let mut polled = fds.map(|fd| PollFd::new(fd, PollFlags::IN));
    while let Err(errno) = poll(&mut polled, None) {
        if errno != Errno::INTR {
            return Err(errno);
        }
    }
    let ready = polled.map(|fd| !fd.revents().is_empty());
    for (fd, _) in fds.iter().zip(ready).filter(|(_, ready)| *ready) {
        match rustix::io::read(fd, &mut [0; 8]) {
            // The loop may have stopped the timer meanwhile.
            Ok(_) | Err(Errno::AGAIN) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(ready)
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
    use std::sync::mpsc::{Receiver, Sender, channel};

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

    /// Tells the test, and lets the stuck agent go once signals were answered too.
    struct Told(Sender<String>, Sender<()>);

    impl Duties for Told {
        fn overrun(&mut self, _: Duration, handler: &Current) {
            let _ = self.0.send(format!("{} {}", handler.agent, handler.event));
            let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::USR1);
        }

        fn dump(&mut self) {
            let _ = self.0.send("dump".into());
            let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::USR2);
        }

        fn serve(&mut self) {
            let _ = self.0.send("serve".into());
            let _ = self.1.send(());
        }
    }

    #[test]
    fn a_handler_that_does_not_end_is_named_and_signals_are_answered_while_it_is_stuck() {
        let (let_go, wait) = channel();
        let (told, names) = channel();
        let wait = Arc::new(Mutex::new(wait));
        let mut node = Node::new(NodeConfig::default());
        node.add(move || Stuck(wait.clone()));
        let mut watch = Watch::start(node.activity(), Duration::from_millis(5), Told(told, let_go)).unwrap();
        watch.expect_end();
        // Returns only because somebody else let the agent go.
        node.poll(Now::default(), 10);
        watch.asleep();
        assert_eq!(names.recv().as_deref(), Ok("stuck start"));
        assert!(names.iter().any(|told| told == "dump"));
        assert!(names.iter().any(|told| told == "serve"));
    }
}
