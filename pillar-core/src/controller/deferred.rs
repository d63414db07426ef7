//! Messages that must arrive: sent one at a time in the order of their importance, again and again until the
//! controller takes them or refuses them for good (spec/01, A7). Pure; whoever owns a queue runs its sends as jobs.
//!
//! | State of a message | Event | Next |
//! |---|---|---|
//! | – | put | waiting, due at once |
//! | waiting | put, same bytes | waiting, as before |
//! | waiting | put, other bytes | waiting, due at once |
//! | waiting | due, and nothing is being sent | being sent |
//! | being sent | taken by the controller | gone |
//! | being sent | refused for good | gone, with an error in the log |
//! | being sent | refused for now | waiting behind its peers, for 1, 2, 4, 8, 15, 15 … min |
//! | being sent | no answer | waiting; nothing else is tried until the next pass |
//! | being sent | put, other bytes | waiting, due at once, whatever becomes of the old bytes |

use std::collections::VecDeque;
use std::time::Duration;

use super::status::{Refusal, refusal};
use crate::time::Mono;

/// The most messages that wait, over all keys: one for each object that is reported on.
pub const MAX_WAITING: usize = 8_192;

/// How many that are told as a warning.
pub const BACKLOG: usize = 50;

/// How often a message was refused when that is told as a warning, and again after as many times.
const WARN_EVERY: u32 = 20;

/// The longest a refused message waits, and the least.
const LONGEST: Duration = Duration::from_mins(15);
const SHORTEST: Duration = Duration::from_mins(1);

/// What matters more goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The device's certificates: nothing else is taken without them.
    Attest,
    /// Applications.
    App,
    /// The hardware.
    Hardware,
    /// All else.
    Other,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
struct Waiting<T> {
    key: String,
    rank: Rank,
    message: T,
    attempts: u32,
    due: Mono,
}

/// Messages by key, in the order in which they are to be sent.
#[derive(Clone, Debug)]
pub struct Deferred<T> {
    waiting: VecDeque<Waiting<T>>,
    /// The key of the message that is being sent, while it is the latest of its key.
    sending: Option<String>,
    /// Before this nothing is tried, as the controller did not answer.
    pause: Option<Mono>,
    /// How long the next pause is.
    next_pause: Duration,
}

impl<T> Default for Deferred<T> {
    fn default() -> Self {
        Deferred { waiting: VecDeque::new(), sending: None, pause: None, next_pause: SHORTEST }
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The controller took it.
    Taken,
    /// The controller refused it with this status code.
    Refused(u16),
    /// There was no answer.
    NoAnswer,
}

/// What is to be told about that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrived.
    Arrived,
    /// It was given up.
    GivenUp,
    /// It waits; `warn` if it has done so for long.
    Waits {
        /// Whether somebody should know.
        warn: bool,
    },
}

impl<T: Clone + PartialEq> Deferred<T> {
    /// Puts a message, in place of the one with the same key. `false` if there is no room.
    pub fn put(&mut self, key: &str, rank: Rank, message: T, now: Mono) -> bool {
        if let Some(old) = self.waiting.iter_mut().find(|old| old.key == key) {
            if old.message == message {
                return true;
            }
            (old.message, old.attempts, old.due) = (message, 0, now);
            if self.sending.as_deref() == Some(key) {
                self.sending = Some(String::new());
            }
            return true;
        }
        if self.waiting.len() >= MAX_WAITING {
            return false;
        }
        let new = Waiting { key: key.to_owned(), rank, message, attempts: 0, due: now };
        let place = self.waiting.iter().position(|other| other.rank > rank).unwrap_or(self.waiting.len());
        self.waiting.insert(place, new);
        true
    }

    /// How many messages wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next message to be sent now, with its key. Until [`sent`](Self::sent) is called there is none.
    pub fn next(&mut self, now: Mono) -> Option<(String, T)> {
        if self.sending.is_some() || self.pause.is_some_and(|until| until > now) {
            return None;
        }
        let next = self.waiting.iter().find(|message| message.due <= now)?;
        self.sending = Some(next.key.clone());
        Some((next.key.clone(), next.message.clone()))
    }

    /// When the next message is due, if one waits and none is being sent.
    pub fn due(&self) -> Option<Mono> {
        if self.sending.is_some() {
            return None;
        }
        let first = self.waiting.iter().map(|message| message.due).min()?;
        Some(self.pause.map_or(first, |pause| first.max(pause)))
    }

    /// The message that was being sent is done with. `spread` is a random number for the length of a pause.
    pub fn sent(&mut self, key: &str, how: Sent, now: Mono, spread: u64) -> Fate {
        let latest = self.sending.take().is_some_and(|sending| sending == key);
        if how == Sent::NoAnswer {
            self.pause = Some(now + spread_by_30_s(self.next_pause, spread));
            self.next_pause = (self.next_pause * 2).min(LONGEST);
        } else {
            self.connected();
        }
        let place = self.waiting.iter().position(|message| message.key == key).filter(|_| latest);
        match (how, place) {
            (Sent::Taken, place) => {
                place.and_then(|place| self.waiting.remove(place));
                Fate::Arrived
            }
            (Sent::Refused(code), place) if refusal(code) == Refusal::ForGood => {
                place.and_then(|place| self.waiting.remove(place));
                Fate::GivenUp
            }
            (Sent::Refused(_), Some(place)) => self.put_behind(place, now),
            (Sent::Refused(_) | Sent::NoAnswer, _) => Fate::Waits { warn: false },
        }
    }

    fn put_behind(&mut self, place: usize, now: Mono) -> Fate {
        let Some(mut message) = self.waiting.remove(place) else { return Fate::Waits { warn: false } };
        let minutes = SHORTEST * (1 << message.attempts.min(4));
        message.attempts += 1;
        message.due = now + minutes.min(LONGEST);
        let warn = message.attempts % WARN_EVERY == 0;
        let rank = message.rank;
        let place = self.waiting.iter().position(|other| other.rank > rank).unwrap_or(self.waiting.len());
        self.waiting.insert(place, message);
        Fate::Waits { warn }
    }

    /// The controller can be reached: nothing waits for that any more.
    pub fn connected(&mut self) {
        self.pause = None;
        self.next_pause = SHORTEST;
    }
}

/// A time, at most 30 s longer or shorter.
fn spread_by_30_s(time: Duration, random: u64) -> Duration {
    const SPREAD: u64 = 60_000;
    time.saturating_sub(Duration::from_millis(SPREAD / 2)) + Duration::from_millis(random % SPREAD)
}
