//! An object of a datastore, straight into a file. Called by the downloader's jobs.
//!
//! The SHA-256 is computed while the bytes arrive and remembered for the file by [`Content`](super::Content), so
//! that whoever verifies it does not read it again. Retries, ports and datastores are the logic's to choose.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{HttpError, Scope, Sha256, StorageError, Trust, Unsupported, Via};

/// The most redirects that are followed.
pub const MAX_REDIRECTS: usize = 10;

/// What to fetch, by which way, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// `http://` or `https://` and the rest.
    pub url: String,
    /// Headers, without `Host` and `Range`. A redirect to another host is followed without `Authorization`.
    pub headers: Vec<(String, String)>,
    /// By which way.
    pub via: Via,
    /// Which servers are believed, for HTTPS.
    pub trust: Trust,
    /// How long connecting may take.
    pub connect_time: Duration,
    /// How long the server may say nothing.
    pub silence: Duration,
    /// The file; missing directories above it are made with mode 0700.
    pub target: PathBuf,
    /// How many bytes of the file are known to be right, from an earlier call; the rest of it is dropped.
    pub from: u64,
    /// The most bytes that the object may have; 0: any number.
    pub limit: u64,
}

/// A whole object in its file, durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Sha256,
    /// What the server says it is; empty if it does not.
    pub content_type: String,
    /// Bytes that came from the server in this call.
    pub received: u64,
}

/// Objects of datastores.
pub trait Transfer: Send + Sync {
    /// Fetches an object by GET, from byte `from` on if the server can; reports progress to the scope. `checkpoint`
    /// is told now and then, and at the end of a call that fails, how many bytes of the file survive a power cut:
    /// 0 when it begins anew.
    fn fetch(
        &self,
        scope: &Scope,
        fetch: &Fetch,
        checkpoint: &mut dyn FnMut(u64),
    ) -> Result<Fetched, TransferError>;
}

/// Why there is no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferError {
    /// The exchange failed; [`HttpError::TimedOut`] means that the server said nothing for too long.
    Http(HttpError),
    /// The file could not be written.
    Storage(StorageError),
    /// The server refused with this status.
    Status(u16),
    /// The object is larger than it may be.
    TooLarge {
        /// Its size as far as known, in bytes.
        size: u64,
        /// How large it may be.
        limit: u64,
    },
    /// The server sent another part than it was asked for.
    WrongRange,
    /// One redirect led to another too often, or nowhere.
    BadRedirect,
    /// The object ended early.
    Short {
        /// Bytes that came.
        size: u64,
        /// Bytes that the server had announced.
        expected: u64,
    },
}

impl TransferError {
    /// Whether the same way may lead to it a moment later.
    pub fn may_pass(&self) -> bool {
        match self {
            TransferError::Short { .. } => true,
            TransferError::Http(why) => matches!(
                why,
                HttpError::Refused
                    | HttpError::Unreachable
                    | HttpError::TimedOut
                    | HttpError::Broken(_)
                    | HttpError::Dns { temporary: true, .. }
            ),
            _ => false,
        }
    }

    /// Whether the job was told to stop.
    pub fn is_cancelled(&self) -> bool {
        matches!(
            self,
            TransferError::Http(HttpError::Cancelled) | TransferError::Storage(StorageError::Cancelled)
        )
    }
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransferError::Http(HttpError::TimedOut) => f.write_str("the server said nothing for too long"),
            TransferError::Http(why) => why.fmt(f),
            TransferError::Storage(why) => why.fmt(f),
            TransferError::Status(status) => write!(f, "the server answered with status {status}"),
            TransferError::TooLarge { size, limit } => {
                write!(f, "the object has {size} bytes or more, and may have {limit}")
            }
            TransferError::WrongRange => f.write_str("the server sent another part than was asked for"),
            TransferError::BadRedirect => f.write_str("redirected too often or to nowhere"),
            TransferError::Short { size, expected } => {
                write!(f, "the object ended after {size} of {expected} bytes")
            }
        }
    }
}

impl std::error::Error for TransferError {}

impl From<HttpError> for TransferError {
    fn from(why: HttpError) -> Self {
        TransferError::Http(why)
    }
}

impl From<StorageError> for TransferError {
    fn from(why: StorageError) -> Self {
        TransferError::Storage(why)
    }
}

impl Transfer for Unsupported {
    fn fetch(&self, _: &Scope, _: &Fetch, _: &mut dyn FnMut(u64)) -> Result<Fetched, TransferError> {
        Err(HttpError::Unsupported.into())
    }
}
