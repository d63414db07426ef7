//! The life of a machine: boots that change files until the power goes, and a look at what is left.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{FileOp, PowerCut, Scope, Storage, Unsupported, backup_of, is_temp_name};
use pillar_hal::files::Files;
use pillar_hal::sim::Rng;
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::{Fault, Gate, Op};

use super::careless::{Careless, Part};

/// Boots of a life.
pub const BOOTS: u32 = 5;

/// Where the files are: the directories are not there in the beginning.
pub const DIRS: [&str; 2] = ["/persist/status/a/Item", "/persist/status/b/Item"];

/// The most primitives before the power goes.
const MAX_OPERATIONS: u64 = 120;

/// What can be wrong after a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// A file has content that was never written.
    Torn,
    /// What was acknowledged is not there.
    Lost,
    /// A file has content from before what was acknowledged.
    Older,
    /// A file is there that nobody asked for.
    Stray,
}

/// What came of a life.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub wrong: Option<Wrong>,
    pub cuts: u32,
    acknowledged: u64,
}

/// What a file may be after a power cut; `None`: not there.
#[derive(Default)]
struct Expected {
    acknowledged: Option<Vec<u8>>,
    tried: Vec<Option<Vec<u8>>>,
}

struct Life {
    rng: Rng,
    disk: Arc<Mutex<Disk>>,
    files: BTreeMap<PathBuf, Expected>,
    /// All contents ever asked for.
    written: u64,
    outcome: Outcome,
}

/// Lives until something is wrong or the boots are over. With faults, calls fail now and then too.
pub fn live(seed: u64, without: Option<Part>, faults: bool) -> Outcome {
    let mut disk = Disk::new(1 << 20);
    disk.mount(Path::new("/persist"), false, 1 << 20).unwrap();
    let files =
        DIRS.iter().flat_map(|dir| (0..3).map(move |key| Path::new(dir).join(format!("k{key}.json"))));
    let mut life = Life {
        rng: Rng::new(seed),
        disk: Arc::new(Mutex::new(disk)),
        files: files.map(|path| (path, Expected::default())).collect(),
        written: 0,
        outcome: Outcome::default(),
    };
    for _ in 0..BOOTS {
        life.boot(without, faults);
        life.outcome.wrong = life.look().err();
        if life.outcome.wrong.is_some() {
            break;
        }
    }
    life.outcome
}

impl Life {
    fn boot(&mut self, without: Option<Part>, faults: bool) {
        let gate = CuttingGate {
            left: AtomicU64::new(self.rng.below(MAX_OPERATIONS)),
            after: self.rng.chance(1, 2),
            faults: faults.then(|| Mutex::new(Rng::new(self.rng.below(1 << 32)))),
        };
        let fs = SimFs::new(self.disk.clone(), Arc::new(gate), Arc::new(Unsupported));
        let storage: Box<dyn Storage> = match without {
            Some(part) => Box::new(Files::new(Careless::new(fs, part))),
            None => Box::new(Files::new(fs)),
        };
        let ended = catch_unwind(AssertUnwindSafe(|| {
            self.sweep(&*storage);
            loop {
                self.change(&*storage);
            }
        }));
        match ended {
            Err(payload) if PowerCut::is(&*payload) => {}
            Err(payload) => resume_unwind(payload),
        }
        self.disk.lock().unwrap_or_else(PoisonError::into_inner).power_cut(&mut self.rng);
        self.outcome.cuts += 1;
    }

    /// What the owner of the directories does at start, some of the time.
    fn sweep(&mut self, storage: &dyn Storage) {
        if self.rng.chance(1, 2) {
            return;
        }
        for dir in DIRS.map(Path::new) {
            let entries = storage.list(&Scope::unbounded(), dir).unwrap_or_default();
            let temps = entries.into_iter().filter(|entry| is_temp_name(&entry.name));
            let ops: Vec<_> = temps.map(|entry| FileOp::Remove { path: dir.join(entry.name) }).collect();
            storage.apply(&Scope::unbounded(), &ops);
        }
    }

    /// One batch, and what its answers promise.
    fn change(&mut self, storage: &dyn Storage) {
        let ops: Vec<FileOp> = (0..=self.rng.below(4)).map(|_| self.op()).collect();
        for op in &ops {
            let value = if let FileOp::Replace { data, .. } = op { Some(data.clone()) } else { None };
            self.expected(op).tried.push(value);
        }
        let results = storage.apply(&Scope::unbounded(), &ops);
        assert_eq!(results.len(), ops.len());
        for (op, result) in ops.iter().zip(results) {
            if result.is_err() {
                continue;
            }
            self.outcome.acknowledged += 1;
            let expected = self.expected(op);
            expected.acknowledged =
                if let FileOp::Replace { data, .. } = op { Some(data.clone()) } else { None };
            // What was tried before an acknowledged change is over; what was tried after it may come yet.
            let done = expected.tried.iter().position(|tried| *tried == expected.acknowledged);
            expected.tried.drain(..=done.unwrap());
        }
    }

    fn op(&mut self) -> FileOp {
        let number = self.rng.below(self.files.len() as u64) as usize;
        let path = self.files.keys().nth(number).unwrap().clone();
        if self.rng.chance(1, 4) {
            return FileOp::Remove { path };
        }
        self.written += 1;
        // Each content is told from every other, whole or torn.
        let words = 1 + self.rng.below(300);
        let data = (0..words).flat_map(|_| self.written.to_be_bytes()).collect();
        FileOp::Replace { path, data, backup: self.rng.chance(3, 4) }
    }

    fn expected(&mut self, op: &FileOp) -> &mut Expected {
        self.files.get_mut(op.path()).unwrap()
    }

    /// Looks at the disk by EVE's rules of loading; what is there is what counts from now on.
    fn look(&mut self) -> Result<(), Wrong> {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, _) in disk.files() {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let known = self.files.keys().any(|file| *file == path || backup_of(file) == path);
            if !known && !is_temp_name(name) {
                return Err(Wrong::Stray);
            }
        }
        for (path, expected) in &mut self.files {
            let content = disk.get(path).filter(|data| !data.is_empty());
            let found = content.or_else(|| disk.get(&backup_of(path))).map(<[u8]>::to_vec);
            if found != expected.acknowledged && !expected.tried.contains(&found) {
                return Err(judge(found.as_deref(), expected.acknowledged.as_deref()));
            }
            *expected = Expected { acknowledged: found, tried: Vec::new() };
        }
        Ok(())
    }
}

fn judge(found: Option<&[u8]>, acknowledged: Option<&[u8]>) -> Wrong {
    let Some(found) = found else { return Wrong::Lost };
    let whole = found.chunks(8).all(|word| Some(word) == found.first_chunk::<8>().map(<[u8; 8]>::as_slice));
    let older = acknowledged.is_none_or(|acknowledged| found < acknowledged);
    if whole && older { Wrong::Older } else { Wrong::Torn }
}

/// Cuts the power at a certain primitive, before or after it; lets some fail until then.
struct CuttingGate {
    left: AtomicU64,
    after: bool,
    faults: Option<Mutex<Rng>>,
}

impl CuttingGate {
    fn cut_if_due(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            self.left.store(0, Ordering::Relaxed);
            resume_unwind(Box::new(PowerCut));
        }
    }
}

impl Gate for CuttingGate {
    fn enter(&self, op: Op<'_>) -> Result<(), Fault> {
        if !self.after {
            self.cut_if_due();
        }
        let Some(rng) = &self.faults else { return Ok(()) };
        let fault = match rng.lock().unwrap_or_else(PoisonError::into_inner).below(100) {
            0 => Fault::Fail(5),
            1 => Fault::Fail(4),
            2 => Fault::NoSpace,
            _ => return Ok(()),
        };
        // A call that fails counts as one, as all do.
        self.after(op);
        Err(fault)
    }

    fn after(&self, _: Op<'_>) {
        if self.after {
            self.cut_if_due();
        }
    }
}
