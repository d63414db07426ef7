//! The directory in which the controller to develop against keeps everything, as files that can be read and edited:
//!
//! | File | Content |
//! |---|---|
//! | `server` | where devices find the controller: host and port |
//! | `*.cert.pem`, `*.key.pem` | its certificates and keys, see [`super::authority`] |
//! | `devices/<uuid>/name` | what people call the device |
//! | `devices/<uuid>/config.json` | its configuration (EdgeDevConfig as protobuf JSON), to be edited |
//! | `devices/<uuid>/served.pb` | the last one that could be read, which is served |
//! | `devices/<uuid>/config/` | what belongs into the device's `/config` |
//! | `devices/<uuid>/serial` | the serial number that it must have, if any |
//! | `devices/<uuid>/device.cert.pem` | its certificate, once it has registered |
//! | `devices/<uuid>/integrity-token` | what it must show since it was attested, in hexadecimal |
//! | `devices/<uuid>/info/`, `*.json`, `logs/` | what it sent, see [`super::reports`] |
//!
//! Commands and the server work on it at the same time: files are replaced as a whole, the last writer wins.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use pillar_core::hal::Random as _;
use pillar_hal::linux::LinuxRandom;
use pillar_types::Uuid;

/// The longest file that is read, in bytes: a configuration of thousands of applications.
const MAX_FILE: u64 = 64 << 20;

/// A controller's directory.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

/// What is kept about a device.
#[derive(Clone, Debug)]
pub struct Device {
    /// Who it is.
    pub uuid: Uuid,
    /// What people call it.
    pub name: String,
    dir: PathBuf,
}

impl Store {
    /// A directory to be filled.
    pub fn create(dir: &str) -> Result<Self, String> {
        let store = Store { dir: dir.into() };
        if store.path("server").exists() {
            return Err(format!("{dir} is the directory of a controller already"));
        }
        make_dir(&store.path("devices"))?;
        Ok(store)
    }

    /// A directory that `devctl init` made.
    pub fn open(dir: &str) -> Result<Self, String> {
        let store = Store { dir: dir.into() };
        if !store.path("server").is_file() {
            return Err(format!(
                "{dir} is not the directory of a controller; 'zedbox devctl init {dir}' makes it"
            ));
        }
        Ok(store)
    }

    /// A file of the controller.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Where devices find the controller.
    pub fn server(&self) -> Result<String, String> {
        Ok(read_text(&self.path("server"))?.trim().to_owned())
    }

    /// All devices, by name.
    pub fn devices(&self) -> Result<Vec<Device>, String> {
        let dir = self.path("devices");
        let entries = fs::read_dir(&dir).map_err(|why| about(&dir, why))?;
        let mut devices: Vec<Device> =
            entries.flatten().filter_map(|entry| Device::at(entry.path())).collect();
        devices.sort_by(|one, other| (&one.name, one.uuid).cmp(&(&other.name, other.uuid)));
        Ok(devices)
    }

    /// The device that goes by this name or UUID.
    pub fn device(&self, wanted: &str) -> Result<Device, String> {
        let devices = self.devices()?;
        let uuid: Option<Uuid> = wanted.parse().ok();
        let found = devices.iter().find(|device| device.name == wanted || Some(device.uuid) == uuid);
        found.cloned().ok_or_else(|| {
            let names: Vec<&str> = devices.iter().map(|device| device.name.as_str()).collect();
            match names.as_slice() {
                [] => format!("no device '{wanted}': there are none yet"),
                names => format!("no device '{wanted}'; there are: {}", names.join(", ")),
            }
        })
    }

    /// Makes the directory of a new device.
    pub fn add(&self, name: &str) -> Result<Device, String> {
        if self.devices()?.iter().any(|device| device.name == name) {
            return Err(format!("there is a device '{name}' already"));
        }
        let uuid = new_uuid()?;
        let dir = self.path("devices").join(uuid.to_string());
        make_dir(&dir)?;
        let device = Device { uuid, name: name.to_owned(), dir };
        device.write("name", format!("{name}\n").as_bytes())?;
        Ok(device)
    }
}

impl Device {
    fn at(dir: PathBuf) -> Option<Self> {
        let uuid = dir.file_name()?.to_str()?.parse().ok()?;
        let name = read_text(&dir.join("name")).ok()?.trim().to_owned();
        Some(Device { uuid, name, dir })
    }

    /// One of its files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Reads one, if it is there.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        read_if_there(&self.path(name))
    }

    /// Replaces one.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), String> {
        write(&self.path(name), content)
    }
}

/// Reads a text.
pub fn read_text(path: &Path) -> Result<String, String> {
    let content = read_if_there(path)?.ok_or_else(|| about(path, "no such file"))?;
    String::from_utf8(content).map_err(|why| about(path, why.utf8_error()))
}

/// Reads a file, if it is there.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match fs::metadata(path) {
        Ok(meta) if meta.len() > MAX_FILE => Err(about(path, format!("longer than {MAX_FILE} bytes"))),
        Ok(_) => fs::read(path).map(Some).map_err(|why| about(path, why)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(about(path, why)),
    }
}

/// Replaces a file as a whole, so that a reader sees the old or the new one.
pub fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    let new = path.with_added_extension("new");
    let secret = path.to_string_lossy().ends_with(".key.pem");
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(if secret { 0o600 } else { 0o644 });
    let written = options.open(&new).and_then(|mut file| file.write_all(content));
    written.and_then(|()| fs::rename(&new, path)).map_err(|why| about(path, why))
}

/// Makes a directory and those above it.
pub fn make_dir(path: &Path) -> Result<(), String> {
    fs::create_dir_all(path).map_err(|why| about(path, why))
}

/// What is wrong with a file.
pub fn about(path: &Path, why: impl std::fmt::Display) -> String {
    format!("{}: {why}", path.display())
}

/// Random bytes.
pub fn random<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    LinuxRandom.fill(&mut bytes).map_err(|why| why.to_string())?;
    Ok(bytes)
}

/// A random UUID (RFC 9562, version 4).
pub fn new_uuid() -> Result<Uuid, String> {
    let mut bytes = random::<16>()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Ok(Uuid(bytes))
}
