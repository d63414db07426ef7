//! The kernel's random numbers.

use pillar_core::hal::{NoRandom, Random};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// getrandom(2), without waiting for a pool that is not ready yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinuxRandom;

impl Random for LinuxRandom {
    fn fill(&self, mut buf: &mut [u8]) -> Result<(), NoRandom> {
        while !buf.is_empty() {
            match getrandom(&mut *buf, GetRandomFlags::NONBLOCK) {
                Ok(count) => buf = buf.get_mut(count..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(_) => return Err(NoRandom),
            }
        }
        Ok(())
    }
}
