//! The primitives of Linux file systems. Called by [`Files`](crate::files::Files) only.

use std::os::fd::OwnedFd;
use std::path::Path;

use pillar_core::hal::{DirEntry, Space};
use pillar_core::time::Wall;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;

use crate::files::{BulkFs, FileStat, Fs, Volume};

/// Bytes read with one call: most documents are smaller.
const READ_CHUNK: usize = 16 * 1024;

/// Nanoseconds of a second.
const NANOS: i64 = 1_000_000_000;

/// File systems without a disk, by the magic number of statfs(2).
const TMPFS_MAGIC: u64 = 0x0102_1994;
const RAMFS_MAGIC: u64 = 0x8584_58f6;

/// The file systems of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinuxFs;

impl Fs for LinuxFs {
    type File = OwnedFd;

    fn create(&self, path: &Path) -> Result<OwnedFd, Errno> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)
    }

    fn write(&self, file: &mut OwnedFd, data: &[u8]) -> Result<usize, Errno> {
        rustix::io::write(&*file, data)
    }

    fn set_modified(&self, file: &OwnedFd, at: Wall) -> Result<(), Errno> {
        let last_modification = Timespec { tv_sec: at.0.div_euclid(NANOS), tv_nsec: at.0.rem_euclid(NANOS) };
        let last_access = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
        rustix::fs::futimens(file, &Timestamps { last_access, last_modification })
    }

    fn sync(&self, file: &OwnedFd) -> Result<(), Errno> {
        rustix::fs::fsync(file)
    }

    fn link(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        rustix::fs::linkat(CWD, from, CWD, to, AtFlags::empty())
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        rustix::fs::rename(from, to)
    }

    fn unlink(&self, path: &Path) -> Result<(), Errno> {
        rustix::fs::unlink(path)
    }

    fn mkdir(&self, path: &Path) -> Result<(), Errno> {
        rustix::fs::mkdir(path, Mode::RWXU)
    }

    fn sync_dir(&self, dir: &Path) -> Result<(), Errno> {
        rustix::fs::fsync(open_dir(dir)?)
    }

    fn read(&self, path: &Path, max: usize) -> Result<Vec<u8>, Errno> {
        // Without O_NONBLOCK a FIFO in the place of the file would hold the job for ever.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = rustix::fs::open(path, flags, Mode::empty())?;
        check_regular(&rustix::fs::fstat(&file)?)?;
        let mut data = Vec::new();
        let mut chunk = [0; READ_CHUNK];
        // The size of a file in /proc or /sys says nothing, so only the end of the file counts.
        while data.len() < max {
            let room = READ_CHUNK.min(max - data.len());
            match rustix::io::read(&file, &mut chunk[..room])? {
                0 => break,
                count => data.extend_from_slice(&chunk[..count]),
            }
        }
        Ok(data)
    }

    fn modified(&self, path: &Path) -> Result<Wall, Errno> {
        Ok(modified(&rustix::fs::stat(path)?))
    }

    fn list(&self, dir: &Path, max: usize) -> Result<Vec<DirEntry>, Errno> {
        let dir = open_dir(dir)?;
        let mut entries = Vec::new();
        for entry in Dir::read_from(&dir)? {
            let entry = entry?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            let is_dir = match entry.file_type() {
                FileType::Unknown => is_dir(&dir, name)?,
                known => known == FileType::Directory,
            };
            if let Ok(name) = name.to_str() {
                entries.push(DirEntry { name: name.into(), is_dir });
            }
            if entries.len() >= max {
                break;
            }
        }
        Ok(entries)
    }

    fn volume(&self, dir: &Path) -> Result<Volume, Errno> {
        let stat = rustix::fs::stat(dir)?;
        if file_type(&stat) != FileType::Directory {
            return Err(Errno::NOTDIR);
        }
        let volume = rustix::fs::statfs(dir)?;
        // The type's width and sign differ between architectures; the magic numbers have 32 bits.
        let magic = volume.f_type as u64 & 0xffff_ffff;
        let block = volume.f_frsize as u64;
        Ok(Volume {
            device: stat.st_dev,
            inode: stat.st_ino,
            volatile: magic == TMPFS_MAGIC || magic == RAMFS_MAGIC,
            space: Space {
                free: volume.f_bavail.saturating_mul(block),
                total: volume.f_blocks.saturating_mul(block),
            },
        })
    }
}

impl BulkFs for LinuxFs {
    type Reader = OwnedFd;

    fn open(&self, path: &Path) -> Result<OwnedFd, Errno> {
        open_file(path, OFlags::RDONLY)
    }

    fn open_end(&self, path: &Path) -> Result<OwnedFd, Errno> {
        open_file(path, OFlags::WRONLY | OFlags::APPEND)
    }

    fn read_at(&self, file: &OwnedFd, at: u64, buf: &mut [u8]) -> Result<usize, Errno> {
        rustix::io::pread(file, buf, at)
    }

    fn copy_from(&self, from: &OwnedFd, at: u64, to: &mut OwnedFd, max: usize) -> Result<usize, Errno> {
        match rustix::fs::copy_file_range(from, Some(&mut at.clone()), &*to, None, max) {
            // Between file systems, or one that cannot do it.
            Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                let mut buf = vec![0; max];
                let count = rustix::io::pread(from, &mut buf, at)?;
                rustix::io::write(&*to, &buf[..count])
            }
            copied => copied,
        }
    }

    fn truncate(&self, file: &OwnedFd, size: u64) -> Result<(), Errno> {
        rustix::fs::ftruncate(file, size)
    }

    fn stat(&self, path: &Path) -> Result<FileStat, Errno> {
        let stat = rustix::fs::lstat(path)?;
        check_regular(&stat)?;
        let size = u64::try_from(stat.st_size).map_err(|_| Errno::INVAL)?;
        Ok(FileStat { device: stat.st_dev, inode: stat.st_ino, size, modified: modified(&stat) })
    }
}

/// A regular file, and without waiting for anything else that has the name.
fn open_file(path: &Path, how: OFlags) -> Result<OwnedFd, Errno> {
    let flags = how | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = rustix::fs::open(path, flags, Mode::empty())?;
    check_regular(&rustix::fs::fstat(&file)?)?;
    Ok(file)
}

fn check_regular(stat: &Stat) -> Result<(), Errno> {
    match file_type(stat) {
        FileType::RegularFile => Ok(()),
        FileType::Directory => Err(Errno::ISDIR),
        _ => Err(Errno::INVAL),
    }
}

/// Outside the years 1678 to 2262 there is no such number; no file is as old as that, or so new.
fn modified(stat: &Stat) -> Wall {
    Wall(stat.st_mtime.saturating_mul(NANOS).saturating_add(stat.st_mtime_nsec.cast_signed()))
}

fn open_dir(dir: &Path) -> Result<OwnedFd, Errno> {
    rustix::fs::open(dir, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

fn file_type(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// Asks the inode, for file systems whose listings do not tell. An entry that is gone meanwhile is none.
fn is_dir(dir: &OwnedFd, name: &std::ffi::CStr) -> Result<bool, Errno> {
    match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(file_type(&stat) == FileType::Directory),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno),
    }
}
