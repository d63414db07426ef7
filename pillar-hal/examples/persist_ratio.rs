//! What a durable change of a file costs against the least that any program does for it: write, fsync, rename,
//! fsync of the directory.
//!
//! Prints `name value unit` lines. Both sides take turns in one directory, so that they meet the same disk; the
//! medians are compared. The first argument is a directory on the file system to measure.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pillar_core::hal::{FileOp, Scope, Storage};
use pillar_hal::files::Files;
use pillar_hal::linux::{LinuxFs, LinuxStorage};

/// Turns of each side.
const ROUNDS: usize = 400;

/// Bytes of a usual bus object.
const SIZE: usize = 600;

/// Files of the batch that is measured too.
const BATCH: usize = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let place = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = place.join(format!("persist-ratio-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    let measured = measure(&dir);
    fs::remove_dir_all(&dir)?;
    let (bare, one, batch) = measured?;
    println!("persist_bare {:.1} us", micros(bare));
    println!("persist_one {:.1} us", micros(one));
    println!("persist_ratio {:.3} ratio", micros(one) / micros(bare));
    println!("persist_batch_ratio {:.3} ratio", micros(batch) / micros(bare) / BATCH as f64);
    Ok(())
}

/// The medians of a bare change, of one of ours with a backup, and of a batch of ours.
fn measure(dir: &Path) -> Result<(Duration, Duration, Duration), Box<dyn Error>> {
    let storage = Files::new(LinuxFs);
    let content = vec![b'x'; SIZE];
    let (mut bare, mut one, mut batch) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(timed(|| bare_change(dir, &content))?);
        one.push(timed(|| changes(&storage, dir, &content, 1))?);
    }
    for _ in 0..ROUNDS / BATCH {
        batch.push(timed(|| changes(&storage, dir, &content, BATCH))?);
    }
    Ok((median(bare), median(one), median(batch)))
}

fn bare_change(dir: &Path, content: &[u8]) -> Result<(), Box<dyn Error>> {
    let temp = dir.join("bare.tmp");
    let mut file = File::create(&temp)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temp, dir.join("bare.json"))?;
    File::open(dir)?.sync_all()?;
    Ok(())
}

fn changes(storage: &LinuxStorage, dir: &Path, content: &[u8], count: usize) -> Result<(), Box<dyn Error>> {
    let op = |number| FileOp::Replace {
        path: dir.join(format!("key{number}.json")),
        data: content.to_vec(),
        backup: true,
    };
    let ops: Vec<_> = (0..count).map(op).collect();
    for result in storage.apply(&Scope::unbounded(), &ops) {
        result?;
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
