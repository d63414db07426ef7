//! volumemgr: makes volumes of applications from images, which the downloader fetches and the verifier verifies
//! (spec/06). It has no network, hashes nothing, and knows what is on the disk.
//!
//! Three functions move everything, each idempotent: `update_tree` (images, with `advance_blob` for what they are made
//! of), `update_volume` and `update_ref`. Nothing moves before the disk was looked at and measured, the verifier has
//! said what it has, and zedagent what is wanted.

mod blobs;
mod refs;
mod space;
mod sweep;
mod trees;
mod volumes;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use log::Level;
use pillar_types::app_metrics::AppDiskMetric;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::content::{BlobStatus, ContentTreeConfig, ContentTreeStatus, DeferredContentDeleteStatus};
use pillar_types::device::OnboardingStatus;
use pillar_types::download::{DatastoreConfig, DownloaderConfig, DownloaderStatus};
use pillar_types::state::SwState;
use pillar_types::topic::Topic;
use pillar_types::usage::DiskMetric;
use pillar_types::vault::VaultStatus;
use pillar_types::verifier::{VerifyImageConfig, VerifyImageStatus};
use pillar_types::volume::{VolumeConfig, VolumeCreatePending, VolumeKey, VolumeMgrStatus, VolumeStatus};
use pillar_types::volume_ref::{VolumeRefConfig, VolumeRefStatus};

use self::space::DiskUse;
use self::work::{Found, OnDisk};
use super::{DOWNLOADER, VAULTMGR, VERIFIER, ZEDAGENT, ZEDCLIENT, ZEDMANAGER};
use crate::content_places::{Places, may_begin};
use crate::hal::{Hal, Scope, StorageError};
use crate::node::{Agent, AgentName, Change, Context, Event, Failed, Lane};
use crate::settings::Settings;

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_mins(1);

/// The key of the job that looks at the disk after a start.
const SCAN: &str = "scan";

/// The agent.
#[derive(Default)]
pub struct VolumeMgr {
    places: Places,
    settings: Settings,
    /// Whether it may begin, and has; whether the disk was looked at; whether things move.
    begun: bool,
    scanned: bool,
    open: bool,
    /// Volumes on the disk.
    found: BTreeMap<VolumeKey, Found>,
    /// Loaded blobs and their sizes.
    stored: BTreeMap<String, u64>,
    /// What was measured last; whether to measure again at once.
    disk: Option<DiskUse>,
    measure_again: bool,
    /// Keys of jobs under way, from before they start to after their end.
    busy: BTreeSet<String>,
    /// Volumes whose making failed, until they are tried again.
    again: BTreeSet<String>,
    /// How often the removal of a volume failed.
    removals: BTreeMap<String, u32>,
    /// Applications that were active when it was last looked.
    active_apps: BTreeSet<String>,
    /// Whether sweeps may happen, whether their timer runs, whether one happened.
    may_sweep: bool,
    sweeping: bool,
    swept: bool,
}

impl Agent for VolumeMgr {
    const NAME: AgentName = super::VOLUMEMGR;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<ContentTreeStatus>();
        cx.declare::<BlobStatus>();
        cx.declare::<VolumeStatus>();
        cx.declare::<VolumeRefStatus>();
        cx.declare::<DownloaderConfig>();
        cx.declare::<VerifyImageConfig>();
        cx.declare::<VolumeCreatePending>();
        cx.declare::<DeferredContentDeleteStatus>();
        cx.declare::<DiskMetric>();
        cx.declare::<AppDiskMetric>();
        cx.declare::<VolumeMgrStatus>();
        cx.subscribe::<OnboardingStatus>(ZEDCLIENT, Self::on_gate);
        cx.subscribe::<VaultStatus>(VAULTMGR, Self::on_gate);
        cx.subscribe(ZEDAGENT, Self::on_settings);
        cx.subscribe(ZEDAGENT, Self::on_zedagent);
        cx.subscribe(ZEDAGENT, Self::on_datastore);
        cx.subscribe(ZEDAGENT, Self::on_tree);
        cx.subscribe(ZEDAGENT, Self::on_volume);
        cx.subscribe(ZEDMANAGER, Self::on_ref);
        cx.subscribe(DOWNLOADER, Self::on_download);
        cx.subscribe(VERIFIER, Self::on_file);
    }
}

impl VolumeMgr {
    /// For a device whose files are at these places.
    pub fn new(places: Places) -> Self {
        VolumeMgr { places, ..VolumeMgr::default() }
    }

    fn on_gate<T: Topic>(&mut self, _: Change<'_, T>, cx: &mut Context<'_, Self>) {
        self.begin_if_allowed(cx);
    }

    fn on_settings(&mut self, change: Change<'_, ConfigItemValueMap>, cx: &mut Context<'_, Self>) {
        if let Some(map) = change.value() {
            self.settings = Settings::from_map(map);
            self.begin_if_allowed(cx);
            if self.open {
                self.update_waiting(cx);
            }
        }
    }

    fn begin_if_allowed(&mut self, cx: &mut Context<'_, Self>) {
        if !self.begun && may_begin(cx) {
            self.begun = true;
            self.scan(cx);
            self.measure(cx);
        }
    }

    /// Looks at the disk, and removes what was half made.
    fn scan(&mut self, cx: &mut Context<'_, Self>) {
        let markers = cx.all_own::<VolumeCreatePending>();
        let half_made = markers
            .iter()
            .map(|(key, marker)| (key.to_string(), self.marked_path(marker.volume_key(), marker)))
            .collect::<Vec<_>>();
        let places = self.places.clone();
        let scan = move |hal: &Hal, scope: &Scope| work::scan(hal, scope, &places, &half_made);
        cx.job(Lane::Store, SCAN, scan, Self::on_scanned);
    }

    fn on_scanned(
        &mut self,
        _: &str,
        result: Result<Result<OnDisk, StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let Ok(Ok(on_disk)) = result else {
            cx.log(Level::Error, format_args!("the volumes cannot be looked at: {result:?}"));
            cx.after(AGAIN, AGAIN / 10, Self::scan);
            return;
        };
        for key in &on_disk.cleared {
            cx.unpublish::<VolumeCreatePending>(key);
        }
        (self.found, self.stored) = (on_disk.volumes, on_disk.blobs);
        self.scanned = true;
        self.open_if_ready(cx);
    }

    /// Begins to move things once all is known that decides about them.
    fn open_if_ready(&mut self, cx: &mut Context<'_, Self>) {
        let known = cx.restarted::<VerifyImageStatus>(VERIFIER) > 0
            && cx.restarted::<ContentTreeConfig>(ZEDAGENT) > 0
            && cx.restarted::<VolumeConfig>(ZEDAGENT) > 0;
        if self.open || !self.scanned || self.disk.is_none() || !known {
            return;
        }
        self.open = true;
        self.publish_stored_blobs(cx);
        self.echo_verified(cx);
        self.load_again(cx);
        self.update_all(cx);
        self.look_at_deferred(cx);
        cx.signal_restarted::<DownloaderConfig>();
        cx.signal_restarted::<VerifyImageConfig>();
        cx.signal_restarted::<VolumeRefStatus>();
    }

    fn publish_stored_blobs(&mut self, cx: &mut Context<'_, Self>) {
        for (digest, size) in &self.stored {
            if cx.own::<BlobStatus>(digest).is_some() {
                continue;
            }
            let bytes = blobs::signed(*size);
            let blob = BlobStatus {
                sha256: digest.clone(),
                size: *size,
                state: SwState::Loaded,
                media_type: blobs::LAYER.into(),
                total_size: bytes,
                current_size: bytes,
                progress: 100,
                ..BlobStatus::default()
            };
            cx.publish(digest, blob);
        }
    }

    /// Says of each file that the verifier has kept that it is known, and that nobody wants it yet.
    fn echo_verified(&mut self, cx: &mut Context<'_, Self>) {
        for (digest, status) in cx.all::<VerifyImageStatus>(VERIFIER) {
            if status.ref_count == 0 && cx.own::<VerifyImageConfig>(&digest).is_none() {
                let config = VerifyImageConfig {
                    image_sha256: status.image_sha256.clone(),
                    name: status.name.clone(),
                    media_type: status.media_type.clone(),
                    file_location: status.file_location.clone(),
                    size: status.size,
                    ref_count: 0,
                    expired: false,
                };
                cx.publish(&digest, config);
            }
        }
    }

    fn update_all(&mut self, cx: &mut Context<'_, Self>) {
        for key in all_keys::<ContentTreeConfig, ContentTreeStatus>(ZEDAGENT, cx) {
            self.update_tree(&key, cx);
        }
        for key in all_keys::<VolumeConfig, VolumeStatus>(ZEDAGENT, cx) {
            self.update_volume(&key, cx);
        }
        for key in all_keys::<VolumeRefConfig, VolumeRefStatus>(ZEDMANAGER, cx) {
            self.update_ref(&key, cx);
        }
    }

    fn on_tree(&mut self, change: Change<'_, ContentTreeConfig>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Created(_) | Event::Modified { .. } | Event::Deleted(_) => {
                self.update_tree(change.key, cx);
            }
            Event::Restarted(_) => self.open_if_ready(cx),
            Event::Synced | Event::Resync => {}
        }
    }

    fn on_volume(&mut self, change: Change<'_, VolumeConfig>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Created(_) | Event::Modified { .. } | Event::Deleted(_) => {
                self.update_volume(change.key, cx);
                self.look_for_active_apps(cx);
            }
            Event::Restarted(_) => self.open_if_ready(cx),
            Event::Synced | Event::Resync => {}
        }
    }

    fn on_ref(&mut self, change: Change<'_, VolumeRefConfig>, cx: &mut Context<'_, Self>) {
        if !matches!(change.event, Event::Created(_) | Event::Modified { .. } | Event::Deleted(_)) {
            return;
        }
        self.update_ref(change.key, cx);
        if let Some((volume, _)) = VolumeRefConfig::parse_key(change.key) {
            self.update_volume(&volume.to_string(), cx);
        }
        self.look_for_active_apps(cx);
    }

    fn on_datastore(&mut self, change: Change<'_, DatastoreConfig>, cx: &mut Context<'_, Self>) {
        let Some(uuid) = change.value().map(|datastore| datastore.uuid) else { return };
        for (key, tree) in cx.all::<ContentTreeConfig>(ZEDAGENT) {
            if tree.datastore_id_list.contains(&uuid) {
                self.update_tree(&key, cx);
            }
        }
    }

    fn on_download(&mut self, change: Change<'_, DownloaderStatus>, cx: &mut Context<'_, Self>) {
        if matches!(change.event, Event::Created(_) | Event::Modified { .. } | Event::Deleted(_)) && self.open
        {
            blobs::finish_release_of_download(change.key, cx);
            self.update_blob(change.key, cx);
        }
    }

    fn on_file(&mut self, change: Change<'_, VerifyImageStatus>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Created(_) | Event::Modified { .. } | Event::Deleted(_) if self.open => {
                blobs::finish_release_of_file(change.key, cx);
                self.update_blob(change.key, cx);
            }
            Event::Restarted(_) => self.open_if_ready(cx),
            _ => {}
        }
    }
}

/// The keys of what is wanted and of what there is.
fn all_keys<C: Topic, S: Topic>(from: AgentName, cx: &Context<'_, VolumeMgr>) -> Vec<Arc<str>> {
    let wanted = cx.all::<C>(from).into_iter().map(|(key, _)| key);
    let mut keys: Vec<Arc<str>> = wanted.chain(cx.keys::<S>()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
