//! downloader: fetches blobs from datastores into files (spec/06, Downloader). volumemgr says which; whether what came
//! is what was meant is the verifier's to say.
//!
//! `Downloader::update_download` is the only place where a download moves:
//!
//! | State | Event, guard | Next | Actions |
//! |---|---|---|---|
//! | – | config | DOWNLOADING | transfer, once there is a place for it |
//! | DOWNLOADING | transfer succeeded | DOWNLOADED | Size, ContentType |
//! | DOWNLOADING | transfer failed | DOWNLOADING, error | next try after `timer.download.retry` |
//! | error | time over, datastore changed, network came | DOWNLOADING | transfer goes on where it stopped |
//! | any | LastRetry changed | DOWNLOADING | transfer from the first byte |
//! | any | RefCount 0 | Expired | transfer cancelled |
//! | any | config gone | – | transfer cancelled; when it has ended, files removed, then unpublished |

mod fetch;
mod progress;
mod source;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use log::Level;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device::OnboardingStatus;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::download::{
    DatastoreConfig, DownloaderConfig, DownloaderStatus, ResolveConfig, ResolveStatus,
};
use pillar_types::errors::{ErrorDescription, ErrorSeverity};
use pillar_types::state::SwState;
use pillar_types::topic::Topic;
use pillar_types::vault::VaultStatus;

use self::fetch::{NotFetched, Order};
use self::source::Source;
use super::{NIM, VAULTMGR, VOLUMEMGR, ZEDAGENT, ZEDCLIENT};
use crate::content_places::{Places, checked_digest, may_begin};
use crate::hal::{Fetched, Hal, Progress, Scope, StorageError};
use crate::node::{Agent, AgentName, Change, Context, Event, Failed, JobSpec, Lane};
use crate::settings::{Settings, keys};
use crate::time::Mono;

/// How many transfers run at once: fewer than a lane has places, so that the controller is always reached.
const MAX_TRANSFERS: usize = 6;

/// Progress is published at most so often.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// How exact retries are.
const SLACK: Duration = Duration::from_secs(1);

/// Files that nobody wants are looked for so often, or up to so much later: within 5 minutes (spec/06).
const SWEEP: Duration = Duration::from_secs(90);
const SWEEP_SLACK: Duration = Duration::from_secs(210);

/// The key of the job that looks for them.
const SWEEPING: &str = "sweep";

/// The agent.
#[derive(Default)]
pub struct Downloader {
    places: Places,
    settings: Settings,
    /// Whether it may begin, and has.
    begun: bool,
    open: bool,
    downloads: BTreeMap<Arc<str>, Work>,
}

/// What the status does not say.
#[derive(Default)]
struct Work {
    job: Job,
    /// When it is tried again.
    again_at: Option<Mono>,
    /// Whether it is to be fetched from the first byte.
    fresh: bool,
    /// When progress was published last.
    told: Option<Mono>,
}

/// What is under way.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Job {
    #[default]
    None,
    Transfer,
    /// The same, told to stop.
    Stopping,
    Discard,
}

impl Agent for Downloader {
    const NAME: AgentName = super::DOWNLOADER;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<DownloaderStatus>();
        cx.declare::<ResolveStatus>();
        cx.subscribe::<OnboardingStatus>(ZEDCLIENT, Self::on_gate);
        cx.subscribe::<VaultStatus>(VAULTMGR, Self::on_gate);
        cx.subscribe(ZEDAGENT, Self::on_settings);
        cx.subscribe(NIM, Self::on_network);
        cx.subscribe(ZEDAGENT, Self::on_datastore);
        cx.subscribe(VOLUMEMGR, Self::on_config);
        cx.subscribe(VOLUMEMGR, Self::on_resolve);
    }
}

impl Downloader {
    /// For a device whose files are at these places.
    pub fn new(places: Places) -> Self {
        Downloader { places, ..Downloader::default() }
    }

    fn on_gate<T: Topic>(&mut self, _: Change<'_, T>, cx: &mut Context<'_, Self>) {
        self.look_at_gates(cx);
    }

    /// Begins once it may.
    fn look_at_gates(&mut self, cx: &mut Context<'_, Self>) {
        if self.begun || !may_begin(cx) {
            return;
        }
        self.begun = true;
        let dir = self.places.pending();
        let sweep = move |hal: &Hal, scope: &Scope| fetch::sweep(hal, scope, &dir, None);
        cx.job(Lane::Store, SWEEPING, sweep, Self::on_swept_at_start);
    }

    fn on_swept_at_start(&mut self, _: &str, _: Result<(), Failed>, cx: &mut Context<'_, Self>) {
        self.open = true;
        cx.signal_restarted::<DownloaderStatus>();
        cx.signal_restarted::<ResolveStatus>();
        self.sweep_later(cx);
        self.update_all(cx);
    }

    fn sweep_later(&mut self, cx: &mut Context<'_, Self>) {
        cx.after(SWEEP, SWEEP_SLACK, Self::sweep);
    }

    fn sweep(&mut self, cx: &mut Context<'_, Self>) {
        let dir = self.places.pending();
        let file_name = |target: &str| Path::new(target).file_name()?.to_str().map(str::to_owned);
        let mut wanted: Vec<String> = Vec::new();
        wanted.extend(cx.all::<DownloaderConfig>(VOLUMEMGR).iter().filter_map(|(_, c)| file_name(&c.target)));
        wanted.extend(cx.all_own::<DownloaderStatus>().iter().filter_map(|(_, s)| file_name(&s.target)));
        let sweep = move |hal: &Hal, scope: &Scope| fetch::sweep(hal, scope, &dir, Some(&wanted));
        cx.job(Lane::Store, SWEEPING, sweep, |this, _, _: Result<(), Failed>, cx| this.sweep_later(cx));
    }

    fn on_settings(&mut self, change: Change<'_, ConfigItemValueMap>, cx: &mut Context<'_, Self>) {
        if let Some(map) = change.value() {
            self.settings = Settings::from_map(map);
            self.look_at_gates(cx);
        }
    }

    /// What found no way may find one now.
    fn on_network(&mut self, change: Change<'_, DeviceNetworkStatus>, cx: &mut Context<'_, Self>) {
        let had = match change.event {
            Event::Modified { old, .. } => !self.ways(old).is_empty(),
            _ => false,
        };
        if change.value().is_some_and(|network| !self.ways(network).is_empty()) && !had {
            self.retry(|_| true, cx);
        }
    }

    fn on_datastore(&mut self, change: Change<'_, DatastoreConfig>, cx: &mut Context<'_, Self>) {
        let Some(uuid) = change.value().map(|datastore| datastore.uuid) else { return };
        self.retry(|config| config.datastore_id_list.contains(&uuid), cx);
    }

    /// Tries those again that failed.
    fn retry(&mut self, which: impl Fn(&DownloaderConfig) -> bool, cx: &mut Context<'_, Self>) {
        for (key, config) in cx.all::<DownloaderConfig>(VOLUMEMGR) {
            let work = self.downloads.get_mut(&key);
            if which(&config)
                && let Some(work) = work.filter(|work| work.again_at.is_some())
            {
                work.again_at = Some(cx.now().mono);
                self.update_download(&key, cx);
            }
        }
    }

    fn on_config(&mut self, change: Change<'_, DownloaderConfig>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Created(_) | Event::Modified { .. } | Event::Deleted(_) => {
                self.update_download(change.key, cx);
            }
            // volumemgr may have given up some while we were away.
            Event::Synced => self.update_all(cx),
            Event::Restarted(_) | Event::Resync => {}
        }
    }

    /// Tags stand in registries, which are not supported yet: that is said where it is asked.
    fn on_resolve(&mut self, change: Change<'_, ResolveConfig>, cx: &mut Context<'_, Self>) {
        let Some(config) = change.value() else {
            cx.unpublish::<ResolveStatus>(change.key);
            return;
        };
        let mut status = ResolveStatus {
            datastore_id: config.datastore_id,
            name: config.name.clone(),
            counter: config.counter,
            ..ResolveStatus::default()
        };
        let error = "tags of registries are not resolved yet".to_owned();
        let error = ErrorDescription { error, ..ErrorDescription::default() };
        status.error.description.set(error, cx.now().wall.into());
        cx.publish(change.key, status);
    }

    fn update_all(&mut self, cx: &mut Context<'_, Self>) {
        let wanted = cx.all::<DownloaderConfig>(VOLUMEMGR).into_iter().map(|(key, _)| key);
        let mut keys: Vec<Arc<str>> = wanted.chain(cx.keys::<DownloaderStatus>()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            self.update_download(&key, cx);
        }
    }

    /// Moves a download as far as it can go now. Calling it twice changes nothing.
    fn update_download(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        if !self.open {
            return;
        }
        let before = cx.own::<DownloaderStatus>(key);
        let Some(config) = cx.get::<DownloaderConfig>(VOLUMEMGR, key) else {
            if let Some(status) = before.filter(|_| cx.synced::<DownloaderConfig>(VOLUMEMGR)) {
                self.give_up(key, &status, cx);
            }
            return;
        };
        let mut status = before.map_or_else(DownloaderStatus::default, |status| (*status).clone());
        let work = self.downloads.entry(key.into()).or_default();
        status.image_sha256.clone_from(&config.image_sha256);
        status.datastore_id_list = config.datastore_id_list.clone();
        status.name.clone_from(&config.name);
        status.target.clone_from(&config.target);
        status.ref_count = config.ref_count;
        status.expired = config.ref_count == 0;
        if status.state != SwState::Downloaded {
            status.state = SwState::Downloading;
        }
        let again = status.last_retry != config.last_retry;
        if status.expired || again {
            work.fresh |= again;
            work.again_at = work.again_at.filter(|_| status.expired);
            if again && !status.expired {
                status.last_retry = config.last_retry;
                (status.state, status.retry_count) = (SwState::Downloading, 0);
                status.error.description.clear();
            }
            if work.job == Job::Transfer {
                work.job = Job::Stopping;
                cx.cancel(key);
            }
        }
        let waits = work.again_at.is_some_and(|at| at > cx.now().mono);
        let idle = work.job == Job::None && !status.expired && !waits;
        cx.publish(key, status);
        let transfers =
            self.downloads.values().filter(|work| matches!(work.job, Job::Transfer | Job::Stopping));
        let has_place = transfers.count() < MAX_TRANSFERS;
        let done = cx.own::<DownloaderStatus>(key).is_some_and(|status| status.state == SwState::Downloaded);
        if idle && !done && has_place {
            self.begin(key, &config, cx);
        }
    }

    /// Nobody wants it: when nothing writes to its files any more, they go, and then the status.
    fn give_up(&mut self, key: &str, status: &DownloaderStatus, cx: &mut Context<'_, Self>) {
        cx.stop_key(key);
        let work = self.downloads.entry(key.into()).or_default();
        match work.job {
            Job::Transfer => {
                work.job = Job::Stopping;
                cx.cancel(key);
            }
            Job::None => {
                work.job = Job::Discard;
                let target = status.target.clone();
                let discard = move |hal: &Hal, scope: &Scope| fetch::discard(hal, scope, Path::new(&target));
                cx.job(Lane::Store, key, discard, Self::on_discarded);
            }
            Job::Stopping | Job::Discard => {}
        }
    }

    fn on_discarded(
        &mut self,
        key: &str,
        result: Result<Result<(), StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        if let Ok(Err(why)) = result {
            // The sweep comes by.
            cx.log(Level::Warn, format_args!("{key}: what was downloaded could not be removed: {why}"));
        }
        self.downloads.remove(key);
        cx.unpublish::<DownloaderStatus>(key);
        self.update_download(key, cx); // it may be wanted again by now
    }

    fn begin(&mut self, key: &str, config: &DownloaderConfig, cx: &mut Context<'_, Self>) {
        let order = match self.order(config, cx) {
            Ok(order) => order,
            Err(why) => return self.failed(key, why, cx),
        };
        let Some(work) = self.downloads.get_mut(key) else { return };
        let fresh = std::mem::take(&mut work.fresh);
        (work.job, work.again_at) = (Job::Transfer, None);
        cx.stop_key(key);
        cx.log(Level::Info, format_args!("{}: download begins", config.name));
        let order = Order { fresh, ..order };
        let spec = JobSpec { lane: Lane::Transfer, key, limit: Lane::Transfer.time_limit() };
        let fetch = move |hal: &Hal, scope: &Scope| fetch::fetch(hal, scope, &order);
        cx.job_with(spec, fetch, Self::on_fetched, Some(Self::on_progress));
    }

    /// What a transfer needs to know; or why there can be none.
    fn order(&self, config: &DownloaderConfig, cx: &Context<'_, Self>) -> Result<Order, String> {
        let target = Path::new(&config.target);
        let in_place = target.parent() == Some(&self.places.pending());
        if checked_digest(&config.image_sha256).is_none() || !in_place || target.file_name().is_none() {
            return Err(format!("{:?} is no file of a download", config.target));
        }
        let network = cx.get::<DeviceNetworkStatus>(NIM, DeviceNetworkStatus::KEY).unwrap_or_default();
        let insecure = self.settings.get(keys::DATASTORE_HTTP_SECURITY_ALLOWINSECUREAUTH);
        let mut sources = Vec::new();
        for uuid in &config.datastore_id_list {
            let datastore = cx.get::<DatastoreConfig>(ZEDAGENT, &uuid.to_string());
            let datastore = datastore.ok_or_else(|| format!("datastore {uuid} is not known"))?;
            sources.push(Source::new(&datastore, &config.name, insecure, &network));
        }
        if sources.is_empty() {
            return Err("no datastore is given".into());
        }
        let ways = self.ways(&network);
        if ways.is_empty() {
            let most = self.settings.get(keys::NETWORK_DOWNLOAD_MAX_COST);
            return Err(format!(
                "no management port with an address that costs {most} or less (network.download.max.cost)"
            ));
        }
        Ok(Order {
            target: target.into(),
            size: config.size,
            fresh: false,
            sources,
            ways,
            stalled: self.settings.get(keys::TIMER_DOWNLOAD_STALLED),
        })
    }

    fn ways(&self, network: &DeviceNetworkStatus) -> Vec<crate::controller::ways::Way> {
        let most = self.settings.get(keys::NETWORK_DOWNLOAD_MAX_COST);
        source::ways(network, u8::try_from(most).unwrap_or(u8::MAX))
    }

    fn on_progress(&mut self, key: &str, progress: Progress, cx: &mut Context<'_, Self>) {
        let now = cx.now().mono;
        let Some(work) = self.downloads.get_mut(key) else { return };
        let Some(status) = cx.own::<DownloaderStatus>(key).filter(|_| work.job == Job::Transfer) else {
            return;
        };
        let percent = (progress.done.saturating_mul(100)).checked_div(progress.total).unwrap_or(0).min(100);
        let recent = work.told.is_some_and(|told| now.since(told) < PROGRESS_INTERVAL);
        if recent && percent == status.progress {
            return;
        }
        work.told = Some(now);
        let mut status = (*status).clone();
        (status.current_size, status.total_size) = (signed(progress.done), signed(progress.total));
        status.progress = percent;
        cx.publish(key, status);
    }

    fn on_fetched(
        &mut self,
        key: &str,
        result: Result<Result<Fetched, NotFetched>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let Some(work) = self.downloads.get_mut(key) else { return };
        let stopped = work.job == Job::Stopping;
        work.job = Job::None;
        let why = match result {
            // It is not what is wanted now.
            _ if stopped => None,
            Ok(Ok(fetched)) => {
                self.downloaded(key, &fetched, cx);
                None
            }
            Ok(Err(NotFetched::Cancelled)) | Err(Failed::Cancelled) => Some("cancelled".to_owned()),
            Ok(Err(NotFetched::Failed(why))) => Some(why),
            Err(Failed::TimedOut) => Some("the download took too long".into()),
            Err(Failed::Panicked(_) | Failed::Refused) => Some("the download broke off".into()),
        };
        match why {
            Some(why) => self.failed(key, why, cx),
            None => self.update_download(key, cx),
        }
        self.update_all(cx); // there is a place again
    }

    fn downloaded(&self, key: &str, fetched: &Fetched, cx: &mut Context<'_, Self>) {
        let Some(status) = cx.own::<DownloaderStatus>(key) else { return };
        let mut status = (*status).clone();
        cx.log(Level::Info, format_args!("{}: {} bytes downloaded", status.name, fetched.size));
        (status.state, status.progress) = (SwState::Downloaded, 100);
        (status.size, status.content_type) = (fetched.size, fetched.content_type.clone());
        (status.current_size, status.total_size) = (signed(fetched.size), signed(fetched.size));
        (status.retry_count, status.orig_error) = (0, String::new());
        status.mod_time = cx.now().wall.into();
        status.error.description.clear();
        cx.publish(key, status);
    }

    /// It is tried again after a while.
    fn failed(&mut self, key: &str, why: String, cx: &mut Context<'_, Self>) {
        let Some(status) = cx.own::<DownloaderStatus>(key) else { return };
        let mut status = (*status).clone();
        let wait = self.settings.get(keys::TIMER_DOWNLOAD_RETRY);
        if status.error.description.has_error() {
            status.retry_count += 1;
        }
        let retries = u64::try_from(status.retry_count).unwrap_or(0);
        let interval = pillar_types::Duration(i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX));
        let error_retry_condition =
            format!("will be tried again in {} s; tried {} times", wait.as_secs(), retries + 1);
        cx.log(Level::Warn, format_args!("{}: {why}", status.name));
        status.orig_error.clone_from(&why);
        let error = ErrorDescription {
            error: why,
            error_severity: ErrorSeverity::of_retries(retries, interval),
            error_retry_condition,
            ..ErrorDescription::default()
        };
        status.error.description.set(error, cx.now().wall.into());
        cx.publish(key, status);
        self.downloads.entry(key.into()).or_default().again_at = Some(cx.now().mono + wait);
        cx.after_key(wait, SLACK, key, Self::update_download);
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
