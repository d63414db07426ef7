//! The simulator bites: a device with one part left out fails, and shows what is missing.

use std::path::Path;
use std::sync::Arc;

use pillar_core::hal::DirEntry;
use pillar_core::time::Wall;
use pillar_hal::files::{Errno, Files, Fs, Volume};
use pillar_hal::sim::disk::{SimFile, SimFs};
use pillar_hal::sim::workload::{Flaw, Shop};
use pillar_hal::sim::{Config, MakeStorage, run_seeds};

use super::faults;

/// Seeds of which one must fail.
const SEEDS: u64 = 200;

/// How the first seed fails that does, shortened; `None` if none does.
fn first_failure(flaw: Flaw, storage: MakeStorage) -> Option<String> {
    let config =
        Config { faults: faults("cut/200,kill/300,delay/20"), steps: 2_000, storage, ..Config::default() };
    let summary = run_seeds(1..=SEEDS, &config, |_| Shop::with(flaw)).expect("no file");
    let shortest = summary.failed?;
    assert!(shortest.steps <= 2_000);
    Some(shortest.to_string())
}

fn sound(fs: SimFs) -> Arc<dyn pillar_core::hal::Storage> {
    Arc::new(Files::new(fs))
}

fn without_directory_sync(fs: SimFs) -> Arc<dyn pillar_core::hal::Storage> {
    Arc::new(Files::new(NoDirectorySync(fs)))
}

#[test]
fn with_all_its_parts_the_device_does_not_fail() {
    assert_eq!(first_failure(Flaw::None, sound), None);
}

#[test]
fn without_the_sync_of_directories_acknowledged_values_are_lost() {
    let failure = first_failure(Flaw::None, without_directory_sync).expect("it is noticed");
    assert!(failure.contains("after a boot: /persist/") && failure.contains(", allowed is ["), "{failure}");
}

#[test]
fn without_the_sweep_after_a_restart_what_nobody_wants_stays() {
    let failure = first_failure(Flaw::NoSweep, sound).expect("it is noticed");
    assert!(failure.contains("at the end: ") && failure.contains(" instead of "), "{failure}");
}

#[test]
fn without_the_wait_for_a_taken_key_two_jobs_work_at_once() {
    let failure = first_failure(Flaw::NoWait, sound).expect("it is noticed");
    assert!(failure.contains("two jobs work at order"), "{failure}");
}

#[test]
fn acknowledging_before_it_is_stored_is_noticed() {
    let failure = first_failure(Flaw::EarlyReceipt, sound).expect("it is noticed");
    assert!(failure.contains("/persist/status/clerk/Receipt/order"), "{failure}");
}

/// The simulated disk, but directories are never synced.
struct NoDirectorySync(SimFs);

impl Fs for NoDirectorySync {
    type File = SimFile;

    fn sync_dir(&self, _: &Path) -> Result<(), Errno> {
        Ok(())
    }

    fn create(&self, path: &Path) -> Result<SimFile, Errno> {
        self.0.create(path)
    }

    fn write(&self, file: &mut SimFile, data: &[u8]) -> Result<usize, Errno> {
        self.0.write(file, data)
    }

    fn set_modified(&self, file: &SimFile, at: Wall) -> Result<(), Errno> {
        self.0.set_modified(file, at)
    }

    fn modified(&self, path: &Path) -> Result<Wall, Errno> {
        self.0.modified(path)
    }

    fn sync(&self, file: &SimFile) -> Result<(), Errno> {
        self.0.sync(file)
    }

    fn link(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        self.0.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        self.0.rename(from, to)
    }

    fn unlink(&self, path: &Path) -> Result<(), Errno> {
        self.0.unlink(path)
    }

    fn mkdir(&self, path: &Path) -> Result<(), Errno> {
        self.0.mkdir(path)
    }

    fn read(&self, path: &Path, max: usize) -> Result<Vec<u8>, Errno> {
        self.0.read(path, max)
    }

    fn list(&self, dir: &Path, max: usize) -> Result<Vec<DirEntry>, Errno> {
        self.0.list(dir, max)
    }

    fn volume(&self, dir: &Path) -> Result<Volume, Errno> {
        self.0.volume(dir)
    }
}
