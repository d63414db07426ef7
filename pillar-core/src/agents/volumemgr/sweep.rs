//! What is measured and tidied up now and then: room on the disk, volumes and blobs that nobody wants (spec/06, Disk
//! metrics, Garbage collection).

use std::collections::BTreeMap;
use std::time::Duration;

use log::Level;
use pillar_types::app_metrics::AppDiskMetric;
use pillar_types::content::{BlobStatus, ContentTreeStatus};
use pillar_types::node::{ConfigGetStatus, ZedAgentStatus};
use pillar_types::state::SwState;
use pillar_types::usage::DiskMetric;
use pillar_types::verifier::VerifyImageConfig;
use pillar_types::volume::{VolumeConfig, VolumeKey, VolumeMgrStatus, VolumeStatus};

use super::blobs::release;
use super::space::{self, DiskUse};
use super::work::Found;
use super::{VolumeMgr, work};
use crate::agents::ZEDAGENT;
use crate::hal::{Hal, Scope, StorageError};
use crate::node::{Change, Context, Failed, Lane};
use crate::settings::keys;

/// The keys of the jobs.
const MEASURE: &str = "measure";
const SWEEP: &str = "sweep";

/// A sweep comes after this part of the setting (spec/06, weakness 24: as EVE does it).
const SWEEP_PART: u32 = 10;

type Measured = (DiskUse, Vec<DiskMetric>);

impl VolumeMgr {
    /// Bytes that volumes and images may still take.
    pub(super) fn remaining(&self, cx: &Context<'_, Self>) -> u64 {
        let Some(disk) = &self.disk else { return 0 };
        let trees = cx.all_own::<ContentTreeStatus>();
        let blobs = cx.all_own::<BlobStatus>();
        let volumes = cx.all_own::<VolumeStatus>();
        let of_volume = |key: &str, volume: &VolumeStatus| {
            space::of_volume(volume, cx.get::<VolumeConfig>(ZEDAGENT, key).as_deref())
        };
        let promised = trees
            .iter()
            .map(|(_, tree)| space::of_tree(tree))
            .chain(blobs.iter().map(|(_, blob)| space::of_blob(blob)))
            .chain(volumes.iter().map(|(key, volume)| of_volume(key, volume)));
        disk.remaining(&self.settings, promised.fold(0, u64::saturating_add))
    }

    /// Measures the disk now.
    pub(super) fn measure(&mut self, cx: &mut Context<'_, Self>) {
        if !self.begun || !self.busy.insert(MEASURE.into()) {
            self.measure_again |= self.begun;
            return;
        }
        let places = self.places.clone();
        let measure = move |hal: &Hal, scope: &Scope| work::measure(hal, scope, &places);
        cx.job(Lane::Store, MEASURE, measure, Self::on_measured);
    }

    fn on_measured(
        &mut self,
        key: &str,
        result: Result<Result<Measured, StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        self.busy.remove(key);
        match result {
            Ok(Ok((disk, metrics))) => {
                self.disk = Some(disk);
                let wanted: Vec<String> = metrics.iter().map(DiskMetric::key).collect();
                cx.retain::<DiskMetric>(|key| wanted.iter().any(|wanted| wanted == key));
                for metric in metrics {
                    cx.publish(&metric.key(), metric);
                }
            }
            other => cx.log(Level::Warn, format_args!("the disk cannot be measured: {other:?}")),
        }
        if std::mem::take(&mut self.measure_again) {
            self.measure(cx);
        } else {
            let most = self.settings.get(keys::TIMER_METRIC_DISKSCAN_INTERVAL);
            let least = most * 3 / 10;
            cx.after_key(least, most * 7 / 10, MEASURE, |this, _, cx| this.measure(cx));
        }
        self.open_if_ready(cx);
        self.update_waiting(cx);
        self.publish_room(cx);
    }

    /// Those who wait for room look again.
    pub(super) fn update_waiting(&mut self, cx: &mut Context<'_, Self>) {
        for (key, tree) in cx.all_own::<ContentTreeStatus>() {
            if tree.state < SwState::Loaded && tree.error.is_from::<BlobStatus>() {
                self.update_tree(&key, cx);
            }
        }
        for (key, volume) in cx.all_own::<VolumeStatus>() {
            if volume.state < SwState::CreatingVolume {
                self.update_volume(&key, cx);
            }
        }
    }

    fn publish_room(&mut self, cx: &mut Context<'_, Self>) {
        let status = VolumeMgrStatus {
            name: VolumeMgrStatus::KEY.into(),
            initialized: true,
            remaining_space: self.remaining(cx),
        };
        cx.publish(VolumeMgrStatus::KEY, status);
        for (_, volume) in cx.all_own::<VolumeStatus>() {
            if volume.state == SwState::CreatedVolume && !volume.file_location.is_empty() {
                let metric = AppDiskMetric {
                    disk_path: volume.file_location.clone(),
                    provisioned_bytes: volume.max_vol_size,
                    used_bytes: u64::try_from(volume.current_size).unwrap_or(0),
                    disk_type: volume.content_format.name().to_ascii_lowercase(),
                    ..AppDiskMetric::default()
                };
                cx.publish(&metric.key(), metric);
            }
        }
    }

    pub(super) fn on_zedagent(&mut self, change: Change<'_, ZedAgentStatus>, cx: &mut Context<'_, Self>) {
        let Some(status) = change.value() else { return };
        let has_config =
            matches!(status.config_get_status, ConfigGetStatus::Success | ConfigGetStatus::ReadSaved);
        self.may_sweep = has_config && !status.maintenance_mode;
        if self.may_sweep && !self.sweeping {
            self.sweeping = true;
            self.sweep_later(cx);
        }
    }

    fn sweep_later(&mut self, cx: &mut Context<'_, Self>) {
        let wait = self.settings.get(keys::TIMER_GC_VDISK) / SWEEP_PART;
        cx.after_key(wait, Duration::from_secs(1), SWEEP, |this, _, cx| this.sweep(cx));
    }

    fn sweep(&mut self, cx: &mut Context<'_, Self>) {
        self.sweep_later(cx);
        if !self.may_sweep || !self.open || !self.busy.insert(SWEEP.into()) {
            return;
        }
        self.remove_again(cx);
        if !std::mem::replace(&mut self.swept, true) {
            self.sweep_blobs(cx);
        }
        let places = self.places.clone();
        let look = move |hal: &Hal, scope: &Scope| work::volumes(hal, scope, &places);
        cx.job(Lane::Store, SWEEP, look, Self::on_swept);
    }

    /// Blobs and files that were there at the start, and that nobody has asked for since.
    fn sweep_blobs(&mut self, cx: &mut Context<'_, Self>) {
        for (digest, config) in cx.all_own::<VerifyImageConfig>() {
            if config.ref_count == 0 {
                release(&digest, cx);
            }
        }
        for (digest, blob) in cx.all_own::<BlobStatus>() {
            if blob.ref_count == 0 {
                self.update_blob(&digest, cx);
            }
        }
    }

    fn on_swept(
        &mut self,
        key: &str,
        result: Result<Result<BTreeMap<VolumeKey, Found>, StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        self.busy.remove(key);
        let Ok(Ok(there)) = result else { return };
        for (volume, found) in there {
            let key = volume.to_string();
            if self.may_sweep && cx.own::<VolumeStatus>(&key).is_none() && !self.busy.contains(&key) {
                cx.log(Level::Info, format_args!("{}: a volume that nobody wants", found.path.display()));
                self.remove_file(&key, found.path, cx);
            }
        }
    }
}
