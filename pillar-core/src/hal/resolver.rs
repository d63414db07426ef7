//! The file by which all programs of the device resolve names: `/etc/resolv.conf`. Written by nim's jobs.

use std::fmt;

use super::{Scope, Unsupported};

/// The device's own resolver.
pub trait Resolver: Send + Sync {
    /// Puts this content there, in place: containers have the file mounted, so that it must stay the same file.
    /// Nothing is written if that is what is there.
    fn write(&self, scope: &Scope, content: &str) -> Result<(), ResolverError>;
}

/// Why it was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolverError {
    /// The system refused.
    Io {
        /// The call that failed, such as `write`.
        call: &'static str,
        /// Its error number (errno).
        errno: i32,
    },
    /// The job was cancelled.
    Cancelled,
    /// The device has no such file.
    Unsupported,
}

impl fmt::Display for ResolverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResolverError::Io { call, errno } => {
                write!(f, "the device's name servers: {call} failed with error {errno}")
            }
            ResolverError::Cancelled => f.write_str("cancelled"),
            ResolverError::Unsupported => f.write_str("this device resolves no names"),
        }
    }
}

impl std::error::Error for ResolverError {}

impl Resolver for Unsupported {
    fn write(&self, _: &Scope, _: &str) -> Result<(), ResolverError> {
        Err(ResolverError::Unsupported)
    }
}
