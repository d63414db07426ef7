//! Random numbers fit for keys.

use std::fmt;

use super::Unsupported;

/// The device has no source of random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandom;

impl fmt::Display for NoRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this device has no source of random numbers")
    }
}

impl std::error::Error for NoRandom {}

/// A cryptographic source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `buf`. It does not wait for the source to be ready, nor give weak numbers: both are an error.
    fn fill(&self, buf: &mut [u8]) -> Result<(), NoRandom>;
}

impl Random for Unsupported {
    fn fill(&self, _: &mut [u8]) -> Result<(), NoRandom> {
        Err(NoRandom)
    }
}
