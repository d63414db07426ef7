//! Signs of life: the touch files that EVE's watchdog looks at, all in one wake-up (spec/02, Watchdog contract).
//! Called from the loop's thread only, so that a loop that hangs stops them.

use std::sync::Arc;
use std::time::Duration;

use pillar_core::hal::{Watchdog, WatchdogError};
use pillar_core::time::Mono;

/// From here on a loop that is awake anyway kicks, so that no wake-up is spent on it.
const EARLY: Duration = Duration::from_secs(10);

/// A loop that sleeps is woken for it: zedbox's own interval, which is the shortest.
const LATEST: Duration = Duration::from_secs(15);

/// How late a kick may be until it is told of, as a warning and as an error (spec/02, warningTime and errorTime).
const LATE: (Duration, Duration) = (Duration::from_secs(40), Duration::from_mins(3));

/// Who is kicked, and when it was.
pub struct Kicks {
    names: Vec<&'static str>,
    watchdog: Arc<dyn Watchdog>,
    last: Option<Mono>,
    /// So that a failure is logged once, not four times a minute.
    failed: Option<WatchdogError>,
}

impl Kicks {
    /// Kicks for this process.
    pub fn new(process: &'static str, watchdog: Arc<dyn Watchdog>) -> Self {
        Kicks { names: vec![process], watchdog, last: None, failed: None }
    }

    /// Kicks for an agent too, from the next turn on.
    pub fn add(&mut self, agent: &'static str) {
        if !self.names.contains(&agent) {
            self.names.push(agent);
        }
        self.last = None;
    }

    /// Kicks no more for an agent that has ended.
    pub fn remove(&mut self, agent: &'static str) {
        self.names.retain(|name| *name != agent);
    }

    /// Kicks if it is time; gives when to come again at the latest.
    pub fn kick(&mut self, now: Mono) -> Mono {
        match self.last {
            Some(last) if now.since(last) < EARLY => last + LATEST,
            last => {
                if let Some(late) = last.map(|last| now.since(last)) {
                    tell_if_late(late);
                }
                let failed = self.watchdog.kick(&self.names).err();
                if let Some(why) = failed.filter(|_| failed != self.failed) {
                    log::error!("no kick for the watchdog: {why}");
                }
                self.failed = failed;
                self.last = Some(now);
                now + LATEST
            }
        }
    }
}

/// A loop that hung and goes on says so itself.
fn tell_if_late(late: Duration) {
    let seconds = late.as_secs();
    if late > LATE.1 {
        log::error!("no sign of life for {seconds} s: the loop hung, and the watchdog was about to reboot");
    } else if late > LATE.0 {
        log::warn!("no sign of life for {seconds} s: the loop hung");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use log::{Level, Log, Metadata, Record};
    use pillar_core::hal::Unsupported;

    use super::*;

    /// What was logged by this test, which is the only one here that logs.
    static LOGGED: Mutex<Vec<(Level, String)>> = Mutex::new(Vec::new());

    struct ToTest;

    impl Log for ToTest {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn log(&self, record: &Record<'_>) {
            if record.target().ends_with("kicks") {
                LOGGED.lock().unwrap().push((record.level(), record.args().to_string()));
            }
        }

        fn flush(&self) {}
    }

    #[test]
    fn ac02_43_a_late_kick_is_told_of() {
        log::set_logger(&ToTest).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        let mut kicks = Kicks::new("zedbox", Arc::new(Unsupported));
        let mut logged_after = |now: u64| {
            kicks.kick(Mono(now * 1_000_000_000));
            std::mem::take(&mut *LOGGED.lock().unwrap())
        };

        assert_eq!(logged_after(0).len(), 1, "this device has no watchdog, which is told once");
        for healthy in [5, 15, 30, 70] {
            assert_eq!(logged_after(healthy), [], "{healthy}");
        }
        let late = logged_after(111);
        assert_eq!(late, [(Level::Warn, "no sign of life for 41 s: the loop hung".to_owned())]);
        let later = logged_after(292);
        assert_eq!(later.len(), 1);
        assert_eq!(later[0].0, Level::Error);
        assert!(later[0].1.starts_with("no sign of life for 181 s"), "{later:?}");
    }
}
