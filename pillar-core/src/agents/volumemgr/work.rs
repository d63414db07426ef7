//! What volumemgr does with files, as jobs: looking at the disk, loading blobs, making and removing volumes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use pillar_types::disk::ImageFormat;
use pillar_types::usage::DiskMetric;
use pillar_types::volume::VolumeKey;

use super::space::DiskUse;
use crate::content_places::{Places, checked_digest};
use crate::hal::{DiskFormat, Hal, ImageError, Scope, StorageError};

/// A volume on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its format, as its name says.
    pub format: ImageFormat,
    /// Whether it is in the vault.
    pub encrypted: bool,
    /// Where it is.
    pub path: PathBuf,
    /// Bytes that a guest sees.
    pub virtual_size: u64,
    /// Bytes that it takes.
    pub actual_size: u64,
}

/// What is on the disk.
#[derive(Debug, Default)]
pub struct OnDisk {
    /// Volumes that are complete.
    pub volumes: BTreeMap<VolumeKey, Found>,
    /// Loaded blobs and their sizes.
    pub blobs: BTreeMap<String, u64>,
    /// Volumes whose making had begun and of which nothing is left.
    pub cleared: Vec<String>,
}

/// How a volume is to be made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The blob that it begins with; none for an empty one.
    pub blob: Option<PathBuf>,
    /// Where it goes.
    pub path: PathBuf,
    /// Its format.
    pub format: ImageFormat,
    /// How large it is to be at least, in bytes; 0: as its image.
    pub size: u64,
}

/// Why a volume was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotMade {
    /// The image stands upon files that are not its own.
    LeadsElsewhere,
    /// Not a format that volumes can have.
    Format(ImageFormat),
    /// The image is not what it should be, or its tool failed.
    Image(ImageError),
    /// A file could not be written.
    Storage(StorageError),
    /// The job broke off.
    BrokeOff,
}

impl NotMade {
    /// Whether another try may help.
    pub fn may_pass(&self) -> bool {
        !matches!(self, NotMade::LeadsElsewhere | NotMade::Format(_) | NotMade::Image(ImageError::Bad { .. }))
    }
}

impl fmt::Display for NotMade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotMade::LeadsElsewhere => {
                f.write_str("the image stands upon another file, which is not allowed")
            }
            NotMade::Format(format) => {
                write!(f, "volumes of format {} are not supported yet", format.name())
            }
            NotMade::Image(why) => why.fmt(f),
            NotMade::Storage(why) => why.fmt(f),
            NotMade::BrokeOff => f.write_str("making the volume broke off"),
        }
    }
}

/// How a format is written; none for those that volumes do not have yet.
pub fn disk_format(format: ImageFormat) -> Option<DiskFormat> {
    match format {
        ImageFormat::Raw | ImageFormat::Iso => Some(DiskFormat::Raw),
        ImageFormat::Qcow2 => Some(DiskFormat::Qcow2),
        _ => None,
    }
}

/// Looks at the disk after a start. Volumes whose making had begun are removed first.
pub fn scan(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
    half_made: &[(String, PathBuf)],
) -> Result<OnDisk, StorageError> {
    let mut on_disk = OnDisk::default();
    for (key, path) in half_made {
        hal.content.remove(scope, path)?;
        on_disk.cleared.push(key.clone());
    }
    on_disk.volumes = volumes(hal, scope, places)?;
    for name in files(hal, scope, &places.blobs())? {
        if checked_digest(&name).as_ref() == Some(&name) {
            let size = hal.content.size(scope, &places.blobs().join(&name))?;
            on_disk.blobs.insert(name, size);
        }
    }
    Ok(on_disk)
}

/// All volumes; other names are nobody's here.
pub fn volumes(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
) -> Result<BTreeMap<VolumeKey, Found>, StorageError> {
    let mut volumes = BTreeMap::new();
    for encrypted in [true, false] {
        let dir = places.volumes(encrypted);
        for name in files(hal, scope, &dir)? {
            if let Some((key, format)) = VolumeKey::parse_file_name(&name) {
                let path = dir.join(name);
                let (virtual_size, actual_size) = sizes(hal, scope, &path, format)?;
                let found = Found { format, encrypted, path, virtual_size, actual_size };
                volumes.insert(key, found);
            }
        }
    }
    Ok(volumes)
}

/// What a guest sees of a volume, and what it takes. An image that does not say is as large as its file.
pub fn sizes(hal: &Hal, scope: &Scope, path: &Path, format: ImageFormat) -> Result<(u64, u64), StorageError> {
    let size = hal.content.size(scope, path)?;
    let info = disk_format(format).and_then(|format| hal.images.info(scope, path, format).ok());
    Ok(info.map_or((size, size), |info| (info.virtual_size, info.actual_size)))
}

fn files(hal: &Hal, scope: &Scope, dir: &Path) -> Result<Vec<String>, StorageError> {
    match hal.storage.list(scope, dir) {
        Err(StorageError::NotFound(_)) => Ok(Vec::new()),
        entries => Ok(entries?.into_iter().filter(|entry| !entry.is_dir).map(|entry| entry.name).collect()),
    }
}

/// Loads a verified blob: it gets a second name, and the verifier removes the first.
pub fn load(hal: &Hal, scope: &Scope, verified: &Path, blob: &Path) -> Result<(), StorageError> {
    hal.content.share(scope, verified, blob)
}

/// Makes a volume, durable on return; what it may have been before goes.
pub fn make(hal: &Hal, scope: &Scope, plan: &Plan) -> Result<(u64, u64), NotMade> {
    let format = disk_format(plan.format).ok_or(NotMade::Format(plan.format))?;
    match &plan.blob {
        None => {
            // The directory is made with the first file in it.
            hal.storage.replace(scope, &plan.path, b"").map_err(NotMade::Storage)?;
            hal.images.create(scope, &plan.path, format, plan.size).map_err(NotMade::Image)?;
        }
        Some(blob) => {
            let info = hal.images.info(scope, blob, format).map_err(NotMade::Image)?;
            if info.leads_elsewhere {
                return Err(NotMade::LeadsElsewhere);
            }
            hal.content.copy_to(scope, blob, &plan.path).map_err(NotMade::Storage)?;
            if plan.format != ImageFormat::Iso && plan.size > info.virtual_size {
                hal.images.grow(scope, &plan.path, format, plan.size).map_err(NotMade::Image)?;
            }
        }
    }
    sizes(hal, scope, &plan.path, plan.format).map_err(NotMade::Storage)
}

/// What there is of room, and who takes it.
pub fn measure(
    hal: &Hal,
    scope: &Scope,
    places: &Places,
) -> Result<(DiskUse, Vec<DiskMetric>), StorageError> {
    let space = hal.storage.space(scope, places.persist())?;
    let used = space.total.saturating_sub(space.free);
    let mut apps = 0_u64;
    let mut metrics = vec![DiskMetric {
        disk_path: "/persist".into(),
        total_bytes: space.total,
        used_bytes: used,
        free_bytes: space.free,
        ..DiskMetric::default()
    }];
    for path in places.app_paths().into_iter().chain([places.newlog()]) {
        let used_bytes = hal.content.usage(scope, &path)?;
        apps = apps.saturating_add(used_bytes);
        let below = path.strip_prefix(places.persist()).unwrap_or(&path).display().to_string();
        let disk_path = format!("/persist/{below}");
        metrics.push(DiskMetric { disk_path, used_bytes, is_dir: true, ..DiskMetric::default() });
    }
    Ok((DiskUse { total: space.total, used, apps }, metrics))
}

/// Applications that were active, by UUID.
pub fn active_apps(hal: &Hal, scope: &Scope, places: &Places) -> Result<BTreeSet<String>, StorageError> {
    let names = files(hal, scope, &places.active_apps())?;
    Ok(names.iter().filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect())
}
