//! What devices tell: kept as JSON, the last of each object, for people and for `devctl show`.
//!
//! | File of the device | Content |
//! |---|---|
//! | `info/<kind>-<id>.json` | the last ZInfoMsg about an object; removed when the device says that it is gone |
//! | `metrics.json`, `hardwarehealth.json`, `flowlog.json`, `logs.json` | the last message of the kind |
//! | `logs/<number>.gz`, `logs/app-<uuid>-<number>.gz` | the last log files, as they were sent |

use std::fs;
use std::io;
use std::path::PathBuf;

use pillar_proto::decode;
use pillar_proto::info::{InfoContent, ZInfoMsg};
use pillar_types::Uuid;

use super::document;
use super::hex;
use super::http::MAX_BODY;
use super::store::{Device, about, make_dir, read_text, write};

/// The directory of what the device tells about its objects.
const INFO: &str = "info";

/// What the API calls such a message.
pub const INFO_MESSAGE: &str = "info.ZInfoMsg";

/// The most objects of a device.
const MAX_OBJECTS: usize = 10_000;

/// How many log files are kept.
const MAX_LOGS: usize = 200;

/// How many bytes of an object's id make the name of its file.
const MAX_ID: usize = 100;

/// What a device reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report<'a> {
    /// About an object.
    Info,
    /// The last of these counts: the file's name, and the message's.
    Last(&'a str, &'a str),
    /// Part of its log.
    Log,
    /// Part of an application's log.
    AppLog(Uuid),
}

impl Report<'static> {
    /// By the last word of a URL.
    pub fn of(action: &str) -> Option<Self> {
        Some(match action {
            "info" => Report::Info,
            "metrics" => Report::Last("metrics", "metrics.ZMetricMsg"),
            "hardwarehealth" => Report::Last("hardwarehealth", "hardwarehealth.ZHardwareHealth"),
            "flowlog" => Report::Last("flowlog", "flowlog.FlowMessage"),
            "logs" => Report::Last("logs", "logs.LogBundle"),
            "newlogs" => Report::Log,
            _ => return None,
        })
    }
}

/// Why a report is not kept.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not what it says it is.
    Malformed(String),
    /// There are too many objects already.
    TooMany,
    /// It cannot be written.
    Store(String),
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Fault::Store(why)
    }
}

/// Keeps a report.
pub fn store(device: &Device, report: &Report<'_>, message: &[u8]) -> Result<(), Fault> {
    match report {
        Report::Info => info(device, message),
        Report::Last(file, name) => {
            let text = document::to_json(name, message).map_err(Fault::Malformed)?;
            Ok(device.write(&format!("{file}.json"), text.as_bytes())?)
        }
        Report::Log => log(device, "", message),
        Report::AppLog(app) => log(device, &format!("app-{app}-"), message),
    }
}

fn info(device: &Device, bytes: &[u8]) -> Result<(), Fault> {
    let message: ZInfoMsg = decode(bytes, MAX_BODY).map_err(|why| Fault::Malformed(why.to_string()))?;
    let about_object = Object::of(message.content.as_ref());
    let dir = device.path(INFO);
    make_dir(&dir)?;
    let path = dir.join(format!("{}-{}.json", about_object.kind, file_name(&about_object.id)));
    if about_object.gone {
        return match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(Fault::Store(about(&path, why))),
            _ => Ok(()),
        };
    }
    if !path.exists() && fs::read_dir(&dir).map_err(|why| about(&dir, why))?.count() >= MAX_OBJECTS {
        return Err(Fault::TooMany);
    }
    let text = document::to_json(INFO_MESSAGE, bytes).map_err(Fault::Malformed)?;
    Ok(write(&path, text.as_bytes())?)
}

/// What the device told about its objects. A file that somebody has spoilt is left out.
pub fn read_info(device: &Device) -> Vec<ZInfoMsg> {
    let Ok(entries) = fs::read_dir(device.path(INFO)) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let message = |path: &PathBuf| {
        let bytes = document::from_json(INFO_MESSAGE, &read_text(path).ok()?).ok()?;
        decode(&bytes, MAX_BODY).ok()
    };
    paths.iter().filter_map(message).collect()
}

/// What a message is about.
struct Object {
    kind: &'static str,
    id: String,
    gone: bool,
}

impl Object {
    fn of(content: Option<&InfoContent>) -> Self {
        let one = |kind, id: &str, gone| Object { kind, id: id.to_owned(), gone };
        match content {
            Some(InfoContent::Device(_)) => one("device", "", false),
            Some(InfoContent::App(app)) => one("app", &app.app_id, app.app_name.is_empty() && app.state == 0),
            Some(InfoContent::NetworkInstance(network)) => {
                one("network", &network.network_id, network.display_name.is_empty())
            }
            Some(InfoContent::Volume(volume)) => {
                one("volume", &volume.uuid, volume.display_name.is_empty() && volume.state == 0)
            }
            Some(InfoContent::ContentTree(tree)) => {
                one("content", &tree.uuid, tree.display_name.is_empty() && tree.state == 0)
            }
            Some(InfoContent::BlobList(list)) => {
                one("blobs", list.blobs.first().map_or("", |blob| &blob.sha256), list.blobs.is_empty())
            }
            Some(InfoContent::AppInstMetaData(data)) => {
                one("appdata", &format!("{}-{}", data.uuid, data.kind), data.data.is_empty())
            }
            Some(InfoContent::Hardware(_)) => one("hardware", "", false),
            _ => one("other", "", false),
        }
    }
}

/// An id as it can be a file's name: its letters, digits and dashes, or else its bytes in hexadecimal.
fn file_name(id: &str) -> String {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain && id.len() <= MAX_ID {
        return id.to_owned();
    }
    let bytes = id.as_bytes();
    format!("x{}", hex::encode(&bytes[..bytes.len().min(MAX_ID / 2)]))
}

/// Log files are numbered, so that the oldest can go.
fn log(device: &Device, prefix: &str, message: &[u8]) -> Result<(), Fault> {
    let dir = device.path("logs");
    make_dir(&dir)?;
    let entries = fs::read_dir(&dir).map_err(|why| about(&dir, why))?;
    let mut files: Vec<(u64, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let number = name.strip_suffix(".gz")?.rsplit('-').next()?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    files.sort();
    let number = files.last().map_or(1, |(last, _)| last.saturating_add(1));
    write(&dir.join(format!("{prefix}{number}.gz")), message)?;
    for (_, old) in files.iter().rev().skip(MAX_LOGS - 1) {
        // One that stays is tried again with the next.
        let _ = fs::remove_file(old);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_never_leads_out_of_its_directory() {
        assert_eq!(file_name("7d7f2b1e-0000-4000-8000-000000000001"), "7d7f2b1e-0000-4000-8000-000000000001");
        assert_eq!(file_name(""), "");
        assert_eq!(file_name("../../x"), "x2e2e2f2e2e2f78");
        assert_eq!(file_name(&"a".repeat(5000)).len(), 1 + MAX_ID);
    }
}
