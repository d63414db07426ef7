//! What nim reads when it starts: files that bring a configuration before any controller is known
//! (spec/03, nim start-up). Runs as one job.

use std::path::{Path, PathBuf};

use pillar_types::base::Time;
use pillar_types::codec::{Limits, json};
use pillar_types::port::{DevicePortConfig, PortConfigOrigin};

use super::dpc;
use crate::hal::{Hal, Scope, StorageError};

/// The longest file that is taken, in bytes.
const MAX_OVERRIDE: usize = 16_384;

/// How many files are taken.
const MAX_OVERRIDES: usize = 16;

/// Where files are.
#[derive(Clone, Debug)]
pub struct Paths {
    /// What the installer left: `/config`.
    pub config: PathBuf,
    /// What does not outlive a boot: `/run`.
    pub run: PathBuf,
    /// What does: `/persist`.
    pub persist: PathBuf,
}

impl Paths {
    /// Those of a device whose root directory is elsewhere.
    pub fn below(root: &Path) -> Self {
        Paths { config: root.join("config"), run: root.join("run"), persist: root.join("persist") }
    }
}

impl Default for Paths {
    fn default() -> Self {
        Paths::below(Path::new("/"))
    }
}

/// What was there.
#[derive(Clone, Debug, Default)]
pub struct StartUp {
    /// Names of files that bring configurations, here or below /run.
    pub file_names: Vec<String>,
    /// The configurations of the installer's files, whole.
    pub overrides: Vec<DevicePortConfig>,
    /// Whether a configuration for the first contact is to be expected.
    pub expects_bootstrap: bool,
}

/// Reads what is there. `now` is the stamp of what is taken.
pub fn read(hal: &Hal, scope: &Scope, paths: &Paths, now: Time) -> StartUp {
    let checkpoint = paths.persist.join("checkpoint");
    let has_config =
        ["lastconfig", "lastconfig.bak"].iter().any(|name| is_filled(hal, scope, &checkpoint.join(name)));
    let bootstrap = is_filled(hal, scope, &paths.config.join("bootstrap-config.pb"));
    let (installed, run) = (paths.config.join("DevicePortConfig"), paths.run.join("global/DevicePortConfig"));
    let installed_names = names(hal, scope, &installed);
    let mut file_names = names(hal, scope, &run);
    file_names.extend(installed_names.iter().cloned());
    let mut found = StartUp { file_names, ..StartUp::default() };
    if has_config {
        return found;
    }
    if !bootstrap {
        for name in installed_names.iter().take(MAX_OVERRIDES) {
            match take(hal, scope, &installed, name, now) {
                Ok(mut dpc) => {
                    dpc::sanitise(&mut dpc, name, |name| found.file_names.iter().any(|file| file == name));
                    let copy = run.join(format!("{name}.json"));
                    if let Err(why) = hal.storage.replace(scope, &copy, &json::encode(&dpc)) {
                        log::warn!("{name}: {why}");
                    }
                    found.overrides.push(dpc);
                }
                Err(why) => log::error!("{}: not taken: {why}", installed.join(name).display()),
            }
        }
    }
    found.expects_bootstrap = bootstrap || !found.file_names.is_empty();
    found
}

/// One of the installer's files.
fn take(hal: &Hal, scope: &Scope, dir: &Path, name: &str, now: Time) -> Result<DevicePortConfig, String> {
    let path = dir.join(format!("{name}.json"));
    let text = hal.storage.read(scope, &path, MAX_OVERRIDE).map_err(|why| why.to_string())?;
    let mut dpc: DevicePortConfig = json::decode_new(&text, &Limits::JSON).map_err(|why| why.to_string())?;
    if dpc.ports.is_empty() {
        return Err("it has no ports".into());
    }
    for port in dpc.ports.vec() {
        port.config_source.origin = PortConfigOrigin::Override;
        port.config_source.submitted_at = now;
    }
    Ok(dpc)
}

/// Names of JSON files, without their ending; none if there is no such directory.
fn names(hal: &Hal, scope: &Scope, dir: &Path) -> Vec<String> {
    let entries = hal.storage.list(scope, dir).unwrap_or_default();
    let files = entries.iter().filter(|entry| !entry.is_dir);
    files.filter_map(|entry| entry.name.strip_suffix(".json")).map(str::to_owned).collect()
}

/// Whether a file is there and not empty, however long it is.
fn is_filled(hal: &Hal, scope: &Scope, path: &Path) -> bool {
    match hal.storage.read(scope, path, 1) {
        Ok(content) => !content.is_empty(),
        Err(StorageError::TooLarge { .. }) => true,
        Err(_) => false,
    }
}
