//! The maker: for every receipt a job that writes what was ordered into a file, and then a stored product.
//!
//! | State of a key | Event | Next |
//! |---|---|---|
//! | idle, product as the receipt says, or newer | – | – |
//! | idle, no product or an older one | – | making |
//! | making | file written | storing |
//! | making | failed | idle, looked at again after a pause |
//! | storing | product stored | idle |
//! | idle, product or file without receipt | – | withdrawing |
//! | withdrawing | no product is stored | clearing |
//! | clearing | file removed | idle |
//! | clearing | failed | idle, looked at again after a pause |

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pillar_core::hal::{FileOp, Hal, Scope, StorageError, is_temp_name};
use pillar_core::node::{Agent, AgentName, Change, Context, Event, Failed, Lane};

use super::model::{MADE, PRODUCTS, Shared};
use super::{Bench, Flaw, Product, Receipt, clerk, text_of};

pub(super) const NAME: AgentName = AgentName("maker");

/// How long the maker waits after something failed.
const PAUSE: Duration = Duration::from_secs(5);

/// How long it takes to make something, in milliseconds, at most.
const MAKING: u64 = 400;

/// The agent.
pub struct Maker {
    model: Shared,
    flaw: Flaw,
    /// Keys that are not idle.
    busy: BTreeSet<String>,
    /// Keys that have a file, or may have one.
    files: BTreeSet<String>,
}

type Done<R> = Result<Result<R, StorageError>, Failed>;

impl Agent for Maker {
    const NAME: AgentName = NAME;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Product>();
        // What an earlier life was at work at may still get its file: its job holds the key until it has ended.
        cx.declare::<Bench>();
        self.files.extend(cx.keys::<Bench>().iter().map(ToString::to_string));
        cx.retain::<Bench>(|_| false);
        let products =
            cx.all_own::<Product>().into_iter().map(|(key, value)| (key.to_string(), value.serial));
        self.model.given(PRODUCTS, products.collect());
        cx.subscribe(clerk::NAME, Self::on_receipt);
        Self::look_for_files(cx);
    }
}

impl Maker {
    pub(super) fn new(model: Shared, flaw: Flaw) -> Self {
        Maker { model, flaw, busy: BTreeSet::new(), files: BTreeSet::new() }
    }

    fn look_for_files(cx: &mut Context<'_, Self>) {
        cx.job(Lane::Compute, "files", list, Self::on_files);
    }

    fn on_files(&mut self, _: &str, found: Done<Vec<String>>, cx: &mut Context<'_, Self>) {
        match found {
            Ok(Ok(names)) => {
                self.files.extend(names);
                self.update_all(cx);
            }
            Ok(Err(_)) | Err(_) => {
                cx.after(PAUSE, PAUSE, |_, cx| Self::look_for_files(cx));
            }
        }
    }

    fn on_receipt(&mut self, change: Change<'_, Receipt>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Synced => self.update_all(cx),
            _ => self.update_product(change.key, cx),
        }
    }

    /// The sweep after a start: what is there and not wanted any more.
    fn update_all(&mut self, cx: &mut Context<'_, Self>) {
        if self.flaw == Flaw::NoSweep {
            return;
        }
        let products = cx.keys::<Product>();
        let keys: BTreeSet<String> =
            products.iter().map(ToString::to_string).chain(self.files.iter().cloned()).collect();
        for key in keys {
            self.update_product(&key, cx);
        }
    }

    /// Brings the product of a key in line with its receipt, one step after the other.
    fn update_product(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        if self.busy.contains(key) {
            return;
        }
        let wanted = cx.get::<Receipt>(clerk::NAME, key).map(|receipt| receipt.serial);
        let have = cx.own::<Product>(key).map(|product| product.serial);
        match (wanted, have) {
            // A receipt older than the product was not stored yet when the power went: a newer one comes.
            (Some(wanted), have) if Some(wanted) > have => self.make(key, wanted, cx),
            (None, _) if !cx.synced::<Receipt>(clerk::NAME) => {}
            (None, have) if have.is_some() || self.files.contains(key) => {
                // Also if it is gone already: an earlier life may not have lived to see that stored.
                self.busy.insert(key.into());
                self.model.began(PRODUCTS, key, None);
                cx.unpublish_stored::<Product>(key, Self::on_withdrawn);
            }
            (Some(_) | None, _) => {}
        }
    }

    fn job_key(&self, key: &str) -> String {
        if self.flaw == Flaw::NoWait { format!("{key}/{}", self.model.next_serial()) } else { key.into() }
    }

    fn make(&mut self, key: &str, serial: u64, cx: &mut Context<'_, Self>) {
        self.busy.insert(key.into());
        self.files.insert(key.into());
        cx.publish(key, Bench { serial });
        let (model, file, name) = (self.model.clone(), key.to_owned(), self.job_key(key));
        let time = Duration::from_millis(cx.rand() % MAKING);
        cx.job(
            Lane::Compute,
            &name,
            move |hal, scope| make_file(&model, hal, scope, &file, serial, time),
            Self::on_made,
        );
    }

    fn on_made(&mut self, name: &str, made: Done<u64>, cx: &mut Context<'_, Self>) {
        let key = key_of(name);
        cx.unpublish::<Bench>(key);
        match made {
            Ok(Ok(serial)) => {
                self.model.began(PRODUCTS, key, Some(serial));
                let product = Product { serial, text: text_of(serial), ..Product::default() };
                cx.publish_stored(key, product, Self::on_stored);
            }
            Ok(Err(_)) | Err(_) => Self::pause(key, cx),
        }
    }

    fn on_stored(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let stored = cx.own::<Product>(key).map(|product| product.serial);
        self.model.acknowledged(PRODUCTS, key, stored);
        self.idle(key, cx);
    }

    fn on_withdrawn(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        self.model.acknowledged(PRODUCTS, key, None);
        self.clear(key, cx);
    }

    fn clear(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let (model, file, name) = (self.model.clone(), key.to_owned(), self.job_key(key));
        cx.job(
            Lane::Compute,
            &name,
            move |hal, scope| remove_file(&model, hal, scope, &file),
            Self::on_cleared,
        );
    }

    fn on_cleared(&mut self, name: &str, cleared: Done<()>, cx: &mut Context<'_, Self>) {
        let key = key_of(name);
        match cleared {
            Ok(Ok(())) => {
                self.files.remove(key);
                self.idle(key, cx);
            }
            Ok(Err(_)) | Err(_) => Self::pause(key, cx),
        }
    }

    fn pause(key: &str, cx: &mut Context<'_, Self>) {
        cx.after_key(PAUSE, PAUSE, key, Self::idle);
    }

    fn idle(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        self.busy.remove(key);
        self.update_product(key, cx);
    }
}

/// The key that a job is for.
fn key_of(name: &str) -> &str {
    name.split_once('/').map_or(name, |(key, _)| key)
}

fn path_of(key: &str) -> PathBuf {
    Path::new(MADE).join(key)
}

/// Keys with a file. A power cut in the middle of a removal leaves it under its backup's name.
fn list(hal: &Hal, scope: &Scope) -> Result<Vec<String>, StorageError> {
    let key = |name: &str| name.strip_suffix(".bak").unwrap_or(name).to_owned();
    match hal.storage.list(scope, Path::new(MADE)) {
        Ok(entries) => Ok(entries.iter().filter(|e| !is_temp_name(&e.name)).map(|e| key(&e.name)).collect()),
        Err(StorageError::NotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The making itself: takes its time, can be cancelled, and leaves the whole file or the one before.
fn make_file(
    model: &Shared,
    hal: &Hal,
    scope: &Scope,
    key: &str,
    serial: u64,
    time: Duration,
) -> Result<u64, StorageError> {
    let _working = model.work(key);
    let mut seed = [0; 4];
    let _ = hal.random.fill(&mut seed);
    if !hal.clock.sleep(scope, time) {
        return Err(StorageError::Cancelled);
    }
    model.began(MADE, key, Some(serial));
    hal.storage.replace(scope, &path_of(key), format!("{serial} {}", text_of(serial)).as_bytes())?;
    model.acknowledged(MADE, key, Some(serial));
    Ok(serial)
}

fn remove_file(model: &Shared, hal: &Hal, scope: &Scope, key: &str) -> Result<(), StorageError> {
    let _working = model.work(key);
    model.began(MADE, key, None);
    hal.storage.apply(scope, &[FileOp::Remove { path: path_of(key) }]).pop().unwrap_or(Ok(()))?;
    model.acknowledged(MADE, key, None);
    Ok(())
}
