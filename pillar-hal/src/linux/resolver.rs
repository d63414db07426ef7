//! `/etc/resolv.conf`, written in place: it is mounted into containers one by one.

use std::path::PathBuf;

use pillar_core::hal::{Resolver, ResolverError, Scope};
use pillar_core::resolv_conf::MAX_FILE;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::LinuxFs;
use crate::files::Fs;

/// The resolver's file.
pub struct LinuxResolver(PathBuf);

impl LinuxResolver {
    /// The file: `/etc/resolv.conf` on a device.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        LinuxResolver(file.into())
    }
}

impl Resolver for LinuxResolver {
    fn write(&self, scope: &Scope, content: &str) -> Result<(), ResolverError> {
        if scope.cancelled() {
            return Err(ResolverError::Cancelled);
        }
        if LinuxFs.read(&self.0, MAX_FILE).is_ok_and(|there| there == content.as_bytes()) {
            return Ok(());
        }
        let failed =
            |call: &'static str| move |errno: Errno| ResolverError::Io { call, errno: errno.raw_os_error() };
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
        let file = rustix::fs::open(&self.0, flags, Mode::from_raw_mode(0o644)).map_err(failed("open"))?;
        // The new content goes over the old in one call, so that no reader finds an empty file.
        let written = rustix::io::pwrite(&file, content.as_bytes(), 0).map_err(failed("write"))?;
        if written < content.len() {
            return Err(failed("write")(Errno::NOSPC));
        }
        rustix::fs::ftruncate(&file, content.len() as u64).map_err(failed("ftruncate"))
    }
}
