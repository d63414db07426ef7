//! How much room volumes and images may still take: admission to the disk (spec/06, Disk admission). Pure.

use pillar_types::content::{BlobStatus, ContentTreeStatus};
use pillar_types::disk::ImageFormat;
use pillar_types::state::SwState;
use pillar_types::volume::{VolumeConfig, VolumeStatus};

use crate::settings::{Settings, keys};

/// What was measured last, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskUse {
    /// Of `/persist` in all.
    pub total: u64,
    /// Of `/persist` in use.
    pub used: u64,
    /// Of that, what applications and logs use, which have limits of their own.
    pub apps: u64,
}

impl DiskUse {
    /// What the device keeps for itself.
    pub fn reserved(&self, settings: &Settings) -> u64 {
        let own = self.used.saturating_sub(self.apps);
        let percent = u64::from(settings.get(keys::STORAGE_DOM0_DISK_MINUSAGE_PERCENT));
        let share = u64::try_from(u128::from(self.total) * u128::from(percent) / 100).unwrap_or(u64::MAX);
        let most = u64::from(settings.get(keys::STORAGE_DOM0_DISK_MAXUSAGEBYTES));
        // EVE adds the number of megabytes as if they were bytes.
        let logs = u64::from(settings.get(keys::NEWLOG_GZIPFILES_ONDISK_MAXMEGABYTES)) << 20;
        let wanted = if most < own { own } else { share.min(most) };
        logs.saturating_add(wanted)
    }

    /// What is left of it when `promised` bytes are taken off.
    pub fn remaining(&self, settings: &Settings, promised: u64) -> u64 {
        self.total.saturating_sub(self.reserved(settings)).saturating_sub(promised)
    }
}

/// What an image takes. One on its way takes what it will have.
pub fn of_tree(tree: &ContentTreeStatus) -> u64 {
    if tree.state >= SwState::Loaded { unsigned(tree.current_size) } else { 0 }
}

/// What a blob takes that is being fetched.
pub fn of_blob(blob: &BlobStatus) -> u64 {
    if blob.state > SwState::Initial && blob.state < SwState::Loaded { blob.size } else { 0 }
}

/// What a volume takes: all that it may grow to, unless it will not.
pub fn of_volume(volume: &VolumeStatus, config: Option<&VolumeConfig>) -> u64 {
    if volume.state < SwState::CreatingVolume {
        return 0;
    }
    let stays = volume.read_only || config.is_none_or(|config| config.has_no_app_references);
    if stays && volume.content_format != ImageFormat::Pvc {
        unsigned(volume.current_size)
    } else {
        volume.max_vol_size
    }
}

fn unsigned(bytes: i64) -> u64 {
    u64::try_from(bytes).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ac06_34_what_remains_is_what_is_neither_reserved_nor_promised() {
        const GB: u64 = 1_000_000_000;
        const GIB: u64 = 1 << 30;
        let settings = Settings::default();
        let tree =
            ContentTreeStatus { state: SwState::Loaded, current_size: 5_000_000_000, ..Default::default() };
        let volume =
            VolumeStatus { state: SwState::CreatedVolume, max_vol_size: 50 * GB, ..Default::default() };
        let promised = of_tree(&tree) + of_volume(&volume, Some(&VolumeConfig::default()));
        let with_own = |own: u64| DiskUse { total: 100 * GB, used: 7 * GB + own, apps: 7 * GB };
        // Given 100 GB, 20 %, 2 GiB at most, and logs of 2048 MiB …
        let (most, logs) = (2_147_483_648, 2048 << 20);
        // … when the device itself uses 1 GiB, it keeps the most; when it uses 10 GiB, it keeps those.
        assert_eq!(with_own(GIB).remaining(&settings, promised), 100 * GB - (most + logs) - 55 * GB);
        let kept = 10 * GIB + logs;
        assert_eq!(with_own(10 * GIB).remaining(&settings, promised), 100 * GB - kept - 55 * GB);
        assert_eq!(with_own(200 * GB).remaining(&settings, 0), 0);
    }
}
