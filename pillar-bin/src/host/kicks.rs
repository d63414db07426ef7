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
            _ => {
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
