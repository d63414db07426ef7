//! Checkpoint files on a disk, and through power cuts.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pillar_core::checkpoint::{Checkpoint, Checkpoints, MAX_FILE, Saved};
use pillar_core::hal::{Hal, Scope, StorageError, Unsupported, backup_of};
use pillar_core::node::{Agent, AgentName, Context, Failed, Lane};
use pillar_core::time::Wall;
use pillar_hal::files::Files;
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::{Config, Device, Scenario, run_seeds};

/// Checkpoints on a simulated disk of their own.
struct Bench {
    disk: Arc<Mutex<Disk>>,
    hal: Hal,
    files: Checkpoints,
    scope: Scope,
}

impl Bench {
    fn new() -> Self {
        let mut disk = Disk::new(1 << 30);
        disk.make_dir(Path::new("/persist")).expect("an empty disk");
        let disk = Arc::new(Mutex::new(disk));
        let fs = SimFs::new(disk.clone(), Arc::new(Open), Arc::new(Unsupported));
        let hal = Hal { storage: Arc::new(Files::new(fs)), ..Hal::default() };
        Bench { disk, hal, files: Checkpoints::below(Path::new("/persist")), scope: Scope::unbounded() }
    }

    fn save(&self, file: Checkpoint, data: &str) {
        self.files.save(&self.hal, &self.scope, file, data.into()).expect("room");
    }

    fn prove(&self, file: Checkpoint) {
        self.files.prove(&self.hal, &self.scope, file).expect("room");
    }

    fn load(&self, file: Checkpoint) -> Option<(String, bool)> {
        let is_good = |data: &[u8]| !data.is_empty() && data != b"bad";
        let saved = self.files.load(&self.hal, &self.scope, file, is_good).expect("a disk without faults");
        saved.map(|saved| (String::from_utf8(saved.data).expect("text"), saved.restored))
    }

    /// What a file's backup holds.
    fn backup(&self, file: Checkpoint) -> Option<String> {
        let disk = self.disk.lock().expect("no panic while it is held");
        disk.get(&backup_of(&self.files.path(file))).map(|data| String::from_utf8_lossy(data).into_owned())
    }

    /// Somebody writes there without asking.
    fn damage(&self, path: &Path, data: &str) {
        self.disk.lock().expect("no panic while it is held").put(path, data.as_bytes()).expect("room");
    }
}

fn text(text: &str, restored: bool) -> (String, bool) {
    (text.to_owned(), restored)
}

#[test]
fn the_backup_of_the_configuration_is_the_one_that_proved_good() {
    let config = Checkpoint::LastConfig;
    let bench = Bench::new();
    assert_eq!(bench.load(config), None);

    bench.save(config, "1");
    assert_eq!(bench.backup(config).as_deref(), Some("1"), "by the first save");
    bench.save(config, "2");
    assert_eq!(bench.backup(config).as_deref(), Some("1"), "2 has not proved good");
    bench.damage(&bench.files.path(config), "bad");
    assert_eq!(bench.load(config), Some(text("1", true)));
    assert_eq!(bench.load(config), Some(text("1", false)), "it is restored");

    bench.save(config, "3");
    bench.prove(config);
    bench.prove(config);
    bench.save(config, "bad");
    assert_eq!(bench.load(config), Some(text("3", true)));
    assert_eq!(bench.files.path(config), Path::new("/persist/checkpoint/lastconfig"));
}

#[test]
fn a_file_that_is_gone_or_far_too_long_comes_back_from_its_backup() {
    let config = Checkpoint::LastConfig;
    let bench = Bench::new();
    bench.save(config, "1");
    let long = "x".repeat(MAX_FILE + 1);
    bench.damage(&bench.files.path(config), &long);
    assert_eq!(bench.load(config), Some(text("1", true)));
    bench.damage(&bench.files.path(config), "");
    bench.damage(&backup_of(&bench.files.path(config)), "bad");
    assert_eq!(bench.load(config), None, "neither is good");
    let too_long = bench.files.save(&bench.hal, &bench.scope, config, long.into_bytes());
    assert!(matches!(too_long, Err(StorageError::TooLarge { .. })));
}

#[test]
fn the_backup_of_certificates_is_what_they_were_before() {
    let certs = Checkpoint::ControllerCerts;
    let bench = Bench::new();
    bench.save(certs, "1");
    assert_eq!(bench.backup(certs).as_deref(), Some("1"), "filled in");
    bench.save(certs, "2");
    assert_eq!(bench.backup(certs).as_deref(), Some("1"));
    bench.save(certs, "2");
    assert_eq!(bench.backup(certs).as_deref(), Some("1"), "the same again changes nothing");
    bench.prove(certs);
    assert_eq!(bench.backup(certs).as_deref(), Some("1"), "is for the configuration");
    bench.damage(&bench.files.path(certs), "bad");
    assert_eq!(bench.load(certs), Some(text("1", true)));
}

#[test]
fn other_files_have_no_backup_and_can_be_cleaned() {
    let profile = Checkpoint::LastLocalProfile;
    let bench = Bench::new();
    bench.save(profile, "1");
    bench.save(profile, "2");
    assert_eq!((bench.load(profile), bench.backup(profile)), (Some(text("2", false)), None));
    bench.files.clean(&bench.hal, &bench.scope, profile).expect("a disk without faults");
    bench.files.clean(&bench.hal, &bench.scope, profile).expect("gone already");
    bench.files.touch(&bench.hal, &bench.scope, profile).expect("nothing to touch");
    assert_eq!(bench.load(profile), None);
    bench.save(profile, "bad");
    assert_eq!(bench.load(profile), None);
}

/// Saves and proves one configuration after the other, and notes what it did.
struct Keeper {
    notes: Arc<Mutex<Notes>>,
}

/// What was told to have been done.
#[derive(Default)]
struct Notes {
    /// The next configuration.
    next: u64,
    /// The last that was saved.
    saved: u64,
    /// The last that was proved.
    proved: u64,
    /// When each was saved, as far as that was told.
    times: Vec<(u64, Wall)>,
    boots: u32,
}

const SECOND: Duration = Duration::from_secs(1);
const LAST: u64 = 40;

fn files() -> Checkpoints {
    Checkpoints::below(Path::new("/persist"))
}

/// A configuration of more than a sector, with its number all over.
fn config(number: u64) -> Vec<u8> {
    number.to_le_bytes().repeat(200)
}

fn number_of(data: &[u8]) -> Option<u64> {
    let number = u64::from_le_bytes(data.get(..8)?.try_into().ok()?);
    (data == config(number)).then_some(number)
}

fn load(hal: &Hal, scope: &Scope) -> Result<Option<Saved>, StorageError> {
    files().load(hal, scope, Checkpoint::LastConfig, |data| number_of(data).is_some())
}

impl Agent for Keeper {
    const NAME: AgentName = AgentName("keeper");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.job(Lane::Store, "load", load, Self::on_loaded);
    }
}

impl Keeper {
    /// The clock goes on before the next is saved, so that each has an age of its own.
    fn on_loaded(
        &mut self,
        _: &str,
        loaded: Result<Result<Option<Saved>, StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let loaded = loaded.expect("not cancelled").expect("no faults but cuts");
        let mut notes = self.notes.lock().expect("no panic while it is held");
        if let Some(Saved { data, modified, .. }) = loaded {
            let number = number_of(&data).expect("a good one");
            assert!(number >= notes.proved, "{number} after {} was proved", notes.proved);
            let told = notes.times.iter().find(|(saved, _)| *saved == number);
            assert!(told.is_none_or(|(_, at)| *at == modified), "{number} is not as old as it was");
        } else {
            assert_eq!(notes.saved, 0, "lost");
        }
        notes.next += 1;
        cx.after(SECOND, SECOND, Self::save);
    }

    fn save(&mut self, cx: &mut Context<'_, Self>) {
        let number = self.notes.lock().expect("no panic while it is held").next;
        if number > LAST {
            return;
        }
        let work = move |hal: &Hal, scope: &Scope| {
            files().save(hal, scope, Checkpoint::LastConfig, config(number))?;
            hal.storage.modified(scope, &files().path(Checkpoint::LastConfig))
        };
        cx.job(Lane::Store, "save", work, Self::on_saved);
    }

    fn on_saved(
        &mut self,
        _: &str,
        saved: Result<Result<Wall, StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let at = saved.expect("not cancelled").expect("no faults but cuts");
        let mut notes = self.notes.lock().expect("no panic while it is held");
        notes.saved = notes.next;
        let saved = notes.saved;
        notes.times.push((saved, at));
        let work = |hal: &Hal, scope: &Scope| files().prove(hal, scope, Checkpoint::LastConfig);
        cx.job(Lane::Store, "prove", work, |keeper: &mut Keeper, _, proved, cx| {
            assert_eq!(proved, Ok(Ok(())));
            let mut notes = keeper.notes.lock().expect("no panic while it is held");
            notes.proved = notes.saved;
            notes.next += 1;
            cx.after(SECOND, SECOND, Keeper::save);
        });
    }
}

/// A device with a keeper; it looks at the disk after every boot.
struct Store {
    notes: Arc<Mutex<Notes>>,
}

impl Scenario for Store {
    fn agents(&self) -> Vec<AgentName> {
        Vec::new()
    }

    fn start(&mut self, device: &mut Device<'_>) {
        let notes = self.notes.clone();
        device.node.add(move || Keeper { notes: notes.clone() });
    }

    fn check_boot(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        let disk = device.world.disk();
        let mut notes = self.notes.lock().expect("no panic while it is held");
        notes.boots += 1;
        let path = files().path(Checkpoint::LastConfig);
        let number = |path: &Path| disk.get(path).map(|data| number_of(data).ok_or("a torn file"));
        let (own, backup) = (number(&path).transpose()?, number(&backup_of(&path)).transpose()?);
        if own.unwrap_or(0) < notes.saved {
            return Err(format!("{} was saved, {own:?} is there", notes.saved));
        }
        if backup.unwrap_or(0) < notes.proved {
            return Err(format!("{} was proved, {backup:?} is the backup", notes.proved));
        }
        Ok(())
    }
}

#[test]
fn what_was_saved_and_proved_survives_power_cuts_with_its_age() {
    let config = Config { faults: "cut/40".parse().expect("a fault"), ..Config::default() };
    let summary =
        run_seeds(1..=200, &config, |_| Store { notes: Arc::default() }).expect("no trace, no file");
    assert!(summary.failed.is_none(), "{}", summary.failed.expect("it failed"));
    assert!(summary.cuts > 200);
}
