//! Disk images by `qemu-img`. The format is always given, so that no image is asked what it is.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pillar_core::hal::{Command, DiskFormat, ImageError, ImageInfo, Images, Process, ProcessError, Scope};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use serde_json::Value;

/// How long one call may take (spec/06, constants).
const TIME: Duration = Duration::from_secs(1000);

/// Images by qemu-img.
pub struct QemuImg {
    program: &'static str,
    process: Arc<dyn Process>,
}

impl QemuImg {
    /// Started as these programs are.
    pub fn new(process: Arc<dyn Process>) -> Self {
        QemuImg { program: "qemu-img", process }
    }

    fn run(&self, scope: &Scope, path: &Path, args: &[&str]) -> Result<Vec<u8>, ImageError> {
        let command = Command::new(self.program).args(args.iter().copied()).time(TIME);
        let output = self.process.run(scope, &command).map_err(process_error)?;
        if output.exit.success() && !output.truncated {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let what = said.lines().next().unwrap_or("qemu-img failed").trim().to_owned();
        Err(ImageError::Bad { path: path.into(), what })
    }
}

impl Images for QemuImg {
    fn info(&self, scope: &Scope, path: &Path, format: DiskFormat) -> Result<ImageInfo, ImageError> {
        let place = text(path)?;
        check(path)?;
        let said = self.run(scope, path, &["info", "-U", "--output=json", "-f", name(format), place])?;
        read_info(&said).ok_or_else(|| bad(path, "qemu-img does not say what it is"))
    }

    fn create(&self, scope: &Scope, path: &Path, format: DiskFormat, size: u64) -> Result<(), ImageError> {
        check_changeable(format)?;
        let place = text(path)?;
        self.run(scope, path, &["create", "-q", "-f", name(format), place, &size.to_string()])?;
        sync(path)
    }

    fn grow(&self, scope: &Scope, path: &Path, format: DiskFormat, size: u64) -> Result<(), ImageError> {
        check_changeable(format)?;
        if self.info(scope, path, format)?.virtual_size >= size {
            return Ok(());
        }
        self.run(scope, path, &["resize", "-q", "-f", name(format), text(path)?, &size.to_string()])?;
        sync(path)
    }
}

/// The answer of `qemu-img info`; None if it is no such.
fn read_info(said: &[u8]) -> Option<ImageInfo> {
    let said: Value = serde_json::from_slice(said).ok()?;
    let data = &said["format-specific"]["data"];
    Some(ImageInfo {
        virtual_size: said["virtual-size"].as_u64()?,
        actual_size: said["actual-size"].as_u64().unwrap_or(0),
        dirty: said["dirty-flag"].as_bool().unwrap_or(false),
        leads_elsewhere: !said["backing-filename"].is_null()
            || !data["data-file"].is_null()
            || data["extents"].as_array().is_some_and(|extents| extents.len() > 1),
    })
}

/// As qemu-img calls it.
fn name(format: DiskFormat) -> &'static str {
    match format {
        DiskFormat::Raw => "raw",
        DiskFormat::Qcow2 => "qcow2",
        DiskFormat::Qcow => "qcow",
        DiskFormat::Vmdk => "vmdk",
        DiskFormat::Vhd => "vpc",
        DiskFormat::Vhdx => "vhdx",
    }
}

fn check_changeable(format: DiskFormat) -> Result<(), ImageError> {
    match format {
        DiskFormat::Raw | DiskFormat::Qcow2 => Ok(()),
        other => Err(ImageError::Format(other)),
    }
}

/// A path that qemu-img takes as one: absolute, so that nothing in it is taken for a protocol or an option.
fn text(path: &Path) -> Result<&str, ImageError> {
    let text = path.to_str().filter(|_| path.is_absolute());
    text.ok_or_else(|| bad(path, "not a path of an image"))
}

fn check(path: &Path) -> Result<(), ImageError> {
    match rustix::fs::lstat(path) {
        Ok(_) => Ok(()),
        Err(errno) => Err(io_error(path, errno)),
    }
}

/// Makes an image and its name durable.
fn sync(path: &Path) -> Result<(), ImageError> {
    let sync = |path: &Path| {
        rustix::fs::fsync(rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?)
    };
    sync(path).map_err(|errno| io_error(path, errno))?;
    sync(path.parent().unwrap_or(path)).map_err(|errno| io_error(path, errno))
}

fn bad(path: &Path, what: &str) -> ImageError {
    ImageError::Bad { path: path.into(), what: what.into() }
}

fn io_error(path: &Path, errno: Errno) -> ImageError {
    match errno {
        Errno::NOENT => ImageError::NotFound(path.into()),
        errno => ImageError::Io { path: path.into(), errno: errno.raw_os_error() },
    }
}

fn process_error(why: ProcessError) -> ImageError {
    match why {
        ProcessError::Cancelled => ImageError::Cancelled,
        why => ImageError::Process(why),
    }
}
