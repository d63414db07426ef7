//! What must hold: after every boot for the disk, and at the end, when all is done, for the tables.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use pillar_core::bus::{AnyValue, TableName, typed};
use pillar_core::hal::is_temp_name;
use pillar_core::node::{AgentName, Trouble};
use pillar_types::Topic;
use pillar_types::codec::{Limits, json};

use super::model::{BENCHES, ENTRIES, MADE, Model, PRODUCTS, Place, RECEIPTS};
use super::{Bench, Device, Entry, Product, Receipt, clerk, maker, text_of};
use crate::sim::world::World;

/// Reads the disk by EVE's rules (spec/02, Load) and compares it with what was acknowledged.
pub(super) fn disk(model: &mut Model, world: &World) -> Result<(), String> {
    let found = read(world)?;
    let files = in_dir(&found, MADE);
    for (key, product) in in_dir(&found, PRODUCTS) {
        let file = files.get(&key);
        if file < Some(&product) && model.is_known(&(PRODUCTS, key.clone())) {
            return Err(format!("product {key} is {product}, but its file is {file:?}"));
        }
    }
    model.booted(found, world.calls_failed())
}

fn in_dir(found: &BTreeMap<Place, u64>, dir: &str) -> BTreeMap<String, u64> {
    found.iter().filter(|((of, _), _)| *of == dir).map(|((_, key), serial)| (key.clone(), *serial)).collect()
}

/// All values on the disk. Anything else is an error. Tables have no temporary files of earlier boots, unless calls
/// fail; the maker does not mind those in its folder.
fn read(world: &World) -> Result<BTreeMap<Place, u64>, String> {
    let disk = world.disk();
    let mut found = BTreeMap::new();
    let mut backups = BTreeMap::new();
    for (path, content) in disk.files() {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(dir) = path.parent().and_then(known) else {
            return Err(format!("{} does not belong there", path.display()));
        };
        if is_temp_name(name) && (world.calls_failed() || dir == MADE) {
            continue;
        }
        let (name, values) = match name.strip_suffix(".bak") {
            Some(name) => (name, &mut backups),
            None => (name, &mut found),
        };
        if content.is_empty() {
            continue;
        }
        let (key, serial) =
            value(dir, name, content).ok_or_else(|| format!("{} is not whole", path.display()))?;
        values.insert((dir, key.to_owned()), serial);
    }
    // What has no value of its own comes from its backup.
    for (place, serial) in backups {
        found.entry(place).or_insert(serial);
    }
    Ok(found)
}

fn known(dir: &Path) -> Option<&'static str> {
    [RECEIPTS, ENTRIES, PRODUCTS, MADE, BENCHES].into_iter().find(|known| Path::new(known) == dir)
}

/// Key and serial number of a file; `None` if it is not exactly as it was written once.
fn value<'a>(dir: &str, name: &'a str, content: &[u8]) -> Option<(&'a str, u64)> {
    let (serial, text) = match dir {
        RECEIPTS => decode(content, |Receipt { serial, text, .. }| (serial, text))?,
        ENTRIES => decode(content, |Entry { serial, text, .. }| (serial, text))?,
        PRODUCTS => decode(content, |Product { serial, text, .. }| (serial, text))?,
        BENCHES => decode(content, |Bench { serial }| (serial, text_of(serial)))?,
        _ => {
            let (serial, text) = std::str::from_utf8(content).ok()?.split_once(' ')?;
            return (text == text_of(serial.parse().ok()?)).then_some((name, serial.parse().ok()?));
        }
    };
    (text == text_of(serial)).then_some((name.strip_suffix(".json")?, serial))
}

fn decode<T: Topic>(content: &[u8], parts: fn(T) -> (u64, String)) -> Option<(u64, String)> {
    json::decode_new::<T>(content, &Limits::JSON).ok().map(parts)
}

/// When the device was left alone for a while, every order has its receipt and product, in memory and on the disk,
/// and nothing else is there.
pub(super) fn at_rest(orders: &BTreeMap<String, u64>, device: &Device<'_>) -> Result<(), String> {
    same("receipts", orders, &table(device, clerk::NAME, |receipt: &Receipt| receipt.serial))?;
    same("products", orders, &table(device, maker::NAME, |product: &Product| product.serial))?;
    same("benches", &BTreeMap::new(), &table(device, maker::NAME, |bench: &Bench| bench.serial))?;
    if !device.node.settled() {
        return Err("not everything is stored".into());
    }
    if device.node.reports().iter().any(|report| matches!(report.trouble, Trouble::NotLoaded { .. })) {
        // A file that could not be read at the start is not known to be there.
        return Ok(());
    }
    let found = read(device.world)?;
    for dir in [RECEIPTS, PRODUCTS, MADE] {
        same(dir, orders, &in_dir(&found, dir))?;
    }
    same(BENCHES, &BTreeMap::new(), &in_dir(&found, BENCHES))?;
    let entries = table(device, clerk::NAME, |entry: &Entry| entry.serial);
    same(ENTRIES, &entries, &in_dir(&found, ENTRIES))
}

fn table<T: Topic>(device: &Device<'_>, agent: AgentName, serial: fn(&T) -> u64) -> BTreeMap<String, u64> {
    let bus = device.node.bus();
    let Some(table) = bus.find(&TableName { agent, scope: "", topic: T::NAME }) else {
        return BTreeMap::new();
    };
    let entry = |(key, value): (&Arc<str>, &AnyValue)| Some((key.to_string(), serial(&*typed(value)?)));
    bus.table(table).iter().filter_map(entry).collect()
}

fn same(what: &str, wanted: &BTreeMap<String, u64>, found: &BTreeMap<String, u64>) -> Result<(), String> {
    if wanted == found { Ok(()) } else { Err(format!("{what}: {found:?} instead of {wanted:?}")) }
}
