//! Messages of the API as protobuf JSON files, and the configuration of a device among them. What cannot be read
//! names the file, the member and the place.

use std::sync::LazyLock;

use pillar_proto::config::EdgeDevConfig;
use pillar_proto::table::Table;
use pillar_proto::table::json;
use pillar_proto::{MAX_SIGNED_BYTES, decode, encode};

use super::store::{Device, about, read_text};
use super::time;

/// The file of a configuration.
pub const CONFIG: &str = "config.json";

/// The last configuration that could be read.
const SERVED: &str = "served.pb";

/// What the API calls a configuration.
pub const EDGE_DEV_CONFIG: &str = "config.EdgeDevConfig";

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// A message as JSON; `name` is what the API calls it.
pub fn to_json(name: &str, bytes: &[u8]) -> Result<String, String> {
    let message = TABLE.message(name).ok_or_else(|| format!("no message {name}"))?;
    json::decode(&TABLE, message, bytes).map(|text| text + "\n").map_err(|why| why.to_string())
}

/// A message from JSON.
pub fn from_json(name: &str, text: &str) -> Result<Vec<u8>, String> {
    let message = TABLE.message(name).ok_or_else(|| format!("no message {name}"))?;
    json::encode(&TABLE, message, text).map_err(|why| why.to_string())
}

/// What the API calls a value of an enumeration.
pub fn enum_name(enumeration: &str, number: i32) -> Option<String> {
    TABLE[TABLE.enumeration(enumeration)?].name_of(number).map(str::to_owned)
}

/// The wire form of a device's configuration.
fn config_bytes(device: &Device) -> Result<Vec<u8>, String> {
    let path = device.path(CONFIG);
    let bytes = from_json(EDGE_DEV_CONFIG, &read_text(&path)?).map_err(|why| about(&path, why))?;
    if bytes.len() > MAX_SIGNED_BYTES {
        return Err(about(&path, format!("longer than {MAX_SIGNED_BYTES} bytes")));
    }
    Ok(bytes)
}

/// A device's configuration.
pub fn config(device: &Device) -> Result<EdgeDevConfig, String> {
    let bytes = config_bytes(device)?;
    decode(&bytes, MAX_SIGNED_BYTES).map_err(|why| about(&device.path(CONFIG), why))
}

/// Replaces a device's configuration; it is of now.
pub fn set_config(device: &Device, mut config: EdgeDevConfig) -> Result<(), String> {
    config.config_timestamp = Some(time::stamp());
    let version = config.id.as_ref().and_then(|id| id.version.parse::<u64>().ok()).unwrap_or(0);
    if let Some(id) = &mut config.id {
        id.version = version.saturating_add(1).to_string();
    }
    device.write(CONFIG, to_json(EDGE_DEV_CONFIG, &encode(&config))?.as_bytes())
}

/// What a device is served.
pub struct Served {
    /// The configuration.
    pub config: EdgeDevConfig,
    /// The same on the wire.
    pub bytes: Vec<u8>,
    /// What is wrong with the file, if it is an earlier configuration that is served.
    pub problem: Option<String>,
}

/// The configuration in the file, or the last one that could be read.
pub fn served(device: &Device) -> Result<Served, String> {
    let last = device.read(SERVED)?;
    let (bytes, problem) = match config_bytes(device) {
        Ok(bytes) => (bytes, None),
        Err(why) => (last.clone().ok_or_else(|| why.clone())?, Some(why)),
    };
    let config = decode(&bytes, MAX_SIGNED_BYTES).map_err(|why| about(&device.path(CONFIG), why))?;
    if last.as_ref() != Some(&bytes) {
        device.write(SERVED, &bytes)?;
    }
    Ok(Served { config, bytes, problem })
}
