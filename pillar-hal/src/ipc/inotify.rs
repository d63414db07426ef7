//! Notices of what happens in directories.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

/// The most notices taken before others get their turn.
const TURN: usize = 1_024;

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something happened to a name in a directory.
    Name(PathBuf, String),
    /// A directory is gone, and its watch with it.
    Gone(PathBuf),
    /// Notices were lost: anything may have happened.
    Lost,
}

/// Watched directories. A clone watches for the same reader: jobs add directories whose disk may be slow.
#[derive(Clone)]
pub struct Inotify {
    fd: Arc<OwnedFd>,
    /// By the kernel's number.
    dirs: Arc<Mutex<BTreeMap<i32, PathBuf>>>,
}

impl Inotify {
    /// No directory yet.
    pub fn new() -> Result<Inotify, Errno> {
        let fd = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        Ok(Inotify { fd: Arc::new(fd), dirs: Arc::default() })
    }

    /// Watches a directory for names that come, change or go. Watching it again changes nothing.
    pub fn watch(&self, dir: &Path) -> Result<(), Errno> {
        let what = WatchFlags::CREATE
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::ATTRIB
            | WatchFlags::MOVED_TO
            | WatchFlags::MOVED_FROM
            | WatchFlags::DELETE
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        self.add(dir, what)
    }

    /// A notice that is read before the directory is noted here is of something that whoever looks at the
    /// directory next will see.
    fn add(&self, dir: &Path, what: WatchFlags) -> Result<(), Errno> {
        let number = inotify::add_watch(&self.fd, dir, what)?;
        self.dirs().insert(number, dir.into());
        Ok(())
    }

    /// Watches the directory of `path`, or the nearest above it that there is, up to `root`, for names that come;
    /// whether that will be told.
    pub fn watch_above(&self, root: &Path, path: &Path) -> bool {
        let dirs: Vec<&Path> = path.ancestors().skip(1).take_while(|dir| dir.starts_with(root)).collect();
        let watch = |level: usize| self.watch_for_new(dirs[level]).is_ok();
        let Some(mut level) = (0..dirs.len()).find(|level| watch(*level)) else { return false };
        // The next may have come before the one above it was watched.
        while level > 0 && watch(level - 1) {
            level -= 1;
        }
        true
    }

    fn watch_for_new(&self, dir: &Path) -> Result<(), Errno> {
        self.add(dir, WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR | WatchFlags::MASK_ADD)
    }

    /// Notices that are there; more may follow.
    pub fn read(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&*self.fd, &mut buffer);
        while notices.len() < TURN || !reader.is_buffer_empty() {
            let Ok(event) = reader.next() else { break };
            let flags = event.events();
            if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
                notices.push(Notice::Lost);
                continue;
            }
            if flags.contains(ReadFlags::MOVE_SELF) {
                // What follows is about another place. It ends with a notice that the watch is gone.
                let _ = inotify::remove_watch(&self.fd, event.wd());
                continue;
            }
            let gone = flags.contains(ReadFlags::IGNORED);
            let dir =
                if gone { self.dirs().remove(&event.wd()) } else { self.dirs().get(&event.wd()).cloned() };
            match (dir, event.file_name().map(CStr::to_str)) {
                (Some(dir), _) if gone => notices.push(Notice::Gone(dir)),
                (Some(dir), Some(Ok(name))) => notices.push(Notice::Name(dir, name.to_owned())),
                _ => {}
            }
        }
        notices
    }

    fn dirs(&self) -> MutexGuard<'_, BTreeMap<i32, PathBuf>> {
        self.dirs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsFd for Inotify {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
