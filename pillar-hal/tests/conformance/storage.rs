use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pillar_core::hal::{FileOp, MAX_DIR_ENTRIES, Scope, Storage, StorageError};
use pillar_hal::conformance;
use pillar_hal::files::Files;
use pillar_hal::linux::{LinuxClock, LinuxFs, LinuxRandom, LinuxStorage};
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::Open;

use crate::device::{SmallDisk, TempDir, TestClock, skipped};

fn linux() -> LinuxStorage {
    Files::new(LinuxFs)
}

fn put(path: &Path, data: &[u8]) {
    linux().replace(&Scope::unbounded(), path, data).unwrap();
}

#[test]
fn a_real_disk_conforms() {
    conformance::storage(&linux(), TempDir::on_disk().path());
}

#[test]
fn a_real_tmpfs_conforms() {
    conformance::storage(&linux(), TempDir::on_tmpfs().path());
}

#[test]
fn the_simulated_disk_and_tmpfs_conform() {
    let mut disk = Disk::new(8 << 20);
    disk.mount(Path::new("/run"), true, 8 << 20).unwrap();
    disk.make_dir(Path::new("/persist/status")).unwrap();
    disk.make_dir(Path::new("/run/status")).unwrap();
    let storage =
        Files::new(SimFs::new(Arc::new(Mutex::new(disk)), Arc::new(Open), Arc::new(TestClock::default())));
    conformance::storage(&storage, Path::new("/persist/status"));
    conformance::storage(&storage, Path::new("/run/status"));
}

#[test]
fn real_copies_are_as_old_as_their_originals() {
    let wait = || std::thread::sleep(Duration::from_millis(20));
    conformance::storage_dates(&linux(), TempDir::on_disk().path(), &wait);
    conformance::storage_dates(&linux(), TempDir::on_tmpfs().path(), &wait);
}

#[test]
fn simulated_copies_are_as_old_as_their_originals() {
    let mut disk = Disk::new(8 << 20);
    disk.make_dir(Path::new("/persist")).unwrap();
    let clock = Arc::new(TestClock::default());
    let storage = Files::new(SimFs::new(Arc::new(Mutex::new(disk)), Arc::new(Open), clock.clone()));
    conformance::storage_dates(&storage, Path::new("/persist"), &|| clock.jump(Duration::from_secs(1)));
}

#[test]
fn a_full_real_disk_conforms() {
    match SmallDisk::mount("512k") {
        Some(disk) => conformance::storage_full(&linux(), disk.path()),
        None => skipped("a full real disk: this user may not mount"),
    }
}

#[test]
fn a_full_simulated_disk_conforms() {
    let mut disk = Disk::new(1 << 30);
    disk.mount(Path::new("/persist"), false, 512 << 10).unwrap();
    let storage =
        Files::new(SimFs::new(Arc::new(Mutex::new(disk)), Arc::new(Open), Arc::new(TestClock::default())));
    conformance::storage_full(&storage, Path::new("/persist"));
}

#[test]
fn a_directory_with_too_many_entries_is_refused() {
    let mut disk = Disk::new(1 << 30);
    for number in 0..=MAX_DIR_ENTRIES {
        disk.put(Path::new(&format!("/big/{number}")), b"").unwrap();
    }
    let storage =
        Files::new(SimFs::new(Arc::new(Mutex::new(disk)), Arc::new(Open), Arc::new(TestClock::default())));
    let too_large = StorageError::TooLarge { path: "/big".into(), limit: MAX_DIR_ENTRIES };
    assert_eq!(storage.list(&Scope::unbounded(), Path::new("/big")), Err(too_large));
    storage.apply(&Scope::unbounded(), &[FileOp::Remove { path: "/big/0".into() }]).remove(0).unwrap();
    assert_eq!(storage.list(&Scope::unbounded(), Path::new("/big")).unwrap().len(), MAX_DIR_ENTRIES);
}

#[test]
fn the_real_clock_and_random_numbers_conform() {
    conformance::clock(&LinuxClock);
    conformance::random(&LinuxRandom);
}

#[test]
fn files_are_ours_alone_and_backups_take_no_copy() {
    let dir = TempDir::on_disk();
    let file = dir.path().join("new/file");
    put(&file, b"1");
    let first = std::fs::metadata(&file).unwrap();
    assert_eq!(first.permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(dir.path().join("new")).unwrap().permissions().mode() & 0o777, 0o700);
    let op = FileOp::Replace { path: file.clone(), data: b"2".to_vec(), backup: true };
    linux().apply(&Scope::unbounded(), &[op]).remove(0).unwrap();
    let backup = std::fs::metadata(dir.path().join("new/file.bak")).unwrap();
    assert_eq!((backup.ino(), backup.nlink()), (first.ino(), 1), "the same inode under its new name");
}

#[test]
fn a_symbolic_link_is_replaced_and_not_followed() {
    let dir = TempDir::on_disk();
    dir.put("target", "stays");
    let link = dir.path().join("link");
    symlink("target", &link).unwrap();
    put(&link, b"new");
    assert!(std::fs::symlink_metadata(&link).unwrap().is_file());
    assert_eq!((dir.get("target").as_str(), dir.get("link").as_str()), ("stays", "new"));
}

#[test]
fn a_listing_shows_links_as_files_and_leaves_out_names_that_are_not_text() {
    let dir = TempDir::on_disk();
    dir.put("sub/x", "");
    symlink("sub", dir.path().join("link")).unwrap();
    dir.put("\u{e4}", "");
    std::fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"\xff\xfe")), "").unwrap();
    let entries = linux().list(&Scope::unbounded(), dir.path()).unwrap();
    let seen: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.is_dir)).collect();
    assert_eq!(seen, [("link", false), ("sub", true), ("\u{e4}", false)]);
}

#[test]
fn what_has_no_size_is_read_and_what_never_ends_is_refused() {
    let read = |path: &Path, limit| linux().read(&Scope::unbounded(), path, limit);
    let status = read(Path::new("/proc/self/status"), 1 << 16).unwrap();
    assert!(status.starts_with(b"Name:"));
    assert!(matches!(read(Path::new("/proc/self/status"), 9), Err(StorageError::TooLarge { limit: 9, .. })));
    assert!(matches!(read(Path::new("/dev/zero"), 1 << 16), Err(StorageError::Io { .. })));
    let dir = TempDir::on_disk();
    let fifo = dir.path().join("fifo");
    let mode = rustix::fs::Mode::RUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert!(matches!(read(&fifo, 9), Err(StorageError::Io { .. })), "and does not wait for a writer");
}
