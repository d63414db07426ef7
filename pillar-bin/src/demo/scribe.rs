//! Writes a page for every few numbers, in jobs, since handlers cannot touch files. A page counts once its entry is
//! stored; files without one are what a power cut left, and are swept at the start.
//!
//! | State of a page | Event | Next |
//! |---|---|---|
//! | – | a number that deserves one | writing |
//! | writing | written and read back | entering |
//! | writing | failed | – |
//! | entering | entry stored | there |
//! | writing or entering | power cut | –; the file is swept, and the page written again |

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pillar_core::hal::{FileOp, Hal, Scope, StorageError};
use pillar_core::node::{Agent, AgentName, Change, Context, Failed, Lane};
use pillar_types::object;

use super::counter::{Acknowledged, COUNTER};

/// Every how many numbers a page is written.
const EVERY: u64 = 4;

/// How long the scribe thinks about a page.
const THINKING: Duration = Duration::from_millis(300);

/// The length of a page.
const PAGE_BYTES: usize = 4_000;

/// Where pages are.
const FOLDER: &str = "/persist/demo";

object! {
    /// A page that is complete.
    pub struct Page topic "Page" persistent {
        /// Its length.
        pub bytes: u64 = "Bytes",
    }
}

object! {
    /// What was swept at the start.
    pub struct Sweep topic "Sweep" {
        /// Files that were no complete pages.
        pub removed: u64 = "Removed",
    }
}

/// The agent.
#[derive(Default)]
pub struct Scribe {
    /// Pages on their way into the table.
    busy: BTreeSet<String>,
}

type Done = Result<Result<u64, StorageError>, Failed>;

impl Agent for Scribe {
    const NAME: AgentName = AgentName("scribe");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Page>();
        let pages: Vec<String> = cx.keys::<Page>().iter().map(ToString::to_string).collect();
        cx.job(Lane::Store, "sweep", move |hal, scope| sweep(hal, scope, &pages), Self::on_swept);
    }
}

impl Scribe {
    fn on_swept(&mut self, key: &str, swept: Done, cx: &mut Context<'_, Self>) {
        if let Ok(Ok(removed @ 1..)) = swept {
            cx.publish(key, Sweep { removed });
        }
        cx.subscribe(COUNTER, Self::on_number);
    }

    fn on_number(&mut self, change: Change<'_, Acknowledged>, cx: &mut Context<'_, Self>) {
        let number = change.value().map_or(0, |acknowledged| acknowledged.number);
        for page in 1..=number / EVERY {
            self.update_page(&format!("page-{page}"), cx);
        }
    }

    /// Begins a page that is neither there nor begun.
    fn update_page(&mut self, name: &str, cx: &mut Context<'_, Self>) {
        if cx.own::<Page>(name).is_some() || !self.busy.insert(name.to_owned()) {
            return;
        }
        let page = name.to_owned();
        cx.job(Lane::Store, name, move |hal, scope| write(hal, scope, &page), Self::on_written);
    }

    fn on_written(&mut self, name: &str, written: Done, cx: &mut Context<'_, Self>) {
        match written {
            Ok(Ok(bytes)) => cx.publish_stored(name, Page { bytes, ..Page::default() }, Self::on_entered),
            Ok(Err(_)) | Err(_) => self.on_entered(name, cx),
        }
    }

    fn on_entered(&mut self, name: &str, _: &mut Context<'_, Self>) {
        self.busy.remove(name);
    }
}

/// Where a page is.
pub fn path(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

/// Removes files that are not among the pages.
fn sweep(hal: &Hal, scope: &Scope, pages: &[String]) -> Result<u64, StorageError> {
    let entries = match hal.storage.list(scope, Path::new(FOLDER)) {
        Err(StorageError::NotFound(_)) => Vec::new(),
        listed => listed?,
    };
    let unknown = entries.iter().filter(|entry| !pages.contains(&entry.name));
    let ops: Vec<FileOp> = unknown.map(|entry| FileOp::Remove { path: path(&entry.name) }).collect();
    hal.storage.apply(scope, &ops).into_iter().collect::<Result<(), _>>()?;
    Ok(ops.len() as u64)
}

/// Writes a page and reads it back.
fn write(hal: &Hal, scope: &Scope, name: &str) -> Result<u64, StorageError> {
    hal.clock.sleep(scope, THINKING);
    let text = format!("{name} ").repeat(PAGE_BYTES / (name.len() + 1));
    hal.storage.replace(scope, &path(name), text.as_bytes())?;
    let read = hal.storage.read(scope, &path(name), PAGE_BYTES)?;
    assert_eq!(read, text.as_bytes(), "what was written is there");
    Ok(read.len() as u64)
}
