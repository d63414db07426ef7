//! The bus between processes: EVE's wire and our own, as codecs and state machines that do no I/O.
//!
//! A transport owns the sockets. It hands each [`Serve`] (a subscriber's connection) and each [`Link`] (our
//! connection to a publisher) what it received, and sends what they give it. What is kept for a connection is
//! bounded by the number of keys of its table, and a peer's bad frame costs that peer only.

pub mod eve;
mod folder;
pub mod large;
mod link;
pub mod native;
mod serve;

use std::fmt;

use pillar_types::codec::DecodeError;

pub use folder::{ABSENT, Folder, Found, RESTART_DELAY, Work, read as read_folder};
pub use link::{FIRST_RETRY, LAST_RETRY, LASTING, Link, RECHECK, Received};
pub use serve::{Serve, Told};

use self::eve::BadMessage;
use self::large::LargeError;
use self::native::BadEntry;
use crate::hal::StorageError;

/// Which wire a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// EVE's: JSON text.
    Eve,
    /// Our own: postcard, batched.
    Native,
}

/// What went wrong on a wire.
#[derive(Clone, Debug, PartialEq)]
pub enum WireTrouble {
    /// Datagrams of a publisher are no messages; they were dropped.
    BadMessage {
        /// What is wrong with the last of them.
        why: BadMessage,
        /// How many there were on this connection.
        count: u32,
    },
    /// A publisher's entries cannot be read; the connection was given up.
    BadEntry(BadEntry),
    /// A publisher says that it serves another topic. What it sends is taken all the same.
    OtherTopic(String),
    /// We take the table for persistent, its publisher does not.
    NotPersistent,
    /// A publisher's value cannot be read; the key keeps its value.
    BadValue {
        /// The key.
        key: String,
        /// Why.
        why: DecodeError,
    },
    /// A publisher's large field cannot be read; the key keeps its value.
    BadField {
        /// The key.
        key: String,
        /// Why.
        why: LargeError,
    },
    /// A file of a table that is followed as files cannot be read; the key keeps its value.
    BadFile {
        /// The key.
        key: String,
        /// Why.
        why: StorageError,
    },
    /// A publisher has more keys than a table may have.
    Full {
        /// The first key that found no room.
        key: String,
    },
    /// A value cannot be told to subscribers; they keep what they had.
    NotTold {
        /// The key.
        key: String,
        /// Why.
        why: LargeError,
    },
    /// A peer was turned away: it runs as somebody who has no business here.
    Stranger {
        /// Its user id.
        uid: u32,
    },
    /// More subscribers than a table may have.
    TooManySubscribers,
    /// The system refused.
    Io {
        /// The call that failed, such as `accept`.
        call: &'static str,
        /// Its error number (errno).
        errno: i32,
    },
}

impl fmt::Display for WireTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WireTrouble::BadMessage { why, count } => {
                write!(f, "{count} bad messages from the publisher, dropped; the last: {why}")
            }
            WireTrouble::BadEntry(why) => write!(f, "the publisher cannot be understood: {why}"),
            WireTrouble::OtherTopic(topic) => write!(f, "the publisher calls its topic {topic:?}"),
            WireTrouble::NotPersistent => f.write_str("not persistent at its publisher"),
            WireTrouble::BadValue { key, why } => write!(f, "the value of {key:?} was dropped: {why}"),
            WireTrouble::BadField { key, why } => write!(f, "the value of {key:?} was dropped: {why}"),
            WireTrouble::BadFile { key, why } => write!(f, "the file of {key:?} was not read: {why}"),
            WireTrouble::Full { key } => write!(f, "no room for {key:?}: the table is full"),
            WireTrouble::NotTold { key, why } => {
                write!(f, "the value of {key:?} does not reach other processes: {why}")
            }
            WireTrouble::Stranger { uid } => write!(f, "turned away a peer with user id {uid}"),
            WireTrouble::TooManySubscribers => f.write_str("turned away one subscriber too many"),
            WireTrouble::Io { call, errno } => write!(f, "{call} failed with error {errno}"),
        }
    }
}
