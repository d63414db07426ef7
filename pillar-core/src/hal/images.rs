//! Disk images: what they say about themselves, new ones, larger ones. Called by volumemgr's jobs.
//!
//! The format is always given by who calls: an image that somebody downloaded is never asked what it is, since it
//! could then lead to files of the device.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{DiskFormat, ProcessError, Scope, Unsupported};

/// What an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    /// Bytes that a guest sees.
    pub virtual_size: u64,
    /// Bytes that it takes on the disk.
    pub actual_size: u64,
    /// Whether it was not closed properly.
    pub dirty: bool,
    /// Whether a part of it is in another file.
    pub leads_elsewhere: bool,
}

/// Images in files.
pub trait Images: Send + Sync {
    /// What an image is.
    fn info(&self, scope: &Scope, path: &Path, format: DiskFormat) -> Result<ImageInfo, ImageError>;

    /// Makes an empty image, durable, in place of what is there; raw or qcow2.
    fn create(&self, scope: &Scope, path: &Path, format: DiskFormat, size: u64) -> Result<(), ImageError>;

    /// Makes an image larger, durable; raw or qcow2. A size that it has already, or more, changes nothing.
    fn grow(&self, scope: &Scope, path: &Path, format: DiskFormat, size: u64) -> Result<(), ImageError>;
}

/// Why nothing was done with an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// There is no such file.
    NotFound(PathBuf),
    /// It is no image of that format, or damaged; says how.
    Bad {
        /// The image.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The format cannot be made or changed.
    Format(DiskFormat),
    /// The program for it failed.
    Process(ProcessError),
    /// The system refused.
    Io {
        /// The image.
        path: PathBuf,
        /// Its error number (errno).
        errno: i32,
    },
    /// The job was cancelled or its time is over.
    Cancelled,
    /// The device has no images.
    Unsupported,
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageError::NotFound(path) => write!(f, "{}: no such image", path.display()),
            ImageError::Bad { path, what } => write!(f, "{}: {what}", path.display()),
            ImageError::Format(format) => write!(f, "images of format {format:?} are not made or changed"),
            ImageError::Process(why) => why.fmt(f),
            ImageError::Io { path, errno } => write!(f, "{}: error {errno}", path.display()),
            ImageError::Cancelled => f.write_str("cancelled"),
            ImageError::Unsupported => f.write_str("this device has no images"),
        }
    }
}

impl std::error::Error for ImageError {}

impl Images for Unsupported {
    fn info(&self, _: &Scope, _: &Path, _: DiskFormat) -> Result<ImageInfo, ImageError> {
        Err(ImageError::Unsupported)
    }

    fn create(&self, _: &Scope, _: &Path, _: DiskFormat, _: u64) -> Result<(), ImageError> {
        Err(ImageError::Unsupported)
    }

    fn grow(&self, _: &Scope, _: &Path, _: DiskFormat, _: u64) -> Result<(), ImageError> {
        Err(ImageError::Unsupported)
    }
}
