//! Simulated images: raw files, and qcow2 files of which only the header means something (QEMU, docs/interop/qcow2).

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{DiskFormat, ImageError, ImageInfo, Images, Scope};
use rustix::io::Errno;

use super::disk::Disk;
use super::gate::{Gate, Op, pass};

/// The fields of the header.
const MAGIC: &[u8] = b"QFI\xfb";
const BACKING_OFFSET: usize = 8;
const SIZE_OFFSET: usize = 24;
const HEADER: usize = 104;

/// An image as a datastore may have it: a header, and `content` after it.
pub fn qcow2(virtual_size: u64, content: &[u8]) -> Vec<u8> {
    let mut image = vec![0; HEADER];
    image[..4].copy_from_slice(MAGIC);
    image[7] = 3; // the version
    image[SIZE_OFFSET..SIZE_OFFSET + 8].copy_from_slice(&virtual_size.to_be_bytes());
    image.extend_from_slice(content);
    image
}

/// The same, standing upon another file.
pub fn qcow2_with_backing(virtual_size: u64) -> Vec<u8> {
    let mut image = qcow2(virtual_size, b"/etc/passwd");
    image[BACKING_OFFSET..BACKING_OFFSET + 8].copy_from_slice(&(HEADER as u64).to_be_bytes());
    image
}

/// A machine's view of its images.
pub struct SimImages {
    disk: Arc<Mutex<Disk>>,
    gate: Arc<dyn Gate>,
}

impl SimImages {
    /// On the disk, behind a gate.
    pub fn new(disk: Arc<Mutex<Disk>>, gate: Arc<dyn Gate>) -> Self {
        SimImages { disk, gate }
    }

    fn pass<R>(
        &self,
        scope: &Scope,
        name: &'static str,
        path: &Path,
        act: impl FnOnce(&mut Disk) -> Result<R, ImageError>,
    ) -> Result<R, ImageError> {
        if scope.cancelled() {
            return Err(ImageError::Cancelled);
        }
        let op = Op { name, detail: path.to_str().unwrap_or("(not UTF-8)") };
        let act = || act(&mut self.disk.lock().unwrap_or_else(PoisonError::into_inner));
        pass(&*self.gate, op, act).map_err(|fault| io_error(path, fault.errno()))?
    }
}

impl Images for SimImages {
    fn info(&self, scope: &Scope, path: &Path, format: DiskFormat) -> Result<ImageInfo, ImageError> {
        self.pass(scope, "image.info", path, |disk| {
            let image = disk.get(path).ok_or_else(|| ImageError::NotFound(path.into()))?;
            read(image, format).ok_or_else(|| ImageError::Bad {
                path: path.into(),
                what: format!("not an image of format {format:?}"),
            })
        })
    }

    fn create(&self, scope: &Scope, path: &Path, format: DiskFormat, size: u64) -> Result<(), ImageError> {
        self.pass(scope, "image.create", path, |disk| {
            let header = qcow2(size, b"");
            let made = match format {
                DiskFormat::Raw => disk.make_zeros(path, size),
                DiskFormat::Qcow2 => {
                    disk.make_zeros(path, header.len() as u64).and_then(|()| disk.patch(path, 0, &header))
                }
                other => return Err(ImageError::Format(other)),
            };
            made.and_then(|()| disk.sync_file(path)).map_err(|errno| io_error(path, errno))
        })
    }

    fn grow(&self, scope: &Scope, path: &Path, format: DiskFormat, size: u64) -> Result<(), ImageError> {
        if !matches!(format, DiskFormat::Raw | DiskFormat::Qcow2) {
            return Err(ImageError::Format(format));
        }
        if self.info(scope, path, format)?.virtual_size >= size {
            return Ok(());
        }
        self.pass(scope, "image.grow", path, |disk| {
            let grown = match format {
                DiskFormat::Raw => disk.grow_file(path, size),
                _ => disk.patch(path, SIZE_OFFSET, &size.to_be_bytes()),
            };
            grown.and_then(|()| disk.sync_file(path)).map_err(|errno| io_error(path, errno))
        })
    }
}

fn read(image: &[u8], format: DiskFormat) -> Option<ImageInfo> {
    let actual_size = image.len() as u64;
    if format == DiskFormat::Raw {
        let virtual_size = actual_size;
        return Some(ImageInfo { virtual_size, actual_size, dirty: false, leads_elsewhere: false });
    }
    let number = |at: usize| Some(u64::from_be_bytes(*image.get(at..)?.first_chunk()?));
    if format != DiskFormat::Qcow2 || !image.starts_with(MAGIC) {
        return None;
    }
    let (virtual_size, backing) = (number(SIZE_OFFSET)?, number(BACKING_OFFSET)?);
    Some(ImageInfo { virtual_size, actual_size, dirty: false, leads_elsewhere: backing != 0 })
}

fn io_error(path: &Path, errno: Errno) -> ImageError {
    ImageError::Io { path: path.into(), errno: errno.raw_os_error() }
}
