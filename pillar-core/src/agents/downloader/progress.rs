//! The progress file beside a partial download, in EVE's form, so that either software goes on where the other
//! stopped: `{"version":1,"hash":"…","parts":{"PartSize":n,"Parts":[{"i":0,"s":n}]}}` (spec/06, Progress file).

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::content_places::hex;
use crate::hal::{FileOp, Hal, Scope};

/// The longest progress file, in bytes: one entry for each 5 MiB of 500 GB.
const MAX_FILE: usize = 4 << 20;

/// Where the progress of a file is.
pub fn path_of(target: &Path) -> PathBuf {
    with_end(target, ".progress")
}

/// Where EVE writes it before it gets its name.
pub fn temporary_of(target: &Path) -> PathBuf {
    with_end(target, ".progress.tmp")
}

fn with_end(target: &Path, end: &str) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// How many bytes of a file are known to be right; 0 without a valid progress file.
pub fn load(hal: &Hal, scope: &Scope, target: &Path) -> u64 {
    let read = |path: &Path| parse(hal, &hal.storage.read(scope, path, MAX_FILE).ok()?);
    read(&path_of(target)).or_else(|| read(&temporary_of(target))).unwrap_or(0)
}

/// Notes how many bytes are right. If that fails there is less to go on with, and nothing wrong.
pub fn save(hal: &Hal, scope: &Scope, target: &Path, durable: u64) {
    if durable == 0 {
        return forget(hal, scope, target);
    }
    let text = render(hal, durable);
    let _ = hal.storage.replace(scope, &path_of(target), text.as_bytes());
}

/// Removes what is noted.
pub fn forget(hal: &Hal, scope: &Scope, target: &Path) {
    let remove = |path| FileOp::Remove { path };
    let _ = hal.storage.apply(scope, &[remove(path_of(target)), remove(temporary_of(target))]);
}

fn render(hal: &Hal, durable: u64) -> String {
    let parts = format!("{{\"PartSize\":{durable},\"Parts\":[{{\"i\":0,\"s\":{durable}}}]}}");
    let hash = hex(&hal.crypto.sha256(parts.as_bytes()));
    format!("{{\"version\":1,\"hash\":\"{hash}\",\"parts\":{parts}}}")
}

/// The bytes that a progress file claims, from the first on without a gap. Its hash is that of the text of `parts`,
/// which serde_json writes as Go does: without spaces, and the keys here are in order.
fn parse(hal: &Hal, text: &[u8]) -> Option<u64> {
    let file: Value = serde_json::from_slice(text).ok()?;
    let hash = hex(&hal.crypto.sha256(file["parts"].to_string().as_bytes()));
    if file["version"].as_u64() != Some(1) || file["hash"].as_str() != Some(&hash) {
        return None;
    }
    let (parts, part_size) = (file["parts"]["Parts"].as_array()?, file["parts"]["PartSize"].as_u64()?);
    let mut sizes = Vec::with_capacity(parts.len());
    for part in parts {
        sizes.push((part["i"].as_u64()?, part["s"].as_u64()?));
    }
    sizes.sort_unstable();
    let mut claimed = 0_u64;
    for (number, (index, size)) in sizes.iter().enumerate() {
        if *index != number as u64 {
            break;
        }
        claimed = claimed.checked_add(*size)?;
        if *size != part_size {
            break;
        }
    }
    Some(claimed)
}
